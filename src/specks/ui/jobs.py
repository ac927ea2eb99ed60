"""Run one step at a time beside the window, and tell the window in good time.

The only place where docks start threads. A job's iterator is driven inside a napari worker, so
that napari knows of it; what it says is collected in a queue that the main thread empties about
twelve times a second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from napari.qt.threading import GeneratorWorker, create_worker
from qtpy.QtCore import QObject, QThreadPool, QTimer, Signal

from specks._core.progress import Progress
from specks.ui.collection import collect_here_until

__all__ = ["Job", "JobRunner", "Outcome", "State"]

log = logging.getLogger("specks")

#: Seconds between two looks at what a job has said, and milliseconds between two at whether it has ended.
RATE = 1 / 12
TICK_MS = 15
GRACE_MS = 250
THREADS = 8


class State(Enum):
    """How a job ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Outcome:
    """How a job ended, and with what.

    Parameters
    ----------
    state : State
    result : object
        What the step returned, when it is done.
    error : BaseException, optional
        Why it failed.
    abandoned : bool
        The job was cancelled but cannot be interrupted: it goes on unseen, and its result is dropped.
    """

    state: State
    result: Any = None
    error: BaseException | None = None
    abandoned: bool = False


@dataclass(frozen=True)
class Job:
    """Something to run.

    Parameters
    ----------
    prepare : callable
        Called in the main thread when the job's turn comes. It returns what starts the run in the
        worker: ``lambda: step.iterate(...)``.
    show : callable
        Called in the main thread with all that was said since the last call, in order.
    ended : callable
        Called in the main thread with the `Outcome`. What `show` or a `DONE` ending raises makes
        the job `FAILED`.
    """

    prepare: Callable[[], Callable[[], Generator[Progress, None, Any]]]
    show: Callable[[list[Progress]], None]
    ended: Callable[[Outcome], None]


class JobRunner(QObject):
    """One job at a time; the newest request wins.

    Parameters
    ----------
    parent : QObject, optional
        When it is destroyed, so is the runner, and its job is told to stop.
    """

    started = Signal()
    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run: _Run | None = None
        self._job: Job | None = None
        self._next: Job | None = None
        self._showing, self._shown = False, 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.setInterval(GRACE_MS)
        self._grace.timeout.connect(self._abandon)
        pool = QThreadPool.globalInstance()
        pool.setMaxThreadCount(max(THREADS, pool.maxThreadCount()))
        current: list[threading.Event] = []
        self._stops = current
        self.destroyed.connect(lambda: [stop.set() for stop in current])

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits to run."""
        return self._run is not None

    def start(self, job: Job) -> None:
        """Run a job; one that runs is cancelled first, one that waits is forgotten."""
        if self._run is None:
            self._launch(job)
        else:
            self._next = job
            self._stop()

    def cancel(self) -> None:
        """End the job that runs, if there is one."""
        self._next = None
        if self._run is not None:
            self._stop()

    def _stop(self) -> None:
        self._run.stop.set()
        if not self._grace.isActive():
            self._grace.start()

    def _launch(self, job: Job) -> None:
        self._job = job
        run = self._run = _Run()
        self._stops[:] = [run.stop]
        self.started.emit()
        try:
            steps = job.prepare()
        except Exception as error:  # noqa: BLE001 - whatever it is, the person is told and the dock is ready again
            self._end(Outcome(State.FAILED, error=error))
            return
        self._shown = time.monotonic()
        self._timer.start()
        worker = create_worker(_drive, run, steps, _worker_class=_Worker)
        worker.stop = run.stop
        collect_here_until(run.over)
        worker.start()

    def _tick(self) -> None:
        """Show what was said, or end the job when its worker has ended and all is shown.

        Never both, so that the window can draw in between; a tick within a tick does nothing.
        """
        run = self._run
        if run is None or self._showing:
            return
        over = run.over.is_set()  # asked first: all that was said before it is in the queue by now
        if run.said and not run.stop.is_set():
            if over or time.monotonic() - self._shown >= RATE:
                self._show(run)
        elif over:
            self._finish(run)

    def _show(self, run: _Run) -> None:
        self._showing = True
        try:
            news = [run.said.popleft() for _ in range(len(run.said))]
            self._job.show(news)
            self.progressed.emit(news[-1])
        except Exception as error:  # noqa: BLE001 - an error while showing must end the job, not escape through the timer
            run.failure = error
            run.stop.set()
        finally:
            self._showing, self._shown = False, time.monotonic()

    def _finish(self, run: _Run) -> None:
        found = run.outcome or Outcome(State.CANCELLED)
        if run.failure is not None:
            found = Outcome(State.FAILED, error=run.failure)
        elif run.stop.is_set():
            found = Outcome(State.CANCELLED)
        self._end(found)

    def _abandon(self) -> None:
        if self._run is not None and self._run.stop.is_set():
            self._end(Outcome(State.CANCELLED, abandoned=True))

    def _end(self, outcome: Outcome) -> None:
        job, self._job, self._run = self._job, None, None
        self._timer.stop()
        self._grace.stop()
        try:
            job.ended(outcome)
        except Exception as error:  # noqa: BLE001 - as above
            outcome = Outcome(State.FAILED, error=error)
            job.ended(outcome)
        if outcome.state is State.FAILED:
            log.error("A job failed", exc_info=outcome.error)
        self.ended.emit(outcome)
        following, self._next = self._next, None
        if following is not None and self._run is None:
            self._launch(following)


@dataclass(eq=False)
class _Run:
    """A job that was launched. Two threads look at it, and nothing of Qt crosses between them.

    Not even the `Job`, whose callables belong to widgets: a worker that outlives its dock would be
    the last to let go of them, and take them apart in its thread.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    said: deque[Progress] = field(default_factory=deque)
    outcome: Outcome | None = None
    failure: BaseException | None = None


class _Worker(GeneratorWorker):
    """A worker whose generator ends by itself when asked to, and that leaves warnings alone.

    The one of superqt leaves the generator suspended on `quit`, so that temporary files of the
    step stay until the generator is collected. It also catches warnings, which only one thread of
    a process can do at a time: of two that overlap, one would go on catching after its end.
    """

    stop: threading.Event

    def quit(self) -> None:
        self.stop.set()

    def run(self) -> None:
        # The application may end meanwhile, and the signals with it; nobody is left to be told then.
        with suppress(RuntimeError):
            self.started.emit()
        self._running = True
        self.work()  # raises nothing: see `_drive`
        self._running = False
        with suppress(RuntimeError):
            self.finished.emit()
            self._finished.emit(self)


def _drive(run: _Run, steps: Callable[[], Generator[Progress, None, Any]]) -> Generator[None, None, None]:
    """Body of the worker.

    It catches everything: superqt takes a RuntimeError for a deleted worker and never reports it.
    """
    try:
        with closing(steps()) as progress:
            breath = time.monotonic()
            while not run.stop.is_set():
                try:
                    run.said.append(next(progress))
                except StopIteration as end:
                    run.outcome = Outcome(State.DONE, result=end.value)
                    return
                if time.monotonic() - breath > RATE:
                    breath = time.monotonic()
                    yield
    except Exception as error:  # noqa: BLE001 - reported by JobRunner
        run.outcome = Outcome(State.FAILED, error=error)
    finally:
        run.over.set()
