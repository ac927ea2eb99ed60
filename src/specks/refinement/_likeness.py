"""Whether what a fit leaves over is noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks.refinement._drawn import canvas
from specks.refinement._plan import Plan
from specks.refinement.fit._draw_kernels import set_masks
from specks.refinement.fit.arrays import POSITION

if TYPE_CHECKING:
    from specks.refinement._run import Found

__all__ = ["likeness"]

#: Pixels along each axis of the part that is looked at.
WIDE = 200


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
    values = found.fitted.values[rows]
    if not len(rows):
        return 0.0
    # A part of the frame with many features is enough.
    middle = np.median(values[:, POSITION : POSITION + 3], axis=0)
    low = np.clip(np.rint(middle) - WIDE // 2, 0, np.maximum(np.array(image.shape) - WIDE, 0)).astype(int)
    part = image[tuple(slice(a, a + WIDE) for a in low)]
    values = values.copy()
    values[:, POSITION : POSITION + 3] -= low
    inside = np.zeros(part.shape)
    position = np.ascontiguousarray(values[:, POSITION : POSITION + 3])
    set_masks(inside, position, np.ones(len(values)), plan.settings.radius)
    left = part - canvas(plan, values, part.shape)
    pair = (inside[..., 1:] > 0) & (inside[..., :-1] > 0)
    one, other = left[..., 1:][pair], left[..., :-1][pair]
    good = np.isfinite(one) & np.isfinite(other)
    with np.errstate(under="ignore"):
        both = float(np.sum(one[good] ** 2) + np.sum(other[good] ** 2))
        return 2 * float(one[good] @ other[good]) / both if both > 0 else 0.0
