"""PNG, JPEG and BMP pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import FileFormatError
from specks._core.reading import reading
from specks.io.file_source import FileSource

__all__ = ["open_picture"]

#: What becomes of Pillow's modes; others hold one number a pixel and are taken as they are.
_CONVERT = {
    "1": "L",
    "P": "RGB",
    "PA": "RGB",
    "LA": "L",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "La": "L",
    "RGBX": "RGB",
}
_DTYPES = {"I;16": "u2", "I;16B": "u2", "I;16L": "u2", "I": "i4", "F": "f4"}

#: Deflate shrinks by 1032 at most, a JPEG by about as much, and a byte may hold eight pixels of one bit.
MAX_RATIO = 8 * 1100


class Picture:
    """A picture that is decoded when pixels are asked for, and then kept.

    Attributes
    ----------
    shape : tuple of int
        (y, x) or, in color, (y, x, 3 or 4).
    dtype : numpy.dtype
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with reading(Path(path).name, "a picture"), _header(path) as image:
            self._mode = _CONVERT.get(image.mode, image.mode)
            width, height = image.size
        samples = {"RGB": (3,), "RGBA": (4,)}.get(self._mode, ())
        self.shape = (height, width, *samples)
        self.dtype = np.dtype(_DTYPES.get(self._mode, "u1"))
        size = Path(path).stat().st_size
        if math.prod(self.shape) > size * MAX_RATIO + 4096:
            raise FileFormatError(
                f"{Path(path).name} says that it has {width} x {height} pixels, more than its {size} bytes can hold"
            )

    @cached_property
    def _pixels(self) -> npt.NDArray[Any]:
        with reading(Path(self.path).name, "a picture"), _header(self.path) as image:
            pixels = np.asarray(image if image.mode == self._mode else image.convert(self._mode))
        if pixels.shape != self.shape:
            raise FileFormatError(f"{Path(self.path).name} has changed since it was opened")
        return pixels.astype(self.dtype, copy=False)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        part: npt.NDArray[Any] = self._pixels[index]
        return part


@contextmanager
def _header(path: str) -> Iterator[Any]:
    """The picture before decoding; by its own reader, as `PIL.Image.open` guards sizes by a global number."""
    from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin

    with open(path, "rb") as file:
        start = file.read(8)
        file.seek(0)
        for magic, kind in (
            (b"\x89PNG", PngImagePlugin.PngImageFile),
            (b"\xff\xd8", JpegImagePlugin.JpegImageFile),
            (b"BM", BmpImagePlugin.BmpImageFile),
        ):
            if start.startswith(magic):
                yield kind(file)
                return
    raise FileFormatError(f"{Path(path).name} is not a PNG, JPEG or BMP picture, whatever its name says")


def open_picture(path: Path) -> FileSource:
    """Open a PNG, JPEG or BMP file without decoding it.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileFormatError
        When the header is broken, or promises more pixels than the file can hold.
    """
    picture = Picture(str(path))
    color = len(picture.shape) == 3
    return FileSource(Picture, (str(path),), "yxc" if color else "yx", name=path.name, is_color=color)
