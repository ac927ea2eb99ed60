"""Scores against the truth equal those of plain definitions and of scikit-learn."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score, f1_score

from specks._core.errors import InputError
from specks.synth import truth

# Values that stand apart by more than the scores tell apart.
posteriors = hnp.arrays(np.float32, st.integers(1, 60), elements=st.integers(0, 64).map(lambda k: k / 64))


def flags_like(posterior: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(posterior.shape) < posterior


def plain_f1(flags: np.ndarray, found: np.ndarray) -> float:
    """As scikit-learn, whose checks of its arguments take milliseconds; 0 where there is nothing at all."""
    return 2 * np.count_nonzero(flags & found) / max(1, np.count_nonzero(flags) + np.count_nonzero(found))


@settings(deadline=None, max_examples=30)
@given(posteriors, st.integers(0, 999))
def test_pixel_scores_equal_their_definitions(posterior: np.ndarray, seed: int) -> None:
    flags = flags_like(posterior, seed)
    scores = truth.pixel_scores(posterior, flags)
    if flags.any():
        assert scores.average_precision == pytest.approx(average_precision_score(flags, posterior))
    else:
        assert np.isnan(scores.average_precision)
    bins = np.minimum((posterior.astype(float) * 20).astype(int), 19)
    expected = sum(
        abs(posterior[bins == b].sum(dtype=float) - flags[bins == b].sum()) for b in range(20)
    ) / len(flags)
    assert scores.expected_calibration_error() == pytest.approx(expected)
    for threshold in (0.25, 0.5, 1.0):
        found = posterior >= threshold
        wanted = f1_score(flags, found) if (flags | found).any() else 1.0
        assert scores.counts(threshold).f1 == pytest.approx(wanted)
        assert plain_f1(flags, found) == pytest.approx(wanted) or not (flags | found).any()
        assert truth.dice(found, flags) == pytest.approx(wanted)
    best, threshold = scores.best_dice()
    if flags.any():
        assert best == pytest.approx(max(plain_f1(flags, posterior >= t) for t in set(posterior)))
        assert scores.counts(threshold).f1 == pytest.approx(best)
    assert scores.mean_posterior == pytest.approx(posterior.mean(dtype=float))
    assert scores.prevalence == flags.mean()


def test_small_and_nearly_certain_probabilities_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    posterior = np.concatenate([rng.random(5000) * 1e-6, 1 - rng.random(5000) * 1e-2]).astype(np.float32)
    flags = rng.random(10000) < np.concatenate([np.linspace(0, 1, 5000), np.linspace(0.5, 1, 5000)])
    ours = truth.average_precision(posterior, flags)
    assert ours == pytest.approx(average_precision_score(flags, posterior), abs=2e-3)


def test_no_data_is_left_out_and_integers_are_fractions() -> None:
    whole = truth.pixel_scores(np.array([0, 51, 255], np.uint8), np.array([0, 0, 1]))
    assert whole.mean_posterior == pytest.approx((51 / 255 + 1) / 3, rel=1e-3)
    part = truth.pixel_scores(np.array([0, np.nan, 1]), np.array([0, 1, 1]))
    assert (part.pixels, part.counts(0.5).f1) == (2, 1.0)


def test_lazy_images_are_read_slab_by_slab() -> None:
    rng = np.random.default_rng(1)
    posterior = rng.random((9, 700, 900)).astype(np.float32)
    flags = rng.random(posterior.shape) < posterior
    lazy = truth.pixel_scores(da.from_array(posterior, chunks=(2, 350, 900)), flags)
    assert lazy.average_precision == truth.pixel_scores(posterior, flags).average_precision
    assert lazy.pixels == posterior.size


def plain_matches(labels: np.ndarray, true: np.ndarray, iou: float) -> int:
    """Every pair by its masks; the largest overlaps first."""
    pairs = []
    for i in set(labels.flat) - {0}:
        for j in set(true.flat) - {0}:
            a, b = labels == i, true == j
            overlap = (a & b).sum() / (a | b).sum()
            if overlap >= iou:
                pairs.append((-overlap, int(i), int(j)))
    used_i, used_j = set(), set()
    for _, i, j in sorted(pairs):
        if i not in used_i and j not in used_j:
            used_i.add(i)
            used_j.add(j)
    return len(used_i)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from([0.5, 0.51, 1.0]))
def test_object_scores_equal_a_comparison_of_all_masks(data: st.DataObject, iou: float) -> None:
    shape = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 9)))
    images = hnp.arrays(np.int32, shape, elements=st.sampled_from([0, 1, 2, 7, 2**31 - 1]))
    labels, true = data.draw(images), data.draw(images)
    counts = truth.object_scores(labels, true, iou=iou)
    assert counts.found == len(set(labels.flat) - {0})
    assert counts.true == len(set(true.flat) - {0})
    assert counts.matched == plain_matches(labels, true, iou)


def test_objects_in_parts_count_as_one_and_small_ones_can_be_left_out() -> None:
    true = np.zeros((200, 40, 40), np.int32)
    true[:150, :10, :10] = 3
    true[0, 30, 30] = 4
    found = np.where(true == 3, 9, 0).astype(np.uint16)
    overlaps = truth.ObjectOverlaps()
    for z in range(200):
        overlaps.add(found[z], true[z])
    assert overlaps.scores() == truth.Counts(found=1, true=2, matched=1)
    assert overlaps.scores(min_size=2).f1 == 1.0
    assert truth.object_scores(found, true) == overlaps.scores()


def test_perfect_and_empty_results() -> None:
    nothing = np.zeros((4, 4), int)
    assert truth.object_scores(nothing, nothing).f1 == 1.0
    assert truth.dice(nothing, nothing) == 1.0
    assert truth.object_scores(np.eye(4, dtype=int), nothing).precision == 0.0


def test_a_box_counts_once_for_the_nearest_centroid() -> None:
    boxes = [[10, 10, 10, 20], [30, 30, 10, 10]]
    assert truth.box_scores([[15.9, 10], [10, 21.9]], boxes) == truth.Counts(2, 2, 1)
    assert truth.box_scores([[16.1, 10], [10, 22.1]], boxes).matched == 0
    assert truth.box_scores([[16.1, 10]], boxes, grow=0.3).matched == 1
    # The nearest takes the box; the other one, nearer to it than to its own, takes what is left.
    crowded = [[10, 10, 10, 10], [10, 14, 10, 10]]
    assert truth.box_scores([[10, 11], [10, 12]], crowded).matched == 2
    assert truth.box_scores([], boxes) == truth.Counts(0, 2, 0)
    assert truth.box_scores([[1, 1]], []) == truth.Counts(1, 0, 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: truth.dice(np.zeros(3), np.zeros(4)), r"the shape \(3,\), but the truth has \(4,\)"),
        (lambda: truth.average_precision(np.array([1.5]), np.array([1])), "from 1.5 to 1.5"),
        (lambda: truth.average_precision(np.array([1j]), np.array([1])), "complex128"),
        (lambda: truth.object_scores(np.array([0.5]), np.array([1])), "labels has the data type float64"),
        (lambda: truth.object_scores(np.array([1]), np.array([-1])), "truth has values from -1"),
        (lambda: truth.object_scores(np.array([1]), np.array([1]), iou=0), "iou is 0"),
        (lambda: truth.box_scores([[1, 2, 3]], []), r"centroids has the shape \(1, 3\)"),
    ],
)
def test_bad_input_is_named(call, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
