"""The window while a job runs: longest gap of the main thread, and how soon Cancel is answered."""

from __future__ import annotations

import os
import time

from benchmarks._table import Row
from benchmarks._timing import Skip

GAP_MS, CANCEL_MS = 100, 300


def run(quick: bool) -> list[Row]:
    """The Mixture dock on a volume and on a large plane, offscreen; first run and rerun."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from qtpy.QtWidgets import QApplication
    except ImportError as error:
        raise Skip("there is no Qt; install it with: pip install 'specks[all]'") from error
    application = QApplication.instance() or QApplication([])
    side = 1 if quick else 2
    shapes = {"volume": (20 * side, 512, 512), "plane": (1024 * side, 1024 * side)}
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
    rows: list[Row] = []
    for turn in ("first run", "rerun", "rerun again"):
        seconds, gap = _watched(application, dock)
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


def _watched(application: object, dock: object) -> tuple[float, float]:
    """Seconds of a run, and the longest time in which the main thread answered nothing, in ms."""
    start = before = time.perf_counter()
    longest = 0.0
    dock.run()
    while dock.runs.runner.busy:
        application.processEvents()
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
        time.sleep(0.001)
    return time.perf_counter() - start, 1000 * longest


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
