"""Tracks in the shapes that other programs take."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import trackpy

import specks
from specks._core.errors import InputError, StoreError
from specks.io import track_array, write_geff, write_trackpy_csv

geff = pytest.importorskip("geff")

TABLE = pd.DataFrame(
    {
        "frame": [1, 0, 2, 0, 1, 2],
        "label": [1, 1, 1, 2, 2, 2],
        "y": [5.0, 4.0, 6.0, 20.0, 20.5, 90.0],
        "x": [7.0, 7.5, 6.5, 30.0, 30.5, 90.0],
        "radius": [3.0, np.nan, 3.5, 8.0, 8.0, 1.0],
        "y_corrected": [5.5, 4.0, 7.0, 20.0, 21.0, 91.0],
        "x_corrected": [7.0, 7.5, 6.5, 30.0, 30.5, 90.0],
        "class": ["a", "b", "a", "b", "b", "a"],
        "particle": [1, 1, 1, 0, 0, -1],
        "confidence": [0.9, 1.0, 0.8, 1.0, 0.7, np.nan],
    },
    index=pd.Index([1, 0, 2, 0, 1, 2], name="frame"),
)
PARENTS = pd.DataFrame({"particle": [1], "parent": [0]})


def test_an_array_for_napari_is_sorted_by_track_and_frame() -> None:
    array = track_array(TABLE)
    assert array[:, :2].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]
    assert array[2].tolist() == [1, 0, 4.0, 7.5]
    assert track_array(TABLE, corrected=True)[-1].tolist() == [1, 2, 7.0, 6.5]
    volume = track_array(TABLE.assign(z=2.0))
    assert volume.shape == (5, 5)
    assert volume[0].tolist() == [0, 0, 2.0, 20.0, 30.0]


def test_napari_takes_tracks_and_their_graph() -> None:
    layers = pytest.importorskip("napari.layers")
    layer = layers.Tracks(track_array(TABLE), graph={1: [0]})
    assert sorted(layer.graph) == [1]
    assert len(layer.data) == 5


@pytest.mark.parametrize("corrected", [False, True])
def test_a_geff_store_holds_objects_links_and_parents(tmp_path: Path, corrected: bool) -> None:
    path = tmp_path / "tracks.geff"
    write_geff(TABLE, path, parents=PARENTS, corrected=corrected, spacing=(0.5, 0.25), units="nm", dt=2.0)
    geff.validate_structure(path)
    graph, metadata = geff.read(path)
    assert graph.number_of_nodes() == 5
    assert sorted(graph.edges) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    first = graph.nodes[2]
    assert (first["frame"], first["label"], first["particle"], first["y_corrected"]) == (0, 1, 1, 4.0)
    assert "radius" not in first  # NaN is missing
    assert graph.nodes[3]["radius"] == 3.0
    assert "class" not in first
    ending = "_corrected" if corrected else ""
    assert [axis.name for axis in metadata.axes] == ["frame", f"y{ending}", f"x{ending}"]
    assert [axis.scale for axis in metadata.axes] == [2.0, 0.5, 0.25]
    assert [axis.scaled_unit for axis in metadata.axes] == ["second", "nanometer", "nanometer"]
    assert metadata.track_node_props == {"tracklet": "particle"}
    assert not list(tmp_path.glob(".*"))


def test_a_geff_store_of_nothing_can_be_read(tmp_path: Path) -> None:
    write_geff(TABLE.iloc[:0], tmp_path / "none.geff")
    graph, _ = geff.read(tmp_path / "none.geff")
    assert graph.number_of_nodes() == 0


def test_what_stands_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(StoreError, match="something stands there already"):
        write_geff(TABLE, tmp_path / "there")
    with pytest.raises(StoreError, match="its folder does not exist"):
        write_geff(TABLE, tmp_path / "none" / "tracks.geff")


def test_links_go_to_geff_and_back(tmp_path: Path) -> None:
    rows = [(t, y + 0.1 * t, 5.0) for t in range(5) for y in (5.0, 40.0, 90.0)]
    links = specks.link(pd.DataFrame(rows, columns=["frame", "y", "x"]), 5)
    write_geff(links.table, tmp_path / "tracks.geff", parents=links.parents)
    graph, _ = geff.read(tmp_path / "tracks.geff")
    found = {(graph.nodes[a]["particle"], graph.nodes[b]["frame"]) for a, b in graph.edges}
    assert found == {(p, t) for p in range(3) for t in range(1, 5)}


def test_trackpy_takes_what_is_written_for_it(tmp_path: Path) -> None:
    write_trackpy_csv(TABLE, tmp_path / "tracks.csv")
    table = pd.read_csv(tmp_path / "tracks.csv")
    assert table.columns.tolist()[:2] == ["y", "x"]
    assert table.columns.tolist()[-2:] == ["frame", "particle"]
    assert table["frame"].tolist() == [0, 0, 1, 1, 2]
    assert table["particle"].tolist() == [0, 1, 0, 1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, about trackpy
        drift = trackpy.compute_drift(table)
        moved = trackpy.msd(table[table["particle"] == 1], 1, 1)
    assert drift.loc[1, ["y", "x"]].tolist() == [0.75, 0.0]
    assert moved["msd"].iloc[0] == pytest.approx(1.25)
    write_trackpy_csv(TABLE, tmp_path / "tracks.csv", corrected=True)
    corrected = pd.read_csv(tmp_path / "tracks.csv")
    assert corrected["y"].tolist() == [20.0, 4.0, 21.0, 5.5, 7.0]
    assert "y_corrected" not in corrected


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([1], "table is list; it must be a pandas.DataFrame"),
        (
            TABLE.drop(columns="particle"),
            "table has no column 'particle'; specks.link gives a table with one",
        ),
        (TABLE.drop(columns="x"), "table has no column 'x'"),
    ],
)
def test_what_is_no_table_of_tracks_is_refused(tmp_path: Path, table: object, words: str) -> None:
    for call in (
        track_array,
        lambda t: write_geff(t, tmp_path / "a"),
        lambda t: write_trackpy_csv(t, tmp_path / "b"),
    ):
        with pytest.raises(InputError, match=words):
            call(table)
    assert not list(tmp_path.iterdir())


def test_parents_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="parents names the particle 7"):
        write_geff(TABLE, tmp_path / "a", parents=PARENTS.assign(parent=7))
