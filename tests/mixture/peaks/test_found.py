"""What is found in images: all particles, each once, and nothing that is chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from discs import drawn, matches, scattered, scene
from scipy import ndimage as ndi

from specks import fit_mixture, segment_particles
from specks._core.errors import InputError
from specks.mixture.peaks.heights import heights_to_bins, separate_heights


def found(image, **settings):
    return segment_particles(image, **{"diameter": 10, "polarity": "bright", **settings})


def places(result):
    return result.objects[["y", "x"]].to_numpy()


@pytest.mark.parametrize("blur", [0, 1, 2.5])
def test_noise_holds_no_particle(blur):
    for seed in range(25):
        image = ndi.gaussian_filter(np.random.default_rng(seed).normal(0, 1, (160, 160)), blur)
        assert found(image).labels.max() == 0, seed

    assert segment_particles(image).labels.max() == 0


@pytest.mark.parametrize(
    ("shape", "diameter"), [((8, 8), 6), ((24, 24), 8), ((128, 128), 60), ((128, 128), 120)]
)
def test_noise_with_next_to_nothing_to_compare_with_holds_no_particle(shape, diameter):
    for seed in range(40):
        image = np.random.default_rng(seed).normal(100, 5, shape)
        assert found(image, diameter=diameter).labels.max() == 0, seed


def test_a_lone_peak_is_believed_when_it_is_high():
    pits = np.zeros(256, int)
    weights = [
        separate_heights(np.bincount(heights_to_bins([height]), minlength=256), pits).weight
        for height in (1.1, 2.7, 9.0, 1e6)
    ]
    assert weights[:2] == [0, 0]
    assert min(weights[2:]) > 0.99


def test_a_single_square_is_the_only_one():
    for seed in range(8):
        image = np.random.default_rng(seed).normal(100, 5, (160, 160))
        image[40:50, 60:70] += 60
        result = found(image, polarity="auto")
        assert result.model.polarity == "bright"
        assert places(result) == pytest.approx(np.array([[44.5, 64.5]]), abs=0.3)


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_discs_that_touch_are_two(gap):
    rng = np.random.default_rng(gap)
    pairs = []
    for middle in ([25, 25], [25, 75], [25, 125], [75, 25], [75, 75], [75, 125]):
        angle = rng.uniform(0, np.pi)
        half = (12 + gap) / 2 * np.array([np.sin(angle), np.cos(angle)])
        pairs += [middle + half, middle - half]
    image = rng.normal(100, 4, (100, 160)) + drawn((100, 160), pairs, 12, 60)
    result = found(image, diameter=12)
    assert len(result.objects) == len(pairs)
    assert matches(places(result), pairs, 1.0) == len(pairs)


@pytest.mark.parametrize("spacing", [10, 11])
def test_where_neighbors_own_all_around_a_particle_is_outlined_all_the_same(spacing):
    """A layer packed as densely as it can be, all of whose particles a hand has accepted."""
    from specks.mixture.peaks.outlines import EDGE, outline, smooth

    rows, columns = np.mgrid[2:14, 2:14]
    centers = np.stack([rows * spacing * 0.866, (columns + rows % 2 / 2) * spacing], -1).reshape(-1, 2)
    image = np.random.default_rng(0).normal(100, 2, (160, 170)) + drawn((160, 170), centers, 9, 60, 0.5)
    radius = np.full(len(centers), 5, np.float32)
    planes = [smooth(image.astype(np.float32), (10, 10))]
    outlines = outline(planes, np.zeros(len(centers), int), *centers.T.copy(), radius, radius)
    labels, _ = outlines.above(EDGE)
    diameters = 2 * np.sqrt(np.bincount(labels.ravel(), minlength=len(centers) + 1)[1:] / np.pi)
    assert diameters.min() > 0.85 * 9
    assert diameters.max() < 1.15 * 9


@pytest.mark.parametrize("diameter", [8, 10, 16, 24, 40])
def test_diameters_are_those_of_the_discs(diameter):
    image, truth = scene((400, 400), 5, diameter, apart=2.5)
    result = found(image, diameter=diameter)
    assert len(result.objects) == matches(places(result), truth, 1.0) == len(truth)
    assert result.objects["equivalent_diameter"].to_numpy() == pytest.approx(diameter, rel=0.1)


@pytest.mark.parametrize("diameter", [10, 16])
def test_sizes_around_the_diameter_are_found(diameter):
    truth = scattered((500, 500), 30, 2.6 * diameter, 0, 1.5 * diameter)
    sizes = diameter * np.tile([0.6, 0.75, 1, 1.3, 1.7], 6)
    noise = np.random.default_rng(0).normal(100, 5, (500, 500))
    result = found(noise + drawn((500, 500), truth, sizes, 60), diameter=diameter)
    assert len(result.objects) == matches(places(result), truth, 1.5) == len(truth)
    nearest = np.hypot(*(places(result)[:, None] - truth).transpose(2, 0, 1)).argmin(axis=1)
    assert result.objects["equivalent_diameter"].to_numpy() == pytest.approx(sizes[nearest], rel=0.1)


Y, X = np.mgrid[:256, :256]
TEXTURE = ndi.gaussian_filter(np.random.default_rng(9).normal(0, 1, (256, 256)), 2)
SUPPORTS = {
    "ramp": lambda image: image + 1.0 * X,
    "low step": lambda image: image + 10 * (X > 128),
    "twice as noisy": lambda image: np.where(X > 128, 100 + 2 * (image - 100), image),
    "textured": lambda image: image + 8 * TEXTURE / TEXTURE.std() * (1 + (X > 128)),
}


@pytest.mark.parametrize("support", SUPPORTS)
def test_uneven_supports_make_no_particles(support):
    for seed in range(8):
        image = SUPPORTS[support](np.random.default_rng(seed).normal(100, 5, (256, 256)))
        assert found(image).labels.max() == 0, seed


def test_edges_of_a_support_make_hardly_any_particles():
    """The response to an edge is a ridge; noise breaks it into peaks, which are not round."""
    y, x = np.mgrid[:384, :384]
    fooled = []
    for seed, slope, height in itertools.product(range(3), (0.3, 0.6, 1.0), (4, 8, 16)):
        noise = ndi.gaussian_filter(np.random.default_rng(seed).normal(0, 1, x.shape), 1)
        image = 100 + noise / noise.std() + height * (x + slope * y > 240)
        fooled.append(found(image).labels.max() > 0)
    assert sum(fooled) <= 1  # of 27; 16 when ridges count


@pytest.mark.parametrize("support", SUPPORTS)
def test_particles_on_uneven_supports_are_found(support):
    for seed in range(4):
        image, truth = scene((256, 256), seed=seed, noise=5)
        result = found(SUPPORTS[support](image))
        # Texture of the size and a quarter of the contrast of particles hides some.
        least = len(truth) - 4 if support == "textured" else len(truth)
        assert len(result.objects) == matches(places(result), truth, 4.0) >= least, seed


def test_dark_particles_are_bright_ones_of_the_negative():
    image, truth = scene()
    bright, dark = found(image), found(-image, polarity="dark")
    assert bright.labels.max() == len(truth)
    assert np.array_equal(bright.labels, dark.labels)
    assert np.array_equal(bright.posterior, dark.posterior)


@pytest.mark.parametrize(("scale", "offset"), [(2.0, 0.0), (1e-9, 0.0), (1e9, 0.0), (0.37, 5.0), (1.0, 1e4)])
def test_scale_and_offset_change_nothing(scale, offset):
    image, truth = scene()
    plain, other = found(image), found(image.astype(np.float64) * scale + offset)
    assert plain.labels.max() == len(truth)
    assert np.array_equal(plain.labels, other.labels)
    np.testing.assert_allclose(plain.posterior, other.posterior, atol=2e-4)


def test_equal_values_of_any_type_give_equal_results():
    image = scene()[0].clip(0, 255).astype(np.uint8)
    plain = found(image)
    assert plain.labels.max() > 0
    for dtype in ("u2", "i2", "i4", "f2", "f4", "f8", ">u2", ">f4"):
        other = found(image.astype(dtype))
        assert np.array_equal(plain.labels, other.labels), dtype
        assert np.array_equal(plain.posterior, other.posterior), dtype


def test_a_diameter_of_each_axis():
    truth = scattered((160, 400), 14, 30, 0, 14)
    half = drawn((160, 200), truth * [1, 0.5], 10, 60)
    image = np.repeat(half, 2, axis=1) + np.random.default_rng(0).normal(100, 5, (160, 400))
    result = found(image, diameter=(10, 20))
    assert len(result.objects) == matches(places(result), truth, 1.5) == len(truth)
    assert result.objects["equivalent_diameter"].to_numpy() == pytest.approx(200**0.5, rel=0.1)


def test_each_label_is_one_peak_with_its_confidence():
    image, _ = scene(noise=14, seed=3, count=30, shape=(300, 300))
    result = found(image)
    model = result.model
    sure = model.certainty[(model.certainty >= 0.5)]
    assert 0 < len(result.objects) <= len(sure)
    assert np.isin(result.objects["confidence"], sure).all()
    for label, confidence in result.objects[["label", "confidence"]].to_numpy():
        assert result.posterior[result.labels == label].max() <= np.float32(confidence)


def test_min_size_leaves_small_ones_out():
    truth = scattered((200, 240), 12, 25, 0, 10)
    sizes = np.tile([6.0, 14.0], 6)
    image = np.random.default_rng(0).normal(100, 4, (200, 240)) + drawn((200, 240), truth, sizes, 60)
    every, large = found(image, min_size=1), found(image, min_size=80)
    assert len(every.objects) == 12
    assert len(large.objects) == matches(places(large), truth[1::2], 1.0) == 6
    assert large.labels.max() == 6
    assert large.objects["area"].min() >= 80


def test_a_plane_without_contrast_holds_nothing():
    image = np.stack([scene()[0], np.full((200, 240), 7, np.float32)])
    result = found(image, axes="tyx")
    assert result.labels[0].max() == result.labels.max() == 12
    assert not result.posterior[1].any()
    assert "1 of 2 slices have no contrast" in " ".join(result.model.warnings)


@pytest.mark.parametrize("shape", [(8, 8), (9, 40), (24, 24), (33, 8)])
def test_tiny_planes_with_a_large_diameter(shape):
    image = np.random.default_rng(0).normal(100, 5, shape)
    for diameter in (1, 4, min(shape), max(shape)):
        posterior = fit_mixture(image, diameter=diameter, polarity="bright", variable="peaks").posterior(
            image
        )
        assert posterior.shape == shape
        assert ((posterior >= 0) & (posterior <= 1)).all()


def test_summary_counts_and_shares_follow_from_the_peaks():
    image, truth = scene()
    model = found(image).model
    covered = len(truth) * np.pi / 4 * 100 / image.size
    assert model.prevalence == pytest.approx(covered, rel=0.25)
    _, total, background, particle = model.histogram()
    assert total.sum() == pytest.approx(1)
    assert particle.sum() == pytest.approx(len(truth) / len(model.certainty), rel=0.05)
    assert background.sum() + particle.sum() == pytest.approx(1)


def test_the_order_in_memory_changes_nothing():
    image, _ = scene(seed=3)
    plain, turned = found(image), found(np.asfortranarray(image))
    assert np.array_equal(plain.labels, turned.labels)
    assert np.array_equal(plain.posterior, turned.posterior)
    assert plain.posterior.max() > 0.9


@pytest.mark.parametrize("settings", [{"diameter": 0.01}, {"further_diameters": [0.5]}])
def test_a_diameter_below_a_pixel_is_refused_in_words(settings):
    with pytest.raises(InputError, match=r"pixels.*at least 1 pixel: is it in the unit of the image"):
        found(np.zeros((32, 32)), **settings)
