"""Which frequencies tell where a frame is, and how far the filter made of them reaches."""

from __future__ import annotations

import numpy as np

import specks
from specks.drift.spectrum import reach
from specks.synth import drifting_series


def gain(width: float, shape: tuple[int, int, int] = (1, 240, 400)) -> np.ndarray:
    """Of a filter whose response is a bell of a width in pixels."""
    angle = [np.pi * np.arange(n) / n for n in shape]
    square = sum(g**2 for g in np.meshgrid(*angle, indexing="ij"))
    return np.exp(-square * width**2 / 2)


def test_a_filter_of_all_frequencies_reaches_nowhere() -> None:
    assert reach(np.ones((8, 80, 80))) == (0, 0, 0)


def test_a_filter_reaches_as_far_as_its_response() -> None:
    # Of the square of a bell, erfc(x / width) lies beyond x: .005 at 1.98 widths, which is within the bell's third pixel.
    assert reach(gain(1.5)) == (0, 3, 3)
    assert reach(gain(2.5)) == (0, 5, 5)


def test_a_filter_is_not_taken_to_reach_too_far() -> None:
    assert reach(gain(20.0)) == (0, 6, 10)


def test_a_lattice_is_followed_in_full() -> None:
    followed = []
    for seed in range(4):
        series = drifting_series("periodic", seed)
        moved = series.drift - series.drift.mean(axis=0)
        found = specks.estimate_drift(series.images).shifts
        followed.append((moved * found).sum() / (moved * moved).sum())
    assert abs(np.mean(followed) - 1) < 2e-4  # no part of the frame that stands still takes part
