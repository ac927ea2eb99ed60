"""Docks in the real window: closed half-way, opened twice, in two viewers at once."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from strange_arrays import slow

pytestmark = pytest.mark.window


def under_way(viewer: Any, qtbot: Any) -> Any:
    """A docked toy with a run that takes its time."""
    from toy_dock import BlobsDock

    viewer.add_image(
        slow(np.random.default_rng(0).random((400, 32, 32)), 0.01), contrast_limits=(0, 1), rgb=False
    )
    dock = BlobsDock(viewer)
    dock.preview_box.setChecked(False)
    viewer.window.add_dock_widget(dock, name="Blobs", area="right")
    said: list[Any] = []
    dock.runs.runner.progressed.connect(said.append)
    dock.run()
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    return dock


def test_closing_the_viewer_mid_run_ends_the_run(make_napari_viewer_proxy, qtbot) -> None:
    from napari.qt.threading import GeneratorWorker

    viewer = make_napari_viewer_proxy()
    under_way(viewer, qtbot)
    image = viewer.layers[0].data
    viewer.close()
    qtbot.waitUntil(lambda: not GeneratorWorker._worker_set, timeout=10_000)
    before = image.reads
    qtbot.wait(300)
    assert image.reads == before < 400
    gc.collect()


@pytest.mark.parametrize("how", ["close", "remove"])
def test_closing_the_dock_mid_run_ends_the_run(make_napari_viewer_proxy, qtbot, how) -> None:
    viewer = make_napari_viewer_proxy()
    dock = under_way(viewer, qtbot)
    if how == "close":
        dock.parent().close()
    else:
        viewer.window.remove_dock_widget(dock)
    qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=5000)
    assert dock.progress.message.text() == "Cancelled"
    before = viewer.layers[0].data.reads
    qtbot.wait(300)
    assert viewer.layers[0].data.reads == before < 400
    if how == "remove":
        dock.deleteLater()


def test_two_docks_and_two_viewers_have_their_own_state(make_napari_viewer_proxy, qtbot) -> None:
    from toy_dock import BlobsDock

    pixels = np.random.default_rng(0).random((3, 32, 32))
    viewers = [make_napari_viewer_proxy(), make_napari_viewer_proxy()]
    docks = []
    for viewer in [viewers[0], viewers[0], viewers[1]]:
        dock = BlobsDock(viewer)
        dock.preview_box.setChecked(False)
        viewer.window.add_dock_widget(dock, name=f"Blobs {len(docks)}", area="right")
        docks.append(dock)
    for viewer in viewers:
        viewer.add_image(pixels, name="stack", rgb=False)
    for dock, diameter in zip(docks, (2.0, 3.0, 4.0), strict=True):
        dock.form.update({"diameter": diameter})
        dock.run()
    qtbot.waitUntil(lambda: not any(dock.runs.runner.busy for dock in docks), timeout=30_000)
    assert [len(viewer.layers) for viewer in viewers] == [7, 4]
    found = [dock.layers.get("labels").data for dock in docks]
    for dock, labels, diameter in zip(docks, found, (2.0, 3.0, 4.0), strict=True):
        np.testing.assert_array_equal(labels, dock.function(pixels, axes="tyx", diameter=diameter).labels)
