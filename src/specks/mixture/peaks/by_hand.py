"""What a hand has said of peaks: strokes on them, and particles accepted or rejected one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks.mixture.peaks.near import pairs_within
from specks.mixture.peaks.table import Peaks
from specks.mixture.strokes import BACKGROUND, PARTICLE, painted

__all__ = ["ACCEPTED", "POINTED", "REJECTED", "Said", "check_verdicts", "said"]

#: Verdicts: a particle or none when it was asked, and a particle that it has shown by a stroke.
ACCEPTED, REJECTED, POINTED = 1, -1, 2
#: A stroke means the nearest peak at most this many radii away.
REACH = 1.0


def check_verdicts(corrections: Corrections, variable: str, shape: tuple[int, ...]) -> None:
    """Refuse verdicts on particles that cannot be meant, and thresholds that are no probability.

    Parameters
    ----------
    corrections : Corrections
        Records of the kinds "accept", "reject" and "threshold" are looked at.
    variable : str
        What the model compares.
    shape : tuple of int
        Of the image.

    Raises
    ------
    CorrectionError
        When the model knows no peaks, a frame or position lies outside the image, or a threshold outside 0 to 1.
    """
    frames = shape[0] if len(shape) > 2 else 1
    cuts = [record["value"] for record in corrections.of("threshold")]
    faults = [f"threshold is {cut}; it must lie from 0 to 1" for cut in cuts if not 0 <= cut <= 1]
    for record in corrections.of("accept", "reject"):
        kind, frame, position = record["kind"], record["frame"] or 0, record["position"]
        if variable != "peaks":
            faults.append(f'{kind} needs variable="peaks"; this model compares {variable}')
        elif frames > 1 and record["frame"] is None:
            faults.append(
                f"{kind} names no frame; the image has {frames}, so say which with frame=0 to {frames - 1}"
            )
        elif frame >= frames:
            faults.append(f"{kind} names frame {frame}; the image has {frames} (from 0)")
        elif not all(-0.5 <= p <= n - 0.5 for p, n in zip(position[-2:], shape[-2:], strict=True)):
            faults.append(
                f"{kind} names the position {tuple(position[-2:])}; the image has {shape[-2:]} pixels along y and x"
            )
    if faults:
        raise CorrectionError(list(dict.fromkeys(faults)))  # a fault of many is said once


@dataclass(frozen=True, eq=False)
class Said:
    """What a hand has said of peaks.

    Parameters
    ----------
    verdicts : numpy.ndarray (peaks,) of int8
        `ACCEPTED`, `REJECTED`, `POINTED`; 0 of most.
    in_vain : int
        How many strokes on particles, and accepted places, mean no peak: nothing stands out there.
    """

    verdicts: npt.NDArray[np.int8]
    in_vain: int


def said(corrections: Corrections, peaks: Peaks, shape: tuple[int, ...]) -> Said:
    """What a hand has said of each peak; later records overrule earlier ones.

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
    verdicts, in_vain = np.zeros(int(peaks.first[-1]), np.int8), 0
    for number, plane in painted(corrections, shape).items():
        for marked, meaning in ((plane == BACKGROUND, REJECTED), (plane >= PARTICLE, POINTED)):
            places = np.argwhere(marked)
            meant = _nearest(places, peaks, number)
            verdicts[peaks.first[number] + meant[meant >= 0]] = meaning
            if meaning == POINTED:
                in_vain += _strokes_beside(places, meant)
    per_frame = (len(peaks.first) - 1) // (shape[0] if len(shape) > 2 else 1)
    for frame, records in _by_frame(corrections.of("accept", "reject")).items():
        number = frame * per_frame
        spots = np.array([record["position"][-2:] for record in records], np.float64)
        for record, peak in zip(records, _nearest(spots, peaks, number), strict=True):
            if peak >= 0:
                verdicts[peaks.first[number] + peak] = ACCEPTED if record["kind"] == "accept" else REJECTED
            elif record["kind"] == "accept":
                in_vain += 1
    return Said(verdicts, in_vain)


def _strokes_beside(places: npt.NDArray[np.int64], meant: npt.NDArray[np.int64]) -> int:
    """How many strokes, which are connected pixels, mean no peak with any of theirs."""
    from scipy import ndimage as ndi

    if not len(places):
        return 0
    inside = places - places.min(axis=0)
    box = np.zeros(inside.max(axis=0) + 1, np.bool_)
    box[tuple(inside.T)] = True
    strokes, many = ndi.label(box, np.ones((3, 3)))
    return int(many - len(np.unique(strokes[tuple(inside[meant >= 0].T)])))


def _by_frame(records: Iterable[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    """Records of each frame, in order: a frame's peaks are searched once, however many there are."""
    frames: dict[int, list[Mapping[str, Any]]] = {}
    for record in records:
        frames.setdefault(record["frame"] or 0, []).append(record)
    return frames


def _nearest(places: npt.NDArray[Any], peaks: Peaks, number: int) -> npt.NDArray[np.int64]:
    """For each place the peak of a slice that it means: the nearest, in radii; -1 where there is none."""
    columns = peaks.of(number)
    meant = np.full(len(places), -1, np.int64)
    if not len(places) or not len(columns["y"]):
        return meant
    y, x = (columns[name].astype(np.float64) for name in "yx")
    radii = np.maximum(columns["radius_y"], columns["radius_x"]).astype(np.float64)
    there_y, there_x = np.ascontiguousarray(places.T, np.float64)
    which, part = pairs_within(y, x, there_y, there_x, np.full(len(places), REACH * radii.max()))
    away = np.hypot(y[part] - there_y[which], x[part] - there_x[which]) / radii[part]
    near = np.flatnonzero(away <= REACH)
    order = near[np.lexsort((part[near], away[near], which[near]))]
    reached, first = np.unique(which[order], return_index=True)
    meant[reached] = part[order[first]]
    return meant
