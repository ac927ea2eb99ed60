"""Cyclic garbage is collected in the main thread while jobs run, and as before when none does."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref

import pytest

from specks._core.progress import Progress

pytestmark = pytest.mark.widgets

#: Widgets in cycles are left behind while a worker allocates. In a process of its own, which crashed.
LEFT_BEHIND = """
import os, sys, time
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from specks._core.progress import Progress
from specks.ui.jobs import Job, JobRunner

application = QApplication([])
sys.setswitchinterval(1e-4)
end = time.monotonic() + 3
made = 0

class Left(QWidget):
    said = Signal(object)

    def __init__(self):
        super().__init__()
        column = QVBoxLayout(self)
        self.buttons = [QPushButton("a") for _ in range(3)]
        for button in self.buttons:
            column.addWidget(button)
            button.clicked.connect(self.hear)
            button.installEventFilter(self)
        self.said.connect(self.hear)
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.hear)
        self.timer.start(0)
        self.itself = self

    def hear(self, *_):
        pass

    def eventFilter(self, watched, event):
        return False

def allocating():
    while time.monotonic() < end:
        kept = [[{}] for _ in range(3000)]
        time.sleep(0)
    yield Progress(1, 1, "")

outcomes = []
runner = JobRunner()
runner.start(Job(lambda: allocating, lambda news: None, outcomes.append))
while not outcomes:
    Left()
    made += 1
    application.processEvents()
assert outcomes[0].state.value == "done", outcomes
assert made > 100, made
"""

#: The application quits while a worker is still at it, and the script goes on.
QUITS = """
import gc, os, time
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication
from specks._core.progress import Progress
from specks.ui.jobs import Job, JobRunner

application = QApplication([])
over, were = [], []

def long():
    time.sleep(1)
    over.append(True)
    yield Progress(1, 1, "")

runner = JobRunner()
runner.start(Job(lambda: long, lambda news: None, lambda outcome: None))
QTimer.singleShot(100, lambda: were.append(gc.isenabled()))
QTimer.singleShot(200, application.quit)
application.exec()
assert were == [False]
assert not over
assert gc.isenabled()
while not over:
    time.sleep(0.01)
"""


class Knot:
    """A cycle that notes the thread in which it is collected."""

    def __init__(self, seen: list[threading.Thread]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: seen.append(threading.current_thread()))


class Work:
    """A job that makes knots until it is released."""

    def __init__(self, error: Exception | None = None) -> None:
        from specks.ui.jobs import Job

        self.error = error
        self.release, self.over = threading.Event(), threading.Event()
        self.seen: list[threading.Thread] = []
        self.made, self.most = 0, 0
        self.outcomes: list = []
        self.job = Job(lambda: self.run, lambda news: None, self.outcomes.append)

    def run(self):
        try:
            while not self.release.is_set():
                for _ in range(1000):
                    Knot(self.seen)
                self.made += 1000
                self.most = max(self.most, self.made - len(self.seen))
                time.sleep(0.001)
                yield Progress(0, 0, "")
            if self.error is not None:
                raise self.error
        finally:
            self.over.set()


@pytest.fixture(autouse=True)
def _collecting(qtbot):
    """As most people have it; nothing of an earlier test still runs."""
    qtbot.waitUntil(gc.isenabled, timeout=5000)
    yield
    qtbot.waitUntil(gc.isenabled, timeout=5000)


def test_widgets_left_behind_while_a_worker_allocates_do_not_crash() -> None:
    in_a_fresh_process(LEFT_BEHIND)


def test_a_script_that_goes_on_after_its_window_collects_again() -> None:
    in_a_fresh_process(QUITS)


def in_a_fresh_process(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_a_worker_leaves_is_collected_meanwhile_and_in_the_main_thread(qtbot, runner) -> None:
    work = Work()
    runner.start(work.job)
    qtbot.waitUntil(lambda: work.made > 100_000, timeout=20_000)
    work.release.set()
    qtbot.waitUntil(lambda: bool(work.outcomes), timeout=5000)
    assert set(work.seen) == {threading.main_thread()}
    assert work.most < work.made / 2


@pytest.mark.parametrize("way", ["done", "failed", "cancelled", "destroyed"])
def test_python_goes_on_as_before_however_a_job_ends(qtbot, way) -> None:
    from qtpy.QtCore import QObject

    from specks.ui.jobs import JobRunner

    parent = QObject()
    runner = JobRunner(parent)
    work = Work(ValueError("bad") if way == "failed" else None)
    runner.start(work.job)
    qtbot.waitUntil(lambda: work.made > 0, timeout=5000)
    assert not gc.isenabled()
    if way == "cancelled":
        runner.cancel()
    elif way == "destroyed":
        del runner
        parent.deleteLater()
    else:
        work.release.set()
    qtbot.waitUntil(gc.isenabled, timeout=5000)
    assert work.over.is_set()
    qtbot.waitUntil(lambda: bool(work.outcomes) or way == "destroyed", timeout=5000)
    assert [outcome.state.value for outcome in work.outcomes] == ([] if way == "destroyed" else [way])


def test_an_abandoned_worker_still_counts(qtbot, runner) -> None:
    from specks.ui.jobs import Job

    release, outcomes = threading.Event(), []

    def stuck():
        release.wait(10)
        yield Progress(0, 0, "")

    runner.start(Job(lambda: stuck, lambda news: None, outcomes.append))
    qtbot.wait(50)
    runner.cancel()
    qtbot.waitUntil(lambda: bool(outcomes), timeout=5000)
    assert outcomes[0].abandoned
    qtbot.wait(50)
    assert not gc.isenabled()
    release.set()
    qtbot.waitUntil(gc.isenabled, timeout=5000)


def test_whoever_has_switched_it_off_is_left_alone(qtbot, runner) -> None:
    gc.disable()
    try:
        work = Work()
        runner.start(work.job)
        qtbot.waitUntil(lambda: work.made > 5000, timeout=5000)
        work.release.set()
        qtbot.waitUntil(lambda: bool(work.outcomes), timeout=5000)
        qtbot.wait(100)
        assert not gc.isenabled()
        assert work.seen == []
    finally:
        gc.enable()


def test_whoever_switches_it_on_meanwhile_finds_it_on_afterwards(qtbot, runner) -> None:
    gc.disable()
    work = Work()
    runner.start(work.job)
    qtbot.waitUntil(lambda: work.made > 0, timeout=5000)
    gc.enable()
    qtbot.waitUntil(lambda: not gc.isenabled(), timeout=5000)
    work.release.set()
    qtbot.waitUntil(gc.isenabled, timeout=5000)
