"""Drifting series: the truth is exact, the seed is the whole story, and each scenario is what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage as ndi

from specks._core.errors import InputError
from specks.synth import DRIFT_SCENARIOS, drifting_objects, drifting_series

NOISE = {
    "easy_int": 5.7,
    "tiny_sub": 5.7,
    "large": 5.7,
    "jumps": 7.8,
    "badframe": 5.7,
    "nonsquare": 5.7,
    "vol_int": 14,
    "real_tem": 3,
}
CRLB = {
    "easy_int": 0.008, "tiny_sub": 0.008, "noisy": 0.080, "fixedpat": 0.004, "vignette": 0.009, "fade": 0.019,
    "large": 0.008, "periodic": 0.004, "badframe": 0.008, "jumps": 0.011, "grow_int": 0.012, "nonsquare": 0.009,
    "vol_int": 0.011, "vol_noisy": 0.095,
}  # fmt: skip


def moved_back(image: np.ndarray, drift: np.ndarray) -> np.ndarray:
    """The image as it was before it drifted, by splines of order 5; outside is NaN."""
    return ndi.shift(image.astype(float), -drift, order=5, mode="constant", cval=np.nan, prefilter=True)


def inner(image: np.ndarray, rim: int) -> np.ndarray:
    return image[(slice(rim, -rim),) * image.ndim]


@pytest.mark.parametrize("scenario", NOISE)
def test_frames_moved_back_by_the_truth_differ_from_the_first_by_noise_only(scenario: str) -> None:
    made = drifting_series(scenario, seed=3, frames=6)
    compared = 0
    for t in np.flatnonzero(made.good)[1:]:
        left, wrong = (
            inner(moved_back(made.images[t], sign * made.drift[t]) - made.images[0], 8) for sign in (1, -1)
        )
        if np.isfinite(left).mean() < 0.05:
            continue  # it has drifted out of the first frame
        assert 0.9 < np.nanstd(left) / NOISE[scenario] < 1.5
        if np.abs(made.drift[t]).max() > 3 and scenario != "vol_int":
            assert np.nanstd(wrong) > 1.25 * np.nanstd(left)
        compared += 1
    assert compared >= 2


def test_contrast_fades_and_the_background_brightens() -> None:
    made = drifting_series("fade", seed=3, frames=6)
    first, last = (
        inner(ndi.gaussian_filter(moved_back(made.images[t], made.drift[t]), 3), 40) for t in (0, 5)
    )
    gain, offset = np.polyfit(first.ravel(), last.ravel(), 1)
    assert gain == pytest.approx(0.2, abs=0.02)
    assert offset + 100 * gain == pytest.approx(180, abs=1)


def test_a_hundredth_of_a_pixel_is_seen_in_the_truth() -> None:
    """Phase of each frame against the first, over many frames of the same motion, has no bias."""
    made = drifting_series("tiny_sub", seed=1)
    first = made.images[0].astype(float)
    gradient = np.stack(np.gradient(ndi.gaussian_filter(first, 1.0)))
    errors = []
    for image, drift in zip(made.images[1:], made.drift[1:], strict=True):
        back = moved_back(ndi.gaussian_filter(image.astype(float), 1.0), drift)
        difference = inner(back - ndi.gaussian_filter(first, 1.0), 10).ravel()
        slopes = np.stack([inner(g, 10).ravel() for g in gradient], axis=1)
        errors.append(np.linalg.lstsq(slopes, difference, rcond=None)[0])
    assert np.abs(np.std(errors, axis=0)).max() < 0.02
    assert np.abs(np.mean(errors, axis=0)).max() < 0.02


@pytest.mark.parametrize("scenario", ["mask_easy", "mask_large", "vol_mask"])
def test_objects_lie_where_the_mask_is(scenario: str) -> None:
    made = drifting_series(scenario, seed=2, frames=4)
    axes = list("zyx"[-(made.images.ndim - 1) :])
    assert made.images.dtype == bool
    for t in range(4):
        rows = made.objects[made.objects["frame"] == t]
        assert len(rows) > 15
        grid = np.indices(made.images.shape[1:])
        for row in rows.itertuples():
            away = np.sqrt(sum((g - getattr(row, a)) ** 2 for g, a in zip(grid, axes, strict=True)))
            assert made.images[t][away <= row.radius].all()
            beyond = (away > row.radius) & (away < row.radius + 1.5)
            assert made.images[t][beyond].mean() < 0.5


def test_positions_minus_drift_stay_where_they_were() -> None:
    made = drifting_objects("mask_large", seed=4)
    table = made.table.copy()
    table[["y", "x"]] -= made.drift[table["frame"]]
    spread = table.groupby("true_particle")[["y", "x"]].agg(np.ptp).to_numpy()
    assert np.abs(made.drift).max() > 180
    assert spread.max() < 1e-9


def test_every_scenario_is_made_and_has_the_shape_it_is_known_for() -> None:
    for scenario in DRIFT_SCENARIOS:
        made = drifting_series(scenario, frames=3)
        volume = scenario.startswith("vol")
        size = 192 if scenario.startswith("real") else 256
        shape = (32, 96, 96) if volume else (160, 320) if scenario == "nonsquare" else (size, size)
        assert made.images.shape == (3, *shape)
        assert made.axes == ("tzyx" if volume else "tyx")
        assert made.images.dtype == (bool if "mask" in scenario else np.float32)
        assert made.drift.shape == (3, len(shape))
        assert not made.drift[0].any()
        assert np.isfinite(made.drift).all()
        assert (made.crlb is None) == (scenario not in CRLB)


@pytest.mark.parametrize("scenario", [s for s in CRLB if not s.startswith("vol")])
def test_noise_is_chosen_so_that_drift_can_be_known_as_well_as_documented(scenario: str) -> None:
    made = drifting_series(scenario)
    assert np.isfinite(made.crlb[made.good]).all()
    assert np.isnan(made.crlb[~made.good]).all()
    bound = np.sqrt(np.nanmean(made.crlb**2))
    assert bound == pytest.approx(CRLB[scenario], rel=0.2)


def test_the_bound_is_that_of_the_formula() -> None:
    made = drifting_series("easy_int", seed=6)
    quiet = drifting_series("easy_int", seed=6, frames=1)
    frames, noise = len(made.images), 5.7
    smooth = ndi.gaussian_filter(
        np.mean([moved_back(*pair) for pair in zip(made.images, made.drift, strict=True)], axis=0), 0
    )
    gy, gx = (inner(g, 25) for g in np.gradient(smooth))
    information = (
        np.array([[(gy * gy).sum(), (gy * gx).sum()], [(gy * gx).sum(), (gx * gx).sum()]]) / noise**2
    )
    part = gy.size / made.images[0].size
    expected = np.sqrt((1 - 1 / frames) * np.trace(np.linalg.inv(information / part)))
    np.testing.assert_allclose(made.crlb, expected, rtol=0.2)
    assert quiet.crlb[0] == pytest.approx(0.0, abs=1e-6)


def test_drift_is_as_large_as_the_scenario_says() -> None:
    reach = {
        name: np.abs(drifting_series(name, seed=1).drift).max() for name in ("tiny_sub", "large", "easy_int")
    }
    assert reach["tiny_sub"] < 2 < 10 < reach["easy_int"] < 35 < 190 < reach["large"] < 256
    steps = np.sqrt((np.diff(drifting_series("jumps").drift, axis=0) ** 2).sum(axis=1))
    assert np.sort(steps)[-2] > 60 > 10 > np.sort(steps)[-3]
    tilt = np.sqrt((np.diff(drifting_series("mask_tilt").drift, axis=0) ** 2).sum(axis=1))
    assert len(tilt) == 9
    assert 15 < np.median(tilt) < 50


@pytest.mark.parametrize("scenario", ["badframe", "mask_bad"])
def test_three_frames_are_lost_each_in_its_way(scenario: str) -> None:
    made = drifting_series(scenario, seed=5)
    assert np.count_nonzero(~made.good) == 3
    assert made.good[0]
    lost = made.images[~made.good].astype(float)
    assert min(np.ptp(image) for image in lost) == 0
    assert not set(made.objects["frame"]) & set(np.flatnonzero(~made.good))
    for image, drift in zip(lost, made.drift[~made.good], strict=True):
        if np.ptp(image) > 0:
            back = inner(moved_back(image, drift), 40).ravel()
            assert abs(np.corrcoef(back, inner(made.images[0].astype(float), 40).ravel())[0, 1]) < 0.3


def test_what_stands_still_stands_still() -> None:
    pattern, vignette = (drifting_series(s, seed=1).images for s in ("fixedpat", "vignette"))
    white = pattern - ndi.gaussian_filter(pattern, (0, 2, 2))
    assert np.corrcoef(white[0].ravel(), white[-1].ravel())[0, 1] > 0.9
    corners = vignette[:, [0, 0, -1, -1], [0, -1, 0, -1]].mean()
    assert corners < 0.6 * vignette[:, 100:156, 100:156].mean()
    assert np.count_nonzero(np.median(vignette, axis=0) < 45) > 100  # dust


def test_the_lattice_looks_the_same_a_period_on() -> None:
    image = drifting_series("periodic").images[0]
    power = np.abs(np.fft.rfft2(image - image.mean())) ** 2
    assert np.sort(power.ravel())[-8:].sum() > 0.5 * power.sum()


@pytest.mark.parametrize("scenario", ["grow_int", "mask_grow"])
def test_voids_grow_and_appear(scenario: str) -> None:
    table = drifting_series(scenario, seed=2).objects
    first = table.groupby("true_particle")["frame"].min()
    assert 0.25 < (first > 0).mean() < 0.8
    whole = table.groupby("true_particle").filter(lambda rows: len(rows) == 24)
    grown = whole.groupby("true_particle")["radius"].agg(["first", "last"])
    assert len(grown) > 8
    assert 1.3 < (grown["last"] / grown["first"]).median() < 2.5


def test_mistakes_are_as_many_as_asked_for() -> None:
    exact = drifting_objects("mask_seg", 1, missing=0, false=0, error=0).table
    wrong = drifting_objects("mask_seg", 1).table
    real = wrong[wrong["true_particle"] >= 0]
    assert (exact["true_particle"] >= 0).all()
    assert len(real) / len(exact) == pytest.approx(0.85, abs=0.04)
    assert 1 - len(real) / len(wrong) == pytest.approx(0.15, abs=0.04)
    off = drifting_objects("mask_seg", 1, missing=0, false=0, error=0.3).table
    assert len(drifting_series("mask_sparse", 1).objects) / 24 == pytest.approx(10, abs=6)
    drift = drifting_objects("mask_seg", 1).drift
    still = off.assign(y=off["y"] - drift[off["frame"], 0])
    assert still.groupby("true_particle")["y"].std().median() == pytest.approx(0.3, rel=0.2)


def test_a_part_of_the_objects_flows_and_tilt_moves_them_apart() -> None:
    for scenario, share in (("mask_flow", 0.3), ("mask_easy", 0.0)):
        made = drifting_objects(scenario, seed=3)
        x = made.table["x"] - made.drift[made.table["frame"], 1]
        moved = x.groupby(made.table["true_particle"]).agg(np.ptp)
        seen = made.table.groupby("true_particle").size()
        assert (moved[seen > 5] > 3).mean() == pytest.approx(share, abs=0.12)
    made = drifting_objects("mask_tilt", seed=3)
    y = made.table["y"] - made.drift[made.table["frame"], 0]
    moved = y.groupby(made.table["true_particle"]).agg(lambda v: v.iloc[-1] - v.iloc[0])
    assert 2 < moved[made.table.groupby("true_particle").size() > 7].std() < 8


def test_the_table_of_a_series_is_that_of_its_objects() -> None:
    made, alone = drifting_series("mask_seg", 7, frames=5), drifting_objects("mask_seg", 7, frames=5)
    np.testing.assert_array_equal(made.drift, alone.drift)
    assert made.objects.equals(alone.table)


@pytest.mark.parametrize("scenario", ["noisy", "mask_bad", "vol_mask", "real_noisy"])
def test_the_seed_is_the_whole_story(scenario: str) -> None:
    shape = (8, 40, 48) if scenario == "vol_mask" else (64, 80)
    one, again, other = (drifting_series(scenario, seed, 5, shape) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.images, again.images)
    np.testing.assert_array_equal(one.drift, again.drift)
    assert not np.array_equal(one.drift, other.drift)
    assert not np.array_equal(one.images, other.images)


@pytest.mark.parametrize(("arguments", "said"), [
    ({"scenario": "easy"}, "did you mean 'easy_int'"),
    ({"scenario": "noisy", "frames": 0}, "frames is 0; it must be a whole number of 1 or more"),
    ({"scenario": "noisy", "seed": -1}, "seed is -1"),
    ({"scenario": "vol_int", "shape": (64, 64)}, r"3 whole numbers \(z, y, x\)"),
    ({"scenario": "real_tem", "shape": (256, 192)}, r"at most \(213, 213\)"),
])  # fmt: skip
def test_what_cannot_be_made_is_said(arguments: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        drifting_series(**arguments)


def test_what_cannot_be_found_is_said_all_at_once() -> None:
    with pytest.raises(InputError, match="no objects"):
        drifting_objects("periodic")
    with pytest.raises(InputError) as caught:
        drifting_objects("mask_easy", missing=2, false=-0.1, error=float("nan"))
    assert len(caught.value.faults) == 3
