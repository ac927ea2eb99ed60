"""Every code block of the manual and the README runs, and every picture that a page shows is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")] if "_build" not in p.parts)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)")


def blocks(page: Path, *languages: str) -> list[str]:
    return [code for language, code in BLOCK.findall(page.read_text()) if language in languages]


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python", "shell")], ids=ids)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    """Blocks run one after the other in one folder, as a reader would: Python in one session, shell lines as they come."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    session = ""
    for language, code in BLOCK.findall(page.read_text()):
        if language == "python":
            session += code + "\n"
            run = [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", session]
        elif language == "shell":
            lines = [line for line in code.splitlines() if not re.match(r"\s*(make|pip|git|cd|uv)\b", line)]
            run = [shutil.which("bash") or "sh", "-ec", "\n".join(lines)]
        else:
            continue
        done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_the_pictures_of_a_page_are_there(page: Path) -> None:
    for target in PICTURE.findall(page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).is_file(), f"{target} is missing"
