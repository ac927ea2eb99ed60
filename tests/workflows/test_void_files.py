"""Tracked voids: corrected by hand, on disk, from a shell and in a recipe."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import tifffile
from still_voids import still_voids

import specks
from specks import synth
from specks._core.errors import FileFormatError, NotFoundError, StoreError, UnsupportedFormatError
from specks.cli.main import main
from specks.io import (
    open_result,
    read_frame_data,
    read_table,
    read_track_data,
    read_void_coordinates,
)
from specks.recipe import run_recipe

Log = specks.Corrections
SIZES = {"spacing": 0.5, "units": "nm", "dt": 2.0, "thickness": 60}
CALLS = {
    "mixture": {"diameter": 12.0, "polarity": "bright"},
    "labels": {},
    "objects": {"drift_from": "objects"},
    "function": {"segmenter": lambda image: image > 0.6, "merging": True},
}


@pytest.fixture(scope="module")
def made():
    return synth.growing_voids((160, 192), frames=9, seed=4)


@pytest.fixture(scope="module", params=list(CALLS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def call(kind, made):
    arguments = SIZES | CALLS[kind] | ({"labels": made.labels} if kind in ("labels", "objects") else {})
    return lambda **more: specks.track_voids(made.images, **arguments, **more)


@pytest.fixture(scope="module")
def found(call):
    return call()


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory):
    path = tmp_path_factory.mktemp("voids") / "found"
    found.save(path)
    return path


#: For what does not depend on how objects were found.
ONE_KIND = pytest.mark.parametrize("kind", ["labels"], indirect=True, scope="module")


def same(one, other):
    for name in ("objects", "tracks", "frames"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    pd.testing.assert_frame_equal(one.drift.table, other.drift.table, check_exact=True)
    np.testing.assert_array_equal(np.asarray(one.labels), np.asarray(other.labels))
    assert one.warnings == other.warnings
    assert one.drift_from == other.drift_from
    assert (one.summary(), one.details()) == (other.summary(), other.details())


def test_everything_comes_back(found, folder):
    back = specks.VoidTracks.load(folder)
    same(back, found)
    assert back.provenance == found.provenance
    assert back.settings == found.settings
    assert back.series.source.geometry == found.series.source.geometry
    assert repr(back).endswith(f": {found.summary()}>")
    again = back.refit(back.corrections)
    same(again, found)


def logs(found) -> dict[str, Log]:
    """One log of each sort; in those of links labels that are there."""
    objects = found.objects
    linked = objects[(objects["particle"] >= 0) & (objects["frame"] < 2)]
    pair = linked[linked.duplicated("particle", keep=False)].sort_values(["particle", "frame"]).head(2)
    (a, b), (label_a, label_b) = pair["frame"].tolist(), pair["label"].tolist()
    ends = {"frame_a": a, "label_a": label_a, "frame_b": b, "label_b": label_b}
    place = objects.loc[objects["frame"] == 6, ["y", "x"]].iloc[0].tolist()
    return {
        "drift": Log().add("bad_frame", frame=4).add("set_shift", frame=2, shift=(3.0, 4.0)),
        "links": Log().add("link_forbid", **ends),
        "object": Log().add("reject", frame=6, position=place),
        "frame": Log().add("exclude_frame", frame=5),
        "region": Log().add("exclude_region", polygon=[(0, 0), (0, 60), (160, 60), (160, 0)]),
        "all": Log().add("exclude_frame", frame=5).add("bad_frame", frame=4).add("link_forbid", **ends),
    }


PAIRS = [
    *(("mixture", sort) for sort in ("object", "region", "all")),
    *(("labels", sort) for sort in ("drift", "links", "frame")),
    *(("objects", sort) for sort in ("drift", "object", "all")),
    *(("function", sort) for sort in ("links", "region")),
]


@pytest.mark.parametrize(("kind", "sort"), PAIRS, indirect=["kind"], scope="module")
def test_a_corrected_result_is_that_of_a_run_with_the_corrections(call, found, folder, sort):
    log = logs(found)[sort]
    anew = call(corrections=log)
    corrected = found.refit(log)
    same(corrected, anew)
    assert corrected.corrections == log
    assert corrected.provenance.corrections == anew.provenance.corrections
    assert (corrected.objects["particle"].tolist(), len(corrected.objects)) != (
        found.objects["particle"].tolist(),
        len(found.objects),
    ) or sort == "drift"
    same(specks.VoidTracks.load(folder).refit(log), anew)
    same(corrected.refit(), found)


def test_a_corrected_result_can_be_loaded_and_taken_back(found, tmp_path):
    log = logs(found)["all"].add(
        "reject", **{k: v for k, v in logs(found)["object"].records[0].items() if k != "kind"}
    )
    corrected = found.refit(log)
    corrected.save(tmp_path / "corrected")
    back = specks.VoidTracks.load(tmp_path / "corrected")
    same(back, corrected)
    same(back.refit(), found)


def test_only_what_corrections_touch_is_computed_again(found):
    kept = found.refit(logs(found)["links"])
    assert kept.drift is found.drift
    assert kept.segments is found.segments
    moved = found.refit(logs(found)["drift"])
    assert moved.segments is found.segments
    assert found.refit(found.corrections).links is found.links


def test_a_function_is_not_called_again():
    still = still_voids(np.zeros((4, 2)))
    calls = []

    def segment(image):
        calls.append(len(calls))
        return still.labels[len(calls) - 1]

    found = specks.track_voids(still.labels, segment)
    y, x = still.places[2]
    corrected = found.refit(Log().add("reject", frame=1, position=(y, x)))
    assert calls == [0, 1, 2, 3]
    assert len(corrected.objects) == len(found.objects) - 1
    gone = found.objects.query("frame == 1 and label == 3")
    assert len(gone) == 1
    assert corrected.objects.query("frame == 1 and label == 3").empty


def test_what_is_left_out_by_hand():
    still = still_voids(np.zeros((3, 2)))
    mask = np.zeros((128, 160), bool)
    mask[:, :80] = True
    found = specks.track_voids(still.labels, "labels")
    left = found.refit(Log().add("mask", array=mask).add("exclude_frame", frame=2))
    wanted = found.objects[(found.objects["x"].round() < 80) & (found.objects["frame"] < 2)]
    assert left.objects["label"].tolist() == wanted["label"].tolist()
    assert left.frames["reason"].tolist() == ["", "", "left out by hand"]
    assert set(np.unique(np.asarray(left.labels[0]))) == {0, *wanted["label"]}


def test_the_files_of_the_notebook_say_the_same(found, folder, made):
    frames = read_frame_data(folder / "frame-data.json")
    for name in ("frame", "y", "x", "radius", "touches_side", "class", "y_corrected", "x_corrected"):
        np.testing.assert_allclose(
            frames.objects[name].to_numpy(float), found.objects[name].to_numpy(float), atol=1e-9
        )
    first = json.loads((folder / "frame-data.json").read_text().splitlines()[0])
    assert first["positions"][0] == pytest.approx(found.objects.loc[0, ["x", "y"]].tolist())
    assert first["void_frac"] == pytest.approx(found.frames["area_fraction"][0], abs=1e-9)
    tracks, points = read_track_data(folder / "track-data.json")
    for name in ("start_frame", "end_frame", "total_frames", "inferred_frames", "max_disp", "growth_rate"):
        np.testing.assert_allclose(tracks[name], found.tracks[name], atol=1e-9)
    seen = points[points["observed"]].sort_values(["frame", "particle"])
    ours = found.objects.sort_values(["frame", "particle"])
    np.testing.assert_allclose(seen[["y", "x"]], ours[["y_corrected", "x_corrected"]], atol=1e-9)
    local = ours.groupby("frame")["label"].rank().astype(int)  # the place among those of the frame, from 1
    assert seen["label"].tolist() == local.tolist()
    places = read_void_coordinates(folder / "void-2d-coordinates.csv")
    often = found.tracks[found.tracks["observed_frames"] >= 8]
    assert sorted(places["particle"].unique()) == often.index.tolist()
    assert len(places) == often["total_frames"].sum()
    assert places["observed"].sum() == often["observed_frames"].sum()


def test_the_other_files(found, folder):
    table = read_table(folder / "objects.csv")
    pd.testing.assert_frame_equal(table, found.objects, check_exact=True)
    assert table.attrs["units"]["y_corrected"] == "px"
    assert read_table(folder / "tracks.csv").attrs["units"]["growth_rate_fit_nm_s"] == "nm/s"
    for name in ("drift.csv", "drift.json"):
        assert specks.Drift.load(folder / name).table["y"].tolist() == found.drift.table["y"].tolist()
    trackpy = pd.read_csv(folder / "trackpy.csv")
    assert {"y", "x", "frame", "particle"} <= set(trackpy)
    stored = open_result(folder / "voids.zarr")
    assert stored.image.geometry == found.series.source.geometry
    assert list(stored.labels) == ["voids"]
    assert specks.Links.load(folder / "objects.csv").summary() == found.links.summary()


@ONE_KIND
def test_tracks_in_one_file(found, tmp_path):
    found.save_tracks(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv"), found.objects, check_exact=True)
    with pytest.raises(
        UnsupportedFormatError, match=r"t.txt ends in .txt; tracks are .csv, .parquet or .geff"
    ):
        found.save_tracks(tmp_path / "t.txt")
    pytest.importorskip("geff")
    found.save_tracks(tmp_path / "t.geff")
    import zarr

    nodes = zarr.open_group(tmp_path / "t.geff", mode="r")["nodes/ids"]
    assert nodes.shape == (len(found.objects),)


@ONE_KIND
def test_what_stands_there_is_not_lost(found, folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        found.save(folder)
    with pytest.raises(StoreError, match="is no result of track_voids, so it is not replaced"):
        found.save(tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"
    found.refit(Log().add("exclude_frame", frame=0)).save(tmp_path / "v")
    found.save(tmp_path / "v", overwrite=True)
    same(specks.VoidTracks.load(tmp_path / "v"), found)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "v"]


@ONE_KIND
def test_a_result_is_whole_or_not_there(found, tmp_path, monkeypatch):
    def fail(*arguments, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("specks.workflows._void_files.write_trackpy_csv", fail)
    with pytest.raises(OSError, match="No space left"):
        found.save(tmp_path / "v")
    assert list(tmp_path.iterdir()) == []


@ONE_KIND
@pytest.mark.parametrize("lost", ["provenance.json", "objects.csv", "drift.json", "frames.csv"])
def test_damaged_results(found, tmp_path, lost):
    found.save(tmp_path / "v")
    (tmp_path / "v" / lost).write_text("{")
    with pytest.raises(FileFormatError, match=lost.partition(".")[0]):
        specks.VoidTracks.load(tmp_path / "v")
    (tmp_path / "v" / lost).unlink()
    with pytest.raises((FileFormatError, NotFoundError)):
        specks.VoidTracks.load(tmp_path / "v")


def test_what_is_no_result(tmp_path):
    with pytest.raises(NotFoundError, match="nothing"):
        specks.VoidTracks.load(tmp_path / "nothing")
    with pytest.raises(FileFormatError, match="is no result of track_voids"):
        specks.VoidTracks.load(tmp_path)


def test_numbered_files_by_call_shell_and_recipe(tmp_path, capsys):
    still = still_voids(np.array([[0, 0], [2, -3], [5, -4], [6, 1]]))
    files, masks = tmp_path / "files", tmp_path / "masks"
    for place, values in ((files, np.where(still.labels > 0, 180, 60)), (masks, still.labels)):
        place.mkdir()
        for number, frame in zip((2, 10, 11, 3), values[[0, 2, 3, 1]], strict=True):
            tifffile.imwrite(place / f"tilt{number}.tif", frame.astype("u1"))
    call = specks.track_voids(
        files, labels=masks, min_frames=3, search_range=9.5, memory=8, out=tmp_path / "a"
    )
    assert call.frames["frame_number"].tolist() == [2, 3, 10, 11]
    words = ["voids", str(files), "--labels", str(masks), "--min-frames", "3", "--search-range", "9.5"]
    words += ["--memory", "8", "-o", str(tmp_path / "b")]
    with pytest.raises(SystemExit) as end:
        main([*words, "--dry-run"])
    assert end.value.code == 0
    assert "Track voids would be run" in capsys.readouterr().out
    assert not (tmp_path / "b").exists()
    with pytest.raises(SystemExit) as end:
        main([*words, "--json"])
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out)["steps"][0]["outputs"]["drift"].endswith("drift.json")
    (tmp_path / "recipe.yaml").write_text(
        "format: specks-recipe/1\ninputs: [source, labels]\nsteps:\n- name: voids\n  step: track_voids\n"
        "  inputs: {source: source, labels: labels}\n  parameters: {min_frames: 3, search_range: 9.5, memory: 8}\n"
    )
    run_recipe(tmp_path / "recipe.yaml", {"source": files, "labels": masks}, tmp_path / "c")
    for other in (tmp_path / "b", tmp_path / "c" / "voids"):
        same(specks.VoidTracks.load(other), call)
        for name in (
            "frame-data.json",
            "track-data.json",
            "void-2d-coordinates.csv",
            "drift.csv",
            "trackpy.csv",
        ):
            assert (other / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
