"""`fit_mixture` in calibrated mode, by its public face."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from specks import fit_mixture
from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError, FitError, InputError
from specks._core.source import array_source

DIAMETER = 10.0


def scene(shape=(3, 160, 200), seed=0, count=12, height=90.0, noise=8.0):
    """Discs on an uneven background, and where they are."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[-2], : shape[-1]]
    image = 100 + 20 * np.sin(x / 60) + rng.normal(0, noise, shape)
    truth = np.zeros(shape, bool)
    for plane in truth.reshape(-1, *shape[-2:]):
        for cy, cx in zip(rng.uniform(0, shape[-2], count), rng.uniform(0, shape[-1], count), strict=True):
            plane |= (y - cy) ** 2 + (x - cx) ** 2 <= (DIAMETER / 2) ** 2
    image[truth] += height
    return image, truth


def dice(found, truth):
    return 2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1)


@pytest.mark.parametrize(
    ("dtype", "scale", "offset"),
    [
        (np.uint8, 1, 0),
        (np.uint16, 100, 500),
        (np.int16, 30, -9000),
        (np.int64, 1000, 0),
        (np.float32, 1e-6, 0),
        (np.float64, 1e4, -1e6),
    ],
)
def test_any_numbers_give_the_same_particles(dtype, scale, offset):
    image, truth = scene()
    image = (image.clip(0, 255) * scale + offset).astype(dtype)
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    posterior = model.posterior(image)
    assert posterior.dtype == np.float32
    assert posterior.shape == image.shape
    assert posterior.min() >= 0
    assert posterior.max() <= 1
    assert dice(posterior > 0.5, truth) > 0.88
    assert model.prevalence == pytest.approx(truth.mean(), rel=0.3)
    assert 0 < model.prevalence_error < model.prevalence


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("yx", (160, 200)), ("tyx", (3, 160, 200)), ("zyx", (3, 160, 200)), ("tzyx", (2, 2, 160, 200))],
)
def test_two_and_three_dimensions_and_time(axes, shape):
    image, truth = scene(shape)
    model = fit_mixture(image, axes=axes, diameter=DIAMETER, polarity="bright")
    assert model.axes == axes
    assert dice(model.posterior(image) > 0.5, truth) > 0.88


