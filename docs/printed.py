"""Run the code of the manual's pages, and put what it prints into them.

A ``text`` block shows what the ``python`` block before it prints::

    .venv/bin/python docs/printed.py [page ...]

writes such blocks anew, in all pages or in these; look at what has changed, and at the sentences
around it. ``tests/contracts/test_docs.py`` holds that they are up to date.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATED = {"_build", "reference"}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted(page for page in ROOT.glob("docs/**/*.md") if not GENERATED & set(page.parts))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RUN = ("python", "shell")

#: One Python session a page; lines for the shell run between its blocks, in the same folder.
READER = """
import contextlib, io, json, subprocess, sys
bash, answer, blocks, names = sys.argv[1], sys.argv[2], json.load(sys.stdin), {"__name__": "page"}
printed = []
for language, code in blocks:
    said = io.StringIO()
    if language == "python":
        with contextlib.redirect_stdout(said):
            exec(compile(code, code, "exec"), names)
    else:
        subprocess.run([bash, "-ec", code], check=True)
    printed.append(said.getvalue())
with open(answer, "w", encoding="utf-8") as file:
    json.dump(printed, file)
"""


def blocks(page: Path) -> list[tuple[str, str]]:
    """Blocks that a reader can run: ``python`` and ``shell``; ``console`` is only looked at."""
    return [found for found in BLOCK.findall(page.read_text("utf-8")) if found[0] in RUN]


def run(page: Path, folder: Path) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run all blocks of a page in a folder: how that ended, and what each block printed."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    answer = folder / "printed.json"
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error::DeprecationWarning:page", "-c", READER),
            *(shutil.which("bash") or "sh", str(answer)),
        ],
        input=json.dumps(blocks(page)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done, json.loads(answer.read_text("utf-8")) if done.returncode == 0 else []


def shown(page: Path) -> Iterator[tuple[re.Match[str], int]]:
    """The ``text`` blocks of a page, each with the number of the block whose output it shows."""
    number, last = -1, ""
    for found in BLOCK.finditer(page.read_text("utf-8")):
        if found[1] == "text" and last == "python":
            yield found, number
        number, last = number + (found[1] in RUN), found[1]


def write_anew(page: Path) -> bool:
    """Put what the blocks of a page print into it; whether that has changed anything."""
    with tempfile.TemporaryDirectory() as folder:
        done, printed = run(page, Path(folder))
    if done.returncode:
        raise SystemExit(f"{page}: {done.stderr}")
    before = text = page.read_text("utf-8")
    for found, number in reversed(list(shown(page))):
        text = text[: found.start(2)] + printed[number] + text[found.end(2) :]
    page.write_text(text, "utf-8")
    return text != before


if __name__ == "__main__":
    for asked in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        if any(shown(asked)) and write_anew(asked):
            print(f"{asked.relative_to(ROOT)} says something new; read it")
