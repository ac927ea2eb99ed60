"""Images on disk as arguments for layers, in the place and with the units that they declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specks._core.source import Source, whole
from specks.io.lazy import as_dask

__all__ = ["pixels_of", "placed"]

#: Images up to this size are read at once, so that they can be painted on and drawn without delay.
AT_ONCE = 64 * 2**20


def pixels_of(levels: Sequence[Source]) -> Any:
    """Data for a layer: an array in memory for small images, else lazy levels, finest first."""
    finest = levels[0]
    if finest.nbytes <= AT_ONCE:
        return finest.read(whole(finest))
    found = [as_dask(source) for source in levels]
    return found if len(found) > 1 else found[0]


def placed(source: Source, channel_axis: bool = False) -> Mapping[str, Any]:
    """Scale, units and axis labels; and where the channels are, when each is to be a layer."""
    geometry = source.geometry.without("c") if channel_axis else source.geometry
    found = {"scale": geometry.spacing, "units": geometry.units, "axis_labels": tuple(geometry.axes)}
    return found | ({"channel_axis": source.axes.index("c")} if channel_axis else {})
