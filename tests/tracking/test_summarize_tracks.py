"""`summarize_tracks`: the notebook's columns as it defines them, and the mended ones beside them."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from moving_objects import Movie
from statements.tracks import notebook_row

import specks
from specks._core.errors import InputError
from specks._core.progress import drain
from specks.io import read_table, write_table
from specks.tracking._growth import fit_growth

NUMBERS = ("start_frame", "end_frame", "total_frames", "inferred_frames", "max_disp", "drift_rate",
           "total_traveled", "movement_rate", "max_radius", "min_radius", "growth_rate")  # fmt: skip
ARRAYS = ("positions", "touches_side", "local_id", "disp_from_start", "dist_traveled", "radii")


def tracks(**given: object) -> pd.DataFrame:
    """Six frames of one track."""
    frame = np.arange(6)
    return pd.DataFrame(
        {"frame": frame, "particle": 0, "y": 5.0, "x": 5.0 + 2 * frame, "radius": 3 + 0.5 * frame} | given
    )


def test_the_columns_of_the_notebook_are_as_it_defines_them() -> None:
    table = Movie(frames=12, count=40, growth=0.3, walk=0.4).table(0)
    table["touches_side"] = table["x"].mod(7) < 2
    links = specks.link(table)
    found = specks.summarize_tracks(links, columns="all")
    rows = [notebook_row(track) for _, track in links.table.groupby("particle")]
    assert len(found) == len(rows) > 50
    assert found["inferred_frames"].sum() > 20
    for name in NUMBERS:
        expected = [row.get(name, np.nan) for row in rows]
        np.testing.assert_allclose(
            found[name].to_numpy(float), expected, rtol=1e-10, atol=1e-12, err_msg=name
        )
    for name in ARRAYS:
        for own, row in zip(found[name], rows, strict=True):
            if name == "local_id":
                assert own == row[name]
            elif name not in row:
                assert np.isnan(own)
            else:
                np.testing.assert_allclose(own, row[name], rtol=1e-10, atol=1e-12)
    order = [name for name in found if name in (*NUMBERS, *ARRAYS)]
    assert order == [
        "start_frame", "end_frame", "total_frames", "inferred_frames", "positions", "touches_side", "local_id",
        "disp_from_start", "max_disp", "drift_rate", "dist_traveled", "total_traveled", "movement_rate", "radii",
        "max_radius", "min_radius", "growth_rate",
    ]  # fmt: skip
    plain = specks.summarize_tracks(links)
    pd.testing.assert_frame_equal(plain, found[[name for name in found if name not in ARRAYS]])


def test_observed_frames_are_told_from_the_span() -> None:
    """Seen in frames 0 and 9 only: the notebook counts 10 frames."""
    found = specks.summarize_tracks(tracks().iloc[:2].assign(frame=[0, 9])).iloc[0]
    assert (found["total_frames"], found["observed_frames"], found["inferred_frames"]) == (10, 2, 8)


def test_a_void_at_rest_went_nowhere() -> None:
    """0.3 px of noise in 100 frames make the notebook say 58 px."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.3, (100, 2))
    table = pd.DataFrame({"frame": np.arange(100), "particle": 0, "y": noise[:, 0], "x": noise[:, 1]})
    found = specks.summarize_tracks(table).iloc[0]
    assert found["total_traveled"] > 45
    assert found["path_length"] < 2
    assert found["speed"] == pytest.approx(found["path_length"] / 99)


@pytest.mark.parametrize(("speed", "step"), [(0.05, 0.0), (0.3, 0.0), (0.0, 0.3), (0.0, 1.0)])
def test_the_path_is_as_long_as_the_true_one(speed: float, step: float) -> None:
    rng = np.random.default_rng(1)
    n, frames = 20, 80
    moved = rng.normal(0, 1, (n, frames, 2)) * step + speed * np.array([0.6, 0.8])
    true = np.cumsum(moved, axis=1)
    seen = true + rng.normal(0, 0.3, true.shape)
    table = pd.DataFrame(
        {
            "frame": np.tile(np.arange(frames), n),
            "particle": np.repeat(np.arange(n), frames),
            "y": seen[..., 0].ravel(),
            "x": seen[..., 1].ravel(),
        }
    )
    lengths = np.linalg.norm(np.diff(true, axis=1), axis=2).sum(axis=1)
    found = specks.summarize_tracks(table)
    assert found["path_length"].mean() == pytest.approx(lengths.mean(), rel=0.1)
    assert (
        abs(found["path_length"].mean() - lengths.mean())
        < abs(found["total_traveled"].mean() - lengths.mean()) / 3
    )


