"""Tables of objects that merge and split, with the truth of which became what."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks._core.errors import InputError
from specks.synth._drift_scenarios import check_frames
from specks.synth._mistakes import Mistakes, found_objects, inside_frame
from specks.synth._moving_objects import MovingObjects
from specks.synth._scene import check_seed, check_shape
from specks.synth._streams import Purpose, Streams

__all__ = ["CoalescingObjects", "coalescing_objects"]

Floats = npt.NDArray[np.float64]
RADII = (4.0, 8.0)  # px
APART = 1.5  # steps by which parts come nearer, or move away, in a frame, in pixels
WAY = 6  # frames in which they do; before and after they keep their places
SHARE = 0.03  # error of a radius, as a part of it


@dataclass(frozen=True, eq=False)
class CoalescingObjects:
    """Objects as they are found in the frames of a series, and what became of them.

    Attributes
    ----------
    table : pandas.DataFrame
        One row for each object in each frame: ``frame``, ``label``, (``z``,) ``y``, ``x`` and ``radius`` in
        pixels, as they are found, and ``true_particle``, which is -1 for what is no object.
    parents : pandas.DataFrame
        One row for each part of each event: ``particle`` is what begins, ``parent`` what ends, ``event``
        is "merge" or "split", ``frame`` the first of what begins.
    """

    table: pd.DataFrame
    parents: pd.DataFrame


def coalescing_objects(
    seed: int = 0,
    frames: int = 24,
    shape: tuple[int, ...] = (512, 512),
    *,
    count: int = 60,
    merges: int = 6,
    splits: int = 6,
    wander: float = 0.2,
    missing: float = 0.0,
    false: float = 0.0,
    error: float = 0.2,
) -> CoalescingObjects:
    """Objects of which some come together and become one, and some break up.

    Two parts approach each other until they touch; the whole lies in the middle of their mass and has
    their area, or volume, together. An object that breaks up does the reverse.

    Parameters
    ----------
    seed : int, optional
        The same seed gives the same objects.
    frames : int, optional
    shape : tuple of int, optional
        Of a frame, (y, x) or (z, y, x), in pixels.
    count : int, optional
        Objects that neither merge nor split.
    merges, splits : int, optional
        How many events there are of each kind.
    wander : float, optional
        Standard deviation along each axis of each object's step from frame to frame, in pixels.
    missing, false : float, optional
        Share of the objects that are not found in a frame, and of what is found that is no object.
    error : float, optional
        Standard deviation of the error of positions along each axis in pixels.

    Returns
    -------
    CoalescingObjects

    Raises
    ------
    InputError
        When an argument cannot be used, or there is no room for so many objects.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.coalescing_objects(seed=1, merges=2, splits=1)
    >>> made.parents["event"].value_counts().to_dict()
    {'merge': 4, 'split': 2}
    """
    size, count_of_frames = check_shape(shape, "zyx"[-len(shape) :]), check_frames(frames)
    _check(count, merges, splits, count_of_frames, missing, false)
    streams = Streams(check_seed(seed), "coalescing_objects")
    sites = _sites(count + merges + splits, size, streams.rng(Purpose.PLACES))
    made = _Made(count_of_frames, len(size), wander, streams.rng(Purpose.OBJECTS))
    for site in sites[:count]:
        made.alone(site)
    parents, when = [], streams.rng(Purpose.PATH)
    for number, site in enumerate(sites[count:]):
        merge = number < merges
        frame = int(when.integers(WAY, count_of_frames - WAY + 1))
        one, several = made.event(site, frame, merge)
        pairs = [(one, p) if merge else (p, one) for p in several]
        parents += [(*pair, "merge" if merge else "split", frame) for pair in pairs]
    mistakes = Mistakes(missing=missing, false=false, position=error, radius=SHARE)
    objects, still = made.objects(), np.zeros((count_of_frames, len(size)))
    found = found_objects(objects, still, size, mistakes, 0.0, streams.rng(Purpose.MISTAKES))
    table = inside_frame(found, size).drop(columns="contrast")
    # Numbered as they were drawn: an object that is never found keeps its number among the parents.
    table["true_particle"] = found["true_particle"].to_numpy()
    table.insert(1, "label", table.groupby("frame").cumcount() + 1)
    return CoalescingObjects(table, pd.DataFrame(parents, columns=["particle", "parent", "event", "frame"]))


def _check(count: Any, merges: Any, splits: Any, frames: int, missing: Any, false: Any) -> None:
    faults = [
        f"{name} is {value!r}; it must be a whole number of 0 or more"
        for name, value in (("count", count), ("merges", merges), ("splits", splits))
        if isinstance(value, bool) or not isinstance(value, int) or value < 0
    ]
    faults += [
        f"{name} is {value!r}; it must be a number from 0 to {most:g}"
        for name, value, most in (("missing", missing, 1.0), ("false", false, 0.9))
        if not (isinstance(value, Real) and 0 <= float(value) <= most)
    ]
    if not faults and merges + splits and frames < 2 * WAY:
        faults.append(f"frames is {frames}; events need {2 * WAY} or more")
    if faults:
        raise InputError(faults)


def _sites(count: int, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Places on a jittered grid that is wide enough for the parts of an event, far from the border."""
    pitch = 4 * RADII[1] + 2 * APART * WAY
    axes = [np.arange(pitch / 2, n - pitch / 2 + 1e-9, pitch) for n in shape]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))
    if len(grid) < count:
        raise InputError(
            f"{count} objects and events need more room: a frame of {shape} has place for {len(grid)}"
        )
    chosen: Floats = grid[rng.permutation(len(grid))[:count]]
    return chosen + rng.uniform(-2, 2, chosen.shape)


