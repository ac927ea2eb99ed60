"""frame-data.json: what is written comes back, and older files say the same in other words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, InputError
from specks.io import FrameData, read_frame_data, write_frame_data
from specks.measure import measure_instances

SEVEN = ["void_frac", "void_count", "type", "radii", "radii_average", "positions", "touches_side"]
SHAPE = (200, 300)


def objects(seed=0, frames=6, most=30):
    """Disks that do not overlap: what pixels would give, exactly."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, most, frames)
    counts[1 % frames] = 0
    counts[0] = max(counts[0], 1)
    n = int(counts.sum())
    radius = rng.uniform(1, 6, n)
    return pd.DataFrame(
        {
            "frame": np.repeat(np.arange(frames), counts),
            "label": np.concatenate([1 + rng.permutation(c + 3)[:c] for c in counts]).astype(np.int64),
            "y": rng.uniform(0, SHAPE[0] - 1, n),
            "x": rng.uniform(0, SHAPE[1] - 1, n),
            "area": np.pi * radius**2,
            "equivalent_diameter": 2 * radius,
            "radius": radius,
            "touches_side": rng.random(n) < 0.3,
            "class": rng.integers(1, 4, n),
        }
    )


def about(frames=6):
    numbers = 3 + 2 * np.arange(frames)
    return pd.DataFrame(
        {"path": [f"tilt{n}.png" for n in numbers], "frame_number": numbers},
        index=pd.RangeIndex(frames, name="frame"),
    )


def moved(frames=6):
    rng = np.random.default_rng(5)
    return pd.DataFrame(rng.normal(0, 9, (frames, 2)), pd.RangeIndex(frames, name="frame"), ["y", "x"])


def old(table, frames=6, swapped=True, halves=False):
    """Lines as older versions wrote them: diameters, (row, column), in any order, with Python's NaN."""
    lines = []
    for frame in np.random.default_rng(1).permutation(frames):
        rows = table[table["frame"] == frame]
        sizes = rows["radius"] * (1 if halves else 2)
        lines.append(
            {
                "void_frac": rows["area"].sum() / np.prod(SHAPE),
                "void_count": len(rows),
                "radii": sizes.tolist(),
                "radii_average": sizes.mean(),
                "positions": rows[["y", "x"] if swapped else ["x", "y"]].to_numpy().tolist(),
                "image-path": f"/data/Second_{int(frame):02d}_Frame_0000.tif",
            }
        )
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_the_fields_stand_in_the_order_of_the_original(tmp_path):
    table = objects()
    write_frame_data(table, tmp_path / "f.json", shape=SHAPE, frames=about(), drift=moved())
    lines = [json.loads(line) for line in (tmp_path / "f.json").read_text().splitlines()]
    assert len(lines) == 6
    more = ["path", "frame_number", "drifts", "positions-no-drift", "label"]
    assert [list(line) for line in lines] == [SEVEN + more] * 6
    first, rows = lines[0], table[table["frame"] == 0]
    assert first["void_frac"] == pytest.approx(rows["area"].sum() / (200 * 300))
    assert first["positions"] == rows[["x", "y"]].to_numpy().tolist()
    assert first["radii"] == rows["radius"].tolist()
    assert first["radii_average"] == pytest.approx(rows["radius"].mean())
    assert first["type"] == rows["class"].tolist()
    drift = moved().loc[0]
    np.testing.assert_allclose(first["positions-no-drift"], rows[["x", "y"]] - [drift["x"], drift["y"]])
    assert lines[1]["radii"] == []
    assert lines[1]["radii_average"] is None
    assert [line["frame_number"] for line in lines] == [3, 5, 7, 9, 11, 13]


def test_pandas_reads_it_as_the_notebooks_do(tmp_path):
    table = objects()
    write_frame_data(table, tmp_path / "f.json", shape=SHAPE, frames=about(), drift=moved())
    frames = pd.read_json(tmp_path / "f.json", lines=True)
    assert np.array(frames["drifts"].tolist()).shape == (6, 2)
    assert np.array(frames["positions"][0]).shape == (len(table[table["frame"] == 0]), 2)
    assert frames["path"].tolist() == about()["path"].tolist()


