"""Collect the pixels of a cluster: all that lie in the mask of one of its features."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from specks._core.kernel import inlined, kernel
from specks.refinement.fit.arrays import (
    BEGIN,
    LENGTH,
    MANY,
    POSITION,
    RUNS,
    SEEN,
    START,
    Floats,
    Ints,
    Problem,
    Room,
    Shorts,
)

__all__ = ["apart", "box_of", "chord", "collect_pixels"]

#: So that pixels on the very edge of a mask belong to it whatever rounding does.
EDGE = 1e-9
#: What is not a pixel of the cluster, and what is to become one.
OUTSIDE, WANTED = -1, 0


@kernel
def box_of(centre: Floats, half: Floats, shape: tuple[int, ...], low: Ints, high: Ints) -> None:
    """First pixel of an ellipsoid and the one after its last, along each axis; within the image."""
    for d in range(3):
        low[d] = max(0, math.ceil(centre[d] - half[d] - EDGE))
        high[d] = max(low[d], min(shape[d], math.floor(centre[d] + half[d] + EDGE) + 1))


@kernel
def note_box(low: Ints, high: Ints, begin: int, runs: int, seen: int, box: Ints) -> None:
    """Note in which box, from which place on in how many runs, and in how many pixels a feature is seen."""
    for d in range(3):
        box[START + d], box[LENGTH + d] = low[d], high[d] - low[d]
    box[BEGIN], box[RUNS], box[SEEN] = begin, runs, seen


@kernel
def apart(box: Ints, i: int, j: int) -> bool:
    """Whether the boxes of two features have no pixel in common."""
    for d in range(3):
        one, two = box[i, START + d], box[j, START + d]
        if one >= two + box[j, LENGTH + d] or two >= one + box[i, LENGTH + d]:
            return True
    return False


@kernel
def chord(centre: Floats, half: Floats, z: int, y: int, low: int, high: int) -> tuple[int, int]:
    """Which pixels of a row lie in an ellipsoid."""
    left = 1.0 - ((z - centre[0]) / half[0]) ** 2 - ((y - centre[1]) / half[1]) ** 2 + EDGE
    if left < 0.0:
        return 0, 0
    width = half[2] * math.sqrt(left)
    return max(low, math.ceil(centre[2] - width)), min(high, math.floor(centre[2] + width) + 1)


@inlined
def number_pixels(
    image: npt.NDArray[np.generic], low: Ints, high: Ints, number: Shorts, value: Floats
) -> int:
    """Number the wanted pixels of a box in the order of the image, and copy them; how many there are."""
    pixels, k = 0, 0
    for z in range(low[0], high[0]):
        for y in range(low[1], high[1]):
            for x in range(low[2], high[2]):
                if number[k] == WANTED:
                    level = float(image[z, y, x])
                    if level == level:
                        number[k] = pixels
                        value[pixels] = level
                        pixels += 1
                    else:
                        number[k] = OUTSIDE
                k += 1
    return pixels


@kernel
def find_runs(
    centre: Floats, half: Floats, low: Ints, high: Ints, number: Shorts, first: Ints, side: Ints, run: Shorts
) -> tuple[int, int]:
    """Fill `run` with the pixels that lie in an ellipsoid; how many runs and pixels there are.

    Parameters
    ----------
    centre, half : array (3,) of float64
        Of the ellipsoid.
    low, high : array (3,) of int64
        Where it lies, within the box of the cluster.
    number : array of int32
        Numbers of the pixels in that box.
    first, side : array (3,) of int64
        First pixel and sides of it.
    run : array (n, 5) of int32
    """
    runs, seen = 0, 0
    for z in range(low[0], high[0]):
        for y in range(low[1], high[1]):
            begin, end = chord(centre, half, z, y, low[2], high[2])
            row = ((z - first[0]) * side[1] + y - first[1]) * side[2] - first[2]
            many = 0
            for x in range(begin, end):
                if number[row + x] == OUTSIDE:
                    many = 0
                    continue
                if many == 0:
                    run[runs, 0], run[runs, 1], run[runs, 2], run[runs, 3] = z, y, x, number[row + x]
                    runs += 1
                many += 1
                run[runs - 1, MANY] = many
                seen += 1
    return runs, seen


@inlined
def copy_runs(
    image: npt.NDArray[np.generic],
    centre: Floats,
    half: Floats,
    low: Ints,
    high: Ints,
    value: Floats,
    run: Shorts,
) -> tuple[int, int]:
    """Copy the pixels of an ellipsoid, and note in which runs they lie; how many runs and pixels there are."""
    runs, seen = 0, 0
    for z in range(low[0], high[0]):
        for y in range(low[1], high[1]):
            begin, end = chord(centre, half, z, y, low[2], high[2])
            first, holes = begin, 0
            row, target = image[z, y, begin : max(end, begin)], value[seen : seen + max(end - begin, 0)]
            for x in range(len(target)):
                level = float(row[x])
                target[x] = level
                holes += 1 if level != level else 0
            while first < end:
                last = end
                if holes > 0:
                    while first < end and np.isnan(image[z, y, first]):
                        first += 1
                    last = first
                    while last < end and not np.isnan(image[z, y, last]):
                        value[seen + last - first] = float(image[z, y, last])
                        last += 1
                if last > first:
                    run[runs, 0], run[runs, 1], run[runs, 2], run[runs, 3] = z, y, first, seen
                    run[runs, MANY] = last - first
                    seen += last - first
                    runs += 1
                first = last
    return runs, seen


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
    shape, side = image.shape, np.zeros(3, np.int64)
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    if last == first + 1:
        begin, centre = room.support_first[first], values[first, POSITION : POSITION + 3]
        box_of(centre, problem.radius, shape, low, high)
        runs, room.pixels[c] = copy_runs(
            image, centre, problem.radius, low, high, room.value[room.pixel_first[c] :], room.run[begin:]
        )
        for d in range(3):
            room.centre[first, d] = centre[d]
        note_box(low, high, begin, runs, room.pixels[c], room.box[first])
        return number
    whole_low, whole_high = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for d in range(3):
        whole_low[d] = shape[d]
    for i in range(first, last):
        for d in range(3):
            room.centre[i, d] = values[i, POSITION + d]
        box_of(room.centre[i], problem.radius, shape, low, high)
        if high[0] > low[0] and high[1] > low[1] and high[2] > low[2]:
            for d in range(3):
                whole_low[d] = min(whole_low[d], low[d])
                whole_high[d] = max(whole_high[d], high[d])
    many = 1
    for d in range(3):
        side[d] = max(whole_high[d] - whole_low[d], 0)
        many *= side[d]
    if many > len(number):
        number = np.empty(many, np.int32)
    number[:many] = OUTSIDE
    for i in range(first, last):
        box_of(room.centre[i], problem.radius, shape, low, high)
        for z in range(low[0], high[0]):
            for y in range(low[1], high[1]):
                begin, end = chord(room.centre[i], problem.radius, z, y, low[2], high[2])
                row = ((z - whole_low[0]) * side[1] + y - whole_low[1]) * side[2] - whole_low[2]
                for x in range(begin, end):
                    number[row + x] = WANTED
    room.pixels[c] = number_pixels(image, whole_low, whole_high, number, room.value[room.pixel_first[c] :])
    for i in range(first, last):
        half, run = problem.radius, room.run[room.support_first[i] : room.support_first[i + 1]]
        box_of(room.centre[i], half, shape, low, high)
        runs, seen = find_runs(room.centre[i], half, low, high, number, whole_low, side, run)
        # A feature shines beyond its mask among the pixels of its cluster, but not where it is not seen itself.
        if problem.reach[i, 2] > half[2] and seen > 0:
            half = problem.reach[i]
            box_of(room.centre[i], half, shape, low, high)
            for d in range(3):
                low[d] = min(max(low[d], whole_low[d]), whole_high[d])
                high[d] = min(max(high[d], low[d]), whole_high[d])
            runs, seen = find_runs(room.centre[i], half, low, high, number, whole_low, side, run)
        note_box(low, high, room.support_first[i], runs, seen, room.box[i])
    return number
