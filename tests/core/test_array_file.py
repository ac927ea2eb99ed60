"""NPZ files of numbers: exact round trips, equal bytes for equal arrays, no trust in claims."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from specks._core.array_file import read_arrays, write_arrays
from specks._core.errors import FileFormatError, InputError, NotFoundError, StoreError

in_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
plain = hnp.arrays(
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.unsigned_integer_dtypes()
    | hnp.floating_dtypes(sizes=(16, 32, 64)),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)


@in_folder
@given(st.dictionaries(st.text("ab-_0", min_size=1, max_size=5), plain, max_size=3), st.booleans())
def test_arrays_come_back_with_type_and_shape(tmp_path: Path, arrays: dict[str, Any], flipped: bool) -> None:
    given = {name: array.T if flipped else array for name, array in arrays.items()}
    write_arrays(tmp_path / "a.npz", given)
    found = read_arrays(tmp_path / "a.npz")
    assert list(found) == list(given)
    for name, array in given.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_equal_arrays_give_equal_bytes_and_numpy_reads_them(tmp_path: Path) -> None:
    arrays = {"x": np.arange(12.0).reshape(3, 4)}
    for name in ("a.npz", "b.npz"):
        write_arrays(tmp_path / name, arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["x"], arrays["x"])


def test_large_blank_arrays_are_believed(tmp_path: Path) -> None:
    """Nothing packs better than an empty scribble; it must not be taken for a bomb."""
    write_arrays(tmp_path / "a.npz", {"x": np.zeros((16, 1024, 1024), np.uint8)})
    assert (tmp_path / "a.npz").stat().st_size < 30_000
    assert read_arrays(tmp_path / "a.npz")["x"].shape == (16, 1024, 1024)


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.array([object()]), np.array([1j]), np.zeros(1, "M8[s]")]
)
def test_anything_but_numbers_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(InputError, match="must hold numbers or booleans"):
        write_arrays(tmp_path / "a.npz", {"x": array})
    assert not list(tmp_path.iterdir())
    np.savez(tmp_path / "b.npz", x=array)
    with pytest.raises(FileFormatError, match="not a sound NPZ file"):
        read_arrays(tmp_path / "b.npz")


def test_other_packings_and_missing_files_are_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", b"0" * 100)
    with pytest.raises(FileFormatError, match="compressed in an unknown way"):
        read_arrays(tmp_path / "a.npz")
    with pytest.raises(NotFoundError, match="there is no file"):
        read_arrays(tmp_path / "none.npz")
    with pytest.raises(FileFormatError, match="Is a directory"):
        read_arrays(tmp_path)
    with pytest.raises(StoreError, match="its folder does not exist"):
        write_arrays(tmp_path / "none" / "a.npz", {"x": np.zeros(1)})
