"""Neighbors that draw each other's probability."""

import numpy as np
import pytest
from statements.coupling import coupled as plainly

from specks import synth
from specks.mixture import Mixture, fit_mixture
from specks.mixture.coupling import coupled, neighbor_weights
from specks.synth import ParticleScene, truth


@pytest.mark.parametrize("weights", [(0.3, 1.0, 1.0), (1.0, 0.6, 1.0)])
def test_a_volume_is_coupled_as_the_statement_says(weights):
    own = np.random.default_rng(0).uniform(0.001, 0.999, (4, 7, 9)).astype(np.float32)
    whole = (slice(0, 4), slice(0, 7), slice(0, 9))
    found = coupled(lambda region: own[region], own.shape, whole, weights, 0.7)
    assert np.allclose(found, plainly(own, weights, 0.7), atol=1e-5)


def test_frames_of_a_series_do_not_touch():
    own = np.random.default_rng(1).uniform(0.001, 0.999, (3, 6, 8)).astype(np.float32)
    whole = (slice(0, 3), slice(0, 6), slice(0, 8))
    found = coupled(lambda region: own[region], own.shape, whole, (0.0, 1.0, 1.0), 0.5)
    for frame, expected in zip(found, own, strict=True):
        assert np.allclose(frame, plainly(expected[None], (0.0, 1.0, 1.0), 0.5)[0], atol=1e-5)


def test_weights_follow_the_steps():
    assert neighbor_weights("zyx", (5.0, 1.0, 1.0)) == pytest.approx((0.3, 1, 1), abs=0.002)
    assert neighbor_weights("tyx", (2.0, 1.0)) == pytest.approx((0, 0.595, 1), abs=0.001)


@pytest.fixture(scope="module")
def volume():
    return synth.particle_volume((8, 768, 768), ParticleScene(), seed=3)


def test_coupling_ranks_pixels_better(volume):
    scores = [
        truth.pixel_scores(
            fit_mixture(volume.image, "zyx", 10, "bright", coupling=strength).posterior(volume.image),
            volume.labels,
        )
        for strength in (0.0, 0.5)
    ]
    assert scores[1].average_precision > scores[0].average_precision + 0.01
    assert scores[1].counts(0.5).f1 > scores[0].counts(0.5).f1


def test_blocks_meet_without_a_seam_and_files_keep_it(volume, tmp_path):
    model = fit_mixture(volume.image, "zyx", 10, "bright", coupling=0.5)
    whole = model.posterior(volume.image)
    region = (slice(2, 4), slice(50, 171), slice(0, 90))
    assert np.array_equal(model.posterior_block(model.source, region), whole[region])
    model.save(tmp_path / "model")
    assert np.array_equal(Mixture.load(tmp_path / "model").posterior(volume.image), whole)
