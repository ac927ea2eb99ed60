"""Images without the drift: by which way, how far, how smoothly, what at the borders, and how lazily."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import tifffile
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi
from statements.drift_apply import corrected_frame

from specks import Drift, correct_images, correct_positions, estimate_drift
from specks._core.errors import InputError, StoreError
from specks._core.progress import drain
from specks._core.source import Source, array_source
from specks.drift.corrected import CorrectedImages
from specks.io import as_source, open_image, open_result, write_result
from specks.synth import drifting_series


def drift_of(shifts: Any, ok: Any = None) -> Drift:
    shifts = np.array(shifts, float)
    axes = "zyx"[-shifts.shape[1] :]
    columns = dict(zip(axes, shifts.T, strict=True)) | {f"{a}_std": 0.1 for a in axes}
    columns |= {"ok": np.ones(len(shifts), bool) if ok is None else np.array(ok), "reason": ""}
    return Drift(pd.DataFrame(columns, index=pd.RangeIndex(len(shifts), name="frame")), axes)


def gray(*shape: int, dtype: str = "float32", seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 200, shape)
    return values.astype(dtype)


SHIFTS = drift_of([[0, 0], [1.25, -2.5], [-3, 4], [0.5, 30]])


def test_content_goes_back_to_where_it_was_on_a_frame_that_is_not_square() -> None:
    """A.6: the original doubled the drift, and swapped the axes of such frames."""
    images = np.zeros((2, 40, 64), np.float32)
    images[0, 10:14, 20:26] = images[1, 16:20, 30:36] = 1
    drift = estimate_drift(images)
    assert np.allclose(drift.shifts[1], [6, 10], atol=0.2)
    still = correct_images(images, drift)
    assert np.corrcoef(still[1].ravel(), images[0].ravel())[0, 1] > 0.95
    assert np.corrcoef(images[1].ravel(), images[0].ravel())[0, 1] < 0.1


def test_corrected_frames_are_like_the_first() -> None:
    made = drifting_series("easy_int", frames=8, shape=(96, 128))
    drift = estimate_drift(made.images)
    still = correct_images(made.images, drift, "crop")

    def likeness(stack: np.ndarray) -> float:
        return float(np.mean([np.corrcoef(stack[0].ravel(), frame.ravel())[0, 1] for frame in stack[1:]]))

    assert likeness(still) > 0.8 > 0.4 > likeness(made.images)


def test_positions_and_images_agree() -> None:
    y, x = np.mgrid[:50, :60]
    spots = [(20.0, 30.0), (21.75, 26.5), (15.0, 33.25)]
    images = np.stack([np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 18) for cy, cx in spots])
    shifts = np.array(spots) - spots[0]
    drift = drift_of(shifts)
    table = pd.DataFrame({"frame": range(3), "y": [p[0] for p in spots], "x": [p[1] for p in spots]})
    where = correct_positions(table, drift)[["y_corrected", "x_corrected"]].to_numpy()
    np.testing.assert_allclose(where, [spots[0]] * 3)
    for order in (1, 3):
        for frame in correct_images(images, drift, order=order):
            np.testing.assert_allclose(ndi.center_of_mass(frame), spots[0], atol=0.02)


DTYPES = ["uint8", "uint16", "int16", "float32", "float64", "int32", "float16"]


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_every_pixel_is_what_the_statement_says(data: Any) -> None:
    ndim = data.draw(st.integers(2, 3), "axes")
    shape = tuple(data.draw(st.integers(1, 7), f"length {i}") for i in range(ndim))
    dtype = data.draw(st.sampled_from(DTYPES))
    frame = gray(*shape, dtype=dtype, seed=data.draw(st.integers(0, 99)))
    if frame.dtype.kind == "f" and data.draw(st.booleans(), "holes"):
        holes = gray(*shape, seed=1) < data.draw(st.integers(0, 200))
        frame[holes] = data.draw(st.sampled_from([np.nan, np.inf]))
    eighths = st.integers(-80, 80).map(lambda k: k / 8)  # of which sums are exact
    shift = data.draw(st.tuples(*[eighths | st.floats(-9, 9)] * ndim), "shift")
    order = data.draw(st.sampled_from([0, 1, 3]), "order")
    border = data.draw(st.sampled_from(["keep", "expand"]), "border")
    images = np.stack([frame, frame])
    drift = drift_of([[0.0] * ndim, shift])
    lazy = correct_images(array_source(images, "tzyx"[0] + "zyx"[-ndim:]), drift, border, order)
    expected = corrected_frame(frame, shift, lazy.order, 0, lazy.origin, lazy.shape[1:])
    found = lazy[1]
    assert found.dtype == frame.dtype
    if frame.dtype.kind == "f":
        tolerance = {"float16": 1e-3, "float32": 1e-5, "float64": 1e-10}[dtype]
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=200 * tolerance)
    else:
        assert np.abs(found.astype(float) - expected).max() <= (
            0 if all(s * 8 == int(s * 8) for s in shift) and order < 3 else 1
        )
    part = tuple(
        slice(*sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))) for n in found.shape
    )
    np.testing.assert_array_equal(lazy[(1, *part)], found[part])


@pytest.mark.parametrize("nothing", [-1.5e-89, 1e-30, -1e-12, 1e-12])
@pytest.mark.parametrize("order", [1, 3])
def test_next_to_no_shift_is_none_beside_a_hole(order: int, nothing: float) -> None:
    frame = gray(6, 7)
    frame[2:4, 3] = np.inf
    images = np.stack([frame] * 2)
    still = [correct_images(images, drift_of([[0, 0], [0.125, s]]), "keep", order) for s in (0.0, nothing)]
    np.testing.assert_array_equal(*still)


def test_linear_interpolation_is_that_of_scipy() -> None:
    frame, shift = gray(40, 50), (2.3, -4.6)
    still = correct_images(np.stack([frame, frame]), drift_of([[0, 0], shift]))[1]
    theirs = ndi.shift(frame, [-s for s in shift], order=1)
    np.testing.assert_allclose(still[3:-6, 6:-6], theirs[3:-6, 6:-6], rtol=1e-4, atol=1e-3)


def test_cubic_interpolation_keeps_parabolas() -> None:
    y, x = np.mgrid[:30, :40].astype(float)
    parabola = 0.3 * y**2 - 0.2 * x * y + x**2 + 5
    still = correct_images(np.stack([parabola] * 2), drift_of([[0, 0], [1.3, -2.6]]), order=3)[1]
    moved = 0.3 * (y + 1.3) ** 2 - 0.2 * (x - 2.6) * (y + 1.3) + (x - 2.6) ** 2 + 5
    np.testing.assert_allclose(still[4:-4, 5:-5], moved[4:-4, 5:-5], rtol=1e-10)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_pixels_that_are_not_finite_stay_where_they_are(order: Any) -> None:
    frame = gray(30, 30)
    holed = frame.copy()
    holed[10, 12], holed[20, 5] = np.nan, np.inf
    drift = drift_of([[0, 0], [0.4, 0.3]])
    whole = correct_images(np.stack([frame] * 2), drift, order=order)[1]
    still = correct_images(np.stack([holed] * 2), drift, order=order)[1]
    assert np.argwhere(~np.isfinite(still)).tolist() == [[10, 12], [20, 5]]
    far = np.ones((30, 30), bool)
    far[8:14, 10:15] = far[18:24, 3:8] = False
    np.testing.assert_array_equal(still[far], whole[far])


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
                                   "float16", "float32", "float64", ">u2", ">f4"])  # fmt: skip
@pytest.mark.parametrize("order", [0, 1, 3])
def test_types_are_kept_and_nothing_runs_over(dtype: str, order: Any) -> None:
    kind = np.dtype(dtype)
    lowest, highest = (np.iinfo(kind).min, np.iinfo(kind).max) if kind.kind in "iu" else (0, 1)
    levels = np.array([lowest, highest, highest - highest // 4], kind if kind.kind != "b" else np.uint8)
    images = levels[np.random.default_rng(0).integers(0, 3, (4, 20, 40))].astype(kind)
    still = correct_images(images, SHIFTS, order=order)
    assert still.dtype == kind.newbyteorder("=")
    used = 0 if kind.kind == "b" else order
    for frame, shift, found in zip(images, SHIFTS.shifts, still, strict=True):
        expected = corrected_frame(frame.astype(still.dtype), shift, used).astype(float)
        np.testing.assert_allclose(
            found.astype(float), expected, atol=1 + 1e-5 * float(highest) if used else 0
        )


def test_labels_and_masks_are_moved_by_whole_pixels() -> None:
    labels = np.zeros((4, 40, 50), np.int32)
    for t, (y, x) in enumerate(np.round(SHIFTS.shifts[:, :]).astype(int)):
        labels[t, 10 + y : 20 + y, 12 + x : 22 + x][:5] = 7
        labels[t, 10 + y : 20 + y, 12 + x : 22 + x][5:] = 1000
    for images in (labels, labels > 0, (labels > 0) * np.uint8(255)):
        for order in (0, 1, 3):
            still = correct_images(images, SHIFTS, order=order)
            for t in range(4):
                assert set(np.unique(still[t])) <= set(np.unique(images))
                np.testing.assert_array_equal(still[t], corrected_frame(images[t], SHIFTS.shifts[t], 0))
    late = labels.copy()
    late[:2] = 0
    assert set(np.unique(correct_images(late, SHIFTS))) <= {0, 7, 1000}
    assert np.all(correct_images(np.zeros_like(labels), SHIFTS) == 0)


def test_pictures_are_not_taken_for_labels() -> None:
    images = gray(4, 40, 50, dtype="uint8")
    images[images < 40] = 0
    assert not np.array_equal(
        correct_images(images, SHIFTS)[1], corrected_frame(images[1], SHIFTS.shifts[1], 0)
    )


def test_crop_shows_what_all_good_frames_show() -> None:
    drift = drift_of([[0, 0], [3.4, -2.2], [-4.6, 5], [30, 30]], [True, True, True, False])
    images = np.ones((4, 40, 50), np.float32)
    lazy = correct_images(array_source(images, "tyx"), drift, "crop")
    assert (lazy.origin, lazy.shape) == ((5, 2), (4, 32, 43))
    still = lazy[...]
    assert np.all(still[:3] == 1)
    assert np.all(correct_images(images, drift, "keep")[:3, 5:37, 2:45] == 1)
    beside = correct_images(images, drift)[:3] == 0
    assert all(beside[:, row].all(axis=1).any() for row in (4, 37))
    assert all(beside[:, :, column].all(axis=1).any() for column in (1, 45))


def test_expand_loses_nothing() -> None:
    drift = drift_of([[0, 0], [3.4, -2.2], [-4.6, 5], [30, 30]], [True, True, True, False])
    images = gray(4, 12, 15)
    lazy = correct_images(array_source(images, "tyx"), drift, "expand", 0)
    assert (lazy.origin, lazy.shape) == ((-30, -30), (4, 47, 47))
    for frame, still in zip(images, lazy[...], strict=True):
        assert np.sort(still[still > 0]).tolist() == np.sort(frame[frame > 0]).tolist()
    assert np.array_equal(lazy[0, 30:42, 30:45], images[0])
    smooth = correct_images(array_source(images, "tyx"), drift, "expand", 3)
    assert (smooth.origin, smooth.shape) == (lazy.origin, lazy.shape)
    assert np.array_equal(smooth[...] != 0, lazy[...] != 0)


def test_what_a_frame_does_not_show_is_filled() -> None:
    images = gray(4, 20, 40)
    still = correct_images(images, SHIFTS, fill=-1.5)
    assert np.all(still[3, :, 10:] == -1.5)
    assert np.all(still[2, :3] == -1.5)
    away = correct_images(images, drift_of([[0, 0], [99, 0], [0, -1e300], [0.5, 1e9]]))
    assert np.all(away[1:] == 0)
    with pytest.raises(InputError, match="uint8, which cannot hold 300"):
        correct_images(gray(4, 20, 40, dtype="uint8"), SHIFTS, fill=300)
    with pytest.raises(InputError, match="masks or labels, which have 0"):
        correct_images(gray(4, 20, 40, dtype="uint8") > 100, SHIFTS, fill=1)


def test_all_channels_move_alike_and_one_can_be_taken() -> None:
    images = gray(4, 3, 20, 40, dtype="uint16")
    still = correct_images(images, SHIFTS, axes="tcyx")
    for c in range(3):
        np.testing.assert_array_equal(still[:, c], correct_images(images[:, c], SHIFTS))
        np.testing.assert_array_equal(still[:, c], correct_images(images, SHIFTS, axes="tcyx", channel=c))


def test_axes_that_images_or_drift_do_not_have_stay() -> None:
    volumes = gray(4, 5, 20, 40)
    still = correct_images(volumes, SHIFTS)
    np.testing.assert_array_equal(still[:, 2], correct_images(volumes[:, 2], SHIFTS))
    deep = drift_of(np.column_stack([[0, 1.5, -2, 0.25], SHIFTS.shifts]))
    moved = correct_images(volumes, deep)
    for t in range(4):
        expected = corrected_frame(volumes[t], deep.shifts[t])
        np.testing.assert_allclose(moved[t], expected, rtol=1e-5, atol=1e-3)
    np.testing.assert_array_equal(correct_images(volumes[:, 2], deep), still[:, 2])
    both = np.stack([volumes, volumes + 1], axis=1)
    np.testing.assert_array_equal(correct_images(both, deep)[:, 0], moved)


class Counted(Source):
    """A series that counts what is read of it."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels, self.shape, self.dtype = pixels, pixels.shape, pixels.dtype
        self.geometry = array_source(pixels, "tyx").geometry
        self.chunks, self.read_of = (1, *pixels.shape[1:]), np.zeros(len(pixels), int)

    def read(self, region: Any) -> np.ndarray:
        pixels = self.pixels[region]
        assert len(pixels) == 1, "frames are read one at a time"
        self.read_of[region[0]] += pixels.size
        return pixels


