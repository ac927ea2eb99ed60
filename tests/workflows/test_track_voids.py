"""Voids through a series that drifts: against truth, with any segmenter, and with bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tifffile
from moving_objects import links_of
from still_voids import spread, still_voids

import specks
from specks import synth
from specks._core.errors import CorrectionError, InputError, NotFoundError
from specks._core.source import ArraySource
from specks.io import as_source

PATH = np.array([[0, 0], [3, -2], [7.5, -6], [5, -11.5], [-2, -9], [-6, -4]])


@pytest.fixture(scope="module")
def made():
    return synth.growing_voids((256, 256), frames=16, seed=1)


@pytest.fixture(scope="module")
def voids(made):
    return specks.track_voids(
        made.images, labels=made.labels, spacing=0.5, units="nm", dt=2.0, thickness=60, dose_rate=1e-3
    )


def truth_of(objects: pd.DataFrame, made: synth.GrowingVoids) -> pd.DataFrame:
    """Particle and radius of the void that each object is."""
    known = made.objects.set_index(["frame", "label"])
    return known.reindex(pd.MultiIndex.from_frame(objects[["frame", "label"]]))


def test_links_are_those_of_the_truth(voids, made):
    objects = voids.objects.assign(truth=truth_of(voids.objects, made)["true_particle"].to_numpy())
    objects = objects[objects["truth"].notna()].reset_index(drop=True)
    ours, theirs = (set(links_of(objects, name)) for name in ("particle", "truth"))
    right = len(ours & theirs)
    assert 2 * right / (len(ours) + len(theirs)) > 0.99


def test_the_drift_is_that_of_the_truth_and_the_lost_frame_is_named(voids, made):
    lost = int(np.flatnonzero(~made.good)[0])
    error = voids.drift.table[["y", "x"]].to_numpy() - made.drift
    assert np.abs(error[made.good]).max() < 0.2
    assert voids.drift.table["ok"].tolist() == made.good.tolist()
    assert any(f"frame {lost} cannot be trusted" in said for said in voids.warnings)


def test_counts_and_swelling_are_those_of_the_labels(voids, made):
    for t, row in voids.frames.iterrows():
        areas = np.bincount(made.labels[t].ravel())[1:]
        radii = np.sqrt(areas[areas >= 50] / np.pi) * 0.5
        volume = (4 / 3 * np.pi * radii**3).sum()
        assert row["count"] == len(radii)
        assert row["swelling_percent"] == pytest.approx(100 * volume / (128 * 128 * 60 - volume))
        assert row["areal_density_per_nm2"] == pytest.approx(len(radii) / 128**2)
        kept = np.isin(made.labels[t], np.flatnonzero(areas >= 50) + 1)
        assert row["area_fraction"] == pytest.approx(kept.mean())
        assert (row["time_s"], row["dose_dpa"]) == (2.0 * t, pytest.approx(2e-3 * t))


def test_growth_is_that_of_the_truth(voids, made):
    true = truth_of(voids.objects, made)
    objects = voids.objects.assign(truth=true["radius"].to_numpy())
    whole = objects[~objects["touches_side"] & objects["truth"].notna()]
    tracks = voids.tracks.set_index("particle")
    checked = 0
    for particle, rows in whole.groupby("particle"):
        if len(rows) < 10:
            continue
        slope = np.polyfit(rows["frame"], rows["truth"], 1)[0]
        assert tracks.loc[particle, "growth_rate_fit"] == pytest.approx(slope, abs=0.05)
        assert tracks.loc[particle, "growth_rate_fit_nm_s"] == pytest.approx(slope / 4, abs=0.0125)
        checked += 1
    assert checked >= 8


def test_labels_are_painted_where_they_are_looked_at(voids, made):
    assert (voids.labels.shape, voids.labels.dtype) == (made.labels.shape, np.int32)
    areas = [np.bincount(frame.ravel(), minlength=200) for frame in made.labels]
    wanted = np.stack(
        [np.where(area[frame] >= 50, frame, 0) for area, frame in zip(areas, made.labels, strict=True)]
    )
    np.testing.assert_array_equal(np.asarray(voids.labels), wanted)
    filled = np.zeros_like(made.labels)
    again = specks.track_voids(made.images, labels=made.labels, out={"labels": filled})
    assert again.labels is filled
    np.testing.assert_array_equal(filled, wanted)


def test_the_mixture_finds_most_voids_and_follows_them(made):
    found = specks.track_voids(made.images, diameter=14.0, polarity="bright")
    assert 0.6 < len(found.objects) / len(made.objects) < 1.1
    assert (
        spread(found.objects[found.objects["particle"].isin(_long(found))]) < 3
    )  # parallax, and their own motion
    assert len(_long(found)) >= 8
    per_frame = found.objects.groupby("frame")["label"].apply(sorted)
    assert all(labels == list(range(1, len(labels) + 1)) for labels in per_frame)


def _long(found):
    return found.tracks.loc[found.tracks["observed_frames"] >= 12, "particle"]


class Original:
    """A segmenter with the face of rtdefects'."""

    def __init__(self, stacks):
        self.stacks, self.seen = list(stacks), 0

    def transform_standard_image(self, image):
        return image[None]

    def perform_segmentation(self, image):
        self.seen += 1
        return self.stacks[self.seen - 1]


