"""``import specks`` and ``specks --help`` load nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "pandas", "zarr", "scipy", "skimage", "numba", "sklearn", "dask", "distributed", "tifffile", "trackpy",
    "imageio", "matplotlib", "napari", "qtpy", "magicgui", "superqt", "pyqtgraph", "PySide6", "vispy", "pyarrow",
}  # fmt: skip
LIGHT = ["specks", "specks.io", "specks.measure", "specks.synth", "specks.filters", "specks.mixture", "specks.refinement",
         "specks.tracking", "specks.workflows", "specks.recipe", "specks.cli", "specks.ui", "specks.data"]  # fmt: skip


def loaded(code: str) -> set[str]:
    """Top-level packages in memory after running `code` in a fresh process."""
    tail = "\nimport sys, json; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("package", LIGHT)
def test_importing_a_package_is_light(package: str) -> None:
    assert not loaded(f"import {package}") & HEAVY


def test_asking_for_names_is_light() -> None:
    names = loaded("import specks; assert 'fit_mixture' in dir(specks); assert specks.__all__")
    assert not names & HEAVY


def test_help_of_the_shell_is_light() -> None:
    code = "import sys; sys.argv = ['specks', '--help']\ntry:\n    from specks.cli.main import main; main()\nexcept SystemExit: pass"
    assert not loaded(code) & HEAVY


def test_opening_a_dock_loads_no_more_than_it_shows() -> None:
    """Tables and lazy arrays are loaded beside the window, by the run that needs them."""
    layers = "from napari.components import ViewerModel; from napari.layers import Image\n"
    dock = "import specks.ui.mixture; from specks._core.registry import find_step; find_step('segment_particles').spec()"
    assert not (loaded(layers + dock) - loaded(layers)) & {"pandas", "dask", "scipy", "zarr", "skimage"}


def test_every_public_name_can_be_had() -> None:
    import specks

    for name in specks.__all__:
        assert getattr(specks, name) is not None
