"""The objects of all frames of a series."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry
from specks._core.progress import Progress
from specks._core.source import Region, Source
from specks.io.lazy import as_dask
from specks.measure import LabelRuns
from specks.workflows._answers import SegmentedFrame
from specks.workflows._frame_runs import FrameRuns, frame_runs, join_runs, runs_of, some_runs
from specks.workflows._gray_scale import read_frame
from specks.workflows._segmenters import FrameSegmenter

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Masks", "Segments", "collect", "numbered"]


@dataclass(frozen=True, eq=False)
class Segments:
    """What was found in a series, before anything is known of drift.

    Parameters
    ----------
    labels : LabelRuns or Source
        Label images (t, [z,] y, x); of objects that overlap the last lies on top. Those of a result from a
        file stay there.
    objects : pandas.DataFrame
        One row an object and frame, in the order of frames.
    covered : array of float64, shape (frames,)
        Share of the pixels of each frame that belong to an object.
    reasons : tuple of str
        Why nothing could be looked for in a frame; empty where all was well.
    notes : tuple of str
        What is worth knowing.
    """

    labels: LabelRuns | Source
    objects: pd.DataFrame
    covered: npt.NDArray[np.float64]
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def frame(self, t: int) -> SegmentedFrame:
        """The objects of frame `t`."""
        low, high = np.searchsorted(self.objects["frame"], [t, t + 1])
        table = self.objects.iloc[low:high].reset_index(drop=True)
        return SegmentedFrame(self._read(t), table, self.reasons[t])

    def frame_runs(self, t: int) -> FrameRuns:
        """Label image of frame `t` as runs."""
        return runs_of(self.labels, t) if isinstance(self.labels, LabelRuns) else frame_runs(self._read(t))

    def _read(self, t: int) -> npt.NDArray[np.int32]:
        if isinstance(self.labels, LabelRuns):
            return self.labels[t]
        return read_frame(self.labels, t).astype(np.int32, copy=False)

    def masks(self, name: str, *, edges: bool) -> Masks:
        """Where there is any object, or any that touches no side."""
        runs = self.labels
        if not isinstance(runs, LabelRuns):
            frames = [self.frame_runs(t) for t in range(len(self.reasons))]
            runs = join_runs(frames, runs.shape[-2:] if "z" not in runs.axes else runs.shape[-3:])
        return Masks(runs if edges else _inner(runs, self.objects), name)

    def shown(self, series: Source) -> Any:
        """The label images as a lazy array of the shape of the series."""
        if not isinstance(self.labels, LabelRuns):
            return as_dask(self.labels)
        lazy = self.labels.as_dask()
        return lazy if "t" in series.axes else lazy[0]


def _inner(runs: LabelRuns, objects: pd.DataFrame) -> LabelRuns:
    """Label images without objects that touch a side."""
    edges = objects[objects["touches_side"]]
    most = int(objects["label"].max()) + 1 if len(objects) else 1
    depth = int(np.prod(runs.shape[1:-2], dtype=np.int64))
    plane = np.repeat(np.arange(len(runs.plane_start) - 1), np.diff(runs.plane_start))
    cut = np.isin((plane // depth) * most + runs.label, edges["frame"] * most + edges["label"])
    return some_runs(runs, ~cut)


class Masks(Source):
    """Where there is any object, frame by frame."""

    def __init__(self, runs: LabelRuns, name: str) -> None:
        self.runs, self.shape, self.dtype = runs, runs.shape, np.dtype(np.bool_)
        self.geometry = Geometry.of("tzyx" if len(runs.shape) == 4 else "tyx")
        self.chunks = (1, *runs.shape[1:])
        self.name = name

    def read(self, region: Region) -> npt.NDArray[Any]:
        inside: npt.NDArray[np.bool_] = self.runs.paint(region) != 0
        return inside


def collect(
    segmenter: FrameSegmenter,
    frames: int,
    shape: tuple[int, ...],
    change: Callable[[SegmentedFrame, int], SegmentedFrame] = lambda found, t: found,
    known: Segments | None = None,
    touched: Collection[int] | None = None,
) -> Generator[Progress, None, Segments]:
    """Segment one frame after the other; each is asked for once, and no mask is kept.

    Parameters
    ----------
    segmenter : FrameSegmenter
    frames : int
    shape : tuple of int
        Of a frame, ([z,] y, x).
    change : callable, optional
        What becomes of what was found in a frame.
    known : Segments, optional
        What was found before.
    touched : collection of int, optional
        Frames that are segmented again, all others being as they are known; None for all.
    """
    import pandas as pd

    runs: list[FrameRuns] = []
    tables, covered, reasons, notes = [], [], [], list(known.notes if known is not None else ())
    for t in range(frames):
        again = known is None or touched is None or t in touched
        if again:
            yield Progress(t, frames, f"Looking for objects in frame {t + 1} of {frames}")
        found = change(segmenter.frame(t), t) if again or known is None else known.frame(t)
        runs.append(frame_runs(found.labels) if again or known is None else known.frame_runs(t))
        tables.append(_ordered(found.objects))
        covered.append(found.area_fraction)
        reasons.append(found.reason)
        notes += found.notes
    objects = pd.concat(tables, ignore_index=True)
    remarks = tuple(dict.fromkeys(notes))
    return Segments(join_runs(runs, shape), objects, np.array(covered), tuple(reasons), remarks)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Frame and label before the rest."""
    first = ["frame", "label"]
    return table[[*first, *(name for name in table if name not in first)]].astype(
        {"frame": np.int64, "label": np.int64, "class": np.int64}
    )


def numbered(found: SegmentedFrame) -> SegmentedFrame:
    """The same with labels from 1 on, in their order, so that those of a frame do not depend on others."""
    known = found.objects["label"].to_numpy(np.int64)
    new = np.zeros(int(known.max(initial=0)) + 1, np.int32)
    new[np.sort(known)] = np.arange(1, len(known) + 1)
    return SegmentedFrame(
        new[found.labels], found.objects.assign(label=new[known]), found.reason, found.notes
    )