@unhurried
@given(
    seed=st.integers(0, 10**6),
    frames=st.integers(1, 5),
    facts=st.booleans(),
    drift=st.booleans(),
    names=st.booleans(),
)
def test_what_is_written_comes_back(tmp_path_factory, seed, frames, facts, drift, names):
    path = tmp_path_factory.mktemp("f") / "frame-data.json"
    table = objects(seed, frames)
    write_frame_data(
        table,
        path,
        shape=SHAPE,
        frames=about(frames) if facts else pd.DataFrame(index=range(frames)),
        drift=moved(frames) if drift else None,
        class_names={1: "void", 2: "loop", 3: "void, large"} if names else None,
    )
    again = read_frame_data(path)
    assert isinstance(again, FrameData)
    same = [name for name in table if not (names and name == "class")]
    pd.testing.assert_frame_equal(again.objects[same], table[same], rtol=1e-12)
    if names and len(table):
        words = {1: "void", 2: "loop", 3: "void, large"}
        assert again.objects["class_name"].tolist() == [words[k] for k in table["class"]]
    assert len(again.frames) == frames
    if facts:
        assert again.frames["frame_number"].tolist() == about(frames)["frame_number"].tolist()
        assert again.objects["frame_number"].tolist() == [3 + 2 * f for f in table["frame"]]
    if drift:
        pd.testing.assert_frame_equal(again.drift, moved(frames))
        still = table["y"] - moved(frames)["y"].to_numpy()[table["frame"]]
        np.testing.assert_allclose(again.objects["y_corrected"], still)
    else:
        assert again.drift is None


@pytest.mark.parametrize("shape", [None, SHAPE])
def test_diameters_are_told_from_radii(tmp_path, shape):
    table = objects(frames=6, most=60)
    (tmp_path / "old.json").write_text(old(table))
    found = read_frame_data(tmp_path / "old.json", shape=shape)
    for name in ("frame", "y", "x", "radius", "area"):
        np.testing.assert_allclose(found.objects[name], table[name])
    assert found.frames["frame_number"].tolist() == list(range(6))
    assert found.frames["path"].tolist() == sorted(found.frames["path"])
    (tmp_path / "new.json").write_text(old(table, swapped=False, halves=True))
    found = read_frame_data(tmp_path / "new.json", shape=shape)
    for name in ("frame", "y", "x", "radius"):
        np.testing.assert_allclose(found.objects[name], table[name])


def test_what_is_said_is_not_guessed(tmp_path):
    table = objects(most=60)
    (tmp_path / "f.json").write_text(old(table))
    forced = read_frame_data(tmp_path / "f.json", radii="radius", positions="xy").objects
    np.testing.assert_allclose(forced["radius"], 2 * table["radius"])
    np.testing.assert_allclose(forced["x"], table["y"])
    (tmp_path / "between.json").write_text(old(table, swapped=True, halves=True))
    between = read_frame_data(tmp_path / "between.json", positions="rowcol").objects
    np.testing.assert_allclose(between[["radius", "y"]], table[["radius", "y"]])


def test_few_objects_tell_nothing(tmp_path):
    line = {"void_frac": 0.0005, "radii": [4.0], "positions": [[10.0, 12.0]]}
    (tmp_path / "f.json").write_text(json.dumps(line))
    with pytest.raises(InputError, match="does not tell whether its radii are radii or, as older files"):
        read_frame_data(tmp_path / "f.json")
    assert read_frame_data(tmp_path / "f.json", radii="diameter").objects["radius"].tolist() == [2.0]
    wide = read_frame_data(tmp_path / "f.json", shape=(317, 317)).objects  # pi 4² / 317² is the fraction
    assert wide["radius"].tolist() == [4.0]


