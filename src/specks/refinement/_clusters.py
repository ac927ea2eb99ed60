"""Which features are so close that they must be fitted together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks.refinement.fit.arrays import Floats, Ints

__all__ = ["find_clusters"]

#: Distance of one frame from the next, in separations: far enough that nothing reaches over.
FRAMES_APART = 4.0


def find_clusters(position: Floats, frame: Ints, separation: Floats, alone: npt.NDArray[np.bool_]) -> Ints:
    """Label features that hang together, each to the next no farther than the separation.

    Parameters
    ----------
    position : array (features, axes) of float64
    frame : array (features,) of int64
    separation : array (axes,) of float64
        Half axes of the ellipsoid in which, edge included, another feature hangs together with one.
    alone : array (features,) of bool
        Features that hang together with none.

    Returns
    -------
    array (features,) of int64
        From 0, in the order of the first feature of each cluster.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(position)
    near = np.flatnonzero(~alone)
    scaled = np.column_stack([position[near] / separation, FRAMES_APART * frame[near]])
    # A little wider, and then measured exactly: the tree rounds.
    pairs = (
        cKDTree(scaled).query_pairs(1 + 1e-9, output_type="ndarray") if len(near) else np.zeros((0, 2), int)
    )
    away = (((position[near][pairs[:, 0]] - position[near][pairs[:, 1]]) / separation) ** 2).sum(axis=1)
    pairs = near[pairs[away <= 1.0]]
    if not len(pairs):
        return np.arange(n)
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]
