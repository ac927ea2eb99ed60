"""The peaks of all slices of an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks.candidates import COLUMNS, PlanePeaks
from specks.mixture.peaks.heights import heights_to_bins
from specks.mixture.peaks.widths import nearest_width

__all__ = ["Peaks"]


@dataclass(frozen=True, eq=False)
class Peaks:
    """Places that stand out at the scale of the particles, by chance or because they are particles.

    Parameters
    ----------
    first : numpy.ndarray (slices + 1,) of int64
        Number of each slice's first peak; the last is the number of all.
    columns : mapping of str to numpy.ndarray (peaks,) of float32
        `COLUMNS` by name.
    pits : numpy.ndarray (widths, slices, 256) of int64
        Depths of the pits far from particles, by the width that is nearest to theirs.
    """

    first: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[np.float32]]
    pits: npt.NDArray[np.int64]

    @classmethod
    def gathered(cls, planes: Mapping[int, PlanePeaks], count: int, known: Peaks | None = None) -> Peaks:
        """Peaks of planes by number of the slice; those of other slices as they were known."""
        parts = [
            planes[number].columns if number in planes else ({} if known is None else known.of(number))
            for number in range(count)
        ]
        nothing = np.zeros(0, np.float32)
        sizes = [len(part.get("y", nothing)) for part in parts]
        columns = {
            name: np.concatenate([nothing, *(part.get(name, nothing) for part in parts)]) for name in COLUMNS
        }
        pits = [
            planes[number].pits if number in planes or known is None else known.pits[:, number]
            for number in range(count)
        ]
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return cls(first, columns, np.stack(pits, axis=1))

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

    def kinds(self, diameters: Sequence[tuple[float, float]]) -> npt.NDArray[np.int64]:
        """Which of the widths along y and x is nearest to that of each peak."""
        return nearest_width(self.columns["radius_x"], [along_x for _, along_x in diameters])

    @property
    def slices(self) -> npt.NDArray[np.int64]:
        """Number of the slice of each peak."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def area(self) -> npt.NDArray[np.float64]:
        """Pixels that a disc of each peak's radius covers."""
        area: npt.NDArray[np.float64] = np.pi * self.columns["radius_y"].astype(np.float64)
        return area * self.columns["radius_x"]
