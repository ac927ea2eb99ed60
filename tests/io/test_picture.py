"""PNG, JPEG and BMP pictures, alone."""

from __future__ import annotations

import pickle
import struct
import zlib

import numpy as np
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from specks._core.errors import FileFormatError, InputError
from specks.io import as_source, open_image

GRAY = np.random.default_rng(0).integers(0, 256, (30, 41), dtype=np.uint8)
COLOR = np.random.default_rng(1).integers(0, 256, (30, 41, 3), dtype=np.uint8)


def whole(source) -> np.ndarray:
    return source.read(tuple(slice(0, n) for n in source.shape))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("suffix", [".png", ".bmp"])
def test_gray_pictures(tmp_path, dtype, suffix) -> None:
    if (dtype, suffix) == ("uint16", ".bmp"):
        dtype = "uint8"
    pixels = GRAY.astype(dtype) * (257 if dtype == "uint16" else 1)
    path = tmp_path / f"a{suffix}"
    Image.fromarray(pixels).save(path)
    source = open_image(path)
    assert (source.axes, source.dtype, source.shape) == ("yx", np.dtype(dtype), (30, 41))
    np.testing.assert_array_equal(source.read((slice(3, 9), slice(20, 41))), pixels[3:9, 20:])
    sent = pickle.dumps(source)
    assert len(sent) < 1000
    np.testing.assert_array_equal(whole(pickle.loads(sent)), pixels)


def test_alpha_and_equal_channels_go_away(tmp_path) -> None:
    alpha = np.full_like(GRAY, 7)
    Image.fromarray(np.stack([GRAY, GRAY, GRAY, alpha], -1)).save(tmp_path / "rgba.png")
    Image.fromarray(np.stack([GRAY, alpha], -1), mode=None).save(tmp_path / "la.png")
    Image.fromarray(GRAY).convert("P").save(tmp_path / "p.png")
    for name in ("rgba.png", "la.png", "p.png"):
        np.testing.assert_array_equal(whole(open_image(tmp_path / name)), GRAY)


def test_one_bit_pictures_are_black_and_white(tmp_path) -> None:
    Image.fromarray(GRAY > 100).save(tmp_path / "bits.png")
    np.testing.assert_array_equal(whole(open_image(tmp_path / "bits.png")), np.where(GRAY > 100, 255, 0))


def test_color_needs_no_channel_but_says_so(tmp_path) -> None:
    Image.fromarray(COLOR).save(tmp_path / "c.png")
    with pytest.warns(
        UserWarning, match=r"c.png is in color, and its brightness is used; say channel=0 \(red\), 1"
    ):
        source = open_image(tmp_path / "c.png")
    assert as_source(source).shape == (30, 41)  # what has been said once is not said again
    np.testing.assert_array_equal(whole(source), np.rint(COLOR @ [0.2125, 0.7154, 0.0721]))
    np.testing.assert_array_equal(whole(open_image(tmp_path / "c.png", channel=2)), COLOR[..., 2])
    as_channels = open_image(tmp_path / "c.png", axes="cyx")
    assert (as_channels.axes, as_channels.shape) == ("cyx", (3, 30, 41))
    with pytest.raises(InputError, match="channel is 3, but the image has 3 channels"):
        open_image(tmp_path / "c.png", channel=3)


def test_a_gray_picture_has_no_channel(tmp_path) -> None:
    Image.fromarray(GRAY).save(tmp_path / "g.png")
    with pytest.raises(InputError, match=r"channel is 1, but g.png has no channel axis"):
        open_image(tmp_path / "g.png", channel=1)


def test_a_picture_of_200_megapixels_is_opened(tmp_path) -> None:
    """Micrographs are large; what counts is whether the file can hold them, not a bound on size."""
    path = tmp_path / "wide.png"
    Image.new("1", (20_000, 10_000)).save(path)
    assert path.stat().st_size < 100_000
    assert open_image(path).shape == (10_000, 20_000)


def forged(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_png_that_claims_terabytes_is_refused_before_decoding(tmp_path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(forged(2_000_000, 2_000_000))
    with pytest.raises(FileFormatError, match="says that it has 2000000 x 2000000 pixels"):
        open_image(path)


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp"])
@unhurried
@given(data=st.data())
def test_damaged_pictures_give_pixels_or_a_named_error(kind, tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    Image.fromarray(COLOR).save(folder / f"good.{kind}")
    path = folder / f"bad.{kind}"
    path.write_bytes(damaged(data, (folder / f"good.{kind}").read_bytes(), head=300))
    result_or_named_error(lambda: open_image(path, channel=0).read((slice(0, 5), slice(0, 5))))
