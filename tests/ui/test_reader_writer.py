"""What was saved comes back as it was: layers, places, features, provenance."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points

import specks
from specks import synth
from specks._core.axes import Geometry
from specks._core.errors import FileFormatError, InputError, StoreError
from specks._core.progress import drain
from specks._core.provenance import Provenance
from specks._core.source import ArraySource
from specks.io import open_result, read_table, write_result, write_table
from specks.ui import reader, writer

pytestmark = pytest.mark.widgets

GEOMETRY = Geometry.of("zyx", (50.0, 10.0, 10.0), ("nanometer",) * 3)


@pytest.fixture(scope="module")
def result():
    volume = synth.particle_volume((4, 96, 128), synth.ParticleScene(prevalence=0.03), seed=2)
    return specks.segment_particles(ArraySource(volume.image, GEOMETRY, "volume"), diameter=80.0)


@pytest.fixture(scope="module")
def store(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("stores") / "grains.zarr"
    result.save(path)
    return path


def opened(path) -> ViewerModel:
    """A viewer on what the reader finds, as after drag and drop."""
    viewer = ViewerModel()
    for layer in reader.get_reader(str(path))(str(path)):
        viewer.add_layer(Layer.create(*layer))
    return viewer


def test_a_result_opens_as_image_posterior_and_labels(store, result):
    image, posterior, labels = opened(store).layers
    assert (type(image), type(posterior), type(labels)) == (Image, Image, Labels)
    assert np.array_equal(image.data, result.source.array)
    assert np.array_equal(labels.data, result.labels)
    probability = (posterior.data - posterior.contrast_limits[0]) / np.ptp(posterior.contrast_limits)
    assert np.abs(probability - result.posterior).max() <= 0.5 / 255 + 1e-6


def test_all_layers_lie_where_the_image_lay(store):
    viewer = opened(store)
    for layer in viewer.layers:
        assert tuple(layer.scale) == GEOMETRY.spacing
        assert [str(unit) for unit in layer.units] == list(GEOMETRY.units)
        assert layer.axis_labels == ("z", "y", "x")
    assert viewer.layers.units is not None


def test_the_table_is_the_features_of_the_labels(store, result):
    labels = opened(store).layers[-1]
    back = labels.features.rename(columns={"index": "label"})
    pd.testing.assert_frame_equal(back, result.objects.reset_index(drop=True), check_dtype=False)


def test_classes_of_a_stored_result_are_told_apart_by_color(tmp_path):
    made = synth.particle_image((160, 192), synth.ParticleScene(prevalence=0.04), seed=4)
    strokes = np.zeros((160, 192), np.uint8)
    found = specks.segment_particles(made.image, diameter=9.0, polarity="bright")
    for number, row in ((2, 0), (3, -1)):
        y, x = found.objects[["y", "x"]].iloc[row].round().astype(int)
        strokes[y, x] = number
    specks.segment_particles(
        made.image, diameter=9.0, polarity="bright", scribbles=strokes, out=tmp_path / "two.zarr"
    )
    labels = opened(tmp_path / "two.zarr").layers[-1]
    color = {
        number: {tuple(labels.get_color(label)) for label in table["index"]}
        for number, table in labels.features.groupby("class")
    }
    assert sorted(color) == [2, 3]
    assert len(color[2]) == len(color[3]) == 1
    assert color[2] != color[3]


def test_provenance_comes_along(store, result):
    labels = opened(store).layers[-1]
    mark = labels.metadata["specks"]
    assert mark["state"] == "complete"
    assert mark["parameters"] == result.provenance.to_dict()["parameters"]
    assert mark["inputs"]["image"]["digest"] == result.provenance.inputs["image"]["digest"]


def test_saved_layers_come_back_the_same(store, tmp_path):
    before = opened(store)
    path = tmp_path / "again.ome.zarr"
    written = writer.write_result(str(path), [layer.as_layer_data_tuple() for layer in before.layers])
    after = opened(written[0])
    for one, other in zip(before.layers, after.layers, strict=True):
        assert np.array_equal(one.data, other.data)
        assert np.array_equal(one.scale, other.scale)
        assert one.units == other.units
    pd.testing.assert_frame_equal(before.layers[-1].features, after.layers[-1].features, check_dtype=False)
    stored = open_result(path)
    assert list(stored.labels) == ["particles"]
    assert stored.provenance == open_result(store).provenance


def test_a_big_result_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["specks.ui.source_layers"], "AT_ONCE", 1000)
    picture = np.random.default_rng(0).integers(0, 255, (1100, 700), np.uint8)
    path = drain(write_result(tmp_path / "big.zarr", picture, labels={"cells": picture > 128}))
    image, labels = opened(path).layers
    assert image.multiscale
    assert [level.shape for level in image.data] == [(1100, 700), (550, 350), (275, 175)][: len(image.data)]
    assert all(hasattr(level, "compute") for level in [*image.data, *labels.data])
    assert np.array_equal(np.asarray(image.data[0][300:310, 20:30]), picture[300:310, 20:30])


def test_any_ome_zarr_opens_with_its_channels_apart(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 99, (2, 40, 50), np.uint8)
    path = drain(write_result(tmp_path / "other.zarr", pixels, axes="cyx"))
    document = json.loads((path / "zarr.json").read_text())
    del document["attributes"]["specks"]  # so that it is nobody's in particular
    (path / "zarr.json").write_text(json.dumps(document))
    ((data, options, kind),) = reader.get_reader(str(path))(str(path))
    layers = ViewerModel().add_image(data, **options)
    assert kind == "image"
    assert [np.asarray(layer.data).tolist() for layer in layers] == pixels.tolist()


def test_two_plain_images_are_refused_by_name(tmp_path):
    layers = [Image(np.zeros((9, 9)), name=name).as_layer_data_tuple() for name in ("first", "second")]
    with pytest.raises(InputError, match="one image, but 2 are selected: first, second"):
        writer.write_result(str(tmp_path / "x.zarr"), layers)
    assert not list(tmp_path.iterdir())


def test_shapes_that_differ_are_refused_and_nothing_is_left(tmp_path):
    layers = [Image(np.zeros((20, 20))), Labels(np.zeros((20, 21), np.uint8))]
    with pytest.raises(InputError, match="shape"):
        writer.write_result(str(tmp_path / "x.zarr"), [layer.as_layer_data_tuple() for layer in layers])
    assert not list(tmp_path.iterdir())


def test_what_is_there_already_is_not_written_over(store, tmp_path):
    layers = [layer.as_layer_data_tuple() for layer in opened(store).layers]
    before = sorted(p.name for p in store.rglob("*"))
    with pytest.raises(StoreError):
        writer.write_result(str(store), layers)
    assert sorted(p.name for p in store.rglob("*")) == before


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_points_keep_positions_features_and_provenance(ending, tmp_path, result):
    note = result.provenance.to_dict()
    points = Points(
        [[0, 3.25, 4.5], [3, 7.0, 1 / 3]],
        features={"score": [0.5, 0.1], "name": ["a", "b"]},
        scale=GEOMETRY.spacing,
        units=GEOMETRY.units,
        axis_labels=("z", "y", "x"),
        metadata={"specks": {"state": "complete", **note}},
        name="spots",
    )
    path = tmp_path / f"spots.{ending}"
    data, attributes, _ = points.as_layer_data_tuple()
    assert writer.write_table(str(path), data, attributes) == [str(path)]
    (back,) = opened(path).layers
    assert np.array_equal(back.data, points.data)
    assert tuple(back.scale) == GEOMETRY.spacing
    assert back.units == points.units
    assert back.features["score"].tolist() == [0.5, 0.1]
    assert back.features["name"].tolist() == ["a", "b"]
    assert Provenance.from_dict(read_table(path).attrs["provenance"]) == result.provenance


def test_labels_are_saved_as_their_table(store, tmp_path, result):
    data, attributes, _ = opened(store).layers[-1].as_layer_data_tuple()
    path = tmp_path / "objects.csv"
    writer.write_table(str(path), data, attributes)
    pd.testing.assert_frame_equal(read_table(path), result.objects.reset_index(drop=True), check_dtype=False)


def test_labels_without_a_table_say_so(tmp_path):
    data, attributes, _ = Labels(np.ones((9, 9), np.uint8), name="mine").as_layer_data_tuple()
    with pytest.raises(InputError, match='"mine" has no table'):
        writer.write_table(str(tmp_path / "x.csv"), data, attributes)
    assert not list(tmp_path.iterdir())


def test_a_table_without_a_known_image_is_placed_in_pixels(tmp_path):
    path = tmp_path / "t.csv"
    write_table(pd.DataFrame({"frame": [0, 1], "y": [1.0, 2.0], "x": [3.0, 4.0], "mass": [5, 6]}), path)
    (points,) = opened(path).layers
    assert points.data.tolist() == [[0, 1, 3], [1, 2, 4]]
    assert tuple(points.scale) == (1, 1, 1)
    assert list(points.features.columns) == ["mass"]


def test_tables_of_others_are_left_to_others(tmp_path):
    theirs = tmp_path / "napari.csv"
    theirs.write_text("index,axis-0,axis-1\n0,1.0,2.0\n")
    assert reader.get_reader(str(theirs)) is None
    assert reader.get_reader(str(tmp_path / "nothing.csv")) is None
    assert reader.get_reader([]) is None
    folder = tmp_path / "plain"
    folder.mkdir()
    assert reader.get_reader(str(folder)) is None
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00y,x")
    assert reader.get_reader(str(binary)) is None


def test_a_damaged_result_is_a_named_error(store, tmp_path):
    import shutil

    path = tmp_path / "hurt.zarr"
    shutil.copytree(store, path)
    document = json.loads((path / "zarr.json").read_text())
    document["attributes"]["specks"]["tables"] = ["../../secret"]
    (path / "zarr.json").write_text(json.dumps(document))
    with pytest.raises(FileFormatError):
        opened(path)