class _Made:
    """Objects that were made so far."""

    def __init__(self, frames: int, ndim: int, wander: float, rng: np.random.Generator) -> None:
        self.time, self.ndim, self.wander, self.rng = np.arange(frames), ndim, wander, rng
        self.positions: list[Floats] = []
        self.radii: list[float] = []
        self.alive: list[npt.NDArray[np.bool_]] = []

    def add(self, path: Floats, radius: float, alive: npt.NDArray[np.bool_]) -> int:
        """An object on a path, (frames, ndim); its number."""
        self.positions.append(path)
        self.radii.append(radius)
        self.alive.append(alive)
        return len(self.radii) - 1

    def alone(self, site: Floats) -> None:
        """An object that stays what it is."""
        self.add(site + self._walk(), self.rng.uniform(*RADII), self.time >= 0)

    def event(self, site: Floats, frame: int, merge: bool) -> tuple[int, list[int]]:
        """A whole and its two parts, on either side of `frame`, which is the first of what begins; their numbers."""
        radii = self.rng.uniform(*RADII, 2)
        mass = radii**self.ndim
        away = self.rng.standard_normal(self.ndim)
        away /= np.linalg.norm(away)
        # In the last frame before a merge, and in the first after a split, parts touch.
        since = self.time - frame
        far = radii.sum() + APART * np.clip(-1 - since if merge else since, 0, WAY)
        path, before = site + self._walk(), since < 0
        shares = (mass[1] / mass.sum(), -mass[0] / mass.sum())
        parts = [
            self.add(path + share * far[:, None] * away, float(radius), before == merge)
            for share, radius in zip(shares, radii, strict=True)
        ]
        return self.add(path, float(mass.sum() ** (1 / self.ndim)), before != merge), parts

    def objects(self) -> MovingObjects:
        """All of them."""
        n, frames = len(self.radii), len(self.time)
        return MovingObjects(
            np.stack(self.positions, axis=1) if n else np.empty((frames, 0, self.ndim)),
            np.tile(np.array(self.radii), (frames, 1)),
            np.stack(self.alive, axis=1) if n else np.empty((frames, 0), bool),
            np.ones(n),
        )

    def _walk(self) -> Floats:
        steps = self.wander * self.rng.standard_normal((len(self.time), self.ndim))
        steps[0] = 0.0
        walk: Floats = np.cumsum(steps, axis=0)
        return walk