def test_dark_particles_mirror_bright_ones():
    image, _ = scene()
    bright = fit_mixture(image, diameter=DIAMETER, polarity="bright").posterior(image)
    dark = fit_mixture(-image, diameter=DIAMETER, polarity="dark").posterior(-image)
    np.testing.assert_allclose(bright, dark, atol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_polarity_and_diameter_are_found_and_shown(sign):
    image, truth = scene((2, 300, 300), count=40)
    model = fit_mixture(sign * image)
    assert model.polarity == ("bright" if sign > 0 else "dark")
    assert DIAMETER / 1.6 < model.diameter < DIAMETER * 1.6
    assert dice(model.posterior(sign * image) > 0.5, truth) > 0.8
    assert model.polarity in model.summary().lower()


def test_a_diameter_is_a_length():
    image, _ = scene()
    pixels = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    lengths = fit_mixture(
        image, diameter=DIAMETER * 0.4, polarity="bright", spacing=(5.0, 0.4, 0.4), units="nm"
    )
    assert lengths.diameter == pytest.approx(DIAMETER * 0.4)
    assert lengths.variable.diameter == pytest.approx(pixels.variable.diameter)
    assert "nm" in lengths.summary()
    assert np.array_equal(pixels.tables, lengths.tables)


def test_no_particles_no_false_ones():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        image = rng.normal(100, 9, (4, 256, 256)).astype(np.float32)
        model = fit_mixture(image, diameter=DIAMETER, polarity="bright")
        assert (model.posterior(image) >= 0.5).sum() == 0
        assert model.prevalence < 1e-4


def test_slices_of_other_brightness_do_not_matter():
    image, truth = scene((4, 160, 200))
    image[1] = image[1] * 1.6 + 40
    image[3] = image[3] * 0.5 - 30
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    assert dice(model.posterior(image) > 0.5, truth) > 0.88


def test_probabilities_hold_what_they_promise():
    image, truth = scene((6, 400, 400), count=60, height=35.0, noise=9.0)
    posterior = fit_mixture(image, diameter=DIAMETER, polarity="bright").posterior(image)
    bins = np.minimum((posterior * 20).astype(int), 19).ravel()
    promised = np.bincount(bins, posterior.ravel(), 20)
    held = np.bincount(bins, truth.ravel(), 20)
    assert truth.mean() > 0.02
    assert np.abs(promised - held).sum() / truth.size < 0.006


def test_intensity_when_told():
    image, truth = scene(height=120.0)
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright", variable="intensity")
    assert model.variable.name == "intensity"
    assert dice(model.posterior(image) > 0.5, truth) > 0.7


def test_a_clean_drawing_needs_no_noise():
    image = np.zeros((100, 100), np.uint8)
    image[20:30, 20:30] = 255
    image[60:70, 50:60] = 255
    posterior = fit_mixture(image, diameter=10, polarity="bright").posterior(image)
    assert (posterior[image > 0] > 0.5).all()
    from scipy import ndimage as ndi

    # The blur makes borders reach at most one pixel farther.
    assert not posterior[~ndi.binary_dilation(image > 0, np.ones((3, 3)))].any()


def test_every_executor_gives_the_same_bits(tmp_path):
    image, _ = scene((6, 100, 120))
    path = tmp_path / "image.npy"
    np.save(path, image.astype(np.float32))
    stored = np.load(path, mmap_mode="r")
    alone = fit_mixture(stored, diameter=DIAMETER, polarity="bright")
    with ThreadPoolExecutor(3) as threads:
        threaded = fit_mixture(stored, diameter=DIAMETER, polarity="bright", executor=threads)
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        elsewhere = fit_mixture(stored, diameter=DIAMETER, polarity="bright", executor=processes)
    for other in (threaded, elsewhere):
        assert np.array_equal(alone.tables, other.tables)
        assert np.array_equal(alone.slices.total, other.slices.total)


def test_an_array_in_memory_cannot_go_to_other_processes():
    image, _ = scene()
    with ProcessPoolExecutor(1) as processes, pytest.raises(InputError, match="save it to a file"):
        fit_mixture(image, diameter=DIAMETER, executor=processes)


def test_progress_counts_slices():
    image, _ = scene((5, 64, 64))
    steps = list(fit_mixture.iterate(image, diameter=DIAMETER))
    assert steps[-1].done == steps[-1].total == 5


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (np.zeros((64, 64), bool), InputError, "bool"),
        (np.zeros((64, 64), complex), InputError, "complex"),
        (np.zeros(64), InputError, r"the image has the shape \(64,\)"),
        (np.zeros((0, 64)), InputError, "empty"),
        (np.zeros((4, 64)), InputError, "8 or more along y and x$"),
        (
            array_source(np.zeros((64, 64, 3))),
            InputError,
            r"if the last axis holds colors, take one.*\[\.\.\., 0\]",
        ),
        (np.full((64, 64), np.nan), FitError, "no finite"),
        (np.full((64, 64), 1e200), FitError, "no finite pixels below 1e30"),
        ([[1, 2], [3]], InputError, "makes no array"),
        (np.full((64, 64), 7, np.uint8), FitError, "every pixel of the image is 7"),
        (np.full((2, 64, 64), 0.1), FitError, "every pixel of the image is 0.1"),
        (1e-100 * scene((2, 64, 64))[0], FitError, "too small to be compared in 32 bits; multiply the image"),
    ],
)
def test_images_that_cannot_be_fitted_are_refused_in_words(image, error, words):
    with pytest.raises(error, match=words):
        fit_mixture(image)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("exponent", [-130, -100, -75, 60, 85])
def test_the_unit_of_an_image_does_not_matter(exponent, dtype):
    """Squares of small and large numbers have no room in 32 bits: particles came out of nothing, or none."""
    image = scene((96, 128))[0].astype(dtype)
    other = np.ldexp(image, exponent)
    wanted, found = fit_mixture(image), fit_mixture(other)
    assert (found.diameter, found.polarity) == (wanted.diameter, wanted.polarity)
    assert np.array_equal(found.posterior(other), wanted.posterior(image))
    part = (slice(10, 60), slice(20, 90))
    assert np.array_equal(found.posterior_block(array_source(other), part), wanted.posterior(image)[part])


