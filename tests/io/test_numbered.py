"""Folders of numbered pictures."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from damage import unhurried
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from specks._core.errors import FileFormatError, InputError
from specks.io import as_source, open_image
from specks.io.numbered import frame_numbers

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 20, 24), dtype=np.uint8)
NUMBERS = (3, 8, 12, 100, 101)


def save(folder: Path, pattern: str = "drop2_{:03d}.png", frames=FRAMES, numbers=NUMBERS) -> None:
    for number, frame in sorted(zip(numbers, frames, strict=True), key=lambda pair: -pair[0]):
        Image.fromarray(frame).save(folder / pattern.format(number))


@pytest.mark.parametrize("pattern", ["drop2_{:03d}.png", "{}.png", "frame {} of 7.bmp"])
def test_any_order_and_gaps(tmp_path, pattern) -> None:
    save(tmp_path, pattern)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / ".hidden_4.png").write_text("")
    source = open_image(tmp_path)
    assert source.frame_numbers == NUMBERS
    assert (source.axes, source.shape) == ("tyx", FRAMES.shape)
    region = (slice(1, 4), slice(2, 9), slice(20, 24))
    np.testing.assert_array_equal(source.read(region), FRAMES[region])
    twin = pickle.loads(pickle.dumps(source))
    assert twin.frame_numbers == NUMBERS
    np.testing.assert_array_equal(twin.read(region), FRAMES[region])
    assert open_image(tmp_path, spacing=0.5, units="um").frame_numbers == NUMBERS


def test_ten_thousand_names_are_a_small_handle(tmp_path) -> None:
    Image.fromarray(FRAMES[0]).save(tmp_path / "f_00000.png")
    for i in range(1, 2000):
        os.link(tmp_path / "f_00000.png", tmp_path / f"f_{i:05d}.png")
    source = open_image(tmp_path)
    assert source.shape[0] == 2000
    assert len(pickle.dumps(source)) < 20_000


def test_stacks_in_numbered_files(tmp_path) -> None:
    for i in (1, 2):
        tifffile.imwrite(
            tmp_path / f"t{i}.tif", FRAMES + i, metadata={"axes": "ZYX"}, imagej=True, resolution=(4, 4)
        )
    source = open_image(tmp_path, axes="tzyx", spacing=(2, 0.25, 0.25), units="um")
    assert source.geometry.spacing == (1, 2, 0.25, 0.25)
    np.testing.assert_array_equal(
        source.read(tuple(slice(0, n) for n in source.shape)), np.stack([FRAMES + 1, FRAMES + 2])
    )


def test_frames_of_other_size_are_named(tmp_path) -> None:
    save(tmp_path)
    Image.fromarray(FRAMES[0, :10]).save(tmp_path / "drop2_050.png")
    with pytest.raises(
        FileFormatError, match=r"drop2_050.png is 10 x 24 uint8, but drop2_003.png is 20 x 24 uint8"
    ):
        open_image(tmp_path)


def test_ruined_frames_are_blank_where_that_is_asked_for(tmp_path) -> None:
    save(tmp_path)
    Image.fromarray(FRAMES[0, :10]).save(tmp_path / "drop2_003.png")
    (tmp_path / "drop2_050.png").write_bytes(b"no picture")
    Image.fromarray(FRAMES[0].astype(np.uint16)).save(tmp_path / "drop2_102.png")
    with pytest.warns(
        UserWarning, match=r"frame 0 and 2 more of .* is blank instead: drop2_003.png is 10 x 24"
    ):
        source = open_image(tmp_path, ruined="blank")
    assert source.frame_numbers == (3, 8, 12, 50, 100, 101, 102)
    assert [Path(p).name for p in source.frame_paths][3] == "drop2_050.png"
    assert source.shape == (7, 20, 24)
    assert set(source.ruined) == {0, 3, 6}
    assert "but most frames are 20 x 24 uint8" in source.ruined[6]
    for twin in (source, pickle.loads(pickle.dumps(source)), source.with_geometry(source.geometry)):
        pixels = twin.read(tuple(slice(0, n) for n in source.shape))
        np.testing.assert_array_equal(pixels[[1, 2, 4, 5]], FRAMES[1:])
        assert not pixels[[0, 3, 6]].any()
        assert twin.ruined == source.ruined


def test_ruined_frames_of_floats_are_no_numbers(tmp_path) -> None:
    for i, frame in enumerate([FRAMES[0], FRAMES[1, 3:], FRAMES[2]]):
        tifffile.imwrite(tmp_path / f"t{i}.tif", frame.astype(np.float32))
    with pytest.warns(UserWarning, match="frame 1 of .* is blank instead"):
        source = open_image(tmp_path, ruined="blank")
    region = (slice(0, 3), slice(2, 5), slice(0, 24))
    assert np.isnan(source.read(region)).any(axis=(1, 2)).tolist() == [False, True, False]


def test_a_picture_that_breaks_off_is_blank_when_it_is_read(tmp_path) -> None:
    save(tmp_path)
    whole_file = (tmp_path / "drop2_012.png").read_bytes()
    (tmp_path / "drop2_012.png").write_bytes(whole_file[: len(whole_file) // 2])
    source = open_image(tmp_path, ruined="blank")
    with pytest.warns(UserWarning, match=r"frame 2 is blank instead: drop2_012.png"):
        assert not source.read((slice(2, 3), slice(0, 20), slice(0, 24))).any()
    with pytest.raises(FileFormatError, match=r"drop2_012.png"):
        open_image(tmp_path).read((slice(2, 3), slice(0, 20), slice(0, 24)))


def test_where_no_frame_can_be_read_there_is_no_series(tmp_path) -> None:
    for i in range(2):
        (tmp_path / f"t{i}.png").write_bytes(b"no picture")
    with pytest.raises(FileFormatError, match=r"no frame in the folder .* can be read: t0.png"):
        open_image(tmp_path, ruined="blank")


def test_other_images_have_no_numbers(tmp_path) -> None:
    tifffile.imwrite(tmp_path / "stack.tif", FRAMES, metadata={"axes": "TYX"}, imagej=True)
    zarr.create_array(tmp_path / "stack.zarr", data=FRAMES)
    for image in (tmp_path / "stack.tif", tmp_path / "stack.zarr", FRAMES):
        source = as_source(image, axes="tyx")
        assert (source.frame_numbers, source.frame_paths, dict(source.ruined)) == (None, None, {})


def test_one_channel_of_numbered_stacks_keeps_the_numbers(tmp_path) -> None:
    for i in (4, 6):
        tifffile.imwrite(tmp_path / f"t{i}.tif", FRAMES[:2], metadata={"axes": "CYX"}, imagej=True)
    source = as_source(open_image(tmp_path), channel=1)
    assert (source.axes, source.frame_numbers) == ("tyx", (4, 6))
    assert [Path(p).name for p in source.frame_paths] == ["t4.tif", "t6.tif"]


def test_a_frame_that_goes_away_or_changes(tmp_path) -> None:
    save(tmp_path)
    source = open_image(tmp_path)
    Image.fromarray(FRAMES[0, :10]).save(tmp_path / "drop2_100.png")
    with pytest.raises(FileFormatError, match=r"drop2_100.png has changed"):
        source.read((slice(3, 4), slice(0, 5), slice(0, 5)))
    (tmp_path / "drop2_101.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"drop2_101.png"):
        source.read((slice(4, 5), slice(0, 5), slice(0, 5)))


def test_color_frames(tmp_path) -> None:
    save(tmp_path, frames=np.stack([FRAMES, FRAMES // 2, FRAMES // 3], -1))
    with pytest.warns(UserWarning, match="is in color"):
        open_image(tmp_path)
    np.testing.assert_array_equal(
        open_image(tmp_path, channel=1).read((slice(2, 3), slice(0, 20), slice(0, 24)))[0], FRAMES[2] // 2
    )


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a1.png", "b1.png"], "differ in more than a number"),
        (
            ["a1.png", "a01.png", "a3.png"],
            r"no number in names such as .*\(a01.png and a1.png have the same\)",
        ),
        (["t1z1.png", "t1z2.png", "t2z1.png", "t2z2.png"], "no number in names such as"),
        (["a1.png", "a2.jpg"], "holds .jpg and .png files"),
        ([], "holds no pictures"),
    ],
)
def test_folders_that_are_no_series(tmp_path, names, words) -> None:
    for name in names:
        Image.fromarray(FRAMES[0]).save(tmp_path / name)
    with pytest.raises((InputError, FileFormatError), match=words):
        open_image(tmp_path)


@unhurried
@given(
    numbers=st.lists(st.integers(0, 10**7), min_size=2, max_size=30, unique=True),
    width=st.integers(1, 9),
    fixed=st.text("abc_-. 0123456789", max_size=6),
)
def test_numbers_survive_the_names(numbers, width, fixed) -> None:
    fixed = fixed.rstrip("0123456789")
    names = [f"{fixed}{n:0{width}d}.png" for n in numbers]
    assert frame_numbers(names) == numbers


def test_the_counter_is_told_from_the_clock() -> None:
    names = ["20240301_120000_7.tif", "20240301_120113_8.tif", "20240301_120359_9.tif"]
    assert frame_numbers(names) == [7, 8, 9]
