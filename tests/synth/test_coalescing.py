"""Objects that merge and split: what is told of them is what is in the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specks._core.errors import InputError
from specks.synth import coalescing_objects


def at(table: pd.DataFrame, particle: int, frame: int) -> pd.Series:
    return table[(table["true_particle"] == particle) & (table["frame"] == frame)].iloc[0]


@pytest.mark.parametrize("shape", [(400, 500), (180, 200, 220)])
def test_parts_touch_where_they_become_one_and_keep_what_they_have(shape: tuple[int, ...]) -> None:
    made = coalescing_objects(3, shape=shape, count=5, merges=4, splits=4, error=0.0)
    axes, power = list("zyx"[-len(shape) :]), len(shape)
    assert made.parents["event"].value_counts().to_dict() == {"merge": 8, "split": 8}
    for event, column, other in (("merge", "particle", "parent"), ("split", "parent", "particle")):
        for whole, rows in made.parents[made.parents["event"] == event].groupby(column):
            frame = int(rows["frame"].iloc[0])
            then, now = (frame - 1, frame) if event == "merge" else (frame, frame - 1)
            one, two = (at(made.table, part, then) for part in rows[other])
            middle = at(made.table, whole, now)
            apart = np.linalg.norm((one[axes] - two[axes]).to_numpy(float))
            assert apart == pytest.approx(one["radius"] + two["radius"], rel=0.15)
            assert middle["radius"] ** power == pytest.approx(
                one["radius"] ** power + two["radius"] ** power, rel=0.4
            )
            mass = np.array([one["radius"], two["radius"]]) ** power
            expected = mass @ np.array([one[axes], two[axes]], float) / mass.sum()
            np.testing.assert_allclose(middle[axes].to_numpy(float), expected, atol=1.5)


def test_parts_end_where_the_whole_begins() -> None:
    made = coalescing_objects(1)
    seen = made.table.groupby("true_particle")["frame"].agg(["min", "max"])
    for row in made.parents.itertuples():
        assert seen.loc[row.parent, "max"] == row.frame - 1
        assert seen.loc[row.particle, "min"] == row.frame


def test_the_same_seed_gives_the_same_and_mistakes_move_nothing_else() -> None:
    first, again = coalescing_objects(2), coalescing_objects(2)
    pd.testing.assert_frame_equal(first.table, again.table)
    worse = coalescing_objects(2, missing=0.2, false=0.2)
    pd.testing.assert_frame_equal(worse.parents, first.parents)
    assert (worse.table["true_particle"] < 0).mean() == pytest.approx(0.2, abs=0.05)
    real = (worse.table["true_particle"] >= 0).sum()
    assert real / (first.table["true_particle"] >= 0).sum() == pytest.approx(0.8, abs=0.05)


def test_no_objects_are_an_empty_table() -> None:
    made = coalescing_objects(count=0, merges=0, splits=0)
    assert len(made.table) == len(made.parents) == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"merges": -1}, "merges is -1; it must be a whole number of 0 or more"),
        ({"count": 2.5}, "count is 2.5"),
        ({"missing": 1.5}, "missing is 1.5; it must be a number from 0 to 1"),
        ({"frames": 8}, "frames is 8; events need 12 or more"),
        ({"shape": (100, 100)}, "need more room: a frame of .100, 100. has place for 4"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(settings: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        coalescing_objects(**settings)
