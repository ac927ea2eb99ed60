"""``specks view``: a result in napari."""

from __future__ import annotations

from typing import Annotated

import typer

from specks._core.errors import MissingExtraError, SpecksError
from specks._core.paths import existing
from specks.cli.display import has_display

__all__ = ["view"]


def view(
    result: Annotated[
        str, typer.Argument(metavar="RESULT", help="A folder that a command wrote, or an image.")
    ],
) -> None:
    """Open a result in napari."""
    path = existing(result)
    try:
        from specks.ui.window import show_result
    except ImportError as error:
        raise MissingExtraError("specks view", "all") from error
    if not has_display():
        raise SpecksError(f"there is no display, not even a virtual one (Xvfb), so {path} cannot be shown")
    show_result(path)
