"""Fit a plan, frame by frame."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks.refinement._fitters import frame_fit
from specks.refinement._likeness import likeness
from specks.refinement._noise import noise_of
from specks.refinement._plan import Plan
from specks.refinement._start import filled, is_dark
from specks.refinement.fit._alone_kernels import FLAT, LIMIT
from specks.refinement.fit.alone import Fitted, Start
from specks.refinement.fit.arrays import POSITION, Floats

__all__ = ["Cancel", "Found", "begun", "fit_frames", "read_ahead", "saturated"]

#: Seconds that another thread takes to hand a frame over.
HANDED_OVER = 5e-4


class Cancel(Protocol):
    """Says that nothing more is to be begun; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether it was said."""
        ...


@dataclass(frozen=True, eq=False)
class Found:
    """What was found of the rows of a plan; rows that were not fitted hold what they began with.

    Parameters
    ----------
    start : array (features, parameters) of float64
        Where fits began, estimates filled in.
    fitted : Fitted
    ran : array (features,) of bool
        Whether a row was fitted.
    brightest : array (features,) of float64
        Largest gray level of the frame of each row.
    noise : array (features,) of float64
        Standard deviation of the noise there.
    saturated : array (features,) of bool
        Whether the image cannot get brighter where a row lies.
    dark : bool, optional
        Whether features were found to be darker than what is around them.
    alike : float
        Correlation of the residuals of neighboring pixels in the first frame that was fitted.
    """

    start: Floats
    fitted: Fitted
    ran: npt.NDArray[np.bool_]
    brightest: Floats
    noise: Floats
    saturated: npt.NDArray[np.bool_]
    dark: bool | None = None
    alike: float = 0.0

    @classmethod
    def nothing(cls, start: Floats) -> Found:
        """Of rows that were not fitted."""
        n = len(start)
        return cls(
            start.copy(), Fitted.nothing(start), np.zeros(n, bool), np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, bool)
        )  # fmt: skip

    def put(self, rows: npt.NDArray[np.intp], fitted: Fitted) -> None:
        """Write what was fitted of rows."""
        self.fitted.put(rows, fitted)
        self.ran[rows] = True

    def take(self, rows: npt.NDArray[np.intp], other: Found, there: npt.NDArray[np.intp]) -> None:
        """Take over what another fit says of rows."""
        for name in Fitted.__dataclass_fields__:
            getattr(self.fitted, name)[rows] = getattr(other.fitted, name)[there]
        for name in ("start", "ran", "brightest", "noise", "saturated"):
            getattr(self, name)[rows] = getattr(other, name)[there]

    def knowing(self, dark: bool | None, alike: float) -> Found:
        """The same, knowing of which sign signals are and how alike residuals."""
        return dataclasses.replace(self, dark=dark, alike=alike)

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Rows whose parameters are those that were found: their fits came to an end."""
        fitted = self.fitted
        ended = (fitted.ended != FLAT) & (fitted.ended != LIMIT)
        return np.asarray(self.ran & ended & (fitted.seen > 0) & np.isfinite(fitted.values).all(axis=1))


def read_ahead(plan: Plan, groups: list[tuple[int, slice]]) -> Iterator[tuple[int, slice, npt.NDArray[Any]]]:
    """Frames in order, the next being read while one is worked on where reading takes longer than handing over."""
    if not groups:
        return
    begun = time.perf_counter()
    image = plan.frames.volume(groups[0][0])
    if len(groups) == 1 or time.perf_counter() - begun < HANDED_OVER:
        yield *groups[0], image
        del image
        yield from ((frame, rows, plan.frames.volume(frame)) for frame, rows in groups[1:])
        return
    with ThreadPoolExecutor(1, thread_name_prefix="specks") as reader:
        for (frame, rows), (following, _) in itertools.pairwise(groups):
            coming = reader.submit(plan.frames.volume, following)
            yield frame, rows, image
            image = coming.result()
        yield *groups[-1], image


def start_of(plan: Plan, rows: npt.NDArray[np.intp], image: npt.NDArray[Any], dark: bool) -> Start:
    """Where the fit of rows of one frame begins."""
    values = plan.rows.start[rows]
    cluster = plan.rows.cluster[rows]
    first = np.append(np.flatnonzero(np.r_[True, cluster[1:] != cluster[:-1]]), len(rows))
    radius = plan.settings.radius
    values = filled(
        plan.parameters,
        values,
        first,
        image,
        radius,
        {**plan.settings.profile.default, **plan.settings.default},
        dark,
    )
    lower, upper = plan.bounds(values, plan.labels[rows], dark)
    return Start(values, lower, upper, first)


