"""The local noise of a scale space: how large responses are where there is no particle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks import _kernels
from specks.mixture.peaks.scale_space import ScaleSpace, blurred

__all__ = ["Noise", "local_noise"]

#: Sigma of the Gaussian window in which noise is taken, and side of the cells it is sampled in, in diameters.
WINDOW, CELL = 3.0, 0.5
#: Parts of the noise nearby and of that of the whole plane. With the first alone whatever is faint on an even
#: place would count as much as what is plain on an uneven one; found on eleven micrographs, where half to twice
#: the second does about as well.
NEAR, WHOLE = 0.55, 0.55
#: Weight of the whole plane's noise where hardly any pixel is far from particles.
SHRINKAGE = 0.02


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise of each scale on a coarse grid.

    Parameters
    ----------
    grid : numpy.ndarray (scales, rows, columns) of float32
    cell : tuple of int
        Pixels of the binned plane in a cell, along y and x.
    """

    grid: npt.NDArray[np.float32]
    cell: tuple[int, int]

    def at(
        self, scale: npt.NDArray[np.int64], y: npt.NDArray[np.float64], x: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Noise at places of the binned plane."""
        out = np.empty(scale.size)
        _kernels.sample(self.grid, scale, (y + 0.5) / self.cell[0] - 0.5, (x + 0.5) / self.cell[1] - 0.5, out)
        return out


def local_noise(space: ScaleSpace, allowed: npt.NDArray[np.bool_]) -> Noise:
    """Root mean square of the responses of the other sign, where `allowed`, in a Gaussian window.

    Parameters
    ----------
    space : ScaleSpace
        Of a plane whose particles respond positively.
    allowed : numpy.ndarray of bool
        Pixels of the binned plane that are far from particles.
    """
    cell = (max(1, round(CELL * space.diameter[0])), max(1, round(CELL * space.diameter[1])))
    height, width = allowed.shape
    grid = (-(-height // cell[0]), -(-width // cell[1]))
    sums = np.zeros((len(space.stack), *grid), np.float32)
    counts = np.zeros(grid, np.float32)
    _kernels.cell_sums(space.stack, allowed.view(np.uint8), *cell, sums, counts)
    sigma = tuple(WINDOW * d / c for d, c in zip(space.diameter, cell, strict=True))
    pixels = np.float32(cell[0] * cell[1])
    seen = blurred(np.divide(counts, pixels, dtype=np.float32), *sigma)
    out = np.empty_like(sums)
    everywhere = max(float(counts.sum()), 1.0)
    for noise, squares in zip(out, sums, strict=True):
        whole = 2 * float(squares.sum(dtype=np.float64)) / everywhere
        near = 2 * blurred(squares / pixels, *sigma) + SHRINKAGE * whole
        noise[:] = NEAR * np.sqrt(near / (seen + SHRINKAGE)) + WHOLE * np.sqrt(whole)
    return Noise(out, cell)
