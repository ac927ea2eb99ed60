"""Drifting series with exact truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks.synth._bound import drift_bound
from specks.synth._camera import Camera, bad_frames, exposure, standing
from specks.synth._drift_scenarios import Scenario, check_frames, find_scenario
from specks.synth._micrograph_sample import CroppedMicrograph
from specks.synth._mistakes import inside_frame
from specks.synth._motion import path
from specks.synth._sample import DrawnSample
from specks.synth._scene import check_seed, check_shape
from specks.synth._streams import Purpose, Streams

__all__ = ["DriftingSeries", "drifting_series"]


@dataclass(frozen=True, eq=False)
class DriftingSeries:
    """A series and the truth about it.

    Attributes
    ----------
    images : (t, y, x) or (t, z, y, x) array
        float32 gray values, or bool masks.
    drift : (frames, ndim) array of float
        How far the sample has moved since frame 0, in pixels, in the order of the spatial axes:
        what is at `p` in frame 0 is at ``p + drift[t]`` in frame t.
    good : (frames,) array of bool
        False for frames that were lost; what drift they had is in `drift` all the same.
    axes : str
        ``"tyx"`` or ``"tzyx"``.
    crlb : (frames,) array of float or None
        Cramér-Rao bound: root mean square length of the error of drift in pixels after its mean
        over the good frames has been removed; NaN for lost frames. None for masks and micrographs.
    objects : pandas.DataFrame or None
        What a segmentation finds: ``frame``, (``z``,) ``y``, ``x``, ``radius`` and
        ``true_particle``, -1 for what is no object. None where there are no objects.
    """

    images: npt.NDArray[Any]
    drift: npt.NDArray[np.float64]
    good: npt.NDArray[np.bool_]
    axes: str
    crlb: npt.NDArray[np.float64] | None
    objects: pd.DataFrame | None


def drifting_series(
    scenario: str, seed: int = 0, frames: int | None = None, shape: tuple[int, ...] | None = None
) -> DriftingSeries:
    """A series of images, masks or volumes that drift, with exact truth.

    Parameters
    ----------
    scenario : str
        One of `DRIFT_SCENARIOS`.
    seed : int, optional
        The same seed gives the same series.
    frames : int, optional
        How many; without it as many as the scenario has.
    shape : tuple of int, optional
        Of a frame, (y, x) or (z, y, x); without it as the scenario has it.

    Returns
    -------
    DriftingSeries

    Raises
    ------
    InputError
        When there is no such scenario, or the seed, the number of frames or the shape cannot be used.

    Notes
    -----
    ================================  =============================================================
    ``easy_int``, ``tiny_sub``        gray values; drift of 20 px, and of 1 px
    ``noisy``                         a fifth as much signal as noise in a pixel
    ``fixedpat``, ``vignette``        a detector pattern, shading and dust that stand still
    ``fade``                          contrast falls to a fifth while the background brightens
    ``large``, ``jumps``              drift of 220 px; two jumps of 70 px
    ``periodic``                      a lattice, and a little that tells its cells apart
    ``badframe``, ``mask_bad``        a blank frame, one of noise, and one of another place
    ``grow_int``, ``mask_grow``       voids that grow and appear
    ``mask_easy``, ``mask_large``     masks; drift of 20 px, and of 220 px
    ``mask_seg``, ``mask_sparse``     15 % missed and 15 % false; few objects, half of them false
    ``mask_tilt``, ``mask_flow``      steps of 30 px with parallax; 30 % of the objects flow
    ``nonsquare``                     160 x 320 pixels; the other images above have 256 x 256
    ``vol_int``, ``vol_mask``,        volumes of 32 x 96 x 96
    ``vol_noisy``
    ``real_tem``, ``real_mask``,      192 x 192 of a micrograph, cut at whole pixels and binned by 3
    ``real_noisy``
    ================================  =============================================================

    Textures are band-limited, larger than the frame and moved by the phase of their spectrum;
    objects are drawn where they are. No picture is interpolated.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.drifting_series("mask_easy", seed=1, frames=3, shape=(96, 128))
    >>> made.images.shape, made.images.dtype, made.axes
    ((3, 96, 128), dtype('bool'), 'tyx')
    >>> made.drift[0].tolist(), made.drift.shape
    ([0.0, 0.0], (3, 2))
    """
    found = find_scenario(scenario)
    size = check_shape(found.shape if shape is None else shape, "zyx"[-len(found.shape) :])
    made = Streams(check_seed(seed), scenario)
    frames = check_frames(found.frames if frames is None else frames)
    drift = path(found.motion, frames, len(size), made.rng(Purpose.PATH))
    recorded = _micrograph if found.micrograph else _masks if found.shows == "mask" else _grays
    return recorded(found, drift, size, made)


def _masks(
    scenario: Scenario, drift: npt.NDArray[Any], shape: tuple[int, ...], made: Streams
) -> DriftingSeries:
    sample = DrawnSample(scenario, drift, shape, made)
    lost = bad_frames(scenario.camera.bad, len(drift), made.rng(Purpose.LOST))
    other = DrawnSample(scenario, drift, shape, made.elsewhere()) if lost else sample
    masks = np.zeros((len(drift), *shape), bool)
    for t in range(len(drift)):
        if t not in lost:
            masks[t] = sample.mask(t)
        elif lost[t] == "noise":
            masks[t] = made.rng(Purpose.NOISE, t).random(shape) < 0.5
        elif lost[t] == "elsewhere":
            masks[t] = other.mask(t)
    return _series(masks, drift, lost, None, sample, shape)


def _grays(
    scenario: Scenario, drift: npt.NDArray[Any], shape: tuple[int, ...], made: Streams
) -> DriftingSeries:
    camera = scenario.camera
    sample = DrawnSample(scenario, drift, shape, made)
    lost = bad_frames(camera.bad, len(drift), made.rng(Purpose.LOST))
    other = DrawnSample(scenario, drift, shape, made.elsewhere()) if lost else sample
    still = standing(camera, shape, made.rng(Purpose.STANDING))
    contrast, level = exposure(camera, len(drift))
    images = np.zeros((len(drift), *shape), np.float32)
    nowhere = np.zeros(len(shape))
    for t in range(len(drift)):
        if lost.get(t) == "blank":
            continue
        if lost.get(t) != "noise":
            seen = (other if t in lost else sample).gray(t, nowhere)
            images[t] = seen * np.float32(contrast[t])
        images[t] = (images[t] + np.float32(level[t])) * still.gain + still.offset
        images[t] += _noise(camera, shape, made, t)
    good = np.array([t not in lost for t in range(len(drift))])
    bound = np.full(len(drift), np.nan)
    middle = int(np.flatnonzero(good)[good.sum() // 2])
    bound[good] = drift_bound(
        lambda shift: sample.gray(middle, shift) * still.gain, len(shape), contrast[good], camera.noise
    )
    return _series(images, drift, lost, bound, sample, shape)


def _micrograph(
    scenario: Scenario, drift: npt.NDArray[Any], shape: tuple[int, ...], made: Streams
) -> DriftingSeries:
    sample = CroppedMicrograph(str(scenario.micrograph), drift, shape)
    if scenario.shows == "mask":
        level = sample.level()
        images = np.stack([sample.gray(t) > level for t in range(len(drift))])
    else:
        images = np.stack(
            [sample.gray(t) + _noise(scenario.camera, shape, made, t) for t in range(len(drift))]
        )
    return DriftingSeries(images, sample.drift, np.ones(len(drift), bool), "tyx", None, None)


def _noise(camera: Camera, shape: tuple[int, ...], made: Streams, frame: int) -> npt.NDArray[np.float32]:
    fresh = made.rng(Purpose.NOISE, frame).standard_normal(shape, dtype=np.float32)
    noise: npt.NDArray[np.float32] = np.float32(camera.noise) * fresh
    return noise


def _series(
    images: npt.NDArray[Any],
    drift: npt.NDArray[np.float64],
    lost: dict[int, Any],
    bound: npt.NDArray[np.float64] | None,
    sample: DrawnSample,
    shape: tuple[int, ...],
) -> DriftingSeries:
    good = np.array([t not in lost for t in range(len(drift))])
    objects = None
    if sample.found is not None:
        shown = sample.found[good[sample.found["frame"]]]
        objects = inside_frame(shown, shape).drop(columns="contrast")
    return DriftingSeries(images, drift, good, "t" + "zyx"[-len(shape) :], bound, objects)
