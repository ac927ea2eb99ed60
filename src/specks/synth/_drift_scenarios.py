"""The scenarios of drifting series, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral
from typing import Literal

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks.synth._band_limited import Lattice, TextureSpec
from specks.synth._camera import Camera
from specks.synth._mistakes import Mistakes
from specks.synth._motion import Motion
from specks.synth._moving_objects import Population

__all__ = ["DRIFT_SCENARIOS", "SCENARIOS", "Scenario", "check_frames", "find_scenario"]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A sample, how it moves and how it is recorded.

    Parameters
    ----------
    shows : {"intensity", "mask"}
        Gray values, or which pixels belong to objects.
    frames : int
    shape : tuple of int
        Of a frame, (y, x) or (z, y, x).
    motion : Motion
    texture : TextureSpec
    objects : Population, optional
    camera : Camera
    mistakes : Mistakes
        Of the segmentation that made a mask.
    micrograph : str, optional
        A real micrograph in the place of texture and objects.
    """

    shows: Literal["intensity", "mask"] = "intensity"
    frames: int = 24
    shape: tuple[int, ...] = (256, 256)
    motion: Motion = field(default_factory=Motion)
    texture: TextureSpec = field(default_factory=TextureSpec)
    objects: Population | None = None
    camera: Camera = field(default_factory=Camera)
    mistakes: Mistakes = field(default_factory=Mistakes)
    micrograph: str | None = None


FINE = TextureSpec(components=((5.0, 1.5), (6.0, 4.0), (8.0, 15.0)))
FEW = Population(count=25)
VOIDS = Population(count=45, contrast=-25, radius=5, growth=0.8, late=0.5)
VOLUME = (32, 96, 96)
SLOW = Motion(travel=8, wander=0.3)
LOST = Camera(noise=5.7, bad=("blank", "noise", "elsewhere"))

SCENARIOS: dict[str, Scenario] = {
    "easy_int": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=5.7)),
    "tiny_sub": Scenario(
        texture=FINE,
        objects=FEW,
        camera=Camera(noise=5.7),
        motion=Motion(travel=1, wander=0.05, jitter=0.02),
    ),
    "noisy": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=57)),
    "fixedpat": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=2.8, pattern=25)),
    "vignette": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=5.7, vignette=0.6, dust=10)),
    "fade": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=5.7, fade=0.2, brighten=80)),
    "large": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=5.7), motion=Motion(travel=220)),
    "periodic": Scenario(
        texture=TextureSpec(components=((6.0, 3.0),), lattice=Lattice(20.0, 12.0)),
        camera=Camera(noise=5.7),
        motion=Motion(travel=40, wander=1.5),
    ),
    "badframe": Scenario(texture=FINE, objects=FEW, camera=LOST),
    "jumps": Scenario(texture=FINE, objects=FEW, camera=Camera(noise=7.8), motion=Motion(jump=70, jumps=2)),
    "grow_int": Scenario(
        texture=TextureSpec(components=((1.5, 3.0),)), objects=VOIDS, camera=Camera(noise=3)
    ),
    "mask_easy": Scenario(shows="mask", objects=Population(count=50)),
    "mask_seg": Scenario(
        shows="mask",
        objects=Population(count=60),
        mistakes=Mistakes(missing=0.15, false=0.15, position=0.3, radius=0.05),
    ),
    "mask_tilt": Scenario(
        shows="mask",
        frames=10,
        objects=Population(count=50, wander=0.3, parallax=6),
        motion=Motion(travel=0, wander=21),
    ),
    "mask_grow": Scenario(shows="mask", objects=VOIDS),
    "mask_flow": Scenario(shows="mask", objects=Population(count=50, flow=1.0, flowing=0.3)),
    "mask_sparse": Scenario(
        shows="mask", objects=Population(count=6), mistakes=Mistakes(false=0.5, position=0.1, radius=0.03)
    ),
    "mask_large": Scenario(shows="mask", objects=Population(count=50), motion=Motion(travel=220)),
    "mask_bad": Scenario(
        shows="mask", objects=Population(count=50), camera=Camera(bad=("blank", "noise", "elsewhere"))
    ),
    "nonsquare": Scenario(texture=FINE, objects=FEW, shape=(160, 320), camera=Camera(noise=5.7)),
    "vol_int": Scenario(
        texture=FINE,
        objects=Population(count=30),
        frames=16,
        shape=VOLUME,
        motion=SLOW,
        camera=Camera(noise=14),
    ),
    "vol_mask": Scenario(
        shows="mask", objects=Population(count=40, radius=4.5), frames=16, shape=VOLUME, motion=SLOW
    ),
    "vol_noisy": Scenario(
        texture=FINE,
        objects=Population(count=30),
        frames=16,
        shape=VOLUME,
        motion=SLOW,
        camera=Camera(noise=120),
    ),
    "real_tem": Scenario(
        micrograph="Pt2", shape=(192, 192), motion=Motion(travel=10, wander=0.3), camera=Camera(noise=3)
    ),
    "real_mask": Scenario(
        micrograph="Pt2", shape=(192, 192), motion=Motion(travel=10, wander=0.3), shows="mask"
    ),
    "real_noisy": Scenario(
        micrograph="Pt2", shape=(192, 192), motion=Motion(travel=10, wander=0.3), camera=Camera(noise=30)
    ),
}

#: Names of the scenarios that `drifting_series` knows.
DRIFT_SCENARIOS: tuple[str, ...] = tuple(SCENARIOS)


def find_scenario(name: str) -> Scenario:
    """The scenario of a name.

    Raises
    ------
    InputError
        When there is none.
    """
    if name not in DRIFT_SCENARIOS:
        known = ", ".join(DRIFT_SCENARIOS)
        raise InputError(
            f"scenario is {name!r}; it must be one of {known}{nearest(str(name), DRIFT_SCENARIOS)}"
        )
    return SCENARIOS[name]


def check_frames(frames: int) -> int:
    """The number of frames, when it is one."""
    if isinstance(frames, bool) or not isinstance(frames, Integral) or frames < 1:
        raise InputError(f"frames is {frames!r}; it must be a whole number of 1 or more")
    return int(frames)
