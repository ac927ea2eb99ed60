"""How much each pixel differs from the background around it, particles left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Region, Source, widened
from specks.filters.contrast import measured
from specks.mixture import Mixture

__all__ = ["AboveSurroundings"]

#: Side of the box in which the background is taken, in diameters of the particles.
BOX = 5.0


class AboveSurroundings(Source):
    """The difference as an image: computed where it is read, never held; particles are positive.

    Parameters
    ----------
    model : Mixture
        Knows the diameter, on which side particles lie, and which pixels do not count.
    image : Source
    labels : array of int, shape of the image
        May be lazy.
    """

    def __init__(self, model: Mixture, image: Source, labels: Any) -> None:
        self.model, self.image, self.labels = model, image, labels
        self.shape, self.dtype = image.shape, np.dtype(np.float32)
        self.geometry, self.chunks = image.geometry, image.chunks
        self.name = f"contrast of {image.name}"
        self.half = tuple(max(2, round(BOX * d / 2)) for d in model.variable.diameter)

    def read(self, region: Region) -> npt.NDArray[Any]:
        """Difference in one region, in units of the image; NaN where there is no background around."""
        wide = [
            slice(max(s.start - half, 0), min(s.stop + half, n))
            for s, half, n in zip(region[-2:], self.half, self.shape[-2:], strict=True)
        ]
        around = (*region[:-2], *wide)
        values = self.model.variable.sign * widened(self.image.read(around)).astype(np.float64)
        free = (np.asarray(self.labels[around]) == 0) & measured(values)
        allowed = self.model.exclusions.allowed(around)
        if allowed is not None:
            free &= allowed
        above = values - self._background(values, free)
        inner = [slice(s.start - w.start, s.stop - w.start) for s, w in zip(region[-2:], wide, strict=True)]
        return above[(*(slice(None) for _ in region[:-2]), *inner)].astype(np.float32)

    def _background(
        self, values: npt.NDArray[np.float64], free: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float64]:
        """Mean of the free pixels in a box around each."""
        from scipy.ndimage import uniform_filter

        box = (*(1,) * (values.ndim - 2), *(2 * half + 1 for half in self.half))
        share = uniform_filter(free.astype(np.float64), box, mode="constant")
        total = uniform_filter(np.where(free, values, 0.0), box, mode="constant")
        some = share > 0.5 / np.prod(box)
        mean: npt.NDArray[np.float64] = np.divide(total, share, out=np.full_like(total, np.nan), where=some)
        return mean
