"""Compiled loops of drift estimation against their plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import drift as plain

from specks.drift import _compare_kernels as compare
from specks.drift import _frame_kernels as frame
from specks.drift import _peak_kernels as peak

OFFSETS = [(0, 0, 0), (0, 3, -5), (1, -4, 2), (0, 20, 0), (0, -19, 23)]


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("boxes", [(1, 1, 1), (1, 4, 4), (2, 3, 5)])
def test_boxes_leave_out_what_is_not_finite(boxes: tuple[int, int, int]) -> None:
    pixels = noise(4, 25, 31)
    pixels[pixels > 1.2] = np.nan
    pixels[0, :8, :8] = np.inf
    out = np.empty([n // b for n, b in zip(pixels.shape, boxes, strict=True)], np.float32)
    frame.bin_mean(pixels, *boxes, out)
    np.testing.assert_allclose(out, plain.bin_mean(pixels, boxes), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 40, 52), (2, 31, 17)])
def test_halving_is_a_low_pass_and_every_other_pixel(shape: tuple[int, int, int]) -> None:
    pixels = noise(*shape)
    out = np.empty((shape[0], shape[1] // 2, shape[2] // 2), np.float32)
    frame.halve(pixels, out)
    np.testing.assert_allclose(out, plain.halve(pixels, frame.HALF_BAND), atol=2e-6)


def test_halving_takes_off_what_would_come_back_as_coarse() -> None:
    wave = np.cos(0.85 * np.pi * np.arange(64, dtype=np.float32))
    out = np.empty((1, 32, 32), np.float32)
    frame.halve(np.tile(wave, (1, 64, 1)).astype(np.float32), out)
    assert np.abs(out[:, :, 4:-4]).max() < 0.02


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_shifts_are_sums_of_neighbors(axis: int) -> None:
    pixels, weights = noise(14, 18, 22), noise(11, seed=1)
    out = np.empty_like(pixels)
    if axis == 2:
        frames = (pixels.reshape(-1, 22), weights, out.reshape(-1, 22))
        compare.shift_last(*frames)
    else:
        flat = (int(np.prod(pixels.shape[:axis])), pixels.shape[axis], int(np.prod(pixels.shape[axis + 1 :])))
        compare.shift_middle(pixels.reshape(flat), weights, out.reshape(flat))
    np.testing.assert_allclose(out, plain.shift_along(pixels, weights, axis), atol=2e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slopes(axis: int) -> None:
    pixels, out = noise(9, 12, 15), np.empty((9, 12, 15), np.float32)
    compare.slope_along(pixels, axis, out)
    np.testing.assert_allclose(out, plain.slope(pixels, axis, compare.SLOPE), atol=1e-5)


@pytest.mark.parametrize("offset", OFFSETS)
def test_pairs_of_frames_over_what_both_show(offset: tuple[int, int, int]) -> None:
    weighted, own, other = noise(4, 2, 20, 24), noise(2, 20, 24, seed=1), noise(2, 20, 24, seed=2)
    inside = (noise(2, 20, 24, seed=3) > -1).astype(np.float32)
    at = np.array(offset)
    here, there = plain.common(own.shape, at)
    out = np.empty(4)
    compare.pair_sums(weighted, own, other, inside, at, out)
    rest = (own[here] - other[there]) * inside[there]
    np.testing.assert_allclose(out, (weighted[(slice(None), *here)] * rest).sum(axis=(1, 2, 3)), atol=1e-3)
    total, cover = np.zeros((2, *own.shape), np.float32)
    compare.add_seen(other, inside, at, 0.25, total, cover)
    expected = np.zeros((2, *own.shape))
    expected[0][here], expected[1][here] = 0.25 * (other * inside)[there], 0.25 * inside[there]
    np.testing.assert_allclose([total, cover], expected, atol=1e-6)
    if rest.size:
        one, two = own[here] * inside[there], (other * inside)[there]
        size = np.sqrt((own[here] ** 2 * inside[there]).sum() * (two**2).sum())
        likeness = compare.pair_likeness(own, other, inside, at, 1)
        assert likeness == pytest.approx((one * two).sum() / size, abs=1e-5)


@pytest.mark.parametrize("offset", OFFSETS)
def test_products_over_what_both_show(offset: tuple[int, int, int]) -> None:
    weighted, parts = noise(3, 2, 20, 24), noise(3, 2, 20, 24, seed=1)
    weighted = parts * np.abs(weighted[:1])  # as of weights: symmetric
    columns = np.empty((6, 2, 21, 24), np.float32)
    compare.column_products(weighted, parts, columns)
    out = np.empty((3, 3))
    compare.common_products(columns, np.array(offset), out)
    here, _ = plain.common(parts.shape[1:], np.array(offset))
    region = (slice(None), *here)
    expected = np.einsum("izyx,jzyx->ij", weighted[region], parts[region])
    np.testing.assert_allclose(out, expected, atol=1e-3)


def test_sums_over_a_frame_and_over_its_blocks() -> None:
    parts, own, ramps = noise(4, 2, 21, 26), noise(2, 21, 26, seed=1), noise(2, 2, 21, 26, seed=2)
    use = np.abs(noise(2, 21, 26, seed=3))
    gram, right, cross = np.empty((4, 4)), np.empty(4), np.empty((4, 2))
    compare.frame_sums(parts, use, own, ramps, gram, right, cross)
    np.testing.assert_allclose(gram, np.einsum("izyx,jzyx,zyx->ij", parts, parts, use), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(right, np.einsum("izyx,zyx,zyx->i", parts, own, use), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(cross, np.einsum("izyx,azyx,zyx->ia", parts, ramps, use), rtol=1e-4, atol=1e-3)
    fit, away = np.array([0.3, 0.7], np.float32), noise(2, 2, seed=4)
    whole = np.array([0, -3, 5])
    sums, squares = np.empty((2, 2, 16))
    compare.block_sums(parts, use, own, fit, away, whole, 4, sums, squares)
    rest = own - fit[0] - fit[1] * parts[1]
    bare = parts[2:] - away[0][:, None, None, None] - away[1][:, None, None, None] * parts[1]
    rows, columns = (np.arange(21) + 3) // 6 % 4, (np.arange(26) - 5) // 7 % 4
    for values, found in ((use * rest * bare, sums), (use * bare * bare, squares)):
        expected = np.zeros((2, 16))
        for y in range(21):
            for x in range(26):
                expected[:, rows[y] * 4 + columns[x]] += values[:, :, y, x].sum(axis=1)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(1, 9, 12), (1, 16, 7), (5, 8, 6)]),
    farthest=st.sampled_from([np.inf, 3.0]),
)
def test_maxima_are_the_highest_that_are_apart(
    seed: int, shape: tuple[int, int, int], farthest: float
) -> None:
    surface = noise(*shape, seed=seed)
    limit = np.full(3, farthest)
    places, heights = np.zeros((4, 3)), np.empty(4, np.float32)
    peak.highest_peaks(surface, limit, 3.0, places, heights)
    expected = plain.highest_peaks(surface, limit, 3.0, 4)
    found = heights[np.isfinite(heights)]
    assert found[0] == pytest.approx(expected[0][1])
    assert set(found.tolist()) <= {height for _, height in plain.highest_peaks(surface, limit, 0.0, 10**6)}
    assert (np.diff(found) <= 0).all()
    rough = np.round(places[: len(found)])
    assert np.abs(rough[0] - expected[0][0]).max() <= 1
