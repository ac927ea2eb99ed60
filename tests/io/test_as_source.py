"""`as_source`: what every engine starts with."""

from __future__ import annotations

import pickle

import dask.array as da
import numpy as np
import pytest

import specks
from specks._core.axes import Geometry
from specks._core.errors import InputError, NotFoundError, UnsupportedFormatError
from specks._core.source import array_source
from specks.io import as_source, open_image

COLOR = np.random.default_rng(0).integers(0, 255, (20, 24, 3), dtype=np.uint8)


def test_arrays_paths_and_sources_are_the_same(tmp_path) -> None:
    stack = np.arange(3 * 20 * 24).reshape(3, 20, 24)
    np.save(tmp_path / "a.npy", stack)
    for image in (
        stack,
        stack.tolist(),
        da.from_array(stack),
        tmp_path / "a.npy",
        str(tmp_path / "a.npy"),
        array_source(stack),
    ):
        source = as_source(image, "tyx", spacing=0.5, units="nm")
        assert source.geometry == Geometry("tyx", (1.0, 0.5, 0.5), ("pixel", "nanometer", "nanometer"))
        np.testing.assert_array_equal(
            source.read((slice(1, 2), slice(0, 3), slice(4, 9))), stack[1:2, :3, 4:9]
        )


def test_relative_paths_are_good_in_other_folders(tmp_path, monkeypatch) -> None:
    np.save(tmp_path / "a.npy", COLOR[..., 0])
    monkeypatch.chdir(tmp_path)
    sent = pickle.dumps(as_source("a.npy"))
    monkeypatch.chdir("/")
    np.testing.assert_array_equal(pickle.loads(sent).read((slice(0, 20), slice(0, 24))), COLOR[..., 0])


def test_colors_in_memory_need_a_channel() -> None:
    with pytest.raises(
        InputError, match=r"looks like colors.*channel=0 \(red\).*\.mean\(axis=-1\).*axes=\"zyx\""
    ):
        as_source(COLOR)
    for channel in (1, -2):
        np.testing.assert_array_equal(
            as_source(COLOR, channel=channel).read((slice(0, 20), slice(0, 24))), COLOR[..., 1]
        )
    movie = np.stack([COLOR, COLOR])
    with pytest.raises(InputError, match="looks like colors"):
        as_source(movie, "tyx")
    assert as_source(movie, "tyx", channel=0).shape == (2, 20, 24)
    with pytest.raises(InputError, match="channel is 5, but the image has 3 channels"):
        as_source(COLOR, channel=5)
    assert as_source(COLOR, "zyx").shape == COLOR.shape


def test_channels_need_to_be_named(tmp_path) -> None:
    stack = np.zeros((2, 20, 24))
    with pytest.raises(
        InputError,
        match=r'the image has 2 channels \(axes "cyx"\); say which one to take with channel=0 to 1',
    ):
        as_source(stack, "cyx")
    assert as_source(stack, "cyx", channel=1).axes == "yx"
    assert as_source(array_source(stack, "cyx"), channel=0, spacing=2).geometry.spacing == (2, 2)
    with pytest.raises(InputError, match="has no channel axis"):
        as_source(stack, "tyx", channel=0)
    np.save(tmp_path / "a.npy", stack)
    with pytest.raises(InputError, match="say which one to take"):
        as_source(tmp_path / "a.npy", axes="cyx")
    assert open_image(tmp_path / "a.npy", axes="cyx").axes == "cyx"


def test_what_cannot_be_opened(tmp_path) -> None:
    with pytest.raises(NotFoundError, match=r"none.tif"):
        as_source(tmp_path / "none.tif")
    for name, words in (
        ("a.xyz", "there is no reader for .xyz"),
        ("a", "a file without ending"),
        ("a.lif", "there is no reader for .lif.*OME-TIFF"),
    ):
        (tmp_path / name).write_text("")
        with pytest.raises(UnsupportedFormatError, match=words):
            open_image(tmp_path / name)
    np.save(tmp_path / "a.npy", COLOR)
    with pytest.raises(InputError, match="holds one image"):
        open_image(tmp_path / "a.npy", series=1)


def test_a_unit_without_a_pixel_size_is_refused() -> None:
    says = r"units is 'nm', but the image declares no pixel size; give spacing too"
    square = np.ones((40, 40), np.int32)
    for call in (as_source, specks.measure_objects, specks.label_particles, specks.segment_particles):
        with pytest.raises(InputError, match=says):
            call(square, units="nm")
    assert as_source(square, units="nm", spacing=1).geometry.length_unit == "nanometer"
    sized = array_source(square).with_geometry(Geometry.of("yx", (2, 2)))
    assert as_source(sized, units="nm").geometry.spacing == (2, 2)
    assert not as_source(square, units="px").geometry.is_physical
