"""TIFF, OME-TIFF and ImageJ TIFF: pixels, axes, sizes, and files that lie."""

from __future__ import annotations

import pickle
import struct

import numpy as np
import pytest
import tifffile
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, InputError
from specks.io import open_image

STACK = np.random.default_rng(0).integers(0, 60000, (2, 3, 4, 40, 48), dtype=np.uint16)  # t z c y x
REGION = (slice(1, 2), slice(1, 3), slice(0, 3), slice(5, 17), slice(30, 48))


def whole(source) -> np.ndarray:
    return source.read(tuple(slice(0, n) for n in source.shape))


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_imagej_hyperstacks_come_in_our_order(tmp_path, compression, tile, order) -> None:
    path = tmp_path / "stack.tif"
    imagej = compression is None and tile is None
    facts = {"axes": "TZCYX", "spacing": 0.5, "unit": "um", "finterval": 2.5}
    tifffile.imwrite(
        path, STACK, imagej=imagej, ome=not imagej, compression=compression, tile=tile, byteorder=order,
        metadata=facts if imagej else {"axes": "TZCYX"}, resolution=(4, 5),
    )  # fmt: skip
    source = open_image(path)
    ours = STACK.transpose(0, 2, 1, 3, 4)
    assert (source.axes, source.shape, source.dtype) == ("tczyx", ours.shape, np.dtype("uint16"))
    np.testing.assert_array_equal(source.read(REGION), ours[REGION])
    assert source.read(REGION).dtype.isnative
    if imagej:
        assert source.geometry.spacing == (2.5, 1.0, 0.5, 0.2, 0.25)
        assert source.geometry.units == ("second", "pixel", "micrometer", "micrometer", "micrometer")
    twin = pickle.loads(pickle.dumps(source))
    np.testing.assert_array_equal(twin.read(REGION), ours[REGION])
    np.testing.assert_array_equal(
        open_image(path, channel=-1).read(REGION[:1] + REGION[2:]),
        ours[REGION[0], 3, REGION[2], REGION[3], REGION[4]],
    )


def test_ome_sizes(tmp_path) -> None:
    path = tmp_path / "a.ome.tif"
    facts = {"axes": "ZYX", "PhysicalSizeX": 3.5, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 3.6,
             "PhysicalSizeYUnit": "nm", "PhysicalSizeZ": 0.05, "PhysicalSizeZUnit": "µm"}  # fmt: skip
    tifffile.imwrite(path, STACK[0, :, 0], ome=True, metadata=facts)
    geometry = open_image(path).geometry
    assert geometry.spacing == (0.05, 3.6, 3.5)
    assert geometry.units == ("micrometer", "nanometer", "nanometer")


@pytest.mark.parametrize(
    ("unit", "per_unit", "spacing", "name"),
    [
        ("CENTIMETER", 1e6, 0.01, "micrometer"),
        ("INCH", 72, 1.0, "pixel"),
        ("CENTIMETER", 118, 1.0, "pixel"),
        ("NONE", 1e6, 1.0, "pixel"),
    ],
)
def test_resolution_tags_count_when_no_printer_could_have_meant_them(
    tmp_path, unit, per_unit, spacing, name
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, STACK[0, 0, 0], resolution=(per_unit, per_unit), resolutionunit=unit, metadata=None
    )
    geometry = open_image(path).geometry
    assert geometry.spacing == pytest.approx((spacing, spacing))
    assert geometry.length_unit == name


@pytest.mark.parametrize(
    ("tag", "text", "spacing"),
    [
        (34682, "[Scan]\r\nPixelWidth=4.2e-009\r\nPixelHeight=4.5e-009\r\n", (4.5, 4.2)),
        (34118, "\r\n0\r\n0\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 7.5 nm\r\n", (7.5, 7.5)),
    ],
)
def test_notes_of_electron_microscopes(tmp_path, tag, text, spacing) -> None:
    path = tmp_path / "sem.tif"
    note = [(tag, 2, 0, text, True)]
    tifffile.imwrite(
        path, STACK[0, 0, 0], extratags=note, metadata=None, resolution=(72, 72), resolutionunit="INCH"
    )
    geometry = open_image(path).geometry
    assert geometry.spacing == pytest.approx(spacing)
    assert geometry.length_unit == "nanometer"


