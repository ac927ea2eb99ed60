"""Work in blocks on any executor."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from specks._core.collection import collecting_here
from specks._core.errors import InputError, WorkerDiedError
from specks._core.source import Source

__all__ = ["check_executor", "map_blocks", "spans"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def spans(length: int, chunk: int, size: int) -> Iterator[slice]:
    """Cut an axis into pieces that never share a chunk.

    Parameters
    ----------
    length : int
        Length of the axis.
    chunk : int
        Length of a chunk; every span is a multiple of it, but for the last.
    size : int
        Length wanted for a span; rounded down to whole chunks, at least one.

    Yields
    ------
    slice

    Examples
    --------
    >>> list(spans(10, 2, 5))
    [slice(0, 4, None), slice(4, 8, None), slice(8, 10, None)]
    """
    step = max(1, size // chunk) * chunk
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))


def check_executor(executor: Executor | None, *sources: Source | None) -> None:
    """Refuse, before any work, sources that cannot be sent to the workers.

    Raises
    ------
    InputError
        When a source lives in memory and the executor does not run threads of this process.
    """
    if executor is None or isinstance(executor, ThreadPoolExecutor):
        return
    if not isinstance(executor, Executor):
        raise InputError(f"executor is {executor!r}; it must be a concurrent.futures.Executor, or left out")
    for source in sources:
        if source is not None and not source.portable:
            raise InputError(
                f"{source.name} lives in the memory of this process, so {type(executor).__name__} cannot reach it; "
                "save it to a file (Zarr, TIFF or NPY) first, or leave executor out"
            )


def map_blocks(
    task: Callable[[Item], Result],
    items: Iterable[Item],
    executor: Executor | None = None,
    window: int | None = None,
) -> Generator[tuple[Item, Result], None, None]:
    """Run `task` over `items`, a window of them at a time, and yield results in the order of the items.

    Parameters
    ----------
    task : callable
        A module-level function or a `functools.partial` of one, so that it can be sent away. It
        may run twice when a cluster loses a worker: it must be idempotent and write whole chunks.
    items : iterable
        Small and picklable.
    executor : concurrent.futures.Executor, optional
        Threads of this process when not given; ``distributed.Client(...).get_executor()`` runs the
        same on a cluster.
    window : int, optional
        How many items are under way at once; twice the number of processors when not given.

    Yields
    ------
    (item, result)

    Raises
    ------
    WorkerDiedError
        When a worker process ended on the way. Results already yielded stay valid.
    """
    if window is not None and window < 1:
        raise InputError(f"window is {window}; it must be 1 or more")
    cores = os.cpu_count() or 1
    if executor is None:
        with (
            ThreadPoolExecutor(min(cores, 16), thread_name_prefix="specks") as threads,
            collecting_here() as collect,
        ):
            for pair in map_blocks(task, items, threads, window or 2 * cores):
                yield pair
                collect()
        return
    todo = iter(items)
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    again = False
    try:
        while True:
            while len(waiting) < (window or 2 * cores):
                try:
                    item = next(todo)
                except StopIteration:
                    break
                waiting.append((item, executor.submit(task, item)))
            if not waiting:
                return
            item, future = waiting[0]
            try:
                result = future.result()
            except Exception as error:
                if again or not _lost_on_the_way(error):
                    raise
                waiting[0], again = (item, executor.submit(task, item)), True
                continue
            waiting.popleft()
            again = False
            yield item, result
    except BrokenExecutor as error:
        raise WorkerDiedError(
            f"a worker process died while working on block {waiting[0][0] if waiting else '?'}; it may have run out of "
            "memory. Blocks already finished are kept; run again to go on from there"
        ) from error
    finally:
        for _, future in waiting:
            future.cancel()


def _lost_on_the_way(error: Exception) -> bool:
    """Whether Dask's executor stumbled over a result whose worker died just as it was fetched.

    It takes the state of such a future, no longer finished, for a failure and the result for a traceback. What a
    task itself raises ends in the task's own frames, where it has any.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == "distributed.cfexecutor"
