"""How a posterior and particles look when they are first shown, by whichever way."""

from __future__ import annotations

from typing import Any

from napari.layers import Labels
from napari.utils import Colormap

from specks.ui.preferences import preferences

__all__ = ["OUTLINE", "outline", "particles_look", "posterior_look"]

#: Nothing where no particle is, so that the image below stays as it is.
GLOW = Colormap(
    [[1.0, 0.55, 0.1, 0.0], [1.0, 0.55, 0.1, 0.6]], name="specks posterior", display_name="posterior"
)
#: Width of outlines in pixels of the image.
OUTLINE = 1
#: Planes up to this many pixels are outlined; on larger ones napari would take longer than a blink.
OUTLINED = 1536 * 1536


def posterior_look() -> dict[str, Any]:
    """Arguments for an image layer with probabilities from 0 to 1."""
    return {"colormap": GLOW, "contrast_limits": (0, 1), "visible": preferences().posterior_visible}


def outline(layer: Labels, width: int) -> None:
    """Show labels as outlines of a width, where that does not make the window wait."""
    if width and layer.extent.data[1, -2:].prod() <= OUTLINED:
        layer.contour = width


def particles_look() -> dict[str, Any]:
    """Arguments for a labels layer; ``contour`` is an attribute of the layer and no argument."""
    chosen = preferences()
    return {"opacity": chosen.particles_opacity, "contour": OUTLINE if chosen.particles_outlined else 0}
