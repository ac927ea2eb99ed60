"""``specks steps``: what there is, or one step as data."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["steps"]


def steps(
    name: Annotated[str | None, typer.Argument(metavar="STEP", help="A step to describe as a table.")] = None,
) -> None:
    """List the steps, or describe one."""
    from specks._core.registry import STEPS, find_step
    from specks.cli.commands import command_of
    from specks.recipe.reference import parameter_table

    if name is not None:
        typer.echo(parameter_table(find_step(name).spec()))
        return
    rows = []
    for target in STEPS:
        spec = find_step(target.partition(":")[2]).spec()
        rows.append((command_of(spec.name), spec.name, spec.summary))
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    for command, step, text in rows:
        typer.echo(f"{command:<{widths[0]}}  {step:<{widths[1]}}  {text}")
