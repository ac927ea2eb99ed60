"""The kernels that find peaks, against plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import peaks as plain

from specks.mixture.peaks import _extreme_kernels, _kernels
from specks.mixture.peaks.heights import smoothed
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


def extremes_of(stack, edges, weights, least, room):
    """What the kernel finds: for bumps and for dips (scale, y, x) in reading order as far as there is room, and counts."""
    found = np.full((2, len(stack), room, 2), -1, np.int32)
    counts = np.full((2, len(stack)), -1)
    _extreme_kernels.extremes(stack, *edges, np.array(weights, float), least, found, counts)
    listed = [
        [(s, *place) for s, many in enumerate(number) for place in places[s, :many].tolist()]
        for places, number in zip(found, counts, strict=True)
    ]
    return listed, counts, found


@settings(max_examples=120)
@given(
    st.integers(1, 4), SHAPES, st.integers(0, 3), st.integers(0, 3), st.sampled_from([2, 4, 1000]), SEEDS,
)  # fmt: skip
def test_extremes_equal_the_plain_statement(scales, shape, edge_y, edge_x, values, seed):
    # Few values make plateaus and ties between neighbors and scales.
    stack = np.random.default_rng(seed).integers(-values, values, (scales, *shape)).astype(np.float32)
    listed, counts, found = extremes_of(stack, (edge_y, edge_x), (1, 1), -1e9, np.prod(shape) + 1)
    for sign, places, number, room in zip((1.0, -1.0), listed, counts, found, strict=True):
        assert places == [*map(tuple, plain.extremes(stack, sign, edge_y, edge_x).tolist())]
        assert all((part[many:] == -1).all() for part, many in zip(room, number, strict=True))


@settings(max_examples=60)
@given(SHAPES, st.sampled_from([(1.0, 1.0), (1.0, 2.0), (3.0, 0.7)]), st.floats(0.05, 0.5), SEEDS)
def test_extremes_on_ridges_are_left_out_as_by_the_plain_statement(shape, weights, ratio, seed):
    stack = np.random.default_rng(seed).normal(0, 1, (2, *shape)).astype(np.float32)
    listed, _, _ = extremes_of(stack, (0, 0), weights, ratio / (1 + ratio) ** 2, np.prod(shape))
    for sign, places in zip((1.0, -1.0), listed, strict=True):
        everywhere = plain.extremes(stack, sign, 0, 0)
        ratios = plain.curvature_ratio(stack, weights)[tuple(everywhere.T)]
        clear = np.abs(ratios - ratio) > 1e-4
        kept = np.array([tuple(place) in places for place in everywhere.tolist()], bool)
        assert np.array_equal(kept[clear], (ratios > ratio)[clear])
        assert kept.sum() == len(places)


def test_extremes_are_counted_where_there_is_no_room():
    stack = np.zeros((1, 20, 20), np.float32)
    stack[0, 2:18:4, 2:18:4] = 1
    _, counts, found = extremes_of(stack, (1, 1), (1, 1), 0.2, 3)
    assert counts.tolist() == [[16], [0]]
    assert np.array_equal(found[0, 0], plain.extremes(stack, 1.0, 1, 1)[:3, 1:])


@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_plateau_the_first_pixel_counts(sign):
    stack = np.zeros((2, 12, 12), np.float32)
    stack[:, 4:8, 5:9] = 3 * sign
    listed, _, _ = extremes_of(stack, (1, 1), (1, 1), 0.2, 9)
    assert listed == ([[(0, 4, 5)], []] if sign > 0 else [[], [(0, 4, 5)]])


@few
@given(st.integers(1, 4), SHAPES, st.sampled_from([2, 1000]), SEEDS)
def test_places_between_pixels_equal_the_plain_statement(scales, shape, values, seed):
    rng = np.random.default_rng(seed)
    stack = rng.integers(-values, values, (scales, *shape)).astype(np.float32)
    allowed = rng.random(shape) < 0.7
    listed, counts, found = extremes_of(stack, (1, 1), (1, 1), -1e9, np.prod(shape))
    for places, number, room in zip(listed, counts, found, strict=True):
        out = np.full((4, len(places)), -1.0)
        scale = np.full(len(places), -1)
        count = _extreme_kernels.vertices(stack, room, number, allowed, scale, *out[1:])
        expected = plain.vertices(stack, places, allowed)
        assert count == len(expected)
        assert np.array_equal(scale[:count], expected[:, 0])
        np.testing.assert_allclose(out[1:, :count].T, expected[:, 1:], atol=1e-6)


@few
@given(st.integers(0, 300), st.sampled_from([0.0, 1.0, 2.5]), st.booleans(), SEEDS)
def test_the_order_of_heights_equals_the_plain_statement(count, least, ties, seed):
    height = np.random.default_rng(seed).exponential(2, count) * 10.0 ** np.random.default_rng(seed).integers(
        -3, 6
    )
    height = np.round(height) if ties else height
    order = _kernels.ranked(height, height.astype(np.float32).view(np.uint32), least)
    assert np.array_equal(order, plain.ranked(height, least))


@few
@given(SHAPES, SEEDS)
def test_noise_levels_equal_the_plain_statement(shape, seed):
    rng = np.random.default_rng(seed)
    near, seen = rng.uniform(0, 9, shape).astype(np.float32), rng.uniform(0, 1, shape).astype(np.float32)
    out = np.empty(shape, np.float32)
    _kernels.noise_levels(near, seen, (0.6, 0.3), 0.02, 7.0, out)
    np.testing.assert_allclose(out, plain.noise_levels(near, seen, (0.6, 0.3), 0.02, 7.0), rtol=1e-5)


@few
@given(SEEDS)
def test_counts_under_a_window_equal_the_plain_statement(seed):
    counts = np.random.default_rng(seed).poisson(0.3, 256).astype(float)
    np.testing.assert_allclose(smoothed(counts), plain.windowed(counts, 2.5), rtol=1e-12, atol=1e-15)


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
@given(st.integers(1, 3), SHAPES, st.tuples(st.integers(1, 9), st.integers(1, 9)), st.integers(0, 20), SEEDS)
def test_samples_equal_the_plain_statement(scales, shape, cell, count, seed):
    grids = np.stack([plane_of(shape, seed + s) for s in range(scales)])
    rng = np.random.default_rng(seed)
    which = rng.integers(0, scales, count)
    y, x, _, _ = places_of([n * side for n, side in zip(shape, cell, strict=True)], seed, count)
    out = np.empty(count)
    _kernels.sample(grids, cell, which, y, x, out)
    np.testing.assert_allclose(out, plain.sample(grids, cell, which, y, x), atol=1e-3)


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
