"""Drift of series with known truth, of bad input, and corrected by hand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import specks
from specks._core.errors import CorrectionError, InputError
from specks.synth import DriftingSeries, drifting_series


@cache
def made(scenario: str, frames: int | None = None, shape: tuple[int, ...] | None = None) -> DriftingSeries:
    return drifting_series(scenario, seed=5, frames=frames, shape=shape)


@cache
def of(scenario: str, frames: int | None = None, shape: tuple[int, ...] | None = None) -> specks.Drift:
    series = made(scenario, frames, shape)
    return specks.estimate_drift(series.images, axes=series.axes, static_pattern=scenario == "fixedpat")


def rms(drift: specks.Drift, series: DriftingSeries) -> float:
    error = (drift.shifts - series.drift)[series.good]
    error -= np.median(error, axis=0)
    return float(np.sqrt((error**2).sum(axis=1).mean()))


#: Root mean square errors in pixels that are not exceeded; about twice of what is reached.
REACHED = {
    "easy_int": 0.02, "noisy": 0.25, "vignette": 0.04, "fixedpat": 0.03, "fade": 0.06, "large": 0.03,
    "periodic": 0.02, "badframe": 0.02, "jumps": 0.03, "grow_int": 0.1, "nonsquare": 0.03, "mask_easy": 0.04,
    "mask_seg": 0.15, "mask_grow": 0.2, "mask_flow": 0.04, "mask_tilt": 0.6, "mask_large": 0.05, "mask_bad": 0.04, "real_tem": 0.02,
}  # fmt: skip


@pytest.mark.parametrize("scenario", REACHED)
def test_drift_is_found_to_hundredths_of_a_pixel(scenario: str) -> None:
    assert rms(of(scenario), made(scenario)) < REACHED[scenario]


def test_volumes() -> None:
    series = made("vol_int", frames=6, shape=(24, 48, 48))
    drift = of("vol_int", frames=6, shape=(24, 48, 48))
    assert drift.axes == "zyx"
    assert list(drift.table.columns[:6]) == ["z", "y", "x", "z_std", "y_std", "x_std"]
    assert rms(drift, series) < 0.08


def test_large_frames_are_binned_and_as_exact_as_small_ones() -> None:
    assert rms(of("mask_easy", 6, (700, 700)), made("mask_easy", 6, (700, 700))) < 0.1


def test_standard_errors_hold() -> None:
    inside = []
    for scenario in ("easy_int", "tiny_sub", "noisy", "fade", "jumps", "nonsquare"):
        series, table = made(scenario), of(scenario).table
        error = table[["y", "x"]].to_numpy() - series.drift
        inside.append(np.abs(error[1:]) < 1.96 * table[["y_std", "x_std"]].to_numpy()[1:])
    assert 0.85 < np.concatenate(inside).mean() < 0.995


@pytest.mark.parametrize("scenario", ["mask_tilt", "mask_flow"])
def test_standard_errors_hold_where_parts_of_the_sample_move_by_themselves(scenario: str) -> None:
    inside = []
    for seed in range(6):
        series = drifting_series(scenario, seed)
        table = specks.estimate_drift(series.images).table
        error = table[["y", "x"]].to_numpy() - series.drift
        inside.append(np.abs(error[1:]) < 1.96 * table[["y_std", "x_std"]].to_numpy()[1:])
    assert np.concatenate(inside).mean() > 0.8


def test_frames_that_show_something_else_are_named_and_lie_between_the_others() -> None:
    series, table = made("badframe"), of("badframe").table
    assert table["ok"].tolist() == series.good.tolist()
    assert set(table["reason"][~series.good]) <= {
        "all pixels are equal", "agrees with no other frame", "shows something else than the other frames",
    }  # fmt: skip
    lost = int(np.flatnonzero(~series.good)[0])
    assert table["y"][lost] == pytest.approx((table["y"][lost - 1] + table["y"][lost + 1]) / 2)
    assert table["y_std"][lost] > 5 * table["y_std"][lost + 1]


def test_the_first_good_frame_is_zero() -> None:
    images = made("easy_int").images[:6].copy()
    images[0] = 7
    drift = specks.estimate_drift(images)
    assert drift.table.loc[1, ["y", "x", "y_std", "x_std"]].tolist() == [0, 0, 0, 0]
    assert not drift.table["ok"][0]
    assert drift.table["reason"][0] == "all pixels are equal"


@pytest.mark.parametrize("frames", [2, 5, 30])
def test_noise_has_no_common_drift(frames: int) -> None:
    noise = np.random.default_rng(frames).normal(size=(frames, 96, 96))
    drift = specks.estimate_drift(noise)
    assert not drift.table["ok"].any()
    assert set(drift.table["reason"]) == {"no common drift found"}
    assert drift.summary() == f"no common drift found in {frames} frames"
    assert "no common drift found" in drift.warnings[0]


def test_two_scenes_are_not_joined() -> None:
    images = made("easy_int").images
    drift = specks.estimate_drift(np.concatenate([images[:8], images[8:14, ::-1]]))
    assert drift.table["ok"].tolist() == [True] * 8 + [False] * 6


def test_what_stands_still_is_named() -> None:
    drift = specks.estimate_drift(made("fixedpat").images)
    assert np.abs(drift.shifts).max() < 1
    assert any("static_pattern=True" in warning for warning in drift.warnings)


def test_a_turning_sample_is_named() -> None:
    from scipy.ndimage import rotate

    still = made("easy_int").images[0]
    turned = np.stack([rotate(still, 0.1 * t, reshape=False, order=3, mode="reflect") for t in range(12)])
    drift = specks.estimate_drift(turned)
    assert any("turns by up to" in warning for warning in drift.warnings)
    last = drift.residuals.query("frame == 11")
    left, right = last.query("x < 60")["y_residual"].mean(), last.query("x > 190")["y_residual"].mean()
    assert (right - left) * np.sign(right - left) > 0.2
    assert of("easy_int").warnings == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda images: images * 3.7 - 1000,
        lambda images: np.clip(images, 0, 255).astype(np.uint8),
        lambda images: images.astype(np.float16),
        lambda images: images.astype(">f4"),
        lambda images: np.asfortranarray(images),
    ],
)
def test_type_and_scale_of_brightness_do_not_matter(change: object) -> None:
    series = made("easy_int")
    assert rms(specks.estimate_drift(change(series.images)), series) < 0.03  # type: ignore[operator]


def test_labels_count_as_where_objects_are() -> None:
    from skimage.measure import label

    masks = made("mask_easy").images[:8]
    labels = np.stack([label(mask) for mask in masks]).astype(np.int32)
    np.testing.assert_array_equal(specks.estimate_drift(labels).table, specks.estimate_drift(masks).table)


def test_holes_in_frames_are_passed_over() -> None:
    series = made("easy_int")
    images = series.images.copy()
    images[:, :12] = np.nan
    images[4, 60:160, 60:160] = np.nan
    assert rms(specks.estimate_drift(images), series) < 0.04


@pytest.mark.parametrize("reference", ["previous", "first"])
def test_other_references(reference: str) -> None:
    series = made("easy_int")
    assert rms(specks.estimate_drift(series.images, reference=reference), series) < 0.1  # type: ignore[arg-type]


def test_where_to_look() -> None:
    series = made("easy_int")
    images = series.images.copy()
    images[:, :, 150:] = series.images[0, :, 150:]  # this part stands still
    drift = specks.estimate_drift(images, mask=np.arange(256) < np.full((256, 1), 150))
    assert rms(drift, series) < 0.05


def test_far_shifts_can_be_ruled_out() -> None:
    series = made("jumps")
    assert np.abs(np.diff(series.drift, axis=0)).max() > 50
    drift = specks.estimate_drift(series.images, max_shift=10, reference="previous")
    ok = drift.table["ok"].to_numpy()
    assert not ok.all()
    assert np.abs(np.diff(drift.shifts, axis=0))[ok[1:] & ok[:-1]].max() < 11


class Counted:
    """An array that says how often each frame was read."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype, self.ndim = array, array.shape, array.dtype, array.ndim
        self.reads = np.zeros(len(array), int)

    def __getitem__(self, region: tuple[slice, ...]) -> np.ndarray:
        frames = range(*region[0].indices(self.shape[0]))
        assert len(frames) < self.shape[0], "the whole series was read at once"
        block = self.array[region]
        if block.shape[1:] == self.shape[1:]:
            self.reads[list(frames)] += 1
        else:
            assert block.size < 0.1 * self.array[0].size, "a large part was read besides"
        return block