def noise(rng: np.random.Generator, correlation: float, shape: tuple[int, int]) -> np.ndarray:
    """Autoregressive noise of unit variance."""
    drawn = rng.normal(size=shape)
    for k in range(1, shape[1]):
        drawn[:, k] = correlation * drawn[:, k - 1] + np.sqrt(1 - correlation**2) * drawn[:, k]
    return drawn


def coverage(correlation: float, frames: int, together: int, seed: int) -> float:
    """Share of intervals that hold the true slope."""
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(400 // together):
        radius = noise(rng, correlation, (together, frames)) + 0.1 * np.arange(frames)
        first = np.arange(0, together * frames + 1, frames)
        growth = drain(fit_growth(first, np.tile(np.arange(frames), together), radius.ravel(), 0.95))
        held += [(growth.low < 0.1) & (growth.high > 0.1)]
    return float(np.mean(held))


@pytest.mark.parametrize(
    ("correlation", "frames", "together", "low", "high"),
    [
        (0.6, 60, 1, 0.92, 0.98),
        (0.6, 60, 200, 0.92, 0.98),
        (0.0, 60, 1, 0.92, 0.98),
        (0.6, 12, 200, 0.92, 0.99),
        (0.0, 8, 200, 0.93, 0.995),
    ],
)
def test_the_interval_of_the_growth_holds(
    correlation: float, frames: int, together: int, low: float, high: float
) -> None:
    """Of 400 intervals .95 are held with a standard deviation of .011; the usual fit holds .7 of them."""
    assert low <= coverage(correlation, frames, together, 0) <= high


def test_growth_is_measured_where_objects_are_whole_and_seen() -> None:
    """Cut at the side in the last frames, and missing in between."""
    frame = np.array([0, 1, 2, 5, 6, 7, 8, 9])
    radius = 3 + 0.5 * frame
    radius[-2:] = 2.0
    table = pd.DataFrame(
        {"frame": frame, "particle": 0, "y": 9.0, "x": 9.0, "radius": radius, "touches_side": frame > 7}
    )
    dropped = specks.summarize_tracks(table).iloc[0]
    assert dropped["growth_rate_fit"] == pytest.approx(0.5)
    assert dropped["growth_frames"] == 6
    assert dropped["observed_frames"] == 8
    assert dropped["mean_radius"] == pytest.approx(radius[:-2].mean())
    kept = specks.summarize_tracks(table, drop_edges=False).iloc[0]
    assert kept["growth_frames"] == 8
    assert kept["growth_rate_fit"] < 0.3
    assert dropped["growth_rate"] == kept["growth_rate"]


def test_a_line_without_noise_has_an_interval_without_width() -> None:
    for radius in (np.full(6, 4.0), 3 + 0.5 * np.arange(6)):
        found = specks.summarize_tracks(tracks(radius=radius)).iloc[0]
        slope = radius[1] - radius[0]
        ends = found[["growth_rate_low", "growth_rate_fit", "growth_rate_high"]].to_numpy(float)
        np.testing.assert_allclose(ends, slope, atol=1e-6)


def test_short_tracks_have_no_path_and_no_growth() -> None:
    table = tracks(particle=[0, 1, 1, 2, 2, 2])
    found = specks.summarize_tracks(table)
    assert found["path_length"].isna().tolist() == [True, True, False]
    assert found["growth_rate_fit"].isna().all()
    assert found["max_disp"].isna().tolist() == [True, False, False]


def test_units_are_part_of_the_names() -> None:
    found = specks.summarize_tracks(tracks(), spacing=0.5, units="nm", dt=2.0, dose_rate=0.125)
    row = found.iloc[0]
    assert row["path_length"] == pytest.approx(10)
    assert row["path_length_nm"] == pytest.approx(5)
    assert row["speed"] == pytest.approx(2)
    assert row["speed_nm_s"] == pytest.approx(0.5)
    assert row["growth_rate_fit_nm_s"] == pytest.approx(0.125)
    assert row["growth_rate_fit_nm_dpa"] == pytest.approx(1.0)
    assert row["max_radius_nm"] == pytest.approx(5.5 / 2)
    units = found.attrs["units"]
    assert units["speed"] == "px/frame"
    assert units["speed_nm_s"] == "nm/s"
    assert units["growth_rate_high_nm_dpa"] == "nm/dpa"
    assert units["max_disp"] == "px"
    assert set(units) < set(found)
    assert "speed_px_s" in specks.summarize_tracks(tracks(), dt=2.0)
    assert "speed_nm_frame" in specks.summarize_tracks(tracks(), spacing=2, units="nm")
    assert "path_length_physical" in specks.summarize_tracks(tracks(), spacing=2)


def test_pixels_that_are_not_square_are_seen_to() -> None:
    table = tracks(y=5.0 + np.arange(6))
    row = specks.summarize_tracks(table, spacing=(3.0, 1.0), units="nm").iloc[0]
    assert row["path_length"] == pytest.approx(5 * np.hypot(1, 2))
    assert row["path_length_nm"] == pytest.approx(5 * np.hypot(3, 2))
    assert row["max_radius_nm"] == pytest.approx(5.5 * np.sqrt(3))


def test_volumes_are_summarized_too() -> None:
    table = tracks(z=5.0 + np.arange(6), volume=4 / 3 * np.pi * (3 + 0.5 * np.arange(6)) ** 3).drop(
        columns="radius"
    )
    row = specks.summarize_tracks(table, columns="all").iloc[0]
    assert row["path_length"] == pytest.approx(5 * np.hypot(1, 2))
    assert row["growth_rate_fit"] == pytest.approx(0.5)
    assert row["positions"][1].tolist() == [7.0, 5.0, 6.0]  # x, y, z


def test_missing_frame_numbers_count_as_time() -> None:
    number = np.array([1, 2, 3, 5, 6, 7])
    table = tracks(frame_number=number, x=10.0 / 6 * number)
    row = specks.summarize_tracks(table).iloc[0]
    assert row["speed"] == pytest.approx(10 / 6)
    assert row["total_frames"] == 6


def test_tables_of_trackpy_and_rows_without_a_track_are_taken() -> None:
    table = tracks(particle=[3, 3, -1, 3, 3, 3]).assign(size=1.0).drop(columns="radius")
    found = specks.summarize_tracks(table)
    assert found["particle"].tolist() == [3]
    assert found["observed_frames"].tolist() == [5]
    assert "radii" not in found
    assert "growth_rate" not in found
    assert specks.summarize_tracks(table.iloc[:0]).empty


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (3, "links is int; it must be what link returns, or a table of tracks"),
        (tracks().drop(columns="particle"), "links has no column 'particle'; it has frame, y, x, radius"),
        (tracks().drop(columns="x"), "table has no column 'x'"),
        (tracks(frame=[0, 1, 2, 2, 3, 4]), "particle 0 has two rows in frame 2; a track has one row a frame"),
        (tracks(x=[1.0, np.nan, 1, 1, 1, 1]), "particle 0 has no position in frame 1"),
        (tracks(particle=0.5), "column 'particle' holds 0.5; it must hold whole numbers"),
    ],
)
def test_what_cannot_be_summarized_is_refused_in_words(table: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        specks.summarize_tracks(table)


def test_a_dose_needs_time() -> None:
    with pytest.raises(InputError, match="dose_rate is given without dt"):
        specks.summarize_tracks(tracks(), dose_rate=1.0)


def test_a_summary_comes_back_from_a_file(tmp_path: object) -> None:
    found = specks.summarize_tracks(tracks(), dt=2.0)
    write_table(found, tmp_path / "tracks.csv")
    again = read_table(tmp_path / "tracks.csv")
    pd.testing.assert_frame_equal(again, found, check_exact=True)
    assert again.attrs["units"] == found.attrs["units"]


def test_thousands_of_tracks_take_no_time() -> None:
    """Beside the many pairs of frames of Siegel's slope."""
    n = 3000
    table = pd.DataFrame(
        {
            "frame": np.tile(np.arange(6), n),
            "particle": np.repeat(np.arange(n), 6),
            "y": np.random.default_rng(0).normal(size=6 * n),
            "x": np.random.default_rng(1).normal(size=6 * n),
            "radius": np.random.default_rng(2).uniform(3, 4, 6 * n),
        }
    )
    specks.summarize_tracks(table)
    started = time.process_time()
    specks.summarize_tracks(table)
    assert time.process_time() - started < 1.0
