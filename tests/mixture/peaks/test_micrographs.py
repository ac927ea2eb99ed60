"""Particles of real micrographs, against boxes that somebody drew around them."""

from __future__ import annotations

import numpy as np
import pytest

import specks.data
from specks import fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks.synth.truth import box_scores


@pytest.mark.parametrize(
    ("name", "polarity", "floor"),
    [("Pt2", "bright", 0.83), ("PtCo", "bright", 0.78), ("PtCo1", "dark", 0.70)],
)
def test_particles_of_real_micrographs_are_found(name, polarity, floor):
    boxes = specks.data.boxes(name)
    diameter = float(np.sqrt(boxes[:, 2] * boxes[:, 3]).mean())
    found = segment_particles(
        specks.data.micrograph(name), diameter=diameter, polarity=polarity, min_size=1
    ).objects
    assert box_scores(found[["y", "x"]], boxes).f1 > floor


def believed(model):
    return int((model.certainty >= 0.5).sum())


@pytest.mark.parametrize("name", ["Pt2", "PtCo1"])
def test_a_yes_to_what_is_about_even_lets_in_few_others(name):
    model = fit_mixture(specks.data.micrograph(name))
    doubtful = model.candidates().query("certainty < 0.5").iloc[0]
    said = model.refit(Corrections().add("accept", position=(doubtful.y, doubtful.x)))
    assert believed(model) < believed(said) < 1.25 * believed(model)


def test_answers_of_a_hand_that_knows_find_more():
    boxes = specks.data.boxes("PtCo1")
    found = segment_particles(specks.data.micrograph("PtCo1"), polarity="dark", min_size=1)
    before = box_scores(found.objects[["y", "x"]], boxes).f1
    log = Corrections()
    for _ in range(10):
        asked = found.model.candidates().iloc[0]
        in_a_box = (np.abs(boxes[:, :2] - (asked.y, asked.x)) <= 0.6 * boxes[:, 2:]).all(axis=1).any()
        log = log.add("accept" if in_a_box else "reject", position=(asked.y, asked.x))
        found = found.refit(log)
    assert box_scores(found.objects[["y", "x"]], boxes).f1 > before + 0.02


@pytest.mark.parametrize("name", ["Pt2", "PtCo1"])
def test_a_yes_to_what_is_sure_changes_nothing(name):
    model = fit_mixture(specks.data.micrograph(name))
    surest = model.candidates().sort_values("certainty").tail(10)
    log = Corrections()
    for place in surest.itertuples():
        log = log.add("accept", position=(place.y, place.x))
    assert believed(model.refit(log)) == believed(model)
