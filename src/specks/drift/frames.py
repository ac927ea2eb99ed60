"""Every frame once, small: what drift is estimated from."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks, spans
from specks._core.progress import Progress
from specks._core.source import Source
from specks.drift._kernels import bin_mean
from specks.filters.exclusions import Exclusions

__all__ = ["Frames", "is_label_image", "read_frames"]

#: Widths at which drift is estimated: frames are binned to about this, in pixels an axis.
PLANE, VOLUME = 256, 128
#: Bytes of a frame that are read at once.
SLAB = 1 << 26


@dataclass(frozen=True)
class Frames:
    """A series at the scale at which it is worked on.

    Parameters
    ----------
    pixels : numpy.ndarray (frame, z, y, x) of float32
        With mean 0 and standard deviation 1 over the pixels that are used; 0 in frames that cannot be.
    used : numpy.ndarray (1 or frame, z, y, x) of bool
        Where there is something to look at.
    factors : tuple of int
        How many pixels of the image make one, along z, y and x.
    faults : tuple of str
        Why each frame cannot be used; empty where it can.
    """

    pixels: npt.NDArray[np.float32]
    used: npt.NDArray[np.bool_]
    factors: tuple[int, int, int]
    faults: tuple[str, ...]

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Frames without a fault."""
        return np.array([not fault for fault in self.faults], np.bool_)

    @property
    def size(self) -> npt.NDArray[np.float64]:
        """Width of a frame along z, y and x."""
        return np.array(self.pixels.shape[1:], np.float64)


def read_frames(
    source: Source, looked_at: Exclusions, executor: Executor | None
) -> Generator[Progress, None, Frames]:
    """Read every frame once and bring it to the working scale.

    Parameters
    ----------
    source : Source
        With the axes ``t[z]yx``.
    looked_at : Exclusions
        Where to look.
    executor : concurrent.futures.Executor, optional
    """
    n, shape = source.shape[0], _volume(source.shape[1:])
    factors = bin_factors(shape)
    small = tuple(m // b for m, b in zip(shape, factors, strict=True))
    pixels = np.empty((n, *small), np.float32)
    labels = is_label_image(source)
    task = partial(_read_span, source, labels, factors)
    for span, block in map_blocks(task, spans(n, source.chunks[0], 1), executor):
        pixels[span] = block
        yield Progress(span.stop, n, f"Reading frame {span.stop} of {n}")
    used = _used(looked_at, source.shape, factors)
    faults = tuple(_standardize(pixels[t], used[t if len(used) > 1 else 0]) for t in range(n))
    return Frames(pixels, used, factors, faults)


def bin_factors(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Whole factors that bring a frame to the working scale; the same along y and x."""
    nz, ny, nx = shape
    target = PLANE if nz == 1 else VOLUME
    across = max(1, round((ny * nx) ** 0.5 / target))
    return max(1, round(nz / target)), min(across, ny), min(across, nx)


def is_label_image(source: Source) -> bool:
    """Whether whole numbers name objects instead of saying how bright it is.

    Neighboring pixels that are not background are then of one object, so nearly always equal; of an image
    hardly ever.
    """
    if source.dtype.kind not in "iu":
        return False
    first = source.read((slice(0, 1), *(_middle(m) for m in source.shape[1:])))
    left, right = first[..., :-1], first[..., 1:]
    inside = (left != 0) & (right != 0)
    return bool(
        (first == 0).any()
        and inside.any()
        and (left == right)[inside].mean() > 0.9
        and len(np.unique(first)) > 2
    )


def _middle(length: int) -> slice:
    start = max(0, length // 2 - 256)
    return slice(start, min(length, start + 512))


def _volume(shape: tuple[int, ...]) -> tuple[int, int, int]:
    nz, ny, nx = (1, *shape)[-3:]
    return nz, ny, nx


def _read_span(
    source: Source, labels: bool, factors: tuple[int, int, int], span: slice
) -> npt.NDArray[np.float32]:
    """Frames of one span, binned; of large volumes only some planes are held at a time."""
    shape = _volume(source.shape[1:])
    small = tuple(m // b for m, b in zip(shape, factors, strict=True))
    out = np.empty((span.stop - span.start, *small), np.float32)
    planes = max(1, SLAB // (4 * shape[1] * shape[2] * factors[0])) * factors[0]
    rest = tuple(slice(0, m) for m in source.shape[-2:])
    for start in range(0, small[0] * factors[0], planes):
        stop = min(start + planes, small[0] * factors[0])
        depth = (slice(start, stop),) if source.ndim == 4 else ()
        block = source.read((span, *depth, *rest)).reshape(len(out), stop - start, *shape[1:])
        values = np.ascontiguousarray(block != 0 if labels else block, np.float32)
        for t in range(len(out)):
            bin_mean(values[t], *factors, out[t, start // factors[0] : stop // factors[0]])
    return out


def _used(
    looked_at: Exclusions, shape: tuple[int, ...], factors: tuple[int, int, int]
) -> npt.NDArray[np.bool_]:
    """Boxes of which all pixels are looked at: once for all frames, or of each."""
    alike = all(
        r["array"].ndim < len(shape) if r["kind"] == "mask" else r["frames"] is None
        for r in looked_at.records
    )
    volume = _volume(shape[1:])
    small = tuple(m // b for m, b in zip(volume, factors, strict=True))
    out = np.ones((1 if alike else shape[0], *small), np.float32)
    for t, target in enumerate(out):
        allowed = looked_at.allowed((slice(t, t + 1), *(slice(0, m) for m in shape[1:])))
        if allowed is not None:
            bin_mean(np.ascontiguousarray(allowed, np.float32).reshape(volume), *factors, target)
    return out > 0.999


def _standardize(frame: npt.NDArray[np.float32], used: npt.NDArray[np.bool_]) -> str:
    """Scale a frame in place; say why when it cannot be used."""
    good = used & np.isfinite(frame)
    values = frame[good]
    spread = float(values.std(dtype=np.float64)) if values.size else 0.0
    if not (np.isfinite(spread) and spread > 1e-6 * float(np.abs(values).max(initial=0.0))) or spread == 0:
        frame[:] = 0
        return "no pixel is finite" if not values.size else "all pixels are equal"
    mean = float(values.mean(dtype=np.float64))
    frame -= np.float32(mean)
    frame *= np.float32(1 / spread)
    frame[~good] = 0
    return ""
