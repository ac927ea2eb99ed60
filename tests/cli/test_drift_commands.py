"""Drift from the shell and in recipes: files by their names, wires by what they carry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from specks import (
    Corrections,
    Drift,
    correct_images,
    correct_positions,
    estimate_drift,
    measure_objects,
    save_corrections,
)
from specks.cli.main import main
from specks.io import open_image, open_result, read_table
from specks.recipe import load_recipe, run_recipe
from specks.synth import drifting_series

RECIPE = """format: specks-recipe/1
inputs: [images, labels]
steps:
- {name: find, step: estimate_drift, inputs: {images: images}, corrections: log.json}
- {name: still, step: correct_images, inputs: {images: images, drift: find.drift}, parameters: {border: crop}}
- {name: moved, step: correct_images, inputs: {images: labels, drift: find.drift}}
- {name: table, step: measure_objects, inputs: {labels: labels}, parameters: {axes: tyx}}
- {name: same, step: measure_objects, inputs: {labels: moved.image}, parameters: {axes: tyx}}
- {name: places, step: correct_positions, inputs: {table: table.table, drift: find.drift}}
- {name: tracks, step: link, inputs: {table: places.table}}
- {name: again, step: drift_from_tracks, inputs: {tracks: tracks.table}}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: Any) -> Path:
    """A folder with series.tif, and labels.tif of the same field."""
    folder = tmp_path_factory.mktemp("series")
    made = drifting_series("mask_easy", frames=5, shape=(80, 96))
    image = made.images * np.uint8(150) + np.random.default_rng(0).integers(0, 60, made.images.shape)
    from scipy import ndimage as ndi

    labels = np.stack([ndi.label(frame)[0] for frame in made.images]).astype(np.uint16)
    for name, data in (("series", image.astype(np.uint8)), ("labels", labels)):
        tifffile.imwrite(folder / f"{name}.tif", data, metadata={"axes": "TYX"}, photometric="minisblack")
    return folder


