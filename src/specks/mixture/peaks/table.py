"""The peaks of all slices of an image."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks.candidates import COLUMNS, PlanePeaks
from specks.mixture.peaks.heights import heights_to_bins

__all__ = ["Peaks"]


@dataclass(frozen=True, eq=False)
class Peaks:
    """Places that stand out at the scale of the particles, by chance or because they are particles.

    Parameters
    ----------
    many : numpy.ndarray (slices, widths) of int64
        How many peaks each slice has of each width; they stand in this order.
    columns : mapping of str to numpy.ndarray (peaks,) of float32
        `COLUMNS` by name.
    pits : numpy.ndarray (slices, widths, 256) of int64
        Depths of the pits far from particles.
    """

    many: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[np.float32]]
    pits: npt.NDArray[np.int64]

    @classmethod
    def gathered(cls, planes: Mapping[int, PlanePeaks], count: int, known: Peaks | None = None) -> Peaks:
        """Peaks of planes by number of the slice; those of other slices as they were known."""
        parts = [
            planes[number] if number in planes or known is None else known.plane(number)
            for number in range(count)
        ]
        nothing = np.zeros(0, np.float32)
        columns = {
            name: np.concatenate([nothing, *(part.columns[name] for part in parts)]) for name in COLUMNS
        }
        return cls(np.stack([part.many for part in parts]), columns, np.stack([part.pits for part in parts]))

    @functools.cached_property
    def first(self) -> npt.NDArray[np.int64]:
        """Number of each slice's first peak; the last is the number of all."""
        return np.concatenate([[0], np.cumsum(self.many.sum(axis=1))]).astype(np.int64)

    def plane(self, number: int) -> PlanePeaks:
        """What one slice tells."""
        return PlanePeaks(self.of(number), self.many[number], self.pits[number])

    def span(self, number: int) -> slice:
        """Where the peaks of one slice stand."""
        return slice(int(self.first[number]), int(self.first[number + 1]))

    def of(self, number: int) -> dict[str, npt.NDArray[np.float32]]:
        """The columns of one slice."""
        span = self.span(number)
        return {name: column[span] for name, column in self.columns.items()}

    @property
    def bins(self) -> npt.NDArray[np.uint8]:
        """Bins of the heights."""
        return heights_to_bins(self.columns["height"])

    @property
    def kinds(self) -> npt.NDArray[np.int64]:
        """At which width each peak was found, counted from the smallest on."""
        slices, widths = self.many.shape
        return np.repeat(np.tile(np.arange(widths), slices), self.many.ravel())

    def kinds_of(self, number: int) -> npt.NDArray[np.int64]:
        """The same of one slice."""
        return np.repeat(np.arange(self.many.shape[1]), self.many[number])

    @property
    def slices(self) -> npt.NDArray[np.int64]:
        """Number of the slice of each peak."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def area(self) -> npt.NDArray[np.float64]:
        """Pixels that a disc of each peak's radius covers."""
        area: npt.NDArray[np.float64] = np.pi * self.columns["radius_y"].astype(np.float64)
        return area * self.columns["radius_x"]
