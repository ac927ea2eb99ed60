"""Take the pictures of the manual from the real napari window, driven as a person would.

``sh tools/with-display.sh virtual .venv/bin/python docs/take_pictures.py``
"""

# ruff: noqa: E402 - settings are told to napari before it is imported
from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Not the settings of whoever runs this.
_HOME = tempfile.TemporaryDirectory(prefix="specks-pictures-")
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
    os.environ[_name] = os.path.join(_HOME.name, _name)
os.environ["NAPARI_CONFIG"] = os.path.join(_HOME.name, "settings.yaml")

import napari
import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication

from specks.ui.mixture import MixtureDock
from specks.ui.window import screenshot, settle

PICTURES = Path(__file__).parent / "pictures"
SIZE = (1400, 860)
LARGEST = 250_000  # bytes of a picture
PATIENCE_S = 120


def wait(ready: Callable[[], bool]) -> None:
    """Let the window live until something has happened."""
    end = time.monotonic() + PATIENCE_S
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.01)
    settle(1.0)


def take(viewer: napari.Viewer, name: str) -> None:
    """Write one picture, small enough for a manual."""
    path = PICTURES / f"{name}.png"
    screenshot(viewer, path)
    picture = Image.open(path).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        picture.quantize(256).save(path, optimize=True)
    print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size // 1000} kB")


def open_window() -> tuple[napari.Viewer, MixtureDock]:
    """The sample of the tutorial, and the dock beside it."""
    viewer = napari.Viewer(title="specks")
    viewer.window.resize(*SIZE)
    viewer.open_sample("specks", "small_particles")
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Mixture")
    settle(0.5)
    viewer.reset_view()
    return viewer, dock


def stroke(layer: napari.layers.Labels, label: int, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Paint a line as the brush does."""
    for place in np.linspace(start, end, 30):
        layer.paint(tuple(place), label)


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(exist_ok=True)
    viewer, dock = open_window()
    wait(lambda: bool(dock.outcome.sentence.text()))
    take(viewer, "preview")

    dock.progress.run_button.click()
    wait(lambda: dock.result is not None and not dock.runs.runner.busy)
    look_closer(viewer, (305, 505), 2.9)
    viewer.layers["Pt2"].contrast_limits = (0, 150)
    dock.layers.get("posterior").visible = False
    take(viewer, "particles")

    look_closer(viewer, (285, 300), 4)
    dock.hand.particle.click()
    layer = dock.hand.log.scribbles
    layer.brush_size = 4
    for y, x in ((318, 259), (300, 267), (288, 258)):
        after_refit(dock, lambda y=y, x=x: stroke(layer, 2, (y, x), (y, x + 3)))
    dock.hand.background.click()
    after_refit(dock, lambda: stroke(layer, 1, (330, 240), (338, 252)))
    take(viewer, "corrected")
    viewer.close()


def look_closer(viewer: napari.Viewer, center: tuple[float, float], zoom: float) -> None:
    """Move the camera as the mouse would."""
    viewer.scene.camera.center, viewer.scene.camera.zoom = center, zoom


def after_refit(dock: MixtureDock, act: Callable[[], None]) -> None:
    """Do something that changes the result, and wait for it."""
    before = dock.result
    act()
    wait(lambda: dock.result is not before and not dock.runs.runner.busy)
    print(dock.outcome.sentence.text())


if __name__ == "__main__":
    main()
