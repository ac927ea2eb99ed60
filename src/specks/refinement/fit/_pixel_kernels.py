"""Collect the pixels of a cluster: all that lie in the mask of one of its features."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel
from specks.refinement.fit.arrays import Floats, Ints, Problem, Room, Shorts

__all__ = ["collect_pixels"]

#: So that pixels on the very edge of a mask belong to it whatever rounding does.
EDGE = 1e-9


@kernel
def box_of(centre: Floats, half: Floats, shape: Ints, low: Ints, high: Ints) -> None:
    """First pixel of an ellipsoid and the one after its last, along each axis; within the image."""
    for d in range(3):
        low[d] = max(0, math.ceil(centre[d] - half[d] - EDGE))
        high[d] = max(low[d], min(shape[d], math.floor(centre[d] + half[d] + EDGE) + 1))


@kernel
def chord(centre: Floats, half: Floats, z: int, y: int, low: int, high: int) -> tuple[int, int]:
    """Which pixels of a row lie in an ellipsoid."""
    left = 1.0 - ((z - centre[0]) / half[0]) ** 2 - ((y - centre[1]) / half[1]) ** 2 + EDGE
    if left < 0.0:
        return 0, 0
    width = half[2] * math.sqrt(left)
    return max(low, math.ceil(centre[2] - width)), min(high, math.floor(centre[2] + width) + 1)


@kernel
def collect_pixels(
    problem: Problem, room: Room, image: npt.NDArray[np.generic], values: Floats, c: int, number: Shorts
) -> Shorts:
    """Fill the room of cluster `c` with what lies around its features.

    Parameters
    ----------
    problem : Problem
    room : Room
    image : array (z, y, x)
        Pixels that are NaN are left out.
    values : array (features, parameters) of float64
        Where the features are.
    c : int
        Which cluster.
    number : array (n,) of int32
        Room to work in.

    Returns
    -------
    array of int32
        That room, larger where it had to be.
    """
    first, last = problem.first[c], problem.first[c + 1]
    low, high, shape = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    for d in range(3):
        shape[d] = image.shape[d]
    whole_low, whole_high = shape.copy(), np.zeros(3, np.int64)
    for i in range(first, last):
        for d in range(3):
            room.centre[i, d] = values[i, 2 + d]
        box_of(room.centre[i], problem.radius, shape, low, high)
        if high[0] > low[0] and high[1] > low[1] and high[2] > low[2]:
            for d in range(3):
                whole_low[d] = min(whole_low[d], low[d])
                whole_high[d] = max(whole_high[d], high[d])
    side, many = np.empty(3, np.int64), 1
    for d in range(3):
        side[d] = max(whole_high[d] - whole_low[d], 0)
        many *= side[d]
    if many > len(number):
        number = np.empty(many, np.int32)
    for k in range(many):
        number[k] = -1
    start, pixels = room.pixel_first[c], 0
    for i in range(first, last):
        box_of(room.centre[i], problem.radius, shape, low, high)
        for d in range(3):
            room.origin[i, d], room.length[i, d] = low[d], high[d] - low[d]
        base, seen = room.support_first[i], 0
        for z in range(low[0], high[0]):
            for y in range(low[1], high[1]):
                x_first, x_last = chord(room.centre[i], problem.radius, z, y, low[2], high[2])
                row = ((z - whole_low[0]) * side[1] + y - whole_low[1]) * side[2] - whole_low[2]
                for x in range(x_first, x_last):
                    which = number[row + x]
                    if which < 0:
                        value = float(image[z, y, x])
                        if value != value:
                            continue
                        which = pixels
                        number[row + x] = which
                        place = start + which
                        room.value[place] = value
                        room.at[0, place], room.at[1, place], room.at[2, place] = z, y, x
                        pixels += 1
                    place = base + seen
                    room.support[place] = which
                    room.step[0, place] = z - low[0]
                    room.step[1, place] = y - low[1]
                    room.step[2, place] = x - low[2]
                    seen += 1
        room.supports[i] = seen
    room.pixels[c] = pixels
    if last > first + 1:
        for i in range(first, last):
            if problem.reach[i, 2] > problem.radius[2] and room.supports[i] > 0:
                reach_out(problem, room, i, c, shape)
    return number


@kernel
def reach_out(problem: Problem, room: Room, i: int, c: int, shape: Ints) -> None:
    """Let a feature be seen as far as it shines, among the pixels of its cluster."""
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    centre, reach = room.centre[i], problem.reach[i]
    box_of(centre, reach, shape, low, high)
    for d in range(3):
        room.origin[i, d], room.length[i, d] = low[d], high[d] - low[d]
    base, seen, start = room.support_first[i], 0, room.pixel_first[c]
    for which in range(room.pixels[c]):
        distance = 0.0
        for d in range(3):
            distance += ((room.at[d, start + which] - centre[d]) / reach[d]) ** 2
        if distance <= 1.0:
            room.support[base + seen] = which
            for d in range(3):
                room.step[d, base + seen] = room.at[d, start + which] - low[d]
            seen += 1
    room.supports[i] = seen
