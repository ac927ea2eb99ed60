"""What a fit says that a frame looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks.refinement._plan import Plan
from specks.refinement.fit._draw_kernels import add_features, set_masks
from specks.refinement.fit._profile_kernels import GIVEN
from specks.refinement.fit.arrays import BACKGROUND, EXTRA, POSITION, SIGNAL, SIZE, Floats
from specks.refinement.fit.assemble import reach_of

if TYPE_CHECKING:
    from specks.refinement._run import Found

__all__ = ["canvas", "drawn"]


def drawn(plan: Plan, found: Found, frame: int) -> npt.NDArray[np.float64]:
    """Features and backgrounds of a frame.

    Parameters
    ----------
    plan : Plan
    found : Found
    frame : int

    Returns
    -------
    array of float64
        Of the shape of a frame.
    """
    shape = (1,) * (3 - len(plan.frames.shape)) + plan.frames.shape
    values = found.fitted.values[found.kept & (plan.rows.frame == frame)]
    return canvas(plan, values, shape).reshape(plan.frames.shape)


def canvas(plan: Plan, values: Floats, shape: tuple[int, ...]) -> Floats:
    """An image (z, y, x) with features and their backgrounds, and the usual background elsewhere."""
    usual = float(np.median(values[:, BACKGROUND])) if len(values) else 0.0
    image = np.full(shape, usual)
    if len(values):
        position = np.ascontiguousarray(values[:, POSITION : POSITION + 3])
        set_masks(image, position, np.ascontiguousarray(values[:, BACKGROUND]), plan.settings.radius)
        reach = reach_of(plan.model.with_tails(), values)
        if plan.model.profile == GIVEN:
            _add_given(plan, image, values)
        else:
            model = plan.model
            add_features(image, values, reach, model.profile, model.dimensions, model.isotropic)
    return image


def _add_given(plan: Plan, image: Floats, values: Floats) -> None:
    """Add features with a profile of the caller's, which may reach everywhere."""
    func, model = plan.settings.profile.func, plan.model
    assert func is not None
    axes = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in image.shape), indexing="ij", sparse=True)
    for row in values:
        r2 = np.zeros(image.shape)
        for d in range(3 - model.dimensions, 3):
            size = row[SIZE] if model.isotropic else row[SIZE + d]
            r2 = r2 + ((axes[d] - row[POSITION + d]) / size) ** 2
        image += row[SIGNAL] * np.asarray(func(r2.ravel(), row[EXTRA:], model.dimensions)).reshape(
            image.shape
        )
