"""Find in a residual what a fit has missed."""

from __future__ import annotations

import warnings
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
#: And is farther from where it was found, and from others, than these parts of the diameter it was located in.
STRAYED, APART = 1.0, 0.3


def find_missed(
    scene: RefineScene, frame: int, number: int, values: Mapping[str, Any], corrections: Corrections
) -> Generator[Progress, None, Corrections]:
    """A log with a point added for each feature that the residual of a frame holds.

    What is located there is fitted together with what is known already, and stays only if the fit finds it.

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
    yield Progress(0, 3, "Locating in the residual")
    residual = scene.refined.residual(number)
    found = yield from _located(residual, values)
    places = found[scene.letters].to_numpy(float)
    width = float(np.min(np.asarray(values["diameter"], float)))
    known = scene.positions[scene.rows_of(frame)]
    places = places[_away(places, known) > APART * width]
    if not len(places):
        return corrections
    yield Progress(1, 3, "Fitting what was found")
    tried = _with(corrections, frame, places)
    fit = yield from scene.refined.refitting(tried)
    rows = fit.table.iloc[-len(places) :]
    signal, spread = rows["signal"].abs(), rows.get("signal_std", 0.0)
    usual = scene.table.loc[scene.table["ok"], "signal"].abs().median()
    strayed = np.linalg.norm(rows[scene.letters].to_numpy(float) - places, axis=1) > STRAYED * width
    there = rows["ok"] & (signal >= SURE * spread) & ~(signal < FAINTEST * usual) & ~strayed
    return _with(corrections, frame, places[there.to_numpy(bool)])


def _located(residual: npt.NDArray[np.float64], values: Mapping[str, Any]) -> Generator[Progress, None, Any]:
    settings = {name: value for name, value in values.items() if name != "topn"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nothing to be found is what is hoped for
        return (yield from locate.iterate(np.nan_to_num(residual), axes="zyx"[-residual.ndim :], **settings))


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
