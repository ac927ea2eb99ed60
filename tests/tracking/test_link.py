"""`link`: how many links are right, how sure it is, and what it does with tables that are not as they should be."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import trackpy
from moving_objects import Movie, f1, links_of

import specks
from specks._core.errors import FitError, InputError

SCENES = {
    "segmented": Movie(),
    "growing": Movie(count=40, appearing=32, radius=(2.0, 6.0), growth=0.3),
    "tilted": Movie(frames=10, walk=0.7, jitter=0.4),
    "flowing": Movie(speed=1.5, movers=0.3),
    "dense": Movie(count=220, radius=(2.0, 5.0), walk=0.3),
    "walking": Movie(count=80, walk=1.0),
}


def by_trackpy(
    table: pd.DataFrame, search_range: object, link: Any = trackpy.link, **settings: Any
) -> pd.DataFrame:
    """The table as trackpy itself links it, which newer versions of pandas warn about."""
    trackpy.quiet()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (DeprecationWarning, FutureWarning))
        found = link(table.sort_values("frame"), search_range, pos_columns=["y", "x"], **settings)
    return table.assign(particle=found["particle"])


@pytest.mark.parametrize("name", SCENES)
def test_links_are_right_more_often_than_by_distance_alone(name: str) -> None:
    """trackpy is given the search range that suits it best; here it is learned."""
    tables = [SCENES[name].table(seed) for seed in range(3)]
    own = [f1(specks.link(table).table, 2) for table in tables]
    theirs = [
        [f1(by_trackpy(table, reach, memory=2, adaptive_stop=1.0), 2) for table in tables] for reach in (3, 6)
    ]
    best = max(map(np.mean, theirs))
    assert np.mean(own) >= best
    if name in ("segmented", "growing"):
        assert np.mean(own) >= 0.995


def test_an_axis_along_which_nothing_differs_but_by_the_error_of_the_drift_says_nothing() -> None:
    """Else the field would be all but empty, and objects crowded."""
    flat = Movie(missing=0, false=0).table(0)
    noise = np.random.default_rng(0).normal(0, 3e-3, 24)
    thin = flat.assign(z=2.5 + noise[flat["frame"]])
    assert specks.link(thin).table["particle"].tolist() == specks.link(flat).table["particle"].tolist()


def test_as_many_links_are_right_as_it_says() -> None:
    sure, right = [], []
    for seed in range(2):
        for movie in (*SCENES.values(), Movie(walk=2.5)):
            table = movie.table(seed)
            found = specks.link(table).table
            links = links_of(found, "particle")
            true = links_of(table, "truth")
            sure += [found["confidence"].iloc[b] for _, b in links]
            right += [link in true for link in links]
    sure, right = np.array(sure), np.array(right)
    assert abs(sure.mean() - right.mean()) < 0.003
    for low, high in ((0.0, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.0)):
        among = (sure > low) & (sure <= high)
        n, said = among.sum(), sure[among].mean()
        assert n > 50
        assert abs(said - right[among].mean()) < 0.02 + 2 * np.sqrt(said * (1 - said) / n)


def test_a_row_that_begins_a_track_says_how_sure_that_is() -> None:
    table = pd.DataFrame({"frame": [0, 1, 2, 2], "y": [5.0, 5.1, 5.0, 40], "x": [5.0, 5, 5.2, 40]})
    found = specks.link(table, search_range=4).table
    assert found["particle"].tolist() == [0, 0, 0, 1]
    assert (found["confidence"] > 0.9).all()
    assert found["confidence"].max() <= 1


def test_the_table_keeps_its_rows_index_order_and_columns() -> None:
    table = Movie(frames=5, count=10).table(0).assign(remark="as it was")
    table.index = [f"row {i}" for i in range(len(table))]
    table.attrs = {"units": {"radius": "px"}, "kept": 1}
    before = table.copy()
    links = specks.link(table)
    pd.testing.assert_frame_equal(links.table[before.columns.tolist()], before)
    pd.testing.assert_frame_equal(table, before)
    assert links.table["particle"].dtype == np.int64
    assert links.table.attrs == {"units": {"radius": "px", "y": "px", "x": "px"}, "kept": 1}
    twice_named = table.set_index("frame", drop=False)
    assert specks.link(twice_named).table["particle"].tolist() == links.table["particle"].tolist()


def test_the_order_of_rows_changes_nothing() -> None:
    table = Movie(frames=8, count=30).table(1)
    sorted_ = specks.link(table.sort_values(["frame", "y"])).table
    assert links_of(sorted_.sort_index(), "particle") == links_of(specks.link(table).table, "particle")


def test_tracks_are_numbered_as_they_begin() -> None:
    found = specks.link(Movie(frames=6, count=20).table(2)).table
    begun = found.sort_values("frame", kind="stable").drop_duplicates("particle")["particle"]
    assert begun.tolist() == list(range(len(begun)))


def test_corrected_positions_are_taken_where_there_are_some() -> None:
    table = Movie(frames=8, count=30).table(3)
    drift = 40.0 * table["frame"]
    moved = table.assign(y=table["y"] + drift, y_corrected=table["y"], x_corrected=table["x"])
    expected = specks.link(table, search_range=5).table["particle"]
    assert specks.link(moved, search_range=5).table["particle"].tolist() == expected.tolist()
    raw = moved.drop(columns=["y_corrected", "x_corrected"])
    assert f1(specks.link(raw, search_range=5).table, 2) < 0.5


@pytest.mark.parametrize("moving", [1, 5, 10, 19])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_some_may_move_while_others_lie_still(moving: int, noise: float) -> None:
    rng = np.random.default_rng(moving)
    start = 25.0 * np.stack(np.divmod(np.arange(20), 5), axis=1) + rng.uniform(-2, 2, (20, 2))
    step = np.where(np.arange(20) < moving, 2.0, 0.0)
    rows = [
        (t, k, *(start[k] + (t * step[k], 0.0) + noise * rng.standard_normal(2)))
        for t in range(8)
        for k in range(20)
    ]
    found = specks.link(pd.DataFrame(rows, columns=["frame", "truth", "y", "x"])).table
    assert found["particle"].tolist() == found["truth"].tolist()


def test_a_predictor_follows_what_moves_as_a_whole() -> None:
    table = Movie(frames=8, count=50).table(4)
    step = np.array([0.0, 25, 60, 40, 90, 130, 120, 100])
    drifting = table.assign(x=table["x"] + step[table["frame"]])
    assert f1(specks.link(drifting, predictor="drift").table, 2) > 0.98
    assert f1(specks.link(drifting).table, 2) < 0.9


def test_a_predictor_follows_neighbors() -> None:
    """A field that turns: nearby objects move alike, those on the other side the other way."""
    table = Movie(frames=12, count=120, jitter=0.1, radius=(2.0, 3.0)).table(5)
    y, x, turn = table["y"] - 128, table["x"] - 128, 0.045 * table["frame"]
    turning = table.assign(y=y * np.cos(turn) + x * np.sin(turn), x=x * np.cos(turn) - y * np.sin(turn))
    turning = turning.drop(columns="radius")
    plain = f1(specks.link(turning).table, 2)
    assert f1(specks.link(turning, predictor="nearest_velocity").table, 2) > max(0.97, plain + 0.05)


def test_missing_frame_numbers_count_as_missing_frames() -> None:
    table = pd.DataFrame({"frame": [0, 1, 2, 3], "y": 5.0, "x": 5.0, "frame_number": [10, 20, 60, 70]})
    assert specks.link(table, 5, memory=2).table["particle"].tolist() == [0, 0, 1, 1]
    assert specks.link(table, 5, memory=3).table["particle"].tolist() == [0, 0, 0, 0]
    assert specks.link(table.drop(columns="frame_number"), 5, memory=0).table["particle"].nunique() == 1
    trackpy_ = specks.link(table, 5, memory=2, method="trackpy").table["particle"].tolist()
    assert trackpy_ == [0, 0, 1, 1]


def test_a_long_memory_is_no_longer_than_the_series() -> None:
    table = Movie(frames=6, count=20).table(12)
    long = specks.link(table, memory=1000).table
    pd.testing.assert_frame_equal(long, specks.link(table, memory=4).table)
    apart = pd.DataFrame({"frame": [0, 1, 2, 900, 901], "y": 5.0, "x": 5.0})
    assert specks.link(apart, 5, memory=1000).table["particle"].nunique() == 1
    assert specks.link(apart, 5, memory=500).table["particle"].nunique() == 2


def test_lengths_are_in_the_unit_that_was_given() -> None:
    table = Movie(frames=6, count=40).table(6)
    pixels = specks.link(table, search_range=4.0)
    nanometers = specks.link(table, search_range=2.0, spacing=0.5, units="nm")
    assert nanometers.table["particle"].tolist() == pixels.table["particle"].tolist()
    assert nanometers.scale == pytest.approx(pixels.scale / 2)
    flat = table.assign(z=0.0).rename(columns={"radius": "r"})
    flat["z"] = np.where(flat["truth"] % 2 == 0, 1.0, 3.0)
    apart = specks.link(flat, search_range=(30, 4, 4), spacing=(20, 1, 1), units="nm")
    true = set(links_of(flat, "truth"))
    found = links_of(apart.table, "particle")
    assert len(found & true) > 0.97 * len(found)
    wrong_planes = [(a, b) for a, b in found if flat["z"].iloc[a] != flat["z"].iloc[b]]
    assert not wrong_planes


def test_a_search_range_may_differ_between_axes() -> None:
    table = pd.DataFrame({"frame": [0, 0, 1, 1], "y": [0.0, 50, 6, 50], "x": [0.0, 50, 0, 56]})
    for method in ("lap", "trackpy"):
        found = specks.link(table, search_range=(8, 2), method=method).table["particle"].tolist()
        assert found == [0, 1, 0, 2]


def test_trackpy_links_as_trackpy_does() -> None:
    table = Movie(frames=10, count=150, walk=1.0).table(7)
    for memory, reach in ((0, 4.0), (2, 5.0), (3, (4.0, 6.0))):
        own = specks.link(table, reach, memory=memory, method="trackpy").table
        theirs = by_trackpy(table, reach, memory=memory)
        assert links_of(own, "particle") == links_of(theirs, "particle")


@pytest.mark.parametrize("predictor", ["drift", "nearest_velocity"])
def test_trackpy_predicts_as_trackpy_does(predictor: str) -> None:
    from trackpy.predict import DriftPredict, NearestVelocityPredict

    table = Movie(frames=8, count=60, missing=0.05).table(8)
    moved = table.assign(x=table["x"] + 3 * table["frame"])
    kind = {"drift": DriftPredict, "nearest_velocity": NearestVelocityPredict}[predictor]
    expected = links_of(by_trackpy(moved, 6, kind().link_df, memory=2), "particle")
    named = specks.link(moved, 6, method="trackpy", predictor=predictor)
    given = specks.link(moved, 6, method="trackpy", predictor=kind())
    assert links_of(named.table, "particle") == links_of(given.table, "particle") == expected


def test_trackpy_narrows_its_range_and_says_when_that_does_not_help() -> None:
    table = Movie(frames=4, count=200, radius=(2.0, 3.0)).table(9)
    own = specks.link(table, 30, method="trackpy", adaptive_stop=1.0, adaptive_step=0.8).table
    theirs = by_trackpy(table, 30, memory=2, adaptive_stop=1.0, adaptive_step=0.8)
    assert links_of(own, "particle") == links_of(theirs, "particle")
    with pytest.raises(FitError, match="15 objects hang together even within adaptive_stop 29"):
        specks.link(table, 30, method="trackpy", adaptive_stop=29, adaptive_step=0.9)


def test_an_adaptive_search_narrows_where_it_is_crowded() -> None:
    """Far steps of what is alone are kept, and those in the crowd are not."""
    rng = np.random.default_rng(0)
    crowd = rng.uniform(0, 60, (60, 2))
    rows = [(t, *(p + rng.normal(0, 0.1, 2))) for t in range(6) for p in crowd]
    rows += [(t, 300.0 + 6 * t + 40 * k, 300.0) for t in range(6) for k in range(20)]
    table = pd.DataFrame(rows, columns=["frame", "y", "x"])
    links = specks.link(table, search_range=15, adaptive_stop=0.5, adaptive_step=0.8, memory=0)
    alone = links.table[links.table["y"] > 200]
    assert alone["particle"].nunique() == 20
    assert links.table["particle"].nunique() == 80


@pytest.mark.parametrize("method", ["lap", "trackpy"])
def test_a_huge_search_range_in_a_dense_field_ends(method: str) -> None:
    table = Movie(frames=8, count=400, radius=(1.0, 2.0)).table(10)
    table["x"] += 9.0 * table["frame"]  # nothing is near to where it was
    started = time.process_time()
    links = specks.link(table, search_range=500, method=method, memory=2)
    assert time.process_time() - started < 20
    assert links.table["particle"].min() >= 0


def test_a_field_that_moves_too_far_to_be_followed_says_so() -> None:
    table = Movie(frames=8, count=60).table(11).drop(columns="radius")
    assert specks.link(table).warnings == ()
    moved = table.assign(x=table["x"] + 17.0 * table["frame"])
    warnings_ = specks.link(moved).warnings
    assert len(warnings_) == 1
    assert "of the links are probably wrong: one step moves an object by" in warnings_[0]
    assert specks.link(moved, predictor="drift").warnings == ()
    rng = np.random.default_rng(0)
    nothing = pd.DataFrame(
        {"frame": np.arange(400) // 40, "y": rng.uniform(0, 99, 400), "x": rng.uniform(0, 99, 400)}
    )
    links = specks.link(nothing)
    assert links.table["particle"].nunique() > 390
    assert any("correct the drift first" in words for words in links.warnings)


def columns(**given: object) -> pd.DataFrame:
    return pd.DataFrame({"frame": [0, 1], "y": [1.0, 1.0], "x": [2.0, 2.0]} | given)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([1, 2], "table is list; it must be a pandas.DataFrame"),
        (columns().drop(columns="y"), "table has no column 'y'; it has frame, x"),
        (columns().drop(columns=["frame", "x"]), "no column 'frame'.*no column 'x'"),
        (columns(frame=[0, 1.5]), "column 'frame' holds 1.5; it must hold whole numbers from 0"),
        (columns(frame=[-1, 1]), "column 'frame' holds -1; it must hold whole numbers from 0"),
        (columns(frame=[0, np.nan]), "column 'frame' holds nan"),
        (columns(y=["a", "b"]), "column 'y' holds .*; it must hold numbers"),
        (
            columns(label=[1, 1], frame=[3, 3]),
            "two rows for label 1 in frame 3; an object has one row a frame",
        ),
        (columns(frame_number=[5, 5]), "frame_number goes from 5 to 5 between frame 0 and 1; it must rise"),
        (columns(frame_number=[7, 5]), "frame_number goes from 7 to 5"),
        (
            columns(frame=[0, 0], frame_number=[7, 8]),
            "frame 0 has the frame_number 7 and 8; it must have one",
        ),
        (pd.DataFrame([[0, 1.0, 2.0, 3.0]], columns=["frame", "y", "x", "x"]), "has the column 'x' twice"),
    ],
)
def test_tables_that_cannot_be_linked_are_refused_in_words(table: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        specks.link(table)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"search_range": 0}, "search_range is 0; it must be .*above 0"),
        ({"search_range": -3.0}, "search_range is -3"),
        ({"search_range": (1.0, 2.0, 3.0)}, "length of 3 values was given for the 2 spatial axes"),
        ({"memory": -1}, "memory is -1"),
        ({"memory": 1.5}, "memory is 1.5"),
        ({"method": "tracpy"}, "did you mean 'trackpy'"),
        ({"method": "trackpy"}, "search_range is missing: method='trackpy' needs it, in pixels"),
        ({"predictor": "drfit"}, "did you mean 'drift'"),
        ({"predictor": object()}, "predictor is object; method='lap' takes 'drift'"),
        ({"adaptive_step": 1.0}, "adaptive_step is 1"),
        ({"units": "nm"}, "give spacing too"),
    ],
)
def test_settings_that_mean_nothing_are_refused_in_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        specks.link(columns(), **settings)


EVERY_WAY = [
    {},
    {"search_range": 5},
    {"search_range": 5, "method": "trackpy"},
    {"search_range": 5, "splitting": True, "merging": True},
    {"predictor": "drift"},
    {"predictor": "nearest_velocity"},
    {"adaptive_stop": 1.0},
]


@pytest.mark.parametrize("settings", EVERY_WAY)
def test_little_is_enough(settings: dict[str, object]) -> None:
    empty = specks.link(columns().iloc[:0], **settings)
    assert empty.table["particle"].tolist() == []
    assert empty.summary().startswith("0 tracks of 0 objects in 0 frames")
    assert specks.link(columns().iloc[:1], **settings).table["particle"].tolist() == [0]
    one_frame = specks.link(columns(frame=[4, 4], x=[1.0, 50]), **settings).table
    assert one_frame["particle"].tolist() == [0, 1]
    assert one_frame["confidence"].tolist() == [1.0, 1.0]
    two = specks.link(columns(y=[1.0, 3.0]), **settings)
    assert two.table["particle"].tolist() == [0, 0]
    assert two.summary().startswith("1 track of 2 objects in 2 frames")


@pytest.mark.parametrize("settings", EVERY_WAY)
def test_rows_without_a_position_belong_to_no_track(settings: dict[str, object]) -> None:
    table = pd.DataFrame({"frame": [0, 1, 1, 2], "y": [1.0, np.nan, 1.0, np.inf], "x": 2.0})
    links = specks.link(table, **settings)
    assert links.table["particle"].tolist() == [0, -1, 0, -1]
    assert links.table["confidence"].isna().tolist() == [False, True, False, True]
    assert links.warnings == (
        "2 of 4 objects have no position (y, x are not finite); they belong to no track (particle -1)",
    )


def test_positions_along_a_line_are_no_special_case() -> None:
    table = pd.DataFrame({"frame": np.arange(10), "z": 3.0, "y": 0.0, "x": 3.0 * np.arange(10)})
    assert specks.link(table).table["particle"].nunique() == 1


def test_progress_is_told_while_it_links() -> None:
    said = [p.what for p in specks.link.iterate(Movie(frames=6).table(0))]
    assert any(text.startswith("Linking object") for text in said)
    said = [p.what for p in specks.link.iterate(Movie(frames=6).table(0), 5, method="trackpy")]
    assert "Linking frame 6 of 6" in said