@pytest.mark.parametrize("border", ["keep", "crop", "expand"])
@pytest.mark.parametrize("order", [0, 1, 3])
def test_a_frame_is_read_once_when_it_is_looked_at(border: Any, order: Any) -> None:
    images = gray(10, 20, 40)
    source = Counted(images)
    lazy = correct_images(source, drift_of(np.arange(20).reshape(10, 2) * 0.3), border, order)
    source.read_of[:] = 0
    assert lazy[7].shape == lazy.shape[1:]
    assert 0 < source.read_of[7] <= images[0].size
    assert source.read_of.sum() == source.read_of[7]
    assert lazy[1:8:3, 3:5].shape[:2] == (3, 2)
    assert np.flatnonzero(source.read_of).tolist() == [1, 4, 7]
    assert source.read_of[1] <= (2 + 4) * 40


def test_it_slices_like_an_array() -> None:
    images = gray(4, 20, 40)
    lazy = correct_images(da.from_array(images, chunks=(1, 10, 20)), SHIFTS)
    whole = correct_images(images, SHIFTS)
    assert isinstance(lazy, CorrectedImages)
    assert (lazy.shape, lazy.dtype, lazy.ndim, len(lazy)) == (whole.shape, whole.dtype, 3, 4)
    for key in (2, -1, np.int64(1), slice(1, 3), slice(None, None, -2), (..., 5), (1, slice(3, 9), 7), (0, ..., 4),
                (slice(None), slice(15, 2, -3)), slice(9, 9), (slice(2), 3, slice(None, None, 4))):  # fmt: skip
        np.testing.assert_array_equal(lazy[key], whole[key])
    np.testing.assert_array_equal(np.asarray(lazy), whole)
    np.testing.assert_array_equal(list(lazy), whole)
    np.testing.assert_array_equal(lazy.as_dask()[1:].compute(), whole[1:])
    assert lazy.as_dask().numblocks == (4, 1, 1)
    assert np.asarray(lazy, np.float64).dtype == np.float64
    for key in (4, (0, 20), (0, 0, 0, 0), [1, 2], None, (0, "y"), 1.0):
        with pytest.raises(IndexError):
            lazy[key]


