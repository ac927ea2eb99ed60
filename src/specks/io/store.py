"""A result on its way to the disk: aside until it is whole, and taken up again after a kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from specks._core.atomic import is_taken, put_in_place, store_faults
from specks._core.axes import Geometry
from specks._core.errors import InputError, StoreError
from specks._core.json_file import read_json
from specks._core.paths import as_path
from specks._core.progress import Progress
from specks._core.provenance import version
from specks._core.source import Source
from specks.io.block_copy import copy_blocks, halve_blocks
from specks.io.downsample import halved_labels, halved_mean
from specks.io.journal import Journal
from specks.io.omezarr_write import VERSION, create_array, level_shapes, multiscales, write_group

__all__ = ["EXTRAS", "ResultStore", "check_labels", "check_real", "result_attributes"]

#: Group of a store that holds tables, models and the provenance, as ordinary files.
EXTRAS = "specks"
_METHODS = {"mean": halved_mean, "mode": halved_labels}


@dataclass(frozen=True)
class Layer:
    """One image of a store: its group ("" for the root), its geometry, and how it is made coarser."""

    group: str
    geometry: Geometry
    method: str

    @property
    def name(self) -> str:
        """For people."""
        return self.group.rpartition("/")[2] or "image"

    def level(self, number: int) -> str:
        """Key of one level in the store."""
        return f"{self.group}/s{number}".lstrip("/")


def result_attributes(folder: Path) -> Mapping[str, Any] | None:
    """What a finished result of specks says of itself; None for everything else.

    Raises
    ------
    FileFormatError
        When its metadata were cut off.
    """
    place = folder / "zarr.json"
    document = read_json(place) if place.is_file() else None
    about = document.get("attributes", {}).get("specks") if isinstance(document, dict) else None
    return about if isinstance(about, dict) else None


def check_real(image: Source) -> None:
    """Refuse images of anything but numbers of common size, for which there is no viewer.

    Raises
    ------
    InputError
    """
    if image.dtype.kind == "c":
        raise InputError(f"{image.name} is complex; write its magnitude or its phase")
    if image.dtype.kind not in "biuf" or image.dtype.itemsize > 8:
        raise InputError(f"{image.name} has the type {image.dtype}; expected numbers of at most 64 bits")


def check_labels(name: str, labels: Source) -> None:
    """Refuse labels that are not whole numbers, and names that are not plain.

    Raises
    ------
    InputError
    """
    if labels.dtype.kind not in "bui":
        raise InputError(f"labels {name!r} are of type {labels.dtype}; they must be whole numbers")
    if not isinstance(name, str) or not name or set(name) & set("/\\") or name.startswith("."):
        raise InputError(f"labels are named {name!r}; use letters, digits, - and _")


class ResultStore:
    """An OME-Zarr 0.5 store that is being written.

    Everything goes to ``<path>.partial``; `finish` gives it its name. Until then no reader takes it
    for an image, as it has no metadata at its root. A store that was left half-way, even by
    ``kill -9``, is taken up again by a `ResultStore` of the same `path` and `key`.

    Parameters
    ----------
    path : path-like
        A folder that does not exist yet, customarily named ``….zarr`` or ``….ome.zarr``.
    key : mapping, optional
        What is being written, as JSON-ready data: input, step, parameters. Without it, or with
        another one, work begins anew.
    overwrite : bool, optional
        Whether a finished result of specks that stands at `path` is replaced, at the end; it stays when
        anything fails before.

    Attributes
    ----------
    path, partial : pathlib.Path
    resumed : bool
        Whether blocks of an earlier run are there.

    Raises
    ------
    StoreError
        When something stands at `path` that is not to be replaced, or nothing can be written there.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from specks._core.progress import drain
    >>> from specks._core.source import array_source
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = ResultStore(Path(folder.name) / "found.zarr")
    >>> drain(store.add_image(array_source(np.zeros((40, 50), np.uint8))))
    >>> store.finish().name
    'found.zarr'
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        key: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        self.path, self._overwrite = as_path(path), overwrite
        self._old = self.path.parent / f".{self.path.name}.old"
        if not is_taken(self.path) and result_attributes(self._old) is not None:
            with store_faults(self.path):  # killed while it was being replaced
                os.replace(self._old, self.path)
        self._vacant()
        self.partial = self.path.with_name(f"{self.path.name}.partial")
        self._layers: dict[str, Layer] = {}
        with store_faults(self.path):
            ours = (
                not self.partial.exists()
                or Journal.stands_in(self.partial)
                or not any(self.partial.iterdir())
            )
            if not ours:
                raise StoreError(
                    f"{self.partial} is in the way and was not written by specks; move it or choose another name"
                )
            self.partial.mkdir(exist_ok=True)
            self.journal = Journal(self.partial, key or {})
            self.resumed = bool(key) and self.journal.resumed
            if not self.resumed:
                self._clear()

    def _vacant(self) -> None:
        if not is_taken(self.path):
            return
        if not self._overwrite:
            raise StoreError(
                f"{self.path} exists already; choose another name, or replace it with overwrite=True"
            )
        if result_attributes(self.path) is None:
            raise StoreError(
                f"{self.path} is no finished result of specks, so it is not replaced; choose another name"
            )

    def _clear(self) -> None:
        # The record goes last and comes first, so that a folder is never taken for somebody else's.
        self.journal.start()
        for entry in self.partial.iterdir():
            if entry.name != self.journal.path.name:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def array(self, group: str, shape: Sequence[int], dtype: Any, geometry: Geometry, method: str) -> Any:
        """The finest level of an image, to be filled by the caller, in whole chunks.

        Parameters
        ----------
        group : str
            ``""``, ``"posterior"`` or ``"labels/<name>"``.
        shape : sequence of int
        dtype : data-type
        geometry : Geometry
        method : {"mean", "mode"}
            How coarser levels are made of it.

        Returns
        -------
        zarr.Array
            What an earlier run wrote into it is there; which blocks these are, `journal` knows.
        """
        layer = Layer(group, geometry, method)
        self._layers[group] = layer
        return self._level(layer, 0, shape, dtype)

    def _level(self, layer: Layer, number: int, shape: Sequence[int], dtype: Any) -> Any:
        place = self.partial / layer.level(number)
        with store_faults(self.path):
            if (place / "zarr.json").exists():
                return zarr.open_array(place, mode="r+")
            place.parent.mkdir(parents=True, exist_ok=True)
            return create_array(place, shape, dtype, layer.geometry.axes)

    def add_image(
        self, image: Source, group: str = "", executor: Executor | None = None
    ) -> Generator[Progress, None, None]:
        """Write an image of numbers, and its pyramid by means."""
        yield from self._add(image, group, "as is", "mean", executor)

    def add_posterior(
        self, posterior: Source, executor: Executor | None = None
    ) -> Generator[Progress, None, None]:
        """Write a posterior as bytes: the probability in steps of 1/255."""
        yield from self._add(posterior, "posterior", "probability", "mean", executor)

    def add_labels(
        self, name: str, labels: Source, executor: Executor | None = None
    ) -> Generator[Progress, None, None]:
        """Write a label image, and its pyramid by the most frequent label."""
        check_labels(name, labels)
        yield from self._add(labels, f"labels/{name}", "as is", "mode", executor)

    def _add(
        self, source: Source, group: str, convert: str, method: str, executor: Executor | None
    ) -> Generator[Progress, None, None]:
        check_real(source)
        stored = np.uint8 if convert == "probability" or source.dtype == bool else source.dtype
        target = self.array(group, source.shape, stored, source.geometry, method)
        with store_faults(self.path):
            yield from copy_blocks(source, target, convert, self._layers[group].name, self.journal, executor)
        yield from self.add_levels(group, executor)

    def add_levels(self, group: str, executor: Executor | None = None) -> Generator[Progress, None, None]:
        """Make the coarser levels of an array that is filled."""
        layer = self._layers[group]
        finest = self._level(layer, 0, (), None)
        fine = finest
        for number, shape in enumerate(level_shapes(finest.shape)[1:], 1):
            coarse = self._level(layer, number, shape, finest.dtype)
            with store_faults(self.path):
                yield from halve_blocks(
                    fine, coarse, _METHODS[layer.method], layer.level(number), self.journal, executor
                )
            fine = coarse

    def extra(self, name: str) -> Path:
        """Where a file that belongs to the result is to be written, such as a table or a model."""
        if not isinstance(name, str) or name != Path(name).name or name in ("", ".."):
            raise InputError(
                f"a file of the result is named {name!r}; it must be a plain name without folders"
            )
        with store_faults(self.path):
            (self.partial / EXTRAS).mkdir(exist_ok=True)
        return self.partial / EXTRAS / name

    def finish(self, about: Mapping[str, Any] | None = None) -> Path:
        """Write the metadata and give the store its name.

        Parameters
        ----------
        about : mapping, optional
            More attributes of the root's ``specks`` entry.

        Returns
        -------
        pathlib.Path
            The finished store.

        Raises
        ------
        StoreError
            When something stands there by now, or the disk is full. What was written stays.
        """
        if not self._layers:
            raise InputError("nothing was written into the store; add an image, a posterior or labels first")
        self._vacant()
        with store_faults(self.path):
            names = [group.removeprefix("labels/") for group in self._layers if group.startswith("labels/")]
            if names:
                write_group(self.partial / "labels", {"ome": {"version": VERSION, "labels": names}})
            if (self.partial / EXTRAS).is_dir():
                write_group(self.partial / EXTRAS, {})
            for layer in self._layers.values():
                if layer.group:
                    write_group(self.partial / layer.group, self._attributes(layer))
            written = {
                "version": version(),
                "has_image": "" in self._layers,
                "has_posterior": "posterior" in self._layers,
            }
            root = self._root_attributes() | {"specks": {**written, "labels": names, **(about or {})}}
            write_group(self.partial, root)
            self.journal.remove()
            if result_attributes(self._old) is not None:
                shutil.rmtree(self._old)
            put_in_place(self.partial, self.path, self._old)
            shutil.rmtree(self._old, ignore_errors=True)
        return self.path

    def _levels(self, layer: Layer) -> list[str]:
        shape = self._level(layer, 0, (), None).shape
        return [f"s{number}" for number in range(len(level_shapes(shape)))]

    def _attributes(self, layer: Layer) -> dict[str, Any]:
        ome = multiscales(layer.name, layer.geometry, self._levels(layer), layer.method)
        if layer.group.startswith("labels/"):
            return {"ome": ome | {"image-label": {"source": {"image": "../../"}}}}
        if layer.group == "posterior":
            window = {"min": 0, "max": 255, "start": 0, "end": 255}
            channel = {"label": "posterior", "color": "FFFFFF", "active": True, "window": window}
            return {"ome": ome | {"omero": {"channels": [channel]}}, "scale": 1 / 255, "offset": 0.0}
        return {"ome": ome}

    def _root_attributes(self) -> dict[str, Any]:
        """Metadata of the image at the root; without one, of the first thing that is there."""
        if "" in self._layers:
            return self._attributes(self._layers[""])
        first = self._layers.get("posterior") or next(iter(self._layers.values()))
        levels = [f"{first.group}/{level}" for level in self._levels(first)]
        return {"ome": multiscales(self.path.name.partition(".")[0], first.geometry, levels, first.method)}
