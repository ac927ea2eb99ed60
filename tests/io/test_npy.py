"""NPY files."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from specks._core.errors import FileFormatError, NotFoundError
from specks.io import open_image

DTYPES = st.sampled_from(["u1", "<u2", ">u2", "i2", "<f4", ">f8", "bool", "c8"])


@unhurried
@given(pixels=hnp.arrays(DTYPES, hnp.array_shapes(min_dims=2, max_dims=4, max_side=6)), fortran=st.booleans())
def test_round_trip(tmp_path_factory, pixels, fortran) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    np.save(path, np.asfortranarray(pixels) if fortran else pixels)
    source = open_image(path)
    assert source.shape == pixels.shape
    region = tuple(slice(n // 3, n) for n in pixels.shape)
    read = pickle.loads(pickle.dumps(source)).read(region)
    assert read.dtype == pixels.dtype.newbyteorder("=")
    np.testing.assert_array_equal(read, pixels[region])


@unhurried
@given(data=st.data())
def test_damaged_files_give_pixels_or_a_named_error(tmp_path_factory, data) -> None:
    path = tmp_path_factory.mktemp("npy") / "bad.npy"
    np.save(path, np.arange(120, dtype="u2").reshape(4, 5, 6))
    path.write_bytes(damaged(data, path.read_bytes(), head=80))
    result_or_named_error(lambda: corner(open_image(path)))


def corner(source) -> np.ndarray:
    return source.read(tuple(slice(0, 1) for _ in source.shape))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([{"a": 1}] * 4, dtype=object).reshape(2, 2), "values of type object"),
        (np.array([["a", "b"]]), "values of type <U1"),
        (np.zeros((0, 5)), r"an array of shape \(0, 5\)"),
        (np.zeros(5), r"an array of shape \(5,\)"),
    ],
)
def test_what_is_no_image(tmp_path, array, words) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(FileFormatError, match=words):
        open_image(tmp_path / "a.npy")


def test_a_header_that_claims_terabytes(tmp_path) -> None:
    path = tmp_path / "a.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999999), }"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(FileFormatError, match=r"its header promises 7999999991992000000\d+"):
        open_image(path)


def test_a_path_that_is_not_there(tmp_path) -> None:
    with pytest.raises(NotFoundError, match="there is no file or folder"):
        open_image(tmp_path / "none.npy")
