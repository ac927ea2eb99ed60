"""Learn what features look like from those that stand alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from specks._core.errors import FitError
from specks.refinement._diameter import most_isolated
from specks.refinement._fitted_profile import RadialProfile
from specks.refinement._profile import Profile
from specks.refinement._refine import refine
from specks.refinement.fit.arrays import BACKGROUND, POSITION, SIGNAL, SIZE, Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["learn_profile"]

#: Pixels that a point of the profile is the mean of, at least.
PIXELS = 30
#: Points of the profile, at most.
POINTS = 40
#: How often positions and profile are found with the help of each other.
ROUNDS = 3


def learn_profile(
    f: pd.DataFrame,
    images: Any,
    diameter: Any,
    *,
    name: str = "learned",
    axes: str | None = None,
    channel: int | None = None,
) -> Profile:
    """Learn what features look like from those that stand most alone.

    They are fitted with a Gauss, their pixels are put in units of signal and size and averaged over rings; then they are
    fitted with what was found, and so on.

    Parameters
    ----------
    f : pandas.DataFrame
        One row a feature: ``frame``, ``y``, ``x`` (and ``z``) in pixels. The fullest frame is looked at.
    images : array ([t,] [z,] y, x), path or Source
    diameter : float, tuple of float or "auto"
        Of the mask around each feature, in pixels.
    name : str
        What to call it.
    axes : str, optional
        What the axes of the images mean.
    channel : int, optional
        Which channel of images that have several.

    Returns
    -------
    Profile
        For `refine`; its size is that of the Gauss that comes nearest.

    Raises
    ------
    FitError
        When too few features could be fitted.
    InputError
        As `refine`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import specks
    >>> y, x = np.mgrid[:64, :128]
    >>> image = sum(80 / (1 + ((y - 31.7) ** 2 + (x - c) ** 2) / 16) ** 3 for c in (30.2, 95.6))
    >>> f = pd.DataFrame({"y": [32.0, 32.0], "x": [30.0, 96.0]})
    >>> profile = specks.learn_profile(f, image, diameter=21)
    >>> specks.refine(f, image, 21, profile=profile).table["x"].round(2).tolist()
    [30.2, 95.6]
    """
    fit = refine(f, images, diameter, size="global", axes=axes, channel=channel)
    known = fit.known
    assert known is not None
    some, _ = most_isolated(f, known.ask)
    profile: Profile | None = None
    for _ in range(ROUNDS):
        given = {"size": float(fit.table["size"].median())} if profile is not None else None
        fit = refine(
            some,
            images,
            fit.diameter,
            profile=cast(Any, profile or "gauss"),
            size="global" if profile is None else "const",
            param_val=given,
            axes=axes,
            channel=channel,
        )
        profile = Profile(name, func=_learned(fit))
    assert profile is not None
    return profile


def _learned(fit: Any) -> RadialProfile:
    """The mean profile of the features of a fit."""
    plan, found = fit.known.plan, fit.known.found
    good = np.flatnonzero(found.kept & (plan.rows.cluster_size == 1))
    if len(good) < 1:
        raise FitError("no profile can be learned: no feature that stands alone could be fitted")
    frame = int(plan.rows.frame[good[0]])
    image = plan.frames.filtered(plan.frames.volume(frame))
    parts = [_pixels_of(plan, image, found.fitted.values[row]) for row in good]
    r, level = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    if len(r) < 3 * PIXELS:
        raise FitError(f"no profile can be learned from {len(r)} pixels; give more features")
    return _rings(r, level)


def _pixels_of(plan: Any, image: Any, values: Floats) -> tuple[Floats, Floats]:
    """Distance and level of the pixels of a mask in units of size and signal."""
    radius, n = plan.settings.radius, plan.model.dimensions
    low = np.maximum(np.ceil(values[POSITION : POSITION + 3] - radius).astype(int), 0)
    high = np.minimum(np.floor(values[POSITION : POSITION + 3] + radius).astype(int) + 1, image.shape)
    box = image[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    away = np.zeros(box.shape)
    inside = np.zeros(box.shape)
    for d in range(3 - n, 3):
        line = (np.arange(low[d], high[d]) - values[POSITION + d]).reshape(
            [-1 if k == d else 1 for k in range(3)]
        )
        size = values[SIZE] if plan.model.isotropic else values[SIZE + d]
        away, inside = away + (line / size) ** 2, inside + (line / radius[d]) ** 2
    use = (inside <= 1) & np.isfinite(box)
    return np.sqrt(away[use]), (box[use] - values[BACKGROUND]) / values[SIGNAL]


def _rings(r: Floats, level: Floats) -> RadialProfile:
    """Mean levels over rings that hold as many pixels each."""
    order = np.argsort(r, kind="stable")
    count = int(np.clip(len(r) // PIXELS, 3, POINTS))
    rings = np.array_split(order, count)
    radii = np.array([r[ring].mean() for ring in rings])
    means = np.array([level[ring].mean() for ring in rings])
    return RadialProfile.through(radii, means)
