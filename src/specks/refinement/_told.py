"""What is to be known of a row, as a sentence."""

from __future__ import annotations

import numpy as np

from specks.refinement._plan import Plan
from specks.refinement._reasons import REASONS
from specks.refinement._run import Found
from specks.refinement._verdict import at_bound, cost_of
from specks.refinement.fit.arrays import SIGNAL

__all__ = ["told"]


def told(code: str, plan: Plan, found: Found, at: int) -> str:
    """The sentence of a code for one row of a plan."""
    names = dict(zip(plan.parameters.columns, plan.parameters.names, strict=True))
    stopped, unusable = at_bound(plan, found)[at], ~np.isfinite(found.start[at])
    fields = {
        "bad": ", ".join(f"{names[c]} is {found.start[at, c]}" for c in names if unusable[c]),
        "held": ", ".join(f"{names[c]} ({found.fitted.values[at, c]:.4g})" for c in names if stopped[c]),
        "signal": _with_error(found.fitted.values[at, SIGNAL], found.fitted.deviation[at, SIGNAL]),
        "evaluations": found.fitted.evaluations[at],
        "cost": cost_of(found)[at],
    }
    sentence = REASONS[code].format(**fields)
    return sentence[0].upper() + sentence[1:] + "."


def _with_error(value: float, error: float) -> str:
    """A number, and its standard error where that is known."""
    return f"{value:.3g} with a standard error of {error:.3g}" if np.isfinite(error) else f"{value:.3g}"
