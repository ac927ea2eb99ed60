"""What a hand says of single particles counts, without a pixel being read again."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from discs import scene
from scipy import ndimage as ndi

from specks import Mixture, fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError, InputError
from specks._core.source import array_source


@functools.cache
def case():
    """A series of two frames, fitted, and the peaks of the second one."""
    image = np.stack([scene(seed=seed, noise=9)[0] for seed in range(2)])
    model = fit_mixture(image, axes="tyx", diameter=10, polarity="bright")
    return image, model, model.peaks.of(1), model.certainty[model.peaks.span(1)]


class Closed(type(array_source(np.zeros((2, 2))))):
    def read(self, region):
        raise AssertionError("read again")


def closed(model, image):
    return model.attached(Closed(image, model.source.geometry))


def place(columns, number):
    return [float(columns["y"][number]), float(columns["x"][number])]


def certainties(model):
    return model.certainty[model.peaks.span(1)]


def test_accepted_and_rejected_peaks_are_what_was_said_of_them():
    image, model, columns, before = case()
    best, other = int(np.argmax(before)), int(np.argsort(columns["height"])[-20])
    assert before[best] > 0.9
    assert before[other] < 0.1
    log = Corrections().add("reject", frame=1, position=place(columns, best))
    log = log.add("accept", frame=1, position=place(columns, other))
    after = certainties(closed(model, image).refit(log))
    assert after[best] < 1e-5
    assert after[other] > 1 - 1e-5
    first = model.peaks.span(0)
    assert np.array_equal(model.refit(log).certainty[first] > 0.5, model.certainty[first] > 0.5)


def test_the_later_verdict_counts():
    _, model, columns, before = case()
    where = {"frame": 1, "position": place(columns, int(np.argmax(before)))}
    both = Corrections().add("accept", **where).add("reject", **where)
    assert certainties(model.refit(both)).max() > 0.9
    assert certainties(model.refit(both))[np.argmax(before)] < 1e-5
    assert certainties(model.refit(both.add("accept", **where)))[np.argmax(before)] > 1 - 1e-5


def test_a_verdict_beside_all_peaks_says_nothing():
    _, model, columns, _ = case()
    y, x = np.mgrid[:200, :240]
    away = np.min(
        [
            np.hypot(y - v, x - u) / r
            for v, u, r in zip(columns["y"], columns["x"], columns["radius_y"], strict=True)
        ],
        axis=0,
    )
    far = [int(n) for n in np.unravel_index(away.argmax(), away.shape)]
    assert away[tuple(far)] > 1
    after = model.refit(Corrections().add("reject", frame=1, position=far))
    assert np.array_equal(after.certainty, model.certainty)


def test_strokes_mean_the_peaks_under_them():
    image, model, columns, before = case()
    best, other = int(np.argmax(before)), int(np.argsort(columns["height"])[-20])
    annotation = np.zeros(image.shape, np.uint8)
    for number, kind in ((best, 1), (other, 2)):
        y, x = np.round(place(columns, number)).astype(int)
        annotation[1, y, x - 1 : x + 2] = kind
    log = Corrections().add("scribble", array=annotation)
    refitted = closed(model, image).refit(log)
    assert certainties(refitted)[best] < 1e-5
    assert certainties(refitted)[other] > 1 - 1e-5
    fitted = fit_mixture(image, axes="tyx", diameter=10, polarity="bright", scribbles=annotation)
    assert np.array_equal(fitted.certainty, refitted.certainty)
    one = model.refit(Corrections().add("scribble", array=annotation[1], frame=1))
    assert np.array_equal(one.certainty, refitted.certainty)


def test_taking_verdicts_back_gives_the_first_result_again():
    image, _, columns, before = case()
    first = segment_particles(image, axes="tyx", diameter=10, polarity="bright")
    log = Corrections().add("reject", frame=1, position=place(columns, int(np.argmax(before))))
    fewer = first.refit(log)
    assert len(fewer.objects) == len(first.objects) - 1
    again = fewer.refit(log.undo())
    for name in ("certainty", "tables", "share"):
        assert np.array_equal(getattr(again.model, name), getattr(first.model, name)), name
    assert np.array_equal(again.labels, first.labels)
    assert np.array_equal(again.posterior, first.posterior)
    assert again.objects.equals(first.objects)
    assert again.model.warnings == first.model.warnings


def test_a_threshold_by_hand_changes_which_peaks_count():
    image, _, columns, _ = case()
    unsure = int(np.argsort(columns["height"])[-20])
    log = Corrections().add("accept", frame=1, position=place(columns, unsure))
    first = segment_particles(image, axes="tyx", diameter=10, polarity="bright", min_size=1)
    assert first.objects["confidence"].min() >= 0.5
    strict = first.refit(log.add("threshold", value=0.9999995))
    assert len(strict.objects) == 0
    none = first.refit(Corrections().add("threshold", value=0.0))
    assert len(none.objects) > 2 * len(first.objects)
    assert none.objects["confidence"].min() < 0.01


@pytest.mark.parametrize("kind", ["accept", "reject"])
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"frame": 2, "position": [5, 5]}, "names frame 2; the image has 2"),
        ({"frame": 0, "position": [200, 5]}, r"names the position \(200, 5\); the image has \(200, 240\)"),
        ({"frame": 0, "position": [5, -1]}, r"names the position \(5, -1\)"),
        ({"frame": 0, "position": [0, 5, 239.6]}, r"names the position \(5, 239.6\)"),
        ({"position": [5, 5]}, "names no frame; the image has 2, so say which with frame=0 to 1"),
    ],
)
def test_verdicts_outside_the_image_are_refused_in_words(kind, fields, words):
    image, model, _, _ = case()
    log = Corrections().add(kind, **fields)
    for call in (
        lambda: fit_mixture(image, axes="tyx", diameter=10, polarity="bright", corrections=log),
        lambda: model.refit(log),
    ):
        with pytest.raises(CorrectionError, match=f"{kind} {words}"):
            call()


def test_verdicts_at_the_rim_of_the_image_are_within_it():
    _, model, _, _ = case()
    log = (
        Corrections()
        .add("reject", frame=0, position=[-0.5, 0])
        .add("accept", frame=0, position=[199.5, 239.5])
    )
    assert len(model.refit(log).corrections) == 2


@pytest.mark.parametrize(
    "settings", [{"variable": "contrast"}, {"variable": "intensity"}, {"mode": "documented"}]
)
def test_models_of_pixels_refuse_verdicts_on_peaks(settings):
    image = case()[0].clip(0, 255).astype(np.uint8)
    log = Corrections().add("accept", frame=0, position=[5, 5])
    kind = settings.get("variable", "gray")
    with pytest.raises(CorrectionError, match=f'accept needs variable="peaks"; this model compares {kind}'):
        fit_mixture(image, axes="tyx", corrections=log, **settings)
    model = fit_mixture(image, axes="tyx", **settings)
    with pytest.raises(CorrectionError, match="accept needs"):
        model.refit(log)


def test_the_same_fault_of_many_verdicts_is_said_once():
    log = Corrections()
    for x in range(20):
        log = log.add("accept", frame=0, position=[5, x])
    with pytest.raises(CorrectionError) as refused:
        fit_mixture(case()[0], axes="tyx", corrections=log, variable="contrast")
    assert str(refused.value) == 'accept needs variable="peaks"; this model compares contrast'


def test_a_loaded_model_takes_verdicts_without_its_image(tmp_path):
    _, model, columns, before = case()
    model.save(tmp_path / "m.specks")
    log = Corrections().add("reject", frame=1, position=place(columns, int(np.argmax(before))))
    loaded = Mixture.load(tmp_path / "m.specks").refit(log)
    assert np.array_equal(loaded.certainty, model.refit(log).certainty)


def test_a_model_without_a_likely_peak_says_so_in_words():
    _, model, _, _ = case()
    log = Corrections()
    for frame in range(2):
        here = model.peaks.of(frame)
        for number in np.flatnonzero(model.certainty[model.peaks.span(frame)] >= 0.5):
            log = log.add("reject", frame=frame, position=place(here, number))
    left = model.refit(log)
    assert 0 < left.certainty.max() < 0.5
    (sentence,) = (text for text in left.warnings if "not clearly apart" in text)
    assert "no particle is at 0.5 or more" in sentence
    assert "nan" not in " ".join(left.warnings)


def test_marks_where_nothing_stands_out_are_said_to_be_in_vain():
    image, model, columns, _ = case()
    peak = np.round(place(columns, int(np.argmax(columns["height"])))).astype(int)
    far = np.unravel_index(
        ndi.distance_transform_edt(_free(image.shape[1:], columns)).argmax(), image.shape[1:]
    )
    strokes = np.zeros(image.shape[1:], np.uint8)
    strokes[peak[0], peak[1]] = strokes[far[0], far[1]] = 2
    log = Corrections().add("scribble", array=strokes, frame=1)
    (sentence,) = (text for text in model.refit(log).warnings if "by hand" in text)
    assert sentence.startswith("1 of the places marked as particle by hand means nothing")
    log = log.add("accept", frame=1, position=[int(n) for n in far])
    assert any(text.startswith("2 of the places") for text in model.refit(log).warnings)
    assert not any("by hand" in text for text in model.refit(Corrections()).warnings)


def _free(shape, columns):
    """Pixels more than a radius from every peak."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    free = np.ones(shape, bool)
    for v, u, r in zip(columns["y"], columns["x"], columns["radius_y"], strict=True):
        free &= np.hypot(y - v, x - u) > r
    return free


@pytest.mark.parametrize("value", [3, -0.1, 50])
def test_a_threshold_that_is_no_probability_is_refused_in_words(value):
    _, model, _, _ = case()
    with pytest.raises(CorrectionError, match=f"threshold is {value}; it must lie from 0 to 1"):
        model.refit(Corrections().add("threshold", value=value))
    with pytest.raises(InputError, match="it must lie from 0 to 1"):
        model.expected(value)