def test_levels_and_series(tmp_path) -> None:
    path = tmp_path / "pyramid.ome.tif"
    image = STACK[0, 0, 0]
    with tifffile.TiffWriter(path, ome=True) as tiff:
        tiff.write(
            image,
            subifds=1,
            metadata={
                "axes": "YX",
                "PhysicalSizeX": 2.0,
                "PhysicalSizeXUnit": "nm",
                "PhysicalSizeY": 2.0,
                "PhysicalSizeYUnit": "nm",
            },
        )
        tiff.write(image[::2, ::2], subfiletype=1)
        tiff.write(image + 1, metadata={"axes": "YX"})
    coarse = open_image(path, level=1)
    np.testing.assert_array_equal(whole(coarse), image[::2, ::2])
    assert coarse.geometry.spacing == (4.0, 4.0)
    np.testing.assert_array_equal(whole(open_image(path, series=1)), image + 1)
    with pytest.raises(InputError, match=r"level is 2, but pyramid.ome.tif has 2 \(0 to 1\)"):
        open_image(path, level=2)
    with pytest.raises(InputError, match="series is 5"):
        open_image(path, series=5)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_color_is_read_as_brightness(tmp_path, planar) -> None:
    path = tmp_path / "c.tif"
    color = np.random.default_rng(1).integers(0, 255, (30, 31, 3), dtype=np.uint8)
    stored = color if planar == "contig" else np.moveaxis(color, -1, 0)
    tifffile.imwrite(path, stored, photometric="rgb", planarconfig=planar)
    with pytest.warns(UserWarning, match=r"c.tif is in color"):
        source = open_image(path)
    np.testing.assert_array_equal(whole(source), np.rint(color @ [0.2125, 0.7154, 0.0721]).astype(np.uint8))
    np.testing.assert_array_equal(whole(open_image(path, channel=1)), color[..., 1])


def test_gray_stored_as_color_is_gray(tmp_path) -> None:
    gray = np.arange(256, dtype=np.uint8).repeat(4).reshape(32, 32)
    tifffile.imwrite(tmp_path / "g.tif", np.stack([gray] * 3, -1), photometric="rgb")
    np.testing.assert_array_equal(whole(open_image(tmp_path / "g.tif")), gray)


def test_a_region_of_a_big_file_is_read_alone(tmp_path) -> None:
    """A file of 2 GiB that is a hole on the disk: a region costs its own pages."""
    path = tmp_path / "big.tif"
    tifffile.imwrite(path, shape=(64, 4096, 8192), dtype=np.uint8, contiguous=True, bigtiff=True)
    source = open_image(path)
    assert source.shape == (64, 4096, 8192)
    region = (slice(60, 61), slice(4000, 4010), slice(8000, 8100))
    assert source.read(region).sum() == 0
    assert source.read(region).nbytes == 1000


def test_compressed_segments_are_read_alone(tmp_path, monkeypatch) -> None:
    path = tmp_path / "tiled.tif"
    pixels = np.random.default_rng(2).integers(0, 255, (4, 2048, 2048), dtype=np.uint8)
    tifffile.imwrite(path, pixels, tile=(256, 256), compression="zlib", photometric="minisblack")
    source = open_image(path)
    counted = []
    original = tifffile.FileHandle.read_segments

    def count(self, offsets, bytecounts, *args, **kwargs):
        counted.append(sum(bytecounts))
        return original(self, offsets, bytecounts, *args, **kwargs)

    monkeypatch.setattr(tifffile.FileHandle, "read_segments", count)
    np.testing.assert_array_equal(
        source.read((slice(2, 3), slice(0, 200), slice(300, 500))), pixels[2:3, 0:200, 300:500]
    )
    assert sum(counted) <= 4 * 2048 * 2048 / 4 * 1.1


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("tiff")
    stack = STACK[0, :, 0]
    tifffile.imwrite(folder / "imagej.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    tifffile.imwrite(folder / "zlib.tif", stack, compression="zlib", rowsperstrip=7, photometric="minisblack")
    tifffile.imwrite(folder / "tiles.ome.tif", stack, tile=(16, 16), ome=True, metadata={"axes": "ZYX"})
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@unhurried
@given(data=st.data())
def test_damaged_files_give_pixels_or_a_named_error(files, tmp_path_factory, data) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(damaged(data, files[name], head=900))
    result_or_named_error(lambda: corner(open_image(path)))


def corner(source) -> np.ndarray:
    return source.read(tuple(slice(0, min(n, 8)) for n in source.shape))


def test_a_header_that_claims_terabytes_is_refused(tmp_path) -> None:
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8), metadata=None)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        for name in ("ImageWidth", "ImageLength"):
            tag = tiff.pages[0].tags[name]
            content[tag.offset + 2 : tag.offset + 12] = struct.pack("<HII", 4, 1, 4_000_000)
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"huge.tif"):
        open_image(path)
