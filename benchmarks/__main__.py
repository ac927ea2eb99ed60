"""``python -m benchmarks [NAME ...] [--quick]``: run benchmarks and print their tables."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

from benchmarks import _one_thread  # noqa: F401 - before anything numerical is loaded
from benchmarks._table import render
from benchmarks._timing import Skip

HERE = Path(__file__).parent


def names() -> list[str]:
    """Every benchmark: the files of this folder, then those of the rivals in ``peers``."""
    own = sorted(p.stem for p in HERE.glob("[a-z]*.py"))
    peers = sorted(f"peers.{p.stem}" for p in (HERE / "peers").glob("[a-z]*.py"))
    return own + peers


def main() -> int:
    """Run what was asked for; several benchmarks each get a process of their own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(names())}")
    parser.add_argument("--quick", action="store_true", help="small inputs: minutes become seconds")
    arguments = parser.parse_args()
    chosen = arguments.name or names()
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; choose from {', '.join(names())}")
    if len(chosen) == 1:
        return run_here(chosen[0], arguments.quick)
    options = ["--quick"] if arguments.quick else []
    codes = [
        subprocess.run([sys.executable, "-m", "benchmarks", name, *options], check=False).returncode
        for name in chosen
    ]
    return max(codes)


def run_here(name: str, quick: bool) -> int:
    """Run one benchmark in this process and print its table, or why there is none."""
    module = importlib.import_module(f"benchmarks.{name}")
    title = (module.__doc__ or name).strip().splitlines()[0].rstrip(".")
    try:
        rows = module.run(quick)
    except Skip as reason:
        print(f"## {title}\n\nskipped: {reason}\n", flush=True)
        return 0
    print(render(f"{title}{' (quick)' if quick else ''}", rows), flush=True)
    return int(any(row.get("ok") is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
