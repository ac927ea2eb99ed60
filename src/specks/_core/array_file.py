"""Arrays in one NPZ file, whose sizes are checked before they are believed."""

from __future__ import annotations

import ast
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.atomic import replacing
from specks._core.errors import FileFormatError, InputError
from specks._core.paths import existing

__all__ = ["npy_header", "read_arrays", "write_arrays"]

PLAIN_KINDS = "biuf"
#: Deflate cannot shrink more than this; a member that claims to is not what it says.
DEFLATE_LIMIT = 1032
HEADER_LIMIT = 4096
#: What the readers of ZIP, NPY and literals raise on damage.
_DAMAGED = (
    OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, OverflowError, SyntaxError, MemoryError,
    struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def write_arrays(path: str | Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays of numbers, whole or not at all.

    Parameters
    ----------
    path : path-like
        An ``.npz`` file; its folder must exist.
    arrays : mapping of str to array
        Booleans, integers or floats of any shape.

    Raises
    ------
    InputError
        When an array holds something else.
    StoreError
        When the file cannot be written.
    """
    for name, array in arrays.items():
        if array.dtype.kind not in PLAIN_KINDS:
            raise InputError(f"array {name!r} has the type {array.dtype}; it must hold numbers or booleans")
    with (
        replacing(path) as aside,
        zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive,
    ):
        for name, array in arrays.items():
            # A fixed date, so that equal arrays give equal bytes.
            member = zipfile.ZipInfo(f"{name}.npy")
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)


def read_arrays(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """Read what `write_arrays` wrote, or any NPZ file of plain numbers.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict of str to numpy.ndarray

    Raises
    ------
    NotFoundError
        When there is no such file.
    FileFormatError
        When it is cut off, changed, claims more than it holds, or holds anything but numbers.
    """
    file = existing(path)
    try:
        with zipfile.ZipFile(file) as archive:
            return {info.filename.removesuffix(".npy"): _member(archive, info) for info in archive.infolist()}
    except _DAMAGED as error:
        raise FileFormatError(f"{file} is not a sound NPZ file: {error or type(error).__name__}") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> npt.NDArray[Any]:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is compressed in an unknown way")
    if info.file_size > DEFLATE_LIMIT * max(info.compress_size, 1):
        raise ValueError(f"{info.filename} claims {info.file_size} bytes in {info.compress_size}")
    with archive.open(info) as stream:
        shape, dtype, _, start = npy_header(stream.read(HEADER_LIMIT))
    if dtype.kind not in PLAIN_KINDS:
        raise ValueError(f"{info.filename} holds {dtype}, not numbers")
    if any(n < 0 for n in shape) or start + math.prod(shape) * dtype.itemsize != info.file_size:
        raise ValueError(f"{info.filename} says that it has the shape {shape}, but its size is another")
    with archive.open(info) as stream:
        array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def npy_header(data: bytes) -> tuple[tuple[int, ...], np.dtype[Any], bool, int]:
    """What an NPY file holds, read as a literal and nothing else; NumPy's own parser also takes Python 2.

    Parameters
    ----------
    data : bytes
        Its beginning.

    Returns
    -------
    shape : tuple of int
    dtype : numpy.dtype
    fortran : bool
        Whether the first axis runs fastest.
    start : int
        Where the numbers begin.

    Raises
    ------
    ValueError, SyntaxError, TypeError, struct.error, MemoryError, RecursionError
        When it is damaged.
    """
    widths = {b"\x93NUMPY\x01\x00": "<H", b"\x93NUMPY\x02\x00": "<I"}
    if data[:8] not in widths:
        raise ValueError("it holds something else than NPY arrays")
    (length,) = struct.unpack_from(widths[data[:8]], data, 8)
    start = 8 + struct.calcsize(widths[data[:8]])
    text = data[start : start + length]
    facts = ast.literal_eval(text.decode("latin-1").strip())
    if not (
        isinstance(facts, dict)
        and isinstance(facts.get("shape"), tuple)
        and isinstance(facts.get("descr"), str)
    ):
        raise ValueError("the header of an array is not what it should be")
    if not all(isinstance(n, int) for n in facts["shape"]):
        raise ValueError("the shape of an array is not made of whole numbers")
    return facts["shape"], np.dtype(facts["descr"]), bool(facts.get("fortran_order")), start + length
