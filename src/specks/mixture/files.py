"""Models in files: one ZIP with a JSON document and small arrays; nothing in it runs."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.array_file import npy_header
from specks._core.atomic import replacing
from specks._core.errors import FileFormatError, InputError
from specks._core.paths import existing

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["load", "save"]

DOCUMENT = "model.json"
#: Largest document and largest array that is believed, in bytes.
LONGEST, LARGEST = 64 << 20, 2 << 30
#: What a broken or hostile archive can raise while it is read.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    OSError,
    MemoryError,
    SyntaxError,
    struct.error,
)


def save(model: Mixture, path: str | os.PathLike[str]) -> None:
    """Write a model; the file is made aside and takes its place when it is whole."""
    from specks.mixture.document import to_document

    document, arrays = to_document(model)
    with replacing(path) as aside, zipfile.ZipFile(aside, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DOCUMENT, json.dumps(document, indent=1, allow_nan=False))
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(f"{name}.npy", buffer.getbuffer())


def load(path: str | os.PathLike[str]) -> Mixture:
    """Read a model; nothing in the file is believed before it is checked."""
    from specks.mixture.document import from_document

    place = existing(path)
    try:
        with zipfile.ZipFile(place) as archive:
            document = json.loads(_read(archive, DOCUMENT, LONGEST), parse_constant=_refuse)
            return from_document(document, Arrays(archive))
    except FileFormatError as error:
        raise FileFormatError(f"{place} is not a model that can be read: {error}") from error
    except InputError as error:
        raise FileFormatError(f"{place} is not a model that can be read: {error}") from error
    except _BROKEN as error:
        raise FileFormatError(
            f"{place} is not a model that can be read ({type(error).__name__}); it may be truncated or edited"
        ) from error


class Arrays:
    """The arrays of an archive, each read with the shape and type that it must have."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    def read(self, name: str, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """One array.

        Raises
        ------
        FileFormatError
            When its type or shape is another, or its bytes are more or fewer.
        """
        size = int(np.dtype(dtype).itemsize) * _product(shape)
        if size > LARGEST:
            raise FileFormatError(f"{name} would have the shape {shape}")
        data = _read(self.archive, f"{name}.npy", size + 65536)
        found, kind, fortran, start = npy_header(data)
        if found != shape or kind != np.dtype(dtype) or fortran:
            raise FileFormatError(f"{name} is {kind} {found}; expected {dtype} {shape}")
        raw = data[start:]
        if len(raw) != size:
            raise FileFormatError(f"{name} has {len(raw)} bytes; expected {size}")
        return np.frombuffer(raw, dtype).reshape(shape).copy()


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member, as long as it is not longer than it can be."""
    with archive.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise FileFormatError(f"{name} is longer than {most} bytes")
    return data


def _product(shape: tuple[int, ...]) -> int:
    """Number of elements, without overflow."""
    count = 1
    for n in shape:
        count *= n
    return count


def _refuse(constant: str) -> Mapping[str, Any]:
    raise FileFormatError(f"it holds the number {constant}")
