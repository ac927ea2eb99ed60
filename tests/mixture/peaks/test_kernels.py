"""The kernels that find peaks, against plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import peaks as plain

from specks.mixture.peaks import _kernels
from specks.mixture.peaks.scale_space import blurred, half_window

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=40)


def plane_of(shape, seed):
    return np.random.default_rng(seed).normal(50, 20, shape).astype(np.float32)


def places_of(shape, seed, count):
    """Centers in the plane or up to three pixels beside it, some on pixels, some between, and radii."""
    rng = np.random.default_rng(seed)
    y, x = (rng.uniform(-3, n + 2, count) for n in shape)
    for place in (y, x):
        on = rng.random(count) < 0.5
        place[on] = np.round(2 * place[on]) / 2
    return y, x, rng.uniform(0.3, 25, count), rng.uniform(0.3, 25, count)


@few
@given(SHAPES, st.tuples(st.integers(1, 50), st.integers(1, 50)), SEEDS)
def test_binning_equals_the_plain_statement(shape, step, seed):
    plane = plane_of(shape, seed)
    out = np.empty([-(-n // s) for n, s in zip(shape, step, strict=True)], np.float32)
    _kernels.binned(plane, *step, out)
    np.testing.assert_allclose(out, plain.binned(plane, *step), rtol=1e-5, atol=1e-4)


@few
@given(SHAPES, st.floats(0, 9), st.floats(0, 9), SEEDS)
def test_blurring_equals_the_plain_statement(shape, sigma_y, sigma_x, seed):
    plane = plane_of(shape, seed)
    expected = plain.blur(plane, half_window(sigma_y), half_window(sigma_x))
    np.testing.assert_allclose(blurred(plane, sigma_y, sigma_x), expected, atol=1e-4)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 1.0, 7.3])
def test_a_window_weighs_one(sigma):
    half = half_window(sigma)
    assert 2 * half[1:].sum(dtype=np.float64) + half[0] == pytest.approx(1, abs=1e-6)


@few
@given(SHAPES, st.floats(0.1, 5), st.floats(0.1, 5), SEEDS)
def test_second_differences_equal_the_plain_statement(shape, scale_y, scale_x, seed):
    plane = plane_of(shape, seed)
    out = np.empty_like(plane)
    _kernels.laplacian(plane, scale_y, scale_x, out)
    np.testing.assert_allclose(out, plain.laplacian(plane, scale_y, scale_x), atol=2e-3)


@settings(max_examples=120)
@given(
    st.integers(1, 4), SHAPES, st.sampled_from([1.0, -1.0]), st.integers(0, 3), st.integers(0, 3),
    st.sampled_from([2, 4, 1000]), SEEDS,
)  # fmt: skip
def test_extremes_equal_the_plain_statement(scales, shape, sign, edge_y, edge_x, values, seed):
    # Few values make plateaus and ties between neighbors and scales.
    stack = np.random.default_rng(seed).integers(-values, values, (scales, *shape)).astype(np.float32)
    expected = plain.extremes(stack, sign, edge_y, edge_x)
    found = np.full((len(expected) + 3, 3), -1, np.int32)
    assert _kernels.extremes(stack, sign, edge_y, edge_x, np.ones(2), -1e9, found) == len(expected)
    assert np.array_equal(found[: len(expected)], expected)
    assert (found[len(expected) :] == -1).all()


@settings(max_examples=60)
@given(SHAPES, st.sampled_from([(1.0, 1.0), (1.0, 2.0), (3.0, 0.7)]), st.floats(0.05, 0.5), SEEDS)
def test_extremes_on_ridges_are_left_out_as_by_the_plain_statement(shape, weights, ratio, seed):
    stack = np.random.default_rng(seed).normal(0, 1, (2, *shape)).astype(np.float32)
    everywhere = plain.extremes(stack, 1.0, 0, 0)
    ratios = plain.curvature_ratio(stack, weights)[tuple(everywhere.T)]
    clear = np.abs(ratios - ratio) > 1e-4
    found = np.empty((len(everywhere), 3), np.int32)
    count = _kernels.extremes(stack, 1.0, 0, 0, np.array(weights), ratio / (1 + ratio) ** 2, found)
    kept = (everywhere[:, None] == found[None, :count]).all(axis=-1).any(axis=1)
    assert np.array_equal(kept[clear], (ratios > ratio)[clear])
    assert kept.sum() == count


def test_extremes_are_counted_where_there_is_no_room():
    stack = np.zeros((1, 20, 20), np.float32)
    stack[0, 2:18:4, 2:18:4] = 1
    found = np.zeros((3, 3), np.int32)
    assert _kernels.extremes(stack, 1.0, 1, 1, np.ones(2), 0.2, found) == 16
    assert np.array_equal(found, plain.extremes(stack, 1.0, 1, 1)[:3])


def test_of_a_plateau_the_first_pixel_counts():
    stack = np.zeros((2, 12, 12), np.float32)
    stack[:, 4:8, 5:9] = 3
    found = np.zeros((9, 3), np.int32)
    assert _kernels.extremes(stack, 1.0, 1, 1, np.ones(2), 0.2, found) == 1
    assert found[0].tolist() == [0, 4, 5]


@few
@given(st.integers(1, 4), SHAPES, st.tuples(st.integers(1, 45), st.integers(1, 45)), SEEDS)
def test_sums_of_cells_equal_the_plain_statement(scales, shape, size, seed):
    rng = np.random.default_rng(seed)
    stack = rng.normal(0, 3, (scales, *shape)).astype(np.float32)
    allowed = rng.random(shape) < 0.7
    grid = tuple(-(-n // s) for n, s in zip(shape, size, strict=True))
    sums, counts = np.zeros((scales, *grid), np.float32), np.zeros(grid, np.float32)
    before = np.full(shape, 2, np.uint8)
    for _ in range(3):
        _kernels.cell_sums(stack, allowed.view(np.uint8), before, *size, sums, counts)
        expected = plain.cell_sums(stack, allowed, *size)
        np.testing.assert_allclose(sums, expected[0], rtol=1e-4, atol=1e-4)
        assert np.array_equal(counts, expected[1])
        before, allowed = allowed.view(np.uint8), allowed & (rng.random(shape) < 0.99)


@few
@given(st.integers(1, 3), SHAPES, st.integers(0, 20), SEEDS)
def test_samples_equal_the_plain_statement(scales, shape, count, seed):
    grids = np.stack([plane_of(shape, seed + s) for s in range(scales)])
    rng = np.random.default_rng(seed)
    which = rng.integers(0, scales, count)
    y, x, _, _ = places_of(shape, seed, count)
    out = np.empty(count)
    _kernels.sample(grids, which, y, x, out)
    np.testing.assert_allclose(out, plain.sample(grids, which, y, x), atol=1e-3)


@settings(max_examples=120)
@given(SHAPES, st.integers(0, 4), SEEDS)
def test_discs_equal_the_plain_statement(shape, count, seed):
    places = places_of(shape, seed, count)
    out = np.ones(shape, np.uint8)
    _kernels.fill_discs(*places, 0, out)
    inside, unclear = plain.fill_discs(shape, *places)
    assert np.array_equal((out == 0)[~unclear], inside[~unclear])


@settings(max_examples=120)
@given(
    st.integers(0, 60), st.floats(0.2, 2), st.sampled_from([1.0, 1.4, 2.0, np.inf]), st.integers(1, 60), SEEDS
)
def test_separation_equals_the_plain_statement(count, gap, alike, width, seed):
    rng = np.random.default_rng(seed)
    y, x = np.round(rng.uniform(0, width, (2, count)) * 4) / 4  # equal places and equal distances occur
    radius = rng.choice([1.5, 2.0, 3.0, 7.0], count)
    keep = np.zeros(count, np.bool_)
    _kernels.separated(y, x, radius, gap, alike, keep)
    assert np.array_equal(keep, plain.separated(y, x, radius, gap, alike))


@settings(max_examples=120)
@given(st.integers(0, 50), st.integers(0, 20), st.integers(1, 60), SEEDS)
def test_pairs_equal_the_plain_statement(count, centers, width, seed):
    rng = np.random.default_rng(seed)
    y, x = np.round(rng.uniform(0, width, (2, count)) * 4) / 4  # equal places and exact distances occur
    center_y, center_x = np.round(rng.uniform(-width, 2 * width, (2, centers)) * 4) / 4
    reach = rng.choice([0.25, 1.5, 3.0, 20.0], centers)
    which, part = np.empty((2, count * centers), np.int64)
    found = _kernels.within(y, x, center_y, center_x, reach, which, part)
    expected = plain.within(y, x, center_y, center_x, reach)
    assert found == len(expected)
    assert {*zip(which[:found], part[:found], strict=True)} == {*map(tuple, expected.tolist())}
    short_which, short_part = np.full((2, found // 2), -1)
    assert _kernels.within(y, x, center_y, center_x, reach, short_which, short_part) == found
    assert np.array_equal(short_part, part[: found // 2])
