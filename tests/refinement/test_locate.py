"""`specks.locate` beside trackpy's, on images with truth, and on what it must refuse."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import trackpy
from gaussian_spots import as_type, grid_of_spots, spots_at, unit_of
from scipy.spatial import cKDTree

import specks
from specks._core.errors import InputError
from specks.io import read_table, write_table

INTEGERS, FLOATS = ["uint8", "uint16", "int16", "int32"], ["float32", "float64"]
COLUMNS = ["y", "x", "mass", "size", "ecc", "signal", "raw_mass", "ep", "frame"]
#: What is asked of the finder beside the diameter; masses are those of 8 bits.
ASKED: list[dict[str, Any]] = [
    {},
    {"minmass": 400},
    {"maxsize": 3.0},
    {"topn": 9},
    {"topn": 1},
    {"separation": 5},
    {"separation": 31.5},
    {"separation": (6, 18)},
    {"percentile": 0},
    {"percentile": 97.5},
    {"threshold": 9},
    {"noise_size": 2},
    {"noise_size": 0},
    {"smoothing_size": 21},
    {"preprocess": False},
    {"preprocess": False, "percentile": 90},
    {"invert": True},
    {"invert": True, "preprocess": False},
    {"max_iterations": 1},
    {"characterize": False},
    {"diameter": 5},
    {"diameter": 3},
    {"diameter": 25},
    {"diameter": (9, 13)},
    {"diameter": (9, 13), "separation": (7, 9)},
    {"noise_size": (1, 1.5), "smoothing_size": (9, 25)},
]


def frame(dtype: str = "uint8", seed: int = 0, noise: float = 8) -> np.ndarray:
    image, _ = grid_of_spots((150, 180), 22, (3.5, 3.5), noise, seed)
    return as_type(image, dtype)


def volume(dtype: str, seed: int = 0) -> np.ndarray:
    image, _ = grid_of_spots((32, 60, 64), 15, (2.2, 3.0, 3.0), 6, seed)
    return as_type(image, dtype)


def fitting(asked: dict[str, Any], dtype: str) -> dict[str, Any]:
    """Brightness as images of a type have it."""
    return {n: v * unit_of(dtype) if n in ("minmass", "threshold") else v for n, v in asked.items()}


def by_trackpy(image: np.ndarray, asked: dict[str, Any]) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return trackpy.locate(image, engine="numba", **asked).reset_index(drop=True)


def assert_agree(found: pd.DataFrame, peer: pd.DataFrame, within: float) -> None:
    """The same features in the same order, with the same numbers."""
    assert list(found.columns) == [*peer.columns, "frame"]
    assert len(found) == len(peer) > 0
    axes = [a for a in "zyx" if a in peer]
    off = abs(found[axes] - peer[axes]).max(axis=1)
    assert (off < within).mean() >= 0.999
    assert off.max() < 0.01
    for name in peer.columns.drop(axes):
        far = 0.02 if name.startswith("ep") else 1e-5
        np.testing.assert_allclose(found[name], peer[name], rtol=far, atol=1e-9, err_msg=name)


ASKED_3D: list[dict[str, Any]] = [
    {},
    {"diameter": (5, 9, 9)},
    {"diameter": (5, 9, 9), "separation": (5, 8, 8), "noise_size": (0.7, 1, 1)},
    {"minmass": 300, "maxsize": 3.2},
    {"topn": 5, "separation": 6},
    {"smoothing_size": (7, 13, 13), "percentile": 90},
    {"noise_size": (0, 1, 1)},
    {"preprocess": False},
    {"invert": True},
    {"characterize": False},
]
#: Each of them for some types, and each type for some of them: the peer compiles for every pair.
FRAMES = [(asked, dtype) for asked in ASKED for dtype in ("uint8", "float64")]
FRAMES += [(asked, dtype) for asked in ASKED[:18] for dtype in ("uint16", "float32")]
FRAMES += [(asked, dtype) for asked in ASKED[:6] for dtype in ("int16", "int32")]
VOLUMES = [(asked, dtype) for asked in ASKED_3D for dtype in ("uint8", "float64")]
VOLUMES += [(asked, dtype) for asked in ASKED_3D[:2] for dtype in ("uint16", "float32")]


@pytest.mark.parametrize(("asked", "dtype"), FRAMES, ids=str)
def test_frames_have_the_features_of_trackpy(asked: dict[str, Any], dtype: str) -> None:
    image, asked = frame(dtype), {"diameter": 11} | fitting(asked, dtype)
    assert_agree(specks.locate(image, **asked), by_trackpy(image, asked), 1e-6 if dtype in INTEGERS else 1e-4)


@pytest.mark.parametrize(("asked", "dtype"), VOLUMES, ids=str)
def test_volumes_have_the_features_of_trackpy(asked: dict[str, Any], dtype: str) -> None:
    image, asked = volume(dtype), {"diameter": 7} | fitting(asked, dtype)
    found = specks.locate(image, **asked, axes="zyx")
    assert_agree(found, by_trackpy(image, asked), 1e-6 if dtype in INTEGERS else 1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_many_features_in_much_noise(seed: int) -> None:
    image = as_type(grid_of_spots((400, 400), 25, (4.0, 4.0), 25, seed)[0], "uint16")
    assert_agree(specks.locate(image, 9), by_trackpy(image, {"diameter": 9}), 1e-6)


def test_the_spots_are_found_where_they_are() -> None:
    image, places = grid_of_spots((200, 240), 20, (3.0, 3.0), 0, seed=4)
    found = specks.locate(as_type(image, "uint16"), 13, separation=8)
    assert list(found.columns) == COLUMNS
    assert len(found) == len(places)
    off, which = cKDTree(places).query(found[["y", "x"]])
    assert sorted(which) == list(range(len(places)))
    assert off.max() < 0.1
    assert found["ecc"].max() < 0.1
    assert found["size"].between(2.0, 3.0).all()
    assert found["signal"].between(0.6 * unit_of("uint16") * 100, unit_of("uint16") * 100).all()


def test_dark_spots_are_the_same_as_bright_ones() -> None:
    image = frame("uint8")
    pd.testing.assert_frame_equal(
        specks.locate(255 - image, 11, invert=True), specks.locate(image, 11), check_exact=True
    )
    signed = image.astype(np.int16) - 300
    dark, bright = (specks.locate(i, 11, 700, invert=i is not signed) for i in (-signed, signed))
    off, _ = cKDTree(dark[["y", "x"]]).query(bright[["y", "x"]])
    assert len(bright) > 40
    assert off.max() < 0.05  # averages are cut towards 0, on different sides of it


@pytest.mark.parametrize("dtype", ["int64", "uint64", ">u2", "<f4", "float16"])
def test_other_types_are_read_as_the_nearest(dtype: str) -> None:
    near = {"int64": "int32", "uint64": "uint32", ">u2": "uint16", "<f4": "float32", "float16": "float32"}[
        dtype
    ]
    image = frame("uint8").astype(dtype)
    pd.testing.assert_frame_equal(
        specks.locate(image, 11), specks.locate(image.astype(near), 11), check_exact=True
    )


def test_how_an_array_lies_in_memory_does_not_matter() -> None:
    image = frame("uint16")
    fixed = image.copy()
    fixed.flags.writeable = False
    wide = np.repeat(image, 2, axis=1)[:, ::2]
    for other in (np.asfortranarray(image), fixed, wide, image.tolist()):
        pd.testing.assert_frame_equal(
            specks.locate(np.asarray(other, image.dtype), 11), specks.locate(image, 11), check_exact=True
        )


class Lazy:
    """What has a shape and a type, and gives frames."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype, self.ndim = array, array.shape, array.dtype, array.ndim
        self.given: list[int] = []

    def __getitem__(self, region: Any) -> np.ndarray:
        assert region[0].stop - region[0].start == 1
        self.given.append(region[0].start)
        return self.array[region]


