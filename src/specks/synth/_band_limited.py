"""Band-limited textures, which can be moved by fractions of a pixel without any error of interpolation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

__all__ = ["Lattice", "Texture", "TextureSpec"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Lattice:
    """A periodic pattern: one cosine for each axis, turned a little against the frame.

    Parameters
    ----------
    amplitude : float
        Of each cosine, in gray values.
    period : float
        In pixels.
    """

    amplitude: float
    period: float


@dataclass(frozen=True, kw_only=True)
class TextureSpec:
    """What a texture is made of.

    Parameters
    ----------
    components : tuple of (float, float)
        Standard deviation in gray values and length in pixels of each random field, whose
        autocorrelation is a Gaussian with that length as its standard deviation.
    lattice : Lattice, optional
    """

    components: tuple[tuple[float, float], ...] = ()
    lattice: Lattice | None = None


class Texture:
    """A periodic field that is larger than the frame, looked at through the frame.

    Parameters
    ----------
    spec : TextureSpec
    extent : tuple of int
        What must not repeat itself, in pixels: the frame and as far as the sample moves.
    rng : numpy.random.Generator
    """

    def __init__(self, spec: TextureSpec, extent: tuple[int, ...], rng: np.random.Generator) -> None:
        self._shape = tuple(fft.next_fast_len(n, real=True) for n in extent)
        waves = np.meshgrid(*_wave_numbers(self._shape), indexing="ij", sparse=True)
        squared = np.asarray(sum(np.square(k) for k in waves))
        spectrum = np.zeros(squared.shape, np.complex64)
        for deviation, length in spec.components:
            white = fft.rfftn(rng.standard_normal(self._shape, dtype=np.float32))
            response = np.exp(-squared * length**2 / 4)
            # The power is that of an infinite field, so that the same scene is as strong in any frame.
            strength = deviation * math.sqrt((length * math.sqrt(2 * math.pi)) ** len(extent))
            spectrum += (white * (strength * response)).astype(np.complex64)
        if spec.lattice is not None:
            spectrum += _lattice(spec.lattice, self._shape)
        self._spectrum = spectrum

    def at(self, shift: npt.NDArray[Any], shape: tuple[int, ...]) -> Floats:
        """What the frame shows when the sample has moved.

        Parameters
        ----------
        shift : (ndim,) array of float
            In pixels.
        shape : tuple of int
            Of the frame, at most the extent.

        Returns
        -------
        numpy.ndarray of float32
        """
        moved = self._spectrum
        for axis, (k, distance) in enumerate(zip(_wave_numbers(self._shape), shift, strict=True)):
            phase = np.exp(-1j * float(distance) * k).astype(np.complex64)
            moved = moved * phase.reshape([-1 if a == axis else 1 for a in range(len(shape))])
        field: Floats = fft.irfftn(moved, self._shape)
        return field[tuple(slice(n) for n in shape)]


def _wave_numbers(shape: tuple[int, ...]) -> list[npt.NDArray[Any]]:
    """Radians per pixel along each axis of the spectrum of a real field."""
    full = [2 * math.pi * np.fft.fftfreq(n) for n in shape[:-1]]
    return [*full, 2 * math.pi * np.fft.rfftfreq(shape[-1])]


def _lattice(lattice: Lattice, shape: tuple[int, ...]) -> npt.NDArray[np.complex64]:
    """Spectrum of cosines with whole periods along every axis, so that they can be moved exactly too."""
    field = np.zeros(shape)
    grid = np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij", sparse=True)
    for axis in range(len(shape)):
        waves = [round(n / lattice.period) if a == axis else 0 for a, n in enumerate(shape)]
        other = (axis + 1) % len(shape)
        waves[other] = round((1 if axis else -1) * shape[other] / (8 * lattice.period))
        turns = sum(w * x for w, x in zip(waves, grid, strict=True))
        field += lattice.amplitude * np.cos(2 * math.pi * turns)
    spectrum: npt.NDArray[np.complex64] = fft.rfftn(field).astype(np.complex64)
    return spectrum
