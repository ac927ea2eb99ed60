"""Generated particles: the truth is exact, the picture is what it says, the seed is the whole story."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label

from specks._core.errors import InputError
from specks.synth import ParticleScene, particle_image, particle_volume, particle_volume_slices

QUIET = ParticleScene(unevenness=0, texture=0, noise=0, jitter=0, dtype="float32")


def brute_force_labels(made) -> np.ndarray:
    """Voxels whose center lies in any sphere, labeled by scikit-image."""
    grid = np.indices(made.labels.shape, sparse=True)
    inside = np.zeros(made.labels.shape, bool)
    axes = "zyx"[-made.labels.ndim :]
    for sphere in made.spheres.itertuples():
        distance = sum(((grid[i] - getattr(sphere, a)) * made.spacing[i]) ** 2 for i, a in enumerate(axes))
        inside |= distance <= sphere.radius**2
    return label(inside, connectivity=2)


@settings(deadline=None, max_examples=25)
@given(
    shape=st.tuples(st.integers(1, 7), st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 2**40),
    prevalence=st.floats(0, 0.2),
    diameter=st.floats(1, 30),
    z_step=st.floats(0.5, 8),
)
def test_truth_is_every_voxel_in_a_sphere_in_18_connected_objects(
    shape: tuple[int, int, int], seed: int, prevalence: float, diameter: float, z_step: float
) -> None:
    scene = dataclasses.replace(QUIET, prevalence=prevalence, diameter=diameter, z_step=z_step)
    made = particle_volume(shape, scene, seed=seed)
    np.testing.assert_array_equal(made.labels, brute_force_labels(made))
    assert made.labels.dtype == np.int32
    assert made.prevalence == np.count_nonzero(made.labels) / made.labels.size
    assert set(made.spheres["label"]) == set(range(1, made.labels.max() + 1))
    assert made.image.shape == made.labels.shape == shape


def test_truth_of_an_image_is_8_connected_discs() -> None:
    made = particle_image((200, 150), ParticleScene(prevalence=0.1), seed=5)
    assert list(made.spheres.columns) == ["y", "x", "radius", "contrast", "label"]
    assert made.spacing == (1.0, 1.0)
    np.testing.assert_array_equal(made.labels, brute_force_labels(made))


@pytest.mark.parametrize("prevalence", [0.0002, 0.003, 0.03, 0.09])
def test_prevalence_is_what_was_asked_for(prevalence: float) -> None:
    made = [
        particle_volume_slices((8, 1024, 1024), ParticleScene(prevalence=prevalence), seed=seed).prevalence
        for seed in range(4)
    ]
    assert np.mean(made) == pytest.approx(prevalence, rel=0.15)  # overlaps take a little


def test_no_particles_is_a_picture_of_background() -> None:
    made = particle_volume((2, 64, 64), ParticleScene(prevalence=0, confounders=1), seed=1)
    assert made.prevalence == made.labels.max() == len(made.spheres) == 0
    assert list(made.spheres.columns) == ["z", "y", "x", "radius", "contrast", "label"]
    assert made.image.std() > 10


def test_the_seed_is_the_whole_story_slice_by_slice_or_at_once() -> None:
    scene = ParticleScene(prevalence=0.02, confounders=1)
    made = particle_volume((5, 70, 90), scene, seed=8)
    slices = particle_volume_slices((5, 70, 90), scene, seed=8)
    partial = iter(slices)
    next(partial)  # an iteration that was given up must not disturb the next
    for z, (image, labels) in enumerate(slices):
        np.testing.assert_array_equal(image, made.image[z])
        np.testing.assert_array_equal(labels, made.labels[z])
    assert z == 4
    assert len(slices) == 5
    assert made.spheres.equals(slices.spheres)
    other = particle_volume((5, 70, 90), scene, seed=9)
    assert not np.array_equal(made.image, other.image)
    assert not made.spheres.equals(other.spheres)


def test_gray_values_are_those_of_the_scene() -> None:
    flat = particle_volume((1, 64, 64), dataclasses.replace(QUIET, prevalence=0), seed=1)
    np.testing.assert_allclose(flat.image, 110)
    made = particle_volume((4, 256, 256), dataclasses.replace(QUIET, prevalence=0.05, diameter=30), seed=2)
    whole = made.spheres[made.spheres["z"].between(0, 3) & made.spheres[["y", "x"]].min(axis=1).gt(15)]
    core = whole.iloc[whole["radius"].argmax()]
    z, y, x = (round(core[a]) for a in "zyx")
    on_top = made.spheres[np.hypot(made.spheres["y"] - y, made.spheres["x"] - x) < 2]
    assert np.abs(made.image[z, y, x] - 110 - on_top["contrast"]).min() < 0.5


def test_sizes_are_lognormal_and_density_falls_to_a_quarter() -> None:
    slices = particle_volume_slices((16, 1024, 1024), ParticleScene(prevalence=0.01), seed=3)
    radius, x = slices.spheres["radius"], slices.spheres["x"]
    assert len(radius) > 800
    assert radius.min() >= 2.5
    assert radius.max() <= 14
    # Large spheres are seen more often: in z they reach further.
    assert np.median(np.log(radius)) == pytest.approx(np.log(5), abs=0.1)
    assert np.log(radius).std() == pytest.approx(0.3, abs=0.04)
    assert slices.spheres["contrast"].mean() == pytest.approx(90, abs=2)
    assert slices.spheres["contrast"].std() == pytest.approx(10, rel=0.15)
    left, right = (x < 256).sum(), (x >= 768).sum()
    assert right / left == pytest.approx((1 - 0.75 * 0.875) / (1 - 0.75 * 0.125), rel=0.35)


@pytest.mark.parametrize(
    ("field", "sd", "sigma", "between"),
    [("unevenness", 10.0, 60.0, 0.97), ("texture", 12.0, 6.0, 0.7), ("noise", 9.0, 0.6, 0.0)],
)
def test_background_varies_as_far_as_it_says(field: str, sd: float, sigma: float, between: float) -> None:
    size = 1400 if sigma > 10 else 500
    scene = dataclasses.replace(QUIET, prevalence=0, **{field: sd})
    one, two = particle_volume((2, size, size), scene, seed=6).image - 110
    lag = max(1, round(sigma))
    assert one.std() == pytest.approx(sd, rel=0.25 if sigma > 10 else 0.05)
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] == pytest.approx(between, abs=0.03)
    along = np.corrcoef(one[:, lag:].ravel(), one[:, :-lag].ravel())[0, 1]
    blurred = sigma**2 + (0.49 if field == "texture" else 0)  # by the microscope
    sampling = 0.06 if field == "noise" else 0.1  # of so narrow a kernel; of so few bumps
    assert along == pytest.approx(np.exp(-(lag**2) / (4 * blurred)), abs=sampling)


def test_brightness_changes_from_slice_to_slice_with_jitter() -> None:
    offsets = []
    for seed in range(6):
        scene = dataclasses.replace(QUIET, prevalence=0, jitter=2)
        offsets.append(particle_volume((200, 4, 4), scene, seed=seed).image.mean(axis=(1, 2)) - 110)
    gray = np.array(offsets)
    # offset 5 / sqrt(1 - 0.64) = 8.3 and gain 0.04 * 110 = 4.4
    assert gray.std() == pytest.approx(np.hypot(8.33, 4.4), rel=0.15)
    lagged = np.mean([np.corrcoef(g[1:], g[:-1])[0, 1] for g in gray])
    assert lagged == pytest.approx(0.8 * 8.33**2 / (8.33**2 + 4.4**2), abs=0.12)


def test_particles_hide_the_texture_and_confounders_do_not_count() -> None:
    scene = dataclasses.replace(QUIET, prevalence=0.03, confounders=1, diameter=24)
    made = particle_volume((1, 512, 512), scene, seed=4)
    background = made.image[made.labels == 0]
    dim = np.abs(background - 155) < 1
    assert 0.01 < dim.mean() < 0.06
    assert np.abs(made.image[made.labels > 0] - 155 < 1).mean() < 0.05
    textured = particle_volume((1, 512, 512), dataclasses.replace(scene, texture=12), seed=4)
    np.testing.assert_array_equal(made.labels, textured.labels)
    inner = made.image > 180
    np.testing.assert_allclose(made.image[inner], textured.image[inner], atol=12)
    assert np.median(np.abs(made.image[inner] - textured.image[inner])) < 0.01


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("uint16", 65535)])
def test_polarity_and_data_types_hold_the_same_picture(dtype: str, top: int) -> None:
    plain = particle_image((64, 64), ParticleScene(dtype="float32"), seed=1)
    dark = particle_image((64, 64), ParticleScene(dtype="float32", polarity="dark"), seed=1)
    stored = particle_image((64, 64), ParticleScene(dtype=dtype), seed=1)
    np.testing.assert_allclose(plain.image + dark.image, 255, rtol=1e-5)
    assert stored.image.dtype == dtype
    scale = 1 if dtype == "uint8" else 256
    np.testing.assert_allclose(stored.image, np.clip(plain.image * scale, 0, top), atol=0.51)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prevalence": -0.1}, "prevalence is -0.1"),
        ({"prevalence": float("nan")}, "prevalence is nan"),
        ({"diameter": 0, "noise": "much"}, "diameter is 0.*noise is 'much'"),
        ({"polarity": "white"}, "polarity is 'white'.*bright, dark"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
        ({"jitter": True}, "jitter is True"),
    ],
)
def test_a_scene_says_every_fault(wrong: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ParticleScene(**wrong)


def test_calls_say_what_is_wrong() -> None:
    with pytest.raises(InputError, match=r"shape is \(4, 4\); it must be 3 whole numbers"):
        particle_volume((4, 4))
    with pytest.raises(InputError, match=r"shape is \(0, 4\)"):
        particle_image((0, 4))
    with pytest.raises(InputError, match=r"seed is -1"):
        particle_image((4, 4), seed=-1)
    with pytest.raises(InputError, match=r"scene is 0\.1; it must be a ParticleScene"):
        particle_image((4, 4), 0.1)