def begun(
    plan: Plan,
    found: Found,
    span: slice,
    todo: npt.NDArray[np.bool_],
    image: npt.NDArray[Any],
    dark: bool | None,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[Any], bool | None, Start | None]:
    """Note what a frame is like, and where the fits of its rows begin.

    Parameters
    ----------
    plan : Plan
    found : Found
        Of which the rows of the frame are filled.
    span : slice
        Rows of the frame.
    todo : array (features,) of bool
        Which rows are to be fitted.
    image : array (z, y, x)
        The frame as it was read.
    dark : bool, optional
        Whether features are darker than what is around them, where that is known already.

    Returns
    -------
    rows : array of int
        That are to be fitted.
    image : array (z, y, x)
        The frame as it is fitted.
    dark : bool, optional
    start : Start, optional
        None where there is nothing to fit.
    """
    found.brightest[span], found.noise[span] = np.nanmax(image, initial=-np.inf), noise_of(image)
    rows = span.start + np.flatnonzero(todo[span] & ~plan.rows.bad[span])
    image = plan.frames.filtered(image)
    if not len(rows):
        return rows, image, dark, None
    if dark is None:
        dark = plan.settings.signed and is_dark(image, plan.rows.start[rows], plan.model)
    start = start_of(plan, rows, image, dark)
    found.start[rows] = start.values
    return rows, image, dark, start


def fit_frames(
    plan: Plan,
    before: tuple[Plan, Found] | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
) -> Generator[Progress, None, Found]:
    """Fit a plan frame by frame; frames share nothing.

    Parameters
    ----------
    plan : Plan
    before : (Plan, Found), optional
        An earlier fit; what begins as it did there is not fitted again.
    executor : concurrent.futures.Executor, optional
        Where clusters are fitted.
    cancel : Cancel, optional
        No further frame is begun once it is set.
    """
    fit = frame_fit(plan)
    found, todo, dark = _kept(plan, before)
    alike = None
    groups = [(frame, span) for frame, span in plan.groups if todo[span].any()]
    for k, (frame, span, image) in enumerate(read_ahead(plan, groups)):
        yield Progress(k, len(groups), f"Fitting frame {k + 1} of {len(groups)}")
        if cancel is not None and cancel.is_set():
            break
        rows, image, dark, start = begun(plan, found, span, todo, image, dark)
        if start is None:
            continue
        fitted = fit(plan, start, image, executor)
        found.put(rows, fitted)
        found.saturated[rows] = saturated(image, fitted.values, plan.frames.ceiling)
        if alike is None and plan.settings.doubts:
            alike = likeness(plan, found, frame, image)
    if alike is None:
        alike = 0.0 if before is None else before[1].alike
    return found.knowing(dark, alike)


def _kept(plan: Plan, before: tuple[Plan, Found] | None) -> tuple[Found, npt.NDArray[np.bool_], bool | None]:
    """What an earlier fit says of what begins as it did there, and which rows are left to do.

    Clusters keep what was found of them, or where those of a frame share parameters all of a frame together.
    """
    found = Found.nothing(plan.rows.start)
    todo = np.ones(len(plan.rows), bool)
    if before is None:
        return found, todo, None
    old_plan, old = before
    parts = _frames if plan.shares == "frame" else _clusters
    known = dict(parts(old_plan))
    now, then = [], []
    for key, rows in parts(plan):
        if key in known and old.ran[known[key]].all():
            now.append(rows)
            then.append(known[key])
    if now:
        here, there = np.concatenate(now), np.concatenate(then)
        found.take(here, old, there)
        todo[here] = False
    return found, todo, old.dark


def _frames(plan: Plan) -> Iterator[tuple[tuple[int, bytes], npt.NDArray[np.intp]]]:
    """The rows of each frame, by what its fit begins with."""
    for frame, span in plan.groups:
        yield (frame, plan.rows.start[span].tobytes()), np.arange(span.start, span.stop)


def _clusters(plan: Plan) -> Iterator[tuple[tuple[int, bytes], npt.NDArray[np.intp]]]:
    """The rows of each cluster, by what its fit begins with."""
    cluster = plan.rows.cluster
    first = np.flatnonzero(np.r_[True, cluster[1:] != cluster[:-1]]) if len(cluster) else np.zeros(0, int)
    for a, b in zip(first, np.append(first[1:], len(cluster)), strict=True):
        yield (int(plan.rows.frame[a]), plan.rows.start[a:b].tobytes()), np.arange(a, b)


def saturated(image: npt.NDArray[Any], values: Floats, ceiling: float) -> npt.NDArray[np.bool_]:
    """Whether the pixel nearest to each feature has the largest value that the image can hold."""
    shape = np.array(image.shape)
    at = np.clip(np.rint(np.nan_to_num(values[:, POSITION : POSITION + 3])).astype(int), 0, shape - 1)
    full: npt.NDArray[np.bool_] = image[tuple(at.T)] >= ceiling
    return full
