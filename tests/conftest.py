"""Where tests run, and which tiers can run here.

Three tiers: core (no Qt), `widgets` (docks on a ViewerModel, offscreen Qt), `window` (the real
napari window, OpenGL). A tier that cannot run here is skipped with the reason; with
SPECKS_REQUIRE_ALL_TIERS=1 it fails instead.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import numba
import pytest
from hypothesis import settings

# A busy machine is no fault of the code: how long an example takes is what benchmarks are for.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_HOME = tempfile.mkdtemp(prefix="specks-tests-")
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "NAPARI_CONFIG"):
    os.environ[_name] = os.path.join(_HOME, _name.lower() + (".yaml" if _name == "NAPARI_CONFIG" else ""))
#: A virtual screen for the process of that number, which says its own number and ends with that process.
SCREEN = """
Xvfb -displayfd 3 -screen 0 1600x1000x24 +extension GLX -nolisten tcp 3>&1 >/dev/null 2>&1 &
(while kill -0 {0}; do sleep 1; done; kill $!) >/dev/null 2>&1 &
"""
_worker = os.environ.get("PYTEST_XDIST_WORKER")
# Two processes that compile one kernel for two kinds of arrays may leave it in one cache under the wrong name.
_compiled = Path(__file__).parents[1] / ".pytest_cache" / "numba"
numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = str(_compiled / (_worker or "alone"))
if _worker is not None and os.environ.get("SPECKS_VIRTUAL_DISPLAY") == "1":
    # Of the windows of two processes on one screen only one would have the keyboard.
    _number = subprocess.check_output(["sh", "-c", SCREEN.format(os.getpid())], text=True).strip()
    os.environ["DISPLAY"] = f":{_number}"
if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PROBE_QT = """
from qtpy.QtWidgets import QApplication
QApplication([])
"""
PROBE_GL = """
import sys
from qtpy.QtGui import QOffscreenSurface, QOpenGLContext
from qtpy.QtWidgets import QApplication
app = QApplication([])
context, surface = QOpenGLContext(), QOffscreenSurface()
surface.create()
sys.exit(0 if context.create() and context.makeCurrent(surface) else "no OpenGL context can be made")
"""


@cache
def missing(tier: str) -> str | None:
    """Why a tier cannot run here, tried once in a process of its own so that a crash is only a reason."""
    done = subprocess.run(
        [sys.executable, "-c", {"widgets": PROBE_QT, "window": PROBE_GL}[tier]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines()
    return f"the {tier} tier cannot run here: {lines[-1] if lines else f'exit code {done.returncode}'}"


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the settings that another one kept."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Collect what tests of docks have left in cycles, here in the main thread, before one without a window runs.

    Else a thread that only reads files, such as zarr's own, would take wrappers of Qt objects apart and crash.
    After a file what is left are mostly modules. Collectors need not look at them again, of which each
    test with a window calls several: they would take a quarter of the time of the whole suite.
    """
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()
    elif _has_window(item) and not _has_window(nextitem):
        gc.collect()


def _has_window(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(tier) is not None for tier in ("widgets", "window"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a tier that cannot run, or fail it where every tier is required."""
    for tier in ("widgets", "window"):
        if item.get_closest_marker(tier) is None:
            continue
        reason = missing(tier)
        if reason is not None and os.environ.get("SPECKS_REQUIRE_ALL_TIERS") == "1":
            pytest.fail(reason, pytrace=False)
        elif reason is not None:
            pytest.skip(reason)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(_HOME, ignore_errors=True)
