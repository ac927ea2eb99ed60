"""The frames that features are fitted to, read one at a time."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.source import Source
from specks.io import as_source

__all__ = ["Frames", "frames_of", "frames_of_reader"]

#: Types that 32 bits of floating point hold exactly.
EXACT = frozenset({"uint8", "int8", "uint16", "int16", "float16", "float32"})


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of two or three dimensions, of a source with or without a time axis or of a reader.

    Parameters
    ----------
    images : Source or object
        What has them; a reader is indexed by the number of a frame.
    shape : tuple of int
        Of a frame.
    count : int
        How many there are.
    only : int, optional
        The number that the only frame goes by, where there is no time axis.
    sigma : tuple of float, optional
        Standard deviations of a Gaussian that frames are blurred by before they are fitted, in pixels.
    threshold : float
        Pixels that are not above it are 0 after that.
    """

    images: Any
    shape: tuple[int, ...]
    count: int
    only: int | None = None
    sigma: tuple[float, ...] | None = None
    threshold: float = 0.0

    @cached_property
    def ceiling(self) -> float:
        """The largest value that a pixel can hold; infinity for floating point."""
        kind = np.dtype(getattr(self.images, "dtype", np.float64))
        return float(np.iinfo(kind).max) if kind.kind in "ui" else math.inf

    def fault(self, frame: int) -> str | None:
        """Why there is no frame of that number."""
        if self.only is not None:
            return (
                None
                if frame == self.only
                else f"frame {frame} is asked for, but there is one image, frame {self.only}"
            )
        if 0 <= frame < self.count:
            return None
        return f"frame {frame} is asked for, but the images are frames 0 to {self.count - 1}"

    def read(self, frame: int) -> npt.NDArray[Any]:
        """One frame as it is, (y, x) or (z, y, x)."""
        if isinstance(self.images, Source):
            at = () if self.only is not None else (slice(frame, frame + 1),)
            pixels = self.images.read((*at, *(slice(0, n) for n in self.shape)))
            return pixels if self.only is not None else pixels[0]
        return np.asarray(self.images[frame])

    def blurred(self, sigma: tuple[float, ...], threshold: float) -> Frames:
        """The same, blurred before they are fitted."""
        return dataclasses.replace(self, sigma=sigma, threshold=threshold)

    def filtered(self, volume: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
        """A frame as it is fitted."""
        if self.sigma is None:
            return volume
        from scipy import ndimage

        smooth: npt.NDArray[np.floating[Any]] = ndimage.gaussian_filter(
            volume, (0.0,) * (3 - len(self.sigma)) + self.sigma
        )
        smooth[smooth <= self.threshold] = 0.0
        return smooth

    def volume(self, frame: int) -> npt.NDArray[np.floating[Any]]:
        """One frame as the kernels take it: (z, y, x), in floating point that holds it exactly."""
        pixels = self.read(frame)
        kind: type[np.floating[Any]] = np.float32 if pixels.dtype.name in EXACT else np.float64
        # Kernels are compiled once more, which takes long, for arrays that cannot be written to.
        whole: npt.NDArray[np.floating[Any]] = np.require(pixels, kind, ["C", "A", "W", "E"])
        return whole.reshape((1, *whole.shape)) if whole.ndim == 2 else whole


def frames_of(
    images: Any, dimensions: int, axes: str | None, channel: int | None, frames: npt.NDArray[np.int64]
) -> Frames:
    """The frames of anything that can be opened as an image.

    Parameters
    ----------
    images : array, path or Source
    dimensions : int
        Of the positions, 2 or 3.
    axes : str, optional
        What the axes mean.
    channel : int, optional
    frames : array of int64
        Frames that the features lie in.

    Raises
    ------
    InputError
        When it has other dimensions than the positions, or pixels that are no real numbers.
    """
    letters = "zyx"[3 - dimensions :]
    ndim = getattr(images, "ndim", None)
    if axes is None and not isinstance(images, Source) and ndim in (dimensions, dimensions + 1):
        if ndim > dimensions and images.shape[-1] in (3, 4):
            raise InputError(
                f"the images have the shape {tuple(images.shape)}, whose last axis looks like colors; give one channel"
            )
        axes = letters if ndim == dimensions else "t" + letters
    source = as_source(images, axes=axes, channel=channel)
    if source.axes not in (letters, "t" + letters):
        source = _read_otherwise(source, letters)
    if source.dtype.kind not in "uif":
        raise InputError(f"the images hold {source.dtype}; they must hold real numbers")
    timed = source.axes.startswith("t")
    numbered = getattr(images, "frame_no", None)
    first = int(frames[0]) if len(frames) else 0
    only = None if timed else first if numbered is None else int(numbered)
    return Frames(source, source.shape[-dimensions:], source.shape[0] if timed else 1, only)


def _read_otherwise(source: Source, letters: str) -> Source:
    """A stack whose axes were only guessed, under those that the positions say."""
    wanted = letters if source.ndim == len(letters) else "t" + letters
    if source.ndim == len(wanted) and source.axes in ("yx", "tyx", "zyx", "tzyx"):
        return as_source(source, axes=wanted)
    raise InputError(
        f"the images have the axes {source.axes!r}, the positions {', '.join(letters)}; they need "
        f"{letters!r} or {'t' + letters!r}"
    )


def frames_of_reader(reader: Any, positions: Sequence[str], frames: npt.NDArray[np.int64]) -> Frames:
    """The frames of a reader as pims has them, or of anything that can be opened as an image.

    Raises
    ------
    InputError
        When it has no frames of the dimensions of the positions.
    """
    shape = getattr(reader, "frame_shape", None)
    if shape is None or isinstance(reader, Source | np.ndarray):
        if not (hasattr(reader, "ndim") or hasattr(reader, "__fspath__") or isinstance(reader, str | Source)):
            raise InputError(
                f"reader is {type(reader).__name__} without a shape; it must be an array, a path, or a reader with frame_shape"
            )
        return frames_of(reader, len(positions), None, None, frames)
    shape = tuple(int(n) for n in shape)
    if len(shape) != len(positions):
        raise InputError(
            f"the frames of the reader have the shape {shape}, the positions {len(positions)} axes ({', '.join(positions)})"
        )
    try:
        count = len(reader)
    except TypeError:
        count = int(frames.max(initial=-1)) + 1
    return Frames(reader, shape, count)
