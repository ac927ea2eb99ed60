"""Anything that finds objects in frames, behind one face."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.source import Source
from specks.io import as_source
from specks.workflows._answers import Answer, SegmentedFrame, understand
from specks.workflows._gray_scale import GrayScale, frame_count, read_frame, series_scale

__all__ = ["NAMES", "FrameSegmenter", "as_segmenter"]

#: Engines of specks that are known by name.
NAMES = ("mixture",)


class FrameSegmenter(Protocol):
    """What finds the objects of one frame after the other."""

    def frame(self, t: int) -> SegmentedFrame:
        """The objects of frame `t`."""
        ...


def as_segmenter(
    segmenter: Any, source: Source, *, min_size: int = 50, edge_buffer: int = 8
) -> Generator[Progress, None, FrameSegmenter]:
    """Make a segmenter of whatever was given, and look at the series as far as it must.

    Parameters
    ----------
    segmenter : str, callable, object, array, path or sequence of arrays
        ``"mixture"``: `segment_particles` on the whole series. A callable that is given each frame as float32
        from 0 to 1, on one gray scale for the series, and answers with labels, instances, classes, a mask or
        a probability (see `understand`); an attribute ``returns`` ("labels", "instances" or "classes") may say
        which. An object with ``transform_standard_image`` and ``perform_segmentation``, as those of rtdefects.
        Or what was found already: a label image or mask of the shape of the series (an array, a
        source, or a file), or one answer a frame.
    source : Source
        The series, with axes ``[t][z]yx``.
    min_size : int
        Smallest object that is kept, in pixels of the source.
    edge_buffer : int
        How many pixels from a side still count as touching it.

    Yields
    ------
    Progress

    Returns
    -------
    FrameSegmenter

    Raises
    ------
    InputError
        When it is none of these, or does not fit the series.
    """
    shape = tuple(n for a, n in zip(source.axes, source.shape, strict=True) if a != "t")
    how = Answer(shape, min_size, edge_buffer, getattr(segmenter, "returns", "auto"))
    if isinstance(segmenter, str) and segmenter in NAMES:
        from specks.workflows._by_mixture import mixture_frames

        return (yield from mixture_frames(source, how)).frames
    if isinstance(segmenter, str | os.PathLike):
        return _stored(segmenter, source, how)
    call = _call(segmenter)
    if call is not None:
        scale, blank = yield from series_scale(source)
        return Called(call, source, scale, blank, how)
    return Ready(_ready(segmenter, source), how, {})


@dataclass(frozen=True)
class Called:
    """A segmenter that is given one frame after the other."""

    call: Callable[[npt.NDArray[np.float32]], Any]
    source: Source
    scale: GrayScale
    blank: dict[int, str]
    how: Answer

    def frame(self, t: int) -> SegmentedFrame:
        """The objects of frame `t`; a frame in which there is nothing to see is not shown to the segmenter."""
        if t in self.blank:
            return _nothing(self.how, t, self.blank[t])
        image = self.scale.apply(read_frame(self.source, t))
        try:
            answer = self.call(image)
        except Exception as error:
            error.add_note(f"raised by the segmenter in frame {t}")
            raise
        return understand(answer, self.how, t)


@dataclass(frozen=True)
class Ready:
    """What was found already, one answer a frame."""

    answers: Source | Sequence[Any]
    how: Answer
    blank: dict[int, str]

    def frame(self, t: int) -> SegmentedFrame:
        """The objects of frame `t`."""
        if t in self.blank:
            return _nothing(self.how, t, self.blank[t])
        answer = read_frame(self.answers, t) if isinstance(self.answers, Source) else self.answers[t]
        return understand(answer, self.how, t)


def _nothing(how: Answer, t: int, reason: str) -> SegmentedFrame:
    found = understand(np.zeros(how.shape, bool), Answer(how.shape, how.min_size, how.edge_buffer), t)
    return SegmentedFrame(found.labels, found.objects, reason)


def _stored(path: str | os.PathLike[str], source: Source, how: Answer) -> Ready:
    """Labels in a file."""
    if isinstance(path, str) and not os.path.exists(path):
        raise InputError(
            f"segmenter is {path!r}; it must be {' or '.join(map(repr, NAMES))}, the path of a label image that is there, a "
            f"callable, a segmenter or labels{nearest(path, NAMES)}"
        )
    labels = as_source(path)
    if len(labels.axes) == len(source.axes) and labels.axes != source.axes:
        labels = as_source(path, axes=source.axes)  # a stack of planes that does not say what they are
    return Ready(_fitting(labels, source), how, dict(labels.ruined))


def _call(segmenter: Any) -> Callable[[Any], Any] | None:
    """The function that is called with each frame, if it is one."""
    prepare = getattr(segmenter, "transform_standard_image", None)
    perform = getattr(segmenter, "perform_segmentation", None)
    if callable(prepare) and callable(perform):
        return lambda image: perform(prepare(image))
    return segmenter if callable(segmenter) else None


def _ready(answers: Any, source: Source) -> Source | Sequence[Any]:
    """Answers that are there, if there is one a frame."""
    frames = frame_count(source)
    if isinstance(answers, list | tuple):
        if len(answers) != frames:
            raise InputError(f"segmenter holds {len(answers)} answers, but the series has {frames} frames")
        return answers
    if isinstance(answers, Source):
        return _fitting(answers, source)
    shape = tuple(getattr(answers, "shape", ()))
    if not shape or not hasattr(answers, "dtype"):
        raise InputError(
            f"segmenter is {type(answers).__name__}; it must be {' or '.join(map(repr, NAMES))}, a callable, an object with "
            "transform_standard_image and perform_segmentation, labels of the shape of the series, or one answer a frame"
        )
    if len(shape) == len(source.shape) + 1 and "t" in source.axes:  # instances of every frame
        if shape[0] != frames:
            raise InputError(f"segmenter has the shape {shape}, but the series has {frames} frames")
        return _Rows(answers)
    if len(shape) == len(source.shape) + 1:
        return (answers,)
    if len(shape) != len(source.shape):
        raise InputError(f"segmenter has the shape {shape}; expected that of the series, {source.shape}")
    return _fitting(as_source(answers, axes=source.axes), source)


class _Rows(Sequence[Any]):
    """The first axis of an array, lazily."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return int(self.array.shape[0])

    def __getitem__(self, t: Any) -> Any:
        return np.asarray(self.array[t])


def _fitting(labels: Source, source: Source) -> Source:
    if labels.shape != source.shape:
        raise InputError(
            f"the labels have the shape {labels.shape}; expected that of the series, {source.shape}"
        )
    return labels
