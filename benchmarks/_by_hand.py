"""What a hand that knows the truth would do to a result, and what that changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from skimage.draw import disk
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler

from benchmarks._micrographs import Micrograph, matches
from specks._core.corrections import Corrections
from specks.synth.truth import box_scores
from specks.synth.truth._counts import Counts

__all__ = ["answered", "by_the_best_cut", "centers", "stroked", "taught_by_half"]

STROKES, QUESTIONS = 3, 10
BACKGROUND, PARTICLE = 1, 2
#: What is less sure is no particle in any hindsight.
FAINT = 0.02


def centers(found: Any) -> np.ndarray:
    """y and x of what was found."""
    return found.objects[["y", "x"]].to_numpy()


def stroked(shot: Micrograph, found: Any, rng: np.random.Generator) -> tuple[float, float]:
    """F1 before and after strokes on some particles and beside some; clicked particles do not count."""
    clicked = rng.choice(len(shot.boxes), STROKES, replace=False)
    log = Corrections()
    for kind, places in ((PARTICLE, shot.boxes[clicked, :2]), (BACKGROUND, _beside(shot, rng))):
        for place in places:
            stroke = np.zeros(shot.image.shape, np.uint8)
            stroke[disk(place, max(shot.diameter / 6, 1.0), shape=stroke.shape)] = kind
            log = log.add("scribble", array=stroke)
    return tuple(_without(centers(result), shot.boxes, clicked) for result in (found, found.refit(log)))


def _beside(shot: Micrograph, rng: np.random.Generator) -> np.ndarray:
    """Points outside every box by a radius or more, but within three diameters of a particle."""
    near = cKDTree(shot.boxes[:, :2])
    chosen: list[np.ndarray] = []
    for _ in range(20_000):  # in crowded images there may be fewer than wanted
        place = rng.random(2) * (np.array(shot.image.shape) - 1)
        outside = np.abs(place - shot.boxes[:, :2]) >= shot.boxes[:, 2:] / 2 + shot.diameter / 2
        if outside.any(axis=1).all() and near.query(place)[0] <= 3 * shot.diameter:
            chosen.append(place)
        if len(chosen) == STROKES:
            break
    return np.array(chosen).reshape(-1, 2)


def _without(points: np.ndarray, boxes: np.ndarray, left_out: np.ndarray) -> float:
    """F1 without some boxes and without what takes them."""
    taken = matches(points, boxes)
    gone = int((taken[left_out] >= 0).sum())
    counts = Counts(len(points), len(boxes), int((taken >= 0).sum()))
    return Counts(counts.found - gone, counts.true - len(left_out), counts.matched - gone).f1


def by_the_best_cut(shot: Micrograph, found: Any) -> tuple[float, float]:
    """F1 before and with the certainty from which a peak counts that turns out best."""
    places, sure, _ = _peaks(shot, found)
    cuts = np.quantile(sure, np.linspace(0, 1, 101))
    before = box_scores(places[sure >= found.threshold], shot.boxes).f1
    return before, max(before, *(box_scores(places[sure >= cut], shot.boxes).f1 for cut in cuts))


def taught_by_half(shot: Micrograph, found: Any, rng: np.random.Generator) -> tuple[float, float]:
    """F1 before, and of peaks that are judged by all that is measured of them and the truth of the other half."""
    places, sure, measured = _peaks(shot, found)
    order = np.argsort(-sure, kind="stable")
    taken = matches(places[order], shot.boxes)
    true = np.zeros(len(places), bool)
    true[order[taken[taken >= 0]]] = True
    half, judged = rng.random(len(places)) < 0.5, sure.copy()
    for known in (half, ~half):
        if len(np.unique(true[known])) == 2:
            model = make_pipeline(RobustScaler(), LogisticRegression(C=0.3, max_iter=2000))
            judged[~known] = model.fit(measured[known], true[known]).predict_proba(measured[~known])[:, 1]
    f1 = [box_scores(places[p >= cut], shot.boxes).f1 for p, cut in ((sure, found.threshold), (judged, 0.45))]
    return f1[0], f1[1]


def _peaks(shot: Micrograph, found: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of what could be a particle, how sure each is, and what is measured of it."""
    columns, sure = found.model.peaks.columns, found.model.certainty
    some = sure > FAINT
    places = np.column_stack([columns["y"], columns["x"]]).astype(float)[some]
    odds = np.log((sure[some] + 1e-9) / (1 - sure[some] + 1e-9))
    gray = shot.image[tuple(places.round().astype(int).T)].astype(float)
    lonely = cKDTree(places).query(places, k=2)[0][:, 1]
    own = [columns[name][some] for name in ("radius_y", "radius_x", "contrast", "height")]
    return places, sure[some], np.column_stack([*own, odds, gray, lonely])


def answered(shot: Micrograph, found: Any) -> tuple[float, float]:
    """F1 before and after the least sure peaks were accepted or rejected.

    A peak is accepted when it lies in a box that nothing else takes.
    """
    model = found.model
    places = np.column_stack([model.peaks.columns["y"], model.peaks.columns["x"]]).astype(float)
    asked = np.argsort(np.abs(model.certainty - found.threshold), kind="stable")[:QUESTIONS]
    others = np.setdiff1d(np.flatnonzero(model.certainty >= found.threshold), asked)
    free = matches(places[others], shot.boxes) < 0
    accepted = matches(places[asked], shot.boxes[free])
    log = Corrections()
    for index, peak in enumerate(asked):
        kind = "accept" if index in accepted else "reject"
        log = log.add(kind, frame=None, position=places[peak].tolist())
    before, after = (box_scores(centers(r), shot.boxes).f1 for r in (found, found.refit(log)))
    return before, after
