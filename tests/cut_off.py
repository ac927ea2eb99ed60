"""What does not fit into a dock that is narrow."""

from __future__ import annotations

from typing import Any

__all__ = ["fits", "parts"]


def parts(dock: Any) -> list[Any]:
    """What is seen on the page of a dock, without what holds other parts; tables scroll by themselves."""
    from qtpy.QtWidgets import QScrollArea, QTableView, QWidget

    found = dock.findChild(QScrollArea).widget().findChildren(QWidget)
    found = [w for w in found if w.isVisible() and w.width() and not w.findChildren(QWidget)]
    return [w for w in found if not any(isinstance(outer, QTableView) for outer in around(w))]


def around(widget: Any) -> list[Any]:
    """A widget, and all that hold it."""
    return [] if widget is None else [widget, *around(widget.parentWidget())]


def fits(dock: Any, qtbot: Any) -> None:
    """No part reaches beyond the page, or is narrower than it needs to be, once Qt has laid them out."""
    from qtpy.QtWidgets import QScrollArea

    view = dock.findChild(QScrollArea).viewport()

    def settled() -> None:
        right = view.mapToGlobal(view.rect().topRight()).x()
        for part in parts(dock):
            assert part.mapToGlobal(part.rect().topRight()).x() <= right, described(part)
            assert part.width() >= part.minimumSizeHint().width(), described(part)

    qtbot.waitUntil(settled, timeout=5000)


def described(widget: Any) -> str:
    text = widget.text() if hasattr(widget, "text") and callable(widget.text) else ""
    return f"{type(widget).__name__} {text!r}: {widget.size()} of {widget.minimumSizeHint()}"
