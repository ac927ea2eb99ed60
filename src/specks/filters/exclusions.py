"""Pixels that do not count: masks, excluded frames and regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks._core.source import Region

__all__ = ["COUNTED", "EXCLUDING", "Exclusions"]

#: Kinds of corrections that change which pixels of a slice are counted, and all that leave pixels out.
COUNTED = ("mask", "region", "exclude_region")
EXCLUDING = (*COUNTED, "exclude_frame")


@dataclass(frozen=True)
class Exclusions:
    """Where an image is left out by hand.

    A frame is an index along the first axis before y and x: t, or z of a volume without t.

    Parameters
    ----------
    shape : tuple of int
        Of the image.
    records : tuple of mapping
        Corrections of the kinds `EXCLUDING`.
    """

    shape: tuple[int, ...]
    records: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, corrections: Corrections, shape: tuple[int, ...]) -> Exclusions:
        """Those of a log, checked against the shape of the image.

        Raises
        ------
        CorrectionError
            When a mask has another shape, or a frame does not exist.
        """
        records = corrections.of(*EXCLUDING)
        frames = shape[0] if len(shape) > 2 else 1
        faults = []
        for record in records:
            if record["kind"] == "mask":
                given = record["array"].shape
                if given not in (shape, shape[1:], shape[-2:]):
                    faults.append(f"mask has the shape {given}; it must be {shape} or one plane {shape[-2:]}")
                continue
            named = [record["frame"]] if record["kind"] == "exclude_frame" else record["frames"] or []
            if named and max(named) >= frames:
                faults.append(f"{record['kind']} names frame {max(named)}; the image has {frames} (from 0)")
        if faults:
            raise CorrectionError(faults)
        return cls(shape, records)

    @classmethod
    def counted(cls, corrections: Corrections, shape: tuple[int, ...]) -> Exclusions:
        """Those that matter while slices are counted; excluded frames only leave out rows later."""
        return cls(shape, corrections.of(*COUNTED))

    def used_slices(self) -> npt.NDArray[np.bool_]:
        """Which slices belong to no excluded frame."""
        count = int(np.prod(self.shape[:-2], dtype=np.int64))
        used = np.ones(count, np.bool_)
        if len(self.shape) > 2:
            per_frame = count // self.shape[0]
            for record in self.records:
                if record["kind"] == "exclude_frame":
                    used[record["frame"] * per_frame : (record["frame"] + 1) * per_frame] = False
        return used

    def allowed(self, region: Region) -> npt.NDArray[np.bool_] | None:
        """Which pixels of a region count; None when all do."""
        if not self.records:
            return None
        out = np.ones(tuple(s.stop - s.start for s in region), np.bool_)
        inside = np.zeros_like(out)
        limited = np.zeros((*out.shape[:-2], 1, 1), np.bool_)
        for record in self.records:
            if record["kind"] == "mask":
                mask = record["array"]
                out &= mask[region[-mask.ndim :]].astype(np.bool_)
            elif record["kind"] == "exclude_frame":
                out[_picked(region, [record["frame"]])] = False
            else:
                frames = _picked(region, record["frames"])
                polygon = _polygon(record["polygon"], region[-2:])
                if record["kind"] == "region":
                    inside[frames] |= polygon
                    limited[frames] = True
                else:
                    out[frames] &= ~polygon
        return out & (inside | ~limited)


def _picked(region: Region, frames: list[int] | None) -> Any:
    """Index of these frames within a region's block."""
    if frames is None or len(region) == 2:
        return ...
    return [f - region[0].start for f in frames if region[0].start <= f < region[0].stop]


def _polygon(corners: Any, region: Region) -> npt.NDArray[np.bool_]:
    """Pixels of a plane's region whose center lies inside a polygon of (y, x) corners."""
    from skimage.draw import polygon2mask

    shape = tuple(s.stop - s.start for s in region)
    shifted = np.array([corner[-2:] for corner in corners], np.float64) - [s.start for s in region]
    mask: npt.NDArray[np.bool_] = polygon2mask(shape, shifted)
    return mask
