"""MRC and vendor formats."""

from __future__ import annotations

import json
import pickle
import struct
import sys
from pathlib import Path

import h5py
import mrcfile
import numpy as np
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st
from nd2_file import write_nd2

from specks._core.errors import FileFormatError, InputError, MissingExtraError
from specks.io import open_image

DATA = Path(__file__).parent.parent / "data" / "vendor"
RAMP = np.arange(480).reshape(20, 24)
STACK = np.arange(1440, dtype=np.uint16).reshape(3, 20, 24) * 7


def whole(source) -> np.ndarray:
    return pickle.loads(pickle.dumps(source)).read(tuple(slice(0, n) for n in source.shape))


@pytest.mark.parametrize("suffix", [".dm3", ".dm4"])
def test_digital_micrograph(suffix) -> None:
    image = open_image(DATA / f"image{suffix}")
    assert (image.axes, image.dtype) == ("yx", np.dtype("f4"))
    assert (image.geometry.spacing, image.geometry.length_unit) == ((0.25, 0.25), "nanometer")
    np.testing.assert_array_equal(whole(image), RAMP * 7)
    stack = open_image(DATA / f"stack{suffix}")
    assert stack.geometry.spacing == (1, 0.5, 0.5)
    assert stack.geometry.units == ("pixel", "micrometer", "micrometer")
    np.testing.assert_array_equal(whole(stack), STACK)
    with pytest.raises(InputError, match=r"series is 1, but stack.dm\d has 1"):
        open_image(DATA / f"stack{suffix}", series=1)


def test_czi() -> None:
    stack = open_image(DATA / "stack.czi")
    assert stack.axes == "zyx"
    assert stack.geometry.spacing == pytest.approx((0.03, 0.004, 0.004))
    assert stack.geometry.length_unit == "micrometer"
    np.testing.assert_array_equal(whole(stack), RAMP + 1000 * np.arange(3)[:, None, None])
    region = (slice(1, 3), slice(4, 9), slice(20, 24))
    np.testing.assert_array_equal(stack.read(region), whole(stack)[region])
    np.testing.assert_array_equal(whole(open_image(DATA / "channels.czi", channel=1)), RAMP + 500)


def test_overlapping_tiles_of_czi() -> None:
    expected = np.zeros((28, 36), np.uint16)
    expected[:20, :24] = 100 + np.arange(24)
    expected[12:, 16:] = 900 + np.arange(20)
    mosaic = open_image(DATA / "mosaic.czi")
    np.testing.assert_array_equal(whole(mosaic), expected)
    region = (slice(10, 14), slice(14, 30))
    np.testing.assert_array_equal(mosaic.read(region), expected[region])


def test_levels_of_a_pyramid_in_czi_are_no_tiles(tmp_path) -> None:
    tile, level = (struct.pack("<4sii", b"X", 11, size) for size in (20, 40))
    content = (DATA / "mosaic.czi").read_bytes()
    assert content.count(tile) == 2  # in the tile and in the directory
    (tmp_path / "a.czi").write_bytes(content.replace(tile, level))
    np.testing.assert_array_equal(
        whole(open_image(tmp_path / "a.czi")), np.tile(100 + np.arange(24), (20, 1))
    )


def write_mrc(path: Path, pixels: np.ndarray, is_stack: bool = False) -> None:
    with mrcfile.new(path) as file:
        file.set_data(pixels)
        if is_stack:
            file.set_image_stack()
        file.voxel_size = (1.5, 2, 3)


@pytest.mark.parametrize("dtype", ["i1", "i2", "u2", "f4"])
def test_mrc(tmp_path, dtype) -> None:
    write_mrc(tmp_path / "a.mrc", STACK.astype(dtype))
    source = open_image(tmp_path / "a.mrc")
    assert source.axes == "zyx"
    assert source.geometry.spacing == (3, 2, 1.5)
    assert source.geometry.units == ("angstrom",) * 3
    np.testing.assert_array_equal(whole(source), STACK.astype(dtype))
    write_mrc(tmp_path / "b.mrc", STACK[0].astype(dtype))
    assert open_image(tmp_path / "b.mrc").axes == "yx"


def write_velox(path: Path, frames: np.ndarray) -> None:
    note = {"BinaryResult": {"PixelUnitX": "m", "PixelSize": {"width": "2e-10", "height": "3e-10"}}}
    text = np.frombuffer(json.dumps(note).encode().ljust(2000, b"\0"), np.uint8)
    with h5py.File(path, "w") as file:
        group = file.create_group("Data/Image/0123abc")
        group.create_dataset("Data", data=np.moveaxis(frames, 0, -1))
        group.create_dataset("Metadata", data=np.repeat(text[:, None], len(frames), axis=1))


