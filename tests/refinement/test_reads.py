"""How often frames are read, and runs that are cancelled."""

from __future__ import annotations

import threading
import time
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exact_spots import BOTH, SINGLES, by_leastsq, exact_image, places, start_at

import specks
from specks._core.axes import Geometry
from specks._core.source import Source

OFF = (0.6, -0.4)
MOVED = np.array([SINGLES + np.array([0.5 * t, 0.25 * t]) for t in range(5)])
SHAPE = (70, 72)
MOVIE = np.stack([exact_image(at, shape=SHAPE) for at in MOVED])


def start(frames: int = 5) -> pd.DataFrame:
    tables = [start_at(at, OFF).assign(frame=t) for t, at in enumerate(MOVED[:frames])]
    return pd.concat(tables, ignore_index=True)


class Counting:
    """Frames that are made when they are asked for, and how many of them live."""

    def __init__(self, count: int = 3) -> None:
        self.reads: list[int] = []
        self.most, self.count = 0, count
        self.alive: weakref.WeakSet = weakref.WeakSet()
        self.lock = threading.Lock()

    def frame(self, number: int) -> np.ndarray:
        made = MOVIE[number].copy()
        with self.lock:
            self.reads.append(int(number))
            self.alive.add(Kept(made))
            self.most = max(self.most, len(self.alive))
        return made


class Kept:
    """Lives as long as an array."""

    def __init__(self, array: np.ndarray) -> None:
        weakref.finalize(array, lambda keep: None, self)


class Reader(Counting):
    """As pims has them."""

    frame_shape = SHAPE
    dtype = np.dtype(float)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> np.ndarray:
        return self.frame(number)


class Lazy(Counting, Source):
    """As specks has them."""

    def __init__(self, count: int = 3) -> None:
        super().__init__(count)
        self.shape, self.dtype, self.chunks = (count, *SHAPE), np.dtype(float), (1, *SHAPE)
        self.geometry = Geometry("tyx", (1.0, 1.0, 1.0), ("", "", ""))

    def read(self, region: Any) -> np.ndarray:
        numbers = range(self.count)[region[0]]
        if [cut.stop - cut.start for cut in region[1:]] != [*SHAPE]:
            return MOVIE[region]  # a few pixels, by which images are known again
        assert len(numbers) == 1
        return self.frame(numbers[0])[None]


def reader_for(fit: Any, count: int = 3) -> Any:
    return Reader(count) if fit is by_leastsq else Lazy(count)


@BOTH
@pytest.mark.parametrize("size", ["const", "frame"])
def test_each_frame_is_read_once_and_in_order(fit, size: str) -> None:
    images = reader_for(fit, 5)
    table = fit(start(), images, 13, param_mode={"size": size})
    np.testing.assert_allclose(places(table), MOVED.reshape(-1, 2), atol=1e-3)
    assert images.reads == [0, 1, 2, 3, 4]
    assert images.most <= 2


class Slow(Reader):
    """Takes its time, and notes which threads ask."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.threads: list[int] = []

    def frame(self, number: int) -> np.ndarray:
        self.threads.append(threading.get_ident())
        time.sleep(0.005)
        return super().frame(number)


def test_slow_frames_are_read_while_others_are_worked_on() -> None:
    slow = Slow(5)
    table = by_leastsq(start(), slow, 13, param_mode={"size": "const"})
    pd.testing.assert_frame_equal(table, by_leastsq(start(), Reader(5), 13, param_mode={"size": "const"}))
    assert slow.reads == [0, 1, 2, 3, 4]
    assert slow.most <= 2
    assert threading.get_ident() not in slow.threads[1:]


@BOTH
def test_frames_that_share_a_parameter_are_read_once_too(fit) -> None:
    images = reader_for(fit, 3)
    fit(start(3), images, 13, param_mode={"size": "global"})
    assert images.reads == [0, 1, 2]


@BOTH
def test_frames_without_features_are_not_read(fit) -> None:
    images = reader_for(fit, 5)
    table = fit(start()[lambda f: f["frame"].isin([1, 3])], images, 13, param_mode={"size": "const"})
    np.testing.assert_allclose(places(table), MOVED[[1, 3]].reshape(-1, 2), atol=1e-3)
    assert images.reads == [1, 3]


def ended(steps: Any, flag: threading.Event) -> Any:
    """The result of a step that is cancelled when the third frame begins."""
    try:
        while True:
            if next(steps).done == 2:
                flag.set()
    except StopIteration as end:
        return end.value


def test_a_run_that_is_cancelled_keeps_the_frames_that_are_done() -> None:
    flag = threading.Event()
    steps = specks.refine.iterate(start(), MOVIE, 13, size="const", cancel=flag)
    table = ended(steps, flag).table
    assert table["reason"].tolist() == [""] * 4 + ["not_run"] * 6
    np.testing.assert_allclose(places(table)[:4], MOVED[:2].reshape(-1, 2), atol=1e-3)
    names = ["y", "x", "signal", "background"]
    pd.testing.assert_frame_equal(table.loc[4:, names], start().loc[4:, names])
    assert table["cost"].isna().tolist() == [False] * 4 + [True] * 6


def test_a_run_that_was_cancelled_can_be_finished() -> None:
    flag = threading.Event()
    flag.set()
    fit = specks.refine(start(), MOVIE, 13, size="const", cancel=flag)
    assert (fit.table["reason"] == "not_run").all()
    flag.clear()
    pd.testing.assert_frame_equal(fit.refit().table, specks.refine(start(), MOVIE, 13, size="const").table)


def test_progress_is_told_for_each_frame() -> None:
    steps = list(specks.refine.iterate(start(), MOVIE, 13, size="const"))
    assert [s.done for s in steps] == [0, 1, 2, 3, 4]
    assert {s.total for s in steps} == {5}


def test_the_column_of_frames_can_have_another_name() -> None:
    table = by_leastsq(start(3).rename(columns={"frame": "t"}), Reader(3), 13, t_column="t")
    np.testing.assert_allclose(places(table), MOVED[:3].reshape(-1, 2), atol=1e-3)
    assert "frame" not in table
