"""What images are read, and what of them is not understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from exact_spots import BOTH, SINGLES, by_leastsq, exact_image, places, start_at

import specks
from specks._core.errors import InputError
from specks.refinement.fit._alone_kernels import fit_alone

OFF = (0.6, -0.4)
MOVED = np.array([SINGLES + np.array([0.5 * t, 0.25 * t]) for t in range(5)])
SHAPE = (70, 72)
MOVIE = np.stack([exact_image(at, shape=SHAPE) for at in MOVED])


def start(frames: int = 5) -> pd.DataFrame:
    tables = [start_at(at, OFF).assign(frame=t) for t, at in enumerate(MOVED[:frames])]
    return pd.concat(tables, ignore_index=True)


@BOTH
@pytest.mark.parametrize(
    "kind", ["uint8", "uint16", "int16", "int32", "uint32", "float32", "float64", ">u2", ">f4"]
)
def test_pixels_of_any_type_are_read_as_they_are(fit, kind: str) -> None:
    whole = exact_image(SINGLES).round()
    table, expected = (fit(start_at(SINGLES, OFF), image, 13) for image in (whole.astype(kind), whole))
    np.testing.assert_allclose(places(table), places(expected), atol=1e-9)


def test_kernels_are_compiled_once_whatever_a_caller_passes() -> None:
    """Frames that cannot be written to and whole numbers for lengths are what they are for floats."""
    by_leastsq(start_at(SINGLES, OFF), exact_image(SINGLES), 13)
    known = list(fit_alone.signatures)
    frozen = exact_image(SINGLES)
    frozen.flags.writeable = False
    by_leastsq(start_at(SINGLES, OFF), frozen, 13, max_shift=1, max_iter=np.int32(10))
    specks.refine(
        start_at(SINGLES, OFF), frozen[::-1, ::-1], 13, size="const", loss="poisson", gain=2, offset=1
    )
    assert fit_alone.signatures == known


@BOTH
@pytest.mark.parametrize("how", ["fortran", "view", "read-only", "list", "dask", "tiff", "path"])
def test_frames_are_read_however_they_are_kept(fit, how: str, tmp_path: Path) -> None:
    stack = MOVIE[:2].astype(np.float32)
    tifffile.imwrite(tmp_path / "movie.tif", stack, photometric="minisblack")
    if how == "dask":
        import dask.array as da

        images: Any = da.from_array(stack, chunks=(1, *SHAPE))
    else:
        images = {
            "fortran": np.asfortranarray(stack),
            "view": np.repeat(stack, 2, axis=2)[:, :, ::2],
            "read-only": np.frombuffer(stack.tobytes(), np.float32).reshape(stack.shape),
            "list": list(stack),
            "tiff": str(tmp_path / "movie.tif"),
            "path": tmp_path / "movie.tif",
        }[how]
    if how == "list" and fit is by_leastsq:  # as documented
        with pytest.raises(InputError, match=r"reader is list.*array"):
            fit(start(2), images, 13)
        return
    table = fit(start(2), images, 13, param_mode={"size": "const"})
    np.testing.assert_allclose(places(table), MOVED[:2].reshape(-1, 2), atol=1e-3)


@BOTH
def test_a_stack_with_plane_positions_is_a_movie(fit) -> None:
    """Also with as many frames as there are planes in a volume."""
    table = fit(start(3), MOVIE[:3], 13)
    np.testing.assert_allclose(places(table), MOVED[:3].reshape(-1, 2), atol=1e-3)


@BOTH
def test_volumes_over_time_are_read(fit) -> None:
    at = np.array([(8.3, 12.2, 13.6), (8.1, 12.4, 30.4)])
    stack = np.stack([exact_image(at + 0.4 * t, shape=(17, 26, 44)) for t in range(2)])
    table = pd.concat([start_at(at + 0.4 * t, 0.2).assign(frame=t) for t in range(2)], ignore_index=True)
    found = fit(table, stack, 13)
    np.testing.assert_allclose(places(found), [*at, *(at + 0.4)], atol=1e-3)


def test_a_frame_of_pims_goes_by_its_number() -> None:
    class Frame(np.ndarray):
        frame_no = 7

    image = exact_image(SINGLES).view(Frame)
    table = by_leastsq(start_at(SINGLES, OFF).assign(frame=7), image, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-3)
    with pytest.raises(InputError, match=r"frame 3.*frame 7"):
        by_leastsq(start_at(SINGLES, OFF).assign(frame=3), image, 13)


@pytest.mark.parametrize("names", [["row", "column"], ["b", "a"]])
def test_columns_of_positions_can_have_other_names(names: list[str]) -> None:
    table = start_at(SINGLES, OFF).rename(columns=dict(zip("yx", names, strict=True)))
    found = by_leastsq(table, exact_image(SINGLES), 13, pos_columns=names, compute_error=True)
    np.testing.assert_allclose(found[names], SINGLES, atol=1e-4)
    assert f"{names[0]}_std" in found
    with pytest.raises(InputError, match="'y'"):
        by_leastsq(table, exact_image(SINGLES), 13)


def test_frames_can_be_blurred_before_they_are_fitted() -> None:
    """A Gauss of size s blurred by σ is one of size √(s² + 2 σ²), without a rim at the masks."""
    image = exact_image(SINGLES)
    size = np.sqrt(9 + 2 * 1.5**2)
    table = by_leastsq(start_at(SINGLES, OFF, size=size), image, 17, noise_size=1.5, threshold=0)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-3)
    np.testing.assert_allclose(table["signal"], 150 * 9 / size**2, rtol=1e-3)
    np.testing.assert_allclose(table["background"], 10, atol=0.05)


def test_pixels_below_a_threshold_are_none() -> None:
    image = exact_image(SINGLES)
    cut = np.where(image <= 30, 0, image)
    asked = start_at(SINGLES, OFF)
    np.testing.assert_array_equal(
        places(by_leastsq(asked, image, 13, threshold=30)), places(by_leastsq(asked, cut, 13))
    )


@BOTH
@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros((64, 64), complex), "complex"),
        (np.zeros((64, 64), bool), "bool"),
        (np.zeros((64, 64), "U3"), "U3"),
        (np.zeros(64), "axes|dimension|ndim"),
        (np.zeros((2, 64, 64, 3)), "axes"),
        (np.zeros((0, 64)), "0"),
    ],
)
def test_images_that_are_none_are_refused(fit, images: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit(start_at(SINGLES), images, 13)


@pytest.mark.parametrize("reader", [3, None, object(), {"a": 1}])
def test_a_reader_has_a_shape(reader: Any) -> None:
    with pytest.raises(InputError, match=r"reader.*shape"):
        by_leastsq(start_at(SINGLES), reader, 13)


@BOTH
def test_an_image_of_colors_is_refused(fit) -> None:
    with pytest.raises(InputError, match=r"axes|color|channel"):
        fit(start_at(SINGLES), np.zeros((64, 64, 3), np.uint8), 13)


@BOTH
def test_positions_and_images_have_as_many_axes(fit) -> None:
    with pytest.raises(InputError, match="axes"):
        fit(start_at(SINGLES).assign(z=3.0, size=3.0), exact_image(SINGLES), 13)


@BOTH
@pytest.mark.parametrize("number", [-1, 5, 10**9])
def test_frames_that_are_not_there_are_refused(fit, number: int) -> None:
    with pytest.raises(InputError, match=f"frame {number}.*0 to 4"):
        fit(start().assign(frame=number), MOVIE, 13)
