"""Fixtures of the tests of docks and their parts."""

import pytest


@pytest.fixture
def runner(qtbot):
    from specks.ui.jobs import JobRunner

    runner = JobRunner()
    yield runner
    runner.cancel()
    qtbot.waitUntil(lambda: not runner.busy, timeout=5000)
