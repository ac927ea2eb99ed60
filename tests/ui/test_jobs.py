"""The runner keeps its promises."""

from __future__ import annotations

import logging
import threading
import time
from itertools import pairwise

import pytest

from specks._core.progress import Progress

pytestmark = pytest.mark.widgets


class Counting:
    """A job of `n` blocks that takes note of everything; each may take some seconds, or wait for an event."""

    def __init__(
        self,
        n: int,
        seconds: float = 0.0,
        error: Exception | None = None,
        held: threading.Event | None = None,
    ) -> None:
        from specks.ui.jobs import Job

        self.n, self.seconds, self.error, self.held = n, seconds, error, held
        self.shown: list[int] = []
        self.outcomes: list = []
        self.closed_in: list[str] = []
        self.reached = 0
        self.job = Job(lambda: self.run, self.show, self.outcomes.append)

    def run(self):
        try:
            for i in range(self.n):
                if self.seconds:
                    time.sleep(self.seconds)
                if self.held is not None:
                    self.held.wait(60)
                if self.error is not None and i == self.n // 2:
                    raise self.error
                self.reached = i + 1
                yield Progress(i + 1, self.n, f"Block {i + 1}")
            return "result"
        finally:
            self.closed_in.append(threading.current_thread().name)

    def show(self, news):
        self.shown += [p.done for p in news]


def ended(job: Counting):
    return lambda: bool(job.outcomes)


def states(job: Counting) -> list[str]:
    return [outcome.state.value for outcome in job.outcomes]


def test_everything_said_is_shown_in_order_and_the_result_comes_last(qtbot, runner) -> None:
    job = Counting(500)
    runner.start(job.job)
    qtbot.waitUntil(ended(job), timeout=5000)
    assert job.shown == list(range(1, 501))
    assert (states(job), job.outcomes[0].result) == (["done"], "result")
    assert not runner.busy


@pytest.mark.parametrize(
    "error",
    [RuntimeError("EM collapsed"), NotImplementedError("no"), RecursionError("deep"), ValueError("bad")],
)
def test_no_error_is_swallowed(qtbot, runner, caplog, error) -> None:
    job = Counting(4, error=error)
    with caplog.at_level(logging.ERROR, "specks"):
        runner.start(job.job)
        qtbot.waitUntil(ended(job), timeout=5000)
    assert (states(job), job.outcomes[0].error) == (["failed"], error)
    assert "Traceback" in caplog.text
    assert not runner.busy


def test_cancel_is_answered_soon_and_the_run_is_closed_in_the_worker(qtbot, runner) -> None:
    """After what it is at, and before anybody would give it up."""
    job = Counting(10_000, seconds=0.005)
    runner.start(job.job)
    qtbot.waitUntil(lambda: job.reached > 3, timeout=5000)
    runner.cancel()
    reached = job.reached
    runner.cancel()
    qtbot.waitUntil(ended(job), timeout=5000)
    assert job.reached <= reached + 1
    assert (states(job), job.outcomes[0].abandoned) == (["cancelled"], False)
    assert len(job.closed_in) == 1
    assert job.closed_in[0] != threading.main_thread().name


def test_quit_by_napari_closes_the_run_too(qtbot, runner) -> None:
    from napari.qt.threading import GeneratorWorker

    job = Counting(10_000, seconds=0.005)
    runner.start(job.job)
    qtbot.waitUntil(lambda: job.reached > 3, timeout=5000)
    for worker in list(GeneratorWorker._worker_set):
        worker.quit()
    qtbot.waitUntil(ended(job), timeout=5000)
    assert states(job) == ["cancelled"]
    assert len(job.closed_in) == 1


def test_what_cannot_be_interrupted_is_abandoned_and_dropped(qtbot, runner) -> None:
    release = threading.Event()
    stuck, later = Counting(1, held=release), Counting(3)
    runner.start(stuck.job)
    qtbot.wait(50)
    runner.start(later.job)
    qtbot.waitUntil(ended(later), timeout=5000)
    assert states(stuck) == ["cancelled"]
    assert stuck.outcomes[0].abandoned
    assert stuck.closed_in == [], "nobody waited for it"
    release.set()
    qtbot.waitUntil(lambda: bool(stuck.closed_in), timeout=5000)
    qtbot.wait(50)
    assert (states(stuck), states(later)) == (["cancelled"], ["done"])


