"""The window while a job runs: longest gap of the main thread, and how soon Cancel is answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import isqrt

from benchmarks._offscreen import offscreen_application
from benchmarks._table import Row

GAP_MS, CANCEL_MS = 100, 300
#: Seconds that are watched after a job has ended: what it sets off counts as well.
AFTER = 0.3


def run(quick: bool) -> list[Row]:
    """The Mixture dock on a volume, on a large plane and on the largest that is outlined, offscreen.

    The first run makes the layers, and preparing compiles; only reruns have a goal.
    """
    application = offscreen_application()
    from specks.ui.looks import OUTLINED

    part = 2 if quick else 1
    large, outlined = 2048 // part, isqrt(OUTLINED) // part
    shapes = {
        "volume": (40 // part, 512, 512),
        "plane": (large, large),
        "outlined plane": (outlined, outlined),
    }
    return [row for name, shape in shapes.items() for row in _one(application, name, shape)]


def _one(application: object, name: str, shape: tuple[int, ...]) -> list[Row]:
    from napari.components import ViewerModel

    from specks.synth import particle_image, particle_volume
    from specks.ui.mixture import MixtureDock

    image = (particle_volume if len(shape) == 3 else particle_image)(shape, seed=0).image
    viewer = ViewerModel()
    viewer.add_image(image, name=name)
    dock = MixtureDock(viewer)
    dock.preview_box.setChecked(False)
    dock.form.update({"diameter": 10.0, "polarity": "bright"})
    what = f"{name} {' x '.join(map(str, shape))}"
    seconds, gap = _watched(application, dock.show, lambda: dock.warming.runner.busy)
    rows: list[Row] = [{"what": f"{what}, preparing", "wall s": seconds, "longest gap ms": gap}]
    for turn in ("first run", "rerun", "rerun again"):
        seconds, gap = _watched(application, dock.run, lambda: dock.runs.runner.busy)
        goal = {} if turn == "first run" else {"goal": f"<= {GAP_MS} ms", "ok": gap <= GAP_MS}
        rows.append({"what": f"{what}, {turn}", "wall s": seconds, "longest gap ms": gap, **goal})
    answered = max(_cancelled(application, dock, after) for after in (0.05, 0.2, 0.4))
    rows.append(
        {
            "what": f"{what}, cancel",
            "answered ms": answered,
            "goal": f"<= {CANCEL_MS} ms",
            "ok": answered <= CANCEL_MS,
        }
    )
    dock.close()
    return rows


def _watched(application: object, start: Callable[[], None], busy: Callable[[], bool]) -> tuple[float, float]:
    """Seconds of a job, and the longest time in which the main thread answered nothing, in ms."""
    began = before = ended = time.perf_counter()
    longest = 0.0
    start()
    while busy() or before - ended < AFTER:
        application.processEvents()
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
        if busy():
            ended = now
        time.sleep(0.001)
    return ended - began, 1000 * longest


def _cancelled(application: object, dock: object, after: float) -> float:
    """Milliseconds from Cancel to a dock that is ready again."""
    dock.run()
    end = time.perf_counter() + after
    while time.perf_counter() < end:
        application.processEvents()
    start = time.perf_counter()
    dock.runs.cancel()
    while dock.runs.runner.busy:
        application.processEvents()
        time.sleep(0.001)
    return 1000 * (time.perf_counter() - start)
