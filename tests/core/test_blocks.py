"""The same bits on threads, processes and a Dask cluster; and what happens when a worker dies."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specks._core.blocks import check_executor, map_blocks, spans
from specks._core.errors import InputError, WorkerDiedError
from specks._core.source import Source, array_source

PIXELS = np.random.default_rng(3).integers(0, 255, (24, 32, 32), np.uint8)


def total(source: Source, span: slice) -> float:
    """Sum of floats, so that the order of adding shows in the bits."""
    block = source.read((span, slice(0, 32), slice(0, 32)))
    return float((block.astype(np.float32) * np.float32(0.1)).sum())


def die_once(folder: str, source: Source, span: slice) -> float:
    """As `total`, but the first worker to come to the third block is killed."""
    flag = Path(folder) / "died"
    if span.start == 4 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return total(source, span)


@pytest.fixture
def stored(tmp_path) -> Source:
    np.save(tmp_path / "a.npy", PIXELS)
    return array_source(np.load(tmp_path / "a.npy", mmap_mode="r"))


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as connected,
    ):
        # The package under test may be importable only through this process's path.
        folder = str(Path(__file__).parent)
        connected.run(lambda: __import__("sys").path.insert(0, folder))
        yield connected


def pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


@given(st.integers(1, 200), st.integers(1, 30), st.integers(1, 60))
def test_spans_cover_an_axis_in_whole_chunks(length: int, chunk: int, size: int) -> None:
    cut = list(spans(length, chunk, size))
    assert cut[0].start == 0
    assert cut[-1].stop == length
    assert all(a.stop == b.start for a, b in pairwise(cut))
    assert all(s.start % chunk == 0 for s in cut)
    assert all(s.stop - s.start <= max(size, chunk) for s in cut)


def test_equal_bits_on_threads_processes_and_a_cluster(stored, client) -> None:
    task, items = functools.partial(total, stored), list(spans(24, 1, 2))
    serial = [(item, task(item)) for item in items]
    assert list(map_blocks(task, items)) == serial
    with ThreadPoolExecutor(3) as threads:
        assert list(map_blocks(task, items, threads, window=2)) == serial
    with pool() as processes:
        assert list(map_blocks(task, items, processes)) == serial
    with client.get_executor() as cluster:
        assert list(map_blocks(task, items, cluster)) == serial


def test_a_killed_dask_worker_gives_the_same_result(stored, client, tmp_path) -> None:
    items = list(spans(24, 1, 2))
    task = functools.partial(die_once, str(tmp_path), stored)
    with client.get_executor(retries=3) as cluster:
        found = list(map_blocks(task, items, cluster, window=3))
    assert (tmp_path / "died").exists()
    assert found == [(item, total(stored, item)) for item in items]


class LosesFirst(Executor):
    """Dask's executor when a worker dies between the end of a task and the fetching of its result."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def submit(self, fn, /, *args, **kwargs) -> Future:
        cfexecutor = pytest.importorskip(
            "distributed.cfexecutor", reason="the extra 'cluster' is not installed"
        )

        class OfDask:
            status = "finished" if args[0] in self.asked else "lost"

            async def _result(self, raiseit: bool) -> object:
                return fn(*args)

        async def cascade() -> None:
            await cfexecutor._cascade_future(OfDask(), future)

        self.asked.append(args[0])
        future: Future = Future()
        asyncio.run(cascade())
        return future


def test_a_result_lost_as_it_was_fetched_is_worked_out_again(stored) -> None:
    items, executor = list(spans(24, 1, 6)), LosesFirst()
    task = functools.partial(total, stored)
    assert list(map_blocks(task, items, executor)) == [(item, task(item)) for item in items]
    assert [executor.asked.count(item) for item in items] == [2] * len(items)


def test_a_type_error_of_the_task_itself_stays_one(client) -> None:
    with client.get_executor() as cluster, pytest.raises(TypeError, match="not iterable"):
        list(map_blocks(tuple, [3], cluster))


def test_a_killed_pool_process_is_a_named_error_and_finished_blocks_are_kept(stored, tmp_path) -> None:
    items = list(spans(24, 1, 2))
    task = functools.partial(die_once, str(tmp_path), stored)
    kept = []
    with pool() as processes, pytest.raises(WorkerDiedError, match="a worker process died"):  # noqa: PT012
        for item, value in map_blocks(task, items, processes, window=1):
            kept.append((item, value))
    assert kept == [(item, total(stored, item)) for item in items[:2]]
    with pool() as processes:
        rest = list(map_blocks(task, items[len(kept) :], processes))
    assert kept + rest == [(item, total(stored, item)) for item in items]


def test_memory_stays_with_threads() -> None:
    source = array_source(PIXELS)
    with ThreadPoolExecutor(1) as threads:
        check_executor(threads, source)
    check_executor(None, source)
    with pool() as processes, pytest.raises(InputError, match="save it to a file"):
        check_executor(processes, source)
    with pytest.raises(InputError, match="executor is 4; it must be"):
        check_executor(4, source)  # type: ignore[arg-type]


def test_no_more_than_a_window_is_under_way_and_closing_stops_the_rest() -> None:
    started, lock = [], threading.Lock()

    def slow(i: int) -> int:
        with lock:
            started.append(i)
        time.sleep(0.01)
        return i

    with ThreadPoolExecutor(1) as threads:
        run = map_blocks(slow, range(1000), threads, window=3)
        assert [next(run)[0] for _ in range(2)] == [0, 1]
        run.close()
    assert len(started) <= 5


def test_an_error_in_a_task_reaches_the_caller_as_it_is() -> None:
    def fail(i: int) -> int:
        raise KeyError(i)

    with pytest.raises(KeyError):
        list(map_blocks(fail, range(4)))


def test_a_window_must_be_positive() -> None:
    with pytest.raises(InputError, match="window is 0"):
        list(map_blocks(str, [1], window=0))
