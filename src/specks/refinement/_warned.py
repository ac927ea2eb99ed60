"""Reasons not to trust a refinement, as sentences."""

from __future__ import annotations

from collections import Counter

import numpy as np

from specks._core.words import counted
from specks.refinement._drawn import drawn
from specks.refinement._plan import Plan
from specks.refinement._run import Found
from specks.refinement._verdict import judge
from specks.refinement.fit._draw_kernels import set_masks
from specks.refinement.fit._profile_kernels import GAUSS
from specks.refinement.fit.arrays import POSITION, SIZE

__all__ = ["warned"]

#: Share of rows that fail from which on that is said.
MANY = 0.1
#: Diameter in sizes below which masks are narrow.
NARROW = 3.5
#: Correlation of neighboring residuals from which on standard errors are clearly too small.
ALIKE = 0.2


def warned(plan: Plan, found: Found) -> tuple[str, ...]:
    """What should be known about a fit."""
    said = []
    ok, reason = judge(plan, found)
    failed = int((~ok).sum())
    if len(ok) and failed > MANY * len(ok):
        usual, many = Counter(reason[~ok]).most_common(1)[0]
        said.append(f"{failed} of {counted(len(ok), 'feature')} failed, {many} of them for {usual!r}")
    if found.dark:
        said.append("features are darker than what is around them: their signals are negative")
    sizes = found.fitted.values[ok][:, SIZE]
    if len(sizes) and plan.model.isotropic and plan.model.profile == GAUSS:
        size, diameter = float(np.median(sizes)), plan.settings.diameter[0]
        if diameter < NARROW * size:
            said.append(
                f"the diameter, {diameter:g} px, is {diameter / size:.1f} times the size of a feature, {size:.2g} px; positions "
                "are known best at 4 to 5 times"
            )
    alike = _likeness(plan, found)
    if alike > ALIKE:
        said.append(
            f"residuals of neighboring pixels are alike (correlation {alike:.2f}): the image is smooth or the profile does "
            "not fit; true errors are larger than standard errors"
        )
    return tuple(said)


def _likeness(plan: Plan, found: Found) -> float:
    """Correlation of the residuals of pixels beside each other within masks, in the first frame that was fitted."""
    kept = np.flatnonzero(found.kept)
    if not len(kept) or not plan.groups:
        return 0.0
    frame = int(plan.rows.frame[kept[0]])
    rows = kept[plan.rows.frame[kept] == frame]
    image = plan.frames.filtered(plan.frames.volume(frame))
    inside = np.zeros(image.shape)
    position = np.ascontiguousarray(found.fitted.values[rows, POSITION : POSITION + 3])
    set_masks(inside, position, np.ones(len(rows)), plan.settings.radius)
    left = image - drawn(plan, found, frame).reshape(image.shape)
    pair = (inside[..., 1:] > 0) & (inside[..., :-1] > 0)
    one, other = left[..., 1:][pair], left[..., :-1][pair]
    good = np.isfinite(one) & np.isfinite(other)
    both = float(np.sum(one[good] ** 2) + np.sum(other[good] ** 2))
    return 2 * float(one[good] @ other[good]) / both if both > 0 else 0.0
