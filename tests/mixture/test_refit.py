"""Corrections by hand: fitted again from what was counted, reading only what they touch."""

from __future__ import annotations

import numpy as np
import pytest

from specks import Mixture, fit_mixture
from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError, InputError
from specks._core.source import array_source
from specks.mixture import slabs


def scene(shape=(4, 160, 160), seed=0):
    """Bright particles, and stains half as bright that are none."""
    rng = np.random.default_rng(seed)
    image = rng.normal(100, 6, shape)
    particles, stains = np.zeros(shape, bool), np.zeros(shape, bool)
    y, x = np.mgrid[: shape[-2], : shape[-1]]
    for z in range(shape[0]):
        for target in (particles, stains):
            for cy, cx in rng.uniform(8, shape[-1] - 8, (8, 2)):
                target[z] |= (y - cy) ** 2 + (x - cx) ** 2 <= 25
    image[stains] += 50
    image[particles & ~stains] += 100
    return image.astype(np.float32), particles & ~stains, stains


@pytest.fixture
def case():
    image, particles, stains = scene()
    return image, particles, stains, fit_mixture(image, diameter=10, polarity="bright")


def strokes(particles, stains):
    """A stroke on each kind in the first slice."""
    annotation = np.zeros(particles.shape, np.uint8)
    annotation[0][particles[0]] = 2
    annotation[0][stains[0]] = 1
    return annotation


def test_strokes_move_the_posterior_the_right_way(case):
    image, particles, stains, model = case
    before = model.posterior(image)
    marked = model.refit(Corrections().add("scribble", array=strokes(particles, stains)))
    after = marked.posterior(image)
    assert before[stains].mean() > 0.6
    assert after[stains].mean() < before[stains].mean() - 0.2
    assert after[particles].mean() > 0.8


def test_refit_equals_fit_with_the_same_strokes(case):
    image, particles, stains, model = case
    annotation = strokes(particles, stains)
    refitted = model.refit(Corrections().add("scribble", array=annotation))
    fitted = fit_mixture(image, diameter=10, polarity="bright", scribbles=annotation)
    assert np.array_equal(refitted.tables, fitted.tables)
    assert refitted.warnings == fitted.warnings


def test_taking_strokes_back_gives_the_first_model_again(case):
    _, particles, stains, model = case
    log = Corrections().add("scribble", array=strokes(particles, stains))
    assert np.array_equal(model.refit(log).refit(log.undo()).tables, model.tables)


def test_strokes_that_were_counted_are_not_read_again(case):
    image, particles, stains, model = case
    log = Corrections().add("scribble", array=strokes(particles, stains))
    refitted = model.refit(log)

    class Closed(type(array_source(image))):
        def read(self, region):
            raise AssertionError("read again")

    closed = refitted.attached(Closed(image))
    again = closed.refit(log.add("threshold", value=0.7).add("exclude_frame", frame=3))
    assert not again.posterior_block(array_source(image), (slice(3, 4), slice(0, 160), slice(0, 160))).any()


def test_a_stroke_of_one_frame_counts_there(case):
    _, particles, stains, model = case
    plane = strokes(particles, stains)[0]
    whole = model.refit(Corrections().add("scribble", array=strokes(particles, stains)))
    one = model.refit(Corrections().add("scribble", array=plane, frame=0))
    assert np.array_equal(whole.tables, one.tables)


def test_the_later_stroke_counts_where_they_overlap(case):
    _, particles, stains, model = case
    wrong = np.where(strokes(particles, stains) > 0, 3 - strokes(particles, stains), 0).astype(np.uint8)
    log = Corrections().add("scribble", array=wrong).add("scribble", array=strokes(particles, stains))
    right = Corrections().add("scribble", array=strokes(particles, stains))
    assert np.array_equal(model.refit(log).tables, model.refit(right).tables)


def test_a_mask_given_later_equals_one_given_first(case):
    image, _, _, model = case
    mask = np.zeros(image.shape, bool)
    mask[:, :, :90] = True
    later = model.refit(Corrections().add("mask", array=mask))
    first = fit_mixture(image, diameter=10, polarity="bright", mask=mask)
    assert np.array_equal(later.tables, first.tables)
    assert not later.posterior(image)[:, :, 90:].any()


def test_a_region_of_one_frame_reads_that_frame_only(case, monkeypatch):
    image, _, _, model = case

    class Counted(type(array_source(image))):
        pixels = 0

        def read(self, region):
            self.pixels += np.prod([s.stop - s.start for s in region])
            return super().read(region)

    log = Corrections().add("exclude_region", polygon=[[0, 0], [0, 90], [90, 90], [90, 0]], frames=[1])
    counted = Counted(image)
    counted.chunks = (1, 160, 160)
    monkeypatch.setattr(slabs, "SLAB_BYTES", image[0].nbytes)
    later = model.attached(counted).refit(log)
    assert counted.pixels < 2 * 160 * 160
    first = fit_mixture(image, diameter=10, polarity="bright", corrections=log)
    assert np.array_equal(later.tables, first.tables)


def test_one_class_only_is_said(case):
    _, particles, _, model = case
    refitted = model.refit(Corrections().add("scribble", array=particles.astype(np.uint8) * 2))
    assert any("scribbles holds only particles (2 and more)" in w for w in refitted.warnings)


def test_a_loaded_model_needs_the_image_for_new_strokes_only(tmp_path, case):
    image, particles, stains, model = case
    log = Corrections().add("scribble", array=strokes(particles, stains))
    model.refit(log).save(tmp_path / "m.specks")
    loaded = Mixture.load(tmp_path / "m.specks")
    assert np.array_equal(loaded.refit(log).tables, model.refit(log).tables)
    assert np.array_equal(loaded.refit(None).tables, model.tables)
    more = log.add("scribble", array=strokes(particles, stains)[::-1].copy())
    with pytest.raises(InputError, match="image is missing"):
        loaded.refit(more)
    with pytest.raises(InputError, match="image is missing"):
        loaded.refit(Corrections().add("mask", array=np.ones(image.shape, bool)))
    assert np.array_equal(loaded.refit(more, image).tables, model.refit(more).tables)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"kind": "scribble", "array": np.zeros((3, 3), np.uint8), "frame": None}, "scribbles has the shape"),
        ({"kind": "scribble", "array": np.full((4, 160, 160), 256), "frame": None}, "holds 256; expected"),
        ({"kind": "scribble", "array": np.full((4, 160, 160), -1), "frame": None}, "holds -1; expected"),
        ({"kind": "scribble", "array": np.zeros((160, 160), np.uint8), "frame": 9}, "frame 9"),
        ({"kind": "exclude_frame", "frame": 4}, "frame 4"),
        ({"kind": "mask", "array": np.zeros((4, 160, 161), bool)}, "mask has the shape"),
    ],
)
def test_corrections_that_do_not_fit_are_refused_in_words(case, record, words):
    with pytest.raises(CorrectionError, match=words):
        case[3].refit(Corrections((record,)))
