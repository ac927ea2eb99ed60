"""The fitted model: posterior of any kind of image, blocks, other images."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

import specks
from specks import Mixture, fit_mixture
from specks._core.errors import InputError
from specks._core.source import Source, array_source


def scene(shape=(4, 120, 150), seed=0):
    rng = np.random.default_rng(seed)
    image = rng.normal(100, 8, shape)
    for plane in image.reshape(-1, *shape[-2:]):
        for y, x in rng.integers(0, (shape[-2] - 9, shape[-1] - 9), (8, 2)):
            plane[y : y + 9, x : x + 9] += 80
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def image():
    return scene()


@pytest.fixture(scope="module")
def model(image):
    return fit_mixture(image, diameter=9, polarity="bright")


class Watched(Source):
    """A source that counts what is read and refuses to be read whole."""

    def __init__(self, array):
        self.inner = array_source(array)
        self.shape, self.dtype = self.inner.shape, self.inner.dtype
        self.geometry, self.chunks = self.inner.geometry, self.inner.chunks
        self.largest = self.pixels = 0

    def read(self, region):
        size = int(np.prod([s.stop - s.start for s in region]))
        assert size < np.prod(self.shape), "read whole"
        self.largest, self.pixels = max(self.largest, size), self.pixels + size
        return self.inner.read(region)


def test_lazy_images_give_lazy_posteriors_with_the_same_bits(tmp_path, image, model):
    expected = model.posterior(image)
    assert type(expected) is np.ndarray
    stored = zarr.create_array(tmp_path / "a.zarr", shape=image.shape, chunks=(2, 64, 64), dtype="u1")
    stored[:] = image
    np.save(tmp_path / "a.npy", image)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    for lazy in (stored, mapped, da.from_array(image, chunks=(1, 60, 150)), array_source(image)):
        posterior = model.posterior(lazy)
        assert isinstance(posterior, da.Array)
        assert posterior.dtype == np.float32
        assert posterior.shape == image.shape
        assert np.array_equal(posterior.compute(), expected)
    path = tmp_path / "a.npy"
    assert np.array_equal(model.posterior(path).compute(), expected)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_block_equals_that_part_of_the_whole(data):
    image = scene()
    model = fit_mixture(image, diameter=9, polarity="bright")
    region = []
    for n in image.shape:
        start = data.draw(st.integers(0, n - 1))
        region.append(slice(start, data.draw(st.integers(start + 1, n))))
    block = model.posterior_block(array_source(image), tuple(region))
    assert np.array_equal(block, model.posterior(image)[tuple(region)])


def test_nothing_is_read_that_is_not_needed():
    watched = Watched(scene((40, 100, 120)))
    model = fit_mixture(watched, diameter=9, polarity="bright")
    assert watched.pixels < 1.2 * np.prod(watched.shape)
    watched.pixels = 0
    model.posterior_block(watched, (slice(7, 8), slice(40, 50), slice(30, 60)))
    assert watched.pixels < 100 * 120
    watched.pixels = 0
    lazy = model.posterior(watched)
    assert watched.pixels < 0.1 * np.prod(watched.shape) * 16
    watched.pixels = 0
    lazy[3].compute()
    assert watched.pixels <= 2 * 100 * 120


def test_the_halves_of_a_wide_plane_meet_without_a_seam(monkeypatch):
    from specks.mixture import slabs

    image = scene((2, 400, 300))
    whole = fit_mixture(image, diameter=9, polarity="bright")
    monkeypatch.setattr(slabs, "WIDE", 300 * 128)
    banded = fit_mixture(Watched(image), diameter=9, polarity="bright")
    assert banded.source.largest <= 300 * (128 + 2 * 16)
    expected, found = whole.posterior(image), banded.posterior(image)
    assert np.abs(expected - found).mean() < 2e-3


def test_another_image_takes_the_components_over(model):
    other = (scene((2, 90, 100), seed=5) * 0.6 + 30).astype(np.uint8)
    posterior = model.posterior(other)
    assert posterior.shape == other.shape
    alone = fit_mixture(other, diameter=9, polarity="bright").posterior(other)
    assert ((posterior > 0.5) == (alone > 0.5)).mean() > 0.99
    moved = model.for_image(other)
    assert np.array_equal(moved.components.particle, model.components.particle)
    assert moved.shape == other.shape
    assert np.array_equal(moved.posterior(other), posterior)


def test_an_image_of_other_axes_is_refused(model):
    with pytest.raises(InputError, match="axes"):
        model.posterior(np.zeros((90, 100), np.uint8))
    with pytest.raises(InputError, match="for_image"):
        model.posterior_block(array_source(np.zeros((2, 50, 50))), (slice(0, 1), slice(0, 5), slice(0, 5)))


@pytest.mark.parametrize(
    "region",
    [
        np.s_[0:2, 0:10],
        np.s_[0:1, 0:10, 0:10, 0:3],
        np.s_[0:2, 0:10:2, 0:10],
        np.s_[0:2, -5:-1, 0:10],
        np.s_[0:2, 5:200, 0:10],
        np.s_[2:1, 0:10, 0:10],
        np.s_[0.5:1, 0:10, 0:10],
        np.s_[0, 0:10, 0:10],
        np.s_[..., 0:10, 0:10],
        7,
        None,
    ],
)
def test_a_region_that_is_none_is_refused(image, model, region):
    """A step or an end beyond the image once gave the probabilities of other pixels."""
    with pytest.raises(
        InputError, match=r"region is .*; expected one slice for each of 3 axes.*\(4, 120, 150\)"
    ):
        model.posterior_block(array_source(image), region)


def test_bounds_of_a_region_may_be_left_out(image, model):
    whole = model.posterior(image)
    for region in (np.s_[:, :, :], [slice(np.int64(1), 2), slice(None, 9), slice(3, None, 1)]):
        block = model.posterior_block(array_source(image), region)
        assert np.array_equal(block, whole[tuple(region)])


def test_one_channel_of_several():
    image = np.stack([np.zeros((120, 150), np.uint8), scene((120, 150))])
    model = fit_mixture(image, axes="cyx", channel=1, diameter=9, polarity="bright")
    expected = fit_mixture(image[1], diameter=9, polarity="bright").posterior(image[1])
    assert np.array_equal(model.posterior(image), expected)
    assert np.array_equal(model.posterior(image[1]), expected)


def test_provenance_tells_how(image, model):
    assert model.provenance.step.endswith(":fit_mixture")
    assert model.provenance.inputs["image"]["shape"] == list(image.shape)
    assert model.provenance.parameters["diameter"] == 9
    assert isinstance(model, Mixture)


def test_documented_mode_behind_the_same_face(tmp_path, image):
    model = fit_mixture(image, mode="documented", documented={"min_size": 5, "halo_pad": 4})
    assert model.mode == "documented"
    posterior = model.posterior(image)
    assert posterior.dtype == np.float32
    for z in range(len(image)):
        assert np.array_equal(posterior[z], model.tables[z].astype(np.float32)[image[z]])
    model.save(tmp_path / "model.specks")
    again = Mixture.load(tmp_path / "model.specks")
    assert np.array_equal(again.posterior(image), posterior)
    assert np.array_equal(again.posterior(image[:2]), model.posterior(image[:2]))
    assert model.warnings == model.provenance.warnings == again.warnings
    masked = model.refit(model.corrections.add("exclude_frame", frame=0))
    assert not masked.posterior(image)[0].any()
    with pytest.raises(InputError, match="scribbles"):
        fit_mixture(image, mode="documented", scribbles=np.ones(image.shape, np.uint8))
    with pytest.raises(InputError, match="dark"):
        fit_mixture(image, mode="documented", polarity="dark")


def test_documented_mode_says_when_it_has_not_settled(tmp_path, image):
    settings_ = {"min_size": 5, "halo_pad": 4}
    model = fit_mixture(image, mode="documented", documented={**settings_, "max_iter": 30})
    (sentence,) = model.warnings
    assert "had not settled when it reached max_iter (30 iterations)" in sentence
    assert model.provenance.warnings == (sentence,)
    model.save(tmp_path / "model.specks")
    assert Mixture.load(tmp_path / "model.specks").for_image(image[:2]).warnings == (sentence,)
    found = specks.segment_particles(image, mode="documented", documented={**settings_, "max_iter": 30})
    assert found.provenance.warnings == (sentence,)
    settled = fit_mixture(image, mode="documented", documented={**settings_, "nll_tol": 1e-4})
    assert settled.warnings == ()
