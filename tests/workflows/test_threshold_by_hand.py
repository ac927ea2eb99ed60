"""A threshold set by hand is a correction: it counts while it is in the log, and no longer."""

from __future__ import annotations

import numpy as np
import pytest

import specks
from specks import synth
from specks._core.corrections import Corrections


@pytest.fixture(scope="module")
def found():
    return specks.segment_particles(synth.particle_image((160, 160), seed=5).image, threshold=0.4)


def test_the_last_threshold_by_hand_cuts_the_posterior(found):
    log = Corrections().add("threshold", value=0.2).add("threshold", value=0.95)
    strict = found.refit(log)
    asked = specks.segment_particles(np.asarray(found.source.array), threshold=0.95)
    assert strict.threshold == 0.95
    assert np.array_equal(strict.labels, asked.labels)
    assert not np.array_equal(strict.labels, found.labels)


def test_taking_it_back_gives_the_threshold_that_was_asked_for(found):
    again = found.refit(Corrections().add("threshold", value=0.95)).refit(Corrections())
    assert again.threshold == 0.4
    assert np.array_equal(again.labels, found.labels)
