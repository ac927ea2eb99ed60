"""Tables of objects that drift, with their identities: what links from frame to frame can be held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks._core.errors import InputError
from specks.synth._drift_scenarios import check_frames, find_scenario
from specks.synth._mistakes import inside_frame
from specks.synth._motion import path
from specks.synth._sample import seen_objects
from specks.synth._scene import check_seed, check_shape
from specks.synth._streams import Purpose, Streams

__all__ = ["DriftingObjects", "drifting_objects"]


@dataclass(frozen=True, eq=False)
class DriftingObjects:
    """Objects as they are found in the frames of a series, and the truth about them.

    Attributes
    ----------
    table : pandas.DataFrame
        One row for each object in each frame: ``frame``, (``z``,) ``y``, ``x`` and ``radius`` in pixels,
        as they are found, and ``true_particle``, which is -1 for what is no object.
    drift : (frames, ndim) array of float
        As in `DriftingSeries`; positions minus this are those in frame 0, but for errors and the
        objects' own motion.
    """

    table: pd.DataFrame
    drift: npt.NDArray[np.float64]


def drifting_objects(
    scenario: str,
    seed: int = 0,
    frames: int | None = None,
    shape: tuple[int, ...] | None = None,
    *,
    missing: float | None = None,
    false: float | None = None,
    error: float | None = None,
) -> DriftingObjects:
    """Objects of a drifting series as a segmentation finds them, without the images.

    Parameters
    ----------
    scenario : str
        One of `DRIFT_SCENARIOS` that has objects.
    seed : int, optional
        The same seed gives the same sample and path as in `drifting_series`.
    frames : int, optional
        How many; without it as many as the scenario has.
    shape : tuple of int, optional
        Of a frame, (y, x) or (z, y, x); without it as the scenario has it.
    missing : float, optional
        Share of the objects that are not found in a frame; without it as the scenario has it.
    false : float, optional
        Share of what is found that is no object; without it as the scenario has it.
    error : float, optional
        Standard deviation of the error of positions along each axis in pixels; without it as the
        scenario has it.

    Returns
    -------
    DriftingObjects

    Raises
    ------
    InputError
        When there is no such scenario, it has no objects, or another argument cannot be used.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.drifting_objects("mask_grow", seed=1, missing=0.15, false=0.15, error=0.3)
    >>> list(made.table.columns), len(made.drift)
    (['frame', 'y', 'x', 'radius', 'true_particle'], 24)
    >>> bool(0.1 < (made.table["true_particle"] < 0).mean() < 0.2)
    True
    """
    found = find_scenario(scenario)
    given = {"missing": (missing, 1.0), "false": (false, 0.9), "error": (error, np.inf)}
    faults = [
        f"{name} is {value!r}; it must be a number from 0 to {most:g}"
        for name, (value, most) in given.items()
        if value is not None and not (isinstance(value, Real) and 0 <= value <= most)
    ]
    if faults:
        raise InputError(faults)
    own = found.mistakes
    mistakes = replace(
        own,
        missing=own.missing if missing is None else missing,
        false=own.false if false is None else false,
        position=own.position if error is None else error,
    )
    size = check_shape(found.shape if shape is None else shape, "zyx"[-len(found.shape) :])
    streams = Streams(check_seed(seed), scenario)
    count = check_frames(found.frames if frames is None else frames)
    drift = path(found.motion, count, len(size), streams.rng(Purpose.PATH))
    seen = seen_objects(replace(found, mistakes=mistakes), drift, size, streams)
    return DriftingObjects(inside_frame(seen, size).drop(columns="contrast"), drift)
