"""What a model says of its own errors, and what it is doubtful of."""

import numpy as np
import pytest

from specks import synth
from specks._core.corrections import Corrections
from specks.mixture import Mixture, fit_mixture
from specks.synth import ParticleScene


def test_expected_errors_are_means_of_the_certainties():
    image = synth.particle_image((300, 300), ParticleScene(prevalence=0.03), seed=2).image
    model = fit_mixture(image, diameter=10, polarity="bright")
    found = model.certainty >= 0.7
    promise = model.expected(0.7)
    assert promise.precision == pytest.approx(model.certainty[found].mean())
    assert promise.recall == pytest.approx(model.certainty[found].sum() / model.certainty.sum())


def test_expected_errors_of_pixels():
    volume = synth.particle_volume((4, 200, 200), ParticleScene(prevalence=0.02), seed=2)
    model = fit_mixture(volume.image, "zyx", 10, "bright")
    posterior = model.posterior(volume.image).astype(np.float64)
    found = posterior >= 0.5
    promise = model.expected(0.5)
    assert promise.precision == pytest.approx(posterior[found].mean(), rel=1e-5)
    assert promise.recall == pytest.approx(posterior[found].sum() / posterior.sum(), rel=1e-5)


def test_nothing_found_promises_nothing():
    image = np.random.default_rng(0).normal(100, 5, (120, 120))
    promise = fit_mixture(image, diameter=10, polarity="bright").expected(0.5)
    assert np.isnan(promise.precision)


def test_candidates_come_least_sure_first():
    series = np.stack(
        [synth.particle_image((160, 160), ParticleScene(prevalence=0.03), seed=s).image for s in (1, 2)]
    )
    model = fit_mixture(series, "tyx", 10, "bright")
    table = model.candidates()
    assert list(table) == ["frame", "y", "x", "diameter", "height", "certainty"]
    assert len(table) == len(model.certainty)
    assert (np.abs(table["certainty"] - 0.5).diff().dropna() >= 0).all()
    assert set(table["frame"]) == {0, 1}


def test_each_frame_has_a_model_of_its_own_when_asked(tmp_path):
    scenes = [ParticleScene(prevalence=0.03, noise=noise) for noise in (4.0, 12.0)]
    series = np.stack([synth.particle_image((200, 200), scene, seed=4).image for scene in scenes])
    each = fit_mixture(series, "tyx", 10, "bright", fit_per="frame")
    for frame, image in enumerate(series):
        alone = fit_mixture(image, "yx", 10, "bright")
        assert np.array_equal(each.certainty[each.peaks.span(frame)], alone.certainty)
    together = fit_mixture(series, "tyx", 10, "bright")
    assert not np.array_equal(together.certainty, each.certainty)
    each.save(tmp_path / "model")
    assert np.array_equal(Mixture.load(tmp_path / "model").refit().certainty, each.certainty)


def test_pixels_of_each_frame_too():
    scenes = [ParticleScene(prevalence=0.03, noise=noise) for noise in (4.0, 12.0)]
    series = np.stack([synth.particle_image((200, 200), scene, seed=4).image for scene in scenes])
    each = fit_mixture(series, "tyx", 10, "bright", variable="contrast", fit_per="frame")
    for frame, image in enumerate(series):
        alone = fit_mixture(image, "yx", 10, "bright", variable="contrast")
        assert np.allclose(each.tables[frame], alone.tables[0])


@pytest.mark.parametrize(("polarity", "end"), [("bright", 255), ("dark", 0)])
def test_a_saturated_image_is_doubted(polarity, end):
    rng = np.random.default_rng(0)
    image = rng.normal(128, 5, (200, 200)).astype(np.uint8)
    image[60:75, 60:75] = image[110:125, 90:105] = end
    assert any(
        "end of the image's range" in w for w in fit_mixture(image, diameter=15, polarity=polarity).warnings
    )
    other = "dark" if polarity == "bright" else "bright"
    assert fit_mixture(image, diameter=15, polarity=other).saturation == 0


def test_twelve_bits_in_sixteen_are_saturated_at_their_own_end():
    image = np.random.default_rng(0).normal(2000, 50, (200, 200)).astype(np.uint16)
    image[90:105, 60:75] = 4095
    assert fit_mixture(image, diameter=15, polarity="bright").saturation == pytest.approx(225 / (128 * 200))
    assert fit_mixture(image.astype(np.float32), diameter=15, polarity="bright").saturation == 0


def test_a_stack_whose_slices_drift_is_doubted():
    stack = np.random.default_rng(0).normal(100, 5, (6, 96, 96))
    even = fit_mixture(stack, "zyx", 8, "bright")
    assert not any("drifts" in text for text in even.warnings)
    stack[4] = 100 + 2 * (stack[4] - 100)
    (sentence,) = (text for text in fit_mixture(stack, "zyx", 8, "bright").warnings if "drifts" in text)
    assert "1 of 6 slices" in sentence
    assert "slice 4: 2 times" in sentence
    log = Corrections().add("exclude_frame", frame=4)
    left = fit_mixture(stack, "zyx", 8, "bright", corrections=log)
    assert not any("drifts" in text for text in left.warnings)
