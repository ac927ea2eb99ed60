"""Splits and merges in scenes with known truth."""

from __future__ import annotations

import pytest

import specks
from specks.synth import CoalescingObjects, coalescing_objects

Event = tuple[int, int, str]


def true_events(made: CoalescingObjects) -> set[Event]:
    """What begins, what ends, and how."""
    return set(made.parents[["particle", "parent", "event"]].itertuples(index=False, name=None))


def found_events(links: specks.Links) -> set[Event]:
    """The same of links, each track named by what it truly shows there."""
    tracks = links.table.sort_values("frame").groupby("particle")["true_particle"]
    first, last = tracks.first(), tracks.last()
    return {
        (int(first[row.particle]), int(last[row.parent]), row.event) for row in links.parents.itertuples()
    }


def shares(**settings: object) -> tuple[float, float]:
    """Share of the true events that are found, and of the found that are true, over some seeds."""
    both = true = found = 0
    for seed in range(4):
        made = coalescing_objects(seed, **settings)
        said, is_so = found_events(specks.link(made.table, splitting=True, merging=True)), true_events(made)
        both, true, found = both + len(said & is_so), true + len(is_so), found + len(said)
    return both / true, both / found


@pytest.mark.parametrize(
    ("settings", "least"),
    [
        ({}, 1.0),
        ({"wander": 1.0}, 0.98),
        ({"error": 0.0, "wander": 0.0}, 1.0),  # what stands still must not hide what moves
        ({"count": 10, "merges": 2, "splits": 2}, 1.0),
        ({"count": 3, "merges": 1, "splits": 0}, 1.0),  # of one object that is missing nothing is known
        ({"count": 20, "merges": 12, "splits": 12}, 0.98),
        ({"frames": 60}, 0.97),
        ({"missing": 0.1}, 0.9),
        ({"missing": 0.1, "false": 0.1}, 0.85),
        ({"shape": (160, 300, 300), "count": 30}, 0.9),  # a small part hardly changes the radius of a ball
    ],
    ids=str,
)
def test_events_are_found_and_hardly_any_is_invented(settings: dict, least: float) -> None:
    recall, precision = shares(**settings)
    assert recall >= least
    assert precision >= 0.98


@pytest.mark.parametrize("mistakes", [{}, {"missing": 0.1, "false": 0.1}])
def test_where_nothing_merges_or_splits_nothing_is_said_to(mistakes: dict) -> None:
    made = coalescing_objects(5, merges=0, splits=0, **mistakes)
    assert len(specks.link(made.table, splitting=True, merging=True).parents) == 0


def test_the_event_is_in_the_frame_in_which_the_whole_is_first_seen() -> None:
    made = coalescing_objects(2)
    links = specks.link(made.table, splitting=True, merging=True)
    first = links.table.groupby("particle").agg({"frame": "min", "true_particle": "first"})
    told = {int(first.loc[r.particle, "true_particle"]): r.frame for r in links.parents.itertuples()}
    assert told == dict(made.parents[["particle", "frame"]].itertuples(index=False, name=None))


def test_objects_do_not_leap_over_a_gap_of_which_nothing_is_known() -> None:
    """Nothing is ever missing here: a link over two frames has been seen nowhere."""
    made = coalescing_objects(3, count=10, merges=2, splits=2)
    links = specks.link(made.table)
    moved = links.table.sort_values("frame").groupby("particle")[["y", "x"]].diff()
    assert (moved**2).sum(axis=1).max() ** 0.5 < 20
