"""What a hand says about drift: frames that are bad, shifts that are known, places that are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError

__all__ = ["KINDS", "LOOKING", "ByHand", "check_corrections"]

#: Kinds that change which pixels are looked at, so that frames are read again.
LOOKING = ("region", "exclude_region", "mask")
KINDS = ("bad_frame", "set_shift", "landmark", *LOOKING)
#: Two hands may differ by this many pixels where each puts a mark.
CARELESS = 3.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ByHand:
    """The part of a log that the solution takes account of.

    Parameters
    ----------
    bad : numpy.ndarray (frames,) of bool
        Frames that were marked bad.
    shifts : mapping of int to numpy.ndarray (3,)
        By how far a frame is displaced against the first good one that was not itself placed by hand, in pixels of the
        image along z, y, x.
    ties : tuple of (int, int, numpy.ndarray (3,))
        Frame a, frame b, and by how far b is displaced against a.
    """

    bad: npt.NDArray[np.bool_]
    shifts: Mapping[int, Floats]
    ties: tuple[tuple[int, int, Floats], ...]

    @classmethod
    def of(cls, corrections: Corrections, frames: int) -> ByHand:
        """What a checked log says."""
        bad = np.zeros(frames, np.bool_)
        bad[[r["frame"] for r in corrections.of("bad_frame")]] = True
        shifts = {r["frame"]: _zyx(r["shift"]) for r in corrections.of("set_shift")}
        ties = tuple((r["frame_a"], r["frame_b"], _step(r)) for r in corrections.of("landmark"))
        return cls(bad, shifts, ties)

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Frames whose image counts: neither bad nor placed by hand."""
        used = ~self.bad
        used[list(self.shifts)] = False
        return used


def check_corrections(corrections: Corrections, frames: int, axes: str) -> None:
    """Refuse records that do not fit the series, or contradict each other.

    Raises
    ------
    CorrectionError
        Naming each record at fault; of two that contradict each other, both.
    """
    corrections.require("estimate_drift", KINDS)
    faults = []
    for record in corrections:
        named = [record[k] for k in ("frame", "frame_a", "frame_b") if k in record] + list(
            record.get("frames") or []
        )
        faults += [
            f"{_said(record)}: there is no frame {t}; the series has {frames} (from 0)"
            for t in named
            if t >= frames
        ]
        for name in ("shift", "position_a", "position_b"):
            if name in record and len(record[name]) != len(axes):
                faults.append(
                    f"{_said(record)}: {name} has {len(record[name])} numbers; it must have {len(axes)} ({axes})"
                )
    if not faults:
        faults = _contradictions(corrections)
    if len(corrections.of("bad_frame")) and not faults:
        left = frames - len({r["frame"] for r in corrections.of("bad_frame")})
        if left < 1:
            faults.append(f"all {frames} frames are marked bad; at least one must be good")
    if faults:
        raise CorrectionError(faults)


def _contradictions(corrections: Corrections) -> list[str]:
    """Pairs of records that cannot both be right."""
    known: list[tuple[Mapping[str, Any], int, int, Floats, float]] = []
    faults = []
    for record in corrections.of("set_shift", "landmark"):
        a, b, step, slack = (
            (-1, record["frame"], _zyx(record["shift"]), 0.0)
            if record["kind"] == "set_shift"
            else (record["frame_a"], record["frame_b"], _step(record), CARELESS)
        )
        for earlier, way, total, loose in _ways(known, a, b):
            if np.linalg.norm(total - step) > max(slack, loose, 1e-6) * max(1, way):
                faults.append(f"{_said(record)} contradicts {_said(earlier)}; take one of them back")
                break
        known.append((record, a, b, step, slack))
    return faults


def _ways(
    known: list[tuple[Mapping[str, Any], int, int, Floats, float]], a: int, b: int
) -> list[tuple[Mapping[str, Any], int, Floats, float]]:
    """How earlier records lead from frame a to frame b: the first of them, how many, the way, the slack."""
    reached: dict[int, tuple[Mapping[str, Any] | None, int, Floats, float]] = {a: (None, 0, np.zeros(3), 0.0)}
    todo = [a]
    while todo:
        here = todo.pop(0)
        first, count, total, loose = reached[here]
        for record, one, other, step, slack in known:
            for start, end, way in ((one, other, step), (other, one, -step)):
                if start == here and end not in reached:
                    reached[end] = (first or record, count + 1, total + way, max(loose, slack))
                    todo.append(end)
    found = reached.get(b)
    return [] if found is None or found[0] is None else [(found[0], *found[1:])]


def _said(record: Mapping[str, Any]) -> str:
    """A record as a person would say it."""
    if record["kind"] == "set_shift":
        return f"set_shift of frame {record['frame']} to {_text(record['shift'])}"
    if record["kind"] == "landmark":
        return (
            f"landmark {_text(record['position_a'])} on frame {record['frame_a']} = "
            f"{_text(record['position_b'])} on frame {record['frame_b']}"
        )
    return f"{record['kind']} of frame {record['frame']}" if "frame" in record else str(record["kind"])


def _text(numbers: Any) -> str:
    return f"({', '.join(f'{float(n):g}' for n in numbers)})"


def _zyx(numbers: Any) -> Floats:
    """Two or three numbers along z, y, x."""
    out = np.zeros(3)
    out[3 - len(numbers) :] = numbers
    return out


def _step(landmark: Mapping[str, Any]) -> Floats:
    return _zyx(landmark["position_b"]) - _zyx(landmark["position_a"])
