"""Calibrated mode: the arithmetic on histograms, against plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.isotonic import isotonic_regression
from statements import calibrated as plain

from specks.mixture import _kernels
from specks.mixture.calibrated import BINS, EDGES, SEED_BIN, STEP, ZERO, non_decreasing, separate, with_tail
from specks.mixture.variable import Variable
from specks.mixture.weights import PRIOR_OBJECTS, posterior_tables, slice_weights

CENTERS = (EDGES[:-1] + EDGES[1:]) / 2


def normal_counts(n, mean=0.0, sd=1.0):
    density = np.exp(-0.5 * ((CENTERS - mean) / sd) ** 2)
    return np.round(n * density / density.sum()).astype(np.int64)


@given(
    hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e3, 1e3)),
    st.randoms(use_true_random=False),
)
def test_pooling_equals_isotonic_regression(values, random):
    weights = np.array([random.uniform(0.1, 10) for _ in values])
    expected = isotonic_regression(values, sample_weight=weights)
    np.testing.assert_allclose(non_decreasing(values, weights), expected, atol=1e-9)
    np.testing.assert_allclose(plain.pooled(values, weights), expected, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_bins_equal_the_plain_statement(dtype, sign):
    values = np.random.default_rng(1).normal(90, 40, (61, 83)).clip(0, 255).astype(dtype)
    if np.issubdtype(dtype, np.floating):
        values[3, 4], values[5, 6] = np.nan, np.inf
    out = np.empty(values.shape, np.uint8)
    _kernels.to_bins(values, sign, sign * 80.0, 1.3, ZERO, out)
    assert np.array_equal(out, plain.to_bins(values, sign, sign * 80.0, 1.3, ZERO))


@given(st.tuples(st.integers(1, 70), st.integers(1, 70)), st.tuples(st.integers(1, 20), st.integers(1, 20)))
@settings(max_examples=40, deadline=None)
def test_counts_equal_the_plain_statement(shape, size):
    bins = np.random.default_rng(shape[0]).integers(0, SEED_BIN + 1, shape, dtype=np.uint8)
    bins[np.random.default_rng(1).random(shape) < 0.99] //= 2
    counts = np.zeros(BINS, np.int64)
    _kernels.count_bins(bins, counts)
    assert np.array_equal(counts, np.bincount(bins.ravel(), minlength=BINS))
    flags = np.zeros((-(-shape[0] // size[0]), -(-shape[1] // size[1])), bool)
    _kernels.flag_cells(bins, SEED_BIN, *size, flags)
    from specks.mixture.statistics import with_neighbors

    far = np.zeros(BINS, np.int64)
    _kernels.count_cells(bins, ~with_neighbors(flags), *size, far)
    expected = bins[plain.far_from_seeds(bins, SEED_BIN, size)]
    assert np.array_equal(far, np.bincount(expected, minlength=BINS))


@given(
    hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e300, 1e300) | st.integers(0, 3)),
    st.floats(0, 1),
)
@example(np.array([1.0, 1.0 + 2**-52]), 0.5)
@example(np.array([5e-324, 0.0, 1e-310]), 0.9)
def test_quantiles_are_those_of_numpy(values, q):
    from specks.mixture.statistics import _quantile

    assert _quantile(values, q) == np.quantile(values, q)


def test_eight_bit_intensities_have_the_bins_of_other_numbers():
    values = np.random.default_rng(1).integers(0, 256, (61, 83), dtype=np.uint8)
    for sign in (1, -1):
        variable = Variable("intensity", sign, (5.0, 5.0))
        expected = variable.bins(values.astype(np.int16), sign * 80.0, 1.3)
        assert np.array_equal(variable.bins(values, sign * 80.0, 1.3), expected)


def test_look_up_equals_indexing():
    bins = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)
    table = np.random.default_rng(1).random(256).astype(np.float32)
    out = np.empty(bins.shape, np.float32)
    _kernels.look_up(bins, table, out)
    assert np.array_equal(out, table[bins])


@pytest.mark.parametrize("share", [0.0005, 0.003, 0.02, 0.08])
def test_two_known_components_are_told_apart(share):
    background = normal_counts(1_000_000 * (1 - share))
    particles = normal_counts(1_000_000 * share, mean=8, sd=1.5)
    found = separate(background + particles, background, object_area=80)
    assert found.weight == pytest.approx(share, rel=0.1, abs=2e-4)
    truth = particles / np.maximum(background + particles, 1)
    table = posterior_tables(found.ratio, np.array([found.weight]))[0]
    seen = background + particles > 200
    assert np.abs(table[seen] - truth[seen]).max() < 0.15


def test_background_alone_has_no_particles():
    rng = np.random.default_rng(0)
    for _ in range(20):
        u = np.floor(rng.normal(size=200_000) / STEP + ZERO).astype(int)
        counts = np.bincount(u, minlength=BINS)
        found = separate(counts, counts, object_area=80)
        assert found.weight == 0
        assert not found.particle.any()


def skewed_counts(n):
    """A background with more above than below, as few patches of slow texture make it."""
    counts = normal_counts(n) * np.exp(0.02 * np.sign(CENTERS) * CENTERS**2)
    return counts * n / counts.sum()


def away_from_seeds(total):
    """The patches that stand out hold seeds, and so they do not count as background."""
    return total * np.clip((4 - CENTERS) / 2.5, 0, 1)


def test_skewed_texture_is_not_taken_for_particles():
    total = skewed_counts(100_000_000)
    assert separate(total, away_from_seeds(total), object_area=80).weight == 0


@pytest.mark.parametrize("share", [0.0005, 0.003, 0.02])
def test_particles_on_skewed_texture_are_counted_right(share):
    total = skewed_counts(10_000_000 * (1 - share)) + normal_counts(10_000_000 * share, mean=7, sd=1)
    assert separate(total, away_from_seeds(total), object_area=80).weight == pytest.approx(share, rel=0.15)


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.04])
def test_whole_gray_values_that_fill_some_bins_twice_are_no_particles(shift):
    values = np.arange(-150, 151) * 0.055 + shift  # a gray value is about half a bin wide
    gray = np.exp(-0.5 * values**2 + 0.02 * np.sign(values) * values**2)
    bins = np.floor(values / STEP + ZERO).astype(int).clip(1, BINS - 1)
    counts = np.bincount(bins, gray * 3e6, minlength=BINS)
    assert separate(counts, away_from_seeds(counts), object_area=80).weight == 0


@given(hnp.arrays(np.int64, 256, elements=st.integers(0, 10**6)), st.floats(0, 1))
@example(np.bincount([85, 86, 87], [6e5, 1e6, 1e6], 256).astype(np.int64), 0.0)  # nothing but particles
@settings(max_examples=60, deadline=None)
def test_any_counts_give_a_probability_that_never_falls(total, part):
    found = separate(total, (total * part).astype(np.int64), object_area=50)
    share, error = slice_weights(total[np.newaxis], found.ratio, found.weight, 50)
    table = posterior_tables(found.ratio, share)[0]
    assert np.isfinite(table).all()
    assert (np.diff(table[1:]) >= -1e-12).all()
    assert table[0] == 0
    assert 0 <= table.min() <= table.max() <= 1
    assert 0 <= found.weight <= 1
    assert (error >= 0).all()


def test_the_tail_goes_on_beyond_what_was_seen():
    seen = normal_counts(100_000)
    cut = np.where(CENTERS < 3.2, seen, 0)
    tail = with_tail(cut.astype(float))
    beyond = (CENTERS > 3.3) & (CENTERS < 4.2)
    truth = 100_000 * np.exp(-0.5 * CENTERS**2) / np.exp(-0.5 * CENTERS**2).sum()
    assert np.allclose(np.log(tail[beyond]), np.log(truth[beyond]), atol=0.7)
    assert (np.diff(tail[np.flatnonzero(beyond)[0] :]) <= 0).all()


def test_shares_equal_root_finding():
    rng = np.random.default_rng(0)
    ratio = np.where(np.arange(BINS) > 110, 300.0, 0.01)
    counts = rng.poisson(normal_counts(50_000), (5, BINS)) + rng.poisson(
        normal_counts(400, mean=8), (5, BINS)
    )
    share, _ = slice_weights(counts, ratio, 0.004, 60)
    expected = [plain.share(c, ratio, 0.004, 60 * PRIOR_OBJECTS) for c in counts]
    np.testing.assert_allclose(share, expected, rtol=1e-9)


def test_small_and_empty_slices_shrink_to_the_stack():
    ratio = np.where(np.arange(BINS) > 110, 300.0, 0.01)
    rich = normal_counts(10_000, mean=8)
    shares, errors = slice_weights(np.stack([rich * 0, rich // 100, rich * 1000]), ratio, 0.01, 80)
    assert shares[0] == pytest.approx(0.01)
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.9
    assert errors[2] < errors[1]