def write_berkeley(path: Path) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("data/tomogram")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=STACK)
        for number, (n, step, unit) in enumerate(
            ((3, 10, "[n_m]"), (20, 0.5, "[n_m]"), (24, 0.5, "[n_m]")), 1
        ):
            group.create_dataset(f"dim{number}", data=np.arange(n) * step).attrs["units"] = unit


def test_emd(tmp_path) -> None:
    write_velox(tmp_path / "v.emd", STACK)
    movie = open_image(tmp_path / "v.emd")
    assert movie.axes == "tyx"
    assert movie.geometry.spacing == pytest.approx((1, 0.3, 0.2))
    np.testing.assert_array_equal(whole(movie), STACK)
    write_velox(tmp_path / "one.emd", STACK[:1])
    assert open_image(tmp_path / "one.emd").axes == "yx"
    write_berkeley(tmp_path / "b.emd")
    volume = open_image(tmp_path / "b.emd")
    assert volume.geometry.spacing == (10, 0.5, 0.5)
    assert volume.geometry.units == ("nanometer",) * 3
    np.testing.assert_array_equal(whole(volume), STACK)
    with h5py.File(tmp_path / "e.emd", "w") as file:
        file.create_group("Data/Spectrum")
    with pytest.raises(FileFormatError, match=r"e.emd holds no image"):
        open_image(tmp_path / "e.emd")


ND2 = np.random.default_rng(0).integers(0, 60000, (2, 3, 4, 2, 20, 23)).astype(np.uint16)


def test_nd2_positions_are_series(tmp_path) -> None:
    (tmp_path / "a.nd2").write_bytes(b"")
    with pytest.raises(FileFormatError, match=r"a.nd2 cannot be read as an ND2 file"):
        open_image(tmp_path / "a.nd2")
    write_nd2(tmp_path / "a.nd2", ND2, 0.25, 1.5)
    source = open_image(tmp_path / "a.nd2", series=2)
    assert (source.axes, source.geometry.spacing) == ("tczyx", (1, 1, 1.5, 0.25, 0.25))
    assert source.geometry.length_unit == "micrometer"
    assert (source.dtype, source.name) == (np.uint16, "a.nd2")
    np.testing.assert_array_equal(whole(source), np.moveaxis(ND2[:, 2], 2, 1))
    with pytest.raises(InputError, match=r"series is 3, but a.nd2 has 3"):
        open_image(tmp_path / "a.nd2", series=3)


def test_nd2_pixels_that_nobody_measured_have_no_size(tmp_path) -> None:
    """The package nd2 gives 1 for what is not known, which would be one micrometer."""
    write_nd2(tmp_path / "a.nd2", ND2[:, :1], 1.0, 1.5, calibrated=False)
    source = open_image(tmp_path / "a.nd2")
    assert source.geometry.spacing == (1, 1, 1, 1, 1)
    assert not source.geometry.is_physical
    np.testing.assert_array_equal(whole(source), np.moveaxis(ND2[:, 0], 2, 1))


@pytest.mark.parametrize(
    ("suffix", "package", "extra"),
    [
        ("mrc", "mrcfile", "io"),
        ("emd", "h5py", "vendor"),
        ("nd2", "nd2", "vendor"),
        ("czi", "czifile", "vendor"),
    ],
)
def test_a_missing_extra_is_named(tmp_path, monkeypatch, suffix, package, extra) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(b"")
    for name in [n for n in sys.modules if n.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"Opening {suffix.upper()} files needs .*specks\[{extra}\]"):
        open_image(tmp_path / f"a.{suffix}")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("vendor")
    write_mrc(folder / "a.mrc", STACK)
    write_berkeley(folder / "b.emd")
    write_velox(folder / "v.emd", STACK)
    write_nd2(folder / "a.nd2", ND2[:1, :1, :2], 0.25, 1.5)
    return {p.name: p.read_bytes() for p in [*folder.iterdir(), *DATA.glob("*.dm*"), *DATA.glob("*.czi")]}


@unhurried
@given(data=st.data())
def test_damaged_files_give_pixels_or_a_named_error(files, tmp_path_factory, data) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(damaged(data, files[name], head=1500))
    result_or_named_error(lambda: corner(open_image(path)))


def corner(source) -> np.ndarray:
    return source.read(tuple(slice(0, 1) for _ in source.shape))


def test_cut_files_are_named(files, tmp_path) -> None:
    for name in ("a.mrc", "stack.dm3", "stack.dm4", "stack.czi", "b.emd", "a.nd2"):
        (tmp_path / name).write_bytes(files[name][: len(files[name]) // 3])
        with pytest.raises(FileFormatError, match=name.replace(".", r"\.")):
            corner(open_image(tmp_path / name))
