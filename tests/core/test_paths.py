"""Every face that takes a path refuses what cannot be one in the same words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import specks
from specks._core.array_file import read_arrays, write_arrays
from specks._core.atomic import check_free, write_text
from specks._core.errors import InputError, NotFoundError, StoreError
from specks._core.json_file import read_json
from specks._core.paths import existing
from specks.io import ResultStore, open_image, open_result, read_table, write_table
from specks.recipe import Recipe, RecipeStep, load_recipe, save_recipe

LOG = specks.Corrections().add("exclude_frame", frame=1)
RECIPE = Recipe(("image",), (RecipeStep("fit", "fit_mixture", {"image": "image"}),))
TABLE = pd.DataFrame({"label": [1]})
READERS = {
    ".npz": [read_arrays, specks.Mixture.load],
    ".json": [read_json, specks.load_corrections],
    ".png": [open_image, open_result],
    ".csv": [read_table],
    ".yaml": [load_recipe],
}
WRITERS = {
    ".npz": [lambda path: write_arrays(path, {"a": np.zeros(2)})],
    ".json": [lambda path: write_text(path, ""), lambda path: specks.save_corrections(LOG, path)],
    ".csv": [lambda path: write_table(TABLE, path)],
    ".zarr": [check_free, ResultStore],
    ".yaml": [lambda path: save_recipe(RECIPE, path)],
}
reads = pytest.mark.parametrize(("suffix", "read"), [(s, f) for s, fs in READERS.items() for f in fs])
writes = pytest.mark.parametrize(("suffix", "write"), [(s, f) for s, fs in WRITERS.items() for f in fs])


@pytest.mark.parametrize("path", [5, None, b"a", "", " ", "a\0b", Path("a\0b")])
@reads
def test_a_reader_refuses_what_is_no_path(suffix, read, path) -> None:
    with pytest.raises(InputError, match="it must be the path of a file or folder"):
        read(path)


@reads
def test_a_reader_finds_nothing_under_a_new_or_impossible_name(suffix, read, tmp_path) -> None:
    for name in ("nothing", "n" * 300, "nothing/inside"):
        with pytest.raises(NotFoundError, match="there is no file or folder"):
            read(tmp_path / (name + suffix))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@reads
def test_a_reader_does_not_wait_for_a_pipe(suffix, read, tmp_path) -> None:
    os.mkfifo(tmp_path / f"pipe{suffix}")
    with pytest.raises(InputError, match="a device or pipe"):
        read(tmp_path / f"pipe{suffix}")


@pytest.mark.parametrize("path", [5, None, b"a", "", "a\0b"])
@writes
def test_a_writer_refuses_what_is_no_path(suffix, write, path) -> None:
    with pytest.raises(InputError, match="it must be the path of a file or folder"):
        write(path)


@writes
def test_a_writer_says_why_a_name_cannot_be_written(suffix, write, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("n" * 300 + suffix, "missing/name" + suffix):
        with pytest.raises(StoreError):
            write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_written_over(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (".", "/", tmp_path):
        with pytest.raises(StoreError):
            write_text(path, "")
        with pytest.raises(StoreError):
            ResultStore(path)


def test_a_closed_folder_is_named(tmp_path, monkeypatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(NotFoundError, match="Permission denied"):
        existing(tmp_path / "a")
