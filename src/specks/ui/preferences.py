"""What a person prefers, from napari's preferences under *Plugins*."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Preferences", "preferences"]


@dataclass(frozen=True)
class Preferences:
    """Choices that hold for every dock; the defaults are those of the manifest.

    Parameters
    ----------
    preview_on : bool
        Whether docks open with the preview switched on.
    posterior_visible : bool
        Whether the posterior is shown over the image when it is first made.
    particles_outlined : bool
        Whether particles are shown as outlines instead of filled.
    particles_opacity : float
        Opacity of particles that are filled, from 0 to 1.
    """

    preview_on: bool = True
    posterior_visible: bool = True
    particles_outlined: bool = True
    particles_opacity: float = 0.8


def preferences() -> Preferences:
    """The preferences as they are now; the defaults where napari does not know of specks."""
    try:
        from napari.settings import get_plugin_settings

        chosen = get_plugin_settings("specks")
        return Preferences(
            preview_on=chosen.docks.preview_on,
            posterior_visible=chosen.layers.posterior_visible,
            particles_outlined=chosen.layers.particles_outlined,
            particles_opacity=chosen.layers.particles_opacity,
        )
    except (ImportError, KeyError, AttributeError):
        return Preferences()
