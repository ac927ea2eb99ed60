"""Exact results of fits to noiseless features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exact_spots import BOTH, PAIR, SINGLES, by_leastsq, by_refine, exact_image, places, start_at

import specks
from specks.refinement.constraints import dimer

OFF = (0.6, -0.4)
IMAGE = exact_image(SINGLES)


def assert_singles(table: pd.DataFrame, within: float = 1e-4) -> None:
    """Both features as they are."""
    np.testing.assert_allclose(places(table), SINGLES, atol=within)
    np.testing.assert_allclose(table["signal"], 150, atol=100 * within)
    np.testing.assert_allclose(table["background"], 10, atol=100 * within)
    assert (table["cost"] < within / 10).all()
    assert table["ok"].all()


@BOTH
def test_single_features_are_found_exactly(fit) -> None:
    table = fit(start_at(SINGLES, OFF), IMAGE, 13)
    assert_singles(table)
    assert table["cluster"].tolist() == [0, 1]
    assert table["cluster_size"].tolist() == [1, 1]
    assert table["reason"].tolist() == ["", ""]


@BOTH
def test_each_feature_can_have_its_own_size(fit) -> None:
    table = fit(start_at(SINGLES, OFF, size=2.5), IMAGE, 13, param_mode={"size": "var"})
    np.testing.assert_allclose(table["size"], 3, atol=1e-3)
    assert_singles(table, 1e-3)


@BOTH
def test_a_global_size_is_one_number(fit) -> None:
    table = fit(start_at(SINGLES, OFF, size=2.5), IMAGE, 13, param_mode={"size": "global"})
    assert table["size"].nunique() == 1
    np.testing.assert_allclose(table["size"], 3, atol=1e-3)
    assert_singles(table, 1e-3)


def test_features_that_end_at_their_masks_are_biased_where_they_touch() -> None:
    table = by_leastsq(start_at(PAIR, (0.4, 0.3)), exact_image(PAIR), 13)
    np.testing.assert_allclose(places(table), [(30.2368, 28.0039), (30.2502, 33.5104)], atol=5e-4)
    np.testing.assert_allclose(table["signal"], [150.79, 149.60], atol=0.01)
    np.testing.assert_allclose(table["background"], 10.253, atol=1e-3)
    np.testing.assert_allclose(table["cost"], 0.00434, atol=1e-4)
    assert table["cluster_size"].tolist() == [2, 2]


def test_smaller_masks_bias_more() -> None:
    table = by_leastsq(start_at(PAIR, (0.4, 0.3)), exact_image(PAIR), 9)
    np.testing.assert_allclose(table["x"], [28.1397, 33.5014], atol=2e-3)
    np.testing.assert_allclose(table["background"], 13.401, atol=2e-3)
    np.testing.assert_allclose(table["cost"], 0.0341, atol=1e-4)


@pytest.mark.parametrize("diameter", [13, 9])
def test_full_tails_are_not_biased(diameter: int) -> None:
    table = by_refine(start_at(PAIR, (0.4, 0.3)), exact_image(PAIR), diameter, tails="full")
    np.testing.assert_allclose(places(table), PAIR, atol=1e-4)
    np.testing.assert_allclose(table["signal"], 150, atol=0.01)
    assert (table["cost"] < 1e-5).all()


def test_positions_that_are_held_stay_to_the_last_bit() -> None:
    start = start_at(SINGLES, (0.5, 0))
    table = by_leastsq(start, IMAGE, 13, param_mode={"pos": "const"})
    assert (places(table) == places(start)).all()
    np.testing.assert_allclose(table["signal"], [146.222, 146.267], atol=0.01)
    np.testing.assert_allclose(table["background"], [10.868, 10.845], atol=0.01)


def test_a_cluster_can_share_one_signal() -> None:
    image = exact_image(PAIR, signal=(150, 100))
    table = by_leastsq(start_at(PAIR, (0.2, 0.1)), image, 13, param_mode={"signal": "cluster"})
    np.testing.assert_allclose(table["signal"], 124.01, atol=0.05)
    np.testing.assert_allclose(table["cost"], 0.0478, atol=1e-4)
    assert table["signal"].nunique() == 1


@BOTH
def test_half_a_mask_is_enough(fit) -> None:
    table = fit(start_at([(0.5, 20.0)]), exact_image([(0.2, 20.3)]), 13)
    np.testing.assert_allclose(places(table), [(0.2, 20.3)], atol=1e-3)
    assert table["reason"].tolist() == ["touching_border"]
    assert table["ok"].all()


@BOTH
def test_in_space_each_axis_can_have_its_size(fit) -> None:
    centre, sizes = (11.4, 19.7, 20.2), (2, 3, 3)
    image = exact_image([centre], size=sizes, shape=(24, 40, 40))
    start = start_at([(12, 20, 20)], size=None, size_z=2.0, size_y=3.0, size_x=3.0)
    table = fit(start, image, (9, 13, 13))
    np.testing.assert_allclose(places(table), [centre], atol=1e-3)
    assert table[["size_z", "size_y", "size_x"]].to_numpy() == pytest.approx(np.array([sizes]), abs=1e-3)
    assert "size" not in table


def test_a_pair_can_be_held_apart() -> None:
    table = by_leastsq(start_at(PAIR, (0.4, 0.3)), exact_image(PAIR), 13, constraints=dimer(6))
    assert np.linalg.norm(np.diff(places(table), axis=0)) == pytest.approx(6, abs=1e-6)
    np.testing.assert_allclose(table["cost"], 0.0350, atol=2e-4)


def test_a_constraint_on_pairs_leaves_others_alone() -> None:
    at = [*PAIR, (10.3, 50.2)]
    image, start = exact_image(at), start_at(at, (0.4, 0.3))
    table = by_leastsq(start, image, 13, constraints=dimer(5.5))
    free = by_leastsq(start, image, 13)
    assert np.linalg.norm(np.diff(places(table)[:2], axis=0)) == pytest.approx(5.5, abs=1e-6)
    np.testing.assert_allclose(places(table)[2], places(free)[2], atol=1e-6)
    np.testing.assert_allclose(table["signal"][2], free["signal"][2], atol=1e-4)
    assert table["ok"].all()


def test_several_inequalities_hold_at_once() -> None:
    at = [(20.3, 20.7), (20.1, 26.2)]
    image = exact_image(at, noise=3)
    both = (
        {"type": "ineq", "fun": lambda p: p[:, :, 1] - 160},
        {"type": "ineq", "fun": lambda p: 170 - p[:, :, 1]},
    )
    start = start_at(at, signal=150.0, background=5.0)
    free = by_leastsq(start, image, 13)
    assert (free["signal"] < 155).all()
    table = by_leastsq(start, image, 13, constraints=both)
    assert (table["signal"] >= 160 - 1e-4).all()
    assert (table["signal"] <= 170 + 1e-4).all()
    # The one that is not active costs nothing.
    one = by_leastsq(start, image, 13, constraints=both[:1])
    np.testing.assert_allclose(places(table), places(one), atol=1e-4)


@BOTH
@pytest.mark.parametrize(("separation", "sizes"), [(12, [3, 3, 3]), (11.99, [1, 1, 1])])
def test_clusters_hang_together_up_to_the_separation(fit, separation: float, sizes: list[int]) -> None:
    at = [(20.0, 10.0), (20.0, 22.0), (20.0, 34.0)]
    table = fit(start_at(at), exact_image(at), 13, separation=separation)
    assert table["cluster_size"].tolist() == sizes
    assert table["cluster"].nunique() == 3 // sizes[0]


@BOTH
def test_a_repeated_index_does_not_mix_frames(fit) -> None:
    moved = SINGLES + np.array([1, 0])
    start = pd.concat([start_at(SINGLES, OFF).assign(frame=0), start_at(moved, OFF).assign(frame=1)])
    table = fit(start, np.stack([IMAGE, exact_image(moved)]), 13)
    np.testing.assert_allclose(places(table), [*SINGLES, *moved], atol=1e-4)
    assert table.index.tolist() == [0, 1, 0, 1]


def test_rows_stay_in_their_order_and_are_grouped_where_it_is_documented() -> None:
    moved = SINGLES + np.array([1, 0])
    frames = np.stack([IMAGE, exact_image(moved)])
    start = pd.concat([start_at(SINGLES, OFF).assign(frame=0), start_at(moved, OFF).assign(frame=1)])
    start = start.reset_index(drop=True).iloc[::-1]
    found = by_refine(start, frames, 13)
    assert found.index.tolist() == [3, 2, 1, 0]
    np.testing.assert_allclose(places(found), [*SINGLES, *moved][::-1], atol=1e-4)
    grouped = by_leastsq(start, frames, 13)
    assert grouped.index.tolist() == [1, 0, 3, 2]
    np.testing.assert_allclose(places(grouped), places(found.loc[[1, 0, 3, 2]]), atol=1e-6)


@pytest.mark.parametrize(("factor", "ground"), [(1000, 0), (0.001, 0), (1, 10000)])
def test_neither_scale_nor_offset_of_gray_levels_matters(factor: float, ground: float) -> None:
    start = start_at([*SINGLES, *(PAIR + np.array([10, 0]))], OFF, signal=None, background=None)
    image = exact_image([*SINGLES, *(PAIR + np.array([10, 0]))])
    plain, other = by_refine(start, image, 13), by_refine(start, image * factor + ground, 13)
    np.testing.assert_allclose(places(other), places(plain), atol=1e-4)
    np.testing.assert_allclose(other["signal"], 150 * factor, rtol=1e-4)
    np.testing.assert_allclose(other["background"], 10 * factor + ground, rtol=1e-4)


@BOTH
def test_a_bad_start_is_no_matter(fit) -> None:
    start = start_at(SINGLES, (np.sqrt(2), -np.sqrt(2)), signal=1.0, background=0.0)
    assert_singles(fit(start, IMAGE, 13))


@BOTH
def test_where_nothing_is_unknown_the_cost_is_that_of_what_was_given(fit) -> None:
    start = start_at(SINGLES, OFF)
    held = dict.fromkeys(("background", "signal", "pos", "size"), "const")
    table = fit(start, IMAGE, 13, param_mode=held)
    names = ["y", "x", "signal", "size", "background"]
    pd.testing.assert_frame_equal(table[names], start[names])
    for row, (y, x) in zip(table.itertuples(), places(start), strict=True):
        grid = np.indices(IMAGE.shape)
        away2 = (grid[0] - y) ** 2 + (grid[1] - x) ** 2
        left = (IMAGE - 8 - 140 * np.exp(-away2 / 9))[away2 <= 36]
        assert row.rms == pytest.approx(np.sqrt(np.mean(left**2)), rel=1e-9)
        assert row.cost == pytest.approx(row.rms / IMAGE.max(), rel=1e-9)
    assert not [name for name in table if name.endswith("_std")]
    known = specks.refine(start, IMAGE, 13, param_mode=held).known
    assert known is not None
    assert known.found.fitted.evaluations.max() <= 2


@BOTH
@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_the_order_of_rows_does_not_matter(fit, order: str) -> None:
    rng = np.random.default_rng(3)
    at = [(y, x + 6 * k) for y in range(14, 190, 24) for x in range(14, 180, 40) for k in range(3)]
    at = np.array(at) + rng.uniform(-0.5, 0.5, (len(at), 2))
    image = exact_image(at, shape=(200, 200), noise=5)
    start = start_at(at, rng.normal(0, 0.3, at.shape))
    mixed = start.iloc[::-1] if order == "reversed" else start.sample(frac=1, random_state=0)
    plain, other = fit(start, image, 13), fit(mixed, image, 13).loc[start.index]
    names = ["y", "x", "signal", "size", "background", "cost"]
    np.testing.assert_allclose(other[names], plain[names], rtol=1e-8, atol=1e-8)
    assert (other["cluster_size"] == 3).all()


def test_what_was_refined_stays_when_it_is_refined_again() -> None:
    at = [*PAIR, (36.0, 30.5), (12.0, 50.2)]
    image = exact_image(at, noise=5)
    once = by_refine(start_at(at, (0.4, 0.3)), image, 13)
    twice = by_refine(once, image, 13)
    np.testing.assert_allclose(places(twice), places(once), atol=1e-4)


def test_threads_of_the_caller_get_the_same_bits() -> None:
    from concurrent.futures import ThreadPoolExecutor

    rng = np.random.default_rng(5)
    at = np.array([(y, x + 6 * k) for y in range(14, 90, 24) for x in (14, 50) for k in range(2)], float)
    image = exact_image(at, shape=(100, 80), noise=5)
    start = start_at(at, rng.normal(0, 0.3, at.shape))
    alone = specks.refine(start, image, 13).table
    for threads in (2, 4):
        with ThreadPoolExecutor(threads) as pool:
            for table in pool.map(lambda _: by_refine(start, image, 13), range(threads)):
                pd.testing.assert_frame_equal(table, alone)
