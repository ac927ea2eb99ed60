"""Whatever finds objects in frames gives the same tables, in pixels of the source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tifffile
from statements.instances import instances

from specks._core.errors import InputError
from specks._core.progress import drain
from specks.io import as_source, open_image
from specks.measure import measure_objects
from specks.workflows._answers import Answer, understand
from specks.workflows._gray_scale import GrayScale, series_scale
from specks.workflows._segmenters import as_segmenter

SHAPE = (96, 128)
#: Class, y, x and radius of the objects of three frames; the third overlaps the second.
OBJECTS = [[(1, 30, 40 + 3 * t, 9), (2, 60, 70, 8 + t), (1, 68, 78, 7), (1, 4, 100, 6)] for t in range(3)]


def stack(frame):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.stack([((y - cy) ** 2 + (x - cx) ** 2 <= r**2) * k for k, cy, cx, r in OBJECTS[frame]]).astype(
        "u1"
    )


STACKS = [stack(t) for t in range(3)]
#: Dark objects on a bright, noisy ground.
SERIES = np.stack([200 - 90 * (s > 0).any(axis=0) for s in STACKS]) + np.random.default_rng(0).normal(
    0, 3, (3, *SHAPE)
)
FINE = [0, 1, 3]  # objects that overlap no other, or lie below


def frames(segmenter, series=SERIES, axes="tyx", **options):
    source = as_source(series, axes=axes)
    found = drain(as_segmenter(segmenter, source, **options))
    return [found.frame(t) for t in range(len(series))]


def same(ours, theirs, columns=("label", "y", "x", "area", "radius", "touches_side", "class"), **how):
    pd.testing.assert_frame_equal(
        ours[list(columns)], theirs[list(columns)].reset_index(drop=True), check_dtype=False, **how
    )


def expected(t):
    table = instances(STACKS[t])
    return table.assign(radius=table["equivalent_diameter"] / 2)


class Original:
    """A segmenter with the face of rtdefects', on a grid of its own."""

    def __init__(self, size=SHAPE, stacks=STACKS):
        self.size, self.stacks, self.seen = size, stacks, []

    def transform_standard_image(self, image):
        self.seen.append(image)
        return ("prepared", len(self.seen) - 1)

    def perform_segmentation(self, prepared):
        word, t = prepared
        assert word == "prepared"
        rows = (np.arange(self.size[0]) * SHAPE[0]) // self.size[0]
        columns = (np.arange(self.size[1]) * SHAPE[1]) // self.size[1]
        return self.stacks[t][:, rows][:, :, columns]


def test_an_original_segmenter_is_shown_one_gray_scale():
    segmenter = Original()
    found = frames(segmenter)
    for t, image in enumerate(segmenter.seen):
        assert (image.dtype, image.shape) == (np.float32, SHAPE)
        np.testing.assert_allclose(image, (SERIES[t] - SERIES.min()) / np.ptp(SERIES), atol=1e-6)
        same(found[t].objects, expected(t))
        assert (found[t].objects["frame"] == t).all()
        assert found[t].area_fraction == pytest.approx((STACKS[t] > 0).any(axis=0).mean())


def test_positions_and_sizes_come_back_in_pixels_of_the_source():
    """The original leaves them on the grid of the model, which is square whatever the image is."""
    found = frames(Original(size=(384, 1024)))  # 4 and 8 times as fine
    for t in range(3):
        same(found[t].objects, expected(t), rtol=1e-9)
        np.testing.assert_array_equal(found[t].labels > 0, (STACKS[t] > 0).any(axis=0))


def test_a_coarser_model_is_right_within_its_pixels():
    found = frames(Original(size=(48, 32)))[0].objects
    theirs = expected(0)
    np.testing.assert_allclose(found["y"], theirs["y"], atol=1.5)
    np.testing.assert_allclose(found["x"], theirs["x"], atol=3)
    np.testing.assert_allclose(found["radius"], theirs["radius"], rtol=0.15)
    assert found["touches_side"].tolist() == theirs["touches_side"].tolist()


