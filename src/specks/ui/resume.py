"""Take up a stored result of *Mixture* where it was left."""

from __future__ import annotations

from collections.abc import Iterable

from napari.layers import Layer

from specks._core.errors import SpecksError
from specks.ui.mixture import MixtureDock
from specks.ui.request import Finished
from specks.ui.results import KEY
from specks.workflows import Particles

__all__ = ["load_result", "resume"]


def load_result(path: str) -> Particles | None:
    """The result at a path, or None where other things are."""
    try:
        return Particles.load(path)
    except SpecksError:
        return None


def resume(dock: MixtureDock, result: Particles, layers: Iterable[Layer]) -> None:
    """Show a result in the dock, so that it can be corrected, exported and run again.

    Parameters
    ----------
    dock : MixtureDock
    result : Particles
    layers : iterable of Layer
        Those of the result, as the reader made them.
    """
    outputs = {
        layer.metadata[KEY]["output"]: layer for layer in layers if "output" in layer.metadata.get(KEY, {})
    }
    image = next(layer for layer in layers if layer not in outputs.values())
    parameters = result.provenance.parameters
    dock.inputs.choose("image", image)
    dock.form.reset()
    dock.form.update({name: parameters[name] for name in dock.form.fields if name in parameters})
    dock.hand.log.take_up(result.model.corrections)
    dock.runs.take_up(dock.request, Finished(result, result.provenance), outputs)
