"""Whether numbers of a series say how bright it is, or name objects."""

from __future__ import annotations

import numpy as np

from specks._core.source import Source

__all__ = ["holds_objects"]

#: Frames that are looked at, and the width of the part of them.
LOOKS, WIDTH = 8, 512
#: Share of neighbors within objects that are of the same one.
ALIKE = 0.9


def holds_objects(source: Source) -> bool:
    """Whether a series is of masks or labels, between whose numbers there is nothing.

    Truth values are; of whole numbers, a few frames are looked at until one shows something. Masks have one number
    besides 0, and neighbors in a label image are nearly always of the same object, in a picture hardly ever.

    Parameters
    ----------
    source : Source
        With a time axis first.
    """
    if source.dtype.kind not in "iu":
        return source.dtype.kind == "b"
    frames = np.unique(np.linspace(0, source.shape[0] - 1, LOOKS).round().astype(int))
    planes = tuple(slice(n // 2, n // 2 + 1) for n in source.shape[1:-2])
    for t in frames.tolist():
        plane = source.read((slice(t, t + 1), *planes, *map(_middle, source.shape[-2:])))
        if plane.any():
            left, right = plane[..., :-1], plane[..., 1:]
            inside = (left != 0) & (right != 0)
            mask = len(np.unique(plane)) <= 2
            return bool(
                (plane == 0).any() and (mask or (inside.any() and (left == right)[inside].mean() > ALIKE))
            )
    return True  # where nothing is, nothing lies between


def _middle(length: int) -> slice:
    start = max(0, (length - WIDTH) // 2)
    return slice(start, min(length, start + WIDTH))
