"""Counts and lookup of single slices against the plain statement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import documented as statement

from specks.mixture.documented._counts import BackgroundRule, background_counts, look_up, slice_counts


@st.composite
def planes(draw):
    """Odd sizes, blobs and combs, and values at both ends of the range."""
    shape = (draw(st.integers(1, 24)), draw(st.integers(1, 41)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    plane = rng.integers(0, 120, shape)
    bright = rng.random(shape) < draw(st.sampled_from([0.0, 0.05, 0.3, 0.6, 1.0]))
    if draw(st.booleans()):
        bright |= np.roll(bright, 1, 0) | np.roll(bright, 1, 1)
    plane[bright] = rng.integers(100, 256, bright.sum())
    if draw(st.booleans()):
        plane[:, ::2] = 255  # a comb, whose teeth meet late
    return plane.astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(plane=planes(), masked=st.booleans())
def test_counts_are_those_of_bincount(plane, masked) -> None:
    mask = plane % 3 != 0 if masked else None
    np.testing.assert_array_equal(slice_counts(plane, mask), statement.counts_of(plane, mask))


@settings(max_examples=200, deadline=None)
@given(
    plane=planes(),
    low=st.integers(0, 256),
    high=st.integers(0, 256),
    min_size=st.integers(0, 12),
    halo=st.sampled_from([0, 1, 3, 50]),
    masked=st.booleans(),
)
def test_background_is_outside_the_grown_boxes_of_seeds(plane, low, high, min_size, halo, masked) -> None:
    mask = plane % 5 != 0 if masked else None
    counts = statement.counts_of(plane, mask)
    found = background_counts(plane, counts, BackgroundRule(low, high, min_size, halo), mask)
    wanted = statement.background_counts(plane, low, high, min_size, halo, mask)
    np.testing.assert_array_equal(found, wanted)


@settings(max_examples=60, deadline=None)
@given(plane=planes(), seed=st.integers(0, 2**32 - 1))
def test_lookup_is_the_gather_rounded_to_float16(plane, seed) -> None:
    table = np.random.default_rng(seed).random(256) ** 20
    found = look_up(plane, table)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, table[plane].astype(np.float16))


@pytest.mark.parametrize(
    "view", [lambda a: a[:, 1:], lambda a: a[1:], lambda a: a.T, lambda a: np.asfortranarray(a)]
)
def test_any_memory_layout_is_read_right(view) -> None:
    """Planes that begin at odd addresses or lie the other way round in memory."""
    plane = view(np.random.default_rng(0).integers(0, 256, (33, 37)).astype(np.uint8))
    table = np.linspace(0, 1, 256)
    np.testing.assert_array_equal(slice_counts(plane), statement.counts_of(plane))
    np.testing.assert_array_equal(look_up(plane, table), table[plane].astype(np.float16))


def test_many_runs_are_held() -> None:
    """More runs than the first block of memory for them has room for."""
    plane = np.zeros((120, 120), np.uint8)
    plane[::2, ::2] = 200
    counts = statement.counts_of(plane)
    found = background_counts(plane, counts, BackgroundRule(100, 150, 1, 0))
    np.testing.assert_array_equal(found, statement.background_counts(plane, 100, 150, 1, 0))
    assert found[0] == counts[0]
    assert found[200] == 0
