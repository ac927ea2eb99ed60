"""Estimate the drift of a series: the step."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor
from typing import Annotated, Any, Literal

import numpy as np

from specks._core.blocks import check_executor
from specks._core.corrections import as_corrections
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source, as_array
from specks._core.step import step
from specks._core.types import CorrectionLog, Image, Mask, Output, Param, Role, Runtime
from specks.drift.by_hand import LOOKING, check_corrections
from specks.drift.documented import documented_shifts
from specks.drift.frames import Frames, read_frames
from specks.drift.joint import SURE, refine
from specks.drift.measured import Measurements
from specks.drift.pairs import Pairs, compare_pairs, consecutive, spread_pairs, to_first
from specks.drift.pattern import MOVES, without_mean
from specks.drift.result import Drift, drift_of
from specks.drift.solve import Placement, place_frames
from specks.filters.exclusions import Exclusions
from specks.io import as_source

__all__ = ["estimate_drift"]

_PAIRS: dict[str, Callable[[Pairs], Pairs]] = {
    "global": spread_pairs,
    "previous": consecutive,
    "first": to_first,
}


@step("Estimate drift")
def estimate_drift(
    images: Image,
    axes: Annotated[str, Param(advanced=True)] = "tyx",
    channel: Annotated[int | None, Param(advanced=True)] = None,
    mask: Mask | None = None,
    max_shift: Annotated[float | None, Param(gt=0, unit="px")] = None,
    reference: Literal["global", "previous", "first"] = "global",
    method: Annotated[Literal["graph", "pairs"], Param(advanced=True)] = "graph",
    offsets: Annotated[Sequence[int] | None, Param(ge=1, advanced=True)] = None,
    static_pattern: bool = False,
    corrections: CorrectionLog | None = None,
    executor: Runtime = None,
) -> Steps[Annotated[Drift, Role.MODEL, Output("drift")]]:
    """Find how far the sample has moved in each frame of a series.

    Each frame is read once and binned to about 256 pixels. Pairs of frames are correlated, several maxima
    of each pair are kept, and places are looked for that most pairs agree on, so that frames that show
    something else do not matter. Then each frame is held against what the others show at its place, near
    ones counting more where the sample changes, until nothing moves; how much blocks of the sample disagree
    says how sure the result is.

    Parameters
    ----------
    images : array (t, [z,] y, x), path or Source
        Brightness, masks or labels (of which only counts where an object is).
    axes : str
        What the axes mean; "tzyx" for volumes. Images that declare other axes keep theirs.
    channel : int, optional
        Which channel of images that have several.
    mask : array of bool, optional
        True where to look; of the shape of a frame or of the series.
    max_shift : float, optional
        Farthest that the sample moves from one frame to the next, in pixels.
    reference : {"global", "previous", "first"}
        Whether frames are compared with many others, with the one before, or with the first.
    method : {"graph", "pairs"}
        "pairs" is the correlation to whole pixels and the plain least squares of rtdefects, for comparison.
    offsets : sequence of int, optional
        Distances in frames of the pairs of `method` "pairs"; all pairs when not given.
    static_pattern : bool
        Whether something stands still in front of the sample: dirt, a pattern of the detector.
    corrections : Corrections, optional
        Frames marked bad, shifts set by hand, landmarks, regions to look at.
    executor : concurrent.futures.Executor, optional
        Where frames are worked on; threads of this process when not given.

    Returns
    -------
    Drift
        Its ``table`` has one row a frame: ``y, x`` (``z, y, x``) in pixels, how far the sample has moved since
        the first good frame, so that corrected position = position - drift; ``y_std, x_std``; ``ok`` and
        ``reason``. Frames that cannot be trusted are interpolated.

    Raises
    ------
    InputError
        When there is no time axis, or an argument does not fit the images.
    CorrectionError
        When a correction does not fit the series, or contradicts another.

    References
    ----------
    .. [1] Y. Wang et al., "Localization events-based sample drift correction for localization microscopy
       with redundant cross-correlation algorithm", Optics Express 22, 15982 (2014).
    .. [2] B. H. Savitzky et al., "Image registration of low signal-to-noise cryo-STEM data",
       Ultramicroscopy 191, 56 (2018).

    Examples
    --------
    >>> import specks
    >>> import specks.synth
    >>> made = specks.synth.drifting_series("mask_easy", frames=4, shape=(96, 96))
    >>> drift = specks.estimate_drift(made.images)
    >>> bool(abs(drift.table[["y", "x"]] - made.drift).max(axis=None) < 0.2)
    True
    """
    source = series_source(images, axes, channel)
    log = as_corrections(corrections).with_shorthands(mask=mask)
    check_corrections(log, source.shape[0], source.geometry.spatial)
    check_executor(executor, source)
    if source.dtype.kind not in "biuf":
        raise InputError(f"the images hold {source.dtype}; they must hold real numbers or booleans")
    looked_at = Exclusions.of(log.only(*LOOKING), source.shape)
    settings = {
        "max_shift": max_shift,
        "reference": reference,
        "method": method,
        "offsets": offsets,
        "static_pattern": static_pattern,
    }
    placed = None
    if method == "pairs":
        measured = yield from documented_shifts(source, offsets)
    elif offsets is not None:
        raise InputError(
            f"offsets is {list(offsets)}, but belongs to method='pairs'; say so, or leave it out"
        )
    else:
        frames = yield from read_frames(source, looked_at, executor)
        measured, placed = yield from _measure(frames, max_shift, _PAIRS[reference], static_pattern, executor)
    provenance = Provenance(inputs={"images": fingerprint(source)})
    return drift_of(measured, source.geometry.spatial, log, provenance, settings, source, placed)


def _measure(
    frames: Frames,
    max_shift: float | None,
    choose: Callable[[Pairs], Pairs],
    static_pattern: bool,
    executor: Executor | None,
) -> Generator[Progress, None, tuple[Measurements, Placement]]:
    """Compare frames, roughly and then finely; what a hand says comes later, so that a refit is what a run is."""
    pairs = choose(np.flatnonzero(frames.usable))
    seen = without_mean(frames) if static_pattern else frames
    candidates = yield from compare_pairs(seen, pairs, max_shift, executor)
    placed = place_frames(candidates, len(frames.faults), frames.size)
    agree = pairs[placed.agreeing & placed.ok[pairs].all(axis=1)]
    hints: tuple[str, ...] = ()
    if not static_pattern and placed.ok.any() and placed.shifts[placed.ok].std(axis=0).max() < MOVES:
        hints = yield from _behind(frames, pairs, max_shift, executor)
    joint = None
    if len(agree):
        joint = yield from refine(seen, agree, placed.shifts, 0.0 if static_pattern else SURE, executor)
    factors = np.array(frames.factors, np.float64)
    return Measurements(candidates, joint, frames.faults, frames.size, factors, hints), placed


def _behind(
    frames: Frames, pairs: Pairs, max_shift: float | None, executor: Executor | None
) -> Generator[Progress, None, tuple[str, ...]]:
    """Whether something moves behind what stands still."""
    candidates = yield from compare_pairs(without_mean(frames), pairs, max_shift, executor)
    placed = place_frames(candidates, len(frames.faults), frames.size)
    moved = placed.shifts[placed.ok]
    if placed.ok.sum() < len(frames.faults) / 2 or moved.std(axis=0).max() < 2 * MOVES:
        return ()
    return (
        "what is seen stands still, but something moves behind it: dirt or a pattern of the detector hides the "
        "sample; estimate again with static_pattern=True",
    )


def series_source(images: Any, axes: str, channel: int | None) -> Source:
    """The images as a source with a time axis.

    Raises
    ------
    InputError
        When they have none.
    """
    declared = isinstance(images, str | os.PathLike | Source)
    ndim = None if declared else np.ndim(as_array(images)) if not hasattr(images, "ndim") else images.ndim
    if declared or (axes == "tyx" and ndim != 3):
        source = as_source(images, channel=channel)
        if len(source.axes) == len(axes) and "t" not in source.axes:
            source = as_source(images, axes=axes, channel=channel)
    else:
        source = as_source(images, axes=axes, channel=channel)
    if "t" not in source.axes:
        raise InputError(
            f"the images have the axes {source.axes!r} and the shape {source.shape}, without a time axis t; "
            'a series has the axes "tyx" or "tzyx"'
        )
    return source
