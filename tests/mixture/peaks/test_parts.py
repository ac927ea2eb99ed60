"""Parts, lazy images, series, executors and other images give what the whole gives."""

from __future__ import annotations

import functools
import itertools
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import dask.array as da
import numpy as np
import pytest
import zarr
from discs import matches, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from specks import fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks._core.progress import drain
from specks._core.source import array_source
from specks.mixture import draw_peaks, label_peaks


@functools.cache
def series(holes=False):
    """Frames with other particles each, and where they are."""
    parts = [scene((150, 180), 10, seed=seed) for seed in range(3)]
    image = np.stack([part[0] for part in parts])
    if holes:
        image[0, 40:80, 60:100] = np.nan
        image[1, ::23, ::29] = np.nan
    return image, [part[1] for part in parts]


@functools.cache
def fitted(holes=False):
    image, _ = series(holes)
    model = fit_mixture(image, axes="tyx", diameter=(10, 9), polarity="bright")
    return model, model.posterior(image)


@pytest.mark.parametrize("holes", [False, True])
@settings(max_examples=60)
@given(data=st.data())
def test_a_block_equals_that_part_of_the_whole(holes, data):
    image, _ = series(holes)
    model, whole = fitted(holes)
    region = []
    for n in image.shape:
        start = data.draw(st.integers(0, n - 1))
        region.append(slice(start, data.draw(st.integers(start + 1, n))))
    block = model.posterior_block(model.source, tuple(region))
    assert np.array_equal(block, whole[tuple(region)])


@pytest.mark.parametrize("holes", [False, True])
def test_narrow_strips_put_together_are_the_whole(holes):
    """A plane much larger than what a block depends on."""
    image = np.concatenate([series(holes)[0][0]] * 3, axis=1)[:, :500]
    model = fit_mixture(image, diameter=10, polarity="bright")
    strips = [
        model.posterior_block(model.source, (slice(0, image.shape[0]), slice(x, min(x + 7, 500))))
        for x in range(0, 500, 7)
    ]
    assert model.certainty.max() > 0.9
    assert np.array_equal(np.hstack(strips), model.posterior(image))


@functools.cache
def faint():
    """A model of particles of all brightnesses, so that it is not sure of all, and its posterior."""
    rng = np.random.default_rng(4)
    image = rng.normal(100, 12, (3, 192, 224))
    y, x = np.mgrid[:192, :224]
    for frame, top, left in itertools.product(range(3), range(16, 180, 32), range(16, 210, 24)):
        image[frame] += rng.uniform(4, 50) * (np.hypot(y - top, x - left) < 4.5)
    image[1, 40:60, 60:90] = np.nan
    model = fit_mixture(image, axes="tyx", diameter=9, polarity="bright")
    return model, model.posterior(image)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.7])
def test_labels_and_posterior_drawn_together_are_what_they_are_alone(threshold):
    model, whole = faint()
    assert ((model.certainty >= 0.2) & (model.certainty < 0.5)).any()
    assert ((model.certainty >= 0.5) & (model.certainty < 0.7)).any()
    posterior = np.full(whole.shape, -1, np.float32)
    runs, peaks = drain(draw_peaks(model, model.source, threshold, 10, posterior))
    expected, of = drain(label_peaks(model, model.source, threshold, 10))
    assert np.array_equal(posterior, whole)
    assert np.array_equal(runs[...], expected[...])
    assert runs[...].max() == len(peaks) > 0
    assert np.array_equal(peaks, of)


def test_a_block_reads_its_surroundings_only():
    image = np.tile(series()[0][0], (4, 4))
    model = fit_mixture(image, diameter=10, polarity="bright")
    read = []

    class Watched(type(array_source(image))):
        def read(self, region):
            read.append([s.stop - s.start for s in region])
            return super().read(region)

    model.posterior_block(Watched(image), (slice(300, 310), slice(300, 310)))
    assert len(read) == 1
    assert max(read[0]) <= 150