def test_pixels_without_a_value_are_left_out_where_intensity_is_compared():
    image = scene((96, 128))[0].astype(np.float32)
    image[:20, :30] = 9.97e36
    posterior = fit_mixture(image, variable="intensity", diameter=DIAMETER, polarity="bright").posterior(
        image
    )
    assert not posterior[:20, :30].any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"diameter": 0}, "diameter"),
        ({"diameter": -3.0}, "diameter"),
        ({"diameter": (1.0, 2.0, 3.0, 4.0)}, "spatial axes"),
        ({"axes": "yz"}, "axes"),
        ({"polarity": "light"}, "polarity"),
        ({"diameter": 1000}, "more than the whole image"),
        ({"further_diameters": (4.0, -1.0)}, "further_diameters has the element -1; it must be a sequence"),
        ({"further_diameters": (np.nan,)}, "further_diameters has the element nan"),
        ({"further_diameters": 4.0}, "further_diameters is 4.0; it must be a sequence of numbers"),
        ({"diameter": 8, "further_diameters": (30, 8.0), "axes": "tyx"}, "holds 8 px, which is the diameter"),
        ({"diameter": 8, "further_diameters": (30, 30), "axes": "tyx"}, "give each width once"),
        ({"diameter": 8, "further_diameters": (65,), "axes": "tyx"}, "more than the whole image"),
        ({"further_diameters": (30,), "axes": "zyx"}, 'variable is "contrast"; particles of several widths'),
        ({"further_diameters": (30,), "variable": "intensity"}, 'variable is "intensity"'),
        ({"further_diameters": (30,), "mode": "documented"}, 'mode is "documented", which looks at no width'),
        ({"diamter": 3}, "did you mean 'diameter'"),
        ({"documented": {"halo_pad": 3}}, "documented is given"),
        ({"mode": "documented"}, "uint8"),
        ({"executor": 4}, "executor is 4"),
        ({"mask": [[1], [1, 2]]}, "mask is list that makes no array"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(arguments, words):
    image, _ = scene((2, 64, 64))
    with pytest.raises(InputError, match=words):
        fit_mixture(image, **arguments)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (
            "region",
            {"polygon": [[1, 1], [1, 60], [60, 1]], "frames": [7]},
            "region names frame 7; the image has 2",
        ),
        ("exclude_frame", {"frame": 2}, "exclude_frame names frame 2; the image has 2"),
        (
            "scribble",
            {"array": np.zeros((64, 64), int), "frame": 5},
            "scribbles names frame 5; the image has 2",
        ),
        ("scribble", {"array": np.zeros((2, 64, 64))}, "scribbles has the type float64"),
    ],
)
def test_corrections_that_do_not_fit_are_refused_in_words(kind, fields, words):
    image, _ = scene((2, 64, 64))
    log = Corrections().add(kind, **fields)
    with pytest.raises(CorrectionError, match=words):
        fit_mixture(image, diameter=DIAMETER, corrections=log)
    model = fit_mixture(image, diameter=DIAMETER)
    with pytest.raises(CorrectionError, match=words):
        model.refit(log)
    with pytest.raises(CorrectionError, match="corrections is 'log"):
        model.refit("log.json")


def test_corners_of_a_region_may_name_more_axes_than_y_and_x():
    image, _ = scene((2, 64, 64))
    flat = Corrections().add("exclude_region", polygon=[[1, 1], [1, 60], [60, 1]])
    deep = Corrections().add("exclude_region", polygon=[[0, 1, 1], [1, 60], [9, 0, 60, 1]])
    models = [fit_mixture(image, diameter=DIAMETER, corrections=log) for log in (flat, deep)]
    assert np.array_equal(models[0].tables, models[1].tables)
    assert models[0].slices.pixels.sum() < image.size


def test_a_model_takes_only_images_whose_pixels_have_an_order():
    image, _ = scene((1, 64, 64))
    model = fit_mixture(image, diameter=DIAMETER)
    for other in (image > 0, image + 1j):
        with pytest.raises(InputError, match="the image is of type"):
            model.posterior(other)


def test_numbers_that_stand_for_no_value_do_not_spoil_their_surroundings():
    image, _ = scene()
    gaps, huge = image.astype(np.float64), image.astype(np.float64)
    places = np.random.default_rng(0).random(image.shape) < 0.001
    gaps[places], huge[places] = np.nan, 3.4e38
    huge[0, 0, :2], gaps[0, 0, :2] = (-np.inf, np.inf), np.nan
    models = [fit_mixture(spoiled) for spoiled in (gaps, huge)]
    assert np.array_equal(models[0].posterior(gaps), models[1].posterior(huge))


def test_nan_and_mask_count_nowhere():
    image, truth = scene()
    hole = np.zeros(image.shape, bool)
    hole[:, 20:60, 30:90] = True
    spoiled = np.where(hole, np.nan, image)
    model = fit_mixture(spoiled, diameter=DIAMETER, polarity="bright")
    posterior = model.posterior(spoiled)
    assert not posterior[hole].any()
    assert model.slices.pixels.sum() == (~hole).sum()
    assert dice(posterior[~hole] > 0.5, truth[~hole]) > 0.85
    masked = fit_mixture(image, diameter=DIAMETER, polarity="bright", mask=~hole)
    assert masked.slices.pixels.sum() == (~hole).sum()
    assert not masked.posterior(image)[hole].any()


