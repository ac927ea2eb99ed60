"""Sample data: real pictures and a volume, there at once and without a network."""

from __future__ import annotations

import socket

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Layer

from specks import data
from specks.io import open_image
from specks.ui import samples
from specks.ui.layer_view import view_layer

pytestmark = pytest.mark.widgets

SAMPLES = [samples.small_particles, samples.large_particles, samples.dark_particles, samples.volume]
SERIES = [samples.drifting_micrograph, samples.growing_voids]


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a sample asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.__name__)
def test_a_sample_is_a_layer_that_the_docks_can_read(sample, offline):
    viewer = ViewerModel()
    for layer in sample():
        viewer.add_layer(Layer.create(*layer))
    (layer,) = viewer.layers
    source = view_layer(layer).source
    assert source.axes in ("yx", "zyx")
    low, high = layer.contrast_limits
    assert (low, high) == (layer.data.min(), layer.data.max())
    assert viewer.layers.units is not None


def test_micrographs_are_the_shipped_ones():
    ((pixels, _, _),) = samples.small_particles()
    source = open_image(data.micrograph("Pt2"))
    assert np.array_equal(pixels, source.read((slice(0, 640), slice(0, 640))))


def test_the_volume_declares_its_spacing():
    ((pixels, options, _),) = samples.volume()
    assert pixels.ndim == 3
    assert options["scale"] == (50.0, 10.0, 10.0)
    assert set(options["units"]) == {"nm"}


@pytest.mark.parametrize("sample", SERIES, ids=lambda s: s.__name__)
def test_a_series_is_read_as_frames_and_drifts(sample, offline):
    import specks

    viewer = ViewerModel()
    for layer in sample():
        viewer.add_layer(Layer.create(*layer))
    series = viewer.layers[0]
    assert view_layer(series).source.axes == "tyx"
    assert tuple(series.contrast_limits) == (series.data.min(), series.data.max())
    assert viewer.layers.units is not None
    drift = specks.estimate_drift(series.data)
    assert np.abs(drift.shifts).max() > 5
    assert drift.table["ok"].sum() >= len(series.data) - 1


def test_the_truth_of_the_voids_lies_on_their_series():
    (pixels, _, _), (labels, options, kind) = samples.growing_voids()
    assert (kind, labels.shape, options["visible"]) == ("labels", pixels.shape, False)
    assert (labels[0] > 0).any()


@pytest.mark.parametrize("sample", [samples.touching_particles, samples.bulk_water], ids=lambda s: s.__name__)
def test_movies_of_features_are_read_as_frames(sample, offline):
    viewer = ViewerModel()
    for layer in sample():
        viewer.add_layer(Layer.create(*layer))
    movie = viewer.layers[0]
    assert view_layer(movie).source.axes == "tyx"
    assert viewer.layers.units is not None
    low, high = movie.contrast_limits
    assert (low, high) == (np.asarray(movie.data).min(), np.asarray(movie.data).max())


def test_the_truth_of_touching_particles_lies_on_their_movie():
    (pixels, _, _), (points, options, kind) = samples.touching_particles()
    assert (kind, options["visible"], points[:, 0].max()) == ("points", False, len(pixels) - 1)
    frame, y, x = np.rint(points).astype(int).T
    signal = options["features"]["signal"].to_numpy()
    assert (pixels[frame, y, x] > 60 + 0.4 * signal).mean() > 0.99
