"""How a posterior and particles look when they are first shown, by whichever way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from napari.utils import Colormap, CyclicLabelColormap

from specks.ui.preferences import preferences

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STROKES", "give_table", "outline", "particle_colors", "particles_look", "posterior_look"]

#: Nothing where no particle is, so that the image below stays as it is.
GLOW = Colormap(
    [[1.0, 0.55, 0.1, 0.0], [1.0, 0.55, 0.1, 0.6]], name="specks posterior", display_name="posterior"
)
#: Seen on bright and on dark gray, and unlike the glow and the strokes.
PARTICLES = ("transparent", "#00e5ff", "#ff4dd8", "#ffe600", "#6bff3d")
#: Strokes by label, from 2 on those of classes of particles.
STROKES = (
    *("transparent", "#4aa3ff", "#ffb454", "#ff4dd8", "#58d68d", "#c77dff", "#f7ea48", "#e4572e"),
    *("#2ec4b6", "#b08968"),
)
#: Napari takes so many colors at most.
MOST_COLORS = 2**16
#: Width of outlines in pixels of the image, and from which side on twice that: such an image is shown reduced.
OUTLINE, WIDE = 1, 1000
#: Planes up to this many pixels are outlined; on larger ones napari would take longer than a blink.
OUTLINED = 1536 * 1536


def posterior_look() -> dict[str, Any]:
    """Arguments for an image layer with probabilities from 0 to 1."""
    return {"colormap": GLOW, "contrast_limits": (0, 1), "visible": preferences().posterior_visible}


def outline(layer: Labels, width: int) -> None:
    """Show labels as opaque outlines of a width, where that does not make the window wait."""
    sides = layer.extent.data[1, -2:]
    if width and sides.prod() <= OUTLINED:
        layer.contour = width if sides.max() < WIDE else 2 * width
        layer.opacity = 1.0


def particle_colors(table: pd.DataFrame) -> CyclicLabelColormap:
    """Colors of particles: a few in turn, or those of strokes of their classes.

    A cycle even where each label has its color: for a table of labels napari compiles something at each start.

    Parameters
    ----------
    table : pandas.DataFrame
        Features of the labels. Classes count when it tells several apart in a column ``class``, and no
        label is above 65535.
    """
    if "class" not in table or "index" not in table or table["class"].dtype.kind not in "iu":
        return CyclicLabelColormap(PARTICLES)
    classes, labels = table["class"].to_numpy(), table["index"].to_numpy()
    if np.unique(classes[classes > 0]).size < 2 or labels.max() >= MOST_COLORS:
        return CyclicLabelColormap(PARTICLES)
    colors = np.zeros((labels.max() + 1, 4), np.float32)
    colors[labels] = CyclicLabelColormap(STROKES).map(classes)
    return CyclicLabelColormap(colors)


def give_table(layer: Labels, table: pd.DataFrame) -> None:
    """Make a table the features of labels, and color them by it unless a person has chosen other colors."""
    before, now = particle_colors(layer.features), particle_colors(table)
    shown = layer.colormap
    untouched = isinstance(shown, CyclicLabelColormap) and np.array_equal(shown.colors, before.colors)
    layer.features = table
    if untouched and not np.array_equal(now.colors, before.colors):
        now.selection, now.use_selection = layer.selected_label, layer.show_selected_label
        layer.colormap = now


def particles_look() -> dict[str, Any]:
    """Arguments for a labels layer; ``contour`` is an attribute of the layer and no argument."""
    chosen = preferences()
    return {
        "colormap": CyclicLabelColormap(PARTICLES),
        "opacity": chosen.particles_opacity,
        "contour": OUTLINE if chosen.particles_outlined else 0,
    }
