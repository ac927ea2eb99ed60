"""Touching particles: pixels are what the formulas say, groups are what they are called, noise is as stated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from specks._core.errors import InputError
from specks.synth import TouchingScene, camera_movie, start_table, touching_particles

QUIET = {"snr": np.inf, "dtype": "float64"}


def drawn(table, shape, profile):
    """The image that the truth describes, by the formulas of least-squares refinement."""
    axes = [a for a in "zyx" if a in table]
    n = len(axes)
    image = np.full(shape, table["background"].iloc[0])
    grid = np.indices(shape)
    for row in table.to_dict("records"):
        r = np.sqrt(
            sum(
                ((g - row[a]) / row.get(f"size_{a}", row.get("size"))) ** 2
                for g, a in zip(grid, axes, strict=True)
            )
        )
        if profile == "ring":
            r = (r - 0.8) / 0.2
        elif profile == "disc":
            r = np.clip((r - 0.5) / 0.5, 0, None)
        image += row["signal"] * np.exp(-n * r**2 / 2)
    return image


@pytest.mark.parametrize("profile", ["gauss", "ring", "disc"])
@pytest.mark.parametrize(
    ("shape", "size"), [((90, 80), 4.0), ((70, 90), (3.0, 5.0)), ((24, 44, 44), (2.0, 3.0, 3.5))]
)
def test_pixels_are_those_of_the_formula(profile: str, shape: tuple[int, ...], size) -> None:
    scene = TouchingScene(profile=profile, size=size, signal_spread=0.3, size_spread=0.2, **QUIET)
    made = touching_particles(shape, scene, seed=2)
    assert made.images.shape == shape
    np.testing.assert_allclose(made.images, drawn(made.table, shape, profile), atol=1e-7)
    assert made.table["signal"].between(112, 208).all()
    assert made.table["signal"].std() > 5


@pytest.mark.parametrize(("arrangement", "ndim", "members", "distances"), [
    ("single", 2, 1, []),
    ("dimer", 3, 2, [1]),
    ("trimer", 3, 3, [1, 1, 1]),
    ("tetramer", 2, 4, [1, 1, 1, 1, 2**0.5, 2**0.5]),
    ("tetramer", 3, 4, [1] * 6),
])  # fmt: skip
def test_groups_are_what_they_are_called(
    arrangement, ndim: int, members: int, distances: list[float]
) -> None:
    scene = TouchingScene(arrangement=arrangement, size=2.0, distance=1.7, **QUIET)
    made = touching_particles(None, scene, count=10, ndim=ndim, seed=1)
    axes = list("zyx"[-ndim:])
    angles = []
    for _, group in made.table.groupby("group"):
        assert len(group) == members
        apart = pdist(group[axes])
        np.testing.assert_allclose(np.sort(apart), np.array(distances) * 1.7 * 2, atol=1e-9)
        angles.append(group[axes].diff().iloc[-1].to_numpy())
    assert made.table["group"].nunique() == 10
    if members > 1:
        assert np.std(angles, axis=0).min() > 0.5


def test_a_chain_bends_and_its_neighbors_are_one_distance_apart() -> None:
    scene = TouchingScene(arrangement="chain", length=6, size=3.0, distance=2.0, **QUIET)
    made = touching_particles(None, scene, count=30, seed=4)
    lengths = []
    for _, group in made.table.groupby("group"):
        apart = pdist(group[["y", "x"]])
        steps = np.hypot(*group[["y", "x"]].diff().iloc[1:].to_numpy().T)
        np.testing.assert_allclose(steps, 6.0, atol=1e-9)
        assert apart.min() > 5.99
        lengths.append(apart.max())
    assert 15 < np.mean(lengths) < 29.5


def test_groups_are_apart_from_each_other_and_from_the_border_in_every_frame() -> None:
    scene = TouchingScene(arrangement=("single", "chain"), size=3.0, **QUIET)
    made = touching_particles((300, 260), scene, frames=20, step=3, seed=3)
    rows = made.table[made.table["frame"] == 0]
    assert [len(g) for _, g in rows.groupby("group")][:4] == [1, 5, 1, 5]
    for _, frame in made.table.groupby("frame"):
        positions, group = frame[["y", "x"]].to_numpy(), frame["group"].to_numpy()
        far = np.sqrt(((positions[:, None] - positions) ** 2).sum(axis=2))
        assert far[group[:, None] != group].min() > 6 * 3.0
        assert min(positions.min(), (np.array([299, 259]) - positions).min()) > 2 * 3.0
    walks = made.table.groupby("particle")["x"].agg(np.ptp)
    assert len(walks) == len(rows)
    assert walks.between(2, 6.01).all()


def test_noise_is_as_strong_as_stated() -> None:
    made = touching_particles((256, 256), TouchingScene(snr=5, dtype="float64"), seed=5)
    left = made.images - drawn(made.table, (256, 256), "gauss")
    assert made.noise == 32
    assert left.std() == pytest.approx(32, rel=0.01)
    photons = touching_particles((256, 256), TouchingScene(snr=np.inf, poisson=True, dtype="float64"), seed=5)
    light = drawn(photons.table, (256, 256), "gauss")
    assert ((photons.images - light) ** 2 / light).mean() == pytest.approx(1, rel=0.02)


def test_the_camera_counts_from_500_and_its_truth_is_in_gray_values() -> None:
    made = camera_movie((256, 256), 3, count=12, seed=2)
    assert (made.images.shape, made.images.dtype) == ((3, 256, 256), np.uint16)
    assert (made.table["background"] == 530).all()
    assert (made.table["signal"] == 160).all()
    assert np.bincount(made.table["group"][made.table["frame"] == 0]).tolist() == [1, 2] * 6
    for t in range(3):
        gray = drawn(made.table[made.table["frame"] == t], (256, 256), "gauss")
        left = made.images[t] - gray
        variance = 2 * (gray - 500) + 4.0**2 + 1 / 12
        assert abs(left.mean()) < 0.2
        assert (left**2 / variance).mean() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_whole_numbers_are_rounded_and_cut(dtype: str) -> None:
    scene = TouchingScene(signal=300, background=5, offset=-5, snr=np.inf)
    plain = touching_particles((96, 96), scene, seed=1).images
    whole = touching_particles((96, 96), TouchingScene(**vars(scene) | {"dtype": dtype}), seed=1).images
    assert whole.dtype == dtype
    np.testing.assert_array_equal(whole, np.clip(np.rint(plain), 0, np.iinfo(dtype).max))


def test_starts_are_off_by_what_was_asked_for() -> None:
    truth = touching_particles(None, count=500, seed=1).table
    within, exactly = start_table(truth, 3, seed=1), start_table(truth, 3, exactly=True, seed=1)
    off, all_off = (np.hypot(*(s - truth)[["y", "x"]].to_numpy().T) for s in (within, exactly))
    np.testing.assert_allclose(all_off, 3)
    assert off.max() < 3
    assert (off < 3 / 2**0.5).mean() == pytest.approx(0.5, abs=0.05)  # as much of the disc's area
    assert abs((within["x"] - truth["x"]).mean()) < 0.2
    assert set((within["signal"] / truth["signal"]).round(9)) == {0.9, 1.1}
    assert (within["background"] == 12).all()
    assert list(within) == ["frame", "y", "x", "signal", "size", "background"]


def test_the_seed_is_the_whole_story() -> None:
    one, again, other = (touching_particles((128, 128), frames=2, seed=s) for s in (4, 4, 5))
    np.testing.assert_array_equal(one.images, again.images)
    assert one.table.equals(again.table)
    assert not np.array_equal(one.images, other.images)
    assert start_table(one.table, seed=1).equals(start_table(again.table, seed=1))


@pytest.mark.parametrize(("call", "said"), [
    (lambda: TouchingScene(arrangement="pair"), "arrangement is 'pair'; it must be one of single, dimer"),
    (lambda: TouchingScene(size=(4, 0)), "size is"),
    (lambda: TouchingScene(snr=0), "snr is 0; it must be a number above 0"),
    (lambda: TouchingScene(length=1), "length is 1; it must be a whole number of 2 or more"),
    (lambda: touching_particles((64, 64), count=9), "there is room for 1 groups"),
    (lambda: touching_particles(None), "shape and count are both None"),
    (lambda: touching_particles((64, 64), TouchingScene(size=(2, 2, 2))), "one for each of 2 axes"),
    (lambda: touching_particles(step=-1), "step is -1"),
    (lambda: start_table(touching_particles(None, count=1).table, -1), "distance is -1"),
])  # fmt: skip
def test_what_cannot_be_made_is_said(call, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
