"""Points added, moved and deleted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from exact_spots import PAIR, exact_image, places, start_at

import specks
from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError, InputError

AT = np.array([*PAIR, (10.0, 50.2), (50.3, 12.4), (52.0, 44.0)])
#: In the first frame there is one more, which tables lack at first.
MISSED = (30.2, 40.1)
MOVIE = np.stack([exact_image([*AT, MISSED], noise=3, seed=0), exact_image(AT + 0.5, noise=3, seed=1)])
NAMES = ["y", "x", "signal", "size", "background", "cost", "rms"]


def start() -> pd.DataFrame:
    one = start_at(AT, (0.3, 0.2)).assign(frame=0, name=[*"abcde"])
    two = start_at(AT + 0.5, (0.3, 0.2)).assign(frame=1, name=[*"fghij"])
    return pd.concat([one, two], ignore_index=True)


ADD = Corrections().add("point_add", frame=0, position=list(MISSED))
MOVE = Corrections().add("point_move", frame=0, position=[10.3, 50.4], new=[10.8, 49.1])
DELETE = Corrections().add("point_delete", frame=1, position=[51.1, 13.1])
LOGS = {
    "add": ADD,
    "move": MOVE,
    "delete": DELETE,
    "all": Corrections((*ADD, *MOVE, *DELETE)),
    "what was added": ADD.add("point_move", frame=0, position=list(MISSED), new=[31, 38.8]),
    "add and delete": ADD.add("point_delete", frame=0, position=list(MISSED)),
    "move and delete": MOVE.add("point_delete", frame=0, position=[10.8, 49.1]),
}


@pytest.mark.parametrize("size", ["const", "var", "cluster", "frame", "global"])
@pytest.mark.parametrize("log", LOGS)
def test_a_refit_is_what_a_fresh_run_finds(log: str, size: Any) -> None:
    fit = specks.refine(start(), MOVIE, 13, size=size)
    again, fresh = fit.refit(LOGS[log]), specks.refine(start(), MOVIE, 13, size=size, corrections=LOGS[log])
    pd.testing.assert_frame_equal(again.table, fresh.table, check_exact=True)
    assert again.corrections == LOGS[log]


@pytest.mark.parametrize("log", LOGS)
def test_untouched_clusters_keep_their_bits(log: str) -> None:
    fit = specks.refine(start(), MOVIE, 13, size="const")
    again = fit.refit(LOGS[log]).table
    touched = {"add": "ab", "move": "c", "delete": "i", "all": "abci", "what was added": "ab", "add and delete": "", "move and delete": "c"}  # fmt: skip
    rest = [name for name in "abcdefghij" if name not in touched[log]]
    before, after = (t[t["name"].isin(rest)] for t in (fit.table, again))
    columns = [c for c in before if c not in ("cluster", "name")]
    assert before["name"].tolist() == after["name"].tolist() == rest
    pd.testing.assert_frame_equal(after[columns], before[columns], check_exact=True)


def test_taking_all_back_gives_the_first_result() -> None:
    fit = specks.refine(start(), MOVIE, 13, size="const")
    back = fit.refit(LOGS["all"]).refit()
    pd.testing.assert_frame_equal(back.table, fit.table, check_exact=True)
    assert len(back.corrections) == 0


def test_a_point_that_was_added_is_fitted_and_stands_at_the_end() -> None:
    image = exact_image([*AT, (12.3, 14.2)], signal=[150] * 5 + [90])
    fit = specks.refine(start_at(AT, (0.2, 0.1)), image, 13)
    table = fit.refit(Corrections().add("point_add", frame=0, position=[12.8, 13.9])).table
    assert len(table) == 6
    np.testing.assert_allclose(places(table)[-1], (12.3, 14.2), atol=1e-3)
    assert table["signal"].iloc[-1] == pytest.approx(90, abs=0.05)
    assert table.index.is_unique


def test_a_point_that_is_missing_leaves_a_residual_and_adding_it_takes_it_away() -> None:
    image = exact_image(AT)
    fit = specks.refine(start_at(AT[:4], (0.2, 0.1)), image, 13)
    y, x = np.unravel_index(np.argmax(fit.residual(0)), image.shape)
    assert (y, x) == (52, 44)
    again = fit.refit(Corrections().add("point_add", frame=0, position=[float(y), float(x)]))
    assert abs(again.residual(0)).max() < 0.01
    np.testing.assert_allclose(places(again.table), AT, atol=1e-3)


def test_corrections_do_not_change_the_table_of_the_caller() -> None:
    mine = start()
    before = mine.copy(deep=True)
    specks.refine(mine, MOVIE, 13, size="const", corrections=LOGS["all"]).refit(ADD)
    pd.testing.assert_frame_equal(mine, before)


def test_corrections_are_written_down() -> None:
    fit = specks.refine(start(), MOVIE, 13, size="const").refit(MOVE)
    assert [record["kind"] for record in fit.provenance.corrections] == ["point_move"]


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("point_delete", {"position": [30.0, 5.0]}, "frame 0.*30, 5"),
        ("point_move", {"position": [30.0, 5.0], "new": [1.0, 1.0]}, "frame 0.*30, 5"),
        ("point_delete", {"position": [10.3, 50.4], "frame": 7}, "frame 7"),
        ("point_move", {"position": [10.3, 50.4], "new": [1.0, 2.0, 3.0]}, "new.*y, x"),
        ("point_add", {"position": [1.0, 2.0, 3.0]}, "position.*y, x"),
        ("exclude_frame", {}, "exclude_frame.*point_add"),
    ],
)
def test_a_correction_that_means_nothing_is_refused(kind: str, fields: dict, said: str) -> None:
    log = Corrections().add(kind, **({"frame": 0} | fields))
    with pytest.raises(CorrectionError, match=said):
        specks.refine(start(), MOVIE, 13, size="const", corrections=log)


def test_a_point_may_not_be_added_to_a_frame_that_is_not_there() -> None:
    log = Corrections().add("point_add", frame=5, position=[10.0, 10.0])
    with pytest.raises(InputError, match="frame 5"):
        specks.refine(start(), MOVIE, 13, size="const", corrections=log)


def test_a_deleted_point_cannot_be_moved() -> None:
    log = DELETE.add("point_move", frame=1, position=[51.1, 13.1], new=[50.0, 13.0])
    with pytest.raises(CorrectionError, match="frame 1"):
        specks.refine(start(), MOVIE, 13, size="const", corrections=log)


def test_explanations_are_of_rows_that_there_are() -> None:
    fit = specks.refine(start(), MOVIE, 13, size="const")
    with pytest.raises(InputError, match=r"no row.*99"):
        fit.explain(99)
    with pytest.raises(InputError, match="frame 4"):
        fit.model(4)


def test_integer_positions_can_be_corrected() -> None:
    mine = start_at(AT).round().astype(int)
    y, x = places(mine)[2]
    log = Corrections().add("point_move", frame=0, position=[float(y), float(x)], new=[10.25, 50.5])
    table = specks.refine(mine, exact_image(AT), 13, corrections=log).table
    np.testing.assert_allclose(places(table), AT, atol=1e-3)


def test_an_empty_frame_can_be_filled_by_hand() -> None:
    none = start_at(AT).iloc[:0]
    log = Corrections()
    for place in AT:
        log = log.add("point_add", frame=0, position=list(place + 0.2))
    table = specks.refine(none, exact_image(AT), 13, corrections=log).table
    np.testing.assert_allclose(places(table), AT, atol=1e-3)
