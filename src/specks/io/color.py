"""Color pictures read as one brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Region, Source

__all__ = ["LuminanceSource", "channels_differ"]

#: Weights of red, green and blue in the brightness of a Rec. 709 display; they add up to 1, so that
#: equal channels come out unchanged.
WEIGHTS = np.array([0.2125, 0.7154, 0.0721])
PROBE = 512


class LuminanceSource(Source):
    """Brightness of a color source: 0.2125 R + 0.7154 G + 0.0721 B, in the type of the source.

    An alpha channel is dropped. Pictures whose channels are equal come out as that channel.
    """

    def __init__(self, source: Source) -> None:
        self.source, self._axis = source, source.axes.index("c")
        axis = self._axis
        self.shape = source.shape[:axis] + source.shape[axis + 1 :]
        self.chunks = source.chunks[:axis] + source.chunks[axis + 1 :]
        self.geometry = source.geometry.without("c")
        self.dtype, self.name, self.portable = source.dtype, source.name, source.portable

    def read(self, region: Region) -> npt.NDArray[Any]:
        colors = self.source.read((*region[: self._axis], slice(0, 3), *region[self._axis :]))
        red: npt.NDArray[Any]
        red, green, blue = np.moveaxis(colors, self._axis, 0)
        if (red == green).all() and (green == blue).all():
            return red
        mixed = WEIGHTS[0] * red + WEIGHTS[1] * green + WEIGHTS[2] * blue
        bright: npt.NDArray[Any] = np.rint(mixed) if self.dtype.kind in "ui" else mixed
        return bright.astype(self.dtype)


def channels_differ(source: Source) -> bool:
    """Whether the middle of a color source (at most 512 x 512 pixels of one plane) shows color."""
    region = []
    for letter, n in zip(source.axes, source.shape, strict=True):
        size = min(n, PROBE if letter in "yx" else 3 if letter == "c" else 1)
        start = 0 if letter == "c" else (n - size) // 2
        region.append(slice(start, start + size))
    colors = np.moveaxis(source.read(tuple(region)), source.axes.index("c"), 0)
    return bool((colors != colors[:1]).any())