def test_of_ten_starts_the_first_is_cancelled_and_only_the_last_runs(qtbot, runner) -> None:
    jobs = [Counting(20, seconds=0.005) for _ in range(10)]
    for job in jobs:
        runner.start(job.job)
    qtbot.waitUntil(ended(jobs[-1]), timeout=5000)
    assert states(jobs[0]) == ["cancelled"]
    assert [len(job.outcomes) for job in jobs[1:-1]] == [0] * 8
    assert [job.reached for job in jobs[1:-1]] == [0] * 8
    assert states(jobs[-1]) == ["done"]


@pytest.mark.parametrize("where", ["prepare", "show", "ended"])
def test_an_error_while_showing_fails_the_job(qtbot, runner, where) -> None:
    from specks.ui.jobs import Job

    outcomes, failed = [], []

    def broken(*_):
        raise ZeroDivisionError(where)

    def end(outcome):
        outcomes.append(outcome)
        if where == "ended" and outcome.state.value == "done":
            broken()

    core = Counting(200, seconds=0.002)
    job = Job(
        broken if where == "prepare" else lambda: core.run, broken if where == "show" else core.show, end
    )
    runner.ended.connect(failed.append)
    runner.start(job)
    qtbot.waitUntil(lambda: bool(failed), timeout=5000)
    assert failed[0].state.value == "failed"
    assert isinstance(failed[0].error, ZeroDivisionError)
    assert not runner.busy


def test_slow_showing_does_not_nest_and_the_window_stays_alive(qtbot, runner) -> None:
    """Whatever else it has to do comes between two showings."""
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication

    from specks.ui.jobs import Job

    job = Counting(1000, seconds=0.001)
    depth, deepest, order = 0, 0, []

    def slow(news):
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        QApplication.processEvents()
        time.sleep(0.02)
        Counting.show(job, news)
        depth -= 1
        order.append("shown")

    heart = QTimer()
    heart.timeout.connect(lambda: order.append("beat"))
    heart.start(5)
    runner.start(Job(lambda: job.run, slow, job.outcomes.append))
    qtbot.waitUntil(ended(job), timeout=20_000)
    heart.stop()
    assert job.shown == list(range(1, 1001))
    assert deepest == 1
    assert order.count("shown") > 3
    assert ("shown", "shown") not in pairwise(order)


def test_the_window_draws_between_the_last_news_and_the_end(qtbot, runner) -> None:
    from qtpy.QtCore import QTimer

    from specks.ui.jobs import Job

    order = []

    def show(news):
        order.append("news")
        QTimer.singleShot(0, lambda: order.append("window"))

    runner.start(Job(lambda: Counting(3).run, show, lambda outcome: order.append(outcome.state.value)))
    qtbot.waitUntil(lambda: not runner.busy, timeout=5000)
    assert order == ["news", "window", "done"]


def test_a_destroyed_runner_stops_its_job(qtbot) -> None:
    from qtpy.QtCore import QObject

    from specks.ui.jobs import JobRunner

    parent = QObject()
    runner = JobRunner(parent)
    job = Counting(10_000, seconds=0.005)
    runner.start(job.job)
    qtbot.waitUntil(lambda: job.reached > 3, timeout=5000)
    parent.deleteLater()
    del runner
    qtbot.waitUntil(lambda: bool(job.closed_in), timeout=5000)
    qtbot.wait(50)
    assert job.reached < 10_000
    assert job.outcomes == []


def test_jobs_that_overlap_leave_warnings_as_they_were(qtbot, runner) -> None:
    import warnings

    from specks.ui.jobs import JobRunner

    filters, show = list(warnings.filters), warnings.showwarning
    other = JobRunner()
    first, second = Counting(20, seconds=0.01), Counting(40, seconds=0.01)
    runner.start(first.job)
    qtbot.waitUntil(lambda: first.reached > 3, timeout=5000)
    other.start(second.job)
    qtbot.waitUntil(lambda: bool(first.outcomes and second.outcomes), timeout=5000)
    qtbot.wait(50)
    assert (states(first), states(second)) == (["done"], ["done"])
    assert warnings.showwarning is show
    assert list(warnings.filters) == filters


def test_the_pool_has_room_for_preview_run_and_compile(qtbot, runner) -> None:
    from qtpy.QtCore import QThreadPool

    assert QThreadPool.globalInstance().maxThreadCount() >= 8
