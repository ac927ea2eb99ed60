"""`measure_instances` against scikit-image, over types, axes and ways to hold a stack."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.instances import as_original, instances, label_image

from specks._core.errors import InputError
from specks.measure import measure_instances, measure_objects

TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "?", ">i2"]


def blobs(shape, seed, kinds=3):
    """Ellipses that overlap, every fourth one empty."""
    rng = np.random.default_rng(seed)
    stack = np.zeros(shape, np.int64)
    grid = np.indices(shape[1:])
    for i in range(shape[0]):
        center, reach = rng.uniform(0, shape[1:]), rng.uniform(1.0, np.maximum(2, np.array(shape[1:]) / 2))
        distance = sum(((g - c) / r) ** 2 for g, c, r in zip(grid, center, reach, strict=True))
        stack[i] = np.where(distance <= 1, rng.integers(1, kinds + 1), 0) if i % 4 else 0
    return stack


@st.composite
def stacks(draw):
    ndim = draw(st.sampled_from([2, 3]))
    shape = (draw(st.integers(2, 7)), *(draw(st.integers(1, 5)) for _ in range(ndim - 2)))
    shape += (draw(st.integers(1, 24)), draw(st.integers(1, 40)))
    stack = blobs(shape, draw(st.integers(0, 2**32 - 1)))
    return stack.astype(draw(st.sampled_from(TYPES)))


def same(ours, theirs):
    pd.testing.assert_frame_equal(
        ours[theirs.columns], theirs, check_dtype=False, check_exact=False, rtol=1e-9, atol=1e-6
    )


@settings(max_examples=60, deadline=None)
@given(stacks(), st.integers(0, 9), st.booleans())
def test_every_instance_is_measured_by_itself(stack, edge_buffer, lazy):
    native = stack.astype(np.int64)
    full = [i + 1 for i, instance in enumerate(native) if instance.any()]
    given_stack = da.from_array(stack, (1, *stack.shape[1:])) if lazy else stack
    out = np.full(stack.shape[1:], 7, np.int32)
    if len(full) < len(stack):
        with pytest.warns(UserWarning, match="have no pixel and no row"):
            table = measure_instances(given_stack, edge_buffer=edge_buffer, out=out, columns="all")
    else:
        table = measure_instances(given_stack, edge_buffer=edge_buffer, out=out, columns="all")
    assert table["label"].tolist() == full
    np.testing.assert_array_equal(out, label_image(native))
    if full:
        theirs = instances(native, None, edge_buffer)
        names = ["label", "y", "x", "equivalent_diameter", "touches_side", "class", "axis_major_length"]
        names += ["bbox-0", "bbox-1", "area"] if stack.ndim == 3 else ["z", "bbox-2", "volume"]
        names += ["perimeter"] if stack.ndim == 3 else []
        same(table, theirs[names])


@pytest.mark.parametrize("dtype", ["?", "i2", "i8"])
def test_no_pixel_of_a_large_instance_is_passed_over(dtype):
    rng = np.random.default_rng(3)
    stack = np.zeros((5, 203, 400), dtype)  # several pages of memory each, and a part of one
    for count, instance in zip((1, 3, 40, 4000), stack, strict=False):
        instance.flat[rng.choice(instance.size, count, replace=False)] = 1
    stack[4].flat[[0, -1]] = 1
    table = measure_instances(stack)
    assert table["area"].tolist() == stack.sum(axis=(1, 2)).tolist()
    for label, y, x in table[["label", "y", "x"]].itertuples(index=False):
        assert (y, x) == pytest.approx(tuple(np.argwhere(stack[label - 1]).mean(axis=0)))


def test_intensity_is_that_of_all_of_its_pixels():
    stack = blobs((6, 30, 41), 2)
    light = np.random.default_rng(0).normal(5, 1, stack.shape[1:])
    with pytest.warns(UserWarning, match="instances 1, 5 of frame 3 have no pixel and no row"):
        table = measure_instances(stack, light, columns="all", frame=3)
    theirs = instances(stack, light)
    same(table, theirs[["intensity_mean", "intensity_min", "intensity_max", "intensity_std", "perimeter"]])
    assert set(table["frame"]) == {3}


def test_overlap_takes_nothing_and_moves_no_number():
    """The original makes one image of all objects first: later ones cut into earlier ones, or hide them."""
    stack = np.zeros((3, 60, 60), np.uint8)
    stack[0, 20:26, 20:26] = 3
    stack[1, 18:30, 18:30] = 1  # hides the first
    stack[2, 18:30, 24:40] = 2  # cuts into the second
    theirs = as_original(stack)
    assert (len(theirs["type"]), len(theirs["radii"])) == (3, 2)
    table = measure_instances(stack)
    assert table["area"].tolist() == [36, 144, 192]
    assert table["class"].tolist() == [3, 1, 2]
    assert table[["y", "x"]].values.tolist() == [[22.5, 22.5], [23.5, 23.5], [23.5, 31.5]]


def test_apart_from_each_other_they_are_what_the_original_measures():
    stack = np.zeros((4, 80, 90), np.int16)
    for i, (y, x, size) in enumerate([(0, 30, 9), (30, 9, 5), (45, 60, 14), (71, 72, 4)]):
        stack[i, y : y + size, x : x + size] = i % 2 + 1
    theirs, ours = as_original(stack), measure_instances(stack)
    np.testing.assert_allclose(ours["radius"], theirs["radii"])
    np.testing.assert_allclose(ours[["x", "y"]], theirs["positions"])
    assert ours["touches_side"].tolist() == theirs["touches_side"] == [True, False, False, True]
    assert ours["class"].tolist() == theirs["type"]
    plain = measure_objects(label_image(stack))
    pd.testing.assert_frame_equal(ours[plain.columns], plain)


@pytest.mark.parametrize("dtype", ["u1", "i4", "u8"])
def test_the_label_image_goes_into_any_whole_numbers(dtype):
    stack = blobs((5, 20, 30), 4)[1:4]
    out = np.full((30, 20), 9, dtype).T
    measure_instances(stack, out=out)
    np.testing.assert_array_equal(out, label_image(stack))


def test_no_instances_are_an_empty_table_of_the_same_types():
    full = measure_instances(
        np.ones((1, 9, 9), np.uint8), np.zeros((9, 9)), columns="all", spacing=2, units="nm"
    )
    out = np.ones((9, 9), np.int32)
    none = measure_instances(
        np.zeros((0, 9, 9), np.uint8), np.zeros((9, 9)), columns="all", spacing=2, units="nm", out=out
    )
    assert len(none) == 0
    pd.testing.assert_series_equal(none.dtypes, full.dtypes)
    assert not out.any()


def test_lengths_in_physical_units():
    stack = np.zeros((1, 5, 30, 30), np.uint8)
    stack[0, 1:4, 10:20, 12:16] = 1
    table = measure_instances(stack, spacing=(50, 10, 10), units="nm")
    assert table["volume_nm3"].tolist() == [120 * 5000]
    assert table["z"].tolist() == [2]


class Watched:
    """A lazy stack that counts what is read of it."""

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.pixels = array, array.shape, array.dtype, 0

    def __getitem__(self, region):
        block = self.array[region]
        self.pixels += block.size
        return block


def test_a_lazy_stack_is_read_once_and_never_whole(monkeypatch):
    monkeypatch.setattr("specks.measure.instances._PIECE_PIXELS", 2000)
    stack = blobs((9, 30, 40), 5)[[1, 2, 3, 5, 6, 7]]
    watched = Watched(stack)
    pd.testing.assert_frame_equal(measure_instances(watched), measure_instances(stack))
    assert watched.pixels == stack.size


@pytest.mark.parametrize(
    ("stack", "options", "message"),
    [
        (np.zeros((2, 4, 4)), {}, "instances has the type float64; expected whole numbers"),
        (np.zeros((4, 4), int), {}, r"instances has the shape \(4, 4\); expected \(n, y, x\)"),
        (np.zeros((2, 0, 4), int), {}, r"instances has the shape \(2, 0, 4\)"),
        (np.full((2, 4, 4), -3), {}, "instance 1 holds -3; classes must be 0 or more"),
        (np.ones((2, 4, 4), int), {"image": np.zeros((4, 5))}, r"image has the shape \(4, 5\)"),
        (np.ones((2, 4, 4), int), {"edge_buffer": -1}, "edge_buffer is -1"),
        (np.ones((2, 4, 4), int), {"columns": ["aera"]}, "did you mean 'area'"),
        (np.ones((2, 4, 4), int), {"out": np.zeros((4, 5), int)}, r"out is int64 of the shape \(4, 5\)"),
        (np.ones((2, 4, 4), int), {"out": np.zeros((4, 4))}, "out is float64"),
    ],
)
def test_faults_are_named(stack, options, message):
    with pytest.raises(InputError, match=message):
        measure_instances(stack, **options)
