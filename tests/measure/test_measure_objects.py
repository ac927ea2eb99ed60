"""`measure_objects` against scikit-image, over types, axes, chunks and executors."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.objects import regions, touches_side

import specks
from specks._core.axes import Geometry
from specks._core.errors import InputError
from specks._core.source import Source, array_source
from specks.measure._sums import ObjectSums, merge


def blobs(shape, seed, density=0.05, most=9):
    """Labels with gaps in their numbers, objects of several parts, and neighbors that touch."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(shape) < density, rng.integers(1, most, shape) * 3, 0)
    for axis in (-1, -2):
        labels = np.where(labels == 0, np.roll(labels, 1, axis), labels)
    return labels


def assert_same(ours, theirs):
    """Equal where names are equal; the long axis of what is round has no direction."""
    roots = [c for c in ("axis_major_length", "axis_minor_length", "eccentricity") if c in theirs]
    shared = theirs.columns.difference([*roots, "orientation"])
    assert set(theirs.columns) <= set(ours.columns)
    np.testing.assert_allclose(ours[shared], theirs[shared], rtol=1e-9, atol=1e-9)
    # Near 0 these are roots of rounding errors, theirs as well as ours.
    np.testing.assert_allclose(ours[roots], theirs[roots], rtol=1e-9, atol=1e-6)
    if "orientation" in theirs:
        long = theirs["eccentricity"] > 1e-3
        turned = np.sin(ours["orientation"] - theirs["orientation"])[long]
        np.testing.assert_allclose(turned, 0, atol=1e-7)


@st.composite
def images(draw):
    axes = draw(st.sampled_from(["yx", "zyx", "tyx", "tzyx"]))
    shape = (
        *(draw(st.integers(1, 4)) for _ in axes[:-2]),
        draw(st.integers(1, 20)),
        draw(st.integers(1, 25)),
    )
    labels = blobs(shape, draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([0, 0.01, 0.1, 0.6])))
    dtype = draw(st.sampled_from(["u1", "i1", "u2", "i4", "u4", "i8", "u8", ">i4"]))
    return axes, labels.astype(dtype)


