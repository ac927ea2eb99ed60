"""Which slices are fitted together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["fitted_together"]


def fitted_together(model: Mixture) -> list[npt.NDArray[np.bool_]]:
    """Groups of slices that share their components: all, or those of each frame."""
    used = model.exclusions.used_slices()
    if model.fit_per == "stack" or len(model.shape) == 2:
        return [used]
    frame = np.arange(used.size) // (used.size // model.shape[0])
    return [used & (frame == number) for number in range(model.shape[0])]
