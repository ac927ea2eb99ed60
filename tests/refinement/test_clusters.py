"""Which features are fitted together, beside the plain rule."""

from __future__ import annotations

import numpy as np
import pytest
from exact_spots import BOTH, exact_image, start_at
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import refine as plain

from specks.refinement._clusters import find_clusters

#: Whole numbers of eighths, so that features stand exactly at the separation too.
EIGHTHS = st.integers(0, 240).map(lambda k: k / 8)
FEATURES = st.integers(2, 3).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.tuples(st.tuples(*[EIGHTHS] * n), st.integers(-2, 2), st.booleans()), min_size=1, max_size=25
        ),
        st.tuples(*[st.sampled_from([2.0, 3.0, 4.5, 5.0, 9.0])] * n),
    )
)


@settings(max_examples=150)
@given(FEATURES)
def test_clusters_are_those_of_the_plain_rule(made) -> None:
    features, separation = made
    position = np.array([place for place, _, _ in features], float)
    frame = np.array([frame for _, frame, _ in features])
    alone = np.array([alone for _, _, alone in features])
    found = find_clusters(position, frame, np.array(separation), alone)
    np.testing.assert_array_equal(found, plain.clusters(position, frame, np.array(separation), alone))


@settings(max_examples=40)
@given(FEATURES, st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_rows(made, random) -> None:
    features, separation = made
    order = list(range(len(features)))
    random.shuffle(order)
    position = np.array([place for place, _, _ in features], float)
    frame = np.array([frame for _, frame, _ in features])
    none = np.zeros(len(features), bool)
    plainly = find_clusters(position, frame, np.array(separation), none)
    mixed = find_clusters(position[order], frame[order], np.array(separation), none)
    together = plainly[:, None] == plainly
    np.testing.assert_array_equal(mixed[:, None] == mixed, together[np.ix_(order, order)])


@pytest.mark.parametrize("frame", [0, 10**6, -(10**6)])
def test_frames_far_out_are_kept_apart(frame: int) -> None:
    position = np.array([(5.0, 5.0), (5.0, 9.0), (5.0, 9.0), (5.0, 5.0)])
    found = find_clusters(position, frame + np.array([0, 0, 1, 1]), np.full(2, 4.0), np.zeros(4, bool))
    assert found.tolist() == [0, 0, 1, 1]


@BOTH
def test_axes_can_have_their_own_separations(fit) -> None:
    at = [(20.0, 20.0), (30.0, 20.0), (20.0, 30.0)]
    table = fit(start_at(at), exact_image(at), 13, separation=(11, 9))
    assert table["cluster_size"].tolist() == [2, 2, 1]


@BOTH
def test_the_diameter_is_the_separation_where_none_is_given(fit) -> None:
    at = [(20.0, 20.0), (20.0, 33.0), (50.0, 20.0), (50.0, 33.001)]
    table = fit(start_at(at), exact_image(at), 13)
    assert table["cluster_size"].tolist() == [2, 2, 1, 1]


@BOTH
def test_clusters_are_found_before_anything_is_fitted(fit) -> None:
    at = [(20.0, 20.0), (20.0, 30.0)]
    start = start_at(at, [(0, -1.2), (0, 1.2)])
    table = fit(start, exact_image(at), 13, separation=12)
    assert table["cluster_size"].tolist() == [1, 1]
    assert np.diff(table["x"])[0] < 12


@BOTH
def test_clusters_are_numbered_in_the_order_of_their_first_rows(fit) -> None:
    at = [(50.0, 50.0), (10.0, 10.0), (50.0, 44.0), (10.0, 50.0), (10.0, 16.0)]
    table = fit(start_at(at), exact_image(at), 13)
    assert table["cluster"].tolist() == [0, 1, 0, 2, 1]
    assert table["cluster_size"].tolist() == [2, 2, 2, 1, 2]
