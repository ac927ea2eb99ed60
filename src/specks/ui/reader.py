"""Open results, images and tables by drag and drop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from specks._core.axes import Geometry
from specks._core.source import Source
from specks.io import StoredResult, open_image, open_result, read_table
from specks.ui.features import label_features, point_features
from specks.ui.looks import particle_colors, particles_look, posterior_look
from specks.ui.results import KEY
from specks.ui.source_layers import pixels_of, placed

__all__ = ["get_reader", "read", "read_image"]

LayerData = tuple[Any, dict[str, Any], str]
TABLES = (".csv", ".parquet")


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """What reads a path, or None where specks cannot; looks at names and first lines only.

    Parameters
    ----------
    path : str or list of str
        OME-Zarr stores, Zarr arrays, and tables with columns ``y`` and ``x``.
    """
    paths = [Path(p) for p in (path if isinstance(path, list) else [path])]
    return read if paths and all(_readable(p) for p in paths) else None


def read(path: str | list[str]) -> list[LayerData]:
    """Layers of one or more paths.

    Raises
    ------
    SpecksError
        When a file is damaged or not what its name says.
    """
    found: list[LayerData] = []
    for one in path if isinstance(path, list) else [path]:
        place = Path(one)
        if place.suffix.lower() in TABLES:
            found.append(_points(place))
        else:
            found += _result(open_result(place)) if _is_result(place) else [read_image(place)]
    return found


def read_image(path: Path) -> LayerData:
    """A layer, or one for each channel, of any image that specks opens."""
    return _image([open_image(path)], _name(path))


def _readable(path: Path) -> bool:
    if path.suffix.lower() == ".csv":
        return _has_positions(path)
    return path.suffix.lower() == ".parquet" or any(
        (path / name).is_file() for name in (".zarray", ".zgroup", "zarr.json")
    )


def _has_positions(path: Path) -> bool:
    """Whether the first line of a CSV file names the columns y and x; those that napari writes do not."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            columns = [name.strip().strip('"') for name in file.readline(65536).split(",")]
    except (OSError, UnicodeDecodeError):
        return False
    return {"y", "x"} <= set(columns)


def _is_result(path: Path) -> bool:
    """Whether a store is a result of specks, finished or damaged, rather than any other image."""
    import json

    try:
        return "specks" in json.loads((path / "zarr.json").read_text(encoding="utf-8")).get("attributes", {})
    except (OSError, ValueError, AttributeError):
        return False


def _image(levels: Sequence[Source], name: str) -> LayerData:
    """An image; a layer for each channel, if it has some."""
    pixels, channels = pixels_of(levels), "c" in levels[0].axes
    options = {"name": name, "rgb": False, **placed(levels[0], channels)}
    if not channels:
        options["contrast_limits"] = _limits(pixels)
    return (pixels, options, "image")


def _result(stored: StoredResult) -> list[LayerData]:
    """Image, posterior and labels, with the table as features of the labels."""
    name = _name(stored.path)
    mark = {} if stored.provenance is None else stored.provenance.to_dict()
    found: list[LayerData] = []
    if stored.image is not None:
        found.append(_image(stored.levels("image"), name))
    if stored.posterior is not None:
        levels = stored.levels("posterior")
        probability = _scaled(pixels_of(levels), stored.posterior_scale)
        options = {"name": f"{name} posterior", "rgb": False, "metadata": _noted(mark, "posterior")}
        found.append((probability, options | posterior_look() | dict(placed(levels[0])), "image"))
    for key in stored.labels:
        levels = stored.levels(key)
        look = particles_look()
        look.pop("contour")
        options = {"name": f"{name} {key}", "metadata": _noted(mark, "labels"), **look, **placed(levels[0])}
        table = _features(stored)
        if table is not None:
            options |= {"features": table, "colormap": particle_colors(table)}
        found.append((pixels_of(levels), options, "labels"))
    return found


def _scaled(pixels: Any, scale: float) -> Any:
    """Bytes as probabilities, lazily where they are lazy."""
    if isinstance(pixels, list):
        return [_scaled(level, scale) for level in pixels]
    return pixels * np.float32(scale)


def _noted(provenance: dict[str, Any], output: str) -> dict[str, Any]:
    """Metadata as the docks write them."""
    return {KEY: {"state": "complete", **provenance, "output": output}}


def _features(stored: StoredResult) -> pd.DataFrame | None:
    """The first table whose rows are labels."""
    tables = (label_features(stored.table(name)) for name in stored.tables)
    return next((table for table in tables if table is not None), None)


def _points(path: Path) -> LayerData:
    """A table as points, in the place of the image that it was measured on when it says which."""
    table = read_table(path)
    geometry = _geometry(table)
    axes = geometry.axes
    columns = ["frame" if letter == "t" else letter for letter in axes]
    options = {
        "name": path.stem,
        "features": point_features(table),
        "face_color": "transparent",
        "border_color": "#ffb454",
        "scale": geometry.spacing,
        "units": geometry.units,
        "axis_labels": tuple(axes),
        "metadata": {KEY: {"state": "complete", **table.attrs.get("provenance", {})}},
    }
    return (table[columns].to_numpy(float), options, "points")


def _geometry(table: pd.DataFrame) -> Geometry:
    """Axes that the positions have, with the spacing of the image in the table's provenance, else pixels."""
    there = "".join(letter for letter in "tzyx" if ("frame" if letter == "t" else letter) in table.columns)
    for facts in table.attrs.get("provenance", {}).get("inputs", {}).values():
        known = dict(zip(facts["axes"], zip(facts["spacing"], facts["units"], strict=True), strict=True))
        axes = "".join(letter for letter in there if letter in known)
        if axes.endswith("yx"):
            return Geometry.of(axes, [known[a][0] for a in axes], [known[a][1] for a in axes])
    return Geometry.of(there)


def _name(path: Path) -> str:
    """Name of a store without its endings."""
    return path.name.partition(".")[0]


def _limits(pixels: Any) -> tuple[float, float]:
    """Darkest and brightest pixel of an array, or of its coarsest level; never equal."""
    coarse = np.asarray(pixels[-1] if isinstance(pixels, list) else pixels)
    finite = coarse[np.isfinite(coarse)] if coarse.dtype.kind == "f" else coarse
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if low < high else (low, low + 1)
