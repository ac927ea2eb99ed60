"""Pixels that were not measured, and those that a hand leaves out."""

from __future__ import annotations

import numpy as np
import pytest
from discs import drawn, matches, scene

from specks import fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks._core.source import array_source
from specks.mixture.peaks.planes import filled

HALVES = [[-1, -1], [-1, 120.5], [200, 120.5], [200, -1]]


def found(image, **settings):
    return segment_particles(image, **{"diameter": 10, "polarity": "bright", **settings})


def test_holes_hold_nothing_and_harm_nothing_else():
    image, truth = scene()
    hole = np.zeros(image.shape, bool)
    hole[60:110, 80:150] = True
    hole[::37, ::41] = True
    spoiled = np.where(hole, np.nan, image)
    result = found(spoiled)
    assert not result.posterior[hole].any()
    assert not result.labels[hole].any()
    outside = truth[~_within(truth, 54, 116, 74, 156)]
    centers = result.objects[["y", "x"]].to_numpy()
    assert matches(centers, outside, 1.0) == len(outside) >= 6
    assert matches(centers, truth, 5.0) == len(centers)


def _within(places, top, bottom, left, right):
    """Which places lie in a box."""
    return (places[:, 0] > top) & (places[:, 0] < bottom) & (places[:, 1] > left) & (places[:, 1] < right)


def test_there_is_no_particle_at_the_rim_of_a_hole():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        image = rng.normal(100, 5, (160, 160)) + 0.5 * np.arange(160)
        y, x = rng.integers(20, 110, 2)
        image[y : y + 30, x : x + 40] = np.nan
        image[:, 150:] = np.nan
        image[rng.random(image.shape) < 0.01] = np.nan
        assert found(image).labels.max() == 0, seed


def test_what_stands_for_no_value_is_not_measured():
    image, _ = scene()
    image[50:70, 50:90] = np.nan
    image[3, 7] = np.nan
    other = np.where(np.isnan(image), np.float32(3.4e38), image)
    other[3, 7] = -np.inf
    one, two = found(image), found(other)
    assert one.labels.max() > 5
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.posterior, two.posterior)


@pytest.mark.parametrize("how", ["mask", "exclude_region", "region"])
def test_what_a_hand_leaves_out_holds_nothing(how):
    image, truth = scene()
    log, mask = Corrections(), None
    out = np.zeros(image.shape, bool)
    out[:, :121] = True
    if how == "mask":
        mask = ~out
    elif how == "exclude_region":
        log = log.add(how, polygon=HALVES)
    else:
        log = log.add(how, polygon=[[y, 121 + 120 - x] for y, x in HALVES])
        out[:, :120] = True
        out[:, 120:] = False
    result = found(image, corrections=log, mask=mask)
    assert not result.posterior[out].any()
    assert not result.labels[out].any()
    free = truth[truth[:, 1] > 130]
    assert len(free) >= 4
    assert matches(result.objects[["y", "x"]], free, 1.0) == len(free)
    assert result.model.peaks.columns["x"].min() > 119


def test_an_excluded_frame_holds_nothing():
    image = np.stack([scene(seed=seed)[0] for seed in range(3)])
    log = Corrections().add("exclude_frame", frame=1)
    result = found(image, axes="tyx", corrections=log)
    assert set(result.objects["frame"]) == {0, 2}
    assert not result.posterior[1].any()
    assert result.model.share[1] == 0
    assert not found(image, axes="tyx", corrections=log, threshold=0.0).labels[1].any()
    plain = found(image, axes="tyx")
    again = result.refit()
    assert np.array_equal(again.labels, plain.labels)
    assert np.array_equal(again.model.certainty, plain.model.certainty)


def test_a_region_left_out_later_equals_one_left_out_first_and_reads_its_frame_only():
    image = np.stack([scene(seed=seed)[0] for seed in range(3)])
    read = []

    class Watched(type(array_source(image))):
        def read(self, region):
            read.append(region[0])
            return super().read(region)

    log = Corrections().add("exclude_region", polygon=HALVES, frames=[1])
    model = fit_mixture(image, axes="tyx", diameter=10, polarity="bright")
    source = Watched(image, model.source.geometry)
    later = model.attached(source).refit(log)
    assert read == [slice(1, 2)]
    first = fit_mixture(image, axes="tyx", diameter=10, polarity="bright", corrections=log)
    assert np.array_equal(later.certainty, first.certainty)
    assert np.array_equal(later.posterior(image), first.posterior(image))
    assert np.array_equal(later.refit(None).certainty, model.certainty)


def test_a_particle_that_is_cut_by_a_hole_ends_there():
    noise = np.random.default_rng(0).normal(100, 5, (120, 120))
    image = noise + drawn((120, 120), [[60, 60]], 14, 60)
    image[:, 63:] = np.nan
    result = found(image, diameter=14)
    assert (result.labels[56:65, 56:62] == 1).all()
    assert result.labels.max() == 1
    assert not result.labels[:, 63:].any()
    assert not result.posterior[:, 63:].any()


@pytest.mark.parametrize("how", ["mask", "exclude_region"])
def test_a_scale_bar_that_is_left_out_disturbs_nothing(how):
    for seed in range(3):
        image, truth = scene((240, 240), 10, seed=seed)
        image[205:235, 20:120] = 1000
        log, mask = Corrections(), None
        if how == "mask":
            mask = np.ones(image.shape, bool)
            mask[204:236, 19:121] = False
        else:
            log = log.add(how, polygon=[[203.5, 18.5], [203.5, 121.5], [236.5, 121.5], [236.5, 18.5]])
        centers = found(image, mask=mask, corrections=log).objects[["y", "x"]].to_numpy()
        seen = truth[~_within(truth, 190, 240, 5, 135)]
        assert matches(centers, seen, 1.0) == len(seen) >= 8, seed
        assert matches(centers, truth, 6.0) == len(centers), seed


def test_holes_are_filled_alike_wherever_they_lie():
    """Windows are laid around holes only; a plane with more around it is filled alike."""
    plane = np.random.default_rng(0).normal(100, 5, (300, 320)).astype(np.float32)
    sound = np.ones(plane.shape, bool)
    sound[140:160, 150:200] = False
    sound[130, 170] = False
    whole = filled(plane, sound)
    assert np.array_equal(whole[sound], plane[sound])
    assert np.isfinite(whole).all()
    assert whole[~sound].mean() == pytest.approx(100, abs=1)
    assert whole[~sound].std() < 3
    other = sound.copy()
    other[0, 0] = other[299, 319] = False
    np.testing.assert_allclose(filled(plane, other)[~sound], whole[~sound], atol=0.01)
