"""By what tracks are colored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from napari.utils import Colormap
from napari.utils.colormaps import AVAILABLE_COLORMAPS

if TYPE_CHECKING:
    from specks.ui.tracked import Scales, Tracked

__all__ = ["NUMBER", "Shade", "Vertices", "color_choices", "vertices"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: What napari calls the number of a track.
NUMBER = "track_id"
#: Few values lie beyond what colors tell apart: one wrong link must not make all others look alike.
BEYOND = 2.0
#: The dark end of a color scale cannot be seen on a dark image.
DARKEST = 0.3
#: From doubtful to sure.
SURE = ("#ff4d6d", "#ffb454", "#56b4e9")


class Shade(Colormap):
    """Colors of values between two limits; what napari colors tracks with takes values from 0 to 1.

    Parameters
    ----------
    low, high : float
        Values of the first and the last color.
    """

    low: float = 0.0
    high: float = 1.0

    def map(self, values: Any) -> npt.NDArray[np.float32]:
        """Colors of values."""
        found: npt.NDArray[np.float32] = super().map(
            np.clip((np.asarray(values, float) - self.low) / max(self.high - self.low, 1e-12), 0, 1)
        )
        return found


@dataclass(frozen=True, eq=False)
class Vertices:
    """Where tracks of two or more objects were seen, sorted by track and frame.

    Parameters
    ----------
    rows : array of int64
        Rows of the filled table.
    features : mapping of str to array
        What they can be colored by; never NaN.
    graph : dict
        Parents of each track that comes from others.
    left_out : int
        Tracks that are not drawn, because there would be too many vertices.
    """

    rows: Ints
    features: Mapping[str, Floats | Ints]
    graph: dict[int, list[int]]
    left_out: int

    @cached_property
    def shades(self) -> dict[str, Shade]:
        """Colors of each feature."""
        return {
            name: _shade(name, np.asarray(values, float))
            for name, values in self.features.items()
            if name != NUMBER and len(values)
        }


def color_choices(scales: Scales, has_sizes: bool) -> dict[str, str]:
    """What tracks can be colored by, in words, and the features that hold it."""
    length, rate = (f" ({unit})" if unit else "" for unit in (scales.length, scales.rate))
    sizes = {f"Size: radius{length}": f"radius{scales.of_length}"} if has_sizes else {}
    return {
        "Track": NUMBER,
        **sizes,
        f"Speed{rate}": f"speed{scales.of_rate}",
        "Length (frames)": "observed_frames",
        "Sureness of the links": "confidence",
    }


def vertices(tracked: Tracked, most: int) -> Vertices:
    """What is drawn of tracks.

    Parameters
    ----------
    tracked : Tracked
    most : int
        Vertices; of more the shortest tracks are left out.
    """
    filled, scales = tracked.filled, tracked.scales
    seen = np.flatnonzero(filled["observed"].to_numpy(bool))
    particle = filled["particle"].to_numpy(np.int64)[seen]
    count = np.bincount(particle) if len(particle) else np.zeros(1, np.int64)
    graph = tracked.links.graph
    family = np.array([*graph, *(parent for parents in graph.values() for parent in parents)], np.int64)
    drawn = count >= 2
    drawn[family] = True
    kept = drawn & (count >= _shortest(count[drawn], most))
    there = kept[particle]
    rows, particle = seen[there], particle[there]
    frames = filled["frame"].to_numpy(float)[rows]
    place = filled[tracked.positions(tracked.has_corrected)].to_numpy(float)[rows]
    features: dict[str, Floats | Ints] = {NUMBER: particle}
    if tracked.radius is not None:
        features[f"radius{scales.of_length}"] = _known(tracked.radius[rows])
    sides = np.array(tracked.geometry.spatial_spacing) if tracked.geometry.is_physical else 1.0
    features[f"speed{scales.of_rate}"] = _speed(particle, frames, place * sides) / scales.step
    features["observed_frames"] = count[particle]
    features["confidence"] = _confidence(tracked)[rows]
    kept_graph = {
        child: [p for p in parents if kept[p]]
        for child, parents in graph.items()
        if kept[child] and any(kept[p] for p in parents)
    }
    return Vertices(rows, features, kept_graph, int(drawn.sum() - kept.sum()))


def _shortest(counts: Ints, most: int) -> int:
    """Least number of vertices of a track that is drawn."""
    if counts.sum() <= most:
        return 0
    longest = np.sort(counts)[::-1]
    return int(longest[np.searchsorted(np.cumsum(longest), most)]) + 1


def _known(values: Floats) -> Floats:
    """Without NaN, which would make all tracks invisible."""
    middle = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
    return np.where(np.isfinite(values), values, middle)


def _speed(particle: Ints, frames: Floats, place: Floats) -> Floats:
    """Way from the vertex before per frame; of the first vertex the way to the next."""
    n = len(particle)
    speed = np.zeros(n)
    if n < 2:
        return speed
    same = np.diff(particle) == 0
    steps = np.linalg.norm(np.diff(place, axis=0), axis=1) / np.maximum(np.diff(frames), 1)
    speed[1:][same] = steps[same]
    first = np.flatnonzero(np.diff(particle, prepend=-1) != 0)
    followed = first[(first + 1 < n)]
    followed = followed[same[followed]]
    speed[followed] = speed[followed + 1]
    return _known(speed)


def _confidence(tracked: Tracked) -> Floats:
    """How sure the link to each row of the filled table is; 1 in gaps."""
    table = tracked.table[tracked.table["particle"] >= 0].sort_values(["particle", "frame"], kind="stable")
    found = np.ones(len(tracked.filled))
    found[tracked.filled["observed"].to_numpy(bool)] = table["confidence"].to_numpy(float)
    return _known(found)


def _shade(name: str, values: Floats) -> Shade:
    if name == "confidence":
        return Shade(colors=[_rgba(color) for color in SURE], name=f"specks {name}", low=0.0, high=1.0)
    scale = AVAILABLE_COLORMAPS["viridis"].map(np.linspace(DARKEST, 1, 32))
    low, high = np.percentile(values, (BEYOND, 100 - BEYOND))
    return Shade(colors=scale, name=f"specks {name}", low=float(low), high=float(max(high, low + 1e-12)))


def _rgba(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)] + [1.0]
