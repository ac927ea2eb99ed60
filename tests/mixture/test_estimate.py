"""Diameter and polarity as they are guessed."""

from __future__ import annotations

import numpy as np
import pytest
from discs import drawn, scattered, scene
from scipy import ndimage as ndi

from specks import fit_mixture
from specks._core.corrections import Corrections
from specks._core.source import array_source
from specks.mixture.estimate import guess_particles
from specks.mixture.variable import automatic

#: Clarity that noise stays below, and that plain particles exceed.
NOISE, PLAIN = 3.0, 5.0


def guess(image, *arguments):
    return guess_particles(array_source(image), *arguments)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("diameter", [6, 10, 20, 40])
def test_size_and_sign_of_discs_on_texture(diameter, sign):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        shape = (max(240, 12 * diameter),) * 2
        places = scattered(shape, 14, 1.6 * diameter, seed, 0.8 * diameter)
        texture = ndi.gaussian_filter(rng.normal(0, 1, shape), 3)
        noise = rng.normal(100, 5, shape) + 4 * texture / texture.std()
        found = guess(noise + sign * drawn(shape, places, diameter, 60))
        assert found.sign == sign
        assert diameter / 1.6 < found.diameter < diameter * 1.6
        assert found.clarity > PLAIN


@pytest.mark.parametrize("blur", [0, 1, 2, 3])
def test_noise_is_not_clear(blur):
    for seed in range(6):
        noise = ndi.gaussian_filter(np.random.default_rng(seed).normal(0, 1, (256, 256)), blur)
        found = guess(noise)
        assert found is None or found.clarity < NOISE


def test_particles_in_one_slice_of_many_are_seen():
    stack = np.random.default_rng(0).normal(100, 6, (5, 240, 240))
    stack[4] = scene((240, 240), 14)[0]
    for image in (stack, stack[np.newaxis]):
        found = guess(image)
        assert (found.sign, found.diameter) == (1, pytest.approx(10, rel=0.2))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32])
def test_numbers_of_every_kind_give_the_same(dtype):
    image = np.clip(scene((300, 260), 12)[0], 0, 127).astype(dtype)
    assert guess(image) == guess(image.astype(np.float32))


def test_what_is_given_is_kept():
    image, _ = scene()
    assert guess(image, 0, 14.0).diameter == 14
    assert guess(image, 0, 14.0).sign == 1
    assert guess(-image, 0, 14.0).sign == -1
    other = guess(image, -1)
    assert other is None or other.clarity < NOISE


def test_holes_do_not_count():
    image, _ = scene()
    plain = guess(image)
    image[50:90, 50:100] = np.nan
    spoiled = guess(image)
    assert spoiled.sign == plain.sign == 1
    assert spoiled.diameter == pytest.approx(plain.diameter, rel=0.1)


def test_what_is_left_out_does_not_count():
    for seed in range(3):
        image, _ = scene((300, 300), 12, seed=seed)
        image = -image
        image[205:235, 20:120] = 1000
        image[210:230:4, 40:60] = -1000
        image[150:190:3, 200:260] = 1000
        mask = np.ones(image.shape, bool)
        mask[204:236, 19:121] = mask[149:192, 199:262] = False
        model = fit_mixture(image, mask=mask)
        assert model.polarity == "dark"
        assert model.diameter == pytest.approx(10, rel=0.1)


def test_frames_that_are_left_out_are_not_looked_at():
    series = np.random.default_rng(0).normal(0, 40, (8, 200, 240))
    series[::2] = [scene(seed=seed)[0] for seed in range(4)]
    log = Corrections()
    for frame in range(1, 8, 2):
        series[frame, 20:180:12, 20:200:9] += 900
        log = log.add("exclude_frame", frame=frame)
    model = fit_mixture(-series, axes="tyx", corrections=log)
    assert (model.variable.name, model.polarity) == ("peaks", "dark")
    assert model.diameter == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("image", [np.full((64, 64), 3.0), np.full((64, 64), np.nan), np.eye(8)])
def test_nothing_to_see_gives_no_guess(image):
    assert guess(image) is None


def test_tiles_of_a_few_slices_are_read_only():
    image = np.random.default_rng(0).normal(100, 5, (30, 600, 600)).astype(np.float32)
    read = []

    class Watched(type(array_source(image))):
        def read(self, region):
            read.append([s.stop - s.start for s in region])
            return super().read(region)

    guess_particles(Watched(image), 1, 10.0)
    assert len(read) <= 5
    assert max(max(size) for size in read) <= 192


@pytest.mark.parametrize(
    ("axes", "shape", "expected"),
    [
        ("yx", (4096, 6144), "peaks"),
        ("tyx", (100, 5760, 4092), "peaks"),
        ("yx", (8192, 8192), "contrast"),
        ("zyx", (3, 64, 64), "contrast"),
        ("zyx", (1, 64, 64), "peaks"),
        ("tzyx", (2, 3, 64, 64), "contrast"),
    ],
)
def test_what_is_compared_follows_from_axes_and_size(axes, shape, expected):
    assert automatic(axes, shape) == expected