def test_a_mask_of_one_plane_serves_all():
    image, _ = scene()
    mask = np.zeros(image.shape[1:], bool)
    mask[:, :100] = True
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright", mask=mask)
    assert model.slices.pixels.tolist() == [mask.sum()] * 3
    with pytest.raises(CorrectionError, match="mask has the shape"):
        fit_mixture(image, diameter=DIAMETER, mask=mask[:50])


def test_frames_and_regions_are_left_out():
    image, _ = scene((4, 160, 200))
    log = (
        Corrections()
        .add("exclude_frame", frame=2)
        .add("exclude_region", polygon=[[0, 0], [0, 80], [159, 80], [159, 0]], frames=[0])
        .add("region", polygon=[[-1, -1], [-1, 99], [200, 99], [200, -1]], frames=[3])
        .add("region", polygon=[[-1, 149], [-1, 250], [200, 250], [200, 149]], frames=[3])
    )
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright", corrections=log)
    posterior = model.posterior(image)
    assert not posterior[2].any()
    assert not posterior[0, :159, :80].any()
    assert not posterior[3, :, 101:148].any()
    assert posterior[3, :, :99].any()
    assert posterior[3, :, 152:].any()
    assert model.share[2] == 0


def test_a_slice_without_contrast_is_named():
    image, _ = scene()
    image[1] = 5
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    assert "1 of 3 slices" in " ".join(model.warnings)
    assert not model.posterior(image)[1].any()


def test_the_histogram_adds_up():
    image, _ = scene()
    model = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    edges, total, background, particle = model.histogram()
    assert len(edges) == len(total) + 1 == len(background) + 1 == len(particle) + 1
    assert total.sum() == pytest.approx(1)
    assert particle.sum() == pytest.approx(model.prevalence, rel=1e-6)
    assert background.sum() == pytest.approx(1 - model.prevalence, rel=1e-6)


def test_the_histogram_of_peaks_says_how_likely_each_height_is():
    image, _ = scene()
    model = fit_mixture(image[0], diameter=DIAMETER, polarity="bright")
    _, total, background, particle = model.histogram()
    counted = total > 0
    found = particle[counted] / (particle + background)[counted]
    assert found == pytest.approx(model.tables[0, 1:][counted], abs=1e-9)


def test_the_declaration_is_whole():
    spec = fit_mixture.spec()
    assert [p.name for p in spec.inputs] == ["image", "scribbles", "mask"]
    assert spec.results[0].role.value == "model"
    essentials = [p.name for p in spec.settings if not p.limits.advanced]
    assert essentials == ["diameter", "polarity", "mode"]


def test_a_single_particle_is_found():
    rng = np.random.default_rng(0)
    image = rng.normal(100, 5, (128, 128))
    image[40:50, 40:50] -= 60
    posterior = fit_mixture(image, diameter=10, polarity="dark").posterior(image)
    assert (posterior[41:49, 41:49] > 0.9).all()
    posterior[38:52, 38:52] = 0
    assert (posterior > 0.5).sum() < 5


@pytest.mark.parametrize("shape", [(8, 8), (9, 40), (24, 24), (2, 40, 33)])
def test_tiny_images_are_fitted_all_the_same(shape):
    image = np.random.default_rng(0).normal(100, 5, shape)
    model = fit_mixture(image)
    posterior = model.posterior(image)
    assert posterior.shape == shape
    assert np.isfinite(posterior).all()
    if min(shape[-2:]) < 32:
        assert model.variable.name == "intensity"


def test_a_single_pixel_that_is_not_finite_does_no_harm():
    image, _ = scene((1000, 700), count=60)
    clean = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    image[501, 333] = np.nan
    spoiled = fit_mixture(image, diameter=DIAMETER, polarity="bright")
    assert spoiled.prevalence == pytest.approx(clean.prevalence, rel=0.01)


def test_a_few_particles_are_enough_to_find_their_size():
    image, truth = scene((2, 500, 500), count=3, height=120.0)
    model = fit_mixture(image)
    assert truth.mean() < 0.001
    assert model.polarity == "bright"
    assert DIAMETER / 1.6 < model.diameter < DIAMETER * 1.6
