"""What is left out of a volume by hand changes nothing around it."""

from __future__ import annotations

import numpy as np
import pytest

from specks import Mixture, fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks.synth import ParticleScene, particle_volume

SCENE = {"axes": "zyx", "diameter": 10, "polarity": "bright"}


@pytest.fixture(scope="module")
def volume():
    return particle_volume((4, 160, 160), ParticleScene(prevalence=0.02), seed=2).image


@pytest.fixture(scope="module")
def mask():
    y, x = np.mgrid[:160, :160]
    return np.hypot(y - 80, x - 80) < 60


@pytest.mark.parametrize("value", [0, 100, 255])
def test_masked_pixels_have_no_say(volume, mask, value):
    changed = np.where(mask, volume, value).astype(np.uint8)
    plain, other = (segment_particles(image, mask=mask, **SCENE) for image in (volume, changed))
    assert len(plain.objects) > 5
    assert np.array_equal(plain.posterior, other.posterior)
    assert np.array_equal(plain.labels, other.labels)


def test_as_pixels_that_are_no_numbers(volume, mask):
    floats = volume.astype(np.float32)
    lost = np.where(mask, floats, np.float32(np.nan))
    plain, other = segment_particles(volume, mask=mask, **SCENE), segment_particles(lost, **SCENE)
    assert np.array_equal(plain.labels, other.labels)
    np.testing.assert_allclose(plain.posterior, other.posterior, atol=1e-5)


def test_strokes_blocks_and_files_see_the_same(volume, mask, tmp_path):
    strokes = np.zeros(volume.shape, np.uint8)
    strokes[1, 60:64, 60:70], strokes[1, 90:94, 90:100] = 1, 2
    changed = np.where(mask, volume, 255).astype(np.uint8)
    log = Corrections().add("mask", array=mask).add("scribble", array=strokes)
    one, two = (fit_mixture(image, corrections=log, **SCENE) for image in (volume, changed))
    assert np.array_equal(one.tables, two.tables)
    whole = one.posterior(volume)
    part = (slice(1, 3), slice(20, 97), slice(33, 150))
    assert np.array_equal(one.posterior_block(one.source, part), whole[part])
    one.save(tmp_path / "model.specks")
    assert np.array_equal(Mixture.load(tmp_path / "model.specks").posterior(volume), whole)
