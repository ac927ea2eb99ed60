"""The frame of the benchmarks: it chooses, skips, prints, fails, and measures what it says."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from benchmarks._table import render  # noqa: E402
from benchmarks._timing import cpu, memory_peak  # noqa: E402
from benchmarks._volume import write_npy  # noqa: E402
from specks.synth import ParticleScene, particle_volume  # noqa: E402

sys.path.remove(str(ROOT))

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, which only Linux has")


def test_a_table_has_every_column_once_and_says_what_failed() -> None:
    lines = render("Title", [{"what": "a", "s": 1.23456}, {"what": "b", "ok": False}]).splitlines()
    assert lines[0] == "## Title"
    assert [c.strip() for c in lines[2].strip("|").split("|")] == ["what", "s", "ok"]
    assert [c.strip() for c in lines[4].strip("|").split("|")] == ["a", "1.235", ""]
    assert [c.strip() for c in lines[5].strip("|").split("|")] == ["b", "", "NO"]
    assert len({len(line) for line in lines[2:6]}) == 1


def test_the_first_call_is_told_apart_and_sleep_costs_nothing() -> None:
    calls = []

    def slow_once() -> int:
        calls.append(None)
        end = time.process_time() + (0.05 if len(calls) == 1 else 0.005)
        while time.process_time() < end:
            pass
        time.sleep(0.02)
        return len(calls)

    timing = cpu(slow_once, repeat=2)
    assert timing.result == 3
    assert timing.cold >= 0.05
    assert 0.005 <= timing.warm < 0.02


@linux
def test_memory_counts_arrays_but_not_mapped_files(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones(20_000_000, "u1"))
    with memory_peak() as mapped:
        mapped_sum = int(np.load(tmp_path / "a.npy", mmap_mode="r")[::4096].sum())
        time.sleep(0.02)
    with memory_peak() as held:
        array = np.ones(20_000_000, "u1")
        time.sleep(0.02)
    assert mapped_sum == len(range(0, 20_000_000, 4096))
    assert 0.9 * array.nbytes / 1e6 <= held.megabytes < 30
    assert mapped.megabytes < 10


def test_a_long_volume_goes_on_forwards_and_backwards(tmp_path: Path) -> None:
    scene = ParticleScene(prevalence=0.02)
    written = write_npy(tmp_path, (8, 20, 30), scene, seed=3, generated=3)
    made = particle_volume((3, 20, 30), scene, seed=3)
    np.testing.assert_array_equal(np.load(written.path), made.image[[0, 1, 2, 2, 1, 0, 0, 1]])
    np.testing.assert_array_equal(written.labels[:], made.labels)
    assert written.prevalence == made.prevalence


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["imports", "--quick"], 0, "import specks"),
    (["importz"], 2, "no benchmark 'importz'"),
])  # fmt: skip
def test_the_command(arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
