"""CPU seconds and memory, measured the same way in every benchmark.

Processor time, not the clock: other work on the machine then matters little. The first call,
which compiles and fills caches, is told apart from the later ones, of which the least counts.
"""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["MemoryPeak", "Skip", "Timing", "cpu", "cpu_of_process", "memory_peak"]


class Skip(Exception):
    """A benchmark that cannot run here; the text says why and what would help."""


@dataclass(frozen=True)
class Timing:
    """CPU seconds of one call.

    Attributes
    ----------
    cold : float
        The first call.
    warm : float
        The least of the later ones.
    result : object
        What the last call returned.
    """

    cold: float
    warm: float
    result: Any


def cpu(call: Callable[[], Any], repeat: int = 3) -> Timing:
    """Time a call: once cold, then `repeat` times warm."""
    cold, result = _once(call)
    warm = []
    for _ in range(repeat):
        result = None  # so that two results never share the memory
        seconds, result = _once(call)
        warm.append(seconds)
    return Timing(cold, min(warm), result)


def _once(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def cpu_of_process(command: list[str], repeat: int = 3) -> Timing:
    """CPU seconds (user and system) of a fresh process from start to end, by the same rule."""
    import resource

    seconds = []
    for _ in range(repeat + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return Timing(seconds[0], min(seconds[1:]), None)


@dataclass
class MemoryPeak:
    """Most memory held within a `memory_peak` block beyond what was held at its start.

    Attributes
    ----------
    megabytes : float
        In 10^6 bytes; pages of mapped files do not count. NaN until the block has ended.
    """

    megabytes: float = float("nan")


# Another process looks, so that code that holds the GIL cannot hide its peak.
_WATCHER = """
import select, sys
path, most = sys.argv[1], 0
print("looking", flush=True)
while True:
    with open(path) as status:
        held = sum(int(line.split()[1]) for line in status if line.startswith(("RssAnon", "RssShmem")))
    most = max(most, held)
    if select.select([sys.stdin], [], [], 0.002)[0]:
        break
print(most)
"""


@contextmanager
def memory_peak() -> Iterator[MemoryPeak]:
    """Measure the peak of private memory in a block, looking every 2 ms (Linux only).

    Raises
    ------
    Skip
        Where the kernel does not tell private pages from those of mapped files.
    """
    status = Path("/proc/self/status")
    if not status.exists() or "RssAnon" not in status.read_text():
        raise Skip("memory beyond mapped files is read from /proc/self/status, which only Linux has")
    _give_back_freed_memory()
    peak = MemoryPeak()
    start = _private_kilobytes(status.read_text())
    watcher = subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", _WATCHER, f"/proc/{os.getpid()}/status"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        watcher.stdout.readline()
        yield peak
    finally:
        said, _ = watcher.communicate("\n")
        peak.megabytes = (int(said) - start) * 1024 / 1e6


def _give_back_freed_memory() -> None:
    """Else what the block uses would first come from pages that the allocator had kept."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc keeps and has it
    if trim is not None:
        trim(0)


def _private_kilobytes(status: str) -> int:
    held = (line.split()[1] for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem")))
    return sum(map(int, held))
