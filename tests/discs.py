"""Planes of blurred discs at known places."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi


def scattered(shape, count, apart, seed, rim):
    """Places at least `apart` from each other and `rim` from the border."""
    rng = np.random.default_rng(seed)
    places = []
    while len(places) < count:
        place = rng.uniform(rim, np.array(shape) - 1 - rim)
        if all(np.hypot(*(place - other)) >= apart for other in places):
            places.append(place)
    return np.array(places)


def drawn(shape, places, diameters, height=40.0, blur=1.0):
    """Discs of contrast `height`; pixels on the outline are partly covered."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    plane = np.zeros(shape)
    for (cy, cx), diameter in zip(places, np.broadcast_to(diameters, len(places)), strict=True):
        plane = np.maximum(plane, np.clip(diameter / 2 - np.hypot(y - cy, x - cx) + 0.5, 0, 1))
    return height * ndi.gaussian_filter(plane, blur)


def scene(shape=(200, 240), count=12, diameter=10.0, height=60.0, noise=6.0, seed=0, apart=2.2):
    """Discs on noise, and where they are."""
    places = scattered(shape, count, apart * diameter, seed, 0.8 * diameter)
    noisy = np.random.default_rng(seed + 1).normal(100, noise, shape)
    return (noisy + drawn(shape, places, diameter, height)).astype(np.float32), places


def kinds(shape, counts, seed=0, apart=1.3, rim=0.6):
    """Places and diameters of discs of several sizes: `counts` says how many of each diameter."""
    rng = np.random.default_rng(seed)
    places, diameters = np.zeros((0, 2)), np.zeros(0)
    for diameter in sorted(counts, reverse=True):
        while np.sum(diameters == diameter) < counts[diameter]:
            place = rng.uniform(rim * diameter, np.array(shape) - 1 - rim * diameter)
            if (np.hypot(*(place - places).T) >= apart * (diameters + diameter) / 2).all():
                places, diameters = np.vstack([places, place]), np.append(diameters, diameter)
    return places, diameters


def right(objects, places, diameters):
    """Precision and recall of each size; right is what lies within a third of a radius and is about as wide."""
    found, wide = objects[["y", "x"]].to_numpy(), objects["equivalent_diameter"].to_numpy()
    hit, seen = np.zeros(len(found), bool), np.zeros(len(places), bool)
    for i, (place, diameter) in enumerate(zip(places, diameters, strict=True)):
        away = np.hypot(*(found - place).T) / diameter
        near = np.flatnonzero((away < 0.17) & (np.abs(np.log(wide / diameter)) < 0.35) & ~hit)
        if near.size:
            hit[near[away[near].argmin()]], seen[i] = True, True
    sizes = np.unique(diameters)
    nearest = sizes[np.abs(np.log(wide[:, np.newaxis] / sizes)).argmin(axis=1)]
    return {
        size: (float(hit[nearest == size].mean()), float(seen[diameters == size].mean())) for size in sizes
    }


def matches(found, places, reach):
    """How many found places are nearest to a true one that lies within `reach` and is not taken yet."""
    away = np.hypot(*(np.asarray(found)[:, None] - np.asarray(places)[None]).transpose(2, 0, 1))
    count = 0
    while away.size and away.min() <= reach:
        i, j = np.unravel_index(away.argmin(), away.shape)
        away[i], away[:, j] = np.inf, np.inf
        count += 1
    return count
