"""What drift is held against: the original's arithmetic with its sign mended, and how errors are counted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from specks.synth import DriftingSeries, drifting_series

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from benchmarks._drift_original import all_pairs, original, pair_shift, positions  # noqa: E402
from benchmarks._drift_score import score  # noqa: E402
from benchmarks.peers import _scikit_image, _trackpy  # noqa: E402

sys.path.remove(str(ROOT))


@pytest.mark.parametrize("shape", [(64, 80), (63, 81), (20, 24, 28)])
def test_a_pair_is_as_far_apart_as_the_second_has_moved(shape: tuple[int, ...]) -> None:
    first = np.zeros(shape)
    first[tuple(slice(n // 2 - 3, n // 2 + 2) for n in shape)] = 1
    moved = (6, -4, 3)[: len(shape)]
    second = np.roll(first, moved, range(len(shape)))
    np.testing.assert_array_equal(pair_shift(first, second), moved)
    np.testing.assert_array_equal(pair_shift(first, first), 0)


def test_pairs_are_solved_for_positions_from_the_first() -> None:
    pairs = all_pairs(5)
    truth = np.array([[0, 0], [1, 4], [2, -3], [5, 5], [-6, 1]], float)
    shifts = np.array([truth[j] - truth[i] for i, j in pairs])
    assert len(pairs) == 10
    np.testing.assert_allclose(positions(shifts, pairs, 5), truth, atol=1e-12)


@pytest.mark.parametrize("method", [
    original,
    _scikit_image.METHODS["scikit-image, consecutive"],
    _scikit_image.METHODS["scikit-image, all pairs"],
    _trackpy.METHODS["trackpy"],
], ids=["original", "consecutive", "all pairs", "trackpy"])  # fmt: skip
@pytest.mark.parametrize("scenario", ["mask_easy", "vol_mask"])
def test_methods_give_drift_with_its_sign_in_the_order_of_the_axes(method, scenario: str) -> None:
    made = drifting_series(scenario, seed=2, frames=5)
    found = method(made.images)
    assert found.shape == made.drift.shape
    assert np.abs(made.drift).max() > 4
    assert score(found, made).off == 0


def test_errors_are_counted_from_their_median_without_lost_frames() -> None:
    drift = np.arange(10.0).reshape(5, 2)
    good = np.array([True, True, False, True, True])
    made = DriftingSeries(np.zeros((5, 2, 2)), drift, good, "tyx", None, None)
    assert score(drift + 7, made).rms == 0
    wrong = drift.copy()
    wrong[2] += 100
    wrong[4] += (3, 4)
    assert score(wrong, made).rms == pytest.approx(np.sqrt(25 / 4))
    assert score(wrong, made).off == 0.25
    wrong[1] = np.nan
    assert score(wrong, made).rms == np.inf
    assert score(wrong, made).off == 0.5
