"""The mixture on a histogram: floored frequencies, thresholds, and the fit of the particle part.

Everything here works on 256 bins. The order of the operations is that of the original, since
the number of iterations depends on the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import FitError
from specks._core.progress import Progress, Steps

__all__ = ["BINS", "fit_particles", "floored_pmf", "quantile_bin"]

BINS = 256
REPORT_EVERY = 500
Floats = npt.NDArray[np.float64]


def floored_pmf(counts: npt.NDArray[Any], eps: float) -> Floats:
    """Frequencies with a floor, scaled to one after it; uniform when nothing was counted.

    Parameters
    ----------
    counts : numpy.ndarray (256,)
        Counts or weights.
    eps : float
        The floor.
    """
    total = counts.sum()
    if total == 0:
        return np.full(BINS, 1.0 / BINS)
    p = np.maximum(counts / total, eps)
    scaled: Floats = p / p.sum()
    return scaled


def quantile_bin(p: Floats, percent: float) -> int:
    """Smallest bin whose cumulated frequency reaches a percentage; 256 when rounding keeps all below."""
    return int(np.searchsorted(np.cumsum(p), percent / 100, side="left"))


def fit_particles(
    p_stack: Floats, p_bg: Floats, w_bg: float, th_low: int, eps: float, nll_tol: float, max_iter: int
) -> Steps[tuple[Floats, float, float, int]]:
    """Fit particle frequencies and background weight, the background frequencies held fixed.

    Parameters
    ----------
    p_stack, p_bg : numpy.ndarray (256,) of float64
        Floored frequencies of the stack and of the background.
    w_bg : float
        First weight of the background.
    th_low : int
        Particles begin as the frequencies of the stack from this bin on.
    eps, nll_tol, max_iter
        As in `NanoparticleSegConfig`.

    Returns
    -------
    p_np : numpy.ndarray (256,) of float64
    w_bg : float
    nll : float
        Negative log-likelihood per voxel.
    nit : int
        Index of the last iteration.

    Raises
    ------
    FitError
        When no weight is left for particles.
    """
    bright = p_stack.copy()
    bright[:th_low] = 0
    p_np = floored_pmf(bright, eps)
    before, nll, nit = np.inf, np.inf, 0
    background, mixture, share = np.empty(BINS), np.empty(BINS), np.empty(BINS)
    np.multiply(p_bg, w_bg, out=background)
    np.multiply(p_np, 1 - w_bg, out=mixture)
    mixture += background
    mixture += eps
    for nit in range(max_iter):
        if nit % REPORT_EVERY == 0:
            yield Progress(nit, max_iter, f"Fitting the mixture, iteration {nit}")
        np.divide(background, mixture, out=share)
        excess = 1 - share
        excess *= p_stack
        total = float(excess.sum())
        if not total > eps:
            raise FitError(
                f"EM collapsed at iteration {nit}: no weight is left for particles (q_sum={total:.3g}); "
                "lower percent_th_low or raise halo_pad"
            )
        excess /= total
        np.maximum(excess, eps, out=excess)
        p_np = excess / excess.sum()
        share *= p_stack
        w_bg = min(max(float(share.sum()), eps), 1 - eps)
        # The mixture of this iteration's likelihood is the next one's denominator.
        np.multiply(p_bg, w_bg, out=background)
        np.multiply(p_np, 1 - w_bg, out=mixture)
        mixture += background
        mixture += eps
        logs = np.log(mixture)
        logs *= p_stack
        nll = -float(logs.sum())
        if before - nll < nll_tol:
            break
        before = nll
    return p_np, w_bg, nll, nit
