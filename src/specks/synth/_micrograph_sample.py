"""A real micrograph that drifts: cut out at whole pixels, then binned, so that fractions are exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from specks._core.errors import InputError
from specks.data import micrograph

__all__ = ["BIN", "CroppedMicrograph"]

#: Pixels of the micrograph along a pixel of the series; drift is a multiple of one of them.
BIN = 3


class CroppedMicrograph:
    """Cuts of one of the micrographs that come with specks.

    Parameters
    ----------
    name : str
        As in `specks.data.micrograph`.
    drift : (frames, 2) array of float
        Rounded to what whole pixels of the micrograph allow.
    shape : tuple of int
        (y, x) of a frame.

    Attributes
    ----------
    drift : (frames, 2) array of float
        What it came to.
    """

    def __init__(self, name: str, drift: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
        with Image.open(micrograph(name)) as opened:
            self._image = np.asarray(opened.convert("L"), np.float32)
        self._shape = shape
        steps = np.rint(drift * BIN).astype(int)
        room = np.array(self._image.shape) - BIN * np.array(shape)
        if (room < 0).any():
            largest = tuple(n // BIN for n in self._image.shape)
            raise InputError(f"shape is {shape!r}; frames of this micrograph are at most {largest}")
        middle = room // 2 + (steps.max(axis=0) + steps.min(axis=0)) // 2
        # A path that leads out of the micrograph stays at its border for as long as it is outside.
        self._corner = np.clip(middle - steps, 0, room)
        self.drift = (self._corner[0] - self._corner) / BIN

    def gray(self, frame: int) -> npt.NDArray[np.float32]:
        """Gray values of a frame."""
        y, x = self._corner[frame]
        ny, nx = self._shape
        cut = self._image[y : y + ny * BIN, x : x + nx * BIN]
        binned: npt.NDArray[np.float32] = cut.reshape(ny, BIN, nx, BIN).mean(axis=(1, 3))
        return binned

    def level(self) -> float:
        """Gray value that tells particles from the support: halfway between their brightest and the median."""
        middle, bright = np.percentile(self.gray(0), (50, 99))
        return float(middle + bright) / 2
