"""Add what a dock did to a recipe file, one file a viewer."""

from __future__ import annotations

import itertools
import weakref
from pathlib import Path

from napari.components import ViewerModel
from napari.layers import Layer

from specks._core.errors import InputError
from specks.recipe.append import append_step
from specks.ui.request import Request, Wire
from specks.ui.results import ResultLayers

__all__ = ["RecipeBook", "book_of"]


class RecipeBook:
    """The recipe of one viewer.

    Attributes
    ----------
    path : pathlib.Path or None
        The file, once it was chosen.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self._wires: weakref.WeakKeyDictionary[Layer, str] = weakref.WeakKeyDictionary()
        self._steps: dict[Path | None, list[tuple[Request, str]]] = {}
        self._files: dict[Path, str] = {}

    def add(self, request: Request, layers: ResultLayers) -> str:
        """Append a step; inputs that are results of earlier steps are wired to them.

        Returns
        -------
        str
            The name of the step in the recipe.

        Raises
        ------
        SpecksError
            When the file cannot be read or written, or the step does not fit.
        """
        name = self._append(request)
        for output in request.spec.results:
            layer = layers.get(output.name)
            if layer is not None:
                self._wires[layer] = f"{name}.{output.name}"
        return name

    def _append(self, request: Request) -> str:
        """Add a step, after those that give its arguments and are not there yet."""
        if request.stored is not None:
            raise InputError(
                f"what was read from {request.stored.path.name} is no step of a recipe; run {request.spec.name} first"
            )
        earlier = {name: self._earlier(wire) for name, wire in request.wires.items()}
        inputs = {
            name: self._wire(view.layer, name) for name, view in request.views.items() if name not in earlier
        }
        inputs |= {
            name: self._files.setdefault(path, self._free(name)) for name, path in request.files.items()
        }
        inputs |= {name: f"{step}.{output}" for name, (step, output) in earlier.items()}
        name = append_step(self.path, request.spec, request.explicit_values, inputs, request.corrections)
        self._steps.setdefault(self.path, []).append((request, name))
        return name

    def _earlier(self, wire: Wire) -> tuple[str, str]:
        """Names of a step and of the output that is meant, or else its first."""
        request = wire.request
        same = (
            name
            for one, name in reversed(self._steps.get(self.path, []))
            if one.asked == request.asked and one.corrections == request.corrections
        )
        return next(same, None) or self._append(request), wire.output or request.spec.results[0].name

    def _wire(self, layer: Layer, param: str) -> str:
        """What the recipe calls a layer: an output of an earlier step, or an input."""
        return self._wires.setdefault(layer, self._free(param))

    def _free(self, param: str) -> str:
        """A name for an input that no other has."""
        taken = {*self._wires.values(), *self._files.values()}
        names = (param if n == 1 else f"{param}_{n}" for n in itertools.count(1))
        return next(name for name in names if name not in taken)


_BOOKS: weakref.WeakKeyDictionary[ViewerModel, RecipeBook] = weakref.WeakKeyDictionary()


def book_of(viewer: ViewerModel) -> RecipeBook:
    """The recipe of a viewer."""
    return _BOOKS.setdefault(viewer, RecipeBook())
