"""Executors that are asked for on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from specks._core.errors import InputError

__all__ = ["workers"]


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
    executor: Executor = (
        # A fork would copy locks that threads of this process hold.
        ProcessPoolExecutor(count, mp_context=get_context("spawn"))
        if processes
        else ThreadPoolExecutor(count)
    )
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)
