"""The cheapest set of links in which each row has at most one successor and one predecessor."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["match_rows", "matching_room"]


@kernel
def _push(keys: Any, items: Any, size: int, key: float, item: int) -> int:
    """Add to a binary heap; gives its new size."""
    i = size
    while i > 0:
        parent = (i - 1) // 2
        if keys[parent] <= key:
            break
        keys[i], items[i] = keys[parent], items[parent]
        i = parent
    keys[i], items[i] = key, item
    return size + 1


@kernel
def _pop(keys: Any, items: Any, size: int) -> int:
    """Take the least off a binary heap; gives its new size."""
    size -= 1
    key, item = keys[size], items[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i], items[i] = keys[child], items[child]
        i = child
    keys[i], items[i] = key, item
    return size


@kernel
def _augment(root: int, end: int, j: int, after: Any, before: Any, origin: Any) -> None:
    """Turn a path around: it ends in the free row `j`, or in a row `end` that gives up its successor."""
    if j < 0:
        if end == root:
            return
        j = after[end]
        after[end] = -1
    row = -1
    while row != root:
        row = origin[j]
        following = after[row]
        after[row], before[j] = j, row
        j = following


@kernel
def match_rows(
    rows: Any,
    first: Any,
    right: Any,
    cost: Any,
    most: int,
    after: Any,
    before: Any,
    row_price: Any,
    price: Any,
    distance: Any,
    shut: Any,
    origin: Any,
    touched: Any,
    closed: Any,
    keys: Any,
    items: Any,
) -> int:
    """Add rows to an optimal matching, one shortest augmenting path each.

    Every row may stay without a successor at no cost, so only links of negative cost are made.

    Parameters
    ----------
    rows : array of int64
        Rows to give a successor; none of them was given before.
    first : array of int64, shape (n + 1,)
        First link of each row.
    right : array of int64, shape (links,)
        Row that each link leads to.
    cost : array of float64, shape (links,)
    most : int
        Rows that one search looks at before it gives up and leaves its row without a successor.
    after, before : array of int64, shape (n,)
        Successor and predecessor of each row, -1 for none.
    row_price, price : array of float64, shape (n,)
        Dual variables of rows as predecessors and as successors; 0 at the start, then carried over.
    distance : array of float64, shape (n,)
        Infinite before and after.
    shut : array of bool, shape (n,)
        False before and after.
    origin, touched, closed : array of int64, shape (n,)
        Room to work in.
    keys : array of float64, shape (links,)
        Room for a heap.
    items : array of int64, shape (links,)
        Room for a heap.

    Returns
    -------
    int
        How many searches gave up.

    References
    ----------
    .. [1] R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
       assignment problems", Computing 38, 325-340 (1987).
    """
    gave_up = 0
    for r in range(rows.size):
        root = rows[r]
        least = 0.0
        for e in range(first[root], first[root + 1]):
            least = min(least, cost[e] - price[right[e]])
        row_price[root] = least
        size, touches, closures = 0, 0, 0
        row, reached, looked = root, 0.0, 1
        best, sink, end = -least, -1, root
        while looked <= most:
            for e in range(first[row], first[row + 1]):
                j = right[e]
                far = reached + cost[e] - row_price[row] - price[j]
                if far < distance[j] and far < best and not shut[j]:
                    if distance[j] == np.inf:
                        touched[touches] = j
                        touches += 1
                    distance[j] = far
                    origin[j] = row
                    size = _push(keys, items, size, far, j)
            while size > 0 and keys[0] > distance[items[0]]:
                size = _pop(keys, items, size)
            if size == 0 or keys[0] >= best:
                break
            reached, j = keys[0], items[0]
            size = _pop(keys, items, size)
            if before[j] < 0:
                best, sink = reached, j
                break
            closed[closures], shut[j] = j, True
            closures += 1
            row = before[j]
            looked += 1
            if reached - row_price[row] < best:
                best, end = reached - row_price[row], row
        if looked > most:
            gave_up += 1
        else:
            row_price[root] += best
            for k in range(closures):
                j = closed[k]
                row_price[before[j]] += best - distance[j]
                price[j] -= best - distance[j]
            _augment(root, end, sink, after, before, origin)
        for k in range(touches):
            distance[touched[k]], shut[touched[k]] = np.inf, False
    return gave_up


def matching_room(rows: int, links: int) -> tuple[npt.NDArray[Any], ...]:
    """Arrays for `match_rows` to begin with: all that it takes after the links so far."""
    return (
        np.zeros(rows),
        np.zeros(rows),
        np.full(rows, np.inf),
        np.zeros(rows, np.bool_),
        *(np.empty(rows, np.int64) for _ in range(3)),
        np.empty(links + 1),
        np.empty(links + 1, np.int64),
    )