@pytest.mark.parametrize("kind", ["instances", "labels", "classes", "mask", "bytes", "probability", "list"])
def test_every_kind_of_answer(kind):
    apart = [s[FINE] for s in STACKS]
    labels = [np.einsum("nyx,n->yx", s > 0, [7, 3, 9]) for s in apart]
    answers = {
        "instances": apart,
        "labels": labels,
        "classes": [s.max(axis=0) for s in apart],
        "mask": [m > 0 for m in labels],
        "bytes": [(m > 0).astype("u1") * 255 for m in labels],
        "probability": [np.where(m > 0, 0.8, 0.1).astype("f4") for m in labels],
        "list": [(m > 0).tolist() for m in labels],
    }[kind]
    calls = iter(answers)
    for t, found in enumerate(frames(lambda image: next(calls))):
        theirs = instances(apart[t])
        columns = ["y", "x", "area", "touches_side"]
        ours = found.objects.sort_values(columns, ignore_index=True)
        same(ours, theirs.sort_values(columns), columns)
        kinds = (
            theirs.sort_values(columns)["class"].tolist() if kind in ("instances", "classes") else [1, 1, 1]
        )
        assert ours["class"].tolist() == kinds
        if kind == "labels":
            assert found.objects["label"].tolist() == [3, 7, 9]
        again = measure_objects(found.labels)
        same(found.objects, again, ["label", "y", "x", "area", "touches_side"])


def test_a_segmenter_may_say_what_it_returns():
    image = np.zeros(SHAPE, int)
    image[10:20, 10:20], image[40:50, 40:50] = 1, 2

    def segment(_):
        return image

    assert frames(segment, SERIES[:1])[0].objects["class"].tolist() == [1, 1]
    segment.returns = "classes"
    assert frames(segment, SERIES[:1])[0].objects["class"].tolist() == [1, 2]
    image[image == 2] = 1
    segment.returns = "labels"
    assert frames(segment, SERIES[:1])[0].objects["area"].tolist() == [200]
    segment.returns = "instances"
    with pytest.raises(InputError, match="but says that it returns instances"):
        frames(segment, SERIES[:1])
    segment.returns = "masks"
    with pytest.raises(InputError, match="the segmenter returns 'masks'; it must be 'auto', 'labels'"):
        frames(segment, SERIES[:1])


def test_small_objects_are_left_out_of_table_and_image():
    found = frames(Original(size=(192, 128)), min_size=150)[0]
    assert found.objects["label"].tolist() == [1, 2]
    assert (found.objects["area"] >= 150).all()
    assert sorted(np.unique(found.labels)) == [0, 1, 2]


def test_instances_without_a_pixel_are_told():
    empty = [np.concatenate([np.zeros_like(s[:1]), s]) for s in STACKS]
    found = frames(Original(stacks=empty))
    assert found[1].objects["label"].tolist() == [2, 3, 4, 5]
    assert found[1].notes == ("frame 1: instances 1 have no pixel",)


@pytest.mark.parametrize("kind", ["array", "source", "file", "folder", "instances", "list"])
def test_what_was_found_already(kind, tmp_path):
    labels = np.stack([np.einsum("nyx,n->yx", s[FINE] > 0, [7, 3, 9]) for s in STACKS]).astype("u2")
    if kind == "file":
        tifffile.imwrite(tmp_path / "labels.tif", labels, photometric="minisblack")
    if kind == "folder":
        for t, frame in enumerate(labels):
            tifffile.imwrite(tmp_path / f"labels{t + 2}.tif", frame)
    ready = {
        "array": labels,
        "source": as_source(labels, axes="tyx"),
        "file": str(tmp_path / "labels.tif"),
        "folder": tmp_path,
        "instances": np.stack([s[FINE] for s in STACKS]),
        "list": [s[FINE] for s in STACKS],
    }[kind]
    for t, found in enumerate(frames(ready)):
        theirs = instances(STACKS[t][FINE]).sort_values("y")
        same(found.objects.sort_values("y", ignore_index=True), theirs, ["y", "x", "area", "touches_side"])


def test_one_image_without_time():
    source = as_source(SERIES[0])
    for ready in (STACKS[0], (STACKS[0] > 0).any(axis=0), lambda image: STACKS[0]):
        found = drain(as_segmenter(ready, source)).frame(0)
        assert len(found.objects) == (3 if getattr(ready, "ndim", 3) == 2 else 4)


def test_volumes():
    balls = np.zeros((2, 6, 40, 50), "u1")
    balls[0, 1:5, 10:20, 10:20], balls[1, 2:4, 15:30, 15:30] = 1, 2
    series = np.random.default_rng(0).normal(size=(2, 6, 40, 50))
    found = frames(lambda volume: balls, series, "tzyx")[1].objects
    assert found[["z", "y", "x", "volume", "class"]].values.tolist() == [
        [2.5, 14.5, 14.5, 400, 1],
        [2.5, 22.0, 22.0, 450, 2],
    ]


def test_the_mixture_by_name():
    found = frames("mixture", min_size=50)
    for t in range(3):
        theirs = expected(t)
        for y, x in theirs.loc[[0], ["y", "x"]].to_numpy():
            assert (np.hypot(found[t].objects["y"] - y, found[t].objects["x"] - x) < 2).any()
        assert (found[t].objects["frame"] == t).all()


