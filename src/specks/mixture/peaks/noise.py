"""The local noise of a scale space: how large responses are where there is no particle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks import _kernels
from specks.mixture.peaks.scale_space import ScaleSpace, blurred

__all__ = ["LocalNoise", "Noise"]

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
        _kernels.sample(self.grid, self.cell, scale, y, x, out)
        return out


class LocalNoise:
    """Root mean square of the responses of the other sign, in a Gaussian window, far from particles.

    Which pixels are far is found out in turns; sums are taken anew only where that changes.

    Parameters
    ----------
    space : ScaleSpace
        Of a plane whose particles respond positively.
    """

    def __init__(self, space: ScaleSpace) -> None:
        self._space = space
        self._cell = (max(1, round(CELL * space.diameter[0])), max(1, round(CELL * space.diameter[1])))
        shape = space.stack.shape[1:]
        grid = tuple(-(-n // c) for n, c in zip(shape, self._cell, strict=True))
        self._sums = np.zeros((len(space.stack), *grid), np.float32)
        self._counts = np.zeros(grid, np.float32)
        self._far = np.full(shape, 2, np.uint8)  # neither: all is new at first

    def where(self, far: npt.NDArray[np.bool_]) -> Noise:
        """The noise where pixels of the binned plane are `far` from particles."""
        sums, counts = self._sums, self._counts
        _kernels.cell_sums(self._space.stack, far.view(np.uint8), self._far, *self._cell, sums, counts)
        self._far = far.view(np.uint8)
        sigma = tuple(WINDOW * d / c for d, c in zip(self._space.diameter, self._cell, strict=True))
        pixels = np.float32(np.prod(self._cell))
        seen = blurred(np.divide(counts, pixels, dtype=np.float32), *sigma)
        out = np.empty_like(sums)
        everywhere = max(float(counts.sum()), 1.0)
        for noise, squares in zip(out, sums, strict=True):
            whole = 2 * float(squares.sum(dtype=np.float64)) / everywhere
            near = blurred(squares / pixels, *sigma)
            _kernels.noise_levels(near, seen, (NEAR, WHOLE), SHRINKAGE, whole, noise)
        return Noise(out, self._cell)
