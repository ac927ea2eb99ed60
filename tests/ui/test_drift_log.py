"""What a hand says about drift, as changes of the log."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specks import Corrections, Drift
from specks.ui.drift_log import is_bad, with_bad, with_regions, with_shift

pytestmark = pytest.mark.widgets


def drift(ok=(True, True, True, True)) -> Drift:
    table = pd.DataFrame(
        {"y": [0.0, 1.0, 2.0, 4.0], "x": [0.0, -1.0, -2.0, -3.0], "y_std": 0.1, "x_std": 0.1}
    )
    return Drift(table.assign(ok=ok, reason=""), "yx")


def records(log: Corrections) -> list[tuple]:
    return [tuple(record.values()) for record in log]


def test_a_frame_is_marked_bad_and_good_again() -> None:
    log = with_bad(Corrections(), 2, drift())
    assert records(log) == [("bad_frame", 2)]
    assert is_bad(log, 2)
    assert not is_bad(log, 1)
    assert len(with_bad(log, 2, drift())) == 0
    assert records(with_bad(log, 1, None)) == [("bad_frame", 2), ("bad_frame", 1)]


def test_the_last_shift_of_a_frame_counts() -> None:
    log = with_shift(Corrections(), 2, [1.234567, -5], drift())
    assert records(log) == [("set_shift", 2, [1.23, -5.0])]
    assert records(with_shift(log, 2, [3, 4], drift())) == [("set_shift", 2, [3.0, 4.0])]
    assert records(with_shift(log, 3, [3, 4], drift())) == [
        ("set_shift", 2, [1.23, -5.0]),
        ("set_shift", 3, [3.0, 4.0]),
    ]


def test_shifts_are_counted_from_the_first_frame_that_was_not_placed_by_hand() -> None:
    log = with_shift(Corrections(), 3, [5, 5], drift())
    assert records(with_shift(log, 0, [0.5, 0.5], drift())) == [
        ("set_shift", 3, [4.0, 6.0]),
        ("set_shift", 0, [-0.5, 1.5]),
    ]
    assert records(with_bad(log, 0, drift())) == [("set_shift", 3, [4.0, 6.0]), ("bad_frame", 0)]
    lost = drift(ok=(True, False, True, True))
    assert records(with_shift(Corrections(), 0, [0, 0], lost)) == [("set_shift", 0, [-2.0, 2.0])]


@pytest.mark.parametrize("frame", [0, 2])
def test_a_shift_that_changes_nothing_changes_nothing(frame) -> None:
    """Whatever frame others are counted from, frames lie to each other as they did."""
    from specks import synth

    made = synth.drifting_series("mask_easy", frames=5, shape=(96, 96))
    import specks

    before = specks.estimate_drift(made.images)
    after = before.refit(with_shift(Corrections(), frame, before.shifts[frame], before))
    moved = after.shifts - before.shifts
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=0.1)


def test_regions_take_the_place_of_those_before() -> None:
    log = Corrections().add("bad_frame", frame=1).add("region", polygon=[[0, 0], [0, 1], [1, 1]], frames=[2])
    one = with_regions(log, [[[1.001, 2], [3, 4], [5, 6]]])
    assert records(one)[2:] == [("region", None, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])]
    assert records(with_regions(one, [])) == records(log)