def instances(frame):
    return (frame == np.arange(1, frame.max() + 1)[:, None, None]).astype(np.uint8)


@pytest.mark.parametrize("kind", ["labels", "mask", "list", "stacks", "callable", "original", "source"])
def test_whatever_finds_objects_gives_the_same_tracks(kind):
    still = still_voids(PATH)
    stacks = [instances(frame) for frame in still.labels]
    given = {
        "labels": {"labels": still.labels},
        "mask": {"labels": still.labels > 0},
        "list": {"labels": [frame > 0 for frame in still.labels]},
        "stacks": {"labels": np.stack(stacks)},
        "callable": {"segmenter": lambda image: image > 0.5},
        "original": {"segmenter": Original(stacks)},
        "source": {"segmenter": as_source(still.labels, axes="tyx")},
    }[kind]
    images = np.where(still.labels > 0, 200, 50).astype(np.uint8)
    found = specks.track_voids(images, **given)
    assert found.tracks["observed_frames"].tolist() == [len(PATH)] * len(still.places)
    assert spread(found.objects) < 0.2
    wanted = specks.track_voids(still.labels, "labels", drift_from="objects").objects
    columns = ["frame", "y", "x", "area", "touches_side"]
    pd.testing.assert_frame_equal(
        found.objects[columns].sort_values(columns, ignore_index=True),
        wanted[columns].sort_values(columns, ignore_index=True),
    )


def test_the_drift_is_taken_from_what_tells_it_better():
    pattern = synth.drifting_series("fixedpat", frames=6, shape=(128, 128))
    assert specks.track_voids(pattern.images, labels=_drawn(pattern)).drift_from == "objects"
    clear = synth.drifting_series("easy_int", frames=6, shape=(128, 128))
    found = specks.track_voids(clear.images, labels=_drawn(clear))
    assert found.drift_from == "images"
    assert found.details().startswith("By the images, the sample moved up to")
    with pytest.raises(InputError, match="drift_from is 'labels'; it must be 'auto', 'objects' or 'images'"):
        specks.track_voids(clear.images, drift_from="labels")


def _drawn(series):
    """Label images of the objects of a series."""
    labels = np.zeros(series.images.shape, np.int32)
    y, x = np.mgrid[: labels.shape[1], : labels.shape[2]]
    for i, row in enumerate(series.objects.itertuples(), 1):
        labels[row.frame][(y - row.y) ** 2 + (x - row.x) ** 2 <= row.radius**2] = i
    return labels


