"""Masks as bits: one eighth of a byte a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.measure._kernels import WORD

__all__ = ["as_words", "foreground", "n_words", "pack"]

#: Rows that are compared and packed at once, so that the mask between them stays in the cache.
_ROWS = 64


def n_words(width: int) -> int:
    """Number of 64-bit words that hold a row of `width` pixels."""
    return -(-width // WORD)


def pack(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Bits of a mask, eight pixels a byte along x, the first pixel lowest."""
    return np.packbits(mask, axis=-1, bitorder="little")


def as_words(packed: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint64]:
    """The same bits as rows of whole 64-bit words."""
    words = np.zeros((*packed.shape[:-1], n_words(width)), "<u8")
    words.view(np.uint8)[..., : packed.shape[-1]] = packed
    return words.astype(np.uint64, copy=False)


def foreground(posterior: npt.NDArray[Any], threshold: float) -> npt.NDArray[np.uint8]:
    """Bits of where a posterior reaches a threshold; NaN never does.

    Parameters
    ----------
    posterior : array of float, bool, or int with the values 0 and 1, shape (..., y, x)
    threshold : float
        Rounded to the type of the posterior before it is compared.

    Returns
    -------
    array of uint8, shape (..., y, ceil(x / 8))

    Raises
    ------
    InputError
        When whole numbers other than 0 and 1 are found.
    """
    if posterior.dtype.kind in "bui":
        if posterior.dtype.kind != "b" and posterior.size and (posterior.max() > 1 or posterior.min() < 0):
            raise InputError(
                f"posterior holds whole numbers from {posterior.min()} to {posterior.max()}; expected probabilities "
                "from 0 to 1 or a mask of 0 and 1 (divide a posterior that is stored as uint8 by 255)"
            )
        return pack(posterior if threshold > 0 else np.ones_like(posterior))
    height, width = posterior.shape[-2:]
    planes = posterior.reshape(-1, height, width)
    bits = np.empty((len(planes), height, -(-width // 8)), np.uint8)
    above = _above_half if posterior.dtype == np.float16 and threshold > 0 else np.greater_equal
    for i in range(len(planes)):
        for y in range(0, height, _ROWS):
            bits[i, y : y + _ROWS] = pack(above(planes[i, y : y + _ROWS], threshold))
    return bits.reshape(*posterior.shape[:-1], -1)


def _above_half(posterior: npt.NDArray[Any], threshold: float) -> npt.NDArray[np.bool_]:
    """``posterior >= threshold`` of float16 for a threshold above 0, six times as fast.

    Positive numbers of that type are ordered as their bits are; infinity is the last of them.
    """
    bits = posterior.view(np.int16)
    mask: npt.NDArray[np.bool_] = bits >= np.float16(threshold).view(np.int16)
    mask &= bits <= np.float16(np.inf).view(np.int16)
    return mask
