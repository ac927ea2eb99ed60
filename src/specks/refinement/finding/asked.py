"""Arguments of the finder: what fits the images, and what is wrong with the rest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from specks._core.errors import InputError
from specks._core.source import Source, as_array
from specks.io import as_source
from specks.refinement.finding.settings import Settings

__all__ = ["movie_source", "settings_of"]

Given = float | Sequence[float]


def movie_source(image: Any, axes: str | None, channel: int | None, diameter: Given) -> Source:
    """Frames as a source; a bare array of three axes is a movie, unless the diameter has three numbers.

    An array in a file of NumPy is bare too: nothing says what its axes mean.

    Raises
    ------
    InputError
        When it is no image, or has colors or channels of which none is chosen.
    """
    path = isinstance(image, str | os.PathLike)
    declared = isinstance(image, Source) or (path and not os.fspath(image).endswith(".npy"))
    if declared or axes is not None:
        return as_source(image, axes=axes, channel=channel)
    array = image if path else as_array(image, "image")
    volume = not isinstance(diameter, int | float) and len(tuple(diameter)) == 3
    source = as_source(array, channel=channel)
    return source if volume or source.axes != "zyx" else as_source(array, axes="tyx", channel=channel)


def settings_of(
    source: Source,
    *,
    diameter: Given,
    separation: Given | None,
    noise_size: Given,
    smoothing_size: Given | None,
    **plain: Any,
) -> Settings:
    """Settings for the axes of the images.

    Raises
    ------
    InputError
        With everything that does not fit.
    """
    axes = source.geometry.spatial
    faults = _pixel_faults(source)
    given = {"diameter": diameter, "separation": separation, "noise_size": noise_size}
    given["smoothing_size"] = smoothing_size
    sizes: dict[str, tuple[float, ...]] = {}
    for name, value in given.items():
        if value is None:
            continue
        sizes[name] = (value,) * len(axes) if isinstance(value, int | float) else tuple(value)
        faults += _length_fault(name, value, sizes[name], source)
        if name in ("diameter", "smoothing_size"):
            faults += _odd_fault(name, value, sizes[name])
    if faults:
        raise InputError(faults)
    sizes.setdefault("separation", tuple(d + 1 for d in sizes["diameter"]))
    sizes.setdefault("smoothing_size", sizes["diameter"])
    faults = _relations(sizes, plain)
    if faults:
        raise InputError(faults)
    thin = (1,) * (3 - len(axes))
    width, smoothing = ((*thin, *map(int, sizes[n])) for n in ("diameter", "smoothing_size"))
    apart, noise = ((*thin, *map(float, sizes[n])) for n in ("separation", "noise_size"))
    return Settings(
        flat=len(axes) == 2,
        radius=_three(w // 2 for w in width),
        separation=_three(apart),
        noise_size=_three(noise),
        smoothing_size=_three(smoothing),
        **plain,
    )


def _three(values: Any) -> tuple[Any, Any, Any]:
    z, y, x = values
    return z, y, x


def _pixel_faults(source: Source) -> list[str]:
    """What is wrong with the type of the images."""
    kind = source.dtype.kind
    if kind == "b":
        return [
            "image is a mask (bool); locate needs brightness: number and measure the objects of a mask with "
            "label_particles and measure_objects"
        ]
    if kind == "c":
        return ["image holds complex numbers; give their brightness, such as abs(image)"]
    return [] if kind in "iuf" else [f"image holds {source.dtype}; it must hold real numbers"]


def _length_fault(name: str, value: Given, sizes: tuple[float, ...], source: Source) -> list[str]:
    axes = source.geometry.spatial
    if len(sizes) == len(axes):
        return []
    hint = ""
    if len(sizes) == 3 and source.axes == "tyx":
        hint = '; if the image is one volume, say axes="zyx"'
    if len(sizes) == 2 and source.axes == "zyx":
        hint = '; if the image is a movie, say axes="tyx"'
    words = {2: "two numbers", 3: "three numbers"}[len(axes)]
    return [f"{name} is {value}; it must be one number, or {words}, one for each of {', '.join(axes)}{hint}"]


def _odd_fault(name: str, value: Given, sizes: tuple[float, ...]) -> list[str]:
    if all(s % 2 == 1 for s in sizes):
        return []
    near = tuple(int(s) // 2 * 2 + 1 for s in sizes)
    right = near[0] if isinstance(value, int | float) else near
    return [f"{name} is {value}; it must be an odd whole number of pixels, such as {right}"]


def _relations(sizes: dict[str, tuple[float, ...]], plain: dict[str, Any]) -> list[str]:
    """Settings that contradict each other."""
    faults = []
    if plain["preprocess"] and not (np.array(sizes["noise_size"]) < np.array(sizes["smoothing_size"])).all():
        faults.append(
            f"noise_size is {_shown(sizes['noise_size'])} and smoothing_size is {_shown(sizes['smoothing_size'])}; "
            "noise_size must be smaller along each axis"
        )
    if plain["maxsize"] is not None and len(set(sizes["diameter"])) > 1:
        faults.append(
            f"maxsize is {plain['maxsize']:g}, but diameter is {_shown(sizes['diameter'])}; maxsize needs the same "
            "diameter along all axes"
        )
    if plain["maxsize"] is not None and not plain["characterize"]:
        faults.append(
            f"maxsize is {plain['maxsize']:g}, but characterize is False; sizes are measured with characterize=True"
        )
    return faults


def _shown(sizes: tuple[float, ...]) -> str:
    """One number where all are equal."""
    return f"{sizes[0]:g}" if len(set(sizes)) == 1 else f"({', '.join(f'{s:g}' for s in sizes)})"
