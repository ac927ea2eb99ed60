"""The kernels that outline particles, against plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import outlines as plain

from specks.mixture.peaks import _outline_kernels as kernels
from specks.mixture.peaks.outlines import INNER, REACH, RING

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
SEEDS = st.integers(0, 2**32 - 1)
many = settings(max_examples=100)


@st.composite
def scenes(draw):
    """A plane with ties and, at times, holes; and peaks in it or beside it, as they are in a part of a plane."""
    shape = draw(SHAPES)
    rng = np.random.default_rng(draw(SEEDS))
    plane = rng.integers(0, draw(st.sampled_from([2, 9, 1000])), shape).astype(np.float32)
    if draw(st.booleans()):
        plane[rng.random(shape) < 0.1] = np.nan
    count = draw(st.integers(0, 7))
    beside = draw(st.sampled_from([0, 3, 60]))
    y, x = (np.round(2 * rng.uniform(-beside, n + beside, count)) / 2 for n in shape)
    radii = rng.choice([0.4, 1.0, 2.5, 4.0, 11.0], (2, count)).astype(np.float32)
    return plane, (y, x, *radii)


def owners(plane, peaks):
    owner, ratio = np.zeros(plane.shape, np.int32), np.empty(plane.shape, np.float32)
    kernels.nearest(*peaks, REACH, ratio, owner)
    return owner


@many
@given(scenes())
def test_owners_equal_the_plain_statement(scene):
    plane, peaks = scene
    assert np.array_equal(owners(plane, peaks), plain.nearest(plane.shape, *peaks, REACH) + 1)


@many
@given(scenes())
def test_levels_equal_the_plain_statement(scene):
    plane, peaks = scene
    owner = owners(plane, peaks)
    middle, outside = np.empty(len(peaks[0]), np.float32), np.empty(len(peaks[0]), np.float32)
    kernels.levels(plane, *peaks, owner, INNER, np.array(RING), middle, outside)
    expected = plain.levels(plane, *peaks, owner - 1, INNER, RING)
    np.testing.assert_allclose(middle, expected[0], rtol=1e-5)
    np.testing.assert_allclose(outside, expected[1], rtol=1e-5)


@many
@given(scenes(), st.floats(-1, 10))
def test_floods_equal_the_plain_statement(scene, level):
    plane, peaks = scene
    owner = owners(plane, peaks)
    level = np.full(len(peaks[0]), level, np.float32)
    level[::3] = np.inf
    places, labels = np.full(plane.size, -1), np.zeros(plane.shape, np.int32)
    count = kernels.flood(plane, *peaks[:2], owner, level, places, labels)
    expected = plain.flood(plane, *peaks[:2], owner - 1, level)
    assert np.array_equal(labels, expected)
    assert np.array_equal(np.sort(places[:count]), np.flatnonzero(expected))


@many
@given(scenes(), SEEDS)
def test_painting_equals_the_plain_statement(scene, seed):
    plane, peaks = scene
    rng = np.random.default_rng(seed)
    owner, count = owners(plane, peaks), len(peaks[0])
    level, contrast, sure = rng.uniform(0.1, 1, (3, count)).astype(np.float32)
    places = rng.permutation(np.flatnonzero((owner > 0) & np.isfinite(plane)))
    out = np.where(rng.random(plane.shape) < 0.3, np.float32(0.5), np.float32(0))
    edge = np.array([0.2, 0.5], np.float32)
    flat = plane.ravel(), places, owner.ravel(), level, contrast * 1000, sure, edge
    expected = plain.paint(*flat, out.ravel())
    kernels.paint(*flat, out.reshape(-1))
    np.testing.assert_allclose(out.ravel(), expected, atol=1e-5)


@pytest.mark.parametrize("shift", range(4))
def test_a_part_of_a_plane_is_flooded_as_the_whole(shift):
    """A peak half way between pixels begins at the same one, wherever the part begins."""
    plane = np.zeros((12, 12), np.float32)
    plane[5, 5] = plane[6, 6] = 1
    part = plane[shift:, shift:].copy()
    labels, places = np.zeros(part.shape, np.int32), np.empty(part.size, np.int64)
    place = np.array([5.5 - shift])
    count = kernels.flood(
        part, place, place, np.ones(part.shape, np.int32), np.array([0.5], np.float32), places, labels
    )
    assert count == 1
    assert (np.argwhere(labels) + shift).tolist() == [[6, 6]]


@many
@given(SHAPES, st.integers(1, 3), SEEDS)
def test_runs_equal_the_plain_statement(shape, most, seed):
    labels = np.random.default_rng(seed).integers(0, most + 1, shape).astype(np.int32)
    expected = plain.runs_of(labels)
    for room in (len(expected), len(expected) + 3, len(expected) // 2):
        runs = np.full((4, room), -1, np.int32)
        assert kernels.runs_of(labels, *runs) == len(expected)
        known = min(room, len(expected))
        assert np.array_equal(runs.T[:known], expected[:known])