def test_each_frame_is_read_once() -> None:
    images = Counted(made("easy_int").images)
    specks.estimate_drift(images)
    assert images.reads.tolist() == [1] * 24


class TestByHand:
    def test_a_frame_marked_bad_lies_between_the_others(self) -> None:
        drift = of("easy_int").refit(specks.Corrections().add("bad_frame", frame=5))
        table = drift.table
        assert not table["ok"][5]
        assert table["reason"][5] == "marked bad by hand"
        assert table["x"][5] == pytest.approx((table["x"][4] + table["x"][6]) / 2)
        others = [t for t in range(len(table)) if t != 5]
        np.testing.assert_allclose(drift.shifts[others], of("easy_int").shifts[others], atol=0.01)

    def test_a_shift_set_by_hand_is_taken_and_others_stay(self) -> None:
        drift = of("easy_int").refit(specks.Corrections().add("set_shift", frame=5, shift=[1.5, -2.0]))
        assert drift.table.loc[5, ["y", "x"]].tolist() == [1.5, -2.0]
        assert drift.table["reason"][5] == "set by hand"
        others = [t for t in range(len(drift.table)) if t != 5]
        np.testing.assert_allclose(drift.shifts[others], of("easy_int").shifts[others], atol=0.01)

    def test_a_shift_set_by_hand_counts_from_the_first_good_frame(self) -> None:
        images = made("easy_int").images[:8].copy()
        images[0] = 7
        drift = specks.estimate_drift(images)
        assert drift.shifts[1].tolist() == [0, 0]
        placed = drift.refit(specks.Corrections().add("set_shift", frame=0, shift=[-3.0, 2.0]))
        assert placed.shifts[0].tolist() == [-3, 2]
        assert placed.table["ok"].all()
        np.testing.assert_array_equal(placed.shifts[1:], drift.shifts[1:])

    def test_drift_is_counted_from_the_next_frame_when_the_first_is_placed_by_hand(self) -> None:
        drift = of("easy_int").refit(specks.Corrections().add("set_shift", frame=0, shift=[-3.0, 2.0]))
        assert drift.shifts[:2].tolist() == [[-3, 2], [0, 0]]
        expected = of("easy_int").shifts[1:] - of("easy_int").shifts[1]
        np.testing.assert_allclose(drift.shifts[1:], expected, atol=0.01)

    def test_landmarks_join_scenes_that_share_nothing(self) -> None:
        images = made("easy_int").images
        both = np.concatenate([images[:8], images[8:14, ::-1]])
        log = specks.Corrections().add(
            "landmark", frame_a=7, position_a=[100, 100], frame_b=9, position_b=[103, 90]
        )
        drift = specks.estimate_drift(both).refit(log)
        assert drift.table["ok"].all()
        assert (drift.shifts[9] - drift.shifts[7]).tolist() == pytest.approx([3, -10], abs=0.1)

    def test_taking_corrections_back_gives_the_first_result(self) -> None:
        first = of("easy_int")
        again = first.refit(specks.Corrections().add("bad_frame", frame=5)).refit()
        np.testing.assert_array_equal(again.table, first.table)

    def test_refit_is_what_a_new_run_gives(self) -> None:
        log = specks.Corrections().add("bad_frame", frame=3).add("set_shift", frame=9, shift=[2, 2])
        anew = specks.estimate_drift(made("easy_int").images, corrections=log)
        np.testing.assert_array_equal(of("easy_int").refit(log).table, anew.table)

    def test_looking_elsewhere_reads_the_images_again(self) -> None:
        polygon = [[0, 0], [0, 150], [255, 150], [255, 0]]
        drift = of("easy_int").refit(specks.Corrections().add("region", polygon=polygon))
        assert rms(drift, made("easy_int")) < 0.03
        assert drift.table["x_std"][1:].median() > of("easy_int").table["x_std"][1:].median()

    @pytest.mark.parametrize(
        ("records", "said"),
        [
            ([("bad_frame", {"frame": 99})], "there is no frame 99; the series has 24"),
            (
                [("set_shift", {"frame": 1, "shift": [1.0, 2.0, 3.0]})],
                r"shift has 3 numbers; it must have 2 \(yx\)",
            ),
            ([("bad_frame", {"frame": t}) for t in range(24)], "all 24 frames are marked bad"),
            (
                [
                    ("set_shift", {"frame": 1, "shift": [1.0, 2.0]}),
                    ("set_shift", {"frame": 1, "shift": [4.0, 2.0]}),
                ],
                r"set_shift of frame 1 to \(4, 2\) contradicts set_shift of frame 1 to \(1, 2\)",
            ),
            (
                [
                    ("landmark", {"frame_a": 1, "position_a": [9, 9], "frame_b": 2, "position_b": [9, 9]}),
                    ("landmark", {"frame_a": 2, "position_a": [5, 5], "frame_b": 1, "position_b": [25, 5]}),
                ],
                r"landmark \(5, 5\) on frame 2 = \(25, 5\) on frame 1 contradicts landmark \(9, 9\) on frame 1",
            ),
            ([("threshold", {"value": 0.5})], "estimate_drift takes no correction of kind 'threshold'"),
        ],
    )
    def test_what_cannot_be_is_said(self, records: list[tuple[str, dict]], said: str) -> None:
        log = specks.Corrections()
        for kind, fields in records:
            log = log.add(kind, **fields)
        with pytest.raises(CorrectionError, match=said):
            of("easy_int").refit(log)


