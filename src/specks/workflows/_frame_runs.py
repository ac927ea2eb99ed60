"""Label images of frames that come one after the other, held as runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from specks.measure import LabelRuns

__all__ = ["FrameRuns", "frame_runs", "join_runs", "runs_of", "some_runs"]

Ints = npt.NDArray[np.int32]
#: Plane, row, first pixel, pixel past the last and label of each run of a frame.
FrameRuns = tuple[Ints, Ints, Ints, Ints, Ints]


def frame_runs(labels: npt.NDArray[np.integer]) -> FrameRuns:
    """The runs of one label image ([z,] y, x), in raster order.

    Examples
    --------
    >>> plane, y, x0, x1, label = frame_runs(np.array([[0, 2, 2], [2, 0, 1]]))
    >>> y.tolist(), x0.tolist(), x1.tolist(), label.tolist()
    ([0, 1, 1], [1, 0, 2], [3, 1, 3], [2, 2, 1])
    """
    flat = labels.ravel()
    height, width = labels.shape[-2:]
    begins = np.empty(flat.size, np.bool_)
    begins[:1] = True
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins[::width] = True
    start = np.flatnonzero(begins)
    stop = np.append(start[1:], flat.size)
    there = flat[start] > 0
    start, stop = start[there], stop[there]
    row, x0 = np.divmod(start, width)
    plane, y = np.divmod(row, height)
    found = plane, y, x0, x0 + stop - start, flat[start]
    return tuple(values.astype(np.int32) for values in found)  # type: ignore[return-value]


def join_runs(frames: Sequence[FrameRuns], shape: tuple[int, ...]) -> LabelRuns:
    """One label image of many frames.

    Parameters
    ----------
    frames : sequence of FrameRuns
    shape : tuple of int
        Of a frame, ([z,] y, x).
    """
    depth = int(np.prod(shape[:-2], dtype=np.int64))
    plane = np.concatenate([runs[0] + t * depth for t, runs in enumerate(frames)])
    y, x0, x1, label = (np.concatenate([runs[i] for runs in frames]) for i in range(1, 5))
    return _made((len(frames), *shape), plane, y, x0, x1, label)


def runs_of(runs: LabelRuns, t: int) -> FrameRuns:
    """Those of one frame."""
    depth = int(np.prod(runs.shape[1:-2], dtype=np.int64))
    first = runs.plane_start[t * depth : (t + 1) * depth + 1]
    part = slice(int(first[0]), int(first[-1]))
    plane = np.repeat(np.arange(depth, dtype=np.int32), np.diff(first))
    return plane, runs.y[part], runs.x0[part], runs.x1[part], runs.label[part]


def some_runs(runs: LabelRuns, kept: npt.NDArray[np.bool_]) -> LabelRuns:
    """Without some of the runs."""
    plane = np.repeat(np.arange(len(runs.plane_start) - 1), np.diff(runs.plane_start))
    return _made(runs.shape, plane[kept], *(v[kept] for v in (runs.y, runs.x0, runs.x1, runs.label)))


def _made(
    shape: tuple[int, ...], plane: npt.NDArray[np.integer], y: Ints, x0: Ints, x1: Ints, label: Ints
) -> LabelRuns:
    planes = int(np.prod(shape[:-2], dtype=np.int64))
    start = np.concatenate([[0], np.cumsum(np.bincount(plane, minlength=planes))]).astype(np.int64)
    sizes = np.bincount(label, (x1 - x0).astype(np.float64))[1:].astype(np.int64)
    return LabelRuns(shape, sizes, start, y, x0, x1, label)
