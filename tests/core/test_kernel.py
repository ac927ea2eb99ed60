"""A kernel is taken from its cache only while all that is compiled into it is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CALLED = """
from specks._core.kernel import kernel
from specks._far import FAR

@kernel
def near(x):
    return x + {near} + FAR
"""
CALLING = """
from specks._core.kernel import kernel
from specks._called import near

@kernel
def asked(x):
    return 10 * near(x)
"""
ASK = """
import sys, specks
specks.__path__.append(sys.argv[1])
from specks._calling import asked
print(asked(1), sum(asked.stats.cache_hits.values()))
"""


def ask(folder: Path, *, near: int, far: int) -> tuple[int, int]:
    """What a kernel gives in a new process, and how many of its compilations it found."""
    (folder / "_far.py").write_text(f"FAR = {far}\n")
    (folder / "_called.py").write_text(CALLED.format(near=near))
    if not (folder / "_calling.py").exists():
        (folder / "_calling.py").write_text(CALLING)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(folder)], env=environment, capture_output=True, text=True, check=True
    )
    result, found = done.stdout.split()
    return int(result), int(found)


def test_a_kernel_is_compiled_anew_when_what_it_calls_has_changed(tmp_path: Path) -> None:
    assert ask(tmp_path, near=2, far=0) == (30, 0)
    assert ask(tmp_path, near=2, far=0) == (30, 1)
    assert ask(tmp_path, near=4, far=0) == (50, 0)


def test_a_kernel_is_compiled_anew_when_a_number_it_was_compiled_with_has_changed(tmp_path: Path) -> None:
    assert ask(tmp_path, near=2, far=0) == (30, 0)
    assert ask(tmp_path, near=2, far=5) == (80, 0)
    assert ask(tmp_path, near=2, far=5) == (80, 1)