class TestBadInput:
    def test_frames_that_hold_nothing(self) -> None:
        images = made("easy_int").images[:9].copy()
        images[2], images[4], images[6] = np.nan, 5, 255
        table = specks.estimate_drift(images).table
        assert table["ok"].tolist() == [True, True, False, True, False, True, False, True, True]
        assert table["reason"][[2, 4, 6]].tolist() == ["no pixel is finite"] + ["all pixels are equal"] * 2
        assert np.isfinite(table[["y", "x", "y_std", "x_std"]].to_numpy()).all()

    def test_one_frame(self) -> None:
        table = specks.estimate_drift(made("easy_int").images[:1]).table
        assert table[["y", "x"]].to_numpy().tolist() == [[0, 0]]
        assert table["ok"].all()

    def test_two_frames(self) -> None:
        series = made("easy_int")
        drift = specks.estimate_drift(series.images[:2])
        np.testing.assert_allclose(drift.shifts[1], series.drift[1], atol=0.06)

    @pytest.mark.parametrize("frames", [2, 5, 30])
    def test_a_series_of_one_picture(self, frames: int) -> None:
        drift = specks.estimate_drift(np.repeat(made("easy_int").images[:1], frames, axis=0))
        assert drift.table["ok"].all()
        np.testing.assert_allclose(drift.shifts, 0, atol=1e-6)

    def test_nothing_at_all(self) -> None:
        assert not specks.estimate_drift(np.zeros((4, 32, 32))).table["ok"].any()

    def test_frames_that_have_nothing_in_common(self) -> None:
        series = made("large")
        far = [0, int(np.abs(series.drift).max(axis=1).argmax())]
        assert not specks.estimate_drift(series.images[far]).table["ok"].any()

    @pytest.mark.parametrize(
        ("images", "options", "said"),
        [
            (np.zeros((8, 9)), {}, "without a time axis t"),
            (np.zeros((4, 8, 9)), {"axes": "zyx"}, "without a time axis t"),
            (np.zeros((4, 8, 9), complex), {}, "they must hold real numbers"),
            (np.zeros((4, 8, 9)), {"mask": np.zeros((8, 9), bool)}, "leave nothing to look at"),
            (np.zeros((4, 8, 9)), {"mask": np.zeros((3, 3), bool)}, r"mask has the shape \(3, 3\)"),
            (np.zeros((4, 8, 9)), {"offsets": [1]}, "belongs to method='pairs'"),
            (np.zeros((4, 8, 9)), {"method": "pairs", "offsets": [9]}, "give distances below 4"),
            (np.zeros((4, 8, 9)), {"max_shift": 0}, "max_shift"),
        ],
    )
    def test_what_does_not_fit_is_said(self, images: np.ndarray, options: dict, said: str) -> None:
        with pytest.raises(InputError, match=said):
            specks.estimate_drift(images, **options)


class TestAsTheOriginal:
    """`method="pairs"`: whole pixels, with sign and axes mended."""

    def test_masks_to_a_pixel(self) -> None:
        series = made("mask_easy", 6)
        drift = specks.estimate_drift(series.images, method="pairs")
        assert np.abs(drift.shifts - series.drift).max() < 1

    def test_axes_of_frames_that_are_not_square(self) -> None:
        mask = np.zeros((3, 60, 100), bool)
        for t, (y, x) in enumerate([(20, 30), (24, 22), (13, 41)]):
            mask[t, y : y + 9, x : x + 12] = True
        drift = specks.estimate_drift(mask, method="pairs")
        np.testing.assert_allclose(drift.shifts, [[0, 0], [4, -8], [-7, 11]], atol=1e-6)