@pytest.mark.parametrize("axes", ["tyx", "tzyx"])
def test_a_movie_gives_the_features_of_its_frames(axes: str) -> None:
    frames = [frame(seed=s) if axes == "tyx" else volume("uint8", seed=s) for s in range(5)]
    alone = [specks.locate(f, 7, axes=axes[1:], minmass=200).assign(frame=t) for t, f in enumerate(frames)]
    lazy = Lazy(np.stack(frames))
    found = specks.locate(lazy, 7, 200)
    assert sorted(lazy.given) == [0, 1, 2, 3, 4]
    pd.testing.assert_frame_equal(found, pd.concat(alone, ignore_index=True), check_exact=True)
    assert found["frame"].dtype == np.int64
    assert found["frame"].nunique() == 5


def test_a_run_tells_how_far_it_is_and_reads_each_frame_once() -> None:
    movie = Lazy(np.stack([frame(seed=s) for s in range(3)]))
    run = specks.locate.iterate(movie, 11)
    said = []
    while True:
        try:
            said.append(next(run))
        except StopIteration as end:
            found = end.value
            break
    assert [(p.done, p.total) for p in said] == [(1, 3), (2, 3), (3, 3)]
    assert sorted(movie.given) == [0, 1, 2]
    assert found["frame"].unique().tolist() == [0, 1, 2]