def test_arrays_in_memory_give_arrays_and_everything_else_is_lazy(tmp_path: Path) -> None:
    images = gray(4, 20, 40)
    np.save(tmp_path / "a.npy", images)
    tifffile.imwrite(tmp_path / "a.tif", images, metadata={"axes": "TYX"}, photometric="minisblack")
    whole = correct_images(images, SHIFTS)
    assert type(whole) is np.ndarray
    SHIFTS.save(tmp_path / "d.json")
    lazy = [
        np.load(tmp_path / "a.npy", mmap_mode="r"),
        zarr.create_array(tmp_path / "a.zarr", data=images, chunks=(1, 10, 40)),
        tmp_path / "a.npy",
        str(tmp_path / "a.tif"),
        as_source(images, axes="tyx"),
    ]
    for one in lazy:
        found = correct_images(one, tmp_path / "d.json")
        assert isinstance(found, CorrectedImages)
        np.testing.assert_array_equal(found[...], whole)


def test_pixel_size_goes_along_and_processes_can_read_it(tmp_path: Path) -> None:
    images = gray(4, 20, 40)
    drain(write_result(tmp_path / "a.zarr", as_source(images, axes="tyx", spacing=0.5, units="nm")))
    lazy = correct_images(tmp_path / "a.zarr", SHIFTS)
    assert (lazy.axes, lazy.geometry.spatial_spacing, lazy.geometry.length_unit) == (
        "tyx",
        (0.5, 0.5),
        "nanometer",
    )
    assert lazy.portable
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(lazy))[1], lazy[1])
    assert estimate_drift(lazy).table.shape[0] == 4
    with pytest.raises(InputError, match="save it to a file"):
        pickle.dumps(correct_images(as_source(images, axes="tyx"), SHIFTS))


