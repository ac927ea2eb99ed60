"""Compiled loops of drift estimation against their plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import drift as plain

from specks.drift import _align_kernels as align
from specks.drift import _compare_kernels as compare
from specks.drift import _frame_kernels as frame
from specks.drift import _peak_kernels as peak
from specks.drift import _scatter_kernels as scatter

OFFSETS = [(0, 0, 0), (0, 3, -5), (1, -4, 2), (0, 20, 0), (0, -19, 23)]


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("boxes", [(1, 1, 1), (1, 2, 2), (1, 4, 4), (2, 3, 5)])
def test_boxes_leave_out_what_is_not_finite(boxes: tuple[int, int, int]) -> None:
    pixels = noise(4, 25, 31)
    pixels[pixels > 1.2] = np.nan
    pixels[0, :8, :8] = np.inf
    out = np.empty([n // b for n, b in zip(pixels.shape, boxes, strict=True)], np.float32)
    frame.bin_mean(pixels, *boxes, out)
    np.testing.assert_allclose(out, plain.bin_mean(pixels, boxes), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_boxes_of_whole_numbers(dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (3, 17, 22)).astype(dtype)
    out = np.empty((3, 8, 11), np.float32)
    frame.bin_mean(pixels, 1, 2, 2, out)
    np.testing.assert_allclose(out, plain.bin_mean(pixels, (1, 2, 2)), rtol=1e-6)


def test_sums_are_of_used_finite_pixels() -> None:
    pixels, used = noise(2, 9, 13) + 5, noise(2, 9, 13, seed=1) > -1
    pixels[0, :3, :3], pixels[1, 4, 5] = np.nan, -np.inf
    out, kept = np.empty(3), pixels[used & np.isfinite(pixels)].astype(np.float64)
    frame.sum_up(pixels, used, out)
    np.testing.assert_allclose(out, [kept.size, kept.sum(), (kept**2).sum()], rtol=1e-6)


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
        align.shift_last(*frames)
    else:
        flat = (int(np.prod(pixels.shape[:axis])), pixels.shape[axis], int(np.prod(pixels.shape[axis + 1 :])))
        align.shift_middle(pixels.reshape(flat), weights, out.reshape(flat))
    np.testing.assert_allclose(out, plain.shift_along(pixels, weights, axis), atol=2e-5)


def cells(n: int, starts: list[int], groups: list[int], parts: list[int]) -> tuple[np.ndarray, ...]:
    """Cells of an axis as the kernel takes them, and the group and the part of each pixel."""
    widths = np.diff([*starts, n])
    table = np.array([[*starts, n], [*groups, 0], [*parts, 0]])
    return table, np.repeat(groups, widths), np.repeat(parts, widths)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("axes", [(1, 2), (0, 1, 2)])
def test_products_of_two_frames_group_by_group(offset: tuple[int, int, int], axes: tuple[int, ...]) -> None:
    own, other = noise(9, 20, 24, seed=1), noise(9, 20, 24, seed=2)
    mine, theirs = ((noise(9, 20, 24, seed=k) > -1).astype(np.float32) for k in (3, 4))
    rows, row_groups, _ = cells(20, [0, 7, 13], [2, 0, 1], [0, 1, 1])
    columns, column_groups, _ = cells(24, [0, 5, 11, 20], [1, 2, 0, 1], [0, 0, 1, 1])
    pulls, squares = np.empty((2, len(axes), 3, 3))
    scatter.pair_products(
        own, other, mine, theirs, np.array(offset), np.array(axes), rows, columns, pulls, squares
    )
    expected = plain.pair_products(
        own, other, mine, theirs, np.array(offset), axes, row_groups, column_groups, compare.SLOPE
    )
    np.testing.assert_allclose(pulls, expected[0], atol=2e-4)
    np.testing.assert_allclose(squares, expected[1], atol=2e-4)


@pytest.mark.parametrize(
    ("shape", "axes", "masks"),
    [
        ((1, 20, 24), (1, 2), 1),
        ((8, 20, 24), (0, 1, 2), 7),
        ((1, 1, 24), (2,), 1),
        ((2, 20, 24), (0, 1, 2), 1),
    ],
)
def test_sums_over_a_frame_and_its_neighbors(
    shape: tuple[int, ...], axes: tuple[int, ...], masks: int
) -> None:
    pixels = noise(7, *shape)
    inside = (noise(masks, *shape, seed=1) > -1).astype(np.float32)
    t, near, shares = 2, np.array([0, 1, 4, 5, 6]), np.array([0.3, 0.2, 0.25, 0.15, 0.1], np.float32)
    offsets = np.array(OFFSETS)
    told = (pixels, inside, t, near, offsets, shares, 3.7)
    tall = shape[1]
    rows, group_of_row, part_of_row = (
        cells(tall, [0, 6, 9, 15], [2, 0, 1, 1], [0, 0, 1, 1]) if tall > 1 else cells(1, [0], [1], [0])
    )
    columns, group_of_column, part_of_column = cells(24, [0, 5, 12, 20], [1, 2, 0, 1], [0, 0, 1, 1])
    q = 2 + len(axes)
    groups, field = np.empty((3, 3, q + 1, q + 1)), np.empty((2, 2, q + 1, q + 1))
    crosses, grams, rights = np.empty((len(axes), 3)), np.empty((5, q, q)), np.empty((5, q))
    compare.compare_frame(*told, np.array(axes), rows, columns, groups, field, crosses, grams, rights)
    expected = plain.compare_frame(*told, axes, group_of_row, group_of_column, compare.SLOPE)
    at = np.triu_indices(q + 1)
    np.testing.assert_allclose(groups[..., *at], expected["groups"][..., *at], rtol=1e-4, atol=1e-3)
    for name, found in (("crosses", crosses), ("grams", grams), ("rights", rights)):
        np.testing.assert_allclose(found, expected[name], rtol=1e-4, atol=2e-3)
    expected = plain.compare_frame(*told, axes, part_of_row, part_of_column, compare.SLOPE)
    size = expected["groups"].shape[0]
    np.testing.assert_allclose(field[:size, :size, *at], expected["groups"][..., *at], rtol=1e-4, atol=1e-3)
    mean, frames = np.empty(shape, np.float32), np.empty(shape, np.float32)
    compare.weighted_mean(*told, mean, frames)
    wanted = plain.weighted_mean(*told)
    np.testing.assert_allclose(frames, wanted[1], atol=1e-5)
    np.testing.assert_allclose(mean, wanted[0], atol=1e-5)
    products, own = np.empty((2, 3)), pixels[t]
    compare.explained_products(mean, frames, own, products)
    use, parts = frames / (frames + 1), np.stack([np.ones(shape), mean])
    with_them = np.stack([np.ones(shape), mean, own])
    np.testing.assert_allclose(
        products, np.einsum("izyx,jzyx,zyx->ij", parts, with_them, use), rtol=1e-4, atol=1e-3
    )


def test_cross_spectra_and_the_top_of_what_they_are_of() -> None:
    at = (0.0, 2.3, -1.6)
    turns = [2 * np.pi * np.fft.fftfreq(n) for n in (1, 20)] + [2 * np.pi * np.fft.rfftfreq(24)]
    phase = sum(np.meshgrid(*(p * m for p, m in zip(at, turns, strict=True)), indexing="ij"))
    first = np.fft.rfftn(noise(1, 20, 24)) * np.exp(-(np.add.outer(turns[1] ** 2, turns[2] ** 2)))
    spectra = np.array([first, first * np.exp(-1j * phase)], np.complex64)
    pairs, out = np.array([[0, 1], [1, 0]]), np.empty((2, 1, 20, 13), np.complex64)
    peak.cross_spectra(spectra, pairs, out)
    np.testing.assert_allclose(out, plain.cross_spectra(spectra, pairs), rtol=1e-5, atol=1e-3)
    for product, sign in zip(out, (1, -1), strict=True):
        place = sign * np.array([0.0, 2.0, -2.0])
        for _ in range(4):
            peak.climb(product.view(np.float32), 24, place)
        np.testing.assert_allclose(place, sign * np.array(at), atol=1e-4)


def test_rings_add_up_what_frames_have_in_common() -> None:
    shape = (3, 8, 7)
    first, second = (noise(2, *shape, seed=k).astype(np.complex64) for k in (1, 2))
    spectra = [a[0] + 1j * a[1] for a in (first, second)]
    ramps = [np.exp(1j * noise(n, seed=n)).astype(np.complex64) for n in shape]
    ring = np.random.default_rng(0).integers(0, 5, shape)
    common, power = np.zeros(5), np.zeros(5)
    peak.add_rings(*spectra, *ramps, ring, common, power)
    expected = plain.add_rings(*spectra, ramps, ring, 5)
    np.testing.assert_allclose([common, power], expected, rtol=1e-4, atol=1e-4)


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
