"""An image as its contrast is taken: without what a hand has left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Region, Source, widened
from specks.filters.exclusions import Exclusions
from specks.mixture.variable import Variable

__all__ = ["as_seen"]


def as_seen(source: Source, variable: Variable, exclusions: Exclusions) -> Source:
    """The image as a variable sees it.

    The contrast of a pixel rests on its surroundings, in which what is left out must not count. All other
    variables look at each pixel alone, or at peaks, which see to it themselves.

    Parameters
    ----------
    source : Source
    variable : Variable
    exclusions : Exclusions
        Of the kinds that leave out pixels.
    """
    return _LeftOut(source, exclusions) if variable.name == "contrast" and exclusions.records else source


class _LeftOut(Source):
    """The image with NaN where pixels do not count: computed where it is read, never held."""

    def __init__(self, source: Source, exclusions: Exclusions) -> None:
        self._source, self._exclusions = source, exclusions
        self.shape, self.dtype = source.shape, np.result_type(source.dtype, np.float32)
        self.geometry, self.chunks = source.geometry, source.chunks
        self.name, self.portable = source.name, source.portable

    def read(self, region: Region) -> npt.NDArray[Any]:
        values = widened(self._source.read(region)).astype(self.dtype)
        allowed = self._exclusions.allowed(region)
        if allowed is not None:
            values[~allowed] = np.nan
        return values
