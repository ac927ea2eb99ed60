"""Contrast against the surroundings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements.filters import contrast as plain_contrast

from specks._core.errors import InputError
from specks._core.source import array_source
from specks.filters import Contrast, local_contrast
from specks.filters.contrast import BLUR, gaussian_weights

DTYPES = [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64]


def picture(shape, dtype, seed=0):
    return np.random.default_rng(seed).normal(100, 20, shape).astype(dtype)


def read(contrast, source, region):
    planes = [plane.copy() for plane in contrast.planes(source, region)]
    return np.stack(planes).reshape([s.stop - s.start for s in region])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("diameter", [(4.0, 4.0), (10.0, 6.0), (23.0, 17.0)])
def test_equals_the_plain_statement(dtype, diameter):
    image = picture((150, 171), dtype)
    filtered = read(Contrast(diameter), array_source(image), (slice(0, 150), slice(0, 171)))
    weights = [gaussian_weights(BLUR * d) for d in diameter]
    expected = plain_contrast(image, Contrast(diameter).half, weights)
    np.testing.assert_allclose(filtered, expected, atol=2e-5)


def test_what_is_not_finite_is_left_out():
    image = picture((90, 130), np.float32)
    image[10:30, 40:60] = np.nan
    image[70, 70], image[0, 0] = np.inf, -np.inf
    filtered = local_contrast(image, 8)
    expected = plain_contrast(image, Contrast((8, 8)).half, [gaussian_weights(BLUR * 8)] * 2)
    assert np.array_equal(np.isnan(filtered), ~np.isfinite(image))
    # A window without any finite pixel has no mean: it can only be one whose middle is not finite.
    np.testing.assert_allclose(filtered[np.isfinite(image)], expected[np.isfinite(image)], atol=2e-5)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_region_equals_that_part_of_the_whole(data):
    shape = data.draw(st.tuples(st.integers(1, 3), st.integers(8, 200), st.integers(8, 200)))
    dtype = data.draw(st.sampled_from([np.uint8, np.float32, np.float64]))
    image = picture(shape, dtype, seed=shape[1])
    if dtype != np.uint8 and data.draw(st.booleans()):
        image[..., 3:7, 2:5] = np.nan
    region = []
    for n in shape:
        start = data.draw(st.integers(0, n - 1))
        region.append(slice(start, data.draw(st.integers(start + 1, n))))
    contrast = Contrast((data.draw(st.sampled_from([3.0, 9.0, 40.0])), 7.0))
    source = array_source(image)
    whole = read(contrast, source, tuple(slice(0, n) for n in shape))
    part = read(contrast, source, tuple(region))
    assert np.array_equal(part, whole[tuple(region)], equal_nan=True)


def test_a_large_offset_does_not_cost_precision():
    image = picture((100, 100), np.float64)
    shifted = local_contrast(image + 1e6, 8)
    np.testing.assert_allclose(shifted, local_contrast(image, 8), atol=1e-4)


def test_an_even_image_has_no_contrast():
    assert not local_contrast(np.full((40, 50), 7, np.uint16), 10).any()


@pytest.mark.parametrize("diameter", [0, -3, np.nan, "a", 1e9])
def test_a_diameter_that_fits_no_image_is_refused(diameter):
    with pytest.raises(InputError, match="diameter is"):
        local_contrast(picture((30, 40), np.float32), diameter)


def test_pixels_without_an_order_are_refused():
    with pytest.raises(InputError, match="the image is of type complex128"):
        local_contrast(np.ones((30, 40), complex), 5)
