"""Particle weight and posterior of one slice, from its histogram alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from specks.mixture.documented._config import NanoparticleSegConfig
from specks.mixture.documented._fit import DocumentedFit

__all__ = ["documented_table", "slice_weight"]


def slice_weight(fit: DocumentedFit, histogram: npt.NDArray[Any], config: NanoparticleSegConfig) -> float:
    """Share of particle pixels in one slice: the largest posterior under the Beta prior.

    Parameters
    ----------
    fit : DocumentedFit
    histogram : numpy.ndarray (256,) of int
        Pixels of each value in the slice.
    config : NanoparticleSegConfig
        Of which `beta_params` and `eps` are used.

    Returns
    -------
    float
        Never exactly 0; without particles about 6e-6.
    """
    p_np, p_bg, eps = fit.p_np, fit.p_bg, config.eps
    a, b = config.beta_params

    def loss(pi: float) -> float:
        likelihood = np.sum(histogram * np.log(pi * p_np + (1 - pi) * p_bg + eps))
        return float(-(likelihood + (a - 1) * np.log(pi + eps) + (b - 1) * np.log(1 - pi + eps)))

    return float(minimize_scalar(loss, bounds=(0, 1), method="bounded").x)


def documented_table(
    fit: DocumentedFit, histogram: npt.NDArray[Any], config: NanoparticleSegConfig
) -> npt.NDArray[np.float64]:
    """Probability of particle for each pixel value in one slice.

    Parameters
    ----------
    fit : DocumentedFit
    histogram : numpy.ndarray (256,) of int
        Pixels of each value in the slice.
    config : NanoparticleSegConfig

    Returns
    -------
    numpy.ndarray (256,) of float64
        From 0 to 1; not monotone.

    Examples
    --------
    >>> import numpy as np
    >>> from specks._core.source import array_source
    >>> from specks.mixture.documented import NanoparticleSegConfig, documented_table, fit_documented
    >>> rng = np.random.default_rng(0)
    >>> stack = rng.normal(90, 9, (4, 128, 128)).round().astype(np.uint8)
    >>> stack[:, 40:46, 40:46] = rng.integers(190, 200, (4, 6, 6))
    >>> config = NanoparticleSegConfig("none", "none", min_size=5, halo_pad=4)
    >>> fit = fit_documented(array_source(stack), config)
    >>> table = documented_table(fit, np.bincount(stack[0].ravel(), minlength=256), config)
    >>> bool(table[90] < 0.01), bool(table[195] > 0.99)
    (True, True)
    """
    pi = slice_weight(fit, histogram, config)
    table: npt.NDArray[np.float64] = pi * fit.p_np / (pi * fit.p_np + (1 - pi) * fit.p_bg + config.eps)
    return table
