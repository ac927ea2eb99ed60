"""Plain Zarr, and OME-Zarr that others wrote."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import zarr
from damage import result_or_named_error, unhurried
from hypothesis import given
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, InputError, UnsupportedFormatError
from specks.io import open_image

PIXELS = np.random.default_rng(0).integers(0, 60000, (3, 4, 20, 24), dtype=np.uint16)


def whole(source) -> np.ndarray:
    return source.read(tuple(slice(0, n) for n in source.shape))


@pytest.mark.parametrize("version", [2, 3])
def test_arrays_and_groups_with_one_array(tmp_path, version) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=PIXELS, zarr_format=version, chunks=(1, 2, 10, 24))
    zarr.open_group(tmp_path / "g.zarr", mode="w", zarr_format=version).create_array("raw", data=PIXELS[0])
    source = open_image(tmp_path / "a.zarr")
    assert (source.axes, source.chunks) == ("tzyx", (1, 2, 10, 24))
    region = (slice(1, 2), slice(0, 4), slice(3, 11), slice(20, 24))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(source)).read(region), PIXELS[region])
    np.testing.assert_array_equal(whole(open_image(tmp_path / "g.zarr")), PIXELS[0])
    np.testing.assert_array_equal(whole(open_image(tmp_path / "g.zarr" / "raw", axes="tyx")), PIXELS[0])


def test_dimension_names_are_axes(tmp_path) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=PIXELS, dimension_names=["time", "channel", "y", "x"])
    assert open_image(tmp_path / "a.zarr").axes == "tcyx"
    zarr.create_array(tmp_path / "b.zarr", data=PIXELS[0], dimension_names=["x", "y", "z"])
    turned = open_image(tmp_path / "b.zarr")
    assert turned.axes == "zyx"
    np.testing.assert_array_equal(whole(turned), PIXELS[0].T)


def test_arrays_named_after_their_spacing(tmp_path) -> None:
    root = zarr.open_group(tmp_path / "s.zarr", mode="w")
    for factor in (2, 1):
        name = f"{10 * factor}-{5 * factor}-{5 * factor}"
        array = root.create_array(f"images/{name}", data=PIXELS[0, ::factor, ::factor, ::factor])
        array.attrs["spacing"] = [10 * factor, 5 * factor, 5 * factor]
    for path, level in (
        (tmp_path / "s.zarr", 0),
        (tmp_path / "s.zarr" / "images", 0),
        (tmp_path / "s.zarr", 1),
    ):
        source = open_image(path, level=level)
        assert source.geometry.spacing == (10 * (level + 1), 5 * (level + 1), 5 * (level + 1))
        assert source.geometry.units == ("nanometer",) * 3
        np.testing.assert_array_equal(whole(source), PIXELS[0, :: level + 1, :: level + 1, :: level + 1])


def ome(folder, version: str) -> None:
    """An image of two levels with a channel axis, as the specification words it."""
    group = zarr.open_group(folder, mode="w", zarr_format=2 if version == "0.4" else 3)
    axes = [
        {"name": "c", "type": "channel"},
        {"name": "z", "type": "space", "unit": "micrometer"},
        {"name": "y", "type": "space", "unit": "nanometer"},
        {"name": "x", "type": "space", "unit": "nanometer"},
    ]
    datasets = []
    for level, step in enumerate((1, 2)):
        pixels = PIXELS[:, :, ::step, ::step]
        if version == "0.4":
            group.create_array(str(level), data=pixels, chunk_key_encoding={"name": "v2", "separator": "/"})
        else:
            group.create_array(str(level), data=pixels, dimension_names=list("czyx"))
        scale = {"type": "scale", "scale": [1.0, 0.25, 4.0 * step, 4.0 * step]}
        datasets.append({"path": str(level), "coordinateTransformations": [scale]})
    outer = [{"type": "scale", "scale": [1.0, 2.0, 1.0, 1.0]}]
    image = {"axes": axes, "datasets": datasets, "coordinateTransformations": outer}
    if version == "0.4":
        group.attrs["multiscales"] = [image | {"version": "0.4"}]
    else:
        group.attrs["ome"] = {"version": version, "multiscales": [image]}


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_levels_sizes_and_channels(tmp_path, version) -> None:
    ome(tmp_path / "i.zarr", version)
    source = open_image(tmp_path / "i.zarr", level=1)
    assert (source.axes, source.geometry.spacing) == ("czyx", (1.0, 0.5, 8.0, 8.0))
    assert source.geometry.units == ("pixel", "micrometer", "nanometer", "nanometer")
    np.testing.assert_array_equal(whole(source), PIXELS[:, :, ::2, ::2])
    np.testing.assert_array_equal(whole(open_image(tmp_path / "i.zarr", channel=2)), PIXELS[2])
    with pytest.raises(InputError, match=r"level is 2, but i.zarr has 2"):
        open_image(tmp_path / "i.zarr", level=2)


def test_a_collection_of_images(tmp_path) -> None:
    group = zarr.open_group(tmp_path / "many.zarr", mode="w")
    group.attrs["ome"] = {"version": "0.5", "bioformats2raw.layout": 3}
    for i in range(2):
        ome(tmp_path / "many.zarr" / str(i), "0.5")
    assert open_image(tmp_path / "many.zarr", series=1).shape == PIXELS.shape
    with pytest.raises(InputError, match=r"series is 2, but many.zarr has 2"):
        open_image(tmp_path / "many.zarr", series=2)


def test_plates_and_unclear_groups_are_refused_in_words(tmp_path) -> None:
    zarr.open_group(tmp_path / "p.zarr", mode="w").attrs["ome"] = {"version": "0.5", "plate": {}}
    with pytest.raises(UnsupportedFormatError, match="plate"):
        open_image(tmp_path / "p.zarr")
    group = zarr.open_group(tmp_path / "two.zarr", mode="w")
    group.create_array("a", data=PIXELS)
    group.create_array("b", data=PIXELS)
    (tmp_path / "two.zarr" / "notes.txt").write_text("not a part of it")
    with pytest.raises(UnsupportedFormatError, match="holds a, b; open one array in it"):
        open_image(tmp_path / "two.zarr")


def test_a_region_reads_its_own_chunks_only(tmp_path) -> None:
    """Every other chunk is damaged, so that touching one would fail."""
    zarr.create_array(
        tmp_path / "a.zarr", data=PIXELS, chunks=(1, 1, 10, 12), compressors=zarr.codecs.ZstdCodec()
    )
    wanted = tmp_path / "a.zarr" / "c" / "1" / "2" / "1" / "0"
    for chunk in (tmp_path / "a.zarr" / "c").rglob("*"):
        if chunk.is_file() and chunk != wanted:
            chunk.write_bytes(b"damaged")
    source = open_image(tmp_path / "a.zarr")
    region = (slice(1, 2), slice(2, 3), slice(10, 20), slice(0, 12))
    np.testing.assert_array_equal(source.read(region), PIXELS[region])
    with pytest.raises(FileFormatError, match=r"a.zarr cannot be read as an image; it may be damaged"):
        whole(source)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@unhurried
@given(data=st.data())
def test_edited_metadata_give_an_image_or_a_named_error(tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("ome") / "e.zarr"
    ome(folder, "0.5")
    document = json.loads((folder / "zarr.json").read_text())
    node = document["attributes"]
    while True:
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        if not keys:
            break
        key = data.draw(st.sampled_from(list(keys)))
        if data.draw(st.integers(0, 3)) == 0 or not isinstance(node[key], dict | list):
            node[key] = data.draw(JUNK)
            break
        node = node[key]
    (folder / "zarr.json").write_text(json.dumps(document))
    result_or_named_error(lambda: corner(open_image(folder)))


def corner(source) -> np.ndarray:
    return source.read(tuple(slice(0, 1) for _ in source.shape))


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_cut_metadata(tmp_path, cut) -> None:
    ome(tmp_path / "e.zarr", "0.5")
    document = (tmp_path / "e.zarr" / "zarr.json").read_bytes()
    (tmp_path / "e.zarr" / "zarr.json").write_bytes(document[:cut])
    with pytest.raises(FileFormatError, match=r"e.zarr"):
        open_image(tmp_path / "e.zarr")
