"""Start: importing specks, and the help of the shell command.

CPU seconds of fresh processes; what Python itself takes to start is measured beside and taken off
the import, but not off the shell command, which people wait for whole.
"""

from __future__ import annotations

import importlib.util
import sys

from benchmarks._table import Row
from benchmarks._timing import cpu_of_process

IMPORT_GOAL, HELP_GOAL = 0.3, 0.5


def run(quick: bool) -> list[Row]:
    """Rows for the bare interpreter, the import and ``specks --help``."""
    repeat = 3 if quick else 10
    bare = cpu_of_process([sys.executable, "-c", "pass"], repeat)
    loaded = cpu_of_process([sys.executable, "-c", "import specks"], repeat)
    rows: list[Row] = [
        {"what": "python -c pass", "cold CPU s": bare.cold, "warm CPU s": bare.warm},
        {
            "what": "import specks",
            "cold CPU s": loaded.cold - bare.cold,
            "warm CPU s": loaded.warm - bare.warm,
            "goal": f"<= {IMPORT_GOAL} s",
            "ok": loaded.warm - bare.warm <= IMPORT_GOAL,
        },
    ]
    if importlib.util.find_spec("specks.cli.main") is None:
        return [*rows, {"what": "specks --help", "goal": "skipped: this version has no shell command"}]
    code = "import sys; sys.argv = ['specks', '--help']; from specks.cli.main import main; main()"
    shown = cpu_of_process([sys.executable, "-c", code], repeat)
    return [
        *rows,
        {
            "what": "specks --help",
            "cold CPU s": shown.cold,
            "warm CPU s": shown.warm,
            "goal": f"<= {HELP_GOAL} s",
            "ok": shown.warm <= HELP_GOAL,
        },
    ]
