"""From what was measured, and what a hand says, to where every frame is and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from specks.drift.by_hand import ByHand
from specks.drift.joint import Joint
from specks.drift.measured import Measurements
from specks.drift.pairs import Candidates
from specks.drift.solve import AGREES, FEW, Placement, Ties, least_squares, place_frames

__all__ = [
    "NO_COMMON_DRIFT",
    "Solution",
    "completed",
    "interpolate",
    "keep_pairs",
    "reasons_of",
    "settle",
    "ties_of",
]

#: Contrast, relative to the other frames, below which a frame shows something else.
ELSEWHERE = 0.25
#: Standard error, in working pixels, from which a place is none.
LOOSE = 1.5
#: Standard error, in working pixels, of a place that was not refined.
ROUGH = 0.3
#: Standard error, in pixels of the image, of a mark that was set by hand.
MARK = 1.0

NO_COMMON_DRIFT = "no common drift found"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Where every frame is, in pixels of the image along z, y, x.

    Parameters
    ----------
    shifts : numpy.ndarray (frame, 3)
        Against the first good frame.
    errors : numpy.ndarray (frame, 3)
        Standard errors of `shifts`.
    ok : numpy.ndarray (frame,) of bool
        Whether a frame can be trusted; places of others are interpolated.
    reasons : tuple of str
        Why a frame cannot be trusted, or what was said by hand.
    """

    shifts: Floats
    errors: Floats
    ok: npt.NDArray[np.bool_]
    reasons: tuple[str, ...]


def settle(measured: Measurements, hand: ByHand, untouched: Placement | None = None) -> Solution:
    """Solve again, from measurements alone: no pixel is looked at.

    Parameters
    ----------
    measured : Measurements
    hand : ByHand
    untouched : Placement, optional
        Where frames are by the measurements, while no hand says otherwise, when that is known already.
    """
    n, joint, factors = len(measured.faults), measured.joint, measured.factors
    usable = np.array([not fault for fault in measured.faults]) & hand.used
    reasons = reasons_of(measured, hand)
    kept = keep_pairs(measured.candidates, usable)
    ties = ties_of(hand, usable, factors)
    silent = hand.used.all() and not len(ties.pairs)
    placed = untouched if untouched and silent else place_frames(kept, n, measured.size, ties)
    ok = usable if usable.sum() == 1 else _trusted(placed, usable, joint, hand, reasons)
    if ok.sum() < min(2, usable.sum()) or not usable.any():
        if not hand.shifts:
            return _nothing(n, usable, reasons)
        ok = np.zeros(n, np.bool_)
    shifts = _fine(kept, placed, joint, ok, ties, measured) * factors
    first = int(np.flatnonzero(ok)[0]) if ok.any() else 0
    shifts -= shifts[first]
    errors = _errors(joint, ok, first, factors)
    return completed(shifts, errors, ok, reasons, hand)


def reasons_of(measured: Measurements, hand: ByHand) -> list[str]:
    """Why frames cannot be used, as far as that is known before anything is solved."""
    return ["marked bad by hand" if b else f for b, f in zip(hand.bad, measured.faults, strict=True)]


def completed(
    shifts: Floats, errors: Floats, ok: npt.NDArray[np.bool_], reasons: list[str], hand: ByHand
) -> Solution:
    """A solution with the shifts that were set by hand, and places between those that are known."""
    for t, shift in hand.shifts.items():
        shifts[t], errors[t], ok[t], reasons[t] = shift, 0.0, True, "set by hand"
    interpolate(shifts, errors, ok)
    return Solution(shifts, errors, ok, tuple(reasons))


def keep_pairs(candidates: Candidates, usable: npt.NDArray[np.bool_]) -> Candidates:
    """Pairs of frames that can both be used."""
    keep = usable[candidates.pairs].all(axis=1)
    return replace(
        candidates,
        pairs=candidates.pairs[keep],
        shifts=candidates.shifts[keep],
        heights=candidates.heights[keep],
    )


def ties_of(hand: ByHand, usable: npt.NDArray[np.bool_], factors: Floats) -> Ties:
    """Landmarks between frames that can be used, in working pixels."""
    known = [(a, b, step) for a, b, step in hand.ties if usable[a] and usable[b]]
    if not known:
        return Ties()
    return Ties(np.array([(a, b) for a, b, _ in known], np.intp), np.array([s for *_, s in known]) / factors)


