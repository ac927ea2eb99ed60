"""``specks run`` that is interrupted or killed: what is there is whole, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import specks
from specks.io import open_image
from specks.recipe import run_recipe

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither SIGKILL nor groups of processes")

#: Tells every progress, reads slowly from its second step on, and stands still once it has told the moment
#: that it is given first: else how far it has come would depend on how busy the machine is.
SLOW = """
import os, signal, sys, time
import specks.cli.progress
from specks._core.source import ArraySource
from specks.cli.main import main

plain = ArraySource.read

def slow(self, region):
    if os.path.exists("out/a/first"):
        time.sleep(0.05)
    return plain(self, region)

class Told:
    def __init__(self, stream, moment):
        self.stream, self.moment = stream, moment

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        self.stream.write(text)
        if self.moment in text:
            self.stream.flush()
            time.sleep(60)

ArraySource.read = slow
specks.cli.progress.PLAIN = 0.0
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs us aside has it ignored
    sys.stderr = Told(sys.stderr, sys.argv.pop(1))
    main()
"""
RECIPE = """format: specks-recipe/1
inputs: [image]
steps:
- name: first
  step: segment_particles
  inputs: {image: image}
  parameters: {diameter: 8, axes: tyx}
- name: second
  step: segment_particles
  inputs: {image: image}
  parameters: {diameter: 8, axes: tyx, threshold: 0.9}
"""
#: When, and with which workers.
CASES = [
    ("second: Looking at slice 3 of", ["--workers", "2", "--processes"]),
    ("100 %  a (1 of 2): second: Writing posterior", []),
]


def scene() -> np.ndarray:
    image = np.random.default_rng(0).normal(100, 5, (24, 64, 64))
    image[:, 20:30, 20:30] += 60
    return image.astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recipe of two steps and two images."""
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "r.yaml").write_text(RECIPE)
    np.save(tmp_path / "a.npy", scene())
    np.save(tmp_path / "b.npy", scene())
    return tmp_path


def stopped(folder: Path, moment: str, workers: list[str], number: int, everybody: bool) -> tuple[int, str]:
    """Run the recipe, send a signal at a moment; gives the exit code and what was said afterwards.

    What is said ends when the last process has ended that could say something.
    """
    words = [sys.executable, "slow.py", moment, "run", "r.yaml", "a.npy", "b.npy", "-o", "out", *workers]
    with subprocess.Popen(
        words, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        try:
            while moment not in (line := process.stderr.readline()):
                assert line, "it ended before that moment"
            (os.killpg if everybody else os.kill)(process.pid, number)
            _, said = process.communicate(timeout=60)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, said


def goes_on(folder: Path, before: dict[Path, int]) -> None:
    """Another run keeps the step that was finished and does the rest."""
    outcomes = run_recipe(folder / "r.yaml", [folder / "a.npy", folder / "b.npy"], folder / "out")
    assert [outcome.kept for outcome in outcomes] == [True, False, False, False]
    assert times(folder / "out" / "a" / "first") == before
    names = sorted(p.relative_to(folder / "out").as_posix() for p in (folder / "out").glob("*/*"))
    assert names == ["a/first", "a/second", "b/first", "b/second"]
    expected = specks.segment_particles(scene(), diameter=8, axes="tyx", threshold=0.9).labels
    for outcome in (outcomes[1], outcomes[3]):
        labels = open_image(outcome.outputs["labels"])
        np.testing.assert_array_equal(labels.read(tuple(slice(0, n) for n in labels.shape)), expected)


def times(folder: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("moment", "workers"), CASES, ids=["reading", "writing"])
def test_control_c_says_a_sentence_and_keeps_finished_steps(
    folder: Path, moment: str, workers: list[str]
) -> None:
    """A terminal sends it to all processes."""
    code, said = stopped(folder, moment, workers, signal.SIGINT, everybody=True)
    assert code == 130
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if "second: " not in line] == ["specks: stopped"]
    assert [p.name for p in (folder / "out").iterdir()] == ["a"]
    assert [p.name for p in (folder / "out" / "a").iterdir()] == ["first"]
    goes_on(folder, times(folder / "out" / "a" / "first"))


@pytest.mark.parametrize(("moment", "workers"), CASES, ids=["reading", "writing"])
def test_a_killed_run_leaves_nothing_that_looks_finished(
    folder: Path, moment: str, workers: list[str]
) -> None:
    """Only the first process is killed; `stopped` sees that its workers end, too."""
    code, _ = stopped(folder, moment, workers, signal.SIGKILL, everybody=False)
    assert code == -signal.SIGKILL
    left = sorted(p.name for p in (folder / "out" / "a").iterdir())
    assert left == [".second.lock", ".second.partial", "first"]
    goes_on(folder, times(folder / "out" / "a" / "first"))
