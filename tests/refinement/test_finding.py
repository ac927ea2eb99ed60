"""The kernels that find features, against their plain statements."""

from __future__ import annotations

import numpy as np
import pytest
from gaussian_spots import as_type, grid_of_spots
from statements import locate as plain

from specks.refinement.finding.bandpass import bandpass
from specks.refinement.finding.centroid import centers, characterize
from specks.refinement.finding.close import far_enough
from specks.refinement.finding.levels import cutoff, in_levels
from specks.refinement.finding.mask import ellipse_rows, root_of_moments
from specks.refinement.finding.maxima import local_maxima
from specks.refinement.finding.noise import background

PLANE, VOLUME = (1, 41, 52), (13, 31, 27)
TYPES = ["uint8", "uint16", "int64", "float32", "float64"]


def scene(shape: tuple[int, int, int], dtype: str = "float64", seed: int = 0) -> np.ndarray:
    sizes = (3.0, 2.5, 3.0)[3 - (3 if shape[0] > 1 else 2) :]
    image, _ = grid_of_spots(shape if shape[0] > 1 else shape[1:], 12, sizes, 6, seed)
    return as_type(image, dtype).reshape(shape)


def levels_of(shape: tuple[int, int, int], dtype: str, seed: int = 0) -> np.ndarray:
    """Whole numbers with much 0 and plateaus."""
    image = 255 * scene(shape, seed=seed)
    return (image.clip(60, 120) - 60).astype(dtype)


@pytest.mark.parametrize("radius", [(0, 1, 1), (0, 5, 5), (0, 8, 8), (0, 4, 7), (3, 3, 3), (2, 5, 4)])
def test_the_rows_of_the_ellipse_are_those_of_the_mask(radius: tuple[int, int, int]) -> None:
    mask, rows = plain.ellipse(radius), ellipse_rows(radius)
    again = np.zeros_like(mask)
    for dz, dy, half in rows:
        again[radius[0] + dz, radius[1] + dy, radius[2] - half : radius[2] + half + 1] = True
    np.testing.assert_array_equal(again, mask)
    squares = (np.indices(mask.shape) - np.array(radius).reshape(3, 1, 1, 1)) ** 2
    np.testing.assert_allclose(root_of_moments(rows), np.sqrt((squares * mask).sum(axis=(1, 2, 3))))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("shape", "noise", "smoothing"),
    [
        (PLANE, (0, 1, 1), (1, 9, 9)),
        (PLANE, (0, 0.6, 2.2), (1, 5, 17)),
        (PLANE, (0, 0, 0), (1, 1, 3)),
        (PLANE, (0, 1, 12), (1, 61, 73)),  # wider than the image
        (VOLUME, (1, 1, 1), (9, 9, 9)),
        (VOLUME, (0, 1.5, 1), (1, 11, 7)),
    ],
)
def test_the_bandpass(dtype: str, shape: tuple, noise: tuple, smoothing: tuple) -> None:
    image = scene(shape, dtype)
    threshold = float(image.std() / 4)
    found, said = (
        bandpass(image, noise, smoothing, threshold),
        plain.bandpass(image, noise, smoothing, threshold),
    )
    differ = abs(found - said) > 1e-6 * float(image.max())
    assert (found > 0).mean() > 0.02
    assert differ.mean() < 1e-3  # a sum that lies at the threshold but for its last bit
    if dtype.startswith("float64"):
        assert not differ.any()


@pytest.mark.parametrize("most", [255, 65535, 2**31 - 1])
def test_floats_become_levels(most: int) -> None:
    image = 255 * scene(PLANE) - 40
    levels, scale = in_levels(image, most)
    said, by = plain.quantized(image, most)
    np.testing.assert_array_equal(levels, said)
    assert scale == by
    assert levels.dtype == {255: np.uint8, 65535: np.uint16}.get(most, np.int64)


def test_an_image_without_anything_bright_has_no_levels() -> None:
    levels, scale = in_levels(np.full((1, 4, 5), -3.0), 255)
    assert not levels.any()
    assert scale == 1
    assert cutoff(levels, 64) is None


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64"])
@pytest.mark.parametrize("percentile", [0, 12.5, 50, 64, 99.9, 100])
def test_the_cutoff_is_the_percentile_of_what_is_not_0(dtype: str, percentile: float) -> None:
    levels = levels_of(PLANE, dtype)
    assert cutoff(levels, percentile) == int(np.percentile(levels[levels != 0], percentile))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64"])
@pytest.mark.parametrize(
    ("shape", "box"),
    [(PLANE, (1, 1, 1)), (PLANE, (1, 2, 3)), (PLANE, (1, 8, 13)), (VOLUME, (3, 4, 6)), (VOLUME, (2, 7, 7))],
)
def test_local_maxima(dtype: str, shape: tuple, box: tuple) -> None:
    levels = levels_of(shape, dtype)
    margin = (0, 2, 3) if shape[0] == 1 else (2, 1, 3)
    found = local_maxima(levels, box, cutoff(levels, 40), margin)
    said = plain.local_maxima(levels, box, 40, margin)
    np.testing.assert_array_equal(found, said)
    assert len(found) > 3


