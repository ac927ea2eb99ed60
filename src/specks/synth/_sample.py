"""A sample on its way: what the microscope would see of it without noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks._core.errors import InputError
from specks.synth._band_limited import Texture
from specks.synth._drift_scenarios import Scenario
from specks.synth._mistakes import found_objects
from specks.synth._moving_objects import LARGEST, populate
from specks.synth._paint import EDGE, add_soft, number_hard
from specks.synth._streams import Purpose, Streams

__all__ = ["DrawnSample", "seen_objects"]


def seen_objects(
    scenario: Scenario, drift: npt.NDArray[Any], shape: tuple[int, ...], streams: Streams
) -> pd.DataFrame:
    """Objects of a scenario as they are segmented, also those that only reach into the frame.

    Raises
    ------
    InputError
        When the scenario has none.
    """
    spec = scenario.objects
    if spec is None:
        raise InputError("this scenario has no objects; use one that has, such as 'mask_seg'")
    low, high = _seen(drift, shape)
    objects = populate(
        spec, len(drift), float(np.prod(scenario.shape)), low, high, streams.rng(Purpose.OBJECTS)
    )
    margin = (1 + 1.5 * spec.growth) * LARGEST * spec.radius + 4 * EDGE
    return found_objects(objects, drift, shape, scenario.mistakes, margin, streams.rng(Purpose.MISTAKES))


def _seen(drift: npt.NDArray[Any], shape: tuple[int, ...]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Corners of all of the sample that is ever seen, in pixels of frame 0."""
    return -drift.max(axis=0), np.array(shape) - drift.min(axis=0)


class DrawnSample:
    """Texture and objects of a scenario, along a path.

    Parameters
    ----------
    scenario : Scenario
    drift : (frames, ndim) array of float
    shape : tuple of int
        Of a frame.
    streams : Streams

    Attributes
    ----------
    found : pandas.DataFrame or None
        As `seen_objects` tells; None without objects.
    """

    def __init__(
        self, scenario: Scenario, drift: npt.NDArray[Any], shape: tuple[int, ...], streams: Streams
    ) -> None:
        self._drift, self._shape = drift, shape
        self._texture = None
        if scenario.texture.components or scenario.texture.lattice:
            low, high = _seen(drift, shape)
            extent = tuple(int(n) for n in np.ceil(high - low) + 2)
            self._texture = Texture(scenario.texture, extent, streams.rng(Purpose.TEXTURE))
        self.found = None if scenario.objects is None else seen_objects(scenario, drift, shape, streams)

    def gray(self, frame: int, shift: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Gray values around 0 of a frame, moved by another `shift` in pixels."""
        image = np.zeros(self._shape, np.float32)
        if self._texture is not None:
            image += self._texture.at(self._drift[frame] + shift, self._shape)
        if self.found is not None:
            centers, radius, contrast = self._objects(self.found, frame)
            add_soft(image, centers + shift, radius, contrast)
        return image

    def mask(self, frame: int) -> npt.NDArray[np.bool_]:
        """Pixels of a frame whose center lies in an object, as it is segmented."""
        labels = np.zeros(self._shape, np.int32)
        if self.found is not None:
            centers, radius, _ = self._objects(self.found, frame)
            number_hard(labels, centers, radius)
        mask: npt.NDArray[np.bool_] = labels > 0
        return mask

    def _objects(
        self, found: pd.DataFrame, frame: int
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        rows = found[found["frame"] == frame]
        axes = list("zyx"[-len(self._shape) :])
        return rows[axes].to_numpy(), rows["radius"].to_numpy(), rows["contrast"].to_numpy()
