"""Write a whole result in one call."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specks._core.atomic import store_faults, write_text
from specks._core.axes import Geometry
from specks._core.blocks import check_executor
from specks._core.errors import InputError
from specks._core.lock import sole_writer
from specks._core.paths import as_path
from specks._core.progress import Progress
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source, array_source
from specks.io.open import open_image
from specks.io.store import ResultStore, check_labels, check_real
from specks.io.table import write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROVENANCE", "write_result"]

PROVENANCE = "provenance.json"


def write_result(
    path: str | os.PathLike[str],
    image: Any = None,
    *,
    labels: Mapping[str, Any] | None = None,
    posterior: Any = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    models: Mapping[str, Any] | None = None,
    provenance: Provenance | None = None,
    axes: str | None = None,
    executor: Executor | None = None,
    overwrite: bool = False,
) -> Generator[Progress, None, Path]:
    """Write images, tables and models to one OME-Zarr 0.5 store, block by block.

    A generator of progress, like the body of a step; ``drain(write_result(…))`` runs it to its end.

    The store is complete or not there: it is written to ``<path>.partial`` and renamed at the end.
    When it was stopped, even by ``kill -9`` or a full disk, the same call with the same
    `provenance` goes on from there; without a provenance it begins anew.

    Parameters
    ----------
    path : path-like
        A folder that does not exist yet, customarily named ``….zarr``.
    image : array, path or Source, optional
        What was analyzed. It is copied into the store with its pyramid; without it the store
        shows the posterior in its place.
    labels : mapping of str to array or Source, optional
        Label images by name, of whole numbers, in the shape of the image.
    posterior : array or Source, optional
        Probabilities in [0, 1], in the shape of the image; stored as bytes, in steps of 1/255.
        Bytes are stored as they are.
    tables : mapping of str to pandas.DataFrame, optional
        Tables by name, stored as CSV in the group ``specks``.
    models : mapping of str to object, optional
        Objects with a method ``save(path)`` that writes one file, by file name.
    provenance : Provenance, optional
        How the result was made.
    axes : str, optional
        What the axes of bare arrays mean; those of `image`, else guessed from their number.
    executor : concurrent.futures.Executor, optional
        Where blocks are written; threads of this process when not given.
    overwrite : bool, optional
        Whether a finished result of specks that stands at `path` is replaced, at the end.

    Yields
    ------
    Progress

    Returns
    -------
    pathlib.Path
        The store.

    Raises
    ------
    InputError
        When there is nothing to write, shapes differ, or labels are not whole numbers.
    StoreError
        When something stands at `path` that is not to be replaced, another run is writing there, the disk is full or read-only.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from specks._core.progress import drain
    >>> from specks.io import open_result
    >>> image = np.zeros((64, 64), np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = drain(write_result(Path(folder) / "r.zarr", image, labels={"particles": image > 0}))
    ...     list(open_result(path).labels)
    ['particles']
    """
    _check_kinds(provenance, labels=labels, tables=tables, models=models)
    shown = None if image is None else _source(image, axes, None)
    like = shown.geometry if shown is not None else None
    labeled = {name: _source(array, axes, like) for name, array in (labels or {}).items()}
    belief = None if posterior is None else _source(posterior, axes, like)
    parts = (
        ({"image": shown} if shown is not None else {}) | ({"posterior": belief} if belief else {}) | labeled
    )
    _check_shapes(parts)
    for source in parts.values():
        check_real(source)
    for name, source in labeled.items():
        check_labels(name, source)
    check_executor(executor, *parts.values())
    with sole_writer(as_path(path)):
        store = ResultStore(path, _key(parts, provenance), overwrite=overwrite)
        if shown is not None:
            yield from store.add_image(shown, executor=executor)
        if belief is not None:
            yield from store.add_posterior(belief, executor)
        for name, source in labeled.items():
            yield from store.add_labels(name, source, executor)
        for name, table in (tables or {}).items():
            write_table(table, store.extra(f"{name}.csv"), provenance=provenance)
        for name, model in (models or {}).items():
            with store_faults(store.path):
                model.save(store.extra(name))
        if provenance is not None:
            write_text(store.extra(PROVENANCE), json.dumps(provenance.to_dict(), indent=2))
        return store.finish({"tables": sorted(tables or {}), "models": sorted(models or {})})


def _check_kinds(provenance: Any, **given: Any) -> None:
    """Refuse what is given under no names."""
    faults = [
        f"{name} is {type(value).__name__}; it must be a mapping of names to {name}"
        for name, value in given.items()
        if value is not None and not isinstance(value, Mapping)
    ]
    models = given["models"] if isinstance(given["models"], Mapping) else {}
    faults += [
        f"models[{name!r}] is {type(model).__name__}; it must have a method save(path)"
        for name, model in models.items()
        if not callable(getattr(model, "save", None))
    ]
    if provenance is not None and not isinstance(provenance, Provenance):
        faults.append(f"provenance is {type(provenance).__name__}; it must be a Provenance")
    if faults:
        raise InputError(faults)


def _source(image: Any, axes: str | None, like: Geometry | None) -> Source:
    """A lazy view; a bare array of as many axes as the image has its geometry."""
    if isinstance(image, str | os.PathLike):
        return open_image(image, axes=axes)
    bare = not isinstance(image, Source)
    source = array_source(image, axes)
    if bare and axes is None and like is not None and len(like.axes) == source.ndim:
        return source.with_geometry(like)
    return source


def _check_shapes(parts: Mapping[str, Source]) -> None:
    """Refuse parts that do not lie on each other; channels are looked past."""
    if not parts:
        raise InputError("there is nothing to write; give an image, a posterior or labels")
    plain = {
        name: tuple(n for n, a in zip(s.shape, s.axes, strict=True) if a != "c") for name, s in parts.items()
    }
    (first, shape), *others = plain.items()
    faults = [
        f"{name} has the shape {other}, but {first} has {shape}" for name, other in others if other != shape
    ]
    if faults:
        raise InputError(faults)


def _key(parts: Mapping[str, Source], provenance: Provenance | None) -> dict[str, Any] | None:
    """What makes two calls the same; samples of the pixels alone would not tell other labels from these."""
    if provenance is None:
        return None
    made = {k: v for k, v in provenance.to_dict().items() if k != "seconds"}
    return {"made": made, "parts": {name: fingerprint(source) for name, source in parts.items()}}
