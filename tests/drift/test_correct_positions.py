"""Positions without the drift: raw ones stay, corrected ones stand beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from specks import Drift, correct_positions
from specks._core.errors import InputError


def drift_of(shifts: Any, ok: Any = None) -> Drift:
    shifts = np.array(shifts, float)
    axes = "zyx"[-shifts.shape[1] :]
    columns = dict(zip(axes, shifts.T, strict=True)) | {f"{a}_std": 0.1 for a in axes}
    columns |= {"ok": np.ones(len(shifts), bool) if ok is None else np.array(ok), "reason": ""}
    return Drift(pd.DataFrame(columns, index=pd.RangeIndex(len(shifts), name="frame")), axes)


FLAT, DEEP = drift_of([[0, 0], [1.5, -2]]), drift_of([[0, 0, 0], [4, 1.5, -2]])
TABLE = pd.DataFrame(
    {"frame": [1, 0, 1], "label": [4, 5, 6], "z": [7.0, 8, 9], "y": [10, 20, 30], "x": [1.0, np.nan, 3]},
    index=["c", "a", "b"],
)


def test_corrected_is_measured_minus_drift() -> None:
    before = TABLE.copy()
    table = correct_positions(TABLE.drop(columns="z"), FLAT)
    assert table["y_corrected"].tolist() == [8.5, 20.0, 28.5]
    np.testing.assert_array_equal(table["x_corrected"], [3.0, np.nan, 5.0])
    assert list(table) == ["frame", "label", "y", "x", "y_corrected", "x_corrected"]
    pd.testing.assert_frame_equal(table[["frame", "label", "y", "x"]], before.drop(columns="z"))
    pd.testing.assert_frame_equal(TABLE, before)


def test_axes_that_one_of_them_does_not_know() -> None:
    assert correct_positions(TABLE, DEEP)["z_corrected"].tolist() == [3.0, 8.0, 5.0]
    assert correct_positions(TABLE, FLAT)["z_corrected"].tolist() == [7.0, 8.0, 9.0]
    flat = correct_positions(TABLE.drop(columns="z"), DEEP)
    assert flat["y_corrected"].tolist() == [8.5, 20.0, 28.5]
    assert "z_corrected" not in flat


def test_corrected_again_it_is_the_same(tmp_path: Path) -> None:
    once = correct_positions(TABLE, FLAT)
    pd.testing.assert_frame_equal(correct_positions(once, FLAT), once)
    DEEP.save(tmp_path / "d.csv")
    pd.testing.assert_frame_equal(correct_positions(once, tmp_path / "d.csv"), correct_positions(TABLE, DEEP))


def test_an_empty_table_stays_empty() -> None:
    assert len(correct_positions(TABLE.iloc[:0], FLAT)) == 0


def test_attributes_and_other_types_are_kept() -> None:
    table = TABLE.assign(frame=TABLE["frame"].astype("Int64"), kind=pd.Categorical(["a", "b", "a"]))
    table.attrs["units"] = {"y": "px"}
    corrected = correct_positions(table, FLAT)
    assert corrected.attrs == table.attrs
    assert corrected["kind"].dtype == table["kind"].dtype
    assert corrected["y_corrected"].tolist() == [8.5, 20.0, 28.5]


@pytest.mark.parametrize(("change", "said"), [
    (lambda t: t.assign(frame=[1, 2, 7]), "table has the frames 2, 7, but the drift is of 2 frames"),
    (lambda t: t.assign(frame=[1, 2, 1]), "table has the frame 2, but"),
    (lambda t: t.assign(frame=[1, np.nan, 0]), "frame nan in row 1"),
    (lambda t: t.assign(frame=pd.array([1, None, 0], "Int64")), "frame nan in row 1"),
    (lambda t: t.assign(frame=[1, 0.5, 0]), "frame 0.5 in row 1"),
    (lambda t: t.assign(frame=[1, -1, 0]), "frame -1 in row 1"),
    (lambda t: t.drop(columns="frame"), "table has no column 'frame'; it has label, z, y, x"),
    (lambda t: t.drop(columns="y"), "no column 'y'"),
    (lambda t: t.assign(y="up"), "column 'y' of table holds something else than numbers"),
    (lambda t: pd.concat([t, t["y"]], axis=1), "more than one column 'y'"),
    (lambda t: t.to_dict(), "table is dict"),
])  # fmt: skip
def test_tables_that_do_not_fit(change: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        correct_positions(change(TABLE), FLAT)


def test_what_is_no_drift_is_refused() -> None:
    with pytest.raises(InputError, match="drift is DataFrame; it must be a Drift"):
        correct_positions(TABLE, FLAT.table)


def test_a_drift_that_says_nothing_warns() -> None:
    with pytest.warns(UserWarning, match="no frame of the drift can be trusted"):
        table = correct_positions(TABLE, drift_of(np.zeros((2, 2)), [False, False]))
    assert table["y_corrected"].tolist() == [10.0, 20.0, 30.0]
