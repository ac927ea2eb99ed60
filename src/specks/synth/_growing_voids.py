"""A tilt series of voids that grow, as a transmission electron microscope shows them, with exact truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import erfc

from specks._core.errors import InputError
from specks.synth._band_limited import Texture, TextureSpec
from specks.synth._camera import BadFrame, bad_frames
from specks.synth._drift_scenarios import Scenario, check_frames
from specks.synth._mistakes import inside_frame
from specks.synth._motion import Motion, path
from specks.synth._moving_objects import Population
from specks.synth._paint import balls, number_hard
from specks.synth._sample import seen_objects
from specks.synth._scene import check_seed, check_shape
from specks.synth._streams import Purpose, Streams

__all__ = ["GrowingVoids", "growing_voids"]

GRAY, GRAYEST = 105.0, 18.0  # level, and half of what it changes from one side to the other
GRAIN = TextureSpec(components=((4.0, 1.2), (4.0, 6.0), (9.0, 60.0)))
FRINGE, FRINGE_WIDTH = 0.55, 1.3  # of the dark ring: depth as a part of the contrast, width in pixels
NOISE = 7.0  # at the mean gray level; it grows with the root of the light
VOIDS = Population(
    count=40, radius=7, spread=0.35, contrast=45, growth=0.9, late=0.45, wander=0.15, parallax=5
)
MOTION = Motion(travel=45, wander=2.5, jitter=0.3, jump=20, jumps=1)


@dataclass(frozen=True, eq=False)
class GrowingVoids:
    """A series of growing voids and the truth about it.

    Attributes
    ----------
    images : (t, y, x) array of uint8
    labels : (t, y, x) array of int32
        Voids of each frame, numbered from 1 anew; nothing where a frame was lost.
    objects : pandas.DataFrame
        One row for each void whose center lies in a frame: ``frame``, ``label``, ``y``, ``x`` and
        ``radius`` in pixels, and ``true_particle``, the void's identity. `labels` shows also voids
        whose center lies outside.
    drift : (frames, 2) array of float
        How far the sample has moved since frame 0, (y, x) in pixels.
    good : (frames,) array of bool
        False for frames that were lost.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    objects: pd.DataFrame
    drift: npt.NDArray[np.float64]
    good: npt.NDArray[np.bool_]


def growing_voids(
    shape: tuple[int, int] = (512, 512), frames: int = 24, *, lost: int = 1, seed: int = 0
) -> GrowingVoids:
    """A tilt series of voids that grow and appear while the field drifts and the stage jumps once.

    Voids are bright with a dark fringe, on a foil that is thicker on one side. They keep their
    places but for a small motion of their own and the parallax of their height.

    Parameters
    ----------
    shape : tuple of int, optional
        (y, x).
    frames : int, optional
    lost : int, optional
        How many frames show nothing but noise; never the first, and at most half of the series.
    seed : int, optional
        The same seed gives the same series.

    Returns
    -------
    GrowingVoids

    Raises
    ------
    InputError
        When an argument cannot be used.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.growing_voids((128, 160), frames=6, lost=0, seed=2)
    >>> made.images.shape, made.images.dtype, int(made.good.sum())
    ((6, 128, 160), dtype('uint8'), 6)
    >>> first, last = (float((made.labels[t] > 0).mean()) for t in (0, 5))
    >>> first < last
    True
    """
    size = check_shape(shape, "yx")
    count = check_frames(frames)
    streams = Streams(check_seed(seed), "growing_voids")
    if isinstance(lost, bool) or not isinstance(lost, int) or lost < 0:
        raise InputError(f"lost is {lost!r}; it must be a whole number of 0 or more")
    drift = path(MOTION, count, 2, streams.rng(Purpose.PATH))
    noise: BadFrame = "noise"
    bad = bad_frames((noise,) * lost, count, streams.rng(Purpose.LOST))
    found = seen_objects(Scenario(objects=VOIDS), drift, size, streams)
    found = found[~found["frame"].isin(bad)].reset_index(drop=True)
    found.insert(1, "label", found.groupby("frame").cumcount() + 1)
    foil = _Foil(drift, size, streams)
    images, labels = np.empty((count, *size), np.uint8), np.zeros((count, *size), np.int32)
    for t in range(count):
        voids = found[found["frame"] == t]
        centers, radii = voids[["y", "x"]].to_numpy(), voids["radius"].to_numpy()
        light = np.full(size, GRAY / 3) if t in bad else foil.light(t)
        _add_voids(light, centers, radii, voids["contrast"].to_numpy())
        images[t] = _recorded(light, streams.rng(Purpose.NOISE, t))
        number_hard(labels[t], centers, radii)
    good = np.array([t not in bad for t in range(count)])
    return GrowingVoids(images, labels, inside_frame(found, size).drop(columns="contrast"), drift, good)


class _Foil:
    """What lies between the voids."""

    def __init__(self, drift: npt.NDArray[Any], shape: tuple[int, ...], streams: Streams) -> None:
        self._drift, self._shape = drift, shape
        extent = tuple(int(n) + 2 for n in np.ceil(shape + np.ptp(drift, axis=0)))
        self._texture = Texture(GRAIN, extent, streams.rng(Purpose.TEXTURE))

    def light(self, frame: int) -> npt.NDArray[np.float64]:
        """Gray values of a frame without voids."""
        column = np.arange(self._shape[1]) - self._drift[frame, 1]
        wedge = GRAYEST * np.tanh(2 * (column / self._shape[1] - 0.5))
        light: npt.NDArray[np.float64] = GRAY + wedge + self._texture.at(self._drift[frame], self._shape)
        return light


def _add_voids(
    light: npt.NDArray[Any], centers: npt.NDArray[Any], radii: npt.NDArray[Any], contrast: npt.NDArray[Any]
) -> None:
    """Add bright discs, the brighter the thicker the void, and the dark fringe around them."""
    for index, box, distance in balls(light.shape, centers, radii + 5 * FRINGE_WIDTH):
        beyond = distance - radii[index]
        inside = 0.5 * erfc(beyond / np.sqrt(2))
        thick = np.sqrt(np.maximum(1 - np.square(distance / radii[index]), 0))
        ring = np.exp(-0.5 * np.square((beyond - 1.5 * FRINGE_WIDTH) / FRINGE_WIDTH))
        light[box] += contrast[index] * (inside * (0.75 + 0.35 * thick) - FRINGE * ring)


def _recorded(light: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Gray values with noise, as they are stored."""
    noise = NOISE * np.sqrt(np.maximum(light, 0) / GRAY) * rng.standard_normal(light.shape)
    image: npt.NDArray[np.uint8] = np.clip(np.rint(light + noise), 0, 255).astype(np.uint8)
    return image
