"""Whether what a fit leaves over is noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks.refinement._drawn import drawn
from specks.refinement._plan import Plan
from specks.refinement.fit._draw_kernels import set_masks
from specks.refinement.fit.arrays import POSITION

if TYPE_CHECKING:
    from specks.refinement._run import Found

__all__ = ["likeness"]


def likeness(plan: Plan, found: Found, frame: int, image: npt.NDArray[Any]) -> float:
    """Correlation of the residuals of pixels beside each other within masks.

    Parameters
    ----------
    plan : Plan
    found : Found
    frame : int
        Which was fitted.
    image : array (z, y, x)
        That frame, as it was fitted.
    """
    rows = np.flatnonzero(found.kept & (plan.rows.frame == frame))
    inside = np.zeros(image.shape)
    position = np.ascontiguousarray(found.fitted.values[rows, POSITION : POSITION + 3])
    set_masks(inside, position, np.ones(len(rows)), plan.settings.radius)
    left = image - drawn(plan, found, frame).reshape(image.shape)
    pair = (inside[..., 1:] > 0) & (inside[..., :-1] > 0)
    one, other = left[..., 1:][pair], left[..., :-1][pair]
    good = np.isfinite(one) & np.isfinite(other)
    with np.errstate(under="ignore"):
        both = float(np.sum(one[good] ** 2) + np.sum(other[good] ** 2))
        return 2 * float(one[good] @ other[good]) / both if both > 0 else 0.0
