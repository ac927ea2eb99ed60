"""Lazy sources: facts, regions, and what travels to other processes."""

from __future__ import annotations

import pickle

import dask.array as da
import numpy as np
import pytest
import zarr

from specks._core.axes import Geometry
from specks._core.errors import FileFormatError, InputError, NotFoundError
from specks._core.provenance import fingerprint
from specks._core.source import ChannelSource, array_source, whole

PIXELS = np.arange(4 * 6 * 8, dtype=np.uint16).reshape(4, 6, 8)
REGION = (slice(1, 3), slice(0, 6), slice(2, 5))


@pytest.fixture(params=["numpy", "fortran", "big endian", "read-only", "dask", "zarr", "memmap"])
def stored(request, tmp_path):
    if request.param == "fortran":
        return np.asfortranarray(PIXELS)
    if request.param == "big endian":
        return PIXELS.astype(">u2")
    if request.param == "read-only":
        frozen = PIXELS.copy()
        frozen.flags.writeable = False
        return frozen
    if request.param == "dask":
        return da.from_array(PIXELS, chunks=(2, 3, 8))
    if request.param == "zarr":
        return zarr.create_array(tmp_path / "a.zarr", data=PIXELS, chunks=(2, 3, 8))
    if request.param == "memmap":
        np.save(tmp_path / "a.npy", PIXELS)
        return np.load(tmp_path / "a.npy", mmap_mode="r")
    return PIXELS


def test_every_kind_of_array_reads_the_same(stored) -> None:
    source = array_source(stored, "tyx")
    assert (source.shape, source.axes, source.dtype) == ((4, 6, 8), "tyx", np.dtype("uint16"))
    region = source.read(REGION)
    assert isinstance(region, np.ndarray)
    assert region.dtype.isnative
    np.testing.assert_array_equal(region, PIXELS[REGION])


def test_only_files_travel_to_other_processes(stored) -> None:
    source = array_source(stored, "tyx")
    if source.portable:
        sent = pickle.dumps(source)
        assert len(sent) < 1000 < PIXELS.nbytes + 700
        twin = pickle.loads(sent)
        assert twin.geometry == source.geometry
        np.testing.assert_array_equal(twin.read(REGION), PIXELS[REGION])
    else:
        with pytest.raises(InputError, match="save it to a file"):
            pickle.dumps(source)


def test_files_are_portable_and_memory_is_not(tmp_path) -> None:
    np.save(tmp_path / "a.npy", PIXELS)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert array_source(mapped).portable
    assert not array_source(mapped[1:]).portable  # a view does not know where in the file it begins
    assert array_source(zarr.create_array(tmp_path / "a.zarr", data=PIXELS)).portable
    assert not array_source(PIXELS).portable


def test_a_file_that_went_away_is_named(tmp_path) -> None:
    np.save(tmp_path / "a.npy", PIXELS)
    sent = pickle.dumps(array_source(np.load(tmp_path / "a.npy", mmap_mode="r")))
    (tmp_path / "a.npy").unlink()
    with pytest.raises(NotFoundError, match=r"a\.npy is no longer there"):
        pickle.loads(sent)


def test_a_damaged_zarr_array_of_the_caller_is_named(tmp_path) -> None:
    group = zarr.create_group(tmp_path / "mine.zarr")
    array = group.create_array("raw/plain", data=PIXELS)
    next(p for p in (tmp_path / "mine.zarr/raw/plain/c").rglob("*") if p.is_file()).write_bytes(b"damaged")
    for opened in (array, zarr.open_array(tmp_path / "mine.zarr" / "raw" / "plain", mode="r")):
        source = array_source(opened)
        with pytest.raises(FileFormatError, match=r"the array raw/plain of mine\.zarr cannot be read"):
            source.read(whole(source))


def test_one_channel_of_many() -> None:
    source = array_source(PIXELS.reshape(2, 2, 1, 6, 8), "tczyx")
    second = ChannelSource(source, 1)
    assert second.axes == "tzyx"
    np.testing.assert_array_equal(second.read(whole(second)), source.array[:, 1])
    np.testing.assert_array_equal(ChannelSource(source, -1).read(whole(second)), source.array[:, 1])
    with pytest.raises(InputError, match="channel is 2, but the image has 2 channels"):
        ChannelSource(source, 2)


@pytest.mark.parametrize("shape", [(5,), (), (2, 2, 2, 2, 2, 2)])
def test_images_have_two_to_five_axes(shape) -> None:
    with pytest.raises(InputError, match="expected 2 to 5"):
        array_source(np.zeros(shape))


def test_ragged_rows_are_no_image() -> None:
    with pytest.raises(InputError, match="labels is list that makes no array"):
        array_source([[1, 2], [3]], name="labels")


def test_an_empty_image_is_named() -> None:
    with pytest.raises(InputError, match=r"the image is empty: its shape is \(0, 4\)"):
        array_source(np.zeros((0, 4)))


def test_the_fingerprint_reads_little_and_sees_changes() -> None:
    big = np.zeros((40, 300, 300), np.uint8)
    read = []

    class Counting(type(array_source(big))):
        def read(self, region):
            read.append(np.prod([s.stop - s.start for s in region]))
            return super().read(region)

    first = fingerprint(Counting(big))
    assert sum(read) <= 16 * 64 * 64
    assert fingerprint(array_source(big)) == first
    big[0, 0, 0] = 1
    assert fingerprint(array_source(big))["digest"] != first["digest"]
    spaced = array_source(big).with_geometry(Geometry.of("zyx", (2, 1, 1), ("um",) * 3))
    assert fingerprint(spaced)["spacing"] == [2, 1, 1]
