"""track-data.json and void-2d-coordinates.csv: what is written comes back, in the original's columns."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, InputError
from specks.io import read_track_data, read_void_coordinates, write_track_data, write_void_coordinates
from specks.measure import fill_gaps

ORDER = [
    "start_frame", "end_frame", "total_frames", "inferred_frames", "positions", "touches_side", "local_id",
    "disp_from_start", "max_disp", "drift_rate", "dist_traveled", "total_traveled", "movement_rate", "radii",
    "max_radius", "min_radius", "growth_rate",
]  # fmt: skip


def links(seed=0, particles=5):
    rng = np.random.default_rng(seed)
    rows = []
    for particle in rng.permutation(particles * 2)[:particles]:
        start = rng.integers(0, 5)
        frames = np.unique(start + rng.integers(0, 12, rng.integers(1, 10)))
        rows += [(int(particle), int(frame)) for frame in frames]
    table = pd.DataFrame(rows, columns=["particle", "frame"])
    for name in ("y", "x", "radius"):
        table[name] = rng.uniform(1, 50, len(table))
    table["touches_side"] = rng.random(len(table)) < 0.2
    table["label"] = rng.integers(1, 90, len(table))
    return table


def statistics(points):
    """Plain statement of the original's columns that are one number a track, in no order of particles."""
    rows = []
    for particle, track in list(points.groupby("particle"))[::-1]:
        place, span = track[["x", "y"]].to_numpy(), len(track)
        way = np.hypot(*np.diff(place, axis=0).T).sum()
        far = np.hypot(*(place - place[0]).T).max()
        rows.append(
            {
                "particle": particle,
                "start_frame": track["frame"].iloc[0],
                "end_frame": track["frame"].iloc[-1],
                "total_frames": span,
                "inferred_frames": int((~track["observed"]).sum()),
                "max_disp": far if span > 1 else np.nan,
                "drift_rate": far / span if span > 1 else np.nan,
                "total_traveled": way if span > 1 else np.nan,
                "movement_rate": way / span if span > 1 else np.nan,
                "max_radius": track["radius"].max(),
                "min_radius": track["radius"].min(),
                "growth_rate": np.nan if span < 4 else 0.1,
                "observed_frames": int(track["observed"].sum()),
            }
        )
    return pd.DataFrame(rows)


def test_the_columns_of_tracks_are_those_of_the_original(tmp_path):
    points = fill_gaps(links())
    tracks = statistics(points)
    write_track_data(tracks, points, tmp_path / "t.json")
    lines = [json.loads(line) for line in (tmp_path / "t.json").read_text().splitlines()]
    assert [list(line) for line in lines] == [[*ORDER, "particle", "observed_frames"]] * len(tracks)
    for line, track in zip(lines, tracks.to_dict("records"), strict=True):
        rows = points[points["particle"] == track["particle"]]
        assert line["positions"] == rows[["x", "y"]].to_numpy().tolist()
        assert [v is None for v in line["local_id"]] == (~rows["observed"]).tolist()
        assert line["disp_from_start"][0] == line["dist_traveled"][0] == 0
        if len(rows) > 1:
            assert max(line["disp_from_start"]) == pytest.approx(line["max_disp"])
            assert line["dist_traveled"][-1] == pytest.approx(line["total_traveled"])


def test_the_next_notebook_finds_its_masks(tmp_path):
    """It takes the object `local_id` of frame `start_frame` + i from the stack of that frame."""
    seen = pd.DataFrame(
        {
            "particle": 2,
            "frame": [3, 5],
            "y": 1.0,
            "x": 2.0,
            "radius": 4.0,
            "touches_side": False,
            "label": [9, 7],
        }
    ).assign(local_id=[4, 1])
    points = fill_gaps(seen)
    write_track_data(statistics(points), points, tmp_path / "t.json")
    table = pd.read_json(tmp_path / "t.json", lines=True)
    assert (table["start_frame"][0], table["total_frames"][0], table["local_id"][0]) == (3, 3, [4, None, 1])


@unhurried
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_tracks_come_back(tmp_path_factory, seed, particles):
    path = tmp_path_factory.mktemp("t") / "track-data.json"
    points = fill_gaps(links(seed, particles))
    tracks = statistics(points)
    write_track_data(tracks, points, path)
    again = read_track_data(path)
    names = again.tracks.columns
    pd.testing.assert_frame_equal(again.tracks, tracks[names], check_dtype=False, rtol=1e-12)
    columns = again.points.columns
    both = [t.sort_values(["particle", "frame"], ignore_index=True)[columns] for t in (again.points, points)]
    pd.testing.assert_frame_equal(*both, rtol=1e-12)


@unhurried
@given(st.data())
def test_damage_is_named(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("t") / data.draw(st.sampled_from(["t.json", "t.csv"]))
    points = fill_gaps(links(1, 2))
    if path.suffix == ".json":
        write_track_data(statistics(points), points, path)
    else:
        write_void_coordinates(points, path, min_frames=1)
    path.write_bytes(damaged(data, path.read_bytes(), 400))
    read = read_track_data if path.suffix == ".json" else read_void_coordinates
    result_or_named_error(lambda: read(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total_frames": 7}, "total_frames is 7; expected those from start to end"),
        ({"local_id": [0.5, None, 1]}, "local_id must hold whole numbers, 0 or more, or null"),
        ({"local_id": [0, None]}, "local_id has 2 entries; expected 3"),
        ({"touches_side": [0, 1, 0]}, "touches_side must hold true and false only"),
        ({"start_frame": None}, "there is no start_frame"),
        ({"radii": [1, 2, None]}, "radii has null as entry 2"),
        ({"particle": 5}, "particle is 5, which another track is too"),
    ],
)
def test_faults_name_line_and_field(tmp_path, change, message):
    good = {
        "start_frame": 3, "end_frame": 5, "total_frames": 3, "inferred_frames": 1, "positions": [[1, 2]] * 3,
        "touches_side": [False] * 3, "local_id": [0, None, 1], "radii": [1, 2, 3], "particle": 5,
    }  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(good) + "\n" + json.dumps(good | {"particle": 6} | change))
    with pytest.raises(FileFormatError, match=f"t.json, line 2: {message}"):
        read_track_data(tmp_path / "t.json")


