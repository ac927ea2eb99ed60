"""What is shown of tracks, without a window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tracked_squares import FRAMES, OVER_THE_GAP, squares, view_of

from specks import Corrections
from specks._core.progress import drain

DRAWN = Corrections().add("link_draw", **OVER_THE_GAP)
#: Half the side of a square as the radius of a circle as large, in nanometers.
RADIUS = [0.5 * np.sqrt((4 + 2 * t) ** 2 / np.pi) for t in range(FRAMES)]


@pytest.fixture(scope="module")
def tracked():
    from specks.ui.link_request import link_request

    return drain(link_request(view_of(squares()), {"search_range": 3.0}, DRAWN).run({})).result


def number_of(tracked, frame: int, y: float) -> int:
    """The track of the object of a frame that is nearest to a height, in pixels."""
    rows = tracked.table[tracked.table["frame"] == frame]
    return int(rows["particle"].iloc[np.argmin(np.abs(rows["y"] - y))])


def test_objects_are_measured_and_linked_in_the_units_of_the_layer(tracked) -> None:
    import specks

    table = specks.measure_objects(squares(), axes="tyx", spacing=(0.5, 0.5), units="nm")
    links = specks.link(table, search_range=3.0, spacing=(0.5, 0.5), units="nm", corrections=DRAWN)
    pd.testing.assert_frame_equal(tracked.table, links.table, check_exact=True)
    summary = specks.summarize_tracks(links, spacing=(0.5, 0.5), units="nm", dt=2.0)
    pd.testing.assert_frame_equal(tracked.summary_table, summary, check_exact=True)
    assert tracked.provenance.inputs["labels"]["name"] == "squares"
    assert (tracked.scales.length, tracked.scales.rate) == ("nm", "nm/s")


def test_the_sentence_counts_what_was_inferred(tracked) -> None:
    assert tracked.summary() == "3 tracks of 23 objects in 8 frames; 1 position inferred"
    assert "nm far" in tracked.details()


def test_the_course_of_a_track_says_how_it_grows(tracked) -> None:
    from specks.ui.track_course import TrackCourse

    course = TrackCourse.of(tracked, number_of(tracked, 0, 31.5))
    np.testing.assert_allclose(course.radius, RADIUS)
    np.testing.assert_array_equal(course.time, 2.0 * np.arange(FRAMES))
    assert course.growth.slope == pytest.approx((RADIUS[1] - RADIUS[0]) / 2.0)
    assert course.title() == f"Track {course.particle}: 8 frames"
    assert course.growth_words() == "grows by 0.282 nm/s; between 0.282 and 0.282 (95 %)"
    assert course.growth.line(course.time, course.growth.slope)[0] == pytest.approx(RADIUS[0])


def test_gaps_and_cut_objects_are_told(tracked) -> None:
    from specks.ui.track_course import TrackCourse

    gone = TrackCourse.of(tracked, number_of(tracked, 0, 62.5))
    assert gone.frames.tolist() == [0, 1, 2, 4, 5, 6, 7]
    assert gone.title() == f"Track {gone.particle}: 7 frames, 1 inferred"
    np.testing.assert_allclose(gone.speed, 0.25)  # half a nanometer in two seconds, over the gap too
    cut = TrackCourse.of(tracked, number_of(tracked, 0, 12.5))
    assert cut.cut.all()
    assert cut.growth is None
    assert cut.growth_words() == "too few whole objects for a growth rate"
    assert cut.speed_words() == "too few frames for a speed"


@pytest.mark.parametrize(
    ("slope", "low", "high", "words"),
    [
        (-0.5, -0.6, -0.4, "shrinks by 0.5 nm/s; between 0.4 and 0.6 (95 %)"),
        (0.1, -0.2, 0.4, "may not grow: 0.1 nm/s; between −0.2 and 0.4 (95 %)"),
    ],
)
def test_growth_in_words(tracked, slope, low, high, words) -> None:
    from dataclasses import replace

    from specks.ui.track_course import Growth, TrackCourse

    course = TrackCourse.of(tracked, 1)
    assert replace(course, growth=Growth(slope, low, high, (0, 0))).growth_words() == words


def test_what_tracks_are_colored_by_is_never_nan(tracked) -> None:
    from specks.ui.track_colors import color_choices, vertices

    drawn = vertices(tracked, 10_000)
    rows = tracked.filled.iloc[drawn.rows]
    assert set(drawn.features) == set(color_choices(tracked.scales, has_sizes=True).values())
    assert all(np.isfinite(values).all() for values in drawn.features.values())
    assert rows["observed"].all()
    growing = drawn.features["track_id"] == number_of(tracked, 0, 31.5)
    np.testing.assert_allclose(drawn.features["radius_nm"][growing], RADIUS)
    np.testing.assert_array_equal(drawn.features["observed_frames"][growing], FRAMES)
    moving = drawn.features["track_id"] == number_of(tracked, 0, 62.5)
    np.testing.assert_allclose(drawn.features["speed_nm_s"][moving], 0.25)
    for name, shade in drawn.shades.items():
        colors = shade.map(drawn.features[name])
        assert np.isfinite(colors).all()
        assert (colors[:, 3] > 0).all()


def test_one_wrong_link_does_not_make_all_others_look_alike() -> None:
    from specks.ui.track_colors import Shade

    shade = Shade(colors=[[0, 0, 0, 1], [1, 1, 1, 1]], name="gray", low=2.0, high=4.0)
    np.testing.assert_allclose(shade.map([1.0, 2.0, 3.0, 4.0, 900.0])[:, 0], [0, 0, 0.5, 1, 1], atol=0.01)


def test_of_too_many_vertices_the_shortest_tracks_are_left_out(tracked) -> None:
    from specks.ui.track_colors import vertices

    drawn = vertices(tracked, 17)
    whole = {number_of(tracked, 0, y) for y in (31.5, 12.5)}
    assert set(drawn.features["track_id"]) == whole
    assert (len(drawn.rows), drawn.left_out) == (16, 1)


def test_tracks_of_a_single_object_are_not_drawn_unless_others_come_from_it() -> None:
    from specks.ui.track_colors import vertices
    from specks.ui.tracked import tracked

    table = pd.DataFrame(
        {
            "frame": [0, 1, 2, 0, 1, 2, 3, 3, 5],
            "label": [1, 1, 1, 2, 2, 2, 1, 2, 1],
            "y": [5.0, 5, 5, 15, 15, 15, 10, 60, 85],  # the last two are farther apart than is looked
            "x": 10.0,
            "radius": [5.0, 5, 5, 5, 5, 5, 7, 5, 5],
        }
    )
    log = Corrections()
    for label in (1, 2):
        log = log.add("link_draw", frame_a=2, label_a=label, frame_b=3, label_b=1)
    import specks
    from specks._core.axes import Geometry

    links = specks.link(table, search_range=20, merging=True, corrections=log)
    drawn = vertices(drain(tracked(links, Geometry.of("tyx"))), 100)
    assert len(drawn.graph) == 1
    (child,) = drawn.graph
    assert (drawn.features["track_id"] == child).sum() == 1
    assert len(drawn.rows) == 7


def test_a_word_on_a_link_counts_more_than_those_before() -> None:
    from specks.ui.link_tools import with_link

    log = with_link(Corrections(), "link_forbid", (0, 1), (1, 2), {})
    log = with_link(log, "link_draw", (0, 1), (1, 3), {})
    assert [r["kind"] for r in log] == ["link_forbid", "link_draw"]
    log = with_link(log, "link_draw", (0, 1), (1, 2), {})
    assert [(r["kind"], r["label_b"]) for r in log] == [("link_draw", 2)]
    both = with_link(log, "link_draw", (0, 1), (1, 4), {"splitting": True})
    assert [r["label_b"] for r in both] == [2, 4]
    assert [r["label_b"] for r in with_link(both, "link_confirm", (0, 3), (1, 4), {"merging": False})] == [
        2,
        4,
    ]