def test_a_volume_is_told_from_a_movie_by_its_diameter_or_its_axes() -> None:
    image = volume("uint8")
    whole = specks.locate(image, (5, 9, 9))
    pd.testing.assert_frame_equal(whole, specks.locate(image, (5, 9, 9), axes="zyx"), check_exact=True)
    sizes, errors = [f"size_{a}" for a in "zyx"], [f"ep_{a}" for a in "zyx"]
    assert list(whole.columns) == [*"zyx", "mass", *sizes, "ecc", "signal", "raw_mass", *errors, "frame"]
    planes = specks.locate(image, 9, 100)
    assert "z" not in planes
    assert planes["frame"].max() > 20


def test_a_channel_can_be_chosen() -> None:
    movie = np.stack([frame(seed=s) for s in range(2)])
    both = np.stack([movie, movie[::-1]], axis=1)
    found = specks.locate(both, 11, axes="tcyx", channel=1)
    pd.testing.assert_frame_equal(found, specks.locate(movie[::-1], 11), check_exact=True)


def test_units_come_with_the_table_and_survive_a_file(tmp_path: Any) -> None:
    found = specks.locate(frame(), 11)
    assert found.attrs["units"] == dict.fromkeys(["y", "x", "size", "ep"], "px")
    write_table(found, tmp_path / "features.csv")
    again = read_table(tmp_path / "features.csv")
    pd.testing.assert_frame_equal(again, found, check_exact=True)
    assert again.attrs["units"] == found.attrs["units"]


def test_the_heaviest_of_each_frame() -> None:
    movie = np.stack([frame(seed=s) for s in range(3)])
    every, few = specks.locate(movie, 11), specks.locate(movie, 11, topn=4)
    for t, rows in few.groupby("frame"):
        heaviest = every.loc[every["frame"] == t, "mass"].nlargest(4)
        assert rows["mass"].tolist() == sorted(heaviest)


def test_of_spots_that_are_too_close_the_heavier_one_is_kept() -> None:
    places = np.array([[40.0, 30.0], [40.0, 42.0]])
    image = spots_at((80, 80), places[:1], (3.0, 3.0), 0, 0) + 0.8 * spots_at(
        (80, 80), places[1:], (3.0, 3.0), 0, 0
    )
    kept = specks.locate(image / 255, 9, separation=14)
    np.testing.assert_allclose(kept[["y", "x"]], places[:1], atol=0.1)
    assert len(specks.locate(image / 255, 9, separation=9)) == 2


def test_frames_without_anything_are_named_and_have_no_features() -> None:
    good = frame("float32")
    spoiled, endless = good.copy(), good.copy()
    spoiled[3, 4], endless[-1, -1] = np.nan, np.inf
    movie = np.stack([good, spoiled, np.full_like(good, 1e6), good, endless, spoiled])
    with pytest.warns(UserWarning, match="no features are there") as said:
        found = specks.locate(movie, 11)
    assert [str(w.message) for w in said] == [
        "frame 2 blank (all pixels are equal): no features are there",
        "frames 1, 4, 5 with pixels that are not finite (NaN or infinite): no features are there",
    ]
    assert said[0].filename == __file__
    assert found["frame"].unique().tolist() == [0, 3]
    pd.testing.assert_frame_equal(found[found["frame"] == 0], specks.locate(good, 11), check_exact=True)


