"""Where groups of particles stand in a picture, and how they walk."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.synth._arrangements import group_centers, group_radius
from specks.synth._scene import check_shape
from specks.synth._touching_scene import TouchingScene

__all__ = ["GroupedParticles", "particles_of_groups", "places_of_groups", "walk"]

#: Room between the outermost centers of neighboring groups, in sizes. A group stands or walks up to
#: one size along each axis from the middle of its place, so that 6 sizes of it are always left.
APART = 8.0


@dataclass(frozen=True, eq=False)
class GroupedParticles:
    """Particles of all groups, around the middle of their group."""

    centers: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.float64]
    signals: npt.NDArray[np.float64]


def places_of_groups(
    shape: tuple[int, ...] | None,
    scene: TouchingScene,
    count: int | None,
    ndim: int,
    rng: np.random.Generator,
) -> tuple[tuple[int, ...], npt.NDArray[np.float64]]:
    """Shape of a frame, and where groups have their middle."""
    if count is not None and (isinstance(count, bool) or not isinstance(count, Integral) or count < 1):
        raise InputError(f"count is {count!r}; it must be a whole number of 1 or more")
    if ndim not in (2, 3):
        raise InputError(f"ndim is {ndim!r}; it must be 2 or 3")
    axes = ndim if shape is None else 3 if np.size(shape) == 3 else 2
    radius = max(group_radius(one, scene.length) for one in scene.arrangements) * scene.distance
    cell = np.array(scene.sizes(axes)) * (2 * radius + APART)
    if shape is None:
        if count is None:
            raise InputError("shape and count are both None; one of them must say how large the picture is")
        per_axis = np.full(axes, int(np.ceil(round(count ** (1 / axes), 9))))
        extent = tuple(int(n) for n in np.ceil(per_axis * cell))
    else:
        extent = check_shape(shape, "zyx"[-axes:])
        per_axis = np.floor(np.array(extent) / cell).astype(int)
    room = int(np.prod(per_axis))
    wanted = room if count is None else count
    if not 1 <= wanted <= room:
        raise InputError(f"count is {count!r} and shape {shape!r}; there is room for {room} groups")
    grid = np.stack(np.unravel_index(np.sort(rng.permutation(room)[:wanted]), per_axis), axis=1)
    return extent, (grid + 0.5) * (np.array(extent) / per_axis) - 0.5


def particles_of_groups(
    scene: TouchingScene, groups: tuple[int, ...], rng: np.random.Generator
) -> GroupedParticles:
    count, ndim = groups
    kinds = scene.arrangements
    shapes = [group_centers(kinds[g % len(kinds)], ndim, scene.length, rng) for g in range(count)]
    group = np.repeat(np.arange(count), [len(shape) for shape in shapes])
    sizes = np.array(scene.sizes(ndim))
    larger, brighter = rng.uniform(-1, 1, (2, len(group)))
    return GroupedParticles(
        np.concatenate(shapes) * scene.distance * sizes,
        group,
        (1 + scene.size_spread * larger)[:, None] * sizes,
        scene.signal * (1 + scene.signal_spread * brighter),
    )


def walk(
    frames: int, groups: tuple[int, ...], step: float, reach: npt.NDArray[Any], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Where each group is in each frame, at most `reach` from its place: a random walk between mirrors."""
    if not (np.isfinite(step) and step >= 0):
        raise InputError(f"step is {step!r}; it must be a number of 0 or more (pixels)")
    steps = step * rng.standard_normal((frames, *groups))
    steps[0] = rng.uniform(-reach, reach, groups)
    free = np.cumsum(steps, axis=0)
    mirrored: npt.NDArray[np.float64] = np.abs((free + reach) % (4 * reach) - 2 * reach) - reach
    return -mirrored
