"""What a hand has said of peaks: strokes on them, and particles accepted or rejected one by one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks.mixture.peaks.table import Peaks
from specks.mixture.strokes import BACKGROUND, PARTICLE, painted

__all__ = ["ACCEPTED", "POINTED", "REJECTED", "check_verdicts", "said"]

#: Verdicts: a particle or none when it was asked, and a particle that it has shown by a stroke.
ACCEPTED, REJECTED, POINTED = 1, -1, 2
#: A stroke means the nearest peak at most this many radii away.
REACH = 1.0


def check_verdicts(corrections: Corrections, variable: str, shape: tuple[int, ...]) -> None:
    """Refuse verdicts on particles that cannot be meant.

    Parameters
    ----------
    corrections : Corrections
        Records of the kinds "accept" and "reject" are looked at.
    variable : str
        What the model compares.
    shape : tuple of int
        Of the image.

    Raises
    ------
    CorrectionError
        When the model knows no peaks, or a frame or position lies outside the image.
    """
    frames = shape[0] if len(shape) > 2 else 1
    faults = []
    for record in corrections.of("accept", "reject"):
        kind, frame, position = record["kind"], record["frame"] or 0, record["position"]
        if variable != "peaks":
            faults.append(f'{kind} needs variable="peaks"; this model compares {variable}')
        elif frame >= frames:
            faults.append(f"{kind} names frame {frame}; the image has {frames} (from 0)")
        elif not all(-0.5 <= p <= n - 0.5 for p, n in zip(position[-2:], shape[-2:], strict=True)):
            faults.append(
                f"{kind} names the position {tuple(position[-2:])}; the image has {shape[-2:]} pixels along y and x"
            )
    if faults:
        raise CorrectionError(list(dict.fromkeys(faults)))  # a fault of many is said once


def said(corrections: Corrections, peaks: Peaks, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """What a hand has said of each peak: `ACCEPTED`, `REJECTED`, `POINTED`; 0 of most.

    Later records overrule earlier ones.

    Parameters
    ----------
    corrections : Corrections
        Records of the kinds "scribble", "accept" and "reject".
    peaks : Peaks
    shape : tuple of int
        Of the image.

    Raises
    ------
    CorrectionError
        When strokes do not fit the image.
    """
    verdict = np.zeros(int(peaks.first[-1]), np.int8)
    for number, plane in painted(corrections, shape).items():
        for kind, meaning in ((BACKGROUND, REJECTED), (PARTICLE, POINTED)):
            places = np.argwhere(plane == kind).astype(np.float64)
            verdict[peaks.first[number] + _meant(places, peaks, number)] = meaning
    per_frame = (len(peaks.first) - 1) // (shape[0] if len(shape) > 2 else 1)
    for record in corrections.of("accept", "reject"):
        number = (record["frame"] or 0) * per_frame
        found = _meant(np.array([record["position"]], np.float64)[:, -2:], peaks, number)
        verdict[peaks.first[number] + found] = ACCEPTED if record["kind"] == "accept" else REJECTED
    return verdict


def _meant(places: npt.NDArray[np.float64], peaks: Peaks, number: int) -> npt.NDArray[np.int64]:
    """Peaks of a slice that are meant by places: for each place the nearest, in radii."""
    from scipy.spatial import cKDTree

    columns = peaks.of(number)
    if not len(places) or not len(columns["y"]):
        return np.zeros(0, np.int64)
    centers = np.column_stack([columns["y"], columns["x"]]).astype(np.float64)
    radii = np.maximum(columns["radius_y"], columns["radius_x"]).astype(np.float64)
    near = cKDTree(centers).query_ball_point(places, REACH * float(radii.max()))
    meant = set()
    for place, others in zip(places, near, strict=True):
        if others:
            away = np.hypot(*(centers[others] - place).T) / radii[others]
            best = int(np.argmin(away))
            if away[best] <= REACH:
                meant.add(others[best])
    return np.array(sorted(meant), np.int64)