@pytest.mark.parametrize(
    ("image", "asked", "words"),
    [
        (np.zeros((40, 40), np.uint8), {}, "the image blank"),
        (np.full((40, 40), 9.5), {}, "the image blank"),
        (np.full((2, 40, 40), np.nan), {}, "all frames with pixels that are not finite"),
        (frame(), {"minmass": 1e9}, r"no features were found \(minmass is 1e\+09\)"),
        (frame()[:9, :9], {}, "margin of 5 \\(y\\) and 5 \\(x\\) pixels"),
        (frame(), {"threshold": 300}, "no features were found"),
        (frame() * -1.0, {"preprocess": False}, "no features were found"),
    ],
)
def test_an_empty_table_has_all_columns(image: np.ndarray, asked: dict[str, Any], words: str) -> None:
    with pytest.warns(UserWarning, match=words):
        found = specks.locate(image, 11, **asked)
    assert list(found.columns) == COLUMNS
    assert len(found) == 0
    assert found.dtypes.astype(str).tolist() == ["float64"] * 8 + ["int64"]


def test_nothing_is_raised_by_numbers() -> None:
    image = frame()
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(specks.locate(np.stack([image, image]), 11)) > 40
        assert specks.locate(image, 11, preprocess=False)["ep"].isna().all()
        below = image.astype(np.int16) - 60  # only what is above 0 has a mass
        assert (specks.locate(below, 7, preprocess=False)["mass"] > 0).all()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"diameter": 12}, "diameter is 12; it must be an odd whole number of pixels, such as 13"),
    ({"diameter": 11.5}, "diameter is 11.5; it must be an odd"),
    ({"diameter": 0}, "diameter is 0; it must be a number or one per spatial axis, 3 or more"),
    ({"diameter": -7}, "diameter is -7; it must be a number"),
    (
        {"diameter": (9, 10)},
        r"diameter is \(9, 10\); it must be an odd whole number of pixels, such as \(9, 11\)",
    ),
    ({"diameter": (9, 9, 9)}, "diameter is .* one number, or two numbers, one for each of y, x"),
    ({"diameter": (9,)}, "diameter is .* two numbers"),
    ({"separation": -1}, "separation is -1; it must be .* above 0"),
    ({"separation": (3, 4, 5)}, "separation is .* two numbers"),
    ({"percentile": 101}, "percentile is 101; it must be a number, from 0 to 100"),
    ({"percentile": -1}, "percentile is -1"),
    ({"smoothing_size": 10}, "smoothing_size is 10; it must be an odd whole number of pixels, such as 11"),
    ({"noise_size": 11}, "noise_size is 11 and smoothing_size is 11; noise_size must be smaller"),
    ({"noise_size": -1}, "noise_size is -1; it must be .* 0 or more"),
    ({"topn": 0}, "topn is 0; it must be a whole number, 1 or more"),
    ({"max_iterations": 0}, "max_iterations is 0"),
    (
        {"maxsize": 3, "diameter": (9, 11)},
        "maxsize is 3, but diameter is .* the same diameter along all axes",
    ),
    ({"maxsize": 3, "characterize": False}, "characterize=True"),
    ({"diamter": 9}, "did you mean 'diameter'"),
]


@pytest.mark.parametrize(("asked", "words"), WRONG, ids=lambda v: str(v) if isinstance(v, dict) else "")
def test_what_cannot_be_is_refused_in_words(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        specks.locate(frame(), **({"diameter": 11} | asked))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((40, 40, 3), np.uint8), "looks like colors"),
        (np.zeros((40, 40), complex), "complex numbers; give their brightness"),
        (np.zeros((40, 40), bool), "is a mask .* label_particles and measure_objects"),
        (np.zeros((40, 40), object), "must hold real numbers"),
        (np.zeros(40), r"expected 2 to 5 axes"),
        (np.zeros((2, 2, 40, 40, 40)), "has 2 channels"),
        (np.eye(40, dtype=np.int64) * 2**40, "must lie within 32 bits"),
    ],
)
def test_what_is_no_image_is_refused_in_words(image: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        specks.locate(image, 11)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        specks.locate(np.zeros((40, 40), bool), 12, smoothing_size=8, noise_size=(1, 1, 1))
    assert len(error.value.faults) == 4
    with pytest.raises(InputError, match='if the image is one volume, say axes="zyx"'):
        specks.locate(np.zeros((5, 40, 40)), (5, 9, 9), axes="tyx")
    with pytest.raises(InputError, match='if the image is a movie, say axes="tyx"'):
        specks.locate(np.zeros((5, 40, 40)), (9, 9), axes="zyx")
