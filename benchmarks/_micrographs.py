"""Real micrographs with boxes that were drawn by hand, and how particles found in them are scored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import specks.data
from benchmarks._timing import Skip
from specks.io import as_source

__all__ = ["FOLDER", "GROW", "Micrograph", "matches", "micrographs"]

#: Names a folder of NAME.jpg and NAME.txt: class, center x, center y, width, height, as fractions.
FOLDER = "SPECKS_STEM_DATA"
#: Micrographs whose particles are dark; in all others they are bright.
DARK = ("PtC1", "PtCo1", "Pt_carbon1")
#: Images are binned so that the median particle is about this many pixels wide.
WIDTH = 14
#: By which part of its size a box is widened before a particle counts as in it.
GROW = 0.2


@dataclass(frozen=True, eq=False)
class Micrograph:
    """An image and its particles.

    Attributes
    ----------
    name : str
    image : (y, x) array
    boxes : (n, 4) array of float
        y and x of the center, height and width in pixels; centers of pixels at whole numbers.
    """

    name: str
    image: np.ndarray
    boxes: np.ndarray

    @property
    def polarity(self) -> str:
        """Whether its particles are bright or dark."""
        return "dark" if self.name in DARK else "bright"

    @property
    def diameter(self) -> float:
        """Median width of the boxes."""
        return float(np.median(self.boxes[:, 2:].mean(axis=1)))

    @property
    def bright(self) -> np.ndarray:
        """The image with its particles bright, from 0 to 255."""
        return 255 - self.image if self.polarity == "dark" else self.image

    def binned(self) -> Micrograph:
        """Mean of k by k pixels, k being such that the median particle is about `WIDTH` pixels wide."""
        k = max(1, int(self.diameter / WIDTH))
        height, width = (n // k for n in self.image.shape)
        cells = self.image[: height * k, : width * k].reshape(height, k, width, k)
        centers, sizes = (self.boxes[:, :2] + 0.5) / k - 0.5, self.boxes[:, 2:] / k
        return Micrograph(self.name, cells.mean(axis=(1, 3), dtype=np.float32), np.hstack([centers, sizes]))


def micrographs() -> list[Micrograph]:
    """All that there are: those of the folder that the environment names, else those that come with specks."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return [
            Micrograph(name, _gray(specks.data.micrograph(name)), specks.data.boxes(name))
            for name in specks.data.NAMES
        ]
    found = list(_of_folder(Path(folder)))
    if not found:
        raise Skip(f"{FOLDER} names {folder}, which holds no NAME.jpg with a NAME.txt beside it")
    return found


def _of_folder(folder: Path) -> Iterator[Micrograph]:
    for path in sorted(folder.glob("*.jpg")):
        if path.with_suffix(".txt").exists():
            image = _gray(path)
            x, y, width, height = np.loadtxt(path.with_suffix(".txt"), ndmin=2)[:, 1:5].T
            rows, columns = image.shape
            boxes = np.column_stack([y * rows - 0.5, x * columns - 0.5, height * rows, width * columns])
            yield Micrograph(path.stem, image, boxes)


def _gray(path: Path) -> np.ndarray:
    source = as_source(path)
    return np.asarray(source.read(tuple(slice(0, n) for n in source.shape)))


def matches(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which point takes each box, or -1: as `specks.synth.truth.box_scores` counts them, nearest first."""
    offset = points[:, None, :] - boxes[None, :, :2]
    point, box = np.nonzero((np.abs(offset) <= (1 + GROW) / 2 * boxes[:, 2:]).all(axis=2))
    taken, used = np.full(len(boxes), -1), np.zeros(len(points), bool)
    nearest_first = np.argsort(np.hypot(*offset[point, box].T), kind="stable")
    for i, j in zip(point[nearest_first], box[nearest_first], strict=True):
        if taken[j] < 0 and not used[i]:
            taken[j], used[i] = i, True
    return taken
