"""Tracks as GEFF, the graph exchange file format of trackers."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.atomic import check_free, store_faults
from specks._core.axes import PIXEL, Geometry, resolve_geometry
from specks._core.errors import InputError, MissingExtraError
from specks._core.paths import as_path
from specks.io.tracks import position_names, track_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_geff"]

Props = dict[str, dict[str, Any]]


def write_geff(
    table: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    parents: pd.DataFrame | None = None,
    corrected: bool = False,
    spacing: float | Sequence[float] | None = None,
    units: str | None = None,
    dt: float | None = None,
) -> None:
    """Write tracks as a GEFF store: a node an object and frame, an edge a link. Needs the extra ``io``.

    Parameters
    ----------
    table : pandas.DataFrame
        As `specks.link` gives it. Rows of particle -1 are left out; columns of numbers and truth values
        become properties of nodes, missing ones being marked.
    path : path-like
        A folder that does not exist yet, such as ``….geff``.
    parents : pandas.DataFrame, optional
        Which tracks come from which: ``particle`` and ``parent``, as ``Links.parents`` has them.
    corrected : bool
        Whether the axes are the positions that are corrected for drift.
    spacing : float or sequence of float, optional
        Size of a pixel along the axes of space; positions stay in pixels.
    units : str, optional
        Unit of `spacing`, such as "nm".
    dt : float, optional
        Seconds between frames.

    Raises
    ------
    InputError
        When columns are missing, or parents name tracks that are not there.
    MissingExtraError
        When geff is not installed.
    StoreError
        When something stands at `path`, or it cannot be written.

    References
    ----------
    .. [1] Graph Exchange File Format, https://liveimagetrackingtools.org/geff

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"frame": [0, 1], "y": [2.0, 2.5], "x": [7.5, 7.0], "particle": [0, 0]})
    >>> write_geff(table, "tracks.geff", spacing=0.5, units="nm")  # doctest: +SKIP
    """
    try:
        from geff import GeffMetadata
        from geff.core_io import write_arrays
    except ImportError as error:
        raise MissingExtraError("Writing GEFF", "io") from error
    target = as_path(path)
    rows = track_rows(table)
    names = position_names(rows, corrected)
    geometry = resolve_geometry(Geometry.of("zyx"[-len(names) :]), None, spacing, units)
    check_free(target)
    metadata = GeffMetadata.model_validate(
        {
            "directed": True,
            "axes": _axes(names, geometry, dt),
            "node_props_metadata": {},
            "edge_props_metadata": {},
            "track_node_props": {"tracklet": "particle"},
        }
    )
    edges = _edges(rows, parents)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with store_faults(target):
            write_arrays(
                str(aside), np.arange(len(rows), dtype=np.uint64), _properties(rows), edges, {}, metadata
            )
            os.replace(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _axes(names: Sequence[str], geometry: Geometry, dt: float | None) -> list[dict[str, Any]]:
    """Axes with their units, and what a step is in the world."""
    time: dict[str, Any] = {"name": "frame", "type": "time", "unit": "frame"}
    if dt is not None:
        time |= {"scale": float(dt), "scaled_unit": "second"}
    axes = [time]
    for name, size in zip(names, geometry.spatial_spacing, strict=True):
        axis: dict[str, Any] = {"name": name, "type": "space", "unit": "pixel"}
        if geometry.is_physical:
            axis["scale"] = size
            if geometry.length_unit != PIXEL:
                axis["scaled_unit"] = geometry.length_unit
        axes.append(axis)
    return axes


def _properties(rows: pd.DataFrame) -> Props:
    """Columns that a node can have, and where they are missing."""
    props: Props = {}
    for name in rows.columns:
        values = rows[name].to_numpy()
        if values.dtype.kind not in "biuf":
            continue
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
        props[str(name)] = {"values": values, "missing": missing if missing.any() else None}
    return props


def _edges(rows: pd.DataFrame, parents: pd.DataFrame | None) -> npt.NDArray[np.uint64]:
    """Earlier and later node of each link, those between tracks included; shape (n, 2)."""
    particle = rows["particle"].to_numpy()
    within = np.flatnonzero(particle[1:] == particle[:-1])
    edges = np.stack([within, within + 1], axis=1)
    if parents is not None and len(parents):
        strange = sorted({*parents["particle"], *parents["parent"]} - set(particle.tolist()))
        if strange:
            raise InputError(f"parents names the particle {strange[0]}, which the table does not have")
        last = np.searchsorted(particle, parents["parent"].to_numpy(), side="right") - 1
        begin = np.searchsorted(particle, parents["particle"].to_numpy())
        edges = np.concatenate([edges, np.stack([last, begin], axis=1)])
    return edges.astype(np.uint64)
