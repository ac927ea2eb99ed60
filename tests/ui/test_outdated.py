"""What is shown may be about other layers, pixels or settings than what is chosen: the dock says so."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tracked_squares import PLACED, squares

pytestmark = pytest.mark.widgets


@pytest.fixture
def track(viewer, qtbot) -> SimpleNamespace:
    """The dock Track after a run, without a preview."""
    from specks.ui.track import TrackDock

    layer = viewer.add_labels(squares(), name="squares <1>", **PLACED)
    dock = TrackDock(viewer)
    qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    dock.form.update({"search_range": 3.0})
    dock.show()

    def settle() -> None:
        qtbot.waitUntil(lambda: not (dock.runs.runner.busy or dock.preview.runner.busy), timeout=30_000)

    dock.run()
    settle()
    yield SimpleNamespace(viewer=viewer, dock=dock, layer=layer, settle=settle, note=dock.outcome.outdated)
    dock.runs.cancel()
    settle()


def test_settings_that_have_changed(track) -> None:
    assert not track.note.isVisible()
    track.dock.form.update({"memory": 0})
    assert "settings have changed since" in track.note.text()
    assert "<b>Run</b> brings this up to date" in track.note.text()
    track.dock.form.update({"memory": 2})
    assert not track.note.isVisible()
    track.dock.form.update({"memory": 0})
    track.dock.run()
    track.settle()
    assert not track.note.isVisible()


def test_pixels_that_have_changed(track) -> None:
    track.layer.data = squares()[::-1].copy()
    assert "The layer has changed since" in track.note.text()
    track.dock.run()
    track.settle()
    assert not track.note.isVisible()


def test_another_layer_and_one_that_is_gone(track) -> None:
    other = track.viewer.add_labels(squares(), name="others", **PLACED)
    track.dock.inputs.choose("table", other)
    assert 'This is about layer "squares &lt;1&gt;"' in track.note.text()
    track.dock.inputs.choose("table", track.layer)
    assert not track.note.isVisible()
    track.viewer.layers.remove(track.layer)
    assert "The layer that this is about is gone" in track.note.text()


def test_a_preview_that_is_gone_is_not_told_of(track, qtbot) -> None:
    track.viewer.add_labels(squares()[[*range(8), *range(8)]], name="longer", **PLACED)
    track.dock.inputs.choose("table", track.layer)
    track.dock.preview_box.setChecked(True)
    track.dock.form.update({"memory": 0})
    sentence = track.dock.outcome.sentence
    qtbot.waitUntil(lambda: sentence.text().startswith("Preview of frames"), timeout=10_000)
    track.viewer.dims.set_current_step(0, 12)
    qtbot.waitUntil(lambda: "slider of time" in track.dock.progress.message.text(), timeout=10_000)
    assert sentence.text().startswith("3 tracks of")
    assert "settings have changed since" in track.note.text()


def test_a_preview_is_never_outdated(track, qtbot) -> None:
    track.dock.preview_box.setChecked(True)
    track.dock.form.update({"memory": 0})
    sentence = track.dock.outcome.sentence
    qtbot.waitUntil(lambda: sentence.text().startswith("Preview of frames"), timeout=10_000)
    assert not track.note.isVisible()
    track.dock.preview_box.setChecked(False)
    track.settle()
    assert "settings have changed since" in track.note.text()
