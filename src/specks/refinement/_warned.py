"""Reasons not to trust a refinement, as sentences."""

from __future__ import annotations

from collections import Counter

import numpy as np

from specks._core.words import counted
from specks.refinement._plan import Plan
from specks.refinement._run import Found
from specks.refinement._verdict import Verdict
from specks.refinement.fit._profile_kernels import GAUSS
from specks.refinement.fit.arrays import SIZE

__all__ = ["warned"]

#: Share of rows that fail from which on that is said.
MANY = 0.1
#: Diameter in sizes below which masks are narrow.
NARROW = 3.5
#: Correlation of neighboring residuals from which on standard errors are clearly too small.
ALIKE = 0.2


def warned(plan: Plan, found: Found, verdict: Verdict) -> tuple[str, ...]:
    """What should be known about a fit."""
    said = []
    ok, reason = verdict
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
    if found.alike > ALIKE:
        said.append(
            f"residuals of neighboring pixels are alike (correlation {found.alike:.2f}): the image is smooth or the profile does "
            "not fit; true errors are larger than standard errors"
        )
    return tuple(said)
