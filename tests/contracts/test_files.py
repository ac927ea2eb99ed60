"""A file has one idea: not too long, no long functions, a name that says something."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import specks

ROOT = Path(specks.__file__).parent
MODULES = sorted(p for p in ROOT.rglob("*.py") if p.name != "_version.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_has_one_idea(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400
    assert path.stem.strip("_") not in {"utils", "util", "helpers", "helper", "misc", "common"}
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            body = node.body[-1].end_lineno - node.body[0].lineno + 1 - docstring.count("\n")
            assert body <= 90, f"{node.name} has {body} lines"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno} catches everything"


def test_the_manifest_at_the_root_is_the_one_in_the_package() -> None:
    root = ROOT.parent.parent / "napari.yaml"
    assert root.resolve() == (ROOT / "napari.yaml").resolve()
