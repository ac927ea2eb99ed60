"""Why a row is not to be trusted: codes and sentences."""

from __future__ import annotations

__all__ = ["FAILED", "REASONS"]

#: Codes in the order in which one is told where several hold, and what they mean. Fields in braces are filled in.
REASONS = {
    "not_run": "it was not fitted: the run was stopped before",
    "bad_input": "its row holds a number that cannot be used: {bad}",
    "out_of_image": "its mask lies outside the image",
    "max_iter": "the fit was given up after {evaluations} evaluations of the model",
    "no_signal": "it has no signal: {signal}",
    "at_bound": "a bound stopped {held}",
    "cost": "what the model leaves over, {cost:.3g} of the brightest pixel, is more than max_rms_dev",
    "duplicate": "another row begins at the same place",
    "swapped": "it ended nearer to where another feature of its cluster began",
    "saturated": "pixels at its place have the largest value that the image can hold",
    "touching_border": "a part of its mask lies outside the image",
    "unresolved": "it lies closer to another feature than the distance is known",
}

#: Codes for which a row is not `ok`; the others are warnings.
FAILED = ("bad_input", "out_of_image", "no_signal", "at_bound", "max_iter", "cost", "not_run")
