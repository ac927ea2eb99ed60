"""The faults of the notebook "Label and Track Voids": none of them is here. One test a fault, in its order."""

from __future__ import annotations

import gc
import json
import weakref

import numpy as np
import pandas as pd
import pytest
import tifffile
from still_voids import spread, still_voids

import specks
from specks.io import read_frame_data

#: A path of whole and half pixels that goes both ways along both axes.
PATH = np.array(
    [[0, 0], [3, -2], [7.5, -6], [5, -11.5], [-2, -9], [-6, -4], [-4.5, 3], [1, 8], [4, 6.5], [9, 2]]
)
WHOLE = np.round(PATH)


def off(drift: specks.Drift, truth: np.ndarray) -> float:
    """Largest error of a drift, in pixels; the first frame is 0."""
    return float(np.abs(drift.table[["y", "x"]].to_numpy() - (truth - truth[0])).max())


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_1_drift_has_the_sign_of_the_motion() -> None:
    """There it is minus the drift, so that subtracting it doubles the motion."""
    made = still_voids(WHOLE)
    voids = specks.track_voids(made.labels, "labels")
    assert off(voids.drift, made.drift) < 0.15
    assert spread(voids.objects) < 0.15
    raw = voids.objects.groupby("particle")[["y", "x"]].std().min().min()
    assert raw > 4  # as far as it moved, so that a doubled drift would show


def test_2_results_go_to_the_file_that_they_are_of(tmp_path) -> None:
    """There tilt10.png, which sorts before tilt2.png, has the results of another file."""
    count = 12
    made = still_voids(np.zeros((count, 2)), count=count + 2)
    for t in reversed(range(count)):  # the first written is the last of the series
        shown = made.labels[t] * (
            made.labels[t] <= t + 3
        )  # three voids in tilt1, one more in each further one
        tifffile.imwrite(tmp_path / f"tilt{t + 1}.tif", shown.astype("u1"))
    voids = specks.track_voids(tmp_path, "labels")
    voids.save(tmp_path / "out")
    records = lines(tmp_path / "out" / "frame-data.json")
    for record, row in zip(records, voids.frames.itertuples(), strict=True):
        number = int(record["path"].rsplit("tilt", 1)[1].removesuffix(".tif"))
        assert (record["frame_number"], row.frame_number, row.path) == (number, number, record["path"])
        assert record["void_count"] == row.count == number + 2
        first = made.places[: number + 2][:, ::-1]
        np.testing.assert_allclose(sorted(record["positions"]), sorted(first.tolist()), atol=0.6)


def test_3_frames_need_not_be_1_to_n(tmp_path) -> None:
    """There the drift of a frame is looked up by its number less one; gaps and other beginnings break it."""
    numbers = [4, 5, 6, 9, 10, 11]
    made = still_voids(WHOLE[: len(numbers)])
    for number, frame in zip(numbers, made.labels, strict=True):
        tifffile.imwrite(tmp_path / f"f{number:03}.tif", frame.astype("u1"))
    voids = specks.track_voids(tmp_path, "labels", min_frames=6)
    assert off(voids.drift, made.drift) < 0.15
    assert spread(voids.objects) < 0.15
    pairs = voids.objects[["frame", "frame_number"]].drop_duplicates()
    assert pairs.to_numpy().tolist() == list(map(list, enumerate(numbers)))
    assert voids.tracks["observed_frames"].tolist() == [6] * len(made.places)
    # Two numbers are missing between 6 and 9, which is more than a memory of 1.
    short = specks.track_voids(tmp_path, "labels", memory=1)
    assert short.tracks["observed_frames"].tolist() == [3] * 2 * len(made.places)


@pytest.mark.parametrize("shape", [(96, 192), (192, 96)])
def test_4_frames_need_not_be_square(shape) -> None:
    """There height and width are swapped: equal frames of 200 x 320 pixels drift by (-60, 60)."""
    equal = still_voids(np.zeros((4, 2)), shape, count=8)
    assert off(specks.track_voids(equal.labels, "labels").drift, equal.drift) < 0.01
    made = still_voids(WHOLE, shape, count=8)
    assert off(specks.track_voids(made.labels, "labels").drift, made.drift) < 0.2


