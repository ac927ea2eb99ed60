"""Kernels of the summary against their plain statements."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import siegelslopes
from statements.tracks import line, walk

from specks.tracking._growth_kernels import lines_through
from specks.tracking._path import MEAN_LENGTH
from specks.tracking._path_kernels import paths_of
from specks.tracking._slope_kernels import repeated_medians

COUNTS = [4, 1, 9, 30, 3]
FIRST = np.concatenate([[0], np.cumsum(COUNTS)])


def times(seed: int) -> np.ndarray:
    """Rising within each series, with gaps."""
    rng = np.random.default_rng(seed)
    return np.concatenate([np.sort(rng.choice(3 * n, n, replace=False)) for n in COUNTS])


def test_repeated_medians_are_siegels() -> None:
    values = np.random.default_rng(0).normal(size=FIRST[-1])
    values[5:9] = 1.0  # ties
    slope = np.empty(len(COUNTS))
    repeated_medians(FIRST, values, 4, slope)
    for i, n in enumerate(COUNTS):
        if n < 4:
            assert math.isnan(slope[i])
        else:
            assert slope[i] == pytest.approx(siegelslopes(values[FIRST[i] : FIRST[i + 1]])[0], rel=1e-12)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.6, 0.95])
def test_lines_are_those_of_generalized_least_squares(correlation: float) -> None:
    time, values = times(1), 5 + np.random.default_rng(1).normal(size=FIRST[-1])
    out = [np.full((len(COUNTS), 1), -7.0) for _ in range(4)]
    lines_through(FIRST, time, values, np.array([correlation]), *out)
    for i, n in enumerate(COUNTS):
        own = slice(FIRST[i], FIRST[i + 1])
        slope, error, log_likelihood, spread = (array[i, 0] for array in out)
        if n < 4:
            assert slope == error == spread == -7.0
            continue
        expected = line(time[own], values[own], correlation)
        assert (slope, error, spread) == pytest.approx(expected[:3])
        other = [np.zeros((1, 1)) for _ in range(4)]
        lines_through(np.array([0, n]), time[own], values[own], np.array([0.3]), *other)
        # The likelihood leaves out what is the same under every correlation.
        against = expected[3] - line(time[own], values[own], 0.3)[3]
        assert log_likelihood - other[2][0, 0] == pytest.approx(against, abs=1e-9)


@pytest.mark.parametrize("ndim", [2, 3])
def test_paths_are_the_mean_over_all_paths_that_may_have_been(ndim: int) -> None:
    rng = np.random.default_rng(ndim)
    time = times(2)
    position = np.cumsum(rng.normal(0.2, 0.5, (FIRST[-1], ndim)), axis=0) + rng.normal(
        0, 0.3, (FIRST[-1], ndim)
    )
    shares = np.array([0.0, 0.1, 0.6, 1.0])
    log_likelihood, length = np.zeros((5, 4)), np.full((5, 4), np.nan)
    paths_of(FIRST, time, position, shares, MEAN_LENGTH[ndim], log_likelihood, length)
    assert np.isnan(length[1]).all()
    for i in (0, 2, 3, 4):
        own = slice(FIRST[i], FIRST[i + 1])
        expected = [walk(time[own], position[own], share, 20_000, 0) for share in shares]
        np.testing.assert_allclose(length[i], [path for _, path in expected], rtol=0.005)
        differences = np.diff([likelihood for likelihood, _ in expected])
        np.testing.assert_allclose(np.diff(log_likelihood[i]), differences, rtol=1e-9, atol=1e-9)
