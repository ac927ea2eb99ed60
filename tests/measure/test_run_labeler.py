"""Runs against scipy's closing and scikit-image's labels."""

from __future__ import annotations

import pickle

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.morphology import ball as skimage_ball
from statements.labels import close, ellipsoid, label_stack

from specks._core.errors import InputError
from specks.measure import RunLabeler
from specks.measure._bits import pack


def run(mask, axes, parts=1, **options):
    labeler = RunLabeler(mask.shape, axes, **options)
    planes = mask.reshape(-1, *mask.shape[-2:])
    for part in np.array_split(planes, parts):
        labeler.add(part)
    return labeler.finish()


@st.composite
def stacks(draw):
    """A mask that is not all noise: blobs and stripes, rows of more than one 64-bit word."""
    axes = draw(st.sampled_from(["yx", "zyx", "tyx", "tzyx"]))
    lead = tuple(draw(st.integers(1, 5)) for _ in axes[:-2])
    shape = (*lead, draw(st.integers(1, 12)), draw(st.sampled_from([1, 7, 63, 64, 65, 127, 128, 130])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = rng.random(shape) < draw(st.sampled_from([0, 0.02, 0.2, 0.5, 0.9, 1]))
    if draw(st.booleans()):
        mask |= np.roll(mask, 1, -1) | np.roll(mask, 1, -2)
    return axes, mask


@settings(max_examples=150, deadline=None)
@given(stacks(), st.integers(1, 3), st.integers(0, 20), st.integers(1, 4))
def test_labels_are_those_of_scikit_image(stack, connectivity, min_size, parts):
    axes, mask = stack
    runs = run(mask, axes, parts, connectivity=connectivity, min_size=min_size)
    expected = label_stack(mask, axes, None, connectivity, min_size)
    painted = runs.paint([slice(0, n) for n in mask.shape])
    np.testing.assert_array_equal(painted, expected)
    assert painted.dtype == np.int32
    np.testing.assert_array_equal(runs.sizes, np.bincount(expected.ravel())[1:])
    assert runs.count == expected.max()


radii = st.sampled_from([0.3, 1, 1.5, 2, 3.2, 5])


@settings(max_examples=120, deadline=None)
@given(stacks(), st.tuples(radii, radii, radii), st.sampled_from(["keep", "original"]), st.integers(1, 3))
def test_closing_is_that_of_scipy(stack, radius, borders, parts):
    axes, mask = stack
    radius = radius[: sum(a in "zyx" for a in axes)]
    if max(radius) < 1:
        radius = (*radius[:-1], 1.0)
    runs = run(mask, axes, parts, closing_radius=radius, borders=borders)
    expected = label_stack(mask, axes, radius, borders=borders)
    np.testing.assert_array_equal(runs.paint([slice(0, n) for n in mask.shape]), expected)


@settings(max_examples=60, deadline=None)
@given(stacks(), st.sampled_from([None, 0.3, 1.0, 2.0]), st.sampled_from(["keep", "original"]), st.data())
def test_nothing_is_labeled_where_it_may_not_be(stack, radius, borders, data):
    axes, mask = stack
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    allowed = rng.random(mask.shape) < data.draw(st.sampled_from([0.5, 0.95]))
    ball = None if radius is None else (radius,) * (sum(a in "zyx" for a in axes) - 1) + (2.0,)
    labeler = RunLabeler(mask.shape, axes, closing_radius=ball, borders=borders)
    planes = (-1, *mask.shape[-2:])
    labeler.add_bits(pack(mask.reshape(planes)), pack(allowed.reshape(planes)))
    labels = labeler.finish()[...]
    assert not labels[~allowed].any()
    np.testing.assert_array_equal(labels, label_stack(mask, axes, ball, borders=borders, allowed=allowed))


def test_a_reach_of_more_than_a_word_is_closed():
    mask = np.zeros((5, 300), bool)
    mask[2, [10, 80]] = True
    labels = run(mask, "yx", closing_radius=(0.0, 70.0))[...]
    np.testing.assert_array_equal(labels > 0, close(mask, (0.0, 70.0), "keep"))
    assert labels[2, 40] == 1


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9)), st.tuples(radii, radii, radii))
def test_keeping_borders_never_shrinks_an_object(mask, radius):
    closed = run(mask, "zyx", closing_radius=(*radius[:2], 2.0))[...] > 0
    assert closed[mask].all()


@pytest.mark.parametrize("radius", [1, 2, 3, 5])
def test_the_ball_is_the_one_of_scikit_image(radius):
    np.testing.assert_array_equal(ellipsoid((radius,) * 3), skimage_ball(radius, bool))


def test_original_borders_take_away_what_meets_a_face():
    labels = run(np.ones((3, 20, 20), bool), "zyx", closing_radius=(1.0, 1.0, 1.0), borders="original")[...]
    assert [int((plane > 0).sum()) for plane in labels] == [0, 18 * 18, 0]


@settings(max_examples=60, deadline=None)
@given(stacks(), st.data())
def test_regions_and_dask_blocks_are_cut_outs_of_the_whole(stack, data):
    axes, mask = stack
    runs = run(mask, axes)
    whole = runs[...]
    keys = tuple(data.draw(st.one_of(st.slices(n), st.integers(-n, n - 1))) for n in mask.shape)
    np.testing.assert_array_equal(runs[keys], whole[keys])
    chunks = tuple(data.draw(st.integers(1, n)) for n in mask.shape)
    lazy = runs.as_dask(chunks)
    assert lazy.dtype == np.int32
    assert lazy.chunksize == chunks
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous"), whole)


def test_the_runs_can_be_sent_away():
    runs = run(np.eye(9, dtype=bool), "yx")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(runs))[...], runs[...])


def test_faults_are_named():
    with pytest.raises(InputError, match=r"mask has the shape \(3, 5, 5\); expected planes of \(4, 5\)"):
        RunLabeler((3, 4, 5), "zyx").add(np.zeros((3, 5, 5), bool))
    with pytest.raises(InputError, match="more planes than the 3"):
        RunLabeler((3, 4, 5), "zyx").add(np.zeros((4, 4, 5), bool))
    with pytest.raises(InputError, match="mask has 0 planes; expected the 3"):
        RunLabeler((3, 4, 5), "zyx").finish()
    with pytest.raises(InputError, match="closing_radius reaches 500 pixels; it must be at most 100"):
        RunLabeler((4, 5), "yx", closing_radius=(500, 500))
    with pytest.raises(InputError, match="names 2 axes"):
        RunLabeler((3, 4, 5), "yx")