@settings(max_examples=80, deadline=None)
@given(images(), st.integers(0, 12), st.data())
def test_columns_are_those_of_scikit_image(drawn, edge_buffer, data):
    axes, labels = drawn
    light = np.random.default_rng(labels.size).normal(1e6, 1.0, labels.shape)
    chunks = tuple(data.draw(st.integers((n + 2) // 3, n)) for n in labels.shape)
    given_labels = data.draw(st.sampled_from([labels, da.from_array(labels, chunks)]))
    ours = specks.measure_objects(given_labels, light, axes=axes, columns="all", edge_buffer=edge_buffer)
    native = labels.astype(labels.dtype.newbyteorder("="))
    if not native.any():
        assert ours.empty
        return
    assert_same(ours, regions(native.astype(np.int64), axes, light))
    assert ours["touches_side"].tolist() == touches_side(native, axes, edge_buffer)
    np.testing.assert_array_equal(ours["radius"] * 2, ours["equivalent_diameter"])


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f2", "f4", "f8", "bool"])
def test_images_of_every_type(dtype):
    labels = blobs((30, 40), 3)
    light = (np.random.default_rng(0).random(labels.shape) * 200).astype(dtype)
    ours = specks.measure_objects(labels, light, columns="all")
    assert_same(ours, regions(labels, "yx", light.astype(float)))


def test_small_differences_between_large_numbers_are_kept():
    labels = np.repeat([[1, 2]], 50, axis=0).repeat(50, axis=1)
    light = np.random.default_rng(1).normal(1e9, 1e-2, labels.shape)
    lazy = da.from_array(labels, (7, 100))
    std = specks.measure_objects(lazy, light, columns=["intensity_std"])["intensity_std"]
    np.testing.assert_allclose(std, [light[:, :50].std(), light[:, 50:].std()], rtol=1e-4)


def test_nan_is_left_out_of_the_intensity():
    labels = blobs((30, 40), 4)
    light = np.random.default_rng(2).random(labels.shape)
    light[::3] = np.nan
    lost = labels == labels.max()
    light[lost] = np.nan
    ours = specks.measure_objects(da.from_array(labels, (5, 40)), light, columns="all").set_index("label")
    for label in np.unique(labels[labels > 0]):
        values = light[labels == label]
        values = values[~np.isnan(values)]
        row = ours.loc[label]
        if values.size == 0:
            assert row[["intensity_mean", "intensity_min", "intensity_max", "intensity_std"]].isna().all()
            assert row["intensity_sum"] == 0
            continue
        np.testing.assert_allclose(row["intensity_mean"], values.mean(), rtol=1e-12)
        np.testing.assert_allclose(row["intensity_std"], values.std(), rtol=1e-9)
        assert (row["intensity_min"], row["intensity_max"]) == (values.min(), values.max())
    np.testing.assert_array_equal(ours["area"], np.unique(labels[labels > 0], return_counts=True)[1])


def test_huge_labels_cost_no_memory():
    labels = np.zeros((20, 20), np.int64)
    labels[:3, :3], labels[10:, 10:] = 2**62, 2**40
    table = specks.measure_objects(labels)
    assert table["label"].tolist() == [2**40, 2**62]
    assert table["area"].tolist() == [100, 9]


def test_many_labels_in_one_block():
    labels = np.arange(1, 300 * 300 + 1).reshape(300, 300)[::-1]
    table = specks.measure_objects(labels)
    np.testing.assert_array_equal(table["label"], np.arange(1, 90001))
    np.testing.assert_array_equal(table["area"], 1)
    np.testing.assert_array_equal(table["y"], 299 - (table["label"] - 1) // 300)


def test_sizes_and_lengths_in_physical_units():
    labels = np.zeros((5, 30, 30), np.uint8)
    labels[1:4, 10:20, 12:16] = 1
    table = specks.measure_objects(labels, spacing=(50, 10, 10), units="nm", columns="all")
    assert table["volume_nm3"].tolist() == [120 * 5000]
    np.testing.assert_allclose(table["equivalent_diameter_nm"], (6 * 120 * 5000 / np.pi) ** (1 / 3))
    np.testing.assert_allclose(table["radius_nm"] * 2, table["equivalent_diameter_nm"])
    assert table["z"].tolist() == [2]
    theirs = regions_with_spacing(labels, (50, 10, 10))
    np.testing.assert_allclose(table["axis_major_length_nm"], theirs["axis_major_length"])
    np.testing.assert_allclose(table["axis_minor_length_nm"], theirs["axis_minor_length"])


def regions_with_spacing(labels, spacing):
    from skimage.measure import regionprops_table

    names = ("axis_major_length", "axis_minor_length")
    return regionprops_table(labels, properties=names, spacing=spacing)


def test_names_of_physical_columns():
    labels = blobs((20, 20), 1)
    names = specks.measure_objects(labels, spacing=0.5, units="micrometer").columns.tolist()
    assert names == [
        "frame", "label", "y", "x", "area", "area_um2", "equivalent_diameter", "equivalent_diameter_um",
        "radius", "radius_um", "touches_side",
    ]  # fmt: skip
    assert "area_physical" in specks.measure_objects(labels, spacing=0.5)
    assert specks.measure_objects(labels, spacing=1).columns.tolist() == [n for n in names if "um" not in n]
    square = specks.measure_objects(labels, spacing=2, units="nm", columns="all")
    np.testing.assert_allclose(square["perimeter_nm"], 2 * square["perimeter"])
    assert "perimeter_nm" not in specks.measure_objects(labels, spacing=(2, 3), units="nm", columns="all")


def test_one_unit_is_needed():
    mixed = array_source(np.ones((4, 4), int)).with_geometry(Geometry.of("yx", units=("um", "nm")))
    with pytest.raises(InputError, match="units along yx are micrometer, nanometer; give one unit for all"):
        specks.measure_objects(mixed)
    assert "area_nm2" in specks.measure_objects(mixed, units="nm")


def test_a_list_gives_those_columns():
    labels = blobs((20, 20), 1)
    table = specks.measure_objects(labels, columns=["perimeter", "label", "area"])
    assert table.columns.tolist() == ["frame", "label", "y", "x", "perimeter", "area"]


@pytest.mark.parametrize("axes", ["yx", "zyx", "tzyx"])
def test_nothing_found_is_an_empty_table_of_the_same_types(axes):
    labels = np.zeros((3,) * len(axes), np.int32)
    light = np.zeros(labels.shape)
    empty = specks.measure_objects(labels, light, axes=axes, columns="all", spacing=2, units="um")
    labels[..., 1] = 1
    full = specks.measure_objects(labels, light, axes=axes, columns="all", spacing=2, units="um")
    assert len(empty) == 0
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes)
    assert full["touches_side"].dtype == bool
    assert full["frame"].dtype == full["label"].dtype == np.int64


class Watched(Source):
    """Counts what was read and refuses to be read whole."""

    def __init__(self, array):
        self.array, self.pixels = array, 0
        self.shape, self.dtype = array.shape, array.dtype
        self.geometry = array_source(array).geometry
        self.chunks = (4, 16, array.shape[-1])

    def read(self, region):
        block = self.array[region]
        assert block.size < self.array.size
        self.pixels += block.size
        return block

    def with_geometry(self, geometry):
        self.geometry = geometry
        return self


def test_a_source_is_read_once_and_never_whole(monkeypatch):
    monkeypatch.setattr("specks.measure._regions.PIECE_PIXELS", 1)
    labels = blobs((12, 64, 50), 7)
    source, light = Watched(labels), Watched(labels.astype(np.uint8))
    table = specks.measure_objects(source, light)
    assert source.pixels == light.pixels == labels.size
    pd.testing.assert_frame_equal(table, specks.measure_objects(labels, labels))


def test_parts_are_put_together_on_the_way(monkeypatch):
    labels = da.from_array(blobs((6, 40, 50), 8, most=60), (1, 5, 50))
    expected = specks.measure_objects(labels, columns="all")
    monkeypatch.setattr("specks.measure._objects.MERGE_ROWS", 3)
    monkeypatch.setattr("specks.measure._regions.PIECE_PIXELS", 1)
    pd.testing.assert_frame_equal(specks.measure_objects(labels, columns="all"), expected)


def test_putting_parts_together_takes_little_more_than_the_parts():
    """With a hundred thousand objects copies of all sums at once would be most of the memory held."""
    parts = [ObjectSums.zeros(0, np.arange(50000)) for _ in range(2)]
    held = sum(getattr(part, f.name).nbytes for part in parts for f in fields(part))
    tracemalloc.start()
    try:
        merged = merge(parts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(merged.label, np.arange(50000))
    assert peak < 1.6 * held


def test_every_executor_gives_the_same_bits(tmp_path):
    labels = blobs((3, 6, 40, 50), 9)
    stored = zarr.create_array(tmp_path / "l.zarr", data=labels, chunks=(1, 3, 20, 50))
    light = zarr.create_array(
        tmp_path / "i.zarr", data=np.random.default_rng(0).random(labels.shape), chunks=(1, 3, 20, 50)
    )
    expected = specks.measure_objects(stored, light, columns="all")
    assert expected["frame"].unique().tolist() == [0, 1, 2]
    with ProcessPoolExecutor(1) as executor:
        table = specks.measure_objects(stored, light, columns="all", executor=executor)
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (np.zeros((4, 4)), {}, "labels has the type float64; expected whole numbers"),
        (np.zeros((4, 4), bool), {}, "labels is a mask .bool.; number its objects first"),
        (np.full((4, 4), -3), {}, "labels holds -3; labels must be 0 or more"),
        (np.full((4, 4), 2**64 - 1, np.uint64), {}, r"labels holds numbers above 2\*\*63 - 1"),
        (
            np.ones((4, 4), int),
            {"image": np.zeros((4, 5))},
            r"image has the shape \(4, 5\); expected .*\(4, 4\)",
        ),
        (np.ones((4, 4), int), {"image": np.zeros((4, 4), complex)}, "image has the type complex128"),
        (
            np.ones((4, 4), int),
            {"columns": ["aera"]},
            "columns has 'aera', which is not known; did you mean 'area'",
        ),
        (
            np.ones((4, 4), int),
            {"columns": ["intensity_mean"]},
            "columns has 'intensity_mean', which needs image=",
        ),
        (np.ones((4, 4), int), {"columns": ["area_um2"]}, "columns has 'area_um2', which is not known"),
        (np.ones((2, 4, 4), int), {"columns": ["area"]}, "columns has 'area', which is not known"),
        (np.ones((4, 4), int), {"columns": "bsic"}, "columns is 'bsic'"),
        (np.ones((4, 4), int), {"edge_buffer": -1}, "edge_buffer is -1"),
        (np.ones((4, 4), int), {"spacing": (1, 2, 3)}, "spacing has 3 values"),
        (np.ones((2, 4, 4), int), {"axes": "cyx"}, 'labels has a channel axis ."cyx".'),
        (np.ones(4, int), {}, r"labels has the shape \(4,\)"),
        (np.ones((0, 4), int), {}, "empty"),
    ],
)
def test_faults_are_named(labels, options, message):
    with pytest.raises(InputError, match=message):
        specks.measure_objects(labels, **options)
