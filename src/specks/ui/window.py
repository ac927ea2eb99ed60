"""A napari window on a result, and pictures of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import napari
from napari.layers import Labels, Layer
from qtpy.QtWidgets import QApplication

from specks._core.errors import NotFoundError, StoreError
from specks.ui.looks import outline, particles_look
from specks.ui.reader import get_reader, read, read_image
from specks.ui.resume import load_result, resume

__all__ = ["open_viewer", "screenshot", "show_result"]

PathLike = str | os.PathLike[str]

#: A result in a folder of results lies at most this deep.
DEEPEST = 2
SETTLE_S = 0.3


def open_viewer(path: PathLike, *, show: bool = True) -> napari.Viewer:
    """Open napari on a result or an image, with the dock *Mixture*.

    Parameters
    ----------
    path : path-like
        A result of specks, a folder of results, or an image.
    show : bool, optional
        Whether the window is to be seen; pictures can only be taken of one that is.

    Returns
    -------
    napari.Viewer

    Raises
    ------
    NotFoundError
        When there is nothing at `path`, or nothing in the folder that can be shown.
    FileFormatError
        When a file is damaged.
    """
    places = list(_places(Path(path)))
    found = [_read(place) for place in places]
    if not found:
        raise NotFoundError(f"there is no result and no image in {path}")
    viewer = napari.Viewer(title=f"specks · {Path(path).name}", show=show)
    shown = [[layer for data in layers for layer in _added(viewer, *data)] for layers in found]
    viewer.layers.selection.active = viewer.layers[0]
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Mixture")
    result = load_result(str(places[0]))
    if result is not None and not any(layer.multiscale for layer in shown[0]):
        resume(dock, result, shown[0])
    settle()
    viewer.reset_view()
    return viewer


def show_result(path: PathLike, picture: PathLike | None = None) -> None:
    """Open napari on a result or an image, take a picture if one is wanted, and wait until it is closed."""
    viewer = open_viewer(path)
    if picture is not None:
        screenshot(viewer, picture)
    napari.run()


def screenshot(viewer: napari.Viewer, path: PathLike, size: tuple[int, int] | None = None) -> None:
    """Take a picture of the whole window, docks included.

    Parameters
    ----------
    viewer : napari.Viewer
        One that is shown, be it on a virtual screen.
    path : path-like
        A PNG file.
    size : tuple of int, optional
        Width and height of the window in pixels; as it is when not given.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    if size is not None:
        viewer.window.resize(*size)
        settle()
        viewer.reset_view()
    settle()
    try:
        viewer.window.screenshot(str(path), canvas_only=False, flash=False)
    except OSError as error:
        raise StoreError(f"the picture cannot be written to {path}: {error}") from error


def settle(seconds: float = SETTLE_S) -> None:
    """Let the window draw what it still has to draw."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def _places(path: Path, depth: int = 0) -> Iterator[Path]:
    """What can be read at a path, or in the folders in it."""
    if not path.exists():
        raise NotFoundError(f"there is no file or folder {path}")
    if path.is_file() or get_reader(str(path)) is not None:
        yield path
    elif depth < DEEPEST:
        for inner in sorted(path.iterdir()):
            if inner.is_dir():
                yield from _places(inner, depth + 1)


def _read(path: Path) -> list[Any]:
    return read(str(path)) if get_reader(str(path)) is not None else [read_image(path)]


def _added(viewer: napari.Viewer, data: Any, options: dict[str, Any], kind: str) -> list[Layer]:
    if "channel_axis" in options:
        return viewer.add_image(data, **options)
    layer = viewer.add_layer(Layer.create(data, options, kind))
    if isinstance(layer, Labels):
        outline(layer, particles_look()["contour"])
    return [layer]
