"""Executors that are asked for on the command line."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from specks._core.errors import InputError

__all__ = ["workers"]

P = ParamSpec("P")
R = TypeVar("R")


class _Processes(ProcessPoolExecutor):
    """Processes that leave Ctrl-C to the one that started them, and do not outlive it.

    A terminal sends Ctrl-C to all of them. Each would print where it was; the first one says it in a
    sentence, and lets them finish their blocks.
    """

    def __init__(self, count: int) -> None:
        # A fork would copy locks that threads of this process hold.
        super().__init__(count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_worker)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        # Processes are started here. They inherit what is held back, and so cannot be interrupted
        # before `_begin_worker` is reached; here it arrives when it is no longer held back.
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    """What a worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()


def _end_with(parent: Any) -> None:
    """End when the process that started this one has: killed, it could not tell its workers."""
    parent.join()
    os._exit(1)


@contextmanager
def workers(count: int | None, processes: bool) -> Iterator[Executor | None]:
    """The executor for so many workers; None leaves it to the step.

    Raises
    ------
    InputError
        When the number is below 1, or processes are asked for without a number.
    """
    if count is None:
        if processes:
            raise InputError("--processes needs the number of them: --workers N")
        yield None
        return
    if count < 1:
        raise InputError(f"--workers is {count}; it must be 1 or more")
    executor: Executor = _Processes(count) if processes else ThreadPoolExecutor(count)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)
