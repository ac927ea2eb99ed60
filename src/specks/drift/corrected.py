"""Images without the drift, computed where they are looked at."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.basic_index import bounds, full_key, within
from specks._core.progress import Progress, drain
from specks._core.provenance import Provenance
from specks._core.source import Region, Source, whole, widened
from specks.drift._shift_kernels import mend, translate
from specks.drift.canvas import Canvas, whole_pixels

__all__ = ["CorrectedImages"]

#: Largest block of a lazy Dask array, and pixels that a kernel works on in one call.
BLOCK_BYTES, CALL = 1 << 26, 1 << 24

#: Pixels by which a shift may miss a whole number and still be meant as one.
WHOLE = 1e-9

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(eq=False, repr=False)
class CorrectedImages(Source):
    """A series without the drift: nothing is computed before it is looked at, and then one frame at a time.

    It slices like an array (``corrected[5]``, ``corrected[:, 10:20]``) and is one wherever NumPy, Dask or napari
    take what looks like an array; to specks it is an image with axes and pixel size.

    Parameters
    ----------
    images : Source
        With the axes ``t[c][z]yx``.
    shifts : numpy.ndarray (frame, axis)
        By how far each frame has moved along the spatial axes of the images, in pixels.
    canvas : Canvas
        The part of the sample that is shown; its ``origin`` is the corrected position of the first pixel.
    order : {0, 1, 3}
        Whole pixels, linear or cubic interpolation.
    fill : float
        What stands where a frame shows nothing.
    holds_objects : bool
        Whether numbers name objects instead of saying how bright it is.
    provenance : Provenance
        Where it came from.
    """

    images: Source
    shifts: Floats
    canvas: Canvas
    order: int = 1
    fill: float = 0.0
    holds_objects: bool = False
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        rest = self.images.ndim - len(self.canvas.shape)
        self.shape = self.images.shape[:rest] + self.canvas.shape
        self.dtype, self.geometry = self.images.dtype, self.images.geometry
        self.chunks = (1,) * (len(self.shape) - 2) + self.shape[-2:]
        self.name, self.portable = f"corrected {self.images.name}", self.images.portable
        self.frame_numbers, self.frame_paths = self.images.frame_numbers, self.images.frame_paths
        self.ruined: Mapping[int, str] = dict(self.images.ruined)

    def __repr__(self) -> str:
        return f"<CorrectedImages of {self.images.name}: {self.shape} {self.dtype}, axes {self.axes}>"

    @property
    def origin(self) -> tuple[int, ...]:
        """Corrected position of the first pixel, along the spatial axes; 0 unless cropped or expanded."""
        return self.canvas.origin

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        first, *rest = full_key(key, self.ndim)
        box = tuple(slice(*bounds(k, n)) for k, n in zip(rest, self.shape[1:], strict=True))
        frames = range(self.shape[0])[first] if isinstance(first, slice) else [range(self.shape[0])[first]]
        out = np.empty((len(frames), *(part.stop - part.start for part in box)), self.dtype)
        for t, frame in zip(frames, out, strict=True):
            self._read_frame(t, box, frame)
        kept = slice(None) if isinstance(first, slice) else 0
        picked: npt.NDArray[Any] = out[(kept, *map(within, rest))]
        return picked

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("images that are computed on request cannot be had without a copy")
        return self.read(whole(self)).astype(dtype or self.dtype, copy=False)

    def as_dask(self) -> Any:
        """A lazy Dask array with one frame a block, or some planes of a large one.

        Returns
        -------
        dask.array.Array
        """
        import dask.array as da

        steps, room = [1] * self.ndim, max(1, BLOCK_BYTES // self.dtype.itemsize)
        for axis in range(self.ndim - 1, 0, -1):
            steps[axis] = min(self.shape[axis], max(1, room))
            room //= steps[axis]
        return da.from_array(
            self, chunks=tuple(steps), name=False, meta=np.empty((0,) * self.ndim, self.dtype)
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to an OME-Zarr store, block by block: as an image, or as labels where it holds objects.

        Parameters
        ----------
        path : path-like
            A folder that does not exist yet.
        """
        drain(self.saving(path))

    def saving(self, path: str | os.PathLike[str]) -> Generator[Progress, None, None]:
        """What `save` does, with progress on the way."""
        from specks.io import write_result

        if self.holds_objects:
            yield from write_result(path, labels={"labels": self}, provenance=self.provenance)
        else:
            yield from write_result(path, self, provenance=self.provenance)

    def read(self, region: Region) -> npt.NDArray[Any]:
        out = np.empty([part.stop - part.start for part in region], self.dtype)
        for t, frame in zip(range(region[0].start, region[0].stop), out, strict=True):
            self._read_frame(t, region[1:], frame)
        return out

    def _read_frame(self, t: int, region: Region, out: npt.NDArray[Any]) -> None:
        """Write into `out` what frame t shows of a region."""
        ndim = len(self.canvas.shape)
        shift, size = _settled(self.shifts[t]), self.images.shape[-ndim:]
        moved = whole_pixels(shift) + self.canvas.origin
        start, stop = np.array([(part.start, part.stop) for part in region[-ndim:]]).T
        low, high = np.maximum(start, -moved), np.minimum(stop, size - moved)
        if not (high > low).all():
            out[...] = self.fill
            return
        inside: Any = tuple(map(slice, low - start, high - start))
        _fill_around(out, inside, self.fill)
        lead = (slice(t, t + 1), *region[:-ndim])
        part = shift - np.floor(shift)
        if self.order == 0 or not part.any():
            out[(..., *inside)] = self._block(lead, low + moved, high + moved)
            return
        taps = 2 if self.order == 1 else 4
        first = low + np.floor(shift).astype(np.int64) + self.canvas.origin - (taps // 2 - 1)
        begin, end = np.maximum(first, 0), np.minimum(first + (high - low) + taps - 1, size)
        block = self._block(lead, begin, end)
        out[(..., *inside)] = _shifted(block, first - begin, part, taps, tuple((high - low).tolist()))

    def _block(self, lead: Region, begin: Ints, end: Ints) -> npt.NDArray[Any]:
        """Pixels of one frame of the images."""
        box = tuple(slice(a, b) for a, b in zip(begin.tolist(), end.tolist(), strict=True))
        pixels: npt.NDArray[Any] = self.images.read((*lead, *box))[0]
        return pixels


def _settled(shift: Floats) -> Floats:
    """Shifts that are whole pixels but for their rounding made whole, so that no weight is next to nothing."""
    whole = np.rint(shift)
    return np.where(np.abs(shift - whole) < WHOLE, whole, shift)


def _fill_around(out: npt.NDArray[Any], inside: Region, fill: float) -> None:
    """Fill what lies outside of a box along the last axes."""
    index: Any
    for axis, part in enumerate(inside):
        after = (slice(None),) * (len(inside) - axis - 1)
        for beyond in (slice(0, part.start), slice(part.stop, None)):
            index = (..., *inside[:axis], beyond, *after)
            out[index] = fill


def _shifted(
    block: npt.NDArray[Any], first: Ints, part: Floats, taps: int, shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Interpolate between pixels of one frame, channel by channel, and round back to its type."""
    kind = np.float64 if block.dtype.itemsize > (4 if block.dtype.kind == "f" else 2) else np.float32
    flat = (1,) * (3 - len(shape))  # an image is a volume of one plane
    middle = taps // 2 - 1
    begin = np.concatenate([np.full(len(flat), -middle), first])
    part = np.concatenate([np.zeros(len(flat)), part])
    weights, near = _weights(part, taps).astype(kind), _weights(part, 2).astype(kind)
    ndim = len(shape)
    pixels = np.ascontiguousarray(widened(block), kind).reshape((-1, *flat, *block.shape[-ndim:]))
    out = np.empty((len(pixels), *flat, *shape), kind)
    planes = max(1, CALL // (shape[-2] * shape[-1]))
    for channel, target in zip(pixels, out, strict=True):
        holes = block.dtype.kind == "f" and not _all_finite(channel)
        for z in range(0, len(target), planes):
            at, slab = begin + np.array([z, 0, 0]), target[z : z + planes]
            translate(channel, at, weights, slab)
            if holes:
                mend(channel, at + middle, near, slab)
    return _rounded(out, block.dtype).reshape((*block.shape[:-ndim], *shape))


def _all_finite(pixels: npt.NDArray[Any]) -> bool:
    """Told from their sum; where that is too large for its type, nothing is lost by saying no."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(pixels.sum()))


def _weights(part: Floats, taps: int) -> Floats:
    """What the pixels around a place count, for each axis; cubic ones after Keys, with a = -1/2."""
    if taps == 2:
        return np.column_stack([1 - part, part])
    p, q = part, 1 - part
    return np.column_stack(
        [-p * q * q / 2, 1 - 2.5 * p**2 + 1.5 * p**3, 1 - 2.5 * q**2 + 1.5 * q**3, -p * p * q / 2]
    )


def _rounded(pixels: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if dtype.kind == "f":
        return pixels.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    highest = np.nextafter(float(limits.max), 0) if dtype.itemsize == 8 else limits.max
    np.rint(pixels, out=pixels)
    return np.clip(pixels, limits.min, highest, out=pixels).astype(dtype)
