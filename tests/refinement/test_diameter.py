"""The diameter that features ask for, and what they look like when nobody knows."""

from __future__ import annotations

import numpy as np
import pytest
from exact_spots import PAIR, by_refine, exact_image, places, start_at

import specks
from specks._core.errors import FitError
from specks.synth import camera_movie, start_table

AT = np.array([(y, x) for y in range(24, 190, 40) for x in range(24, 190, 40)], float)


def spots(size: float, noise: float = 3.0, at: np.ndarray = AT) -> np.ndarray:
    return exact_image(at, size=size, shape=(210, 210), noise=noise)


@pytest.mark.parametrize(("size", "diameter"), [(1.6, 7), (2.0, 9), (2.9, 13), (3.8, 17), (5.6, 25)])
@pytest.mark.parametrize("said", [None, 2.0, 5.0])
def test_it_is_the_odd_number_next_to_four_and_a_half_sizes(
    size: float, diameter: int, said: float | None
) -> None:
    start = start_at(AT, (0.3, -0.2), size=said, signal=None, background=None)
    fit = specks.refine(start, spots(size), "auto")
    assert fit.diameter == (diameter, diameter)
    np.testing.assert_allclose(places(fit.table), AT, atol=0.2)


def test_features_that_touch_do_not_widen_it() -> None:
    at = np.concatenate([AT, AT[::3] + np.array([0, 5.5])])
    fit = specks.refine(start_at(at, size=None), spots(2.9, at=at), "auto")
    assert fit.diameter == (13, 13)


def test_the_rest_is_as_if_it_had_been_given() -> None:
    start = start_at(AT, (0.3, -0.2))
    found = by_refine(start, spots(2.9), "auto", size="var")
    np.testing.assert_array_equal(places(found), places(by_refine(start, spots(2.9), 13, size="var")))


def test_in_space_it_is_one_for_all_axes() -> None:
    at = np.array([(14.2, 14.1, 14.5), (14.4, 14.2, 42.1)])
    fit = specks.refine(
        start_at(at, 0.2, size=None), exact_image(at, size=2.9, shape=(28, 28, 56), noise=3), "auto"
    )
    assert fit.diameter == (13, 13, 13)


def test_where_nothing_shines_none_is_found() -> None:
    with pytest.raises(FitError, match="give a diameter"):
        specks.refine(start_at(AT), np.full((210, 210), 7.0), "auto")


def test_an_empty_table_has_no_diameter_to_find() -> None:
    assert len(by_refine(start_at(AT).iloc[:0], spots(3.0), "auto")) == 0


@pytest.mark.parametrize("power", [2.0, 3.0])
def test_a_profile_can_be_learned(power: float) -> None:
    """Features that are no Gauss: positions of a pair that touches are then without bias."""
    grid = np.indices((210, 210))

    def image(at: np.ndarray) -> np.ndarray:
        return 10 + sum(100 * (1 + ((grid[0] - y) ** 2 + (grid[1] - x) ** 2) / 25) ** -power for y, x in at)

    profile = specks.learn_profile(start_at(AT, (0.3, -0.2), size=None, signal=None), image(AT), 21)
    r2 = np.linspace(0, 4, 9)
    values = profile.func(r2, (), 2)
    assert values[0] == pytest.approx(1, abs=0.1)
    assert (np.diff(values) < 0).all()
    pair = PAIR + np.array([70, 70])
    start = start_at(pair, (0.2, 0.1), size=None, signal=None, background=None)
    learned, gauss = (by_refine(start, image(pair), 21, how) for how in (profile, "gauss"))
    off = [abs(places(table) - pair).max() for table in (learned, gauss)]
    assert off[0] < 0.1
    assert off[0] < 0.5 * off[1] or off[1] < 0.02


def test_a_camera_with_an_offset_throws_nothing() -> None:
    """A raw table of features in 16-bit frames on a ground of 500."""
    made = camera_movie(frames=2)
    found = specks.locate(made.images, 7, minmass=300, separation=5)
    table = by_refine(found, made.images, "auto")
    moved = np.hypot(*(places(table) - places(found)).T)
    assert len(found) == len(made.table)
    assert (moved < 2).all()
    assert table["ok"].all()
    for frame, rows in table.groupby("frame"):
        truth = places(made.table[made.table["frame"] == frame])
        away = np.linalg.norm(truth[:, None] - places(rows), axis=2).min(axis=1)
        assert (away < 0.7).all()


@pytest.mark.parametrize(("off", "share"), [(2.0, 1.0), (3.0, 0.97)])
def test_starts_that_are_far_off_find_their_way(off: float, share: float) -> None:
    """Touching pairs of size 4, each feature this far from its place in a direction of its own."""
    made = specks.synth.touching_particles(None, specks.synth.TouchingScene(snr=10), count=60, seed=3)
    truth, turn = places(made.table), np.random.default_rng(4).uniform(0, 2 * np.pi, len(made.table))
    start = start_table(made.table, seed=0)
    start[["y", "x"]] = truth + off * np.column_stack([np.sin(turn), np.cos(turn)])
    found = places(by_refine(start, made.images, 17, size="const"))
    assert (np.linalg.norm(found - truth, axis=1) < 0.5).mean() >= share