def test_lazy_images_give_the_same_bits(tmp_path):
    image, _ = series(holes=True)
    model, expected = fitted(holes=True)
    stored = zarr.create_array(tmp_path / "a.zarr", shape=image.shape, chunks=(1, 64, 64), dtype="f4")
    stored[:] = image
    plain = segment_particles(image, axes="tyx", diameter=(10, 9), polarity="bright")
    for lazy in (stored, da.from_array(image, chunks=(2, 50, 90))):
        again = fit_mixture(lazy, axes="tyx", diameter=(10, 9), polarity="bright")
        assert np.array_equal(again.certainty, model.certainty)
        assert np.array_equal(model.posterior(lazy).compute(), expected)
        result = segment_particles(lazy, axes="tyx", diameter=(10, 9), polarity="bright")
        assert isinstance(result.labels, da.Array)
        assert np.array_equal(result.labels.compute(), plain.labels)
        assert result.objects.equals(plain.objects)


def test_a_series_is_labeled_frame_by_frame():
    image, truth = series()
    result = segment_particles(image, axes="tyx", diameter=10, polarity="bright")
    assert result.objects["label"].tolist() == list(range(1, len(result.objects) + 1))
    assert result.objects["frame"].is_monotonic_increasing
    for frame, places in enumerate(truth):
        rows = result.objects[result.objects["frame"] == frame]
        assert matches(rows[["y", "x"]], places, 1.0) == len(places) == len(rows)
        assert np.array_equal(np.unique(result.labels[frame])[1:], rows["label"])
    first = [np.flatnonzero(result.labels == label)[0] for label in result.objects["label"]]
    assert first == sorted(first)


def test_a_frame_alone_has_the_same_peaks():
    image, _ = series()
    model, _ = fitted()
    alone = fit_mixture(image[1], diameter=(10, 9), polarity="bright")
    for name, column in model.peaks.of(1).items():
        assert np.array_equal(column, alone.peaks.columns[name]), name


def test_every_executor_gives_the_same_bits(tmp_path):
    image, _ = series(holes=True)
    np.save(tmp_path / "image.npy", image)
    run = functools.partial(
        segment_particles, tmp_path / "image.npy", axes="tyx", diameter=10, polarity="bright"
    )
    alone = run()
    assert alone.labels.max() > 10
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2, get_context("spawn")) as processes:
        for executor in (threads, processes):
            other = run(executor=executor)
            assert np.array_equal(other.model.certainty, alone.model.certainty)
            assert np.array_equal(other.labels.compute(), alone.labels.compute())
            assert np.array_equal(other.posterior.compute(), alone.posterior.compute())
            assert other.objects.equals(alone.objects)


def test_another_image_takes_the_components_over():
    image, _ = series()
    model, _ = fitted()
    other, places = scene((170, 160), 8, seed=7)
    other = np.stack([other, other[::-1]]) * 1.7 + 30
    moved = model.for_image(other)
    assert moved.shape == other.shape
    assert np.array_equal(moved.components.particle, model.components.particle)
    posterior = model.posterior(other)
    assert np.array_equal(posterior, moved.posterior(other))
    inside = np.round(places).astype(int)
    assert (posterior[0][tuple(inside.T)] > 0.9).all()
    assert (posterior[1][169 - inside[:, 0], inside[:, 1]] > 0.9).all()
    assert (moved.certainty > 0.5).sum() == 16
    again = model.for_image(image)
    assert np.array_equal(again.peaks.columns["y"], model.peaks.columns["y"])
    assert np.array_equal(again.certainty > 0.5, model.certainty > 0.5)


def test_strips_beside_what_is_left_out_are_the_whole():
    image = np.concatenate([series()[0][0]] * 3, axis=1)[:, :500]
    log = Corrections().add("exclude_region", polygon=[[20.5, 30.2], [100, 61], [140.7, 300.1], [60, 420]])
    model = fit_mixture(image, diameter=10, polarity="bright", corrections=log)
    strips = [
        model.posterior_block(model.source, (slice(0, image.shape[0]), slice(x, min(x + 9, 500))))
        for x in range(0, 500, 9)
    ]
    assert np.array_equal(np.hstack(strips), model.posterior(image))
