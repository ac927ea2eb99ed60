"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from specks._core.atomic import replacing, store_faults, write_bytes, write_text
from specks._core.corrections import Corrections
from specks._core.corrections_file import save_corrections
from specks._core.errors import InputError, StoreError


def half_written(target: Path, error: Exception) -> None:
    before = target.read_text() if target.exists() else None
    with replacing(target) as aside:
        aside.write_text("half")
        assert (target.read_text() if target.exists() else None) == before
        raise error


def test_a_file_is_replaced_as_a_whole(tmp_path) -> None:
    target = tmp_path / "model.json"
    write_text(target, "old")
    write_bytes(target, "nü".encode())
    assert target.read_text(encoding="utf-8") == "nü"
    assert os.listdir(tmp_path) == ["model.json"]


def test_a_failure_half_way_leaves_what_was_there(tmp_path) -> None:
    target = tmp_path / "model.json"
    write_text(target, "old")
    with pytest.raises(KeyError):
        half_written(target, KeyError("in the middle"))
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["model.json"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "no permission"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_reasons_are_in_words(tmp_path, code: int, words: str) -> None:
    target = tmp_path / "out.csv"
    with pytest.raises(StoreError, match=words) as caught:
        half_written(target, OSError(code, os.strerror(code)))
    assert str(target) in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_and_a_file_in_the_way(tmp_path) -> None:
    with pytest.raises(StoreError, match="its folder does not exist"):
        write_bytes(tmp_path / "no" / "a.bin", b"")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="a file stands where its folder should be"):
        write_bytes(tmp_path / "file" / "a.bin", b"")


def test_errors_of_specks_pass_unchanged(tmp_path) -> None:
    with pytest.raises(InputError, match="threshold"), store_faults(tmp_path):
        raise InputError("threshold is 2")


def test_only_files_are_replaced(tmp_path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    for target, words in ((folder, "a folder of that name is in the way"), (pipe, "no file")):
        with pytest.raises(StoreError, match=words):
            write_text(target, "x")
    log = Corrections().add("mask", array=np.ones((4, 4), bool))
    with pytest.raises(StoreError, match="a folder of that name"):
        save_corrections(log, folder)
    assert sorted(tmp_path.iterdir()) == [folder, pipe]
