"""Fit of the original mixture to any lazy image."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import check_executor, map_blocks
from specks._core.errors import FitError, InputError
from specks._core.progress import Progress, Steps, drain
from specks._core.source import Source
from specks.filters.exclusions import Exclusions
from specks.mixture.documented._config import NanoparticleSegConfig, as_config
from specks.mixture.documented._counts import BackgroundRule, slab_background, slab_counts
from specks.mixture.documented._mixture import BINS, fit_particles, floored_pmf, quantile_bin
from specks.mixture.slabs import Slab, slabs

__all__ = ["DocumentedFit", "NotSettledWarning", "doubt", "fit_documented", "iterate_documented"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[Any] | Exclusions | None


class NotSettledWarning(UserWarning):
    """The iteration ended at `max_iter` before it settled."""


@dataclass(frozen=True, eq=False)
class DocumentedFit:
    """What the original fit finds.

    Parameters
    ----------
    hist_stack, hist_bg : numpy.ndarray (256,) of int64
        Pixels of each value in the sampled slices, and those of the background.
    p_stack, p_bg, p_np : numpy.ndarray (256,) of float64
        Frequencies of the stack, the background and the particles, floored.
    th_low, th_high : int
        Seeds are brighter than the first, background is darker than the second.
    w_bg : float
        Weight of the background.
    nll : float
        Negative log-likelihood per voxel.
    nit : int
        Index of the last iteration; ``max_iter - 1`` when it did not settle.
    """

    hist_stack: Counts
    hist_bg: Counts
    p_stack: Floats
    p_bg: Floats
    p_np: Floats
    th_low: int
    th_high: int
    w_bg: float
    nll: float
    nit: int

    @property
    def summary(self) -> dict[str, float | int]:
        """Weight, likelihood and iteration index, named as in the original's ``fit_results.json``."""
        return {"w_bg": self.w_bg, "nll": self.nll, "nit": self.nit}


def doubt(fit: DocumentedFit, config: NanoparticleSegConfig) -> str | None:
    """A sentence when the iteration used all its steps; a fit that settles in the very last one counts, too.

    Follows from what the original saves, so that a loaded model says the same.
    """
    if fit.nit < config.max_iter - 1:
        return None
    return (
        f"The fit had not settled when it reached max_iter ({config.max_iter} iterations), so the share of particles "
        "and the posterior depend on where it stopped; raise max_iter or nll_tol."
    )


def fit_documented(
    source: Source,
    config: NanoparticleSegConfig | Mapping[str, Any] | None = None,
    mask: Mask = None,
    executor: Executor | None = None,
) -> DocumentedFit:
    """Fit the original mixture; see `iterate_documented`.

    Examples
    --------
    >>> import numpy as np
    >>> from specks._core.source import array_source
    >>> rng = np.random.default_rng(0)
    >>> stack = rng.normal(90, 9, (4, 128, 128)).round().astype(np.uint8)
    >>> stack[:, 40:46, 40:46] = rng.integers(190, 200, (4, 6, 6))
    >>> fit = fit_documented(array_source(stack), {"min_size": 5, "halo_pad": 2})
    >>> fit.th_low, fit.th_high, round(fit.w_bg, 4)
    (115, 190, 0.9978)
    """
    return drain(iterate_documented(source, config, mask, executor))


def iterate_documented(
    source: Source,
    config: NanoparticleSegConfig | Mapping[str, Any] | None = None,
    mask: Mask = None,
    executor: Executor | None = None,
) -> Steps[DocumentedFit]:
    """Fit the original mixture slab by slab, yielding progress.

    Parameters
    ----------
    source : Source
        Image of uint8 without a channel axis. Its y-x planes are the slices; every
        `sampling_step`-th is used, counted in reading order over t and z.
    config : NanoparticleSegConfig or mapping, optional
        A mapping names the fields that differ from the defaults.
    mask : array or Exclusions, optional
        Pixels that count (not 0), of the image's shape or of one plane.
    executor : concurrent.futures.Executor, optional
        Where slabs are counted; threads when not given. The result is the same.

    Returns
    -------
    DocumentedFit

    Raises
    ------
    InputError
        When the image is not uint8, has a channel axis, or the mask does not fit.
    FitError
        When nothing is left to fit: no pixel within the mask, or no background.
    """
    settings = as_config(config)
    exclusions = _checked(source, mask)
    check_executor(executor, source)
    step = settings.sampling_step
    items = [s for s in slabs(source) if -s.first % step < s.count]
    rows: list[Counts] = []
    count = partial(slab_counts, source=source, exclusions=exclusions, step=step)
    for _, found in map_blocks(count, items, executor):
        rows.append(found)
        yield Progress(len(rows), len(items), "Counting pixels")
    hist_stack: Counts = np.sum([r.sum(axis=0) for r in rows], axis=0)
    if not hist_stack.any():
        raise FitError("no pixel is left to fit: mask leaves everything out")
    p_stack = floored_pmf(hist_stack, settings.eps)
    th_low, th_high = (quantile_bin(p_stack, q) for q in (settings.percent_th_low, settings.percent_th_high))
    rule = BackgroundRule(th_low, th_high, settings.min_size, settings.halo_pad)
    hist_bg = yield from _background(items, rows, source, exclusions, step, rule, executor)
    p_bg = floored_pmf(hist_bg, settings.eps)
    start = float(hist_bg.sum() / hist_stack.sum())
    p_np, w_bg, nll, nit = yield from fit_particles(
        p_stack, p_bg, start, th_low, settings.eps, settings.nll_tol, settings.max_iter
    )
    return DocumentedFit(hist_stack, hist_bg, p_stack, p_bg, p_np, th_low, th_high, w_bg, nll, nit)


def _background(
    items: list[Slab],
    rows: list[Counts],
    source: Source,
    exclusions: Exclusions,
    step: int,
    rule: BackgroundRule,
    executor: Executor | None,
) -> Steps[Counts]:
    """Sum of the background histograms of all slabs."""
    task = partial(slab_background, source=source, exclusions=exclusions, step=step, rule=rule)
    total = np.zeros(BINS, np.int64)
    pairs = zip(items, rows, strict=True)
    for done, (_, found) in enumerate(map_blocks(task, pairs, executor), start=1):
        total += found
        yield Progress(done, len(items), "Separating background from seeds")
    if not total.any():
        raise FitError(
            f"no pixel is background: none lies below intensity {rule.th_high} (percent_th_high) outside the boxes of "
            "seeds, as in an image that is constant or mostly saturated; use another image, a smaller halo_pad or "
            'mode="calibrated"'
        )
    return total


def _checked(source: Source, mask: Mask) -> Exclusions:
    faults = []
    if source.dtype != np.uint8:
        faults.append(
            f"image has the type {source.dtype}; the documented mode reads uint8 only, as the original does: "
            'convert it, or use mode="calibrated"'
        )
    if "c" in source.axes:
        faults.append(f'image has the axes "{source.axes}"; choose one channel first')
    if isinstance(mask, Exclusions):
        exclusions = mask
    else:
        exclusions = Exclusions(
            source.shape, () if mask is None else ({"kind": "mask", "array": np.asarray(mask)},)
        )
        if mask is not None and np.shape(mask) not in (source.shape, source.shape[-2:]):
            faults.append(
                f"mask has the shape {np.shape(mask)}; it must be {source.shape} or one plane {source.shape[-2:]}"
            )
    if faults:
        raise InputError(faults)
    return exclusions
