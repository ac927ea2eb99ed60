"""`label_particles`: posteriors of every type, lazily, in physical units, and its faults in words."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import dask.array as da
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.labels import label_stack

import specks
from specks._core.errors import InputError
from specks._core.source import Source, array_source, whole


@pytest.fixture(scope="module")
def posterior():
    rng = np.random.default_rng(5)
    noise = rng.random((2, 6, 40, 70))
    return ((noise + np.roll(noise, 1, 2) + np.roll(noise, 1, 3)) / 3).astype(np.float32)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("threshold", [0.0, 0.6, 0.95, 1.0])
def test_threshold_is_rounded_to_the_type_of_the_posterior(dtype, threshold):
    numbers = np.array(
        [0, 0.5, 0.6, np.nextafter(np.float32(0.6), np.float32(0)), 0.95, 0.9497, 0.95019, 1, np.nan]
    )
    image = np.array([numbers, -numbers, numbers[::-1]]).astype(dtype)
    labels = specks.label_particles(image, threshold, closing_radius=0, min_size=1)
    np.testing.assert_array_equal(labels > 0, image >= np.dtype(dtype).type(threshold))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64"])
def test_masks_are_taken_as_they_are(dtype, posterior):
    mask = posterior > 0.6
    labels = specks.label_particles(mask.astype(dtype), closing_radius=0)
    np.testing.assert_array_equal(labels, label_stack(mask, "tzyx", None, 2, 10))
    np.testing.assert_array_equal(specks.label_particles(posterior, 0.6, closing_radius=0), labels)


def test_default_closing_is_one_pixel_of_the_finest_axis(posterior):
    mask = posterior >= 0.6
    for spacing, radius in (
        (None, (1.0, 1.0, 1.0)),
        ((50, 10, 10), (0.2, 1.0, 1.0)),
        ((2, 2, 4), (1.0, 1.0, 0.5)),
    ):
        labels = specks.label_particles(posterior, 0.6, spacing=spacing, units="nm" if spacing else None)
        np.testing.assert_array_equal(labels, label_stack(mask, "tzyx", radius, 2, 10))


def test_closing_radius_is_a_length(posterior):
    labels = specks.label_particles(posterior, 0.6, closing_radius=30, spacing=(20, 10, 15), units="nm")
    np.testing.assert_array_equal(labels, label_stack(posterior >= 0.6, "tzyx", (1.5, 3.0, 2.0), 2, 10))


def test_frames_are_labeled_apart_and_counted_on():
    mask = np.ones((3, 4, 5), bool)
    assert specks.label_particles(mask, axes="zyx").max() == 1
    labels = specks.label_particles(mask, axes="tyx")
    assert [frame.min() for frame in labels] == [frame.max() for frame in labels] == [1, 2, 3]


def test_the_mode_of_the_original(posterior):
    half = posterior.astype(np.float16)
    labels = specks.label_particles(half, 0.6, closing_radius=2, borders="original", axes="tzyx")
    expected = label_stack(half >= np.float16(0.6), "tzyx", (2.0, 2.0, 2.0), 2, 10, "original")
    np.testing.assert_array_equal(labels, expected)


class Watched(Source):
    """Counts what was read and refuses to be read whole."""

    def __init__(self, array):
        self.array, self.pixels = array, 0
        self.shape, self.dtype = array.shape, array.dtype
        self.geometry = array_source(array).geometry
        self.chunks = (1, 2, 16, array.shape[-1])

    def read(self, region):
        block = self.array[region]
        assert block.size < self.array.size
        self.pixels += block.size
        return block


def test_a_source_is_read_once_and_never_whole(posterior):
    source = Watched(posterior)
    labels = specks.label_particles(source, 0.6)
    assert source.pixels == posterior.size
    assert isinstance(labels, da.Array)
    assert labels.chunksize == source.chunks
    np.testing.assert_array_equal(labels.compute(), specks.label_particles(posterior, 0.6))


@settings(max_examples=10, deadline=None)
@given(st.tuples(st.integers(1, 2), st.integers(1, 6), st.integers(9, 40), st.integers(20, 70)))
def test_chunks_make_no_difference(chunks):
    rng = np.random.default_rng(1)
    image = rng.random((2, 6, 40, 70)).astype(np.float32)
    labels = specks.label_particles(da.from_array(image, chunks), 0.8)
    np.testing.assert_array_equal(labels.compute(scheduler="synchronous"), specks.label_particles(image, 0.8))


def test_lazy_images_give_lazy_labels(tmp_path, posterior):
    expected = specks.label_particles(posterior, 0.6)
    np.save(tmp_path / "p.npy", posterior)
    stored = zarr.create_array(tmp_path / "p.zarr", data=posterior, chunks=(1, 3, 20, 70))
    for lazy in (np.load(tmp_path / "p.npy", mmap_mode="r"), stored, da.from_array(posterior)):
        labels = specks.label_particles(lazy, 0.6)
        assert isinstance(labels, da.Array)
        np.testing.assert_array_equal(labels.compute(), expected)


def test_other_processes_give_the_same(tmp_path, posterior):
    stored = zarr.create_array(tmp_path / "p.zarr", data=posterior, chunks=(1, 3, 20, 70))
    with ProcessPoolExecutor(1) as executor:
        labels = specks.label_particles(stored, 0.6, executor=executor)
        with pytest.raises(InputError, match=r"posterior lives in the memory .* save it to a file"):
            specks.label_particles(posterior, 0.6, executor=executor)
    np.testing.assert_array_equal(labels.compute(), specks.label_particles(posterior, 0.6))


@pytest.mark.parametrize("shape", [(2, 6, 40, 70), (40, 70)])
def test_no_label_is_where_the_mask_is_false(tmp_path, posterior, shape):
    allowed = np.random.default_rng(2).random(shape) < 0.9
    allowed[..., 5:9, :] = False
    expected = label_stack(posterior >= 0.6, "tzyx", (2.0, 2.0, 2.0), 2, 10, allowed=allowed)
    assert not expected[np.broadcast_to(~allowed, posterior.shape)].any()
    assert expected.max() > 1
    stored = zarr.create_array(tmp_path / "p.zarr", data=posterior, chunks=(1, 3, 20, 70))
    for image, mask in (
        (posterior, allowed),
        (posterior, allowed.astype(np.uint8) * 255),
        (Watched(posterior), Watched(allowed) if len(shape) > 2 else allowed),
        (stored, da.from_array(allowed, chunks=7)),
    ):
        labels = specks.label_particles(image, 0.6, closing_radius=2, mask=mask)
        np.testing.assert_array_equal(np.asarray(labels), expected)
    with ProcessPoolExecutor(1) as executor:
        labels = specks.label_particles(stored, 0.6, closing_radius=2, mask=allowed, executor=executor)
    np.testing.assert_array_equal(labels.compute(), expected)


def test_a_mask_that_does_not_fit_is_named(posterior):
    with pytest.raises(InputError, match=r"mask has the shape \(6, 40, 70\); it must be \(2, 6, 40, 70\) or"):
        specks.label_particles(posterior, mask=np.ones((6, 40, 70), bool))
    with pytest.raises(InputError, match="mask has the type complex128; expected bool"):
        specks.label_particles(posterior, mask=np.ones((40, 70), complex))


def test_progress_counts_planes(posterior):
    seen = [(p.done, p.total) for p in specks.label_particles.iterate(posterior)]
    assert seen == [(6, 12), (12, 12)]


def test_nothing_found_is_an_empty_image():
    for image in (np.full((5, 6), np.nan), np.zeros((5, 6)), np.zeros((5, 6), bool)):
        labels = specks.label_particles(image)
        assert labels.shape == (5, 6)
        assert not labels.any()
        assert whole(array_source(labels)) == (slice(0, 5), slice(0, 6))


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (np.zeros((4, 4), complex), {}, "posterior has the type complex128; expected probabilities"),
        (
            np.full((4, 4), 200, np.uint8),
            {},
            "whole numbers from 200 to 200; expected probabilities from 0 to 1",
        ),
        (np.full((4, 4), -1), {}, "whole numbers from -1 to -1"),
        (np.zeros((0, 4)), {}, "empty"),
        (np.zeros(4), {}, r"posterior has the shape \(4,\)"),
        (np.zeros((4, 4)), {"axes": "xy"}, 'axes is "xy"'),
        (np.zeros((4, 4)), {"threshold": 1.5}, "threshold is 1.5; it must be a number, from 0 to 1"),
        (np.zeros((4, 4)), {"connectivity": 0}, "connectivity is 0"),
        (np.zeros((4, 4)), {"closing_radius": -1}, "closing_radius is -1"),
        (np.zeros((4, 4)), {"closing_radius": 1000}, "closing_radius reaches 1000 pixels"),
        (np.zeros((4, 4)), {"spacing": 0}, "spacing is 0"),
        (np.zeros((4, 4)), {"borders": "kep"}, "did you mean 'keep'"),
        (np.zeros((4, 4)), {"min_size": 2.5}, "min_size is 2.5; it must be a whole number"),
    ],
)
def test_faults_are_named(image, options, message):
    with pytest.raises(InputError, match=message):
        specks.label_particles(image, **options)
