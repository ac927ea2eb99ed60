"""What was done, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

from specks.recipe.execute import Outcome

__all__ = ["report"]


def report(outcomes: Sequence[Outcome], in_json: bool, of_images: bool = False) -> None:
    """Print what became of each step, warnings on standard error.

    Parameters
    ----------
    outcomes : sequence of Outcome
    in_json : bool
    of_images : bool, optional
        Whether each folder lies in one that is named after its image; warnings then begin with that.
    """
    for outcome in outcomes:
        about = f"{outcome.folder.parent.name}: " if of_images else ""
        for warning in outcome.warnings:
            typer.echo(f"specks: {about}{warning}", err=True)
    if in_json:
        typer.echo(json.dumps({"steps": [_plain(outcome) for outcome in outcomes]}, indent=1))
        return
    for outcome in outcomes:
        kept = " (unchanged, not run again)" if outcome.kept else ""
        typer.echo(f"{outcome.summary}{kept}\n  {outcome.folder}")


def _plain(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.name,
        "folder": str(outcome.folder),
        "outputs": {name: str(path) for name, path in outcome.outputs.items()},
        "summary": outcome.summary,
        "warnings": list(outcome.warnings),
        "seconds": outcome.seconds,
        "kept": outcome.kept,
    }
