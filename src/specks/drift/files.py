"""A drift in files."""

from __future__ import annotations

import os

from specks.drift.result import Drift

__all__ = ["load", "save"]


def save(drift: Drift, path: str | os.PathLike[str]) -> None:
    """Write a drift."""
    raise NotImplementedError


def load(path: str | os.PathLike[str]) -> Drift:
    """Read a drift."""
    raise NotImplementedError
