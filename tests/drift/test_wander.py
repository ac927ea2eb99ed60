"""How parts of a sample move by themselves, and what frames are worth to each other."""

from __future__ import annotations

import numpy as np
import pytest

from specks.drift.against_others import Aligned, looked_at, parting
from specks.drift.wander import Wander, fit_wander

LAGS = np.array([-3, -2, -1, 1, 2, 3])


def test_frames_that_differ_by_noise_alone_count_the_same() -> None:
    np.testing.assert_array_equal(Wander(2.0, 0.0, 1.0).weights(LAGS), np.ones(6))


def test_of_a_random_walk_only_the_nearest_frames_count() -> None:
    np.testing.assert_allclose(Wander(0.0, 3.0, 1.0).weights(LAGS), [0, 0, 1, 1, 0, 0], atol=1e-5)


def test_between_the_two_the_nearer_frames_count_more() -> None:
    weights = Wander(1.0, 0.2, 1.0).weights(LAGS)[3:]
    assert weights[0] > weights[1] > weights[2] > 0.1


@pytest.mark.parametrize("power", [1.0, 1.5, 1.9])
def test_the_curve_is_found_again(power: float) -> None:
    lags, told = np.repeat([1, 2, 3, 5, 8, 13], 5), Wander(0.02, 0.005, power)
    scatter = np.random.default_rng(0).normal(1, 0.02, len(lags))
    found = fit_wander(lags, told(lags.astype(float)) * scatter)
    assert found.power == power
    assert (found.fixed, found.growing) == pytest.approx((told.fixed, told.growing), rel=0.2)


def test_pairs_that_share_nothing_are_left_out() -> None:
    assert fit_wander(np.array([1, 2, 9]), np.array([0.1, 0.1, np.inf])).growing < 0.01
    assert fit_wander(np.array([1, 2]), np.array([np.inf, np.inf])).growing == 0


def test_the_variance_between_two_frames_is_that_of_many() -> None:
    rng = np.random.default_rng(0)
    grid = np.meshgrid(np.arange(64), np.arange(80), indexing="ij")
    found, moved = [], []
    for _ in range(40):
        frames = np.zeros((2, 1, 64, 80), np.float32)
        shifts = rng.normal(0, 0.4, (40, 2))
        for place, shift in zip(rng.uniform(8, 56, (40, 2)) * (1, 1.25), shifts, strict=True):
            for frame, at in zip(frames, (place, place + shift), strict=True):
                square = sum((g - c) ** 2 for g, c in zip(grid, at, strict=True))
                frame[0] += np.exp(-square / 12.5).astype(np.float32)
        aligned = Aligned.of(frames, looked_at(np.ones((1, 1, 64, 80), bool), (0, 0, 0)), np.zeros((2, 3)))
        found.append(parting(aligned, 0, 1))
        moved.append(shifts.mean(axis=0))
    assert np.mean(found) == pytest.approx(np.square(moved).mean(), rel=0.4)


def test_frames_that_do_not_meet_tell_nothing() -> None:
    frames = np.random.default_rng(0).normal(size=(2, 1, 32, 32)).astype(np.float32)
    shifts = np.array([[0, 0, 0], [0, 40, 0.0]])
    assert (
        parting(Aligned.of(frames, looked_at(np.ones((1, 1, 32, 32), bool), (0, 0, 0)), shifts), 0, 1)
        == np.inf
    )
