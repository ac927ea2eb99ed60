"""The built wheel, not the editable install, is what users get: it must be whole."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Python of a fresh environment that holds the wheel, and sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(where)
    # Its own site-packages come first, so that the wheel wins over the editable install.
    Path(where, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {
        "QT_QPA_PLATFORM": "offscreen"
    }
    return subprocess.run([python, *arguments], capture_output=True, text=True, env=environment)


def test_the_wheel_carries_everything_that_is_not_python(wheel) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"specks/napari.yaml", "specks/py.typed", "specks/__init__.pyi"} <= set(names)
    pages = {f"specks/help/{name}.md" for name in ("posterior", "drift")}
    assert pages <= set(names), "docks show chapters of them"
    assert any(n.startswith("specks/data/LICENSES/") for n in names)
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert not [n for n in names if n.startswith(("tests", "docs", "benchmarks"))]


def test_the_wheel_is_the_one_that_is_imported(installed) -> None:
    done = run(installed, "-c", "import specks; print(specks.__file__)")
    assert str(installed.parents[1].resolve()) in str(Path(done.stdout.strip()).resolve()), (
        done.stdout + done.stderr
    )


def test_napari_can_use_the_manifest_of_the_wheel(installed) -> None:
    pytest.importorskip("npe2", reason="the extra 'gui' is not installed")
    code = (
        "import sys; from npe2.cli import app; sys.argv = ['npe2', 'validate', 'specks', '--imports']; app()"
    )
    done = run(installed, "-c", code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "valid" in done.stdout


def test_the_shell_of_the_wheel_starts(installed) -> None:
    done = run(installed, "-m", "specks", "--help")
    assert done.returncode == 0, done.stderr
    assert "segment" in done.stdout
