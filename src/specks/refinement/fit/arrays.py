"""What the kernels of a fit share: a problem, the room it is worked on in, and where it stands."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "BACKGROUND",
    "EXTRA",
    "POSITION",
    "SIGNAL",
    "SIZE",
    "Desk",
    "Floats",
    "Ints",
    "Places",
    "Problem",
    "Room",
    "Shorts",
    "State",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Shorts: TypeAlias = npt.NDArray[np.int32]
#: What is looked up with: without a sign, so that compiled loops need not look for one.
Places: TypeAlias = npt.NDArray[np.uint32]

#: Columns of the parameters of a feature; three axes always, of which z stands still in a plane.
BACKGROUND, SIGNAL, POSITION, SIZE, EXTRA = 0, 1, 2, 5, 8


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
        Gray levels.
    at : array (3, n) of int32
        Where in the image.
    root_weight, new_root_weight : array (n,) of float64
        Square root of what a pixel counts, and of what it will where the step that is tried is taken; of
        length 1 where all count the same.
    support_first : array (features + 1,) of int64
        Where the pixels of each feature begin.
    supports : array (features,) of int64
        How many there are.
    support : array (m,) of uint32
        Number of the pixel in its cluster.
    step : array (3, m) of uint32
        Its distance from `origin` along each axis.
    origin : array (features, 3) of int64
        First pixel of the box in which the feature is seen.
    length : array (features, 3) of int64
        Lengths of the sides of that box.
    centre : array (features, 3) of float64
        Position for which the pixels were collected.
    """

    pixel_first: Ints
    pixels: Ints
    value: Floats
    at: Shorts
    root_weight: Floats
    new_root_weight: Floats
    support_first: Ints
    supports: Ints
    support: Places
    step: Places
    origin: Ints
    length: Ints
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
    damping: Floats
    evaluations: Ints
    rounds: Ints
    ended: npt.NDArray[np.int8]


class Desk(NamedTuple):
    """Where the model of one cluster is worked out; used for one after the other.

    Parameters
    ----------
    delta, table, square : array (3, length) of float64
        Along each axis: distances from the centre, what the profile is made of, and squared distances in units of
        the size.
    r2, value, slope : array (support,) of float64
        Squared distance, profile, and its derivative by the squared distance.
    extra : array (extra parameters, support) of float64
        Derivatives of the profile by its own parameters.
    columns : array (rows, support) of float64
        Derivatives of the model, some rows for each feature of the cluster.
    gathered, weights : array (support,) of float64
        What is picked from the pixels of the cluster, and the roots of what they count.
    spread : array (parameters, pixels) of float64
        Derivatives of one feature laid out over the pixels of the cluster; 0 between uses.
    residual : array (pixels,) of float64
        Image less model.
    active : array (features, parameters + 1) of int32
        Parameters of each feature that are unknown, and before them how many.
    """

    delta: Floats
    table: Floats
    square: Floats
    r2: Floats
    value: Floats
    slope: Floats
    extra: Floats
    columns: Floats
    gathered: Floats
    weights: Floats
    spread: Floats
    residual: Floats
    active: Shorts
