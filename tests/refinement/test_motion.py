"""From images to the motion of particles: find, refine, link, take the drift out, measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import trackpy
from scipy.spatial import cKDTree

import specks

#: trackpy calls pandas in ways that it deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
CORRECTED = ["y_corrected", "x_corrected"]
FRAMES, SIDE = 30, 200
#: Steps of a particle along an axis, and drift of all in a frame, in pixels.
STEP, DRIFT = 0.25, np.array([0.12, -0.08])


@pytest.fixture(scope="module")
def walk() -> np.ndarray:
    """Positions (frames, particles, axes); half of the particles touch another."""
    rng = np.random.default_rng(8)
    first = np.array([(y, x) for y in range(24, 190, 30) for x in range(24, 190, 30)], float)
    first = np.concatenate([first, first[::2] + np.array([0, 8.5])])
    steps = rng.normal(0, STEP, (FRAMES - 1, *first.shape))
    return first + np.concatenate([np.zeros((1, *first.shape)), steps.cumsum(axis=0)])


@pytest.fixture(scope="module")
def refined(walk: np.ndarray) -> pd.DataFrame:
    """The table that refine gives of what locate finds."""
    drifting = walk + DRIFT * np.arange(FRAMES)[:, None, None]
    noise = np.random.default_rng(9)
    movie = np.stack([image_of(at) + noise.normal(0, 3, (SIDE, SIDE)) for at in drifting])
    movie = movie.clip(0, 255).round().astype(np.uint8)
    found = specks.locate(movie, 7, minmass=150, separation=5)
    table = specks.refine(found, movie, 13).table
    return table[table["ok"]]


def image_of(at: np.ndarray) -> np.ndarray:
    image, box = np.full((SIDE + 60, SIDE + 60), 10.0), np.indices((25, 25)) - 12
    for place in at:
        middle = place.round().astype(int)
        away = box + (middle - place)[:, None, None]
        low = middle + 30 - 12
        image[low[0] : low[0] + 25, low[1] : low[1] + 25] += 150 * np.exp(-(away**2).sum(axis=0) / 9)
    return image[30:-30, 30:-30]


@pytest.fixture(scope="module")
def tracks(refined: pd.DataFrame) -> pd.DataFrame:
    return specks.link(refined, search_range=3).table


@pytest.fixture(scope="module")
def still(tracks: pd.DataFrame) -> pd.DataFrame:
    drift = specks.drift_from_tracks(tracks)
    return specks.correct_positions(tracks, drift)


def test_every_particle_is_found_in_every_frame(refined: pd.DataFrame, walk: np.ndarray) -> None:
    away = [cKDTree(rows[["y", "x"]]).query(walk[t] + t * DRIFT)[0] for t, rows in refined.groupby("frame")]
    assert len(away) == FRAMES
    assert np.median(away) < 0.05
    assert (np.array(away) < 0.5).mean() > 0.97


def test_the_drift_is_found(tracks: pd.DataFrame) -> None:
    own = specks.drift_from_tracks(tracks)
    theirs = trackpy.compute_drift(tracks)
    expected = np.arange(FRAMES)[:, None] * DRIFT
    found = specks.correct_positions(tracks, own)
    moved = (tracks[["y", "x"]] - found[CORRECTED].to_numpy()).groupby(tracks["frame"]).mean().to_numpy()
    np.testing.assert_allclose(moved - moved[0], expected, atol=0.6)
    np.testing.assert_allclose(theirs[["y", "x"]], expected[1:], atol=0.6)


def test_the_mean_squared_displacement_is_that_of_the_walk(still: pd.DataFrame) -> None:
    together = trackpy.emsd(still, mpp=1, fps=1, max_lagtime=8, pos_columns=CORRECTED)
    lags = np.arange(1, 9)
    # Two axes; what all share is taken out with the drift, and independent steps scatter.
    particles = still["particle"].nunique()
    expected = 2 * STEP**2 * lags * (1 - 1 / particles)
    scatter = expected * np.sqrt(2 * lags / (particles * FRAMES))
    np.testing.assert_array_less(abs(together.to_numpy()[:8] - expected), 4 * scatter + 2 * 0.06**2)


def test_each_particle_has_its_displacements(still: pd.DataFrame) -> None:
    long = trackpy.filter_stubs(still, FRAMES).reset_index(drop=True)
    each = trackpy.imsd(long, mpp=1, fps=1, max_lagtime=5, pos_columns=CORRECTED)
    assert each.shape[1] == long["particle"].nunique() > 30
    assert each.iloc[0].mean() == pytest.approx(2 * STEP**2, rel=0.1)


def test_short_tracks_are_left_out(tracks: pd.DataFrame) -> None:
    kept = trackpy.filter_stubs(tracks, 30)
    lengths = tracks.groupby("particle").size()
    assert set(kept["particle"]) == set(lengths.index[lengths >= 30])
    assert len(kept) > 0.8 * len(tracks)


def test_drift_of_trackpy_can_be_taken_from_our_tables(tracks: pd.DataFrame) -> None:
    found = trackpy.subtract_drift(tracks.copy(), trackpy.compute_drift(tracks))
    assert abs(trackpy.compute_drift(found.reset_index(drop=True))).to_numpy().max() < 0.05
