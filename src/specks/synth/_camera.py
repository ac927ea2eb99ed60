"""What a microscope adds to a moving sample: things that stand still, things that fade, noise, and lost frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from specks.synth._paint import add_soft

__all__ = ["BadFrame", "Camera", "Standing", "bad_frames", "exposure", "standing"]

BadFrame = Literal["blank", "noise", "elsewhere"]

Floats = npt.NDArray[np.float32]
GRAY = 100.0


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How a series is recorded; amounts in gray values around a background of 100.

    Parameters
    ----------
    noise : float
        Standard deviation of the noise of a pixel, new in every frame.
    pattern : float
        Standard deviation of a pattern that stands still: half of its power is white, half in columns.
    vignette : float
        Part of the light that is missing in the corners.
    dust : int
        Dark specks that stand still, in a frame of 256 x 256 pixels.
    fade : float
        Contrast of the last frame as a multiple of the first one's; it changes evenly.
    brighten : float
        What is added to the last frame; it changes evenly.
    bad : tuple of {"blank", "noise", "elsewhere"}
        Lost frames: nothing on them, only noise, or another place of the sample.
    """

    noise: float = 0.0
    pattern: float = 0.0
    vignette: float = 0.0
    dust: int = 0
    fade: float = 1.0
    brighten: float = 0.0
    bad: tuple[BadFrame, ...] = ()


@dataclass(frozen=True, eq=False)
class Standing:
    """What stands still: ``image * gain + offset``."""

    gain: Floats
    offset: Floats


def standing(camera: Camera, shape: tuple[int, ...], rng: np.random.Generator) -> Standing:
    """Draw what stands still."""
    corner = sum(
        np.square(axis)
        for axis in np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij", sparse=True)
    ) / len(shape)
    gain = np.broadcast_to(1 - camera.vignette * corner, shape).astype(np.float32)
    offset = np.zeros(shape, np.float32)
    count = round(camera.dust * float(np.prod(shape)) / 256**2)
    centers = rng.uniform(0, shape, (count, len(shape)))
    add_soft(offset, centers, rng.uniform(2, 8, count), np.full(count, -0.5 * GRAY))
    white = rng.standard_normal(shape, dtype=np.float32)
    columns = rng.standard_normal(shape[-1], dtype=np.float32)
    offset += np.float32(camera.pattern / np.sqrt(2)) * (white + columns)
    return Standing(gain, offset)


def exposure(camera: Camera, frames: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Contrast and background of every frame."""
    return np.linspace(1.0, camera.fade, frames), GRAY + np.linspace(0.0, camera.brighten, frames)


def bad_frames(kinds: tuple[BadFrame, ...], frames: int, rng: np.random.Generator) -> dict[int, BadFrame]:
    """Which frames are lost, and how; never the first, and at least half of the series stays."""
    lost = kinds[: max(0, (frames - 1) // 2)]
    chosen = rng.permutation(np.arange(1, frames))[: len(lost)]
    return {int(frame): kind for frame, kind in zip(chosen, lost, strict=True)}
