"""How probable each link is, given that links exclude each other."""

from __future__ import annotations

from typing import Any

from specks._core.kernel import kernel

__all__ = ["exchange_messages"]


@kernel
def exchange_messages(
    first: Any, weight: Any, right_first: Any, right_order: Any, forward: Any, back: Any, after: Any
) -> float:
    """One round of messages between rows and the rows that may follow them.

    Parameters
    ----------
    first : array of int64, shape (n + 1,)
        First link of each row as predecessor.
    weight : array of float64, shape (links,)
        Odds of each link against having none.
    right_first : array of int64, shape (n + 1,)
        First entry of each row in `right_order`.
    right_order : array of int64, shape (links,)
        Links by the row that they lead to.
    forward, back : array of float64, shape (links,)
        Messages, replaced; `back` is 1 at the start.
    after : array of float64, shape (links,)
        Room to work in.

    Returns
    -------
    float
        Largest change of a message back.

    References
    ----------
    .. [1] J. Williams, R. Lau, "Approximate evaluation of marginal association probabilities with
       belief propagation", IEEE Transactions on Aerospace and Electronic Systems 50, 2942-2959 (2014).
    """
    change = 0.0
    # What comes before and what comes after one link is summed apart: of large odds a difference
    # between the whole sum and the link's own part would keep no digits.
    for i in range(first.size - 1):
        so_far = 1.0
        for e in range(first[i], first[i + 1]):
            forward[e] = so_far
            so_far += weight[e] * back[e]
        so_far = 0.0
        for e in range(first[i + 1] - 1, first[i] - 1, -1):
            others = forward[e] + so_far
            so_far += weight[e] * back[e]
            forward[e] = weight[e] / others
    for j in range(right_first.size - 1):
        so_far = 0.0
        for a in range(right_first[j + 1] - 1, right_first[j] - 1, -1):
            after[a] = so_far
            so_far += forward[right_order[a]]
        so_far = 1.0
        for a in range(right_first[j], right_first[j + 1]):
            e = right_order[a]
            new = 1.0 / (so_far + after[a])
            so_far += forward[e]
            change = max(change, abs(new - back[e]))
            back[e] = new
    return change
