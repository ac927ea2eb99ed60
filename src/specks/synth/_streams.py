"""Independent random numbers for each purpose, so that a change to one leaves the others as they were."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

__all__ = ["Purpose", "Streams"]


class Purpose(IntEnum):
    """What random numbers are for."""

    PATH = 0
    TEXTURE = 1
    OBJECTS = 2
    MISTAKES = 3
    LOST = 4
    STANDING = 5
    NOISE = 6
    PLACES = 7


@dataclass(frozen=True)
class Streams:
    """Random numbers of one series.

    Parameters
    ----------
    seed : int
    name : str
        Of what is made, so that the same seed makes different series of different names.
    place : int
        0 for the sample, 1 for another place of it.
    """

    seed: int
    name: str
    place: int = 0

    def rng(self, purpose: Purpose, frame: int = 0) -> np.random.Generator:
        """A fresh generator, always at the start of its stream."""
        key = zlib.crc32(self.name.encode())
        return np.random.default_rng((self.seed, key, self.place, purpose, frame))

    def elsewhere(self) -> Streams:
        """The same for another place."""
        return replace(self, place=1)
