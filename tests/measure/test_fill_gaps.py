"""`fill_gaps` against np.interp, track by track."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specks._core.errors import InputError
from specks.measure import fill_gaps


@st.composite
def seen(draw):
    rows = []
    for particle in draw(st.lists(st.integers(0, 50), unique=True, max_size=6)):
        frames = draw(st.lists(st.integers(0, 15), unique=True, min_size=1, max_size=8))
        rows += [(particle, f) for f in frames]
    table = pd.DataFrame(draw(st.permutations(rows)), columns=["particle", "frame"]).astype(np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    for name in ("y", "x", "radius"):
        table[name] = rng.normal(size=len(table))
    table["touches_side"] = rng.random(len(table)) < 0.4
    table["label"] = rng.integers(1, 9, len(table))
    table["frame_number"] = 3 + 2 * table["frame"]
    return table


@settings(max_examples=60, deadline=None)
@given(seen())
def test_gaps_are_straight_and_what_was_seen_stays(table):
    filled = fill_gaps(table)
    assert filled["observed"].sum() == len(table)
    for particle, rows in table.groupby("particle"):
        rows, ours = rows.sort_values("frame"), filled[filled["particle"] == particle]
        frames = np.arange(rows["frame"].min(), rows["frame"].max() + 1)
        assert ours["frame"].tolist() == frames.tolist()
        assert ours["observed"].tolist() == np.isin(frames, rows["frame"]).tolist()
        for name in ("y", "x", "radius", "frame_number"):
            np.testing.assert_allclose(ours[name], np.interp(frames, rows["frame"], rows[name]), atol=1e-12)
        touches = np.interp(frames, rows["frame"], rows["touches_side"].astype(float)) > 0
        assert ours["touches_side"].tolist() == touches.tolist()
        assert ours.loc[ours["observed"], "label"].tolist() == rows["label"].tolist()
        assert ours.loc[ours["observed"], "radius"].tolist() == rows["radius"].tolist()
        assert (ours.loc[~ours["observed"], "label"] == 0).all()


def test_objects_without_a_particle_are_left_out():
    table = pd.DataFrame({"particle": [0.0, np.nan, -1.0, 0.0], "frame": [0, 0, 1, 1], "y": 1.0, "x": 2.0})
    assert fill_gaps(table)["frame"].tolist() == [0, 1]


def test_faults_are_named():
    twice = pd.DataFrame({"particle": [3, 3], "frame": [5, 5], "y": 0.0, "x": 0.0})
    with pytest.raises(InputError, match="particle 3 is twice in frame 5"):
        fill_gaps(twice)
    with pytest.raises(InputError, match="tracks has no column 'particle'"):
        fill_gaps(twice.drop(columns="particle"))
