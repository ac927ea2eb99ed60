"""A sample on its way: what the microscope would see of it without noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks.synth._band_limited import Texture
from specks.synth._drift_scenarios import Scenario
from specks.synth._mistakes import found_objects
from specks.synth._moving_objects import LARGEST, populate
from specks.synth._paint import EDGE, add_soft, number_hard

__all__ = ["DrawnSample"]


class DrawnSample:
    """Texture and objects of a scenario, along a path.

    Parameters
    ----------
    scenario : Scenario
    drift : (frames, ndim) array of float
    shape : tuple of int
        Of a frame.
    rng : numpy.random.Generator

    Attributes
    ----------
    found : pandas.DataFrame
        Objects as they are segmented, also those that only reach into the frame.
    """

    def __init__(
        self, scenario: Scenario, drift: npt.NDArray[Any], shape: tuple[int, ...], rng: np.random.Generator
    ) -> None:
        self._drift, self._shape = drift, shape
        low, high = -drift.max(axis=0), np.array(shape) - drift.min(axis=0)
        self._texture = None
        if scenario.texture.components or scenario.texture.lattice:
            extent = tuple(int(n) for n in np.ceil(high - low) + 2)
            self._texture = Texture(scenario.texture, extent, rng)
        spec = scenario.objects
        if spec is None:
            self.found = pd.DataFrame()
            return
        objects = populate(spec, len(drift), float(np.prod(scenario.shape)), low, high, rng)
        margin = (1 + 1.5 * spec.growth) * LARGEST * spec.radius + 4 * EDGE
        self.found = found_objects(objects, drift, shape, scenario.mistakes, margin, rng)

    def gray(self, frame: int, shift: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Gray values around 0 of a frame, moved by another `shift` in pixels."""
        image = np.zeros(self._shape, np.float32)
        if self._texture is not None:
            image += self._texture.at(self._drift[frame] + shift, self._shape)
        if len(self.found):
            centers, radius, contrast = self._objects(frame)
            add_soft(image, centers + shift, radius, contrast)
        return image

    def mask(self, frame: int) -> npt.NDArray[np.bool_]:
        """Pixels of a frame whose center lies in an object, as it is segmented."""
        labels = np.zeros(self._shape, np.int32)
        centers, radius, _ = self._objects(frame)
        number_hard(labels, centers, radius)
        mask: npt.NDArray[np.bool_] = labels > 0
        return mask

    def _objects(self, frame: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        rows = self.found[self.found["frame"] == frame]
        axes = list("zyx"[-len(self._shape) :])
        return rows[axes].to_numpy(), rows["radius"].to_numpy(), rows["contrast"].to_numpy()
