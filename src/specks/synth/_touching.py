"""Particles that touch, with exact truth, for least-squares refinement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks.synth._drift_scenarios import check_frames
from specks.synth._profiles import add_particles
from specks.synth._scene import check_seed
from specks.synth._streams import Purpose, Streams
from specks.synth._touching_layout import GroupedParticles, particles_of_groups, places_of_groups, walk
from specks.synth._touching_scene import TouchingScene

__all__ = ["TouchingParticles", "camera_movie", "touching_particles"]


@dataclass(frozen=True, eq=False)
class TouchingParticles:
    """An image or movie of touching particles and the truth about it.

    Attributes
    ----------
    images : (y, x), (z, y, x), (t, y, x) or (t, z, y, x) array
    table : pandas.DataFrame
        One row for each particle in each frame: ``frame``, (``z``,) ``y``, ``x`` in pixels, ``signal``
        and ``background`` in gray values, ``size`` (or ``size_z``, ``size_y``, ``size_x`` where axes
        differ) in pixels, ``group`` and ``particle``, numbered from 0 and the same in every frame.
    noise : float
        Standard deviation of the normal noise of a pixel in gray values.
    """

    images: npt.NDArray[Any]
    table: pd.DataFrame
    noise: float


def touching_particles(
    shape: tuple[int, ...] | None = (256, 256),
    scene: TouchingScene | None = None,
    *,
    count: int | None = None,
    frames: int | None = None,
    step: float = 0.5,
    ndim: int = 2,
    seed: int = 0,
) -> TouchingParticles:
    """Groups of particles that touch, with exact truth.

    Groups stand in a loose grid, turned at random, at least 6 sizes from each other.

    Parameters
    ----------
    shape : tuple of int or None, optional
        Of a frame, (y, x) or (z, y, x). None takes what `count` groups need.
    scene : TouchingScene, optional
        What it shows and how it was recorded; without it dimers of size 4 at a signal-to-noise ratio
        of 10.
    count : int, optional
        Groups; without it as many as there is room for.
    frames : int, optional
        Without it a single image.
    step : float, optional
        Standard deviation along each axis of the step of a group from frame to frame, in pixels.
        A group turns around where it would come too close to another.
    ndim : int, optional
        2 or 3, where no shape says it.
    seed : int, optional
        The same seed gives the same picture.

    Returns
    -------
    TouchingParticles

    Raises
    ------
    InputError
        When an argument cannot be used, or there is no room for that many groups.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.touching_particles((96, 128), count=3, seed=1)
    >>> made.images.shape, len(made.table), list(made.table)
    ((96, 128), 6, ['frame', 'y', 'x', 'signal', 'size', 'background', 'group', 'particle'])
    >>> pair = made.table.loc[made.table["group"] == 0, ["y", "x"]].to_numpy()
    >>> float(round(((pair[1] - pair[0]) ** 2).sum() ** 0.5, 6))
    8.0
    """
    shown = scene or TouchingScene()
    streams = Streams(check_seed(seed), "touching_particles")
    extent, places = places_of_groups(shape, shown, count, ndim, streams.rng(Purpose.PLACES))
    length = 1 if frames is None else check_frames(frames)
    particles = particles_of_groups(shown, places.shape, streams.rng(Purpose.OBJECTS))
    sizes = np.array(shown.sizes(len(extent)))
    away = walk(length, places.shape, step, sizes, streams.rng(Purpose.PATH))
    images = np.empty((length, *extent), shown.dtype)
    tables = []
    for t in range(length):
        centers = particles.centers + (places + away[t])[particles.group]
        light = np.full(extent, float(shown.background))
        add_particles(light, centers, particles.sizes, particles.signals, shown.profile)
        images[t] = _recorded(light, shown, streams.rng(Purpose.NOISE, t))
        tables.append(_truth(t, centers, particles, shown))
    table = pd.concat(tables, ignore_index=True)
    noise = shown.gain * shown.signal / shown.snr
    return TouchingParticles(images[0] if frames is None else images, table, noise)


def camera_movie(
    shape: tuple[int, int] = (512, 512), frames: int = 5, *, count: int = 30, seed: int = 0
) -> TouchingParticles:
    """A movie of a 16-bit camera whose gray values begin at 500, of single particles and pairs.

    Photons are counted (80 from a particle at its brightest, 15 everywhere), one makes 2 gray values,
    and reading them out adds noise of 2 photons.

    Parameters
    ----------
    shape : tuple of int, optional
        (y, x).
    frames : int, optional
    count : int, optional
        Groups, of which each second is a pair.
    seed : int, optional
        The same seed gives the same movie.

    Returns
    -------
    TouchingParticles

    Raises
    ------
    InputError
        When an argument cannot be used, or there is no room for that many groups.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.camera_movie((128, 128), 2, count=4)
    >>> made.images.dtype, int(np.median(made.images)) // 10, len(made.table)
    (dtype('uint16'), 53, 12)
    """
    scene = TouchingScene(
        arrangement=("single", "dimer"), signal=80, background=15, snr=80 / 2, poisson=True,
        gain=2, offset=500, dtype="uint16",
    )  # fmt: skip
    return touching_particles(shape, scene, count=count, frames=frames, step=1.0, seed=seed)


def _recorded(light: npt.NDArray[np.float64], scene: TouchingScene, rng: np.random.Generator) -> Any:
    seen = rng.poisson(light).astype(float) if scene.poisson else light
    if np.isfinite(scene.snr):
        seen = seen + scene.signal / scene.snr * rng.standard_normal(light.shape)
    gray = scene.offset + scene.gain * seen
    if scene.dtype.startswith("float"):
        return gray
    return np.clip(np.rint(gray), 0, np.iinfo(scene.dtype).max)


def _truth(
    frame: int, centers: npt.NDArray[Any], particles: GroupedParticles, scene: TouchingScene
) -> pd.DataFrame:
    ndim = centers.shape[1]
    table = pd.DataFrame(centers, columns=list("zyx"[-ndim:]))
    table.insert(0, "frame", frame)
    table["signal"] = scene.gain * particles.signals
    if len(set(scene.sizes(ndim))) == 1:
        table["size"] = particles.sizes[:, 0]
    else:
        table[[f"size_{axis}" for axis in "zyx"[-ndim:]]] = particles.sizes
    table["background"] = float(scene.offset + scene.gain * scene.background)
    return table.assign(group=particles.group, particle=np.arange(len(table)))
