"""Save layers: images and labels to one OME-Zarr store, tables of labels and points to files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pandas as pd
from napari.layers import Image, Labels, Layer, Points

from specks._core.errors import InputError
from specks._core.progress import drain
from specks._core.provenance import Provenance
from specks.ui.layer_view import view_layer
from specks.ui.results import KEY

__all__ = ["write_result", "write_table"]

FullLayerData = tuple[Any, dict[str, Any], str]


def write_result(path: str, layers: Sequence[FullLayerData]) -> list[str]:
    """Write one image, its posterior and any labels to one OME-Zarr store.

    Parameters
    ----------
    path : str
        Where nothing is yet.
    layers : sequence of (data, attributes, type)

    Returns
    -------
    list of str
        The store.

    Raises
    ------
    InputError
        When there are several images besides the posterior, or shapes differ.
    StoreError
        When something stands there, or it cannot be written.
    """
    from specks.io import write_result as write

    made = [Layer.create(data, dict(attributes), kind) for data, attributes, kind in layers]
    images = [layer for layer in made if isinstance(layer, Image)]
    posteriors = [layer for layer in images if _is_posterior(layer)]
    others = [layer for layer in images if layer not in posteriors]
    about = others[0].name if others else ""
    labels = {_name(layer, about): layer for layer in made if isinstance(layer, Labels)}
    faults = [
        f"a store holds one {what}, but {len(found)} are selected: {', '.join(layer.name for layer in found)}"
        for what, found in (("image", others), ("posterior", posteriors))
        if len(found) > 1
    ]
    if faults:
        raise InputError(faults)
    tables = {name: _table(layer) for name, layer in labels.items() if not layer.features.empty}
    written = drain(
        write(
            path,
            view_layer(others[0]).source if others else None,
            labels={name: view_layer(layer).source for name, layer in labels.items()},
            posterior=view_layer(posteriors[0]).source if posteriors else None,
            tables=tables,
            provenance=next((p for layer in made[::-1] if (p := _provenance(layer)) is not None), None),
        )
    )
    return [str(written)]


def write_table(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write the table of a labels or points layer.

    Parameters
    ----------
    path : str
        Ends in ``.csv`` or ``.parquet``.
    data : array
        Of the layer.
    attributes : dict
        Of the layer.

    Returns
    -------
    list of str
        The file.

    Raises
    ------
    InputError
        When labels have no table.
    """
    from specks.io import write_table as write

    kind = "points" if "symbol" in attributes else "labels"
    layer = Layer.create(data, dict(attributes), kind)
    if kind == "labels" and layer.features.empty:
        raise InputError(f'layer "{layer.name}" has no table; run a step that measures its objects first')
    write(_table(layer), path, provenance=_provenance(layer))
    return [path]


def _is_posterior(layer: Image) -> bool:
    """Whether a layer is the posterior of a result, by what the dock or the reader noted."""
    return layer.metadata.get(KEY, {}).get("output") == "posterior"


def _table(layer: Layer) -> pd.DataFrame:
    if isinstance(layer, Points):
        from specks._core.types import Role

        return view_layer(layer).value(Role.POINTS)
    return layer.features.rename(columns={"index": "label"}).reset_index(drop=True)


def _provenance(layer: Layer) -> Provenance | None:
    """What the layer says about where it came from, without what only matters in the viewer."""
    known = {field.name for field in fields(Provenance)}
    found = {name: value for name, value in layer.metadata.get(KEY, {}).items() if name in known}
    return Provenance.from_dict(found) if found else None


def _name(layer: Layer, about: str) -> str:
    """A file name made of the name of a layer, without the name of the image before it."""
    return re.sub(r"[^\w.-]+", "_", layer.name.removeprefix(f"{about} ")).strip("._") or "labels"
