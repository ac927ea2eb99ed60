"""The dock of the toy engine: what "how to add a dock" comes to."""

from __future__ import annotations

from typing import ClassVar

import toy_engine  # noqa: F401 - registers the step

from specks.ui.dock import StepDock


class BlobsDock(StepDock):
    """Find blobs by clicking."""

    step = "find_blobs"
    looks: ClassVar = {"smooth": {"colormap": "magma", "visible": False}, "labels": {"opacity": 0.5}}
    by_hand = ("scribble", "exclude_frame")
