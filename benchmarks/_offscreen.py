"""Qt without a display."""

from __future__ import annotations

import os
from typing import Any

from benchmarks._timing import Skip

__all__ = ["offscreen_application"]


def offscreen_application() -> Any:
    """The application that docks need; where a display is asked for, on that."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from qtpy.QtWidgets import QApplication
    except ImportError as error:
        raise Skip("there is no Qt; install it with: pip install 'specks[all]'") from error
    return QApplication.instance() or QApplication([])
