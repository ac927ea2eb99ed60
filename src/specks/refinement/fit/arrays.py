"""What the kernels of a fit share: a problem, the room it is worked on in, and where it stands."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "BACKGROUND",
    "BEGIN",
    "EXTRA",
    "LENGTH",
    "MANY",
    "POSITION",
    "RUNS",
    "SEEN",
    "SIGNAL",
    "SIZE",
    "START",
    "Desk",
    "Floats",
    "Ints",
    "Problem",
    "Room",
    "Shorts",
    "State",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Shorts: TypeAlias = npt.NDArray[np.int32]
#: Columns of the parameters of a feature; three axes always, of which z stands still in a plane.
BACKGROUND, SIGNAL, POSITION, SIZE, EXTRA = 0, 1, 2, 5, 8
#: Columns of where a feature is seen: first pixel of a box about it and its sides, along three axes; where its runs
#: of pixels begin, how many there are, and how many pixels.
START, LENGTH, BEGIN, RUNS, SEEN = 0, 3, 6, 7, 8
#: Column of how many pixels a run has.
MANY = 4


class Problem(NamedTuple):
    """What is to be fitted: features in clusters, and which of their parameters are unknown.

    Parameters
    ----------
    first : array (clusters + 1,) of int64
        Where the features of each cluster begin.
    numbers : array (features, parameters) of int32
        Number of the unknown within the cluster that a parameter is, or -1 where it is given. Unknowns that
        clusters share come last.
    unknown_first, matrix_first : array (clusters + 1,) of int64
        Where the unknowns of each cluster, and their matrix, begin.
    lower, upper : array (unknowns,) of float64
        Bounds.
    active : array (n,) of int32
        Parameters that are unknown, the background aside.
    terms : array (terms, 3) of int32
        Of what derivatives of a Gauss are made: the place of the parameter in `active`, and of which axis the distance
        is a factor and to which power.
    top : int
        One more than the highest of these powers.
    radius : array (3,) of float64
        Half axes of the mask of a feature, in pixels.
    reach : array (features, 3) of float64
        Half axes of where a feature is seen: its mask, or as far as it shines into those of others.
    profile, loss : int
        Which, by number.
    dimensions : int
        2 or 3.
    isotropic : bool
        Whether one size counts for all axes.
    gain, offset : float
        Gray levels an event, and those of none; for the Poisson loss.
    """

    first: Ints
    numbers: Shorts
    unknown_first: Ints
    matrix_first: Ints
    lower: Floats
    upper: Floats
    active: Shorts
    terms: Shorts
    top: int
    radius: Floats
    reach: Floats
    profile: int
    loss: int
    dimensions: int
    isotropic: bool
    gain: float
    offset: float


class Room(NamedTuple):
    """The pixels of the clusters, and which of them each feature is seen in.

    Parameters
    ----------
    pixel_first : array (clusters + 1,) of int64
        Where the pixels of each cluster begin; with room for more than there are.
    pixels : array (clusters,) of int64
        How many there are.
    value : array (n,) of float64
        Gray levels; those of a cluster in the order of the image.
    weight, new_weight : array (n,) of float64
        What a pixel counts, and what it will where the step that is tried is taken; of length 1 where all count
        the same.
    support_first : array (features + 1,) of int64
        Where the pixels of each feature begin, and its runs: there is room for one a pixel.
    box : array (features, 9) of int64
        In which box, runs and how many pixels each feature is seen; see `START`.
    run : array (m, 5) of int32
        First pixel of a run of neighbors along x: z, y and x; its number in the cluster; and how many there are.
    centre : array (features, 3) of float64
        Position for which the pixels were collected.
    """

    pixel_first: Ints
    pixels: Ints
    value: Floats
    weight: Floats
    new_weight: Floats
    support_first: Ints
    box: Ints
    run: Shorts
    centre: Floats


class State(NamedTuple):
    """Where the fit of each cluster stands.

    Parameters
    ----------
    values, trial : array (features, parameters) of float64
        Parameters, and those that are tried.
    unknown, tried : array (unknowns,) of float64
        The same as unknowns.
    gradient, new_gradient : array (unknowns,) of float64
        Products of the derivatives with the residuals.
    matrix, new_matrix : array (n,) of float64
        Products of the derivatives with each other, a square for each cluster.
    cost, judged, new_cost : array (clusters,) of float64
        Weighted sum of squared residuals; of what is tried with the weights as they are, and as they will be.
    stride : array (clusters,) of float64
        How much farther the minimum of the loss lies than that of the weighted squares of what is tried.
    damping : array (clusters,) of float64
        How much the step is shortened.
    evaluations, rounds : array (clusters,) of int64
        How often the model was evaluated and pixels were collected.
    ended : array (clusters,) of int8
        Why it ended; see `specks.refinement.fit.ends`.
    """

    values: Floats
    trial: Floats
    unknown: Floats
    tried: Floats
    gradient: Floats
    new_gradient: Floats
    matrix: Floats
    new_matrix: Floats
    cost: Floats
    judged: Floats
    new_cost: Floats
    stride: Floats
    damping: Floats
    evaluations: Ints
    rounds: Ints
    ended: npt.NDArray[np.int8]


class Desk(NamedTuple):
    """Where the model of one cluster is worked out; used for one after the other.

    Parameters
    ----------
    delta : array (3, length) of float64
        Distances of the pixels of a box along each axis; not for a Gauss.
    laid : array (features, 8, length) of float64
        For a Gauss, along each axis: distances, factors, and the factor along x times powers of the distance.
    prefix : array (length + 1, 9) of float64
        Sums of the first numbers along x.
    common : array (runs, 5) of int32
        Runs that two features share.
    along : array (9, runs) of float64
        Sums along runs.
    factor, other : array (terms, runs) of float64
        Terms of one or two features along runs.
    coefficient : array (features, terms) of float64
        By what terms are multiplied.
    sums : array (terms, terms) of float64
        Of products of terms.
    r2, value, slope : array (support,) of float64
        Squared distance, profile, and its derivative by the squared distance.
    extra : array (extra parameters, support) of float64
        Derivatives of the profile by its own parameters.
    columns : array (rows, support) of float64
        Derivatives of the model, some rows for each feature of the cluster.
    gathered, counted : array (support,) of float64
        What is picked from the pixels of the cluster.
    guess : array (1,) of float64
        Median of the sizes of residuals that was found last.
    spread : array (parameters, pixels) of float64
        Derivatives of one feature laid out over the pixels of the cluster; 0 between uses.
    residual, weighed : array (pixels,) of float64
        Image less model, and that times what pixels count.
    """

    delta: Floats
    laid: Floats
    prefix: Floats
    common: Shorts
    along: Floats
    factor: Floats
    other: Floats
    coefficient: Floats
    sums: Floats
    r2: Floats
    value: Floats
    slope: Floats
    extra: Floats
    columns: Floats
    gathered: Floats
    counted: Floats
    guess: Floats
    spread: Floats
    residual: Floats
    weighed: Floats