def test_volumes_have_tracks_and_swelling_by_their_depth():
    still = still_voids(PATH, shape=(64, 80), count=4, radius=(5, 6))
    volumes = np.zeros((len(PATH), 6, 64, 80), np.int32)
    volumes[:, 2:4] = still.labels[:, None]
    found = specks.track_voids(volumes, "labels", axes="tzyx", spacing=(2, 1, 1), units="nm")
    assert found.tracks["observed_frames"].tolist() == [6] * 4
    assert np.abs(found.drift.table[["y", "x"]].to_numpy() - PATH).max() < 0.5
    radius = found.objects["radius"][found.objects["frame"] == 0] * 2 ** (1 / 3)
    volume = (4 / 3 * np.pi * radius**3).sum()
    assert found.frames["swelling_percent"][0] == pytest.approx(100 * volume / (12 * 64 * 80 - volume))


def test_distances_are_pixels_whatever_their_size():
    still = still_voids(PATH)
    tracks = [
        specks.track_voids(still.labels, "labels", search_range=3, **size).objects["particle"].tolist()
        for size in ({}, {"spacing": 0.1, "units": "nm"}, {"spacing": 40, "units": "nm"})
    ]
    assert tracks[0] == tracks[1] == tracks[2]


def test_files_in_any_order_and_those_that_are_ruined(tmp_path):
    still = still_voids(PATH)
    for t in (3, 0, 5, 1, 4, 2):
        frame = np.where(still.labels[t] > 0, 200, 50).astype(np.uint8)
        tifffile.imwrite(tmp_path / f"tilt{t + 7}.tif", frame if t != 2 else frame[:100])
    found = specks.track_voids(tmp_path, lambda image: image > 0.5, dt=0.5)
    assert found.frames["frame_number"].tolist() == [7, 8, 9, 10, 11, 12]
    assert found.frames["reason"][2] == "tilt9.tif is 100 x 160 uint8, but most frames are 128 x 160 uint8"
    assert found.frames[["area_fraction", "areal_density"]].isna().all(axis=1).tolist() == [
        *(False, False, True, False, False, False)
    ]
    assert found.warnings[0].startswith("frame 2 is left out: tilt9.tif is 100 x 160")
    assert found.summary().endswith("; 1 frame left out")
    assert found.tracks["observed_frames"].tolist() == [5] * len(still.places)
    assert found.tracks["inferred_frames"].tolist() == [1] * len(still.places)
    assert spread(found.objects) < 0.2


def test_times_count_the_numbers_of_frames_by_their_common_step(tmp_path):
    still = still_voids(PATH[:4])
    for number, frame in zip((10, 20, 40, 50), still.labels, strict=True):
        tifffile.imwrite(tmp_path / f"f{number}.tif", frame.astype("u1"))
    found = specks.track_voids(tmp_path, "labels", dt=3.0)
    assert found.frames["time_s"].tolist() == [0, 3, 9, 12]


@pytest.mark.parametrize("fill", [np.nan, 0.0, 255.0])
def test_series_with_nothing_to_see(fill):
    found = specks.track_voids(np.full((3, 40, 50), fill))
    assert (len(found.objects), len(found.tracks), len(found.frames)) == (0, 0, 3)
    assert all(found.frames["reason"])
    assert found.frames["count"].tolist() == [0, 0, 0]
    assert found.warnings[-1] == "no object was found in any frame"
    assert found.summary() == (
        "0 tracks of 0 objects in 3 frames; 0 observed in 8 frames or more; 3 frames left out"
    )


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_very_short_series(frames):
    still = still_voids(PATH[: max(frames, 1)])
    labels = still.labels if frames else still.labels[0]
    found = specks.track_voids(labels, "labels")
    assert len(found.frames) == max(frames, 1)
    assert found.labels.shape == labels.shape
    assert found.tracks["observed_frames"].tolist() == [max(frames, 1)] * len(still.places)
    if frames < 2:
        assert found.warnings == ()


