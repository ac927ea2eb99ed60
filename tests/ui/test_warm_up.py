"""A dock prepares its step beside the window: once, with a note when it takes long, and cleanly ended."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from toy_dock import BlobsDock

from specks._core.progress import Progress

pytestmark = pytest.mark.widgets

KERNELS = """
import gc
import numpy as np
from numba.core.dispatcher import Dispatcher
from specks import segment_particles
from specks._core.corrections import Corrections
from specks._core.registry import find_step
from specks.ui.mixture import warm_up

def compiled():
    mine = [o for o in gc.get_objects() if isinstance(o, Dispatcher) and o.__module__.startswith("specks")]
    return {(o.__module__, o.__name__): len(o.signatures) for o in mine}

for _ in warm_up(find_step("segment_particles")):
    pass
before = compiled()
assert sum(before.values()) > 10
stack = np.random.default_rng(0).normal(60, 4, (3, 96, 96))
stack[:, 20:32, 20:32] += 80
large = np.random.default_rng(1).normal(60, 4, (1500, 1500))
large[700:724, 700:724] += 80
stroke = np.zeros((96, 96), np.uint8)
stroke[24:26, 22:30] = 2
by_hand = Corrections().add("scribble", array=stroke, frame=1).add("exclude_frame", frame=2)
for dtype in ("uint8", "uint16", "float32"):
    segment_particles(stack[0].astype(dtype), axes="yx")
    segment_particles(large.astype(dtype), axes="yx")
    segment_particles(stack.astype(dtype), axes="tyx", diameter=12).refit(by_hand)
assert compiled() == before, (before, compiled())

from napari.layers import Labels
from napari.utils import CyclicLabelColormap
from napari.utils.colormaps import _accelerated_cmap
loop = _accelerated_cmap._zero_preserving_modulo_inner_loop
before = list(loop.signatures)
Labels(np.ones((20, 20), np.int32), colormap=CyclicLabelColormap(np.ones((400, 4)))).contour = 1
assert list(loop.signatures) == before, (before, loop.signatures)
"""

#: A stack of labels, a plane and its outlines, once the loop for them was compiled in another thread.
COLORS = """
import threading
import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import _accelerated_cmap
from specks._core.registry import find_step
from specks.ui.mixture import warm_up

def first_two():
    steps = warm_up(find_step("segment_particles"))
    next(steps), next(steps)

thread = threading.Thread(target=first_two)
thread.start()
thread.join()
loop = _accelerated_cmap._zero_preserving_modulo_inner_loop
before = list(loop.signatures)
assert before
Labels(np.ones((3, 20, 20), np.int32))
Labels(np.ones((20, 20), np.int32)).contour = 1
assert list(loop.signatures) == before, (before, loop.signatures)
"""


class Preparing:
    """A preparation of `n` kernels that may be held before the last; notes what became of it."""

    def __init__(self, n: int, seconds: float, held: threading.Event | None = None) -> None:
        self.n, self.seconds, self.held = n, seconds, held
        self.started = self.made = self.closed = 0

    def __call__(self, step):
        self.started += 1
        try:
            for i in range(self.n):
                time.sleep(self.seconds)
                if self.held is not None and i == self.n - 1:
                    self.held.wait(60)
                self.made += 1
                yield Progress(i + 1, self.n, "Kernel")
        finally:
            self.closed += 1


@pytest.fixture
def opened(qtbot, monkeypatch):
    """Make a toy dock with a preparation, shown as napari shows it."""
    from napari.components import ViewerModel

    from specks.ui import warm_up

    monkeypatch.setattr(warm_up.WarmUp, "_warm", set())
    monkeypatch.setattr(warm_up, "NOTE_MS", 100)
    docks = []

    def make(preparing):
        class Dock(BlobsDock):
            pass

        Dock.warm_up = staticmethod(preparing)
        dock = Dock(ViewerModel())
        docks.append(dock)
        dock.show()
        return dock

    yield make
    for dock in docks:
        dock.close()
    qtbot.waitUntil(
        lambda: not any(dock.warming.runner.busy or dock.runs.runner.busy for dock in docks), timeout=9000
    )
    for dock in docks:
        dock.deleteLater()


def test_a_long_preparation_is_said_and_done_once(opened, qtbot) -> None:
    noticed = threading.Event()
    long = Preparing(10, 0.01, held=noticed)
    dock = opened(long)
    qtbot.waitUntil(dock.warming.note.isVisible, timeout=10_000)
    assert "Preparing" in dock.warming.note.text()
    noticed.set()
    qtbot.waitUntil(lambda: not dock.warming.runner.busy, timeout=5000)
    assert not dock.warming.note.isVisible()
    dock.hide()
    dock.show()
    opened(long)
    assert (long.started, long.made) == (1, 10)


def test_what_is_ready_soon_is_not_mentioned(opened, qtbot, monkeypatch) -> None:
    from specks.ui import warm_up

    monkeypatch.setattr(warm_up, "NOTE_MS", 500)
    said = []
    dock = opened(Preparing(1, 0.0))
    dock.warming.note.setText = said.append
    qtbot.waitUntil(lambda: not dock.warming.runner.busy, timeout=5000)
    qtbot.wait(700)
    assert not any(said)


def test_run_need_not_wait_to_be_pressed(opened, qtbot) -> None:
    long = Preparing(100, 0.05)
    dock = opened(long)
    dock.preview_box.setChecked(False)
    dock.viewer.add_image(np.random.default_rng(0).random((32, 32)))
    dock.run()
    qtbot.waitUntil(lambda: dock.result is not None, timeout=20_000)
    assert dock.warming.runner.busy or long.made == 100


def test_closing_the_dock_ends_it_and_opening_it_begins_again(opened, qtbot) -> None:
    long = Preparing(1000, 0.01)
    dock = opened(long)
    qtbot.waitUntil(lambda: long.made > 2, timeout=5000)
    dock.close()
    qtbot.waitUntil(lambda: long.closed == 1, timeout=5000)
    assert long.made < 1000
    assert dock.warming.note.text() == ""
    dock.show()
    qtbot.waitUntil(lambda: long.started == 2, timeout=5000)


def test_a_preparation_that_fails_leaves_the_dock_usable(opened, qtbot, caplog) -> None:
    def broken(step):
        yield Progress(0, 1, "Kernel")
        raise OSError("no room for the cache")

    dock = opened(broken)
    qtbot.waitUntil(lambda: not dock.warming.runner.busy, timeout=5000)
    assert "no room for the cache" in caplog.text
    assert dock.warming.note.text() == ""


def test_the_mixture_dock_leaves_nothing_to_compile_for_usual_images() -> None:
    in_a_fresh_process(KERNELS)


def test_the_first_labels_leave_the_window_nothing_to_compile() -> None:
    in_a_fresh_process(COLORS)


def in_a_fresh_process(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