def test_tables_that_do_not_fit_tracks(tmp_path):
    seen = links()
    points = fill_gaps(seen)
    tracks = statistics(points)
    with pytest.raises(InputError, match="tracks has no column 'max_disp'; points has no column 'observed'"):
        write_track_data(tracks.drop(columns="max_disp"), seen, tmp_path / "t.json")
    with pytest.raises(InputError, match=r"points of particle \d+ are not one a frame from"):
        write_track_data(tracks, points[points["observed"]], tmp_path / "t.json")
    with pytest.raises(InputError, match="tracks has a particle twice"):
        write_track_data(pd.concat([tracks, tracks]), points, tmp_path / "t.json")
    assert not list(tmp_path.iterdir())


def test_coordinates_of_voids_that_were_seen_often_enough(tmp_path):
    """Seen in two frames that lie nine apart is not seen ten times."""
    twice = pd.DataFrame({"particle": 4, "frame": [0, 9], "y": [0.0, 9.0], "x": 1.0, "radius": 5.0})
    often = pd.DataFrame({"particle": 6, "frame": [*range(5), 6, 7, 8], "y": 2.0, "x": 3.0, "radius": 6.0})
    points = fill_gaps(pd.concat([often, twice]))
    order = pd.DataFrame({"particle": [6, 4]})
    write_void_coordinates(points, tmp_path / "v.csv", tracks=order)
    with (tmp_path / "v.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "frame", "x", "y", "r", "frame_number", "observed"]
    assert {row["id"] for row in rows} == {"0"}
    assert [row["observed"] for row in rows] == ["True"] * 5 + ["False"] + ["True"] * 3
    write_void_coordinates(points, tmp_path / "v.csv", tracks=order.set_index("particle"), min_frames=2)
    again = read_void_coordinates(tmp_path / "v.csv")
    assert again.groupby("particle").size().tolist() == [9, 10]
    assert again.loc[again["particle"] == 1, "y"].tolist() == list(np.arange(10.0))


def test_corrected_positions_and_numbers_of_frames_are_what_is_written(tmp_path):
    table = links().assign(y_corrected=1.5, x_corrected=2.5)
    table["frame_number"] = 10 + 2 * table["frame"]
    write_void_coordinates(fill_gaps(table), tmp_path / "v.csv", min_frames=1)
    again = read_void_coordinates(tmp_path / "v.csv")
    assert again["y"].unique().tolist() == [1.5]
    assert again["x"].unique().tolist() == [2.5]
    assert again["frame_number"].tolist() == (10 + 2 * again["frame"]).tolist()


@unhurried
@given(st.integers(0, 10**6))
def test_coordinates_come_back(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("v") / "v.csv"
    points = fill_gaps(links(seed))
    write_void_coordinates(points, path, min_frames=1)
    again = read_void_coordinates(path)
    numbers = {p: i for i, p in enumerate(sorted(points["particle"].unique()))}
    expected = points.assign(particle=points["particle"].map(numbers), frame_number=points["frame"])
    pd.testing.assert_frame_equal(again, expected[again.columns].reset_index(drop=True), check_exact=True)


def test_the_original_file_has_five_columns(tmp_path):
    (tmp_path / "v.csv").write_text("id,frame,x,y,r\n3,0,1.5,2.5,4.0\n")
    table = read_void_coordinates(tmp_path / "v.csv")
    assert table.to_dict("records") == [{"particle": 3, "frame": 0, "y": 2.5, "x": 1.5, "radius": 4.0}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,frame,x,y\n", "has no column r; expected id, frame, x, y, r"),
        ("id,frame,x,y,r\n0,0,1,1,1\n0,1.5,1,1,1\n", "line 3: frame is '1.5'; it must be a whole number"),
        ("id,frame,x,y,r\n0,0,inf,1,1\n", "line 2: x is 'inf'; it must be a finite number"),
        ("id,frame,x,y,r\n-1,0,1,1,1\n", "line 2: id is '-1'"),
        ("id,frame,x,y,r,observed\n1,0,1,1,1,yes\n", "line 2: observed must be True or False"),
    ],
)
def test_faults_of_coordinates_are_named(tmp_path, text, message):
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_void_coordinates(tmp_path / "v.csv")


def test_tables_that_do_not_fit_coordinates(tmp_path):
    points = fill_gaps(links())
    with pytest.raises(InputError, match="points has no column 'radius'"):
        write_void_coordinates(points.drop(columns="radius"), tmp_path / "v.csv")
    with pytest.raises(InputError, match=r"tracks has no particle \d+, but points has"):
        write_void_coordinates(
            points, tmp_path / "v.csv", tracks=pd.DataFrame({"particle": [77]}), min_frames=1
        )
