"""A point that is dragged in the dock Refine: milliseconds from the mouse to points that are fitted anew.

500 features of touching particles in view, offscreen, all of one size; the point is moved by half a pixel at a
time. Drawing is the window's affair and does not count. The first change of a drag fits the neighborhood once
more, without it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks._offscreen import offscreen_application
from benchmarks._refine_cases import quiet
from benchmarks._table import Row
from specks.synth import TouchingScene, start_table, touching_particles

FEATURES, CHANGES, GOAL = 500, 40, 50.0  # ms


def run(quick: bool) -> list[Row]:
    """A row for each arrangement."""
    quiet()
    application = offscreen_application()
    return [_row(application, arrangement, each, quick) for arrangement, each in (("dimer", 2), ("chain", 5))]


def _row(application: Any, arrangement: Any, each: int, quick: bool) -> Row:
    from napari.components import ViewerModel

    from specks.ui.refine import RefineDock

    made = touching_particles(None, TouchingScene(arrangement=arrangement), count=FEATURES // each)
    viewer = ViewerModel()
    viewer.add_image(made.images, name="touching particles")
    starts = viewer.add_points(start_table(made.table)[["y", "x"]], name="starts")
    dock = RefineDock(viewer)
    dock.preview_box.setChecked(False)
    dock.inputs.choose("f", starts)
    dock.form.update({"diameter": 17.0})
    dock.show()

    def wait(runner: Any) -> None:
        while runner.busy:
            application.processEvents()
            time.sleep(0.0005)

    wait(dock.warming.runner)
    dock.run()
    wait(dock.runs.runner)
    seconds = np.array(list(_drag(viewer, dock, application, CHANGES // 4 if quick else CHANGES)))
    figure, most = 1000 * float(np.median(seconds[1:])), 1000 * float(seconds[1:].max())
    dock.close()
    row: Row = {
        "what": f"{len(dock.result.table)} features, {arrangement}s",
        "first ms": 1000 * seconds[0],
        "median ms": figure,
        "most ms": most,
    }
    return row if quick else {**row, "goal": f"<= {GOAL:g} ms", "ok": figure <= GOAL}


def _drag(viewer: Any, dock: Any, application: Any, changes: int) -> Iterator[float]:
    """Seconds of each change."""
    told: list[int] = []
    dock.point_tools.live.fitted.connect(lambda rows, part: told.append(len(rows)))
    dock.point_tools.buttons["move"].click()
    place = dock.scene.positions[len(dock.scene.positions) // 2]
    event = SimpleNamespace(button=1, pos=(50, 50), position=place, type="mouse_press", handled=False)
    ours = [one for one in viewer.mouse_drag_callbacks if one.__module__.startswith("specks")]
    running = [one for one in (callback(viewer, event) for callback in ours) if next(one, None) is None]
    while dock.point_tools.live.runner.busy:
        application.processEvents()
    for k in range(changes):
        many, begun = len(told), time.perf_counter()
        event.type, event.position = "mouse_move", place + 0.5 * np.array([np.sin(k), np.cos(k)])
        event.pos = (60 + k, 50)
        for one in running:
            next(one, None)
        while len(told) == many:
            application.processEvents()
        yield time.perf_counter() - begun
    event.type = "mouse_release"
    for one in running:
        next(one, None)