def test_frames_without_objects():
    still = still_voids(PATH)
    labels = still.labels.copy()
    labels[[0, 3]] = 0
    found = specks.track_voids(labels, "labels")
    assert found.frames["count"].tolist() == [0, 12, 12, 0, 12, 12]
    assert found.frames["appeared"].tolist() == [0, 12, 0, 0, 0, 0]
    assert found.drift.table["ok"].tolist() == [False, True, True, False, True, True]
    assert found.tracks["observed_frames"].tolist() == [4] * 12
    none = specks.track_voids(np.zeros_like(labels), "labels")
    assert (len(none.tracks), none.warnings) == (0, ("no object was found in any frame",))


def test_all_objects_at_the_side():
    labels = np.zeros((4, 64, 80), int)
    labels[:, :10, 20:40], labels[:, 30:50, -8:] = 1, 2
    found = specks.track_voids(labels, "labels")
    assert found.tracks["observed_frames"].tolist() == [4, 4]
    assert found.tracks["growth_frames"].tolist() == [0, 0]
    assert found.objects["touches_side"].all()
    assert any("no common drift found" in said for said in found.warnings)
    kept = specks.track_voids(labels, "labels", drop_edges=False)
    assert kept.tracks["growth_frames"].tolist() == [4, 4]
    np.testing.assert_allclose(kept.drift.table[["y", "x"]], 0, atol=0.01)


class Counting(ArraySource):
    """Counts frames that are read, and refuses to be read whole."""

    def __init__(self, array):
        super().__init__(array, as_source(array, axes="tyx").geometry)
        self.frames = []

    def with_geometry(self, geometry):
        return self

    def read(self, region):
        found = super().read(region)
        assert len(found) == 1
        if found.shape[1:] == self.shape[1:]:  # no sample, by which the series is recognized
            self.frames.append(region[0].start)
        return found


def test_nothing_is_read_whole_and_labels_are_read_once():
    still = still_voids(PATH)
    source = Counting(still.labels)
    specks.track_voids(source, "labels")
    assert sorted(source.frames) == list(range(len(PATH)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"segmenter": "mixtrue"}, "segmenter is 'mixtrue'; it must be 'mixture' or 'labels'; did you mean"),
        ({"segmenter": np.copy, "labels": np.zeros((2, 40, 50), int)}, "segmenter and labels are both given"),
        (
            {"labels": np.zeros((3, 40, 50), int)},
            r"labels have the shape \(3, 40, 50\); expected .*\(2, 40, 50\)",
        ),
        ({"labels": np.zeros((2, 40, 50), int), "dose_rate": 1.0}, "dose_rate is given without dt"),
        ({"labels": np.zeros((2, 40, 50), int), "min_frames": 0}, "min_frames is 0; it must be .* 1 or more"),
        (
            {"labels": np.zeros((2, 40, 50), int), "out": 3},
            "out is 3; it must be a path, or a mapping of 'labels'",
        ),
        (
            {"labels": np.zeros((2, 40, 50), int), "search_range": None, "method": "trackpy"},
            "search_range is missing: method='trackpy' needs it",
        ),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(InputError, match=message):
        specks.track_voids(np.zeros((2, 40, 50)), **arguments)


def test_what_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match="nowhere"):
        specks.track_voids(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"kind": "bad_frame", "frame": 7}, "bad_frame of frame 7: there is no frame 7; the series has 6"),
        ({"kind": "exclude_frame", "frame": 7}, "exclude_frame names frame 7; the image has 6"),
        ({"kind": "reject", "frame": 7, "position": (3, 3)}, "reject names frame 7; the series has 6"),
        ({"kind": "threshold", "value": 0.4}, "track_voids takes no correction of kind 'threshold'"),
        (
            {"kind": "link_draw", "frame_a": 0, "label_a": 1, "frame_b": 1, "label_b": 99},
            "there is no object with label 99 in frame 1",
        ),
    ],
)
def test_corrections_that_do_not_fit(record, message):
    still = still_voids(PATH)
    with pytest.raises(CorrectionError, match=message):
        specks.track_voids(still.labels, "labels", corrections=specks.Corrections((record,)))