@pytest.fixture
def folder(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in files.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def specks(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(line: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(line.split())
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def pixels(path: Path) -> np.ndarray:
    source = open_image(path)
    return source.read(tuple(slice(0, n) for n in source.shape))


def test_the_ending_says_what_is_written(folder: Path, specks: Any) -> None:
    expected = estimate_drift("series.tif", reference="previous")
    (folder / "params.yaml").write_text("reference: previous\n")
    for name in ("d.json", "d.csv"):
        code, out, _ = specks(f"drift series.tif -o {name} --params params.yaml --json")
        assert code == 0
        report = json.loads(out)["steps"][0]
        assert report["outputs"] == {"drift": name}
        assert report["summary"] == expected.summary()
        assert Drift.load(name).table.equals(expected.table)
    assert Drift.load("d.json").refit(Corrections()).table.equals(expected.table)
    assert list(pd.read_csv("d.csv")) == ["frame", "y", "x", "y_std", "x_std", "ok", "reason"]


def test_a_dry_run_says_what_would_be_done(folder: Path, specks: Any) -> None:
    code, out, _ = specks("drift series.tif -o d.csv --max-shift 12 --dry-run --json")
    plan = json.loads(out)
    assert (code, plan["step"], plan["out"]) == (0, "estimate_drift", "d.csv")
    assert plan["parameters"]["max_shift"] == 12
    assert not (folder / "d.csv").exists()


@pytest.mark.parametrize("name", ["d", "d.txt", "d.zarr"])
def test_another_ending_is_refused_before_the_work(folder: Path, specks: Any, name: str) -> None:
    code, _, err = specks(f"drift series.tif -o {name}")
    assert code == 2
    assert (
        err == f"specks: -o is {name}, but drift is written to a .json or .csv file; name it such as d.json\n"
    )


@pytest.mark.parametrize("name", ["d.json", "d.csv"])
def test_images_and_labels_are_corrected_by_a_file(folder: Path, specks: Any, name: str) -> None:
    drift = estimate_drift("series.tif")
    drift.save(name)
    code, out, _ = specks(f"correct series.tif {name} -o still.zarr --border crop --order 3 --json")
    assert code == 0
    assert json.loads(out)["steps"][0]["outputs"] == {"image": "still.zarr"}
    expected = correct_images("series.tif", drift, "crop", 3)
    np.testing.assert_array_equal(pixels(folder / "still.zarr"), expected[...])
    stored = open_result("still.zarr").provenance
    assert stored is not None
    assert stored.parameters["border"] == "crop"
    assert stored.inputs["drift"]["step"].endswith("estimate_drift")
    code, out, _ = specks(f"correct labels.tif {name} -o moved.zarr --json")
    assert json.loads(out)["steps"][0]["outputs"] == {"image": "moved.zarr/labels/labels"}
    code, _, _ = specks("measure moved.zarr -o objects.csv --axes tyx")
    assert code == 0
    moved = correct_images("labels.tif", drift)[...]
    pd.testing.assert_frame_equal(read_table("objects.csv"), measure_objects(moved, axes="tyx"))


def test_positions_and_tracks_go_from_table_to_table(folder: Path, specks: Any) -> None:
    table = pd.DataFrame({"frame": [0, 1, 2], "particle": 3, "y": [5.0, 6.5, 4.0], "x": [1.0, 1.0, 2.0]})
    table.to_csv("tracks.csv", index=False)
    assert specks("drift-from-tracks tracks.csv -o d.csv")[0] == 0
    assert specks("correct-positions tracks.csv d.csv -o places.csv")[0] == 0
    places = read_table("places.csv")
    assert places["y_corrected"].tolist() == [5.0] * 3
    assert places["x_corrected"].tolist() == [1.0] * 3


def test_what_does_not_fit_is_said_and_nothing_is_left(folder: Path, specks: Any) -> None:
    (folder / "d.csv").write_text("frame,y,x\n0,0,0\n1,1,1\n")
    code, _, err = specks("correct series.tif d.csv -o still.zarr")
    assert code == 2
    assert "the drift is of 2 frames, but the images have 5" in err
    (folder / "d.csv").write_text("frame,y,x\n0,0,0\n2,1,1\n")
    code, _, err = specks("correct series.tif d.csv -o still.zarr")
    assert (code, "frame 1 is missing" in err) == (2, True)
    code, _, err = specks("correct series.tif none.csv -o still.zarr")
    assert (code, "there is no file or folder none.csv" in err) == (2, True)
    assert not (folder / "still.zarr").exists()


def test_a_recipe_hands_the_drift_on(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(RECIPE)
    log = Corrections().add("bad_frame", frame=2)
    save_corrections(log, "log.json")
    given = {"images": "series.tif", "labels": "labels.tif"}
    done = {o.name: o for o in run_recipe("recipe.yaml", given, folder / "out")}
    assert done["find"].outputs == {"drift": folder / "out" / "find" / "drift.json"}
    drift = Drift.load(done["find"].outputs["drift"])
    assert drift.corrections == log
    assert drift.table["reason"][2] == "marked bad by hand"
    np.testing.assert_array_equal(
        pixels(done["still"].outputs["image"]), correct_images("series.tif", drift, "crop")[...]
    )
    assert done["moved"].outputs["image"].parent.name == "labels"
    places = read_table(done["places"].outputs["table"])
    raw, same = read_table(done["table"].outputs["table"]), read_table(done["same"].outputs["table"])
    pd.testing.assert_frame_equal(places, correct_positions(raw, drift))
    assert 0 < len(same) <= len(raw)
    again = Drift.load(done["again"].outputs["drift"])
    known = drift.table["ok"]
    assert np.abs(again.shifts - drift.shifts)[known].max() < 0.5
    assert all(outcome.kept for outcome in run_recipe("recipe.yaml", given, folder / "out"))


def test_a_fresh_process_knows_the_corrections_of_drift(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "log.json").write_text(
        '{"format": "specks-corrections/1", "arrays": null, "records": [{"kind": "bad_frame", "frame": 2}]}'
    )
    code = "import specks.recipe as r; print(len(r.load_recipe('recipe.yaml').steps[0].corrections))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("1", "")


def test_a_wire_of_another_kind_is_refused(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(
        RECIPE.replace("drift: find.drift}}\n- {name: tracks", "drift: table.table}}\n- {name: tracks")
    )
    (folder / "log.json").write_text('{"format": "specks-corrections/1", "arrays": null, "records": []}')
    with pytest.raises(ValueError, match=r"drift is wired to 'table.table', which is a table, not a model"):
        load_recipe("recipe.yaml")
