"""Links with all that is shown of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks._core.axes import PIXEL, Geometry, short_unit
from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.provenance import Provenance
from specks._core.words import counted
from specks.measure import fill_gaps
from specks.tracking import Links, summarize_tracks
from specks.tracking._columns import radii
from specks.ui.inputs import unit_symbol
from specks.ui.track_colors import Vertices, vertices

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Scales", "Tracked", "scales_of", "seconds_per_frame", "tracked"]

Floats = npt.NDArray[np.float64]

#: Vertices that are drawn at most: beyond, napari takes seconds to draw a step in time.
MOST = 500_000
#: Seconds in units of time that microscopes write.
_SECONDS = {"second": 1.0, "millisecond": 1e-3, "minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True)
class Scales:
    """Units in which tracks are shown, and how columns of a summary in them end.

    Parameters
    ----------
    pixel : float
        Length of a pixel.
    length, time : str
        Units for people.
    of_length, of_rate : str
        Ends of names of columns.
    step : float
        Time from frame to frame.
    """

    pixel: float
    length: str
    time: str
    of_length: str
    of_rate: str
    step: float

    @property
    def rate(self) -> str:
        """Unit of rates for people."""
        return f"{self.length or '1'}/{self.time}"


@dataclass(frozen=True, eq=False)
class Tracked:
    """What linking gives, with a summary of each track and what lies in its gaps.

    Parameters
    ----------
    links : Links
    summary_table : pandas.DataFrame
        What `specks.summarize_tracks` gives.
    filled : pandas.DataFrame
        What `specks.measure.fill_gaps` gives.
    geometry : Geometry
        Of the layer.
    dt : float, optional
        Seconds between frames.
    """

    links: Links
    summary_table: pd.DataFrame
    filled: pd.DataFrame
    geometry: Geometry
    dt: float | None

    @property
    def tracked(self) -> Tracked:
        """Itself: what there is to draw."""
        return self

    @property
    def table(self) -> pd.DataFrame:
        """The objects, with the number of their track."""
        return self.links.table

    @property
    def parents(self) -> pd.DataFrame | None:
        """Which track comes from which."""
        return self.links.parents

    @property
    def provenance(self) -> Provenance:
        """Where it came from."""
        return self.links.provenance

    @property
    def scales(self) -> Scales:
        """Units in which it is shown."""
        return scales_of(self.geometry, self.dt)

    @property
    def has_corrected(self) -> bool:
        """Whether there are positions without the drift."""
        return "y_corrected" in self.filled

    @cached_property
    def radius(self) -> Floats | None:
        """Radius of each row of `filled`, in the unit of lengths; None of objects without a size."""
        pixels = radii(self.filled)
        return None if pixels is None else pixels * self.scales.pixel

    @cached_property
    def drawn(self) -> Vertices:
        """What is drawn of the tracks."""
        return vertices(self, MOST)

    def colored(self) -> Tracked:
        """Itself, once what it takes a blink to find is known: nobody waits for it beside the window."""
        _ = self.drawn.shades
        return self

    @cached_property
    def rows(self) -> Mapping[int, slice]:
        """Rows of `filled` that belong to each track."""
        numbers, first = np.unique(self.filled["particle"].to_numpy(np.int64), return_index=True)
        ends = np.append(first, len(self.filled))[1:]
        return {int(n): slice(int(a), int(b)) for n, a, b in zip(numbers, first, ends, strict=True)}

    def positions(self, corrected: bool) -> list[str]:
        """Columns with positions, in the order z, y, x."""
        letters = [letter for letter in "zyx" if letter in self.filled]
        return [f"{letter}_corrected" for letter in letters] if corrected else letters

    def summary(self) -> str:
        """What was found, in a sentence."""
        inferred = int((~self.filled["observed"].to_numpy(bool)).sum())
        also = f"; {counted(inferred, 'position')} inferred" if inferred else ""
        return self.links.summary() + also

    def details(self) -> str:
        """How far was looked and how far objects move, in a sentence."""
        links, settings = self.links, self.links.settings
        in_pixels = settings.spacing is None or settings.method == "trackpy"
        unit = "px" if in_pixels else self.scales.length
        if not np.isfinite(links.scale):
            return links.details()
        reach, step = (f"{value:.3g} {unit}".strip() for value in (links.search_range, links.scale))
        return f"Looked up to {reach} far; one step moves an object by {step} along an axis"

    def refitting(self, corrections: Corrections) -> Generator[Progress, None, Tracked]:
        """The result with other corrections."""
        links = yield from self.links.refitting(corrections)
        return (yield from tracked(links, self.geometry))


def tracked(links: Links, geometry: Geometry) -> Generator[Progress, None, Tracked]:
    """Summarize links, in the units of the layer that they are about."""
    known = {"spacing": geometry.spatial_spacing, "units": geometry.length_unit}
    physical = known if geometry.is_physical else {}
    dt = seconds_per_frame(geometry)
    table = yield from summarize_tracks.iterate(links, dt=dt, **physical)
    yield Progress(0, 0, "Filling gaps")
    return Tracked(links, table, fill_gaps(links.table), geometry, dt).colored()


def scales_of(geometry: Geometry, dt: float | None) -> Scales:
    """Units in which a summary of tracks in a layer is shown."""
    physical, unit = geometry.is_physical, geometry.length_unit
    length = "px" if not physical else "physical" if unit == PIXEL else short_unit(unit)
    time = "frame" if dt is None else "s"
    sides = geometry.spatial_spacing if physical else (1.0,)
    return Scales(
        pixel=float(np.prod(sides) ** (1 / len(sides))),
        length="" if length == "physical" else unit_symbol(unit),
        time=time,
        of_length=f"_{length}" if physical else "",
        of_rate=f"_{length}_{time}" if physical or dt is not None else "",
        step=dt or 1.0,
    )


def seconds_per_frame(geometry: Geometry) -> float | None:
    """Seconds between frames, or None where the axis of time has no unit."""
    if "t" not in geometry.axes:
        return None
    axis = geometry.axes.index("t")
    seconds = _SECONDS.get(geometry.units[axis])
    return None if seconds is None else geometry.spacing[axis] * seconds
