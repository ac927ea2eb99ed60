"""`measure_swelling` and `count_sizes` against plain sums, and against voids of which the truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specks
from specks._core.errors import InputError
from specks.measure import count_sizes, measure_objects, measure_swelling


def voids(seed=0, frames=5, most=20):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, most))
    return pd.DataFrame(
        {
            "frame": rng.integers(0, frames, n),
            "radius": rng.uniform(1, 9, n),
            "touches_side": rng.random(n) < 0.3,
        }
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 10), st.floats(50, 500))
def test_sums_of_every_frame(seed, spacing, thickness):
    table = voids(seed)
    side = 400.0 * spacing
    found = measure_swelling(table, side**2, thickness * spacing, spacing=spacing, units="nm")
    assert found["frame"].tolist() == list(range(table["frame"].max() + 1))
    for row in found.to_dict("records"):
        radii = table.loc[table["frame"] == row["frame"], "radius"].to_numpy() * spacing
        volume, total = (4 / 3 * np.pi * radii**3).sum(), side**2 * thickness * spacing
        assert row["count"] == len(radii)
        np.testing.assert_allclose(row["swelling_percent"], 100 * volume / (total - volume))
        np.testing.assert_allclose(row["areal_density_per_nm2"], len(radii) / side**2)
        np.testing.assert_allclose(row["areal_density"], len(radii) / 400**2)
        np.testing.assert_allclose(row["number_density_per_nm3"], len(radii) / total)
        np.testing.assert_allclose(row["number_density"], len(radii) / (400**2 * thickness))
        if len(radii):
            np.testing.assert_allclose(row["radius_mean_nm"], radii.mean())
            np.testing.assert_allclose(row["radius_median"], np.median(radii) / spacing)
        else:
            assert row["swelling_percent"] == 0
            assert np.isnan(row["radius_mean"])
        if len(radii) > 1:
            np.testing.assert_allclose(row["radius_mean_nm_se"], radii.std(ddof=1) / len(radii) ** 0.5)
        else:
            assert np.isnan(row["radius_mean_se"])
            assert np.isnan(row["radius_median_se"])


def test_standard_errors_are_how_much_other_fields_differ():
    rng = np.random.default_rng(1)
    parts = []
    for frame in range(3000):
        radii = rng.gamma(9, 1.0, rng.poisson(60))
        parts.append(pd.DataFrame({"frame": frame, "radius": radii}))
    found = measure_swelling(pd.concat(parts), 500**2, 300)
    for name in ("swelling_percent", "radius_mean", "radius_median"):
        spread, told = found[name].std(), (found[f"{name}_se"] ** 2).mean() ** 0.5
        assert told == pytest.approx(spread, rel=0.08), name


def field_of_disks(rng, side, margin):
    """Disks at random in a plane, of which a field sees a part, as pixels would show them."""
    n = rng.poisson(0.004 * (side + 2 * margin) ** 2)
    y, x = rng.uniform(-margin, side + margin, (2, n))
    r = rng.choice([2.5, 9.0], n)
    grid_y, grid_x = np.mgrid[:side, :side]
    seen = []
    for i in range(n):
        stripe = (grid_y - y[i]) ** 2 + (grid_x - x[i]) ** 2 <= r[i] ** 2
        if stripe.any():
            rows, columns = np.flatnonzero(stripe.any(1)), np.flatnonzero(stripe.any(0))
            far = min(rows[0], columns[0], side - 1 - rows[-1], side - 1 - columns[-1])
            seen.append((np.sqrt(stripe.sum() / np.pi), far < 1))
    return pd.DataFrame(seen, columns=["radius", "touches_side"])


def test_sides_neither_add_objects_nor_shrink_them_when_weighed():
    rng, side = np.random.default_rng(2), 60
    table = pd.concat([field_of_disks(rng, side, 12).assign(frame=i) for i in range(400)])
    plain = measure_swelling(table, (side, side), 50.0)
    fair = measure_swelling(table, (side, side), 50.0, edges="unbiased", edge_buffer=0)
    volume = 0.004 * side**2 * 4 / 3 * np.pi * (2.5**3 + 9.0**3) / 2
    true = 100 * volume / (side**2 * 50 - volume)
    assert fair["areal_density"].mean() == pytest.approx(0.004, rel=0.04)
    assert plain["areal_density"].mean() > 1.3 * 0.004
    assert fair["radius_mean"].mean() == pytest.approx(5.75, rel=0.04)
    assert 100 * (1 / (1 + 100 / fair["swelling_percent"])).mean() == pytest.approx(
        true / (1 + true / 100), rel=0.05
    )
    assert (plain["count"] == fair["count"]).all()


def test_a_measured_table_tells_its_unit():
    labels = np.zeros((2, 60, 80), int)
    labels[:, 20:30, 20:30] = 1
    labels[1, 40:50, 50:64] = 2
    table = measure_objects(labels, axes="tyx", spacing=0.5, units="nm")
    told = measure_swelling(table, 1200.0, 40.0)
    said = measure_swelling(table, 1200.0, 40.0, spacing=0.5, units="nm")
    pd.testing.assert_frame_equal(told, said)
    assert told["areal_density"].tolist() == pytest.approx([1 / 4800, 2 / 4800])
    pixels = measure_swelling(table, 4800.0, 80.0, spacing=1)
    np.testing.assert_allclose(pixels["swelling_percent"], said["swelling_percent"])
    assert not [name for name in pixels if "nm" in name]
    nameless = measure_swelling(table[["frame", "radius"]], 1200.0, 40.0, spacing=0.5)
    np.testing.assert_allclose(nameless["areal_density_physical"], said["areal_density_per_nm2"])


def test_volumes_are_balls_of_their_own_volume():
    labels = np.zeros((20, 30, 30), int)
    labels[5:9, 5:15, 5:15] = 1
    table = measure_objects(labels, spacing=(2, 1, 1), units="nm")
    found = measure_swelling(table, 900.0, 40.0, spacing=(2, 1, 1), units="nm")
    assert found["swelling_percent"].tolist() == pytest.approx([100 * 800 / (36000 - 800)])


def test_without_a_thickness_there_is_nothing_per_volume():
    found = specks.measure_swelling(voids(), 1e5)
    assert not {"swelling_percent", "number_density", "time_s", "dose_dpa", "appeared"} & set(found.columns)


def test_time_and_dose_count_numbers_of_frames():
    table = voids(3).assign(frame_number=lambda t: 7 + 2 * t["frame"])
    found = measure_swelling(table, 1e5, dt=0.5, dose_rate=0.1)
    assert found["frame_number"].tolist() == [7 + 2 * f for f in found["frame"]]
    np.testing.assert_allclose(found["time_s"], found["frame"] * 1.0)
    np.testing.assert_allclose(found["dose_dpa"], found["frame"] * 0.1)
    all_frames = measure_swelling(table, 1e5, dt=0.5, frame_numbers=[1, 2, 4, 5, 6, 9, 12])
    assert all_frames["time_s"].tolist() == [0, 0.5, 1.5, 2.0, 2.5, 4.0, 5.5]
    assert all_frames["count"].tolist()[5:] == [0, 0]
    assert measure_swelling(table.drop(columns="frame_number"), 1e5, dt=2.0)["time_s"].tolist()[:2] == [0, 2]


def test_numbers_of_frames_without_objects_lie_between():
    table = pd.DataFrame({"frame": [1, 4], "frame_number": [11, 14], "radius": 1.0})
    assert measure_swelling(table, 10.0)["frame_number"].tolist() == [10, 11, 12, 13, 14]


def test_who_appears_and_who_comes_in_over_a_side():
    rows = [  # particle, frame, touches side
        (0, 0, False), (0, 1, False), (0, 2, False), (0, 3, False),  # always there
        (1, 0, False), (1, 1, False),  # gone in 2
        (2, 1, False), (2, 3, False),  # appears in 1; its gap is no disappearance
        (3, 2, True), (3, 3, False),  # comes in
        (4, 0, False), (4, 1, True),  # goes out
        (-1, 2, False),  # not linked
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["particle", "frame", "touches_side"]).assign(radius=1.0)
    found = measure_swelling(table, 100.0)
    assert found["appeared"].tolist() == [0, 1, 0, 0]
    assert found["disappeared"].tolist() == [0, 0, 1, 0]
    assert found["entered"].tolist() == [0, 0, 1, 0]
    assert found["left"].tolist() == [0, 0, 1, 0]
    blind = measure_swelling(table.drop(columns="touches_side"), 100.0)
    assert blind["appeared"].tolist() == [0, 1, 1, 0]
    assert "entered" not in blind


def test_voids_larger_than_the_foil_are_told():
    table = pd.DataFrame({"frame": [0, 1], "radius": [2.0, 30.0]})
    with pytest.warns(UserWarning, match="in frame 1 the voids are as large as the foil or larger"):
        found = measure_swelling(table, 1000.0, 20.0)
    assert found["swelling_percent"].isna().tolist() == [False, True]


def test_no_objects_at_all():
    nothing = measure_objects(np.zeros((3, 20, 20), int), axes="tyx")
    assert len(measure_swelling(nothing, 400.0, 10.0)) == 0
    found = measure_swelling(nothing, 400.0, 10.0, frame_numbers=[1, 2, 3])
    assert found["swelling_percent"].tolist() == [0, 0, 0]
    assert found["radius_mean"].isna().all()
    pd.testing.assert_series_equal(
        found.dtypes, measure_swelling(nothing, 400.0, 10.0, frame_numbers=[]).dtypes
    )


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda t: t.drop(columns="radius"), {}, "table has no column 'radius'"),
        (lambda t: 3, {}, "table is int; it must be a pandas.DataFrame"),
        (lambda t: t, {"dose_rate": 1.0}, "dose_rate needs dt"),
        (
            lambda t: t,
            {"units": "nm"},
            "units is 'nm', but the table has no column radius_nm; give spacing too",
        ),
        (lambda t: t, {"area": (1.0, 2.0, 3.0)}, "area has 3 values; give one area, or the height and width"),
        (lambda t: t, {"edges": "unbiased"}, "edges='unbiased' needs the height and width of the field"),
        (
            lambda t: t.drop(columns="touches_side"),
            {"edges": "unbiased", "area": (9.0, 9.0)},
            "needs the column",
        ),
        (lambda t: t, {"frame_numbers": [1]}, "frame_numbers has 1 frames, but the table has the frame"),
        (lambda t: t, {"frame_numbers": [5, 4, 3, 2, 1]}, "frame_numbers must rise"),
        (lambda t: t.assign(frame=-1), {}, "table has the frame -1; frames count from 0"),
        (
            lambda t: t.assign(radius_nm=1.0, radius_um=1.0),
            {},
            "the table has radius_nm and radius_um; say which",
        ),
        (lambda t: t, {"thickness": 0}, "thickness is 0; it must be a number, above 0"),
    ],
)
def test_faults_are_named(change, options, message):
    with pytest.raises(InputError, match=message):
        measure_swelling(change(voids(7)), **({"area": 1e5} | options))


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 10**6), st.sampled_from([None, 3, [0.0, 2.0, 4.5, 9.0]]), st.sampled_from([None, 1, 2, 7])
)
def test_sizes_are_counted_as_numpy_counts_them(seed, bins, every):
    table = voids(seed, frames=6)
    found = count_sizes(table, bins, every=every)
    edges = np.histogram_bin_edges(table["radius"], "fd" if bins is None else bins)
    last, length = table["frame"].max(), every or 99
    firsts = found["first_frame"].unique()
    assert firsts.tolist() == list(range(0, last + 1, length))
    assert found["last_frame"].max() == last
    for first, rows in found.groupby("first_frame"):
        chosen = table.loc[table["frame"].between(first, first + length - 1), "radius"]
        count, _ = np.histogram(chosen, edges)
        assert rows["count"].tolist() == count.tolist()
        np.testing.assert_allclose(rows["radius_low"], edges[:-1])
        np.testing.assert_allclose(rows["radius_high"], edges[1:])
        if len(chosen):
            np.testing.assert_allclose(rows["density"] * np.diff(edges) * len(chosen), count)


def test_faults_of_sizes_are_named():
    table = voids()
    for options, message in (
        ({"column": "radios"}, "table has no column 'radios'; did you mean 'radius'"),
        ({"every": 0}, "every is 0; it must be a number of frames"),
        ({"bins": 0}, "bins is 0; it must be 1 or more"),
        ({"bins": [1, 1]}, "bins holds edges that do not rise"),
    ):
        with pytest.raises(InputError, match=message):
            count_sizes(table, **options)
