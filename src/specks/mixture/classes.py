"""Which class each particle is of, judged from a few that a hand has shown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["judge_classes"]

Floats = npt.NDArray[np.float64]

#: Spread within a class while nothing is known, as a share of that of all, and how many objects say so.
SPREAD, BELIEF = 0.5, 4.0
#: Degrees of freedom: how little an object counts that is like none of its class.
FREEDOM = 5.0
#: All that were not shown count together at most as this many for each that was.
CROWD = 20.0
#: Turns of the iteration at most, and the change of a probability from which it goes on.
TURNS, STILL = 100, 1e-6


def judge_classes(features: Floats, taught: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Judge every object by what it measures and by the examples.

    Each class is a t distribution around its own mean; all share one covariance, which few examples
    can give: it begins as round and narrower than the spread of all objects, and those that were
    not shown improve it, as they do means and shares, in an expectation maximization in which the
    examples stay what they are. Shares come from what was not shown: how many examples a
    class has says nothing. Those not shown together count no more than a multiple of the examples, so
    that they do not outvote what was meant.

    Parameters
    ----------
    features : numpy.ndarray (n, d) of float64
        What was measured. What is not finite counts as the median.
    taught : numpy.ndarray (n,) of int
        Class of each example, above 0; 0 for all others.

    Returns
    -------
    tuple of numpy.ndarray (n,)
        Class of each object, and the probability of it; 1 for examples. Class 0 with probability 0
        for what was not shown when the examples are of fewer than two classes.

    References
    ----------
    Nigam et al. (2000), Machine Learning 39:103 (few examples, many others with less weight); Peel &
    McLachlan (2000), Statistics and Computing 10:339 (mixtures of t distributions).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> brightness = np.concatenate([rng.normal(40, 4, 50), rng.normal(80, 4, 50)])
    >>> features = np.column_stack([brightness, rng.normal(10, 3, 100)])
    >>> taught = np.zeros(100, int)
    >>> taught[[0, 1]], taught[[50, 51]] = 2, 3
    >>> found, probability = judge_classes(features, taught)
    >>> np.bincount(found)
    array([ 0,  0, 50, 50])
    """
    classes = np.unique(taught[taught > 0]).astype(np.int64)
    shown = taught > 0
    if len(classes) < 2:
        return taught.astype(np.int64), shown.astype(np.float64)
    points = _standardized(np.asarray(features, np.float64))
    known = (taught[:, None] == classes).astype(np.float64)
    crowd = min(1.0, CROWD * shown.sum() / max(int((~shown).sum()), 1))
    belonging, near = known, np.ones_like(known)
    weight, shares = shown.astype(np.float64), np.full(len(classes), 1 / len(classes))
    for _ in range(TURNS):
        distance = _distances(points, belonging * weight[:, None], near)
        near = (FREEDOM + points.shape[1]) / (FREEDOM + distance)
        before, belonging = belonging, np.where(shown[:, None], known, _likely(distance, shares, points))
        weight = np.where(shown, 1.0, crowd)
        shares = 1.0 + crowd * belonging[~shown].sum(axis=0)
        shares /= shares.sum()
        if np.abs(belonging - before).max() < STILL:
            break
    return classes[belonging.argmax(axis=1)], belonging.max(axis=1)


def _standardized(features: Floats) -> Floats:
    """Features in units of their robust spread around their median."""
    finite = np.where(np.isfinite(features), features, np.nan)
    out = np.zeros_like(finite)
    for column, values in zip(out.T, finite.T, strict=True):
        sound = np.isfinite(values)
        if sound.any():
            away = values - np.median(values[sound])
            spread = 1.4826 * float(np.median(np.abs(away[sound]))) or float(away[sound].std()) or 1.0
            column[sound] = away[sound] / spread
    return out


def _distances(points: Floats, weight: Floats, near: Floats) -> Floats:
    """Squared distance of each object from the mean of each class, in units of their covariance."""
    counted = weight * near
    away = points[:, None, :] - (counted.T @ points / counted.sum(axis=0)[:, None])
    scatter = np.einsum("nk,nki,nkj->ij", counted, away, away)
    prior = BELIEF * SPREAD**2 * np.eye(points.shape[1])
    covariance = (scatter + prior) / (BELIEF + max(float(weight.sum()) - weight.shape[1], 0.0))
    distance: Floats = np.einsum("nki,ij,nkj->nk", away, np.linalg.inv(covariance), away)
    return distance


def _likely(distance: Floats, shares: Floats, points: Floats) -> Floats:
    """Probability of each class; the covariance is that of all, so its determinant drops out."""
    log = np.log(shares) - (FREEDOM + points.shape[1]) / 2 * np.log1p(distance / FREEDOM)
    odds = np.exp(log - log.max(axis=1, keepdims=True))
    likely: Floats = odds / odds.sum(axis=1, keepdims=True)
    return likely
