"""A stored result as the input of the next command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imageio.v3 import imwrite

import specks
from specks._core.errors import InputError
from specks._core.progress import drain
from specks._core.source import array_source
from specks.cli.main import main
from specks.io import ResultStore, open_image, read_table

SHAPE = (40, 48)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command line in a folder of its own; gives exit code and standard error."""
    monkeypatch.chdir(tmp_path)

    def given(line: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main(line.split())
        return int(end.value.code or 0), capsys.readouterr().err

    return given


def stored(path: str, *names: str) -> None:
    """An image of many values, a posterior of one square, and label images of one square each."""
    square = np.zeros(SHAPE, np.int32)
    square[10:20, 10:20] = 1
    store = ResultStore(path)
    drain(store.add_image(array_source(np.arange(square.size, dtype=np.uint16).reshape(SHAPE))))
    drain(store.add_posterior(array_source(square * 0.9)))
    for name in names:
        drain(store.add_labels(name, array_source(square)))
    store.finish()


def test_labels_and_posterior_of_a_result_are_what_is_measured_and_labeled(run: Any) -> None:
    stored("r.zarr", "particles")
    for place in ("r.zarr", "r.zarr/labels/particles"):
        assert run(f"measure {place} --image r.zarr -o m.csv --overwrite") == (0, "")
        assert read_table("m.csv")["area"].tolist() == [100]
    assert run("label r.zarr -o again.zarr") == (0, "")
    assert open_image("again.zarr").read((slice(0, 40), slice(0, 48))).sum() == 100
    assert run("measure again.zarr -o again.csv") == (0, "")
    with pytest.raises(InputError, match=r"labels is 'r.zarr', a path; open it first"):
        specks.measure_objects("r.zarr")


def test_what_holds_no_labels_or_several_is_refused_in_words(run: Any) -> None:
    stored("none.zarr")
    stored("two.zarr", "cores", "shells")
    imwrite("a.jpg", np.zeros(SHAPE, np.uint8))
    for given, says in {
        "none.zarr": "labels is none.zarr, which holds no labels; give a label image",
        "two.zarr": "labels is two.zarr, which holds 2 label images (cores, shells); give one of them",
        "a.jpg": "labels is a.jpg, but a JPEG holds no labels; give a TIFF",
    }.items():
        code, err = run(f"measure {given} -o m.csv")
        assert code == 2
        assert err.startswith(f"specks: {says}")
        assert err.count("\n") == 1
    assert not Path("m.csv").exists()


def test_a_model_replaces_no_image_and_no_input(run: Any, tmp_path: Path) -> None:
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, np.random.default_rng(0).normal(100, 5, (64, 64)))
    before = (tmp_path / "a.npy").read_bytes()
    for out, words in (("a.npy", "which is the image that is read"), ("b.npy", "is no table or model")):
        code, err = run(f"fit a.npy -o {out} --overwrite --diameter 10")
        assert code != 0
        assert words in err
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes() == before
