"""While blocks are worked on by threads, cyclic garbage is collected in the main thread, and as before afterwards."""

from __future__ import annotations

import gc
import threading

import pytest

from specks._core.blocks import map_blocks


def litter(number: int) -> int:
    for _ in range(20_000):
        cycle: list[object] = []
        cycle.append(cycle)
    return number


@pytest.fixture
def collectors():
    """Names of the threads that collect."""
    seen: set[str] = set()

    def note(phase: str, info: dict[str, int]) -> None:
        seen.add(threading.current_thread().name)

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_the_main_thread_collects_for_the_threads_of_blocks(collectors):
    assert [number for number, _ in map_blocks(litter, range(12))] == list(range(12))
    assert collectors == {threading.main_thread().name}
    assert gc.isenabled()
    assert gc.get_count()[0] < 20_000 * 12  # what was left behind did not wait for the end


def test_collecting_goes_on_when_blocks_are_left_or_fail():
    blocks = map_blocks(litter, range(12))
    next(blocks)
    assert not gc.isenabled()
    blocks.close()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        list(map_blocks(lambda n: 1 // n, range(3)))
    assert gc.isenabled()


def test_whoever_has_switched_collecting_off_is_left_alone(collectors):
    gc.disable()
    try:
        list(map_blocks(litter, range(3)))
        assert not gc.isenabled()
        assert not collectors
    finally:
        gc.enable()
