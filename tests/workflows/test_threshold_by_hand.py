"""A threshold set by hand is a correction: it counts while it is in the log, and no longer."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest

import specks
from specks import synth
from specks._core.corrections import Corrections
from specks._core.progress import drain


@pytest.fixture(scope="module")
def found():
    return specks.segment_particles(
        synth.particle_image((160, 160), seed=5).image, threshold=0.4, variable="contrast"
    )


def test_the_last_threshold_by_hand_cuts_the_posterior(found):
    log = Corrections().add("threshold", value=0.2).add("threshold", value=0.95)
    strict = found.refit(log)
    asked = specks.segment_particles(np.asarray(found.source.array), threshold=0.95, variable="contrast")
    assert strict.threshold == 0.95
    assert np.array_equal(strict.labels, asked.labels)
    assert not np.array_equal(strict.labels, found.labels)


def test_taking_it_back_gives_the_threshold_that_was_asked_for(found):
    again = found.refit(Corrections().add("threshold", value=0.95)).refit(Corrections())
    assert again.threshold == 0.4
    assert np.array_equal(again.labels, found.labels)


@pytest.mark.parametrize("lazy", [False, True])
def test_only_the_threshold_changes_and_the_posterior_stays(found, lazy):
    image = np.asarray(found.source.array)
    pixels = da.from_array(image, chunks=(80, 80)) if lazy else image
    before = specks.segment_particles(pixels, threshold=0.4, variable="contrast").refit(
        Corrections().add("threshold", value=0.6)
    )
    strict = before.refit(Corrections().add("threshold", value=0.95))
    assert strict.posterior is before.posterior
    asked = specks.segment_particles(image, threshold=0.95, variable="contrast")
    assert np.array_equal(np.asarray(strict.labels), asked.labels)
    pd.testing.assert_frame_equal(strict.objects, asked.objects)
    assert [r["value"] for r in strict.provenance.corrections] == [0.95]


def test_a_stroke_beside_a_threshold_counts(found):
    stroke = np.zeros((160, 160), np.uint8)
    stroke[5:40, 5:150] = 1
    log = Corrections().add("threshold", value=0.6)
    both = found.refit(log).refit(log.add("scribble", array=stroke))
    other = both.refit(log.add("scribble", array=np.where(stroke, 2, 0).astype(np.uint8)))
    assert not np.array_equal(both.posterior, found.posterior)
    assert not np.array_equal(other.posterior, both.posterior)
    assert np.array_equal(both.refit(log).posterior, found.posterior)


def test_an_array_for_the_posterior_is_filled_even_so(found):
    target = np.zeros((160, 160), np.float32)
    drain(found.refitting(Corrections().add("threshold", value=0.95), {"posterior": target}))
    assert np.array_equal(target, found.posterior)
