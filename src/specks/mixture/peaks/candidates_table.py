"""The peaks of a model as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["candidates"]

COLUMNS = ("frame", "y", "x", "diameter", "height", "certainty")


def candidates(model: Mixture) -> pd.DataFrame:
    """All peaks, the least sure first."""
    peaks = model.peaks
    if peaks is None:
        return pd.DataFrame({name: np.zeros(0) for name in COLUMNS})
    per_frame = (len(peaks.first) - 1) // (model.shape[0] if len(model.shape) > 2 else 1)
    table = pd.DataFrame(
        {
            "frame": peaks.slices // per_frame,
            "y": peaks.columns["y"],
            "x": peaks.columns["x"],
            "diameter": peaks.columns["radius_y"] + peaks.columns["radius_x"],
            "height": peaks.columns["height"],
            "certainty": model.certainty,
        }
    )
    order = np.argsort(np.abs(model.certainty - 0.5), kind="stable")
    return table.iloc[order].reset_index(drop=True)