class Never:
    """A segmenter that fails when it is shown nothing."""

    def __init__(self):
        self.calls = 0

    def __call__(self, image):
        assert np.isfinite(image).all()
        assert image.max() > image.min()
        self.calls += 1
        return image < 0.5


@pytest.mark.parametrize("fill", [np.nan, 0.0, 200.0, np.inf])
def test_frames_with_nothing_to_see_are_flagged(fill):
    series = SERIES.copy()
    series[1] = fill
    segmenter = Never()
    found = frames(segmenter, series)
    assert segmenter.calls == 2
    assert len(found[1].objects) == 0
    assert found[1].reason == ("no pixel is a number" if not np.isfinite(fill) else "all pixels are equal")
    assert found[0].reason == found[2].reason == ""
    pd.testing.assert_series_equal(found[1].objects.dtypes, found[0].objects.dtypes)


def test_frames_of_another_size_are_flagged(tmp_path):
    for t, frame in enumerate(SERIES):
        tifffile.imwrite(tmp_path / f"f{t}.tif", (frame if t != 1 else frame[:50]).astype("u1"))
    with pytest.warns(UserWarning, match="is blank instead"):
        source = open_image(tmp_path, ruined="blank")
    found = drain(as_segmenter(Never(), source)).frame(1)
    assert (len(found.objects), found.labels.any()) == (0, False)
    assert "f1.tif is 50 x 128 uint8, but most frames are 96 x 128 uint8" in found.reason


def test_a_flash_does_not_take_the_contrast_of_the_rest():
    series = np.concatenate([SERIES] * 3)
    series[4] *= 50
    scale, blank = drain(series_scale(as_source(series, axes="tyx")))
    assert (scale.low, scale.high, blank) == (SERIES.min(), SERIES.max(), {})
    assert scale.apply(series[4]).max() == 1


def test_a_series_that_is_constant_is_black():
    scale, blank = drain(series_scale(as_source(np.full((2, 5, 5), 7.0), axes="tyx")))
    assert set(blank) == {0, 1}
    np.testing.assert_array_equal(scale.apply(np.full((5, 5), 7.0)), np.zeros((5, 5), np.float32))
    assert GrayScale(0, 255).apply(np.array([[0, 51, 255]], "u1")).tolist() == [[0, np.float32(0.2), 1]]


def test_the_frame_of_a_failure_is_named():
    def fails(image):
        raise ValueError("out of memory")

    with pytest.raises(ValueError, match="out of memory") as caught:
        frames(fails)
    assert caught.value.__notes__ == ["raised by the segmenter in frame 0"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            np.zeros(5, int),
            r"frame 0: the segmenter gave an array of shape \(5,\); expected \(y, x\) or \(n, y, x\)",
        ),
        (np.full(SHAPE, 3.0), "frame 0: the segmenter gave floats from 3 to 3; expected probabilities"),
        (np.full(SHAPE, 1j), "frame 0: the segmenter gave values of type complex128"),
        (np.full(SHAPE, -1), "labels and classes must be 0 or more"),
        (np.full((2, *SHAPE), -1), "instance 1 holds -1; classes must be 0 or more"),
    ],
)
def test_answers_that_are_none(answer, message):
    with pytest.raises(InputError, match=message):
        frames(lambda image: answer)


@pytest.mark.parametrize(
    ("segmenter", "message"),
    [
        ("mixtrue", "segmenter is 'mixtrue'; it must be 'mixture', the path of .*; did you mean 'mixture'"),
        (3, "segmenter is int; it must be 'mixture', a callable, an object with"),
        (np.zeros((3, 4, 5), int), r"the labels have the shape \(3, 4, 5\); expected that of the series"),
        (
            np.zeros((4, 2, 96, 128), int),
            r"segmenter has the shape \(4, 2, 96, 128\), but the series has 3 frames",
        ),
        (np.zeros((96, 128), int), r"segmenter has the shape \(96, 128\); expected that of the series"),
        ([STACKS[0]], "segmenter holds 1 answers, but the series has 3 frames"),
    ],
)
def test_segmenters_that_are_none(segmenter, message):
    with pytest.raises(InputError, match=message):
        frames(segmenter)


def test_an_answer_without_objects_has_the_columns_of_others():
    how = Answer(SHAPE, 50, 8)
    full = understand(STACKS[0], how, 0).objects
    for nothing in (np.zeros((0, *SHAPE), "u1"), np.zeros((1, *SHAPE), "u1"), np.zeros(SHAPE, bool)):
        found = understand(nothing, how, 0)
        assert len(found.objects) == 0
        assert found.objects.columns.tolist() == full.columns.tolist()
