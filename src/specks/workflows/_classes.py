"""The class of each particle, where strokes of several classes were painted."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks._core.source import Region, Source
from specks.measure import measure_objects
from specks.mixture import Mixture
from specks.mixture.classes import judge_classes
from specks.mixture.slabs import plane_region
from specks.mixture.strokes import PARTICLE, painted
from specks.workflows._labels import meaning
from specks.workflows._surroundings import AboveSurroundings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_classes"]

Plane = npt.NDArray[np.uint8]

#: Labels are read in tiles of so many pixels along y and x, and only where there are strokes.
TILE = 256
#: Contrasts below this share of the median one are not told apart: their logarithm would be noise.
FAINT = 0.05


def with_classes(
    objects: pd.DataFrame, labels: Any, model: Mixture, source: Source
) -> Generator[Progress, None, tuple[pd.DataFrame, tuple[str, ...]]]:
    """The table with ``class`` and ``class_probability``; as it is unless two classes have strokes.

    Particles are compared by size, contrast and intensity. Contrast is what counts where they lie upon
    a background that shines through, intensity where they hide it and where others are near; how much
    each tells in this image, `judge_classes` learns.

    Parameters
    ----------
    objects : pandas.DataFrame
        One row a particle.
    labels : array of int, shape of the image
        May be lazy.
    model : Mixture
        With the strokes among its corrections.
    source : Source
        The image.

    Returns
    -------
    tuple of (pandas.DataFrame, tuple of str)
        The table, and warnings.
    """
    planes = {
        number: plane
        for number, plane in painted(model.corrections, model.shape).items()
        if plane.max() >= PARTICLE
    }
    classes = sorted({int(value) for plane in planes.values() for value in np.unique(plane)} - {0, 1})
    if len(classes) < 2:
        return objects, ()
    taught = _taught(objects, labels, planes, source)
    above = AboveSurroundings(model, source, labels)
    seen = yield from measure_objects.iterate(labels, above, columns=("intensity_mean",), **meaning(source))
    size, contrast = np.log(objects["equivalent_diameter"]), _logarithm(seen["intensity_mean"].to_numpy())
    features = np.column_stack([size, contrast, objects["intensity_mean"]])
    found, probability = judge_classes(features, taught)
    return objects.assign(**{"class": found, "class_probability": probability}), _warnings(classes, taught)


def _taught(
    objects: pd.DataFrame, labels: Any, planes: dict[int, Plane], source: Source
) -> npt.NDArray[np.int64]:
    """Class of each object that has strokes on it, that of most of their pixels; 0 of all others."""
    import pandas as pd

    per_frame = int(np.prod(source.shape[1:-2], dtype=np.int64)) if "t" in source.axes else 0
    parts = [np.zeros((0, 3), np.int64)]
    for number, plane in planes.items():
        frame = number // per_frame if per_frame else 0
        for box in _tiles(plane):
            there = np.asarray(labels[(*plane_region(source.shape, number)[:-2], *box)])
            label, kind = there.reshape(plane[box].shape).ravel(), plane[box].ravel()
            hit = (label > 0) & (kind >= PARTICLE)
            parts.append(np.column_stack([np.full(hit.sum(), frame), label[hit], kind[hit]]))
    pixels = pd.DataFrame(np.concatenate(parts), columns=["frame", "label", "class"])
    counts = pixels.value_counts().rename("pixels").reset_index()
    # Of classes with as many pixels the lowest, whatever was painted first.
    counts = counts.sort_values(["pixels", "class"], ascending=[False, True])
    most = counts.drop_duplicates(["frame", "label"]).set_index(["frame", "label"])["class"]
    rows = pd.MultiIndex.from_frame(objects[["frame", "label"]])
    taught: npt.NDArray[np.int64] = most.reindex(rows, fill_value=0).to_numpy(np.int64)
    return taught


def _tiles(plane: Plane) -> Iterator[Region]:
    """Boxes around the particle strokes of a plane, one a tile."""
    places = np.argwhere(plane >= PARTICLE)
    tiles = places // TILE
    for tile in np.unique(tiles, axis=0):
        inside = places[(tiles == tile).all(axis=1)]
        low, high = inside.min(axis=0), inside.max(axis=0) + 1
        yield tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))


def _logarithm(contrast: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Of contrasts; particles of one kind differ by a factor rather than by an amount."""
    values = contrast.astype(np.float64)
    positive = values[np.isfinite(values) & (values > 0)]
    if not positive.size:
        return np.zeros_like(values)
    logarithm: npt.NDArray[np.float64] = np.log(np.maximum(values, FAINT * np.median(positive)))
    return logarithm


def _warnings(classes: list[int], taught: npt.NDArray[np.int64]) -> tuple[str, ...]:
    """What strokes of classes could not do."""
    missed = [c for c in classes if c not in taught]
    said = [
        f"The strokes of class {c} mark no particle, so none is judged to be of that class." for c in missed
    ]
    if len(classes) - len(missed) < 2:
        said.append("Classes cannot be told apart: that takes strokes on particles of two classes or more.")
    return tuple(said)
