"""A few examples and what all objects measure say which class each is of."""

from __future__ import annotations

import numpy as np
import pytest

from specks.mixture.classes import judge_classes


def drawn(seed, count=300, share=0.5, brighter=2.0, larger=1.0):
    """Logarithms of size and contrast of two classes, and the class of each object."""
    rng = np.random.default_rng(seed)
    second = rng.random(count) < share
    size = rng.normal(np.log(10), 0.15, count) + second * np.log(larger)
    contrast = rng.normal(np.log(40), 0.12, count) + second * np.log(brighter)
    return np.column_stack([size, contrast]), np.where(second, 3, 2)


def examples(true, seed, each=2):
    """Some of each class, at random."""
    rng = np.random.default_rng(seed + 1000)
    taught = np.zeros(len(true), int)
    for kind in np.unique(true):
        taught[rng.choice(np.flatnonzero(true == kind), each, replace=False)] = kind
    return taught


def accuracy(features, true, taught):
    found, _ = judge_classes(features, taught)
    return (found == true)[taught == 0].mean()


@pytest.mark.parametrize(
    "kinds", [{}, {"brighter": 1.0, "larger": 2.0}, {"brighter": 1.4, "larger": 1.6}, {"share": 0.1}]
)
def test_two_examples_a_class_are_enough(kinds):
    scores = [accuracy(*(case := drawn(seed, **kinds)), examples(case[1], seed)) for seed in range(20)]
    assert np.mean(scores) > 0.97
    assert np.quantile(scores, 0.1) > 0.95


def test_objects_that_are_like_none_do_not_lead_astray():
    scores = []
    for seed in range(20):
        features, true = drawn(seed)
        features[:15] = np.random.default_rng(seed).normal([2.3, 4.0], 2.0, (15, 2))
        taught = examples(true[15:], seed)
        scores.append(accuracy(features, true, np.concatenate([np.zeros(15, int), taught])))
    assert np.mean(scores) > 0.93


def test_the_probabilities_hold():
    """Of those that are said to be of a class with some probability, about so many are."""
    sure, right = [], []
    for seed in range(40):
        features, true = drawn(seed, brighter=1.3)
        taught = examples(true, seed, each=5)
        found, probability = judge_classes(features, taught)
        sure.append(probability[taught == 0])
        right.append((found == true)[taught == 0])
    sure, right = np.concatenate(sure), np.concatenate(right)
    assert right.mean() < 0.95, "these classes should overlap"
    assert abs(sure.mean() - right.mean()) < 0.03
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        within = (sure >= low) & (sure <= high)
        assert abs(sure[within].mean() - right[within].mean()) < 0.08


def test_three_classes_are_told_apart():
    rng = np.random.default_rng(0)
    true = np.repeat([2, 5, 9], 80)
    middle = {2: (2.0, 3.0), 5: (2.6, 3.0), 9: (2.0, 4.0)}
    features = np.array([middle[kind] for kind in true]) + rng.normal(0, 0.12, (240, 2))
    assert accuracy(features, true, examples(true, 0)) > 0.97


def test_examples_stay_what_they_are():
    features, true = drawn(0)
    taught = examples(true, 0)
    wrong = np.flatnonzero((taught == 0) & (true == 3))[0]
    taught[wrong] = 2
    found, probability = judge_classes(features, taught)
    assert np.array_equal(found[taught > 0], taught[taught > 0])
    assert (probability[taught > 0] == 1).all()


def test_a_class_with_many_examples_gets_no_more_for_that():
    features, true = drawn(0, brighter=1.3)
    few = examples(true, 0)
    many = few.copy()
    many[np.flatnonzero((true == 2) & (few == 0))[:60]] = 2
    both = many == 0
    shares = [(judge_classes(features, taught)[0][both] == 3).mean() for taught in (few, many)]
    assert shares[1] > shares[0] - 0.1


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_and_order_do_not_matter(scale):
    features, true = drawn(0)
    taught = examples(true, 0)
    found, probability = judge_classes(features, taught)
    mixed = np.random.default_rng(0).permutation(len(true))
    again, likely = judge_classes((features * scale + 7 * scale)[mixed], taught[mixed])
    assert np.array_equal(again, found[mixed])
    assert np.allclose(likely, probability[mixed], atol=1e-4)


def test_what_measures_nothing_is_judged_by_the_rest():
    features, true = drawn(0)
    features[5, 0], features[6] = np.nan, [np.inf, np.nan]
    found, probability = judge_classes(features, examples(true, 0))
    assert found[5] == true[5]
    assert np.isfinite(probability).all()


@pytest.mark.parametrize("taught", [[0, 0, 0], [2, 0, 0], [2, 0, 2]])
def test_one_class_teaches_nothing(taught):
    found, probability = judge_classes(np.eye(3)[:, :2], np.array(taught))
    assert found.tolist() == taught
    assert probability.tolist() == [float(kind > 0) for kind in taught]


def test_equal_objects_and_examples_alone_are_no_fault():
    found, probability = judge_classes(np.ones((5, 2)), np.array([2, 3, 0, 0, 0]))
    assert probability[2:] == pytest.approx(0.5)
    found, _ = judge_classes(np.arange(4.0).reshape(2, 2), np.array([7, 2]))
    assert found.tolist() == [7, 2]
