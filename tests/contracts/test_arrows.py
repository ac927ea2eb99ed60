"""The house stands on its floors: imports only point down, and only the top floor knows napari."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import specks

ROOT = Path(specks.__file__).parent
FLOORS = {
    "_core": 0,
    "measure": 1,
    "io": 1,
    "synth": 1,
    "filters": 1,
    "data": 0.5,  # files only; specks.synth cuts pictures out of them
    "mixture": 2,
    "drift": 2,
    "refinement": 2,
    "tracking": 2,
    "workflows": 3,
    "recipe": 4,
    "cli": 5,
    "ui": 5,
}
GUI = {
    "napari",
    "qtpy",
    "magicgui",
    "superqt",
    "pyqtgraph",
    "PySide6",
    "PyQt6",
    "PyQt5",
    "vispy",
    "app_model",
}
HEAVY_JIT = {"njit", "jit", "vectorize", "guvectorize", "prange"}
MODULES = sorted(p for p in ROOT.rglob("*.py") if p.name != "_version.py" and p.parent != ROOT)


def imported(path: Path) -> list[str]:
    """Full names of what a module imports, wherever in it."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = ("specks", *path.relative_to(ROOT).with_suffix("").parts)
                base = ".".join([*parts[: len(parts) - node.level], *([node.module] if node.module else [])])
            names += [f"{base}.{alias.name}" for alias in node.names]
    return names


def package(name: str) -> str | None:
    """Package of specks that a full name lies in."""
    parts = name.split(".")
    return parts[1] if parts[0] == "specks" and len(parts) > 1 and parts[1] in FLOORS else None


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_package_has_a_floor() -> None:
    found = {p.name for p in ROOT.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert found <= set(FLOORS), f"no floor for {found - set(FLOORS)}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_arrows_point_down(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    for name in imported(path):
        other = package(name)
        if other is None or other == own:
            continue
        # The shell opens windows with `specks view`; it does so by name, on use.
        allowed = FLOORS[other] < FLOORS[own] or (own, other) == ("cli", "ui")
        assert allowed, f"{ids(path)} on floor {FLOORS[own]} imports {name} on floor {FLOORS[other]}"


@pytest.mark.parametrize("path", [p for p in MODULES if p.relative_to(ROOT).parts[0] != "ui"], ids=ids)
def test_only_the_top_floor_knows_napari(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & GUI


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_kernels_are_made_in_one_place(path: Path) -> None:
    if path == ROOT / "_core" / "kernel.py":
        return
    names = {n for n in imported(path) if n.split(".")[0] == "numba"}
    assert not {n.rsplit(".", 1)[-1] for n in names} & HEAVY_JIT
    attributes = {n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)}
    assert not attributes & {"njit", "prange", "guvectorize"}


def test_the_test_sees_an_upward_arrow(tmp_path: Path) -> None:
    """The reader of imports must not be blind to any way of writing them."""
    bad = tmp_path / "bad.py"
    bad.write_text("def f():\n    from specks.ui import dock\n    import specks.cli.main\n")
    assert [package(n) for n in imported(bad)] == ["ui", "cli"]
