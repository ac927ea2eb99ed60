"""Tables as the features of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["label_features", "point_features"]

PLACES = ("frame", "z", "y", "x")


def label_features(table: pd.DataFrame) -> pd.DataFrame | None:
    """A table of objects as the features of a labels layer.

    Parameters
    ----------
    table : pandas.DataFrame
        With a column ``label``.

    Returns
    -------
    pandas.DataFrame or None
        With the column ``index``, by which napari finds the row of a label; None when labels do
        not name one row each.
    """
    if "label" not in table or not table["label"].is_unique:
        return None
    return table.rename(columns={"label": "index"}).reset_index(drop=True)


def point_features(table: pd.DataFrame) -> pd.DataFrame:
    """What a table says of points beside where they are."""
    return table.drop(columns=[c for c in table.columns if c in PLACES]).reset_index(drop=True)