def _trusted(
    placed: Placement,
    usable: npt.NDArray[np.bool_],
    joint: Joint | None,
    hand: ByHand,
    reasons: list[str],
) -> npt.NDArray[np.bool_]:
    """Frames whose place is known; says why of the others."""
    ok = placed.ok & usable
    for t in np.flatnonzero(usable & ~ok).tolist():
        reasons[t] = "agrees with no other frame"
    if joint is not None:
        with np.errstate(invalid="ignore"):
            strange = ok & (joint.contrast < ELSEWHERE * np.nanmedian(joint.contrast))
        loose = ok & ~strange & (np.square(joint.influence).sum(axis=1).max(axis=1) > LOOSE**2)
        for t in np.flatnonzero(strange).tolist():
            reasons[t] = "shows something else than the other frames"
        for t in np.flatnonzero(loose).tolist():
            reasons[t] = "parts of the sample move differently"
        ok = ok & ~strange & ~loose
    for a, b, _ in hand.ties:
        for t in (a, b):
            if not ok[t] and usable[t]:
                ok[t], reasons[t] = True, "placed by landmarks"
    if ok.sum() < FEW * usable.sum():
        ok[:] = False
    return ok


def _nothing(n: int, usable: npt.NDArray[np.bool_], reasons: list[str]) -> Solution:
    """What is said when frames have nothing in common: that, and not a guess."""
    said = tuple(NO_COMMON_DRIFT if u else r for u, r in zip(usable, reasons, strict=True))
    return Solution(np.zeros((n, 3)), np.full((n, 3), np.nan), np.zeros(n, np.bool_), said)


def _fine(
    candidates: Candidates,
    placed: Placement,
    joint: Joint | None,
    ok: npt.NDArray[np.bool_],
    ties: Ties,
    measured: Measurements,
) -> Floats:
    """Refined pairs where they agree with the places; rough ones count for little, and marks hold the rest."""
    rough = placed.agreeing & ok[candidates.pairs].all(axis=1)
    expected = np.diff(placed.shifts[candidates.pairs[rough]], axis=1)[:, 0]
    rest = candidates.shifts[rough] - expected[:, None]
    rest -= measured.size * np.round(rest / measured.size)  # correlations repeat with the width of the frame
    best = np.abs(rest).sum(axis=2).argmin(axis=1)
    pairs = [candidates.pairs[rough], ties.pairs]
    targets = [expected + rest[np.arange(len(best)), best], ties.steps]
    typical = 1 / ROUGH**2
    weights = [
        np.full((int(rough.sum()), 3), typical),
        np.tile((measured.factors / MARK) ** 2, (len(ties.pairs), 1)),
    ]
    if joint is not None:
        off = joint.targets - np.diff(placed.shifts[joint.pairs], axis=1)[:, 0]
        fit = ok[joint.pairs].all(axis=1) & (np.linalg.norm(off, axis=1) < AGREES)
        if fit.any():
            weights[0] *= 0.01 * np.median(joint.weights[fit]) / typical
            pairs.append(joint.pairs[fit])
            targets.append(joint.targets[fit])
            weights.append(joint.weights[fit])
    return least_squares(np.concatenate(pairs), np.concatenate(targets), np.concatenate(weights), len(ok))


def _errors(joint: Joint | None, ok: npt.NDArray[np.bool_], first: int, factors: Floats) -> Floats:
    """Standard errors against the first good frame, from how much blocks of the sample disagree."""
    errors = np.full((len(ok), 3), ROUGH)
    if joint is not None:
        refined = np.isfinite(joint.contrast)
        against = joint.influence - joint.influence[first]
        errors[refined] = np.sqrt((against[refined] ** 2).sum(axis=1))
    errors[first] = 0.0
    scaled: Floats = errors * factors
    return scaled


def interpolate(shifts: Floats, errors: Floats, ok: npt.NDArray[np.bool_]) -> None:
    """Frames that cannot be trusted lie between those that can; the error grows with the distance to these.

    Parameters
    ----------
    shifts, errors : numpy.ndarray (frame, 3)
        Changed in place.
    ok : numpy.ndarray (frame,) of bool
        One frame at least can be trusted.
    """
    good, bad = np.flatnonzero(ok), np.flatnonzero(~ok)
    if not len(bad):
        return
    steps = (
        np.diff(shifts[good], axis=0) / np.sqrt(np.diff(good))[:, None] if len(good) > 1 else np.zeros((1, 3))
    )
    wander = np.sqrt(np.median(steps**2, axis=0) / 0.455)  # of a normal variable squared, .455 is the median
    before = np.searchsorted(good, bad) - 1
    left, right = good[np.maximum(before, 0)], good[np.minimum(before + 1, len(good) - 1)]
    to_left, to_right = np.abs(bad - left).astype(float), np.abs(right - bad).astype(float)
    way = np.where(left == right, to_left, to_left * to_right / np.maximum(to_left + to_right, 1))
    for axis in range(3):
        shifts[bad, axis] = np.interp(bad, good, shifts[good, axis])
        ends = np.interp(bad, good, errors[good, axis] ** 2)
        errors[bad, axis] = np.sqrt(ends + wander[axis] ** 2 * way)
