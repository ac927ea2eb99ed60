"""Which rows are to be trusted, and why others are not."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from specks.refinement._plan import Plan
from specks.refinement._reasons import FAILED, REASONS
from specks.refinement._run import Found
from specks.refinement.fit._alone_kernels import FLAT, LIMIT
from specks.refinement.fit.arrays import POSITION, SIGNAL, Floats

__all__ = ["Verdict", "holds", "judge", "too_costly"]

Verdict: TypeAlias = tuple[npt.NDArray[np.bool_], npt.NDArray[np.object_]]
#: A signal of fewer standard errors than this is none.
FAINTEST = 3.0
#: Nor is one that is so small a part of where it began and of the brightest pixel, or so small at all.
NOTHING, TINY = 1e-9, 1e-100
#: Pressure on a bound of the background, in standard errors, from which on it matters.
PRESSED = 4.0
#: Features that begin closer than this are the same, in pixels.
SAME = 1e-3


def holds(plan: Plan, found: Found) -> dict[str, npt.NDArray[np.bool_]]:
    """For each code, for which rows of the plan it holds."""
    fitted, n = found.fitted, len(plan.rows)
    tried = found.ran & ~plan.rows.bad
    inside = fitted.seen > 0
    signal, spread = np.abs(fitted.values[:, SIGNAL]), fitted.deviation[:, SIGNAL]
    said = {code: np.zeros(n, bool) for code in REASONS}
    said["bad_input"] = plan.rows.bad
    said["not_run"] = ~found.ran & ~plan.rows.bad
    said["out_of_image"] = tried & ~inside
    on = tried & inside
    said["max_iter"] = on & ((fitted.ended == LIMIT) | (fitted.ended == FLAT))
    with np.errstate(invalid="ignore"):
        said["no_signal"] = on & ((signal < FAINTEST * spread) | (signal <= _nothing(found)))
        # What fewer pixels say than there is to be found out is nothing either.
        said["no_signal"] |= on & (fitted.pixels <= fitted.unknowns)
    said["cost"] = on & too_costly(plan, found)
    said["at_bound"] = on & at_bound(plan, found).any(axis=1)
    said["duplicate"] = on & _duplicates(plan, found)
    said["swapped"], said["unresolved"] = _neighbors(plan, found, on)
    said["touching_border"] = on & _on_border(plan, fitted.values)
    said["saturated"] = on & found.saturated
    return said


def judge(plan: Plan, found: Found) -> Verdict:
    """Whether each row of the plan is to be trusted, and the code of what is to be known of it."""
    said = holds(plan, found)
    reason = np.full(len(plan.rows), "", object)
    failed = np.zeros(len(plan.rows), bool)
    for code in reversed(REASONS):
        reason[said[code]] = code
    for code in FAILED:
        failed |= said[code]
    # What fails a row is told before what only warns.
    for code in reversed(FAILED):
        reason[said[code]] = code
    return ~failed, reason


def cost_of(found: Found) -> Floats:
    """Root mean square of the residuals, as a part of the brightest pixel of the frame."""
    with np.errstate(invalid="ignore", divide="ignore"):
        cost: Floats = np.sqrt(found.fitted.cost / found.fitted.pixels) / np.abs(found.brightest)
    return cost


def _nothing(found: Found) -> Floats:
    """Signals that are rounding: images without noise, or of one gray level, have no other measure."""
    scale = np.fmax(np.abs(found.start[:, SIGNAL]), np.abs(found.brightest))
    return np.asarray(np.fmax(NOTHING * scale, TINY))


def too_costly(plan: Plan, found: Found) -> npt.NDArray[np.bool_]:
    """Rows whose residuals are larger than was allowed."""
    with np.errstate(invalid="ignore"):
        return np.asarray(cost_of(found) > plan.settings.max_rms_dev)


def at_bound(plan: Plan, found: Found) -> npt.NDArray[np.bool_]:
    """Which parameters of each row a bound stopped; a background only where it presses hard."""
    stopped = found.fitted.held > 0
    stopped[:, [p for p in range(stopped.shape[1]) if p not in plan.parameters.columns]] = False
    stopped[:, 0] &= found.fitted.pressure > PRESSED
    return stopped


def _duplicates(plan: Plan, found: Found) -> npt.NDArray[np.bool_]:
    """Rows that begin where another of their frame does."""
    place = np.where(plan.rows.bad[:, None], -1e9, found.start[:, POSITION : POSITION + 3])
    at = np.round(place / SAME).astype(np.int64)
    order = np.lexsort((*at.T, plan.rows.frame))
    keys = np.column_stack([plan.rows.frame, at])[order]
    same = (keys[1:] == keys[:-1]).all(axis=1)
    twice = np.zeros(len(order), bool)
    twice[order[1:][same]] = twice[order[:-1][same]] = True
    return twice


def _neighbors(
    plan: Plan, found: Found, on: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Rows that changed places with one of their cluster, and such that cannot be told from one."""
    swapped, unresolved = np.zeros(len(on), bool), np.zeros(len(on), bool)
    place = slice(POSITION, POSITION + 3)
    start, end = found.start[:, place], found.fitted.values[:, place]
    spread = np.nan_to_num(found.fitted.deviation[:, place])
    i, j = _pairs(plan)
    both = on[i] & on[j]
    i, j = i[both], j[both]
    if not len(i):
        return swapped, unresolved
    crossed = ((end[i] - start[j]) ** 2).sum(1) + ((end[j] - start[i]) ** 2).sum(1)
    straight = ((end[i] - start[i]) ** 2).sum(1) + ((end[j] - start[j]) ** 2).sum(1)
    distance = ((end[i] - end[j]) ** 2).sum(1)
    doubt = (spread[i] ** 2 + spread[j] ** 2).sum(1)
    for flags, true in ((swapped, crossed < straight), (unresolved, distance < doubt)):
        flags[i[true]] = flags[j[true]] = True
    return swapped, unresolved


def _pairs(plan: Plan) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows of the same cluster, two by two, that began no farther apart than twice the separation."""
    from scipy.spatial import cKDTree

    rows = plan.rows
    together = np.flatnonzero((rows.cluster_size > 1) & ~rows.bad)
    if not len(together):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    at = [plan.parameters.column(name) for name in plan.parameters.positions]
    scaled = rows.start[together][:, at] / np.asarray(plan.settings.separation)
    pairs = cKDTree(np.column_stack([scaled, 8.0 * rows.frame[together]])).query_pairs(
        2.0, output_type="ndarray"
    )
    i, j = together[pairs[:, 0]], together[pairs[:, 1]]
    same = rows.cluster[i] == rows.cluster[j]
    return i[same], j[same]


def _on_border(plan: Plan, values: Floats) -> npt.NDArray[np.bool_]:
    """Rows whose mask is cut by the border of the image."""
    n = len(plan.parameters.positions)
    at = values[:, POSITION + 3 - n : POSITION + 3]
    radius, shape = plan.settings.radius[3 - n :], np.array(plan.frames.shape)
    return np.asarray(((at - radius < -0.5) | (at + radius > shape - 0.5)).any(axis=1))
