"""Rows of results as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Row", "render"]

Row = Mapping[str, Any]


def render(title: str, rows: Sequence[Row]) -> str:
    """A title and a Markdown table; columns in the order in which the rows first name them."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_text(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in [columns, *cells]) for i in range(len(columns))]
    right = [any(isinstance(row.get(name), int | float) for row in rows) for name in columns]

    def line(texts: Sequence[str]) -> str:
        padded = (
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(texts, widths, right, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = f"|{'|'.join('-' * (width + 1) + (':' if number else '-') for width, number in zip(widths, right, strict=True))}|"
    return "\n".join([f"## {title}", "", line(columns), rule, *map(line, cells), ""])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