def test_it_is_written_frame_by_frame(tmp_path: Path) -> None:
    images = gray(4, 20, 40, dtype="uint16")
    lazy = correct_images(images, SHIFTS, "expand", out=tmp_path / "still.zarr")
    stored = open_result(tmp_path / "still.zarr")
    np.testing.assert_array_equal(
        np.asarray(open_image(tmp_path / "still.zarr").read((slice(0, 4),) + (slice(None),) * 2)), lazy[...]
    )
    assert stored.provenance is not None
    assert stored.provenance.parameters["border"] == "expand"
    assert stored.provenance.inputs["drift"] == SHIFTS.provenance.to_dict()
    labels = (images > 100).astype(np.int32) * np.array([1, 2] * 20, np.int32)
    labels[:] = np.arange(4)[:, None, None] + 1
    labels[:, :5] = 0
    labels[:, :, :4] = 9
    correct_images(labels, SHIFTS, out=tmp_path / "labels.zarr")
    kept = open_result(tmp_path / "labels.zarr")
    assert list(kept.labels) == ["labels"]
    assert kept.image is None
    found = kept.labels["labels"].read((slice(0, 4), slice(0, 20), slice(0, 40)))
    np.testing.assert_array_equal(found, correct_images(labels, SHIFTS))
    with pytest.raises(StoreError, match="something stands there already"):
        correct_images(images, SHIFTS, out=tmp_path / "still.zarr")
    with pytest.raises(InputError, match="out is ndarray; it must be the path"):
        correct_images(images, SHIFTS, out=images)


