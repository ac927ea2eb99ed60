"""Keys that work in the viewer while a dock is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import napari.layers
from napari.components import ViewerModel
from napari.utils.key_bindings import coerce_keybinding

__all__ = ["Shortcuts"]


class Shortcuts:
    """Keys bound to a viewer, and taken back. One that means something already is left alone.

    Parameters
    ----------
    viewer : napari viewer
    actions : mapping of str to callable
        What each key does, without arguments.
    """

    def __init__(self, viewer: ViewerModel, actions: Mapping[str, Callable[[], Any]]) -> None:
        self._viewer, self._actions = viewer, dict(actions)
        self._bound: dict[str, Callable[[Any], Any]] = {}

    @property
    def bound(self) -> tuple[str, ...]:
        """Keys that work now."""
        return tuple(self._bound)

    def bind(self) -> None:
        """Bind the keys that are free."""
        for key, action in self._actions.items():
            if key not in self._bound and not is_taken(self._viewer, key):
                self._bound[key] = _ignoring_the_viewer(action)
                self._viewer.bind_key(key, self._bound[key])

    def unbind(self) -> None:
        """Take them back, but for those that somebody has bound anew meanwhile."""
        for key, function in self._bound.items():
            if self._viewer.keymap.get(coerce_keybinding(key)) is function:
                self._viewer.bind_key(key, None)
        self._bound.clear()


def is_taken(viewer: ViewerModel, key: str) -> bool:
    """Whether a key means something in the viewer or in a layer of any kind."""
    layers = [getattr(napari.layers, name.capitalize()) for name in napari.layers.NAMES]
    keymaps = [kind.class_keymap for owner in (type(viewer), *layers) for kind in _kinds(owner)]
    return any(coerce_keybinding(key) in keymap for keymap in (viewer.keymap, *keymaps))


def _kinds(owner: type) -> list[type]:
    """A class and those above it that have keys."""
    return [kind for kind in owner.__mro__ if hasattr(kind, "class_keymap")]


def _ignoring_the_viewer(action: Callable[[], Any]) -> Callable[[Any], Any]:
    def pressed(_: Any) -> None:
        action()

    return pressed
