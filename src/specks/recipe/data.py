"""Data for a step from where they lie: files by path, everything else as it is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import FileFormatError, InputError
from specks._core.paths import existing
from specks._core.source import Region, Source, whole
from specks._core.spec import ParamSpec
from specks._core.types import Role
from specks.recipe.model import family

__all__ = ["load_data", "recognize"]

SAMPLES = 16
SAMPLE_BYTES = 1 << 16


def load_data(p: ParamSpec, given: Any, opens_files: bool) -> Any:
    """What to pass to a step for a data parameter.

    Parameters
    ----------
    p : ParamSpec
        The parameter.
    given : path-like or object
        A path, or the data themselves.
    opens_files : bool
        Whether the step opens image files itself, as it must to choose a channel of them.

    Returns
    -------
    object
        Images and labels as lazy sources or paths, masks and scribbles as arrays, tables as data
        frames; models stay paths. Of a stored result its labels, its posterior or its image, as
        the parameter asks.

    Raises
    ------
    InputError
        When labels are asked for and there are none, or several.
    """
    if not isinstance(given, str | os.PathLike):
        return given
    path = Path(given)
    if family(p.role) == "table":
        from specks.io import read_table

        return read_table(path)
    if p.role is Role.MODEL:
        return str(path)
    from specks.io import as_source

    if p.role in (Role.MASK, Role.SCRIBBLES):
        source = as_source(path)
        return source.read(whole(source))
    if p.role is Role.LABELS:
        from specks.io.label_place import label_place

        path = label_place(path, p.name)
    elif p.name == "posterior" and (path / "posterior" / "zarr.json").is_file():
        path = path / "posterior"
    return _probability(path) or (str(path) if opens_files else as_source(path))


def _probability(path: Path) -> Source | None:
    """The posterior of a stored result, whose bytes are steps of probability."""
    if path.name != "posterior" or not (path.parent / "zarr.json").is_file():
        return None
    from specks.io import open_result

    try:
        stored = open_result(path.parent)
    except FileFormatError:
        return None
    if stored.posterior is None:
        return None
    return ScaledSource(stored.posterior, stored.posterior_scale)


class ScaledSource(Source):
    """Whole numbers that stand for multiples of a step, as float32."""

    def __init__(self, source: Source, scale: float) -> None:
        self.source, self.scale = source, np.float32(scale)
        self.shape, self.dtype = source.shape, np.dtype(np.float32)
        self.geometry, self.chunks = source.geometry, source.chunks
        self.name, self.portable = source.name, source.portable

    def read(self, region: Region) -> npt.NDArray[Any]:
        return self.source.read(region).astype(np.float32) * self.scale


def recognize(given: Any) -> dict[str, Any]:
    """Facts by which data are recognized later: for files names, sizes, times and sampled bytes.

    Parameters
    ----------
    given : path-like or object
        A path, or an array, source or table.

    Returns
    -------
    dict
        Plain data.

    Raises
    ------
    NotFoundError
        When there is nothing at the path.
    InputError
        When it is no data.
    """
    if not isinstance(given, str | os.PathLike):
        return _recognize_object(given)
    path = existing(given)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        facts = file.stat()
        digest.update(f"{file.relative_to(path)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    for file in files[:: max(1, len(files) // SAMPLES)][:SAMPLES]:
        digest.update(_sampled(file))
    return {"name": path.name, "files": len(files), "digest": digest.hexdigest()}


def _sampled(file: Path) -> bytes:
    """A few stretches of a file, spread from its beginning to its end."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        if size <= SAMPLES * SAMPLE_BYTES:
            return stream.read()
        parts = []
        for i in range(SAMPLES):
            stream.seek((size - SAMPLE_BYTES) * i // (SAMPLES - 1))
            parts.append(stream.read(SAMPLE_BYTES))
        return b"".join(parts)


def _recognize_object(given: Any) -> dict[str, Any]:
    if hasattr(given, "to_csv"):
        import pandas as pd

        hashed = pd.util.hash_pandas_object(given).to_numpy()
        columns = " ".join(map(str, given.columns))
        return {"columns": columns, "digest": hashlib.blake2b(hashed.tobytes(), digest_size=16).hexdigest()}
    from specks._core.provenance import fingerprint
    from specks._core.source import array_source

    try:
        return fingerprint(array_source(given))
    except InputError:
        raise InputError(
            f"{type(given).__name__} cannot be an input; give a path, an array or a table"
        ) from None