@pytest.mark.parametrize("offset", [3, 10, 1000])
def test_5_a_bright_ground_does_not_hide_the_drift(offset) -> None:
    """There the mean is not taken off: at ten standard deviations the drift is always 0."""
    rng = np.random.default_rng(0)
    made = still_voids(WHOLE, count=8)
    ground = rng.normal(0, 1, (160, 192))
    images = np.stack(
        [ground[16 - int(y) : 144 - int(y), 16 - int(x) : 176 - int(x)] for y, x in WHOLE]
    ) + 2 * (made.labels > 0)
    for drift_from in ("images", "auto"):
        voids = specks.track_voids(images + offset, labels=made.labels, drift_from=drift_from)
        assert voids.drift_from == "images"
        assert off(voids.drift, made.drift) < 0.1


def test_6_drift_may_go_beyond_half_of_the_frame() -> None:
    """There 140 of 256 pixels come out as -118."""
    path = np.linspace([0, 0], [40, 100], 11)  # of 128 x 160
    made = still_voids(path, count=40, beyond=100)
    voids = specks.track_voids(made.labels, "labels")
    assert off(voids.drift, made.drift) < 0.5
    assert spread(voids.objects) < 0.5


def test_7_one_bad_frame_moves_no_other_and_each_is_segmented_once() -> None:
    """There all pairs count alike, a bad frame shifts all, and masks are made anew for every pair."""
    made = still_voids(WHOLE, count=12)
    labels = made.labels.copy()
    labels[4] = still_voids(np.zeros((1, 2)), count=12, seed=9).labels[0]  # another place
    shown = []

    def segment(image):
        shown.append(round(float(image[0, 0]) * 9))
        return labels[shown[-1]]

    images = np.zeros(labels.shape)
    images[:, 0, 0], images[:, 0, 1] = np.arange(10), 9  # by which the segmenter knows the frame
    images[:, 0, 2] = -1e-9  # so that no frame is constant
    voids = specks.track_voids(images, segment, drift_from="objects")
    assert shown == list(range(10))
    others = voids.drift.table.drop(index=4)
    assert np.abs(others[["y", "x"]].to_numpy() - np.delete(WHOLE, 4, axis=0)).max() < 0.15
    assert voids.drift.table["ok"].tolist() == [t != 4 for t in range(10)]


def test_8_the_first_frame_stays_and_shifts_are_no_whole_pixels() -> None:
    """There the shifts of all frames add up to 0, and each pair is rounded."""
    made = still_voids(PATH, count=14)
    voids = specks.track_voids(made.labels, "labels")
    assert voids.drift.table.loc[0, ["y", "x"]].tolist() == [0, 0]
    first = voids.objects[voids.objects["frame"] == 0]
    assert first["y_corrected"].equals(first["y"])
    assert first["x_corrected"].equals(first["x"])
    halves = [2, 3, 6, 8]
    error = voids.drift.table.loc[halves, ["y", "x"]].to_numpy() - PATH[halves]
    assert np.abs(error).max() < 0.2  # whole pixels would be off by a half
    assert spread(voids.objects) < 0.2


def test_9_frames_count_where_the_void_was_observed(tmp_path) -> None:
    """There a void that was seen in frames 0 and 9 alone passes for one of 10 frames."""
    made = still_voids(np.zeros((10, 2)))
    labels = made.labels.copy()
    labels[1:9][labels[1:9] == 1] = 0
    voids = specks.track_voids(labels, "labels", memory=8, min_frames=8)
    twice = voids.tracks[voids.tracks["observed_frames"] == 2]
    assert twice[["total_frames", "inferred_frames"]].to_numpy().tolist() == [[10, 8]]
    voids.save(tmp_path / "out")
    written = pd.read_csv(tmp_path / "out" / "void-2d-coordinates.csv")
    assert sorted(written["id"].unique()) == sorted(set(voids.tracks.index) - set(twice.index))
    assert (
        specks.track_voids(labels, "labels", memory=8, min_frames=2)
        .summary()
        .endswith("12 observed in 2 frames or more")
    )


def test_10_a_void_that_stands_still_does_not_travel() -> None:
    """There the jitter of positions adds up to 58 px in 100 frames."""
    made = still_voids(np.zeros((60, 2)), count=10, jitter=0.3)
    tracks = specks.track_voids(made.labels, "labels", drift_from="objects").tracks
    assert (tracks["observed_frames"] == 60).all()
    assert tracks["total_traveled"].median() > 20  # as the notebook defines it
    assert tracks["path_length"].median() < 3
    assert tracks["speed"].median() < 0.05