@pytest.mark.parametrize(("images", "settings", "said"), [
    (gray(3, 20, 40), {}, "the drift is of 4 frames, but the images have 3"),
    (gray(5, 20, 40), {}, "the drift is of 4 frames, but the images have 5"),
    (gray(20, 40), {}, 'axes "yx" and the shape \\(20, 40\\), without a time axis'),
    (gray(4, 20, 40), {"axes": "zyx"}, "without a time axis"),
    (gray(4, 20, 40, 3), {}, "looks like colors along the last axis"),
    (gray(4, 20, 40), {"channel": 1}, "has no channel axis"),
    (gray(4, 20, 40).astype(complex), {}, "of type complex128"),
    (gray(4, 20, 40), {"border": "wrap"}, "border is 'wrap'; it must be 'keep', 'crop' or 'expand'"),
    (gray(4, 20, 40), {"order": 2}, "order is 2; it must be 0, 1 or 3"),
    (gray(4, 20, 20), {"border": "crop"}, "have no pixel in common"),
])  # fmt: skip
def test_what_does_not_go_together_is_said(images: np.ndarray, settings: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        correct_images(images, SHIFTS, **settings)


def test_what_is_no_drift_is_refused() -> None:
    with pytest.raises(InputError, match="drift is ndarray; it must be a Drift"):
        correct_images(gray(4, 20, 40), SHIFTS.shifts)


def test_a_drift_that_says_nothing_warns_and_moves_nothing() -> None:
    images, nothing = gray(3, 20, 40), drift_of(np.zeros((3, 2)), [False] * 3)
    for border in ("keep", "crop", "expand"):
        with pytest.warns(UserWarning, match="no frame of the drift can be trusted"):
            np.testing.assert_array_equal(correct_images(images, nothing, border), images)


@pytest.mark.widgets
def test_napari_shows_it(qapp: Any) -> None:
    from napari.components import ViewerModel

    images, viewer = gray(4, 20, 40), ViewerModel()
    lazy = correct_images(as_source(images, axes="tyx"), SHIFTS)
    layer = viewer.add_image(lazy)
    labels = viewer.add_labels(correct_images(as_source((images > 100).astype(np.int32), axes="tyx"), SHIFTS))
    for t in range(4):
        viewer.dims.set_current_step(0, t)
        assert layer.get_value((t, 9, 8)) == lazy[t, 9, 8]
        assert labels.get_value((t, 9, 8)) == labels.data[t, 9, 8]
