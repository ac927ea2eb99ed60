"""What a picture of touching particles shows, and how it was recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal, get_args

from specks._core.errors import InputError
from specks.synth._arrangements import Arrangement
from specks.synth._profiles import Profile

__all__ = ["TouchingScene"]

Dtype = Literal["uint8", "uint16", "float32", "float64"]


@dataclass(frozen=True, kw_only=True)
class TouchingScene:
    """Groups of particles that touch, far from other groups, on an even background.

    A pixel is ``offset + gain * (light + noise)``, with light of ``background`` and of the particles.

    Parameters
    ----------
    arrangement : {"single", "dimer", "trimer", "tetramer", "chain"} or tuple of them
        Of several, groups take one after the other. A tetramer is a square in 2D and a regular
        tetrahedron in 3D; a chain bends a little at each particle.
    length : int
        Particles of a chain, 2 or more.
    size : float or tuple of float
        Size in pixels, or one for each axis. It is the radius of gyration of a Gaussian: the square
        root of the number of axes times its standard deviation, so that in 2D a particle is
        ``signal * exp(-distance**2 / size**2)``.
    distance : float
        From center to center of neighbors, in sizes.
    profile : {"gauss", "ring", "disc"}
        A ring is brightest at 0.8 sizes from its center; a disc is flat up to half its size.
    signal, background : float
        What a particle adds at its brightest, and what is everywhere.
    signal_spread, size_spread : float
        Signals and sizes differ by up to this part, from 0 to 0.9, evenly spread.
    snr : float
        Signal divided by the standard deviation of normal noise; infinite for none.
    poisson : bool
        Whether light comes in photons; noise of ``snr`` is then that of reading them out.
    gain, offset : float
        Gray values for one of light, and for none.
    dtype : {"uint8", "uint16", "float32", "float64"}
        Whole numbers are rounded, and cut to what the type holds.

    Raises
    ------
    InputError
        With every parameter that cannot be used.

    Examples
    --------
    >>> TouchingScene(arrangement="chain", snr=5).signal
    160.0
    """

    arrangement: Arrangement | tuple[Arrangement, ...] = "dimer"
    length: int = 5
    size: float | tuple[float, ...] = 4.0
    distance: float = 2.0
    profile: Profile = "gauss"
    signal: float = 160.0
    background: float = 16.0
    signal_spread: float = 0.0
    size_spread: float = 0.0
    snr: float = 10.0
    poisson: bool = False
    gain: float = 1.0
    offset: float = 0.0
    dtype: Dtype = "float32"

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {value!r}; it must be a number {said}"
            for name, lowest, highest, said in _LIMITS
            if not _within(value := getattr(self, name), lowest, highest)
        ]
        if not isinstance(self.length, Integral) or self.length < 2:
            faults.append(f"length is {self.length!r}; it must be a whole number of 2 or more")
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        if not sizes or not all(_within(one, 0.5, 100.0) for one in sizes):
            faults.append(f"size is {self.size!r}; it must be a number from 0.5 to 100 (pixels), or several")
        for name, given, choices in (
            ("arrangement", self.arrangements, get_args(Arrangement)),
            ("profile", (self.profile,), get_args(Profile)),
            ("dtype", (self.dtype,), get_args(Dtype)),
        ):
            if not given or not set(given) <= set(choices):
                faults.append(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(choices)}")
        if faults:
            raise InputError(faults)

    @property
    def arrangements(self) -> tuple[Arrangement, ...]:
        """One or several, always as a tuple."""
        return self.arrangement if isinstance(self.arrangement, tuple) else (self.arrangement,)

    def sizes(self, ndim: int) -> tuple[float, ...]:
        """The size along each axis."""
        given = self.size if isinstance(self.size, tuple) else (self.size,) * ndim
        if len(given) != ndim:
            raise InputError(f"size is {self.size!r}; it must be one number, or one for each of {ndim} axes")
        return given


_LIMITS = [
    ("distance", 0.0, 100.0, "from 0 to 100 (sizes)"),
    ("signal", 0.0, 1e9, "of 0 or more"),
    ("background", 0.0, 1e9, "of 0 or more"),
    ("signal_spread", 0.0, 0.9, "from 0 to 0.9"),
    ("size_spread", 0.0, 0.9, "from 0 to 0.9"),
    ("snr", 1e-6, math.inf, "above 0"),
    ("gain", 1e-9, 1e9, "above 0"),
    ("offset", -1e9, 1e9, "between -1e9 and 1e9"),
]


def _within(value: object, lowest: float, highest: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return lowest <= float(value) <= highest
