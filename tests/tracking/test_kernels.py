"""Kernels of linking against their plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from statements.matching import cheapest, marginals, nearest

from specks._core.progress import drain
from specks.tracking._candidate_kernels import nearest_later
from specks.tracking._candidates import Candidates, probabilities
from specks.tracking._solve import choose_links


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("most", [1, 3, 40])
def test_the_nearest_later_rows_are_found(ndim: int, most: int) -> None:
    rng = np.random.default_rng(ndim)
    block = np.sort(rng.integers(0, 6, 60))
    position = rng.uniform(0, 10, (60, ndim))
    position = position[np.lexsort((position[:, 0], block))]
    predicted = position[:, None] + rng.normal(0, 0.5, (60, 2, ndim))
    first = np.searchsorted(block, np.arange(7))
    target = np.stack([np.append(np.arange(1, 6), -1), np.append(np.arange(2, 6), [-1, -1])], axis=1)
    rows = np.flatnonzero(rng.random(60) < 0.7)
    gate = 1 / np.array([3.0, 4.0, np.inf])[:ndim] ** 2
    found, square = np.empty((len(rows), 2, most), np.int64), np.empty((len(rows), 2, most))
    nearest_later(rows, position, predicted, block, target, first, gate, found, square)
    expected = nearest(rows, position, predicted, block, target, gate, most)
    assert [[[j for j in gap if j >= 0] for gap in row] for row in found.tolist()] == expected
    assert sum(len(gap) for row in expected for gap in row) > 30
    for r, g, k in zip(*np.nonzero(found >= 0), strict=True):
        step = position[found[r, g, k]] - predicted[rows[r], g]
        assert square[r, g, k] == pytest.approx(step @ step)


def candidates_of(there: np.ndarray) -> Candidates:
    left, right = np.nonzero(there)
    n = max(there.shape)
    return Candidates(n, left, right, np.ones_like(left), np.zeros(len(left)), None)


@pytest.mark.parametrize("seed", range(60))
def test_the_cheapest_set_of_links_is_chosen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    there = rng.random((n, n)) < rng.random()
    odds = rng.normal(3, 4, (n, n))
    if seed % 3 == 0:
        odds = np.round(odds)  # many ties
    candidates = candidates_of(there)
    after, given_up = drain(choose_links(candidates, odds[there], rng.permutation(n)))
    chosen = np.flatnonzero(after >= 0)
    assert there[chosen, after[chosen]].all()
    assert len(set(after[chosen].tolist())) == len(chosen)
    assert given_up == 0
    assert -odds[chosen, after[chosen]].sum() == pytest.approx(cheapest(np.where(there, -odds, np.inf)))


def test_a_search_that_would_last_too_long_leaves_its_row_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 40
    there = np.ones((n, n), bool)
    odds = np.add.outer(np.arange(n), np.arange(n)) / n + 1.0  # everyone wants the last ones
    odds += np.random.default_rng(0).random((n, n)) * 0.1
    monkeypatch.setattr("specks.tracking._solve.MOST", 2)
    after, given_up = drain(choose_links(candidates_of(there), odds[there]))
    chosen = after[after >= 0]
    assert given_up > 0
    assert len(chosen) >= n - given_up
    assert len(set(chosen.tolist())) == len(chosen)


@pytest.mark.parametrize("seed", range(8))
def test_probabilities_are_those_of_all_sets_together(seed: int) -> None:
    """Exact where candidates form no loop, and close where they do."""
    rng = np.random.default_rng(seed)
    odds = np.exp(rng.normal(0, 2, (4, 4)))
    loop = rng.random((4, 4)) < 0.6
    chain = np.eye(4, dtype=bool) | np.eye(4, k=1, dtype=bool)
    for there, tolerance in ((chain, 1e-3), (loop, 0.12)):
        exact = marginals(np.where(there, odds, 0.0))
        found = probabilities(candidates_of(there), np.log(odds[there]))
        np.testing.assert_allclose(found, exact[there], atol=tolerance)


def test_certain_links_keep_their_digits() -> None:
    there = np.array([[True, True], [True, False]])
    found = probabilities(candidates_of(there), np.array([45.0, 3.0, 44.0]))
    exact = marginals(np.exp(np.array([[45.0, 3.0], [44.0, -np.inf]])))
    np.testing.assert_allclose(found, exact[there], rtol=1e-2, atol=1e-12)