def test_11_the_files_tell_how_to_redo_the_analysis(tmp_path) -> None:
    """There drift, paths and frame numbers are not written, and inferred points look like observed ones."""
    made = still_voids(WHOLE)
    labels = made.labels.copy()
    labels[3][labels[3] == 2] = 0
    for number, frame in enumerate(labels, 21):
        tifffile.imwrite(tmp_path / f"f{number}.tif", frame.astype("u1"))
    voids = specks.track_voids(tmp_path, "labels", out=tmp_path / "out")
    record = lines(tmp_path / "out" / "frame-data.json")[3]
    assert list(record)[:7] == [
        *("void_frac", "void_count", "type", "radii", "radii_average", "positions", "touches_side")
    ]
    assert (record["path"], record["frame_number"]) == (str(tmp_path / "f24.tif"), 24)
    assert record["void_frac"] == pytest.approx((labels[3] > 0).mean(), abs=1e-9)
    table = voids.drift.table
    np.testing.assert_allclose(record["drifts"], table.loc[3, ["x", "y"]].to_numpy(float), atol=1e-9)
    moved = np.array(record["positions"]) - record["positions-no-drift"]
    np.testing.assert_allclose(moved, np.tile(record["drifts"], (len(moved), 1)), atol=1e-8)
    again = specks.link(read_frame_data(tmp_path / "out" / "frame-data.json").objects, 20, 2)
    assert again.table["particle"].tolist() == voids.objects["particle"].tolist()
    points = pd.read_csv(tmp_path / "out" / "void-2d-coordinates.csv")
    assert points.columns.tolist() == ["id", "frame", "x", "y", "r", "frame_number", "observed"]
    assert points.loc[~points["observed"], ["id", "frame", "frame_number"]].to_numpy().tolist() == [
        [int(voids.objects.query("frame == 2 and label == 2")["particle"].iloc[0]), 3, 24]
    ]


def test_12_no_stack_of_masks_is_kept() -> None:
    """There each frame holds one image an object: 130 MB a frame."""
    made = still_voids(WHOLE, count=12)
    stacks: list[weakref.ref[np.ndarray]] = []

    def alive() -> int:
        return sum(ref() is not None for ref in stacks)

    def segment(image):
        assert alive() <= 1  # the last one at most
        stack = (made.labels[len(stacks)] == np.arange(1, 13)[:, None, None]).astype(np.uint8)
        stacks.append(weakref.ref(stack))
        return stack

    images = made.labels > 0
    voids = specks.track_voids(images, segment)
    gc.collect()
    assert (len(stacks), alive(), len(voids.objects)) == (10, 0, 120)
    held = voids.segments.labels
    assert sum(a.nbytes for a in (held.y, held.x0, held.x1, held.label)) < 12 * images.nbytes / 20
    np.testing.assert_array_equal(np.asarray(voids.labels), made.labels)


def test_13_objects_at_the_side_stay_in_their_tracks_but_bias_nothing() -> None:
    """There they are dropped before linking, so that tracks end; if they were kept, they would bias the drift."""
    path = np.linspace([0, 0], [0, 30], 11)
    made = still_voids(path, count=30, beyond=40, growth=0.2, seed=3)
    voids = specks.track_voids(made.labels, "labels")
    assert off(voids.drift, path) < 0.4
    edges = voids.objects[voids.objects["touches_side"]]
    seen_whole = voids.objects.loc[~voids.objects["touches_side"], "particle"].unique()
    assert edges["particle"].isin(seen_whole).sum() > 10  # flagged rows of tracks that were seen whole
    for particle, rows in voids.objects.groupby("particle"):
        assert rows["label"].nunique() == 1  # the truth: labels number voids
        row = voids.tracks.set_index("particle").loc[particle]
        assert row["observed_frames"] == len(rows)
        assert row["growth_frames"] == (~rows["touches_side"]).sum()
    known = voids.tracks[voids.tracks["growth_frames"] >= 6]
    assert len(known) > 5
    assert np.abs(known["growth_rate_fit"] - 0.2).max() < 0.06
    # Where there is nothing else, they tell nothing of the drift, but are linked all the same.
    cut = np.zeros_like(made.labels)
    cut[:, :12, 20:50], cut[:, -14:, 90:110], cut[:, 60:80, :16] = 1, 2, 3
    alone = specks.track_voids(cut, "labels")
    assert not alone.drift.table["ok"].any()
    assert alone.tracks["observed_frames"].tolist() == [11] * 3
    assert specks.track_voids(cut, "labels", drop_edges=False).drift.table["ok"].all()
