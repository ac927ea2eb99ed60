"""Connections to events that end together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Subscriptions"]


class Subscriptions:
    """What a dock listens to, so that it can stop listening.

    Events may be those of napari or signals of psygnal.
    """

    def __init__(self) -> None:
        self._held: list[tuple[Any, Callable[..., Any]]] = []

    def add(self, events: Any, name: str, callback: Callable[..., Any]) -> None:
        """Call `callback` when the event of that name is emitted; nothing when there is no such event."""
        emitter = getattr(events, name, None)
        if emitter is not None:
            emitter.connect(callback)
            self._held.append((emitter, callback))

    def close(self) -> None:
        """Listen no longer."""
        for emitter, callback in self._held:
            emitter.disconnect(callback)
        self._held.clear()
