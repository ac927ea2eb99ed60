"""Which part of the sample the corrected frames show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError

__all__ = ["Canvas", "whole_pixels"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


#: No image is as wide; farther away nothing of it is seen either.
FARTHEST = 2.0**40


def whole_pixels(shifts: Floats) -> Ints:
    """Shifts to the nearest whole pixel, halves up."""
    whole: Ints = np.floor(np.clip(shifts, -FARTHEST, FARTHEST) + 0.5).astype(np.int64)
    return whole


@dataclass(frozen=True)
class Canvas:
    """A box in corrected positions.

    Parameters
    ----------
    origin : tuple of int
        Corrected position of its first pixel, along the spatial axes.
    shape : tuple of int
    """

    origin: tuple[int, ...]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, shape: tuple[int, ...], shifts: Floats, ok: npt.NDArray[np.bool_], border: str) -> Canvas:
        """The box that a border asks for.

        Parameters
        ----------
        shape : tuple of int
            Of a frame.
        shifts : numpy.ndarray (frame, axis)
        ok : numpy.ndarray (frame,) of bool
            Frames that can be trusted.
        border : {"keep", "crop", "expand"}

        Raises
        ------
        InputError
            When trusted frames have no pixel in common that could be kept.
        """
        if border == "keep":
            return cls((0,) * len(shape), shape)
        first = -whole_pixels(shifts[ok] if border == "crop" and ok.any() else shifts)
        last = first + np.array(shape)
        low = first.max(axis=0) if border == "crop" else first.min(axis=0)
        high = last.min(axis=0) if border == "crop" else last.max(axis=0)
        if not (high > low).all():
            raise InputError(
                f"border is 'crop', but frames of {' x '.join(map(str, shape))} pixels that move by up to "
                f"{np.abs(shifts[ok]).max():.0f} have no pixel in common; take 'keep' or 'expand'"
            )
        return cls(tuple(low.tolist()), tuple((high - low).tolist()))
