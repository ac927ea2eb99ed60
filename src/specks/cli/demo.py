"""``specks demo``: a real micrograph, from nothing to particles in napari."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from specks.cli.display import has_display

__all__ = ["demo"]

MICROGRAPH = "Pt2"
#: Of the window in the picture: the whole dock is seen without scrolling.
WINDOW = (1500, 960)


def demo(
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write the results.")
    ] = "demo-output",
) -> None:
    """Segment a real micrograph that comes with specks, and show what was found."""
    from specks._core.atomic import store_faults
    from specks._core.corrections import Corrections
    from specks._core.registry import find_step
    from specks.cli.progress import follow
    from specks.data import micrograph
    from specks.io import open_result, write_table
    from specks.recipe.data import recognize
    from specks.recipe.execute import Job, run_job

    image, folder = micrograph(MICROGRAPH), Path(out)
    with store_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    job = Job(
        find_step("segment_particles"), {"image": image}, {}, Corrections(), {"image": recognize(image)}
    )
    outcome = follow(run_job(job, "demo", folder / f"{MICROGRAPH}.zarr"))
    table = folder / f"{MICROGRAPH}.csv"
    write_table(open_result(outcome.folder).table("objects"), table)
    typer.echo(f"{image.name}, a real micrograph of metal particles on a support: {outcome.summary}")
    typer.echo(f"  image, posterior and labels: {outcome.folder}\n  one row a particle: {table}")
    _show(outcome.folder, folder / "napari.png")


def _show(result: Path, picture: Path) -> None:
    """Open napari on a screen that somebody sits at; elsewhere take a picture of its window."""
    if not has_display():
        typer.echo("  There is no display, not even a virtual one (Xvfb), so napari was not opened.")
        return
    try:
        from specks.ui.window import open_viewer, screenshot, show_result
    except ImportError:
        typer.echo("  napari is not installed, so it was not opened; pip install 'specks[all]' brings it.")
        return
    if not os.environ.get("SPECKS_VIRTUAL_DISPLAY"):
        typer.echo(f"  napari is opened; a picture of its window: {picture}")
        show_result(result, picture)
        return
    viewer = open_viewer(result)
    screenshot(viewer, picture, size=WINDOW)
    viewer.close()
    typer.echo("  There is no display, so napari was opened on a virtual one, and closed again.")
    typer.echo(f"  a picture of its window: {picture}")
