"""Read back what `write_result` wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zarr

from specks._core.errors import FileFormatError, InputError
from specks._core.json_file import read_json
from specks._core.paths import existing
from specks._core.provenance import Provenance
from specks._core.reading import reading
from specks._core.source import Source
from specks.io.omezarr_read import ome_metadata
from specks.io.open import open_image
from specks.io.store import EXTRAS, result_attributes
from specks.io.table import read_table
from specks.io.write import PROVENANCE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StoredResult", "open_result"]


@dataclass(frozen=True)
class StoredResult:
    """A result on disk, read on use.

    Parameters
    ----------
    path : pathlib.Path
    image : Source, optional
        What was analyzed, if it was stored.
    posterior : Source, optional
        Bytes; the probability is ``value * posterior_scale``.
    posterior_scale : float
    labels : mapping of str to Source
        Label images by name.
    tables : tuple of str
        Names of the tables; see `table`.
    models : tuple of str
        Names of the model files; see `model_path`.
    provenance : Provenance, optional
    """

    path: Path
    image: Source | None
    posterior: Source | None
    posterior_scale: float
    labels: Mapping[str, Source]
    tables: tuple[str, ...]
    models: tuple[str, ...]
    provenance: Provenance | None

    def levels(self, name: str) -> list[Source]:
        """All levels of one image, finest first.

        Parameters
        ----------
        name : str
            ``"image"``, ``"posterior"`` or the name of a label image.
        """
        group = {"image": "", "posterior": "posterior"}.get(name, f"labels/{name}")
        folder = self.path / group
        with reading(self.path.name, "a result"):
            count = len(ome_metadata(zarr.open_group(folder, mode="r").attrs)["multiscales"][0]["datasets"])
        return [open_image(folder, level=level) for level in range(count)]

    def table(self, name: str) -> pd.DataFrame:
        """One table, with the types it had when it was written.

        Raises
        ------
        InputError
            When there is none of that name.
        FileFormatError
            When it was cut off or changed.
        """
        if name not in self.tables:
            raise InputError(
                f"there is no table {name!r} in {self.path.name}; it has {', '.join(self.tables) or 'none'}"
            )
        return read_table(self.path / EXTRAS / f"{name}.csv")

    def model_path(self, name: str) -> Path:
        """The file of one model, for the ``load`` of its class."""
        if name not in self.models:
            raise InputError(
                f"there is no model {name!r} in {self.path.name}; it has {', '.join(self.models) or 'none'}"
            )
        return self.path / EXTRAS / name


def open_result(path: str | os.PathLike[str]) -> StoredResult:
    """Open a result that `write_result` or `ResultStore` wrote, without reading its pixels.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    StoredResult

    Raises
    ------
    NotFoundError
        When there is nothing at `path`.
    FileFormatError
        When it is no result of specks, is not finished, or was damaged.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from specks._core.progress import drain
    >>> from specks.io import write_result
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = drain(write_result(Path(folder) / "r.zarr", np.zeros((64, 64), np.uint8)))
    ...     open_result(path).image.shape
    (64, 64)
    """
    folder = Path(os.path.abspath(existing(path)))
    with reading(folder.name, "a result of specks"):
        about = _about(folder)
        posterior = open_image(folder / "posterior") if about["has_posterior"] else None
        step: Any = zarr.open_group(folder / "posterior", mode="r").attrs["scale"] if posterior else 1 / 255
        note = folder / EXTRAS / PROVENANCE
        return StoredResult(
            path=folder,
            image=open_image(folder) if about["has_image"] else None,
            posterior=posterior,
            posterior_scale=float(step),
            labels={name: open_image(folder / "labels" / name) for name in _names(about, "labels")},
            tables=_names(about, "tables"),
            models=_names(about, "models"),
            provenance=Provenance.from_dict(read_json(note)) if note.exists() else None,
        )


def _about(folder: Path) -> Mapping[str, Any]:
    about = result_attributes(folder)
    if about is None:
        raise FileFormatError(
            f"{folder.name} is not a finished result of specks; use open_image for other images"
        )
    return about


def _names(about: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """A list of plain names; a forged one must not lead out of the store."""
    names = about.get(field, [])
    if not isinstance(names, list) or not all(
        isinstance(n, str) and n == Path(n).name and n not in ("", "..") for n in names
    ):
        raise FileFormatError(f"the list of {field} is {names!r}; it must hold plain names")
    return tuple(names)
