"""``specks run``: a recipe on images."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from specks._core.errors import InputError

__all__ = ["run"]


def run(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="YAML file of the recipe.")],
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Images; each gets a folder.")],
    out: Annotated[str, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write the results.")],
    more: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=PATH", help="Another input of the recipe, the same for all."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Run finished steps again, too.")] = False,
    count: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Work on N blocks at once.")
    ] = None,
    processes: Annotated[
        bool, typer.Option("--processes", help="Workers are processes, not threads.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the recipe and say what would run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON on standard output.")] = False,
) -> None:
    """Run a recipe on images.

    Results of INPUT go to FOLDER/INPUT/STEP. Run again, finished steps are left as they are.
    """
    from specks.cli.progress import follow
    from specks.cli.report import report
    from specks.cli.workers import workers
    from specks.recipe import iterate_recipe, load_recipe, plan_recipe

    known = load_recipe(recipe)
    given: dict[str, Any] = {known.inputs[0]: list(inputs)}
    for text in more or ():
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise InputError(f"--input is {text!r}; it must be NAME=PATH, such as offsets=table.csv")
        if name in given:
            raise InputError(f"--input {name} is given twice; the first input is given as INPUT...")
        given[name] = path
    if dry_run:
        for one in plan_recipe(known, given, out, resume=not again):
            typer.echo(f"{one.folder}: {'unchanged, would be kept' if one.kept else 'would be run'}")
        return
    with workers(count, processes) as executor:
        outcomes = follow(iterate_recipe(known, given, out, executor=executor, resume=not again))
    report(outcomes, as_json, of_images=True)
