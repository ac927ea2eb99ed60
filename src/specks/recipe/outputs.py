"""The outputs of a step as files: one OME-Zarr store, or plain files where there are no images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specks._core.atomic import store_faults, write_text
from specks._core.axes import Geometry
from specks._core.errors import InputError
from specks._core.progress import Steps
from specks._core.provenance import Provenance
from specks._core.source import Source, array_source
from specks._core.spec import ResultSpec, StepSpec
from specks._core.types import Role
from specks.recipe.model import family

__all__ = ["is_single_file", "write_file", "write_outputs"]


def is_single_file(spec: StepSpec) -> bool:
    """Whether all that a step gives is one table or one model."""
    return not spec.bundled and family(spec.results[0].role) != "array"


def write_file(spec: StepSpec, value: Any, path: Path, provenance: Provenance) -> None:
    """Write the only output of a step to a file of any name.

    Raises
    ------
    InputError
        When the file's name has an ending that its content cannot have.
    StoreError
        When it cannot be written.
    """
    if family(spec.results[0].role) == "table":
        from specks.io import write_table

        write_table(value, path, provenance=provenance)
    else:
        with store_faults(path):
            value.save(path)


def write_outputs(
    spec: StepSpec, result: Any, arguments: Mapping[str, Any], provenance: Provenance, folder: Path
) -> Steps[dict[str, str]]:
    """Write every output of a step into a new folder, block by block.

    Parameters
    ----------
    spec : StepSpec
    result : object
        What the step returned; when it can be saved as a whole (``saving``), that is done. It may tell where each
        output lies then; else it is a store.
    arguments : mapping of str to object
        What the step was called with, for what the axes of its images mean.
    provenance : Provenance
    folder : pathlib.Path
        Does not exist yet.

    Returns
    -------
    dict of str to str
        Where each output lies in the folder.
    """
    if callable(getattr(result, "saving", None)):
        told = yield from result.saving(folder)
        return told or _places_in_store(spec, folder)
    values = {r: v for r in spec.results if (v := spec.fields(result)[r.name]) is not None}
    images = {r: _image(r, v, arguments, spec) for r, v in values.items() if family(r.role) == "array"}
    files = {r: v for r, v in values.items() if r not in images}
    if images:
        return (yield from _write_store(images, files, provenance, folder))
    with store_faults(folder):
        folder.mkdir()
    write_text(folder / "provenance.json", json.dumps(provenance.to_dict(), indent=2) + "\n")
    return {r.name: _write_beside(r, value, folder, provenance) for r, value in files.items()}


def _write_store(
    images: Mapping[ResultSpec, Source], files: Mapping[ResultSpec, Any], provenance: Provenance, folder: Path
) -> Steps[dict[str, str]]:
    """The first image at the root of the store, labels under ``labels``, tables and models beside."""
    from specks.io.store import EXTRAS, ResultStore

    store = ResultStore(folder)
    places: dict[str, str] = {}
    for output, source in images.items():
        if output.role is Role.LABELS:
            places[output.name] = f"labels/{output.name}"
            yield from store.add_labels(output.name, source)
        elif output.name == "posterior":
            places[output.name] = "posterior"
            yield from store.add_posterior(source)
        else:
            places[output.name] = "" if "" not in places.values() else output.name
            yield from store.add_image(source, places[output.name])
    beside = store.extra("provenance.json").parent
    write_text(beside / "provenance.json", json.dumps(provenance.to_dict(), indent=2) + "\n")
    for output, value in files.items():
        places[output.name] = f"{EXTRAS}/{_write_beside(output, value, beside, provenance)}"
    tables = [r.name for r in files if family(r.role) == "table"]
    store.finish({"tables": tables, "models": [r.file for r in files if family(r.role) == "model"]})
    return places


def _write_beside(output: ResultSpec, value: Any, folder: Path, provenance: Provenance) -> str:
    """Write a table or a model into a folder; gives its name there."""
    if family(output.role) == "table":
        from specks.io import write_table

        write_table(value, folder / output.file, provenance=provenance)
    else:
        with store_faults(folder):
            value.save(folder / output.file)
    return output.file


def _image(output: ResultSpec, value: Any, arguments: Mapping[str, Any], spec: StepSpec) -> Source:
    """An output image with the geometry of the input that it resembles."""
    source = array_source(value)
    if isinstance(value, Source):
        return source
    like = output.like.param if output.like is not None else spec.inputs[0].name
    geometry = _geometry(arguments, like)
    fits = geometry is not None and len(geometry.axes) == source.ndim
    return source.with_geometry(geometry) if fits and geometry is not None else source


def _geometry(arguments: Mapping[str, Any], name: str) -> Geometry | None:
    """What the axes of an input mean, told by the arguments that go with it."""
    from specks.io import as_source

    told = {k: arguments[k] for k in ("axes", "channel", "spacing", "units") if arguments.get(k) is not None}
    try:
        return as_source(arguments[name], **told).geometry
    except (InputError, KeyError):
        return None


def _places_in_store(spec: StepSpec, folder: Path) -> dict[str, str]:
    """Where the outputs of a result lie that has written itself."""
    from specks.io import open_result
    from specks.io.store import EXTRAS

    stored = open_result(folder)
    places: dict[str, str] = {}
    for output in spec.results:
        if output.role is Role.LABELS and stored.labels:
            name = output.name if output.name in stored.labels else next(iter(stored.labels))
            places[output.name] = f"labels/{name}"
        elif output.name == "posterior" and stored.posterior is not None:
            places[output.name] = "posterior"
        elif output.name in stored.tables or output.file in stored.models:
            places[output.name] = f"{EXTRAS}/{output.file}"
        elif output.role is Role.IMAGE and stored.image is not None:
            places[output.name] = ""
        elif output.role is Role.IMAGE and stored.labels:  # numbers that turned out to name objects
            places[output.name] = f"labels/{next(iter(stored.labels))}"
    return places
