"""Every frame once, small: what drift is estimated from."""

from __future__ import annotations

import math
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks, spans
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.source import Source
from specks.drift._frame_kernels import bin_mean, halve, scale, sum_up
from specks.drift.kinds import holds_objects
from specks.filters.exclusions import Exclusions

__all__ = ["Frames", "read_frames"]

#: Widths at which drift is estimated: frames are binned to about this, in pixels an axis.
PLANE, VOLUME = 256, 128
#: Bytes of a frame that are read at once.
SLAB = 1 << 26
#: Types that are averaged as they are; others are made into 32-bit floats first.
READ_AS_THEY_ARE = ("uint8", "uint16", "float32")
#: Standard deviation, relative to the mean, below which pixels are equal but for rounding.
EQUAL = 1e-6


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
    used = _used(looked_at, source.shape, factors)
    if not used.any():
        raise InputError(
            "the mask and the regions leave nothing to look at; leave them out, or make them larger"
        )
    task = partial(_read_span, source, holds_objects(source), used, factors)
    pixels = np.empty((n, *_small(shape, factors)), np.float32)
    faults: list[str] = []
    for span, (block, said) in map_blocks(task, spans(n, source.chunks[0], 1), executor):
        pixels[span] = block
        faults += said
        yield Progress(span.stop, n, f"Reading frame {span.stop} of {n}")
    step = tuple(2 if b > 1 else 1 for b in (1, *factors[1:]))
    seen = used[:, :: step[0], :: step[1], :: step[2]][
        :, : pixels.shape[1], : pixels.shape[2], : pixels.shape[3]
    ]
    return Frames(pixels, seen, factors, tuple(faults))


def bin_factors(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Whole factors that bring a frame to the working scale: the same along y and x, and there even or 1."""
    nz, ny, nx = shape
    target = PLANE if nz == 1 else VOLUME
    times = (ny * nx) ** 0.5 / target
    across = 1 if times < 1.5 or min(ny, nx) < 16 else 2 * max(1, round(times / 2))
    return max(1, round(nz / target)), across, across


def _small(shape: tuple[int, int, int], factors: tuple[int, int, int]) -> tuple[int, int, int]:
    """Shape of a frame at the working scale."""
    return shape[0] // factors[0], shape[1] // factors[1], shape[2] // factors[2]


def _boxes(factors: tuple[int, int, int]) -> tuple[int, int, int]:
    """Factors of the boxes that are averaged first; the last factor of 2 is a low-pass."""
    return factors[0], max(1, factors[1] // 2), max(1, factors[2] // 2)


def _volume(shape: tuple[int, ...]) -> tuple[int, int, int]:
    nz, ny, nx = (1, *shape)[-3:]
    return nz, ny, nx


def _read_span(
    source: Source, objects: bool, used: npt.NDArray[np.bool_], factors: tuple[int, int, int], span: slice
) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Frames of one span at the working scale, and what is wrong with each."""
    shape = _volume(source.shape[1:])
    out = np.empty((span.stop - span.start, *_small(shape, factors)), np.float32)
    boxes = _averaged(source, objects, _boxes(factors), span)
    faults = []
    for t, (frame, target) in enumerate(zip(boxes, out, strict=True), span.start):
        faults.append(_standardize(frame, used[t % len(used)]))
        if factors[1] > 1:
            halve(frame, target)
        else:
            target[:] = frame
    return out, faults


def _averaged(
    source: Source, objects: bool, boxes: tuple[int, int, int], span: slice
) -> npt.NDArray[np.float32]:
    """Means over boxes; of large volumes only some planes are held at a time."""
    shape = _volume(source.shape[1:])
    out = np.empty((span.stop - span.start, *_small(shape, boxes)), np.float32)
    planes = max(1, SLAB // (4 * shape[1] * shape[2] * boxes[0])) * boxes[0]
    rest = tuple(slice(0, m) for m in source.shape[-2:])
    for start in range(0, out.shape[1] * boxes[0], planes):
        stop = min(start + planes, out.shape[1] * boxes[0])
        depth = (slice(start, stop),) if source.ndim == 4 else ()
        block = source.read((span, *depth, *rest)).reshape(len(out), stop - start, *shape[1:])
        if objects:
            block = (block if block.dtype == np.bool_ else block != 0).view(np.uint8)
        values = np.ascontiguousarray(
            block, block.dtype if block.dtype.name in READ_AS_THEY_ARE else np.float32
        )
        for t in range(len(out)):
            bin_mean(values[t], *boxes, out[t, start // boxes[0] : stop // boxes[0]])
    return out


def _used(
    looked_at: Exclusions, shape: tuple[int, ...], factors: tuple[int, int, int]
) -> npt.NDArray[np.bool_]:
    """Boxes of which all pixels are looked at: once for all frames, or of each."""
    alike = all(
        r["array"].ndim < len(shape) if r["kind"] == "mask" else r["frames"] is None
        for r in looked_at.records
    )
    volume, boxes = _volume(shape[1:]), _boxes(factors)
    out = np.ones((1 if alike else shape[0], *_small(volume, boxes)), np.float32)
    for t, target in enumerate(out):
        allowed = looked_at.allowed((slice(t, t + 1), *(slice(0, m) for m in shape[1:])))
        if allowed is not None:
            bin_mean(np.ascontiguousarray(allowed, np.float32).reshape(volume), *boxes, target)
    return out > 0.999


def _standardize(frame: npt.NDArray[np.float32], used: npt.NDArray[np.bool_]) -> str:
    """Scale a frame in place; say why when it cannot be used."""
    sums = np.empty(3)
    sum_up(frame, used, sums)
    if not sums[0]:
        frame[:] = 0
        return "no pixel is finite"
    mean = sums[1] / sums[0]
    # In 64 bits this difference of squares is good to a hundredth of `EQUAL`.
    spread = math.sqrt(max(sums[2] / sums[0] - mean * mean, 0.0))
    if not spread > EQUAL * abs(mean):
        frame[:] = 0
        return "all pixels are equal"
    scale(frame, used, mean, 1 / spread)
    return ""
