"""Objects that a hand leaves out, whatever found them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks.filters.exclusions import EXCLUDING, Exclusions
from specks.workflows._answers import SegmentedFrame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BY_HAND", "KINDS", "LeftOut"]

#: Kinds of corrections that need no engine.
KINDS = (*EXCLUDING, "reject")
BY_HAND = "left out by hand"


@dataclass(frozen=True)
class LeftOut:
    """Frames, regions and single objects that are left out.

    Parameters
    ----------
    exclusions : Exclusions
        Of the shape (t, [z,] y, x); an object goes by its center.
    rejected : tuple of mapping
        Records of the kind "reject".
    engine : bool
        Whether an engine has left out objects itself, and only frames remain to be named.
    """

    exclusions: Exclusions
    rejected: tuple[Mapping[str, Any], ...]
    engine: bool = False

    @classmethod
    def of(cls, corrections: Corrections, shape: tuple[int, ...], *, engine: bool) -> LeftOut:
        """What a log leaves out.

        Raises
        ------
        CorrectionError
            When it does not fit the series, or needs an engine that learns.
        """
        if not engine:
            corrections.require("track_voids, for objects that the mixture has not found,", KINDS)
        exclusions = Exclusions.of(corrections, shape)
        rejected = corrections.of("reject")
        faults = [
            f"reject names frame {record['frame']}; the series has {shape[0]} (from 0)"
            for record in rejected
            if (record["frame"] or 0) >= shape[0]
        ]
        if faults:
            raise CorrectionError(faults)
        return cls(exclusions, rejected, engine)

    def applied(self, found: SegmentedFrame, t: int) -> SegmentedFrame:
        """What is left of a frame."""
        excluded = [r["frame"] for r in self.exclusions.records if r["kind"] == "exclude_frame"]
        if t in excluded:
            nothing = np.zeros_like(found.labels)
            return replace(found, labels=nothing, objects=found.objects[:0], reason=found.reason or BY_HAND)
        if self.engine or not len(found.objects):
            return found
        gone = self._outside(found.objects, t) | self._rejected(found, t)
        if not gone.any():
            return found
        labels = np.where(np.isin(found.labels, found.objects["label"][gone]), np.int32(0), found.labels)
        return replace(found, labels=labels, objects=found.objects[~gone].reset_index(drop=True))

    def _outside(self, objects: pd.DataFrame, t: int) -> npt.NDArray[np.bool_]:
        """Whether the center of each object lies where nothing counts."""
        shape = self.exclusions.shape
        region = (slice(t, t + 1), *(slice(0, n) for n in shape[1:]))
        allowed = self.exclusions.allowed(region)
        if allowed is None:
            return np.zeros(len(objects), np.bool_)
        spatial = "zyx"[-len(shape) + 1 :]
        at = tuple(
            np.clip(np.round(objects[a].to_numpy()), 0, n - 1).astype(np.intp)
            for a, n in zip(spatial, shape[1:], strict=True)
        )
        outside: npt.NDArray[np.bool_] = ~allowed[0][at]
        return outside

    def _rejected(self, found: SegmentedFrame, t: int) -> npt.NDArray[np.bool_]:
        """Whether each object was rejected: the one at the place that was named."""
        labels = found.objects["label"].to_numpy()
        gone = np.zeros(len(labels), np.bool_)
        for record in self.rejected:
            if (record["frame"] or 0) != t:
                continue
            place = [round(float(p)) for p in record["position"][-found.labels.ndim :]]
            if len(place) == found.labels.ndim and all(
                0 <= p < n for p, n in zip(place, found.labels.shape, strict=True)
            ):
                gone |= labels == found.labels[tuple(place)]
        return gone
