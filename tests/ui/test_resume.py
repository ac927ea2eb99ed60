"""A result that is opened from disk can be worked on as if it had just been run."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Layer

import specks
from specks import synth
from specks.ui import reader
from specks.ui.mixture import MixtureDock
from specks.ui.resume import load_result, resume

pytestmark = pytest.mark.widgets

PICTURE = synth.particle_image((160, 192), synth.ParticleScene(prevalence=0.04), seed=4).image
SETTINGS = {"diameter": 9.0, "min_size": 6, "threshold": 0.6}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    strokes = np.zeros(PICTURE.shape, np.uint8)
    strokes[60:64, 70:90] = 1
    path = tmp_path_factory.mktemp("stores") / "grains.zarr"
    specks.segment_particles(PICTURE, scribbles=strokes, out=path, **SETTINGS)
    return path


@pytest.fixture
def dock(store, qtbot):
    viewer = ViewerModel()
    layers = [viewer.add_layer(Layer.create(*data)) for data in reader.read(str(store))]
    made = MixtureDock(viewer)
    qtbot.addWidget(made)
    resume(made, load_result(str(store)), layers)
    yield made
    made.runs.cancel()
    qtbot.waitUntil(lambda: not made.runs.runner.busy, timeout=10_000)


def settle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=30_000)


def test_settings_corrections_plot_and_sentence_are_there(dock, store):
    result = specks.segment_particles(PICTURE, corrections=dock.result.model.corrections, **SETTINGS)
    assert dock.form.values == SETTINGS
    assert [r["kind"] for r in dock.hand.corrections] == ["scribble"]
    assert dock.outcome.sentence.text() == dock.describe(result)
    assert np.array_equal(dock.histogram.split.particle, result.model.histogram()[3])
    assert dock.outcome.export_button.isEnabled()


def test_no_preview_is_laid_over_it(dock, qtbot):
    qtbot.wait(500)
    assert [layer.name for layer in dock.viewer.layers] == ["grains", "grains posterior", "grains particles"]


def test_a_drag_updates_the_layers_that_were_read(dock, qtbot):
    before = list(dock.viewer.layers)
    dock.histogram.threshold_dragged.emit(0.95)
    settle(dock, qtbot)
    assert list(dock.viewer.layers) == before
    log = dock.result.model.corrections
    wanted = specks.segment_particles(PICTURE, corrections=log, **SETTINGS)
    assert dock.result.threshold == 0.95
    assert np.array_equal(np.asarray(before[2].data), wanted.labels)


def test_undo_takes_the_strokes_back(dock, qtbot):
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert len(dock.hand.corrections) == 0
    assert np.array_equal(
        np.asarray(dock.viewer.layers[2].data), specks.segment_particles(PICTURE, **SETTINGS).labels
    )


def test_running_again_gives_the_same_in_the_same_layers(dock, qtbot):
    before = list(dock.viewer.layers)
    labels = np.asarray(before[2].data).copy()
    dock.run()
    settle(dock, qtbot)
    assert list(dock.viewer.layers) == before
    assert np.array_equal(np.asarray(before[2].data), labels)


def test_other_things_are_no_result(tmp_path):
    assert load_result(str(tmp_path)) is None
    assert load_result(str(tmp_path / "nothing")) is None
