"""What a fit says that a frame looks like, what it leaves over, and what it says of itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exact_spots import PAIR, SINGLES, by_refine, exact_image, start_at

import specks
from specks.refinement import Profile, _run_all

AT = np.array([*PAIR, (10.0, 50.2), (3.0, 8.0)])
OFF = (0.3, -0.2)


def gauss(r2: np.ndarray, p: Any, ndim: int) -> np.ndarray:
    return np.exp(-ndim * r2 / 2)


@pytest.mark.parametrize("profile", ["gauss", Profile("own", func=gauss)])
def test_a_model_is_the_image_without_noise(profile: Any) -> None:
    fit = specks.refine(start_at(AT, OFF), exact_image(AT), 13, profile)
    np.testing.assert_allclose(fit.model(0), exact_image(AT), atol=0.05)
    np.testing.assert_allclose(fit.residual(0), 0, atol=0.05)


def test_a_residual_is_noise_where_the_model_is_right() -> None:
    fit = specks.refine(start_at(AT, OFF), exact_image(AT, noise=3), 13)
    assert fit.residual(0).std() == pytest.approx(3, rel=0.05)
    inside = fit.residual(0)[24:37, 22:40]
    assert abs(inside.mean()) < 0.5


def test_models_are_of_their_frame() -> None:
    frames = np.stack([exact_image(AT), exact_image(AT + 1.5)])
    start = pd.concat([start_at(AT, OFF).assign(frame=0), start_at(AT + 1.5, OFF).assign(frame=1)])
    fit = specks.refine(start, frames, 13)
    for t in range(2):
        np.testing.assert_allclose(fit.model(t), frames[t], atol=0.05)


def test_volumes_have_models_too() -> None:
    at = [(9.3, 14.2, 13.6), (9.1, 14.4, 19.4)]
    image = exact_image(at, shape=(18, 28, 34), size=(2, 3, 3))
    start = start_at(at, 0.2, size=None, size_z=2.0, size_y=3.0, size_x=3.0)
    fit = specks.refine(start, image, (9, 13, 13))
    assert fit.model(0).shape == image.shape
    np.testing.assert_allclose(fit.model(0), image, atol=0.1)


def test_rows_that_failed_are_not_in_the_model() -> None:
    start = start_at([*SINGLES, (np.nan, 3.0), (-30.0, 4.0)], OFF)
    np.testing.assert_allclose(
        specks.refine(start, exact_image(SINGLES), 13).model(0), exact_image(SINGLES), atol=0.05
    )


def many() -> tuple[pd.DataFrame, np.ndarray]:
    """Enough features for several pieces of work."""
    rng = np.random.default_rng(2)
    at = np.array(
        [(y, x + k * 6) for y in range(12, 330, 22) for x in range(12, 500, 28) for k in (0, 1)], float
    )
    at += rng.uniform(-0.5, 0.5, at.shape)
    image = np.full((345, 520), 10.0)
    box = np.indices((21, 21)) - 10
    padded = np.pad(image, 10, constant_values=10.0)
    for place in at:
        middle = place.round().astype(int)
        away = box + (middle - place)[:, None, None]
        padded[middle[0] : middle[0] + 21, middle[1] : middle[1] + 21] += 150 * np.exp(-(away**2).sum(0) / 9)
    return start_at(at, rng.normal(0, 0.3, at.shape)), padded[10:-10, 10:-10] + rng.normal(0, 5, image.shape)


@pytest.mark.parametrize("size", ["const", "global"])
def test_every_executor_gives_the_same_bits(size: Any) -> None:
    start, image = many()
    assert len(start) > 500
    plain = specks.refine(start, image, 13, size=size).table
    for threads in (1, 2, 4):
        with ThreadPoolExecutor(threads) as executor:
            found = specks.refine(start, image, 13, size=size, executor=executor).table
        pd.testing.assert_frame_equal(found, plain, check_exact=True)


def test_frames_that_are_not_kept_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = np.stack([exact_image(AT, noise=3), exact_image(AT, noise=3, seed=1)])
    start = pd.concat([start_at(AT, OFF).assign(frame=t) for t in range(2)], ignore_index=True)
    kept = by_refine(start, frames, 13)
    monkeypatch.setattr(_run_all, "KEPT", 0)
    pd.testing.assert_frame_equal(by_refine(start, frames, 13), kept, check_exact=True)


def test_nothing_is_said_of_a_fit_that_is_right() -> None:
    fit = specks.refine(start_at(SINGLES, OFF), exact_image(SINGLES, noise=3), 13)
    assert fit.warnings == ()
    assert fit.summary() == "2 features in 2 clusters, 1 frame"


def smooth() -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return exact_image(SINGLES) + 30 * gaussian_filter(np.random.default_rng(0).normal(0, 1, (64, 64)), 1.5)


@pytest.mark.parametrize(
    ("start", "image", "diameter", "said"),
    [
        (
            [*SINGLES, (-30, 4)],
            exact_image(SINGLES, noise=3),
            13,
            "1 of 3 features failed, 1 of them for 'out_of_image'",
        ),
        (SINGLES, exact_image(SINGLES, signal=-100, background=200, noise=3), 13, "darker"),
        (SINGLES, exact_image(SINGLES, size=4.5, noise=3), 11, "11 px, is 2.4 times the size"),
        (SINGLES, smooth(), 13, "correlation"),
    ],
)
def test_what_is_wrong_with_a_fit_is_said(start: Any, image: np.ndarray, diameter: int, said: str) -> None:
    fit = specks.refine(start_at(start, (0.2, 0.1), signal=None, background=None), image, diameter)
    assert len(fit.warnings) == 1
    assert said in fit.warnings[0]


def test_columns_have_units() -> None:
    table = by_refine(start_at(SINGLES, OFF), exact_image(SINGLES, noise=3), 13)
    assert {
        name: table.attrs["units"][name] for name in ("y", "x", "size", "y_std", "size_std")
    } == dict.fromkeys(("y", "x", "size", "y_std", "size_std"), "px")


def test_a_result_knows_where_it_came_from() -> None:
    fit = specks.refine(start_at(SINGLES, OFF), exact_image(SINGLES), 13, size="const")
    assert fit.provenance.parameters["size"] == "const"
    assert fit.provenance.parameters["diameter"] in (13, 13.0)
    assert fit.provenance.inputs["images"]["shape"] == [64, 64]
