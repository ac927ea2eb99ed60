"""Drift from tracks: displacements added up, gaps bridged, and errors that hold."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import specks
from specks import drift_from_tracks
from specks._core.errors import InputError


def tracks_of(
    drift: Any, particles: int = 12, noise: float = 0.0, seed: int = 0, own: float = 0.0, renewed: float = 0.0
) -> pd.DataFrame:
    """Tracks of particles that drift, wander on their own, and are renewed now and then."""
    rng, drift = np.random.default_rng(seed), np.asarray(drift, float)
    frames, ndim = drift.shape
    names, places, following = np.arange(particles), rng.uniform(0, 300, (particles, ndim)), particles
    parts = []
    for t in range(frames):
        if t:
            places = places + rng.normal(0, own, places.shape)
            new = rng.random(particles) < renewed
            names = np.where(new, np.arange(following, following + particles), names)
            following += particles
        seen = places + drift[t] + rng.normal(0, noise, places.shape)
        parts.append(
            pd.DataFrame({"frame": t, "particle": names} | dict(zip("zyx"[-ndim:], seen.T, strict=True)))
        )
    return pd.concat(parts, ignore_index=True)


def path(frames: int, ndim: int = 2, seed: int = 5) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(0, 2, (frames, ndim))
    return np.cumsum(steps, axis=0) - steps[0]


@pytest.mark.parametrize("statistic", ["median", "mean"])
@pytest.mark.parametrize("ndim", [2, 3])
def test_without_noise_it_is_exact(statistic: Any, ndim: int) -> None:
    truth = path(15, ndim)
    drift = drift_from_tracks(tracks_of(truth, renewed=0.2), statistic=statistic)
    assert drift.axes == "zyx"[-ndim:]
    np.testing.assert_allclose(drift.shifts, truth, atol=1e-9)
    assert drift.table["ok"].all()
    assert drift.table.index.tolist() == list(range(15))
    assert drift.warnings == ()


def test_neither_the_order_of_rows_nor_their_index_matters() -> None:
    tracks = tracks_of(path(8), noise=0.2)
    shuffled = tracks.sample(frac=1, random_state=1).set_index("particle", drop=False)
    assert drift_from_tracks(shuffled).table.equals(drift_from_tracks(tracks).table)


def test_links_are_tracks() -> None:
    truth = path(6) / 4
    objects = tracks_of(truth).rename(columns={"particle": "label"}).assign(area=50.0)
    links = specks.link(objects)
    np.testing.assert_allclose(drift_from_tracks(links).shifts, truth, atol=1e-9)
    assert drift_from_tracks(links).table.equals(drift_from_tracks(links.table).table)


def test_the_mean_is_what_trackpy_computes() -> None:
    import trackpy

    tracks = tracks_of(path(12), noise=0.3, renewed=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls pandas in ways that newer ones deprecate
        theirs = trackpy.compute_drift(tracks, pos_columns=["y", "x"])
    ours = drift_from_tracks(tracks, statistic="mean").table
    np.testing.assert_allclose(ours.loc[1:, ["y", "x"]], theirs[["y", "x"]], atol=1e-9)


def test_the_median_does_not_follow_particles_that_move_on_their_own() -> None:
    truth = np.column_stack([np.arange(20) * 0.5, np.zeros(20)])
    tracks = tracks_of(truth, particles=20, noise=0.01)
    tracks.loc[tracks["particle"] < 4, "y"] += 3.0 * tracks["frame"]
    assert abs(drift_from_tracks(tracks).table["y"][19] - 9.5) < 0.3
    assert drift_from_tracks(tracks, statistic="mean").table["y"][19] > 19


def test_a_gap_is_bridged_by_particles_on_both_sides() -> None:
    truth = path(9)
    whole = tracks_of(truth)
    tracks = whole[whole["frame"] != 4]
    drift = drift_from_tracks(tracks)
    np.testing.assert_allclose(np.delete(drift.shifts, 4, 0), np.delete(truth, 4, 0), atol=1e-9)
    np.testing.assert_allclose(drift.shifts[4], truth[[3, 5]].mean(axis=0), atol=1e-9)
    assert drift.table["ok"].tolist() == [t != 4 for t in range(9)]
    assert drift.table["reason"][4] == "no tracks"
    assert drift.warnings == ("frame 4 cannot be trusted; it is interpolated",)


def test_frames_that_share_too_few_particles_are_bridged_and_named() -> None:
    truth = path(7)
    whole = tracks_of(truth)
    tracks = whole[(whole["frame"] != 3) | (whole["particle"] < 2)]
    tracks = pd.concat([tracks, pd.DataFrame({"frame": [3], "particle": [99], "y": [1.0], "x": [1.0]})])
    assert drift_from_tracks(tracks, minimum_tracks=2).table["ok"].all()
    drift = drift_from_tracks(tracks, minimum_tracks=3)
    assert drift.table["ok"].tolist() == [t != 3 for t in range(7)]
    assert drift.table["reason"][3] == "shares fewer than 3 tracks with frames whose place is known"
    np.testing.assert_allclose(np.delete(drift.shifts, 3, 0), np.delete(truth, 3, 0), atol=1e-9)
    assert (drift.table["y_std"][3] > drift.table["y_std"][[2, 4]]).all()


def test_most_frames_count_where_two_parts_share_nothing() -> None:
    truth = path(10)
    whole = tracks_of(truth)
    tracks = whole.assign(particle=whole["particle"] + 100 * (whole["frame"] >= 3))
    drift = drift_from_tracks(tracks)
    assert drift.table["ok"].tolist() == [t >= 3 for t in range(10)]
    np.testing.assert_allclose(drift.shifts[3:], truth[3:] - truth[3], atol=1e-9)
    assert np.all(drift.shifts[:3] == 0)
    assert "shares no track" in drift.table["reason"][0]


def test_parts_that_a_later_frame_joins_are_one() -> None:
    """Particle 0 is in frames 0 to 2 and 6, particle 1 in frames 3 to 6: frame 6 knows both."""
    truth = path(7)
    tracks = tracks_of(truth, particles=2)
    first = (tracks["particle"] == 0) & tracks["frame"].isin([0, 1, 2, 6])
    second = (tracks["particle"] == 1) & (tracks["frame"] >= 3)
    drift = drift_from_tracks(tracks[first | second])
    assert drift.table["ok"].all()
    np.testing.assert_allclose(drift.shifts, truth, atol=1e-9)


@pytest.mark.parametrize("statistic", ["median", "mean"])
@pytest.mark.parametrize("motion", [{"noise": 0.3}, {"noise": 0.1, "own": 0.2, "renewed": 0.05}])
def test_standard_errors_hold(statistic: Any, motion: dict[str, float]) -> None:
    truth, inside = path(40), []
    for seed in range(20):
        drift = drift_from_tracks(tracks_of(truth, 25, seed=seed, **motion), statistic=statistic)
        off = np.abs(drift.shifts - truth)[1:]
        inside.append(off < 1.96 * drift.table[["y_std", "x_std"]].to_numpy()[1:])
    assert 0.9 < np.mean(inside) < 0.985


def test_errors_of_particles_that_stay_do_not_grow() -> None:
    """Each is seen too far along in one frame only; a random walk of steps would grow sevenfold."""
    table = drift_from_tracks(tracks_of(path(60), 30, noise=0.3), statistic="mean").table
    assert table["y_std"][45:].mean() < 1.5 * table["y_std"][1:15].mean()
    assert table["y_std"][0] == 0


def test_single_particles_have_no_known_error() -> None:
    drift = drift_from_tracks(tracks_of(path(4), 1))
    assert drift.table["y_std"][0] == 0
    assert drift.table["y_std"][1:].isna().all()
    np.testing.assert_allclose(drift.shifts, path(4), atol=1e-9)


@pytest.mark.parametrize(("frames", "ok"), [([0], [True]), ([0, 1], [False] * 2), ([2, 5], [False] * 6)])
def test_tracks_that_share_no_frame(frames: list[int], ok: list[bool]) -> None:
    tracks = pd.DataFrame({"frame": frames, "particle": range(len(frames)), "y": 1.0, "x": 2.0})
    drift = drift_from_tracks(tracks)
    assert drift.table["ok"].tolist() == ok
    assert np.all(drift.shifts == 0)
    if not any(ok):
        assert "no common drift found" in drift.summary()
        assert "no common drift found" in drift.warnings[0]
        assert drift.table["y_std"].isna().all()


def test_rows_that_say_nothing_are_left_out_and_counted() -> None:
    truth = path(5)
    tracks = tracks_of(truth).astype({"particle": float})
    tracks.loc[3, "y"] = tracks.loc[20, "particle"] = np.nan
    tracks.loc[30, "particle"] = -1
    drift = drift_from_tracks(tracks)
    np.testing.assert_allclose(drift.shifts, truth, atol=1e-9)
    assert drift.warnings == ("3 rows without a position or a particle were left out",)


@pytest.mark.parametrize(("change", "said"), [
    (lambda t: t.drop(columns="particle"), "no column 'particle'"),
    (lambda t: t.drop(columns="x"), "no column 'x'"),
    (lambda t: t.assign(frame=t["frame"] + 0.5), "frame 0.5 in rows 0, 1"),
    (lambda t: t.assign(frame=t["frame"].replace(1, -1)), "frame -1"),
    (lambda t: t.assign(frame=np.nan), "frame nan"),
    (lambda t: t.assign(frame=t["frame"] + 10**12), "tracks has the frame 1000000000002; frames are the index"),
    (lambda t: t.assign(y="far"), "column 'y' of tracks holds something else than numbers"),
    (lambda t: pd.concat([t, t.iloc[[14]]]), "more than one row in frame 1 for particle 2"),
    (lambda t: t.iloc[:0], "no rows"),
    (lambda t: t.to_numpy(), "must be a pandas.DataFrame"),
])  # fmt: skip
def test_tables_that_are_no_tracks(change: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        drift_from_tracks(change(tracks_of(path(3))))


def test_numbers_that_no_setting_can_have() -> None:
    with pytest.raises(InputError, match="minimum_tracks is 0"):
        drift_from_tracks(tracks_of(path(3)), minimum_tracks=0)


def test_it_says_where_it_came_from(tmp_path: Any) -> None:
    drift = drift_from_tracks(tracks_of(path(3)), statistic="mean")
    assert drift.provenance.step.endswith(":drift_from_tracks")
    assert drift.provenance.parameters == {"minimum_tracks": 1, "statistic": "mean"}
    assert drift.provenance.inputs["tracks"]["particles"] == 12
    drift.save(tmp_path / "d.json")
    assert specks.Drift.load(tmp_path / "d.json").table.equals(drift.table)
    with pytest.raises(InputError, match="cannot be solved again"):
        drift.refit(specks.Corrections())
