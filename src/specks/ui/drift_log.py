"""What a hand says about drift, as changes of the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks.drift import Drift

__all__ = ["is_bad", "with_bad", "with_regions", "with_shift"]

#: Decimals of a pixel that a hand means.
DIGITS = 2


def is_bad(log: Corrections, frame: int) -> bool:
    """Whether a frame is marked bad."""
    return any(record["frame"] == frame for record in log.of("bad_frame"))


def with_bad(log: Corrections, frame: int, drift: Drift | None) -> Corrections:
    """Mark a frame bad, or good again.

    Parameters
    ----------
    log : Corrections
    frame : int
    drift : Drift or None
        What is known so far: when the frame against which others were placed by hand goes, they are noted
        against the next one.
    """
    if is_bad(log, frame):
        return _without(log, "bad_frame", lambda record: record["frame"] == frame)
    longer = log.add("bad_frame", frame=frame)
    return longer if drift is None else _against(longer, drift, {frame})


def with_shift(log: Corrections, frame: int, shift: npt.ArrayLike, drift: Drift) -> Corrections:
    """Say how far a frame is displaced, in the place of what was said of it before.

    Parameters
    ----------
    log : Corrections
    frame : int
    shift : array of float
        Against the first good frame of `drift`, in pixels.
    drift : Drift
    """
    others = _without(log, "set_shift", lambda record: record["frame"] == frame)
    said = others.add("set_shift", frame=frame, shift=_numbers(shift))
    return _against(said, drift, {record["frame"] for record in log.of("bad_frame")})


def with_regions(log: Corrections, polygons: Iterable[Sequence[Sequence[float]]]) -> Corrections:
    """Say where to look, in the place of what was said before."""
    kept = _without(log, "region", lambda record: record["frames"] is None)
    for polygon in polygons:
        kept = kept.add("region", polygon=[_numbers(corner) for corner in polygon])
    return kept


def _against(log: Corrections, drift: Drift, bad: set[int]) -> Corrections:
    """Shifts are counted from the first good frame that was not placed by hand: note them from the one it is now."""
    placed = {record["frame"] for record in log.of("set_shift")}
    ok = drift.table["ok"].to_numpy(bool)
    base = next((t for t in np.flatnonzero(ok).tolist() if t not in placed | bad), None)
    if base is None or not drift.shifts[base].any():
        return log
    return Corrections(
        tuple(
            {**record, "shift": _numbers(np.asarray(record["shift"]) - drift.shifts[base])}
            if record["kind"] == "set_shift"
            else record
            for record in log
        )
    )


def _without(log: Corrections, kind: str, picked: Any) -> Corrections:
    kept: list[Mapping[str, Any]] = [r for r in log if not (r["kind"] == kind and picked(r))]
    return Corrections(tuple(kept))


def _numbers(values: npt.ArrayLike) -> list[float]:
    return [round(float(value), DIGITS) for value in np.asarray(values)]
