"""Arrays of numbers inside JSON: exact, small, and no larger than what is there."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.array_file import DEFLATE_LIMIT, PLAIN_KINDS
from specks._core.errors import FileFormatError

__all__ = ["pack", "unpack"]

FIELDS = {"dtype", "shape", "zlib"}


def pack(array: Any) -> dict[str, Any]:
    """An array of numbers as JSON-ready data: its bytes, little end first, deflated, in base 64.

    Parameters
    ----------
    array : array of bool, int or float
        NaN and infinity are kept.

    Examples
    --------
    >>> import numpy as np
    >>> unpack(pack(np.array([1.5, np.inf])), "numbers", "f", (None,))
    array([1.5, inf])
    """
    values = np.asarray(array)
    little = values.astype(values.dtype.newbyteorder("<"), order="C")
    text = base64.b64encode(zlib.compress(little.tobytes(), 6)).decode("ascii")
    return {"dtype": values.dtype.name, "shape": list(values.shape), "zlib": text}


def unpack(
    found: Any, name: str, kinds: str, shape: tuple[int | None, ...] | None = None
) -> npt.NDArray[Any]:
    """Read what `pack` gave, if it is what is expected.

    Parameters
    ----------
    found : object
        From a file.
    name : str
        What it is called in messages.
    kinds : str
        Kinds of types that are allowed, such as ``"f"`` or ``"iu"``.
    shape : tuple of int or None, optional
        What it must be; None where any length will do. Any shape when not given.

    Raises
    ------
    FileFormatError
        When it is something else, or claims more than it holds.
    """
    if not isinstance(found, dict) or set(found) != FIELDS:
        raise FileFormatError(f"{name} is no array")
    dtype, wanted = _dtype(found["dtype"], name, kinds), found["shape"]
    if not isinstance(wanted, list) or not all(
        isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in wanted
    ):
        raise FileFormatError(f"{name} has the shape {wanted!r}; it must be made of whole numbers")
    if shape is not None and not _fits(tuple(wanted), shape):
        said = ", ".join("…" if n is None else str(n) for n in shape)
        raise FileFormatError(f"{name} has the shape {tuple(wanted)}; it must be ({said})")
    size = math.prod(wanted) * dtype.itemsize
    return (
        np.frombuffer(_inflated(found["zlib"], size, name), dtype)
        .reshape(wanted)
        .astype(dtype.newbyteorder("="))
    )


def _dtype(text: Any, name: str, kinds: str) -> np.dtype[Any]:
    known = {
        np.dtype(code).name: np.dtype(code)
        for code in np.typecodes["All"]
        if np.dtype(code).kind in PLAIN_KINDS
    }
    if not isinstance(text, str) or text not in known or known[text].kind not in kinds:
        raise FileFormatError(f"{name} holds {text!r}, which is not what belongs there")
    return known[text].newbyteorder("<")


def _fits(found: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    return len(found) == len(shape) and all(m in (None, n) for n, m in zip(found, shape, strict=True))


def _inflated(text: Any, size: int, name: str) -> bytes:
    """The bytes, which must be as many as expected."""
    try:
        packed = base64.b64decode(text, validate=True)
        if size > DEFLATE_LIMIT * len(packed):
            raise FileFormatError(f"{name} claims {size} bytes in {len(packed)}")
        stream = zlib.decompressobj()
        data = stream.decompress(packed, size + 1)
    except (TypeError, ValueError, binascii.Error, zlib.error) as error:
        raise FileFormatError(f"{name} is damaged: {error}") from error
    if len(data) != size or not stream.eof or stream.unused_data:
        raise FileFormatError(f"{name} has another size than it says")
    return data
