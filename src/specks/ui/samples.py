"""File > Open Sample: pictures to try things on, without a network."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "bulk_water",
    "dark_particles",
    "drifting_micrograph",
    "growing_voids",
    "large_particles",
    "small_particles",
    "touching_particles",
    "volume",
]

LayerData = tuple[Any, dict[str, Any], str]

#: Size of a voxel of the synthetic volume along z, y and x, in nanometers.
VOXEL = (50.0, 10.0, 10.0)
_SERIES = {"units": ("pixel",) * 3, "axis_labels": ("t", "y", "x")}


def small_particles() -> list[LayerData]:
    """A micrograph with small bright particles on an uneven support."""
    return [_micrograph("Pt2")]


def large_particles() -> list[LayerData]:
    """A micrograph with large bright particles."""
    return [_micrograph("PtCo")]


def dark_particles() -> list[LayerData]:
    """A micrograph with dark particles."""
    return [_micrograph("PtCo1")]


def volume() -> list[LayerData]:
    """A volume of spheres whose slices are five times as far apart as its pixels."""
    from specks.synth import ParticleScene, particle_volume

    made = particle_volume((24, 320, 320), ParticleScene(prevalence=0.03), seed=7)
    return [
        (
            made.image,
            {
                "name": "particles (synthetic)",
                "rgb": False,
                "contrast_limits": _limits(made.image),
                "scale": VOXEL,
                "units": ("nm",) * 3,
                "axis_labels": ("z", "y", "x"),
            },
            "image",
        )
    ]


def drifting_micrograph() -> list[LayerData]:
    """A micrograph as if the stage had crept while a movie was taken."""
    from specks.synth import drifting_series

    pixels = drifting_series("real_tem", frames=40).images
    options = {"name": "drifting micrograph", "contrast_limits": _limits(pixels), "rgb": False, **_SERIES}
    return [(pixels, options, "image")]


def growing_voids() -> list[LayerData]:
    """A tilt series in which voids grow and appear while the field drifts, and the voids that are there."""
    from specks.synth import growing_voids as made_of

    made = made_of()
    options = {"name": "growing voids", "contrast_limits": _limits(made.images), "rgb": False, **_SERIES}
    truth = {"name": "growing voids (truth)", "visible": False, **_SERIES}
    return [(made.images, options, "image"), (made.labels, truth, "labels")]


def touching_particles() -> list[LayerData]:
    """A movie of pairs and chains of particles that touch, and where they are."""
    from specks.synth import TouchingScene
    from specks.synth import touching_particles as made_of

    scene = TouchingScene(
        arrangement=("dimer", "chain"), signal=400, background=60, signal_spread=0.2, snr=100, dtype="uint16"
    )
    made = made_of((384, 384), scene, frames=10, seed=3)
    options = {"name": "touching particles", "contrast_limits": _limits(made.images), "rgb": False, **_SERIES}
    truth = {
        "name": "touching particles (truth)",
        "features": made.table.drop(columns=["frame", "y", "x"]),
        "size": scene.sizes(2)[0],
        "face_color": "transparent",
        "border_color": "#ffb454",
        "visible": False,
        **_SERIES,
    }
    return [(made.images, options, "image"), (made.table[["frame", "y", "x"]].to_numpy(), truth, "points")]


def bulk_water() -> list[LayerData]:
    """A movie of latex spheres that diffuse in water."""
    from specks import data
    from specks.ui.reader import read_image

    pixels, options, kind = read_image(data.bulk_water())
    return [(pixels, options | {"name": "spheres in water"}, kind)]


def _micrograph(name: str) -> LayerData:
    from specks._core.source import whole
    from specks.data import micrograph
    from specks.io import open_image

    source = open_image(micrograph(name))
    pixels = source.read(whole(source))
    options = {
        "name": name,
        "rgb": False,
        "contrast_limits": _limits(pixels),
        "axis_labels": tuple(source.axes),
    }
    return (pixels, options, "image")


def _limits(pixels: Any) -> tuple[float, float]:
    """From the darkest to the brightest pixel."""
    return float(np.min(pixels)), float(np.max(pixels))