def test_every_pixel_of_a_plateau_is_a_maximum() -> None:
    levels = np.full((1, 90, 90), 7, np.uint8)
    assert (
        len(local_maxima(levels, (1, 3, 3), 6, (0, 5, 5))) == 80 * 80
    )  # more than there is room for at first


def test_negative_levels_at_the_border_are_no_maxima() -> None:
    levels = np.full((1, 9, 9), -5)
    levels[0, 4, 4], levels[0, 0, 8] = -2, -2
    assert local_maxima(levels, (1, 3, 3), -4, (0, 0, 0)).tolist() == [[0, 4, 4]]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64"])
@pytest.mark.parametrize("rounds", [1, 2, 10])
@pytest.mark.parametrize(
    ("shape", "radius"), [(PLANE, (0, 4, 4)), (PLANE, (0, 3, 6)), (VOLUME, (3, 3, 3)), (VOLUME, (2, 4, 5))]
)
def test_centers_of_mass_and_what_is_around_them(
    dtype: str, rounds: int, shape: tuple, radius: tuple
) -> None:
    levels, image = levels_of(shape, dtype), scene(shape)
    inner = [(r, n - 1 - r) for r, n in zip(radius, shape, strict=True)]
    starts = np.random.default_rng(1).integers(*np.transpose(inner), size=(40, 3), endpoint=True)
    starts = np.array(
        [s for s in starts if plain.settled(levels + 1, s, radius, 1)[1] > plain.ellipse(radius).sum()]
    )
    rows = ellipse_rows(radius)
    found = centers(levels, starts, rows, radius, rounds)
    traits = characterize(levels, image, found, rows, shape[0] == 1)
    assert (found.middle != starts).any() == (rounds > 1)
    for i, start in enumerate(starts):
        center, mass, middle = plain.settled(levels, tuple(start), radius, rounds)
        np.testing.assert_allclose(found.position[i], center, rtol=1e-12)
        assert (found.mass[i], tuple(found.middle[i])) == (mass, middle)
        said = plain.characters(levels, image, middle, radius)
        if shape[0] > 1:
            said["ecc"] = np.nan
        for name, value in said.items():
            np.testing.assert_allclose(traits[name][i], value, rtol=1e-9, atol=1e-9, err_msg=name)


def test_an_ellipse_without_light_stays_where_it_is() -> None:
    found = centers(
        np.zeros((1, 20, 20), np.uint8), np.array([[0, 9, 8]]), ellipse_rows((0, 3, 3)), (0, 3, 3), 10
    )
    assert (found.position.tolist(), found.mass.tolist()) == ([[0, 9, 8]], [0])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("shape", "radius"), [(PLANE, (0, 3, 3)), (PLANE, (0, 2, 5)), (VOLUME, (1, 2, 2))])
def test_the_noise_of_the_background(dtype: str, shape: tuple, radius: tuple) -> None:
    levels, image = levels_of(shape, "uint8", seed=2), scene(shape, dtype, seed=2)
    mean, spread = background(levels, image, ellipse_rows(radius))
    np.testing.assert_allclose((mean, spread), plain.background(levels, image, radius), rtol=1e-9)
    assert spread > 0


def test_without_background_there_is_no_noise() -> None:
    image = np.arange(49.0).reshape(1, 7, 7)
    levels = np.ones((1, 7, 7), np.uint8)
    assert np.isnan(background(levels, image, ellipse_rows((0, 1, 1)))).all()
    levels[0, :2, :2] = 0  # one pixel is far enough from all that is bright
    mean, spread = background(levels, image, ellipse_rows((0, 1, 1)))
    assert mean == 0
    assert np.isnan(spread)


def test_wide_ellipses_see_far() -> None:
    """More than 255 steps do not fit into the smallest numbers."""
    image = np.arange(700.0).reshape(1, 1, 700)
    levels = np.zeros((1, 1, 700), np.uint8)
    levels[0, 0, 0] = 1
    mean, _ = background(levels, image, ellipse_rows((0, 1, 300)))
    assert mean == np.arange(301, 700).mean()


@pytest.mark.parametrize("ndim", [2, 3])
def test_of_features_that_are_too_close_one_stays(ndim: int) -> None:
    rng = np.random.default_rng(ndim)
    position = rng.integers(0, 30, (80, ndim)) / 2
    mass = rng.integers(1, 6, 80).astype(float)
    separation = (2.5, 3.0, 4.0)[:ndim]
    stays = far_enough(position, mass, separation)
    np.testing.assert_array_equal(stays, plain.far_enough(position, mass, separation))
    assert 5 < stays.sum() < 80
    assert far_enough(np.empty((0, ndim)), np.empty(0), separation).shape == (0,)
