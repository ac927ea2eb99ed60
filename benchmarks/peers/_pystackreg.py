"""Drift by pystackreg, to the frame before or to the first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from pystackreg import StackReg

__all__ = ["METHODS"]


def stackreg(images: np.ndarray, reference: str) -> np.ndarray:
    """Translations of a stack."""
    registration = StackReg(StackReg.TRANSLATION)
    matrices = registration.register_stack(images.astype(float), reference=reference)
    return matrices[:, 1::-1, 2]


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "pystackreg to previous": partial(stackreg, reference="previous"),
    "pystackreg to first": partial(stackreg, reference="first"),
}
