"""Find in a residual what a fit has missed."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks.refinement import locate
from specks.ui.refine_scene import RefineScene

__all__ = ["find_missed"]

#: What is added has at least this share of the usual signal, and this many standard errors of its own.
FAINTEST, SURE = 0.25, 5.0
#: Something is no farther from where it was found than this, nor closer to others, in diameters it was located in.
STRAYED, APART = 1.0, 0.3
#: How often the residual is looked at anew: where one is missed its neighbors lie between, and leave over lobes.
ROUNDS = 4


def find_missed(
    scene: RefineScene, frame: int, number: int, values: Mapping[str, Any], corrections: Corrections
) -> Generator[Progress, None, Corrections]:
    """A log with a point added for each feature that the residual of a frame holds.

    Of what is located close together the brightest is added first; it stays only if the fit finds it, together
    with what is known already.

    Parameters
    ----------
    scene : RefineScene
    frame : int
        In view.
    number : int
        By which the fit knows that frame.
    values : mapping
        Settings of `specks.locate`.
    corrections : Corrections
        What was corrected so far.
    """
    width = float(np.min(np.asarray(values["diameter"], float)))
    reach = float(np.min(scene.refined.known.plan.settings.separation))
    usual = float(scene.table.loc[scene.table["ok"], "signal"].abs().median())
    fit, log = scene.refined, corrections
    for turn in range(ROUNDS):
        yield Progress(turn, ROUNDS, "Looking at what is left over")
        places = yield from _located(fit.residual(number), values, scene.letters)
        now = RefineScene(scene.view, fit)
        here = now.rows_of(frame)
        places = _brightest(places[_away(places, now.positions[here]) > APART * width], reach)
        places = _one_each(places, now.positions[here], now.table["cluster"].to_numpy()[here], reach)
        if not len(places):
            break
        tried = yield from fit.refitting(_with(log, frame, places))
        rows = tried.table.iloc[-len(places) :]
        signal, spread = rows["signal"].abs(), rows.get("signal_std", 0.0)
        # What is added may change places with a neighbor that had slid into the gap.
        ended = RefineScene(scene.view, tried)
        strayed = _away(places, ended.positions[ended.rows_of(frame)]) > STRAYED * width
        there = rows["ok"] & (signal >= SURE * spread) & ~(signal < FAINTEST * usual) & ~strayed
        if not there.any():
            break
        log = _with(log, frame, places[there.to_numpy(bool)])
        fit = tried if there.all() else (yield from fit.refitting(log))
    return log


def _brightest(places: npt.NDArray[np.float64], reach: float) -> npt.NDArray[np.float64]:
    """Of places, the brightest first, those that are farther than `reach` from all brighter ones."""
    kept = np.empty((0, places.shape[1]))
    for place in places:
        if _away(place[None], kept)[0] > reach:
            kept = np.vstack([kept, place])
    return kept


def _one_each(
    places: npt.NDArray[np.float64], known: npt.NDArray[np.float64], clusters: npt.NDArray[Any], reach: float
) -> npt.NDArray[np.float64]:
    """Of places, the brightest first, one for each cluster: a lobe of what is missed spoils the fit of a long one."""
    taken: set[Any] = set()
    kept = np.zeros(len(places), bool)
    for i, place in enumerate(places):
        near = set(clusters[np.linalg.norm(known - place, axis=1) <= reach].tolist())
        kept[i] = not near & taken
        taken |= near
    return places[kept]


def _located(
    residual: npt.NDArray[np.float64], values: Mapping[str, Any], letters: list[str]
) -> Generator[Progress, None, npt.NDArray[np.float64]]:
    """Places, the brightest first."""
    settings = {name: value for name, value in values.items() if name != "topn"}
    found = yield from locate.iterate(np.nan_to_num(residual), axes="zyx"[-residual.ndim :], **settings)
    places: npt.NDArray[np.float64] = found.sort_values("mass", ascending=False)[letters].to_numpy(float)
    return places


def _away(places: npt.NDArray[np.float64], known: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Distance of each place from the nearest one that is known."""
    from scipy.spatial import cKDTree

    known = known[np.isfinite(known).all(axis=1)]
    if not len(known) or not len(places):
        return np.full(len(places), np.inf)
    found: npt.NDArray[np.float64] = cKDTree(known).query(places)[0]
    return found


def _with(log: Corrections, frame: int, places: npt.NDArray[np.float64]) -> Corrections:
    for place in places:
        log = log.add("point_add", frame=frame, position=[round(float(value), 2) for value in place])
    return log
