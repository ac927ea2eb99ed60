"""Refined features that are known to the last digit, for tests of what shows them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from specks._core.errors import InputError


class StandIn:
    """A result whose pixels are known: features of a Gaussian on 10, and residuals of +2 but for one pixel of −8."""

    shape = (40, 60)

    def __init__(self, table: pd.DataFrame, gone: str = "") -> None:
        self.table, self.gone, self.asked = table, gone, 0

    def model(self, frame: int) -> np.ndarray:
        self.asked += 1
        if self.gone:
            raise InputError(self.gone)
        y, x = np.mgrid[: self.shape[0], : self.shape[1]]
        image = np.full(self.shape, 10.0)
        for row in self.table[(self.table["frame"] == frame) & self.table["ok"]].itertuples():
            image += row.signal * np.exp(-((y - row.y) ** 2 + (x - row.x) ** 2) / row.size**2)
        return image

    def residual(self, frame: int) -> np.ndarray:
        left = np.full(self.shape, 2.0)
        left[20, 20] = -8.0
        return left

    def explain(self, row: object) -> str:
        reason = self.table.loc[row, "reason"]
        return f"It is said to be {reason}." if reason else ""


def refined() -> pd.DataFrame:
    """A pair, a single, one on a bound, one outside and one with a warning; labels that are no places."""
    nan = np.nan
    table = pd.DataFrame(
        {
            "frame": [0, 0, 0, 0, 1, 1],
            "cluster": [0, 0, 1, 2, 3, 4],
            "cluster_size": [2, 2, 1, 1, 1, 1],
            "background": [10.0, 10.0, 10.0, 9.0, 10.0, 10.0],
            "signal": [150.0, 120.0, 100.0, 40.0, 100.0, 110.0],
            "y": [20.0, 20.0, 30.0, 10.0, -30.0, 20.0],
            "x": [20.0, 26.0, 50.0, 50.0, 5.0, 30.0],
            "size": [3.0, 3.0, 3.0, 3.0, 3.0, 3.2],
            "background_std": [0.5, 0.5, 0.4, nan, nan, 0.4],
            "signal_std": [1.23, 1.3, 2.5, nan, nan, 2.5],
            "y_std": [0.0123, 0.0131, 0.02, nan, nan, 0.02],
            "x_std": [0.0123, 0.0131, 0.02, nan, nan, 0.02],
            "cost": [0.02, 0.03, 0.01, nan, nan, 0.05],
            "rms": [3.0, 3.0, 2.9, nan, nan, 5.0],
            "chi": [1.01, 1.01, 0.97, nan, nan, 1.7],
            "ok": [True, True, True, False, False, True],
            "reason": ["", "", "", "at_bound", "out_of_image", "touching_border"],
        },
        index=[7, 3, 12, 5, 40, 41],
    )
    table.attrs["units"] = {"y": "px", "x": "px", "size": "px"}
    return table
