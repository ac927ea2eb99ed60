"""Drift from tracks: what particles have in common, frame to frame."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.provenance import Provenance
from specks._core.step import step
from specks._core.types import Output, Param, Role, Tracks
from specks.drift.given import frames_of, numbers_of
from specks.drift.result import Drift, doubts, drift_table
from specks.drift.rows import listed
from specks.drift.solution import NO_COMMON_DRIFT, Solution, interpolate
from specks.drift.track_links import FrameLinks, TrackRows, link_frames
from specks.drift.track_steps import walk

__all__ = ["drift_from_tracks"]

#: Frames of the longest series that is believed: larger numbers are times, or of files.
LONGEST = 10_000_000

Floats = npt.NDArray[np.float64]


@step("Drift from tracks")
def drift_from_tracks(
    tracks: Tracks,
    minimum_tracks: Annotated[int, Param(ge=1)] = 1,
    statistic: Literal["median", "mean"] = "median",
) -> Steps[Annotated[Drift, Role.MODEL, Output("drift")]]:
    """Find how far the sample has moved from the tracks of its particles.

    The displacement of particles that are present in two consecutive frames, added up. Over a frame that shares
    too few particles with the one before, the nearest earlier one that shares enough stands in.

    Parameters
    ----------
    tracks : pandas.DataFrame or Links
        Columns ``frame`` (from 0), ``particle``, and ``y, x`` (``z, y, x``) in pixels. Rows without a position
        or a particle (NaN, or a negative number) are left out.
    minimum_tracks : int
        How many particles two frames must share.
    statistic : {"median", "mean"}
        What is taken of the displacements. The median minds neither wrong links nor particles that move on
        their own.

    Returns
    -------
    Drift
        Frames 0 to the last one that the table names. Standard errors are from the scatter of the
        displacements; what one particle adds to a step and takes back in the next does not add up. NaN
        where frames share single particles only. Frames that cannot be reached are interpolated and not ok.

    Raises
    ------
    InputError
        When a column is missing, a frame is no whole number, or a particle is in a frame twice.

    References
    ----------
    .. [1] trackpy, `trackpy.compute_drift`.

    Examples
    --------
    >>> import pandas as pd
    >>> import specks
    >>> tracks = pd.DataFrame(
    ...     {"frame": [0, 1, 2, 0, 1, 2], "particle": [0, 0, 0, 1, 1, 1], "y": [5.0, 6, 8, 30, 31, 33], "x": 9.0}
    ... )
    >>> specks.drift_from_tracks(tracks).table["y"].tolist()
    [0.0, 1.0, 3.0]
    """
    rows, axes, left_out = _rows(tracks)
    yield Progress(0, 1, "Comparing frames")
    found = link_frames(rows, minimum_tracks)
    solution = _solution(rows, found, minimum_tracks, statistic)
    said = (f"{left_out} rows without a position or a particle were left out",) if left_out else ()
    provenance = Provenance(inputs={"tracks": _recognized(rows)}, warnings=(*said, *doubts(solution)))
    return Drift(drift_table(solution, axes), axes, provenance=provenance)


def _rows(tracks: Any) -> tuple[TrackRows, str, int]:
    """Rows that say something, in the order of frames; the axes; how many rows were left out."""
    if not hasattr(tracks, "columns"):
        tracks = getattr(tracks, "table", tracks)
    if not hasattr(tracks, "columns"):
        raise InputError(f"tracks is {type(tracks).__name__}; it must be a pandas.DataFrame, or Links")
    frame = frames_of(tracks, "tracks")
    if not len(frame):
        raise InputError("tracks has no rows; a drift needs particles that are seen in several frames")
    if frame.max() >= LONGEST:
        raise InputError(
            f"tracks has the frame {frame.max()}; frames are the index along t, from 0 to {LONGEST - 1}"
        )
    particle = numbers_of(tracks, "particle", "tracks")
    axes = "zyx" if "z" in tracks.columns else "yx"
    places = np.zeros((len(frame), 3))
    for axis in axes:
        places[:, "zyx".index(axis)] = numbers_of(tracks, axis, "tracks")
    good = np.isfinite(places).all(axis=1) & (particle >= 0)
    order = np.flatnonzero(good)[np.lexsort((particle[good], frame[good]))]
    names, number = np.unique(particle[order], return_inverse=True)
    rows = TrackRows(int(frame.max()) + 1, frame[order], number, places[order], len(names))
    twice = np.flatnonzero((np.diff(rows.frame) == 0) & (np.diff(rows.particle) == 0))
    if len(twice):
        t = rows.frame[twice[0]]
        doubled = names[rows.particle[twice[rows.frame[twice] == t]]]
        raise InputError(f"tracks has more than one row in frame {t} for particle {listed(doubled)}")
    return rows, axes, int((~good).sum())


def _solution(rows: TrackRows, found: FrameLinks, minimum: int, statistic: str) -> Solution:
    """Places of the frames that hang together, and of those between them."""
    n = rows.frames
    ok = np.zeros(n, np.bool_)
    ok[found.largest] = True
    seen = np.bincount(rows.frame, minlength=n) > 0
    few = f"shares {'no track' if minimum == 1 else f'fewer than {minimum} tracks'} with frames whose place is known"
    reasons = tuple("" if o else few if s else "no tracks" for o, s in zip(ok, seen, strict=True))
    if ok.sum() < min(2, n):
        said = tuple(r or NO_COMMON_DRIFT for r in reasons)
        return Solution(np.zeros((n, 3)), np.full((n, 3), np.nan), np.zeros(n, np.bool_), said)
    shifts, errors = walk(rows, found, statistic)
    interpolate(shifts, errors, ok)
    return Solution(shifts, errors, ok, reasons)


def _recognized(rows: TrackRows) -> dict[str, Any]:
    digest = hashlib.blake2b(digest_size=16)
    for array in (rows.frame, rows.particle, rows.places):
        digest.update(np.ascontiguousarray(array).tobytes())
    return {"rows": len(rows.frame), "particles": rows.particles, "digest": digest.hexdigest()}
