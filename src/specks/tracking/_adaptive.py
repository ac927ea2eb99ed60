"""Look less far where too many objects hang together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks.tracking._candidates import Candidates

__all__ = ["narrowed"]

#: As many earlier objects may hang together; trackpy's number.
CROWD = 15


def narrowed(candidates: Candidates, reach: float, stop: float, step: float) -> npt.NDArray[np.bool_]:
    """Which candidates are left when the reach shrinks where more than `CROWD` objects hang together.

    Objects hang together when candidates for links into one frame connect them. There the reach is
    multiplied by `step` until they fall apart or it falls below `stop`.

    Parameters
    ----------
    candidates : Candidates
    reach, stop : float
        In the unit of length.
    step : float
        Below 1.

    Returns
    -------
    array of bool, shape (links,)
    """
    kept = np.ones(len(candidates), np.bool_)
    longest = float(np.sqrt(candidates.square.max(initial=0.0)))
    reach = min(reach, longest)
    while reach > 0:
        crowded = np.flatnonzero(kept)[_crowded(candidates.where(kept))]
        reach *= step
        if not len(crowded) or reach < stop:
            break
        kept[crowded[candidates.square[crowded] > reach**2]] = False
    return kept


def _crowded(candidates: Candidates) -> npt.NDArray[np.bool_]:
    """Which candidates lie in a component of too many earlier objects."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    # A row stands once for each later frame: components then never reach over frames.
    gaps = int(candidates.gap.max(initial=1))
    sources, left = np.unique(candidates.left * gaps + candidates.gap - 1, return_inverse=True)
    n = len(sources) + candidates.count
    graph = coo_array(
        (np.ones(len(candidates), np.int8), (left, len(sources) + candidates.right)), shape=(n, n)
    )
    _, component = connected_components(graph, directed=False)
    crowded: npt.NDArray[np.bool_] = np.bincount(component[: len(sources)])[component[left]] > CROWD
    return crowded
