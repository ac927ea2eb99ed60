"""What a result is least sure of, one after the other: the list behind *Review*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks.ui.layer_view import LayerView

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidate", "Candidates", "ReviewList"]

#: Certainties between which a person is asked, on both sides of any usual threshold. Below, more than ten bumps of
#: noise would have to be looked at for each particle that was missed; above, more than twenty particles for each
#: that is none. What is in between comes in the order of doubt, so few need to go to the end.
LOWEST, HIGHEST = 0.1, 0.95


@dataclass(frozen=True)
class Candidate:
    """Something that may be a particle.

    Parameters
    ----------
    place : tuple of float
        In pixels of the layer, one value an axis.
    frame : int or None
        Where it is according to corrections: index along the first axis, None for a single image.
    diameter : float
        In pixels.
    certainty : float
        Probability that it is a particle.
    """

    place: tuple[float, ...]
    frame: int | None
    diameter: float
    certainty: float

    @property
    def position(self) -> list[float]:
        """Where it is in its plane, as corrections name it."""
        return [round(place, 2) for place in self.place[-2:]]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Those that are in doubt, the least sure first.

    Parameters
    ----------
    places : numpy.ndarray (n, axes of the layer) of float64
    diameter, certainty : numpy.ndarray (n,) of float64
    frame_axis : int or None
        Axis of the layer along which corrections count frames.
    """

    places: npt.NDArray[np.float64]
    diameter: npt.NDArray[np.float64]
    certainty: npt.NDArray[np.float64]
    frame_axis: int | None

    @classmethod
    def of(cls, table: pd.DataFrame, view: LayerView, whole: LayerView) -> Candidates:
        """Doubtful rows of a table with ``frame``, ``y``, ``x``, ``diameter`` and ``certainty``.

        Parameters
        ----------
        table : pandas.DataFrame
            In the order in which they are to be looked at.
        view : LayerView
            What the result is about; one plane of `whole` for a preview.
        whole : LayerView
            What corrections are about.
        """
        doubtful = table[table["certainty"].between(LOWEST, HIGHEST)]
        places = np.zeros((len(doubtful), view.layer.ndim))
        for axis, index in view.fixed.items():
            places[:, axis] = index
        if len(view.axes) > 2:
            places[:, view.kept[0]] = doubtful["frame"]
        places[:, view.kept[-2:]] = doubtful[["y", "x"]]
        columns = (doubtful[name].to_numpy(float) for name in ("diameter", "certainty"))
        return cls(places, *columns, whole.kept[0] if len(whole.axes) > 2 else None)

    @classmethod
    def none(cls) -> Candidates:
        """Nothing is in doubt."""
        return cls(np.zeros((0, 2)), np.zeros(0), np.zeros(0), None)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Candidate:
        place = tuple(float(value) for value in self.places[index])
        frame = None if self.frame_axis is None else round(place[self.frame_axis])
        return Candidate(place, frame, float(self.diameter[index]), float(self.certainty[index]))

    def among(self, others: list[Candidate]) -> npt.NDArray[np.bool_]:
        """Which of these are among others: no two share a pixel."""
        if not others or not len(self):
            return np.zeros(len(self), np.bool_)
        theirs = np.round([other.place for other in others]).astype(np.int64)
        own = np.round(self.places).astype(np.int64)
        extent = np.maximum(own.max(axis=0), theirs.max(axis=0)) + 1
        numbers = (np.ravel_multi_index(tuple(one.T), tuple(extent), mode="clip") for one in (own, theirs))
        return np.isin(*numbers)


class ReviewList:
    """Where a person is in the list. What was looked at keeps its place; the rest is ordered anew.

    Attributes
    ----------
    seen : list of Candidate
        What was looked at, in that order.
    """

    def __init__(self) -> None:
        self.seen: list[Candidate] = []
        self._at = -1
        self._open = Candidates.none()
        self._unseen = np.zeros(0, np.bool_)

    def restart(self, candidates: Candidates) -> None:
        """Begin anew."""
        self.seen, self._at = [], -1
        self.update(candidates)

    def update(self, candidates: Candidates) -> None:
        """Go on where it is with what is in doubt now."""
        self._open = candidates
        self._unseen = ~candidates.among(self.seen)

    @property
    def current(self) -> Candidate | None:
        """What is looked at; None before the first and after the last."""
        return self.seen[self._at] if 0 <= self._at < len(self.seen) else None

    @property
    def number(self) -> int:
        """Number of the current one, from 1; 0 before the first."""
        return self._at + 1

    @property
    def total(self) -> int:
        """How many were looked at or are to be."""
        return len(self.seen) + int(self._unseen.sum())

    @property
    def ended(self) -> bool:
        """Whether all were looked at."""
        return self._at >= len(self.seen) > 0

    @property
    def skipped(self) -> int:
        """How many that were looked at are still in doubt."""
        return int((~self._unseen).sum())

    def forward(self) -> None:
        """To the next; after the last to the end, and from there to those that were skipped."""
        if self.ended:
            self.restart(self._open)
        if self._at + 1 < len(self.seen):
            self._at += 1
        elif self._unseen.any():
            self.seen.append(self._open[int(np.argmax(self._unseen))])
            self._at = len(self.seen) - 1
            self._unseen = ~self._open.among(self.seen)
        elif self.seen:
            self._at = len(self.seen)

    def back(self) -> None:
        """To the one before; from the first to the beginning."""
        self._at = max(self._at - 1, -1)

    def go_to(self, candidate: Candidate) -> None:
        """To one that was looked at."""
        self._at = self.seen.index(candidate)
