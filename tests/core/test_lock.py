"""One writer at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from specks._core.errors import StoreError
from specks._core.lock import sole_writer

HOLD = (
    "import sys; from specks._core.lock import sole_writer\n"
    "with sole_writer(sys.argv[1]):\n    print('held', flush=True); sys.stdin.read()"
)


def test_a_second_writer_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "r.zarr"
    with sole_writer(target):
        with pytest.raises(StoreError, match=r"r\.zarr is being written by another run"), sole_writer(target):
            pass
        with sole_writer(tmp_path / "other.zarr"):
            pass
    with sole_writer(target):
        pass
    assert not list(tmp_path.iterdir())


def test_a_failure_ends_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), sole_writer(tmp_path / "r"):
        raise KeyError
    with sole_writer(tmp_path / "r"):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    target = tmp_path / "r.zarr"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(StoreError, match="another run"), sole_writer(target):
            pass
        other.kill()
    with sole_writer(target):
        pass
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="its folder does not exist"), sole_writer(tmp_path / "no" / "r"):
        pass