def test_the_fraction_of_newer_files_is_wrong_and_harmless(tmp_path):
    """They divide by objects times height; the disks then cover another field altogether."""
    table = objects(most=60)
    lines = [json.loads(line) for line in old(table, swapped=False, halves=True).splitlines()]
    for line in lines:
        line["void_frac"] *= SHAPE[1] / max(1, line["void_count"])
    (tmp_path / "f.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read_frame_data(tmp_path / "f.json", shape=SHAPE).objects
    np.testing.assert_allclose(found["radius"], table["radius"])


def test_hidden_objects_leave_no_wrong_class(tmp_path):
    """The original lists a class for every object of the stack, and positions of those that are seen."""
    line = {
        "void_frac": 0.1,
        "radii": [5.0, 6.0],
        "positions": [[9, 9], [30, 30]],
        "touches_side": [True, False],
    }
    (tmp_path / "f.json").write_text(json.dumps(line | {"type": [1, 2, 1]}))
    with pytest.warns(UserWarning, match=r"f.json, line 1: type has 3 entries for 2 objects"):
        assert read_frame_data(tmp_path / "f.json").objects["class"].tolist() == [0, 0]
    (tmp_path / "f.json").write_text(json.dumps(line | {"type": [2, 2, 2]}))
    assert read_frame_data(tmp_path / "f.json").objects["class"].tolist() == [2, 2]


def test_objects_that_overlap_cover_less_than_the_sum_of_their_areas(tmp_path):
    stack = np.zeros((2, 50, 40), np.uint8)
    stack[0, 10:30, 10:30] = 1
    stack[1, 20:40, 10:30] = 1
    table, union = measure_instances(stack), (stack > 0).any(axis=0).mean()
    facts = pd.DataFrame({"area_fraction": [union]}, index=pd.RangeIndex(1, name="frame"))
    write_frame_data(table, tmp_path / "f.json", shape=(50, 40), frames=facts)
    assert json.loads((tmp_path / "f.json").read_text())["void_frac"] == pytest.approx(600 / 2000)


LINE = {"void_frac": 0.1, "radii": [5.0, 6.0], "positions": [[9, 9], [30, 30]], "touches_side": [True, False]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radii": [5.0]}, "positions has 2 entries; expected 1"),
        ({"radii": [5.0, "a"]}, 'radii has "a" as entry 1; it must be a number'),
        ({"radii": [5.0, None]}, "radii has null as entry 1"),
        ({"radii": [5.0, -1]}, "radii has -1; sizes are 0 or more"),
        ({"radii": 5}, "radii is 5; it must be a list"),
        ({"radii": None}, "there is no radii"),
        ({"positions": [[1, 2], [1, 2, 3]]}, r"positions has \[1, 2, 3\] as entry 1; it must be two numbers"),
        ({"positions": [[1, 2], [True, 3]]}, "positions has .* as entry 1"),
        ({"touches_side": [True, 0]}, "touches_side must hold true and false only"),
        ({"touches_side": [True]}, "touches_side has 1 entries; expected 2"),
        ({"type": [1, "void"]}, "type must hold whole numbers, 0 or more, or names"),
        ({"frame_number": -1}, "frame_number is -1; it must be a whole number, 0 or more"),
        ({"frame_number": 0}, "f.json, line 2 is of the same frame as line 1; keep one of them"),
        ({"path": 3}, "path is 3; it must be text"),
        ({"void_frac": "x"}, 'void_frac is "x"; it must be a number'),
        ({"label": [1, 1]}, "label must hold different whole numbers"),
        ({"drifts": [1]}, "drifts has 1 entries; expected 2"),
    ],
)
def test_faults_name_line_and_field(tmp_path, change, message):
    line = LINE | {"frame_number": 0, "path": "a0.png", "drifts": [0, 0], "type": [1, 1]}
    other = line | {"frame_number": 1, "path": "a1.png"} | change
    (tmp_path / "f.json").write_text(json.dumps(line) + "\n\n" + json.dumps(other))
    where = "" if "same frame" in message else "f.json, line 3: "
    with pytest.raises(FileFormatError, match=where + message.replace("line 2 is", "line 3 is")):
        read_frame_data(tmp_path / "f.json")


def test_what_is_no_file_of_frames(tmp_path):
    path = tmp_path / "f.json"
    for text, message in (
        ("", "holds no frames"),
        ("[1, 2]", "line 1: holds .1, 2.; it must be a JSON object"),
        ('{"radii": [1', "line 1 is not valid JSON"),
        ('{"radii": [], "radii": []}', "'radii' stands there twice"),
    ):
        path.write_text(text)
        with pytest.raises(FileFormatError, match=message):
            read_frame_data(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="cannot be read as JSON lines"):
        read_frame_data(path)
    with pytest.raises(InputError, match="radii is 'radi'; it must be 'auto' or 'radius' or 'diameter'"):
        read_frame_data(path, radii="radi")


def test_lists_and_lines_are_bounded(tmp_path, monkeypatch):
    path = tmp_path / "f.json"
    path.write_text(json.dumps(LINE))
    monkeypatch.setattr("specks.io.frame_data_read._MOST", 1)
    with pytest.raises(FileFormatError, match="radii has 2 entries; at most 1 are read"):
        read_frame_data(path)
    monkeypatch.setattr("specks.io.json_lines.LONGEST", 20)
    with pytest.raises(FileFormatError, match="line 1: more than 20 characters in a line"):
        read_frame_data(path)


@unhurried
@given(st.data())
def test_damage_is_named(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("f") / "frame-data.json"
    write_frame_data(objects(3, 2, 3), path, shape=SHAPE, frames=about(2), drift=moved(2))
    path.write_bytes(damaged(data, path.read_bytes(), 600))
    result_or_named_error(lambda: read_frame_data(path))


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda t: t.drop(columns="radius"), {}, "objects has no column 'radius'"),
        (lambda t: t.assign(z=0.0), {}, "objects are of volumes"),
        (lambda t: t.assign(y=np.nan), {}, "objects have no position or no radius"),
        (
            lambda t: t.assign(frame=9),
            {"frames": about()},
            "objects has the frame 9, which frames does not have",
        ),
        (lambda t: t, {"drift": moved(3)}, "drift has no frame 3"),
        (lambda t: t, {"drift": moved().reset_index().assign(frame=0)}, "drift has the frame 0 twice"),
    ],
)
def test_tables_that_do_not_fit(tmp_path, change, options, message):
    (tmp_path / "f.json").write_text("before")
    with pytest.raises(InputError, match=message):
        write_frame_data(change(objects()), tmp_path / "f.json", shape=SHAPE, **options)
    assert (tmp_path / "f.json").read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["f.json"]
