"""How voids are tracked, and what is known of their series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from specks._core.source import Source

__all__ = ["Series", "VoidSettings"]


@dataclass(frozen=True)
class VoidSettings:
    """How tracks were asked for; see `specks.track_voids`."""

    min_size: int = 50
    edge_buffer: int = 8
    drop_edges: bool = True
    reference: str = "global"
    search_range: float | tuple[float, ...] | None = 20.0
    memory: int = 2
    method: str = "lap"
    min_frames: int = 8
    dt: float | None = None
    thickness: float | None = None
    dose_rate: float | None = None
    splitting: bool = False
    merging: bool = False
    drift_from: str = "auto"
    max_shift: float | None = None
    static_pattern: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> VoidSettings:
        """Those of all settings of the step."""
        told: dict[str, Any] = {name: settings[name] for name in cls.__dataclass_fields__}
        if isinstance(told["search_range"], list):
            told["search_range"] = tuple(told["search_range"])
        return cls(**told)


@dataclass(frozen=True)
class Series:
    """What is known of the frames.

    Parameters
    ----------
    source : Source
        The images, or the labels where there are none.
    numbers : tuple of int, optional
        The number of each frame.
    paths : tuple of str, optional
        The file of each frame.
    has_images : bool
        Whether there is more to see than objects.
    """

    source: Source
    numbers: tuple[int, ...] | None = None
    paths: tuple[str, ...] | None = None
    has_images: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a frame, ([z,] y, x)."""
        return tuple(n for a, n in zip(self.source.axes, self.source.shape, strict=True) if a != "t")

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.source.shape[0] if "t" in self.source.axes else 1

    @property
    def step(self) -> int:
        """By how much numbers rise from frame to frame, if none is missing."""
        steps = np.diff(self.numbers) if self.numbers is not None and self.frames > 1 else np.ones(1, int)
        return int(np.gcd.reduce(steps))

    @property
    def sizes(self) -> dict[str, Any]:
        """Pixel size as steps take it; nothing where it is not known."""
        geometry = self.source.geometry
        if not geometry.is_physical:
            return {}
        return {"spacing": geometry.spatial_spacing, "units": geometry.length_unit}
