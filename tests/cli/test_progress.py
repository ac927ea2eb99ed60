"""Progress on standard error, with and without a terminal."""

from __future__ import annotations

import io
from collections.abc import Generator

import pytest

from specks._core.progress import Progress
from specks.cli import progress


class Screen(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def job(closed: list[bool] | None = None) -> Generator[Progress, None, str]:
    try:
        yield Progress(1, 4, "Reading the first slice")
        yield Progress(0, 0, "Fitting")
        yield Progress(4, 4, "Done")
    finally:
        if closed is not None:
            closed.append(True)
    return "result"


def test_on_a_terminal_one_line_is_rewritten_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(progress, "REDRAWN", 0.0)
    assert progress.follow(job()) == "result"
    text = screen.getvalue()
    assert "\n" not in text
    first, second, third = text.split("\r")[1:4]
    assert first == " 25 %  Reading the first slice"
    assert second.rstrip() == "Fitting"
    assert len(second) >= len(first)
    assert third.rstrip() == "100 %  Done"
    assert text.endswith("\r")


def test_long_lines_are_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(progress, "REDRAWN", 0.0)
    monkeypatch.setenv("COLUMNS", "20")
    progress.follow(job())
    assert max(map(len, screen.getvalue().split("\r"))) < 20


def test_elsewhere_lines_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=False)
    monkeypatch.setattr("sys.stderr", screen)
    progress.follow(job())
    assert screen.getvalue() == ""
    monkeypatch.setattr(progress, "PLAIN", 0.0)
    progress.follow(job())
    assert screen.getvalue() == " 25 %  Reading the first slice\nFitting\n100 %  Done\n"


def test_what_is_interrupted_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Broken(Screen):
        def write(self, text: str) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stderr", Broken(terminal=False))
    monkeypatch.setattr(progress, "PLAIN", 0.0)
    with pytest.raises(KeyboardInterrupt):
        progress.follow(job(closed))
    assert closed == [True]
