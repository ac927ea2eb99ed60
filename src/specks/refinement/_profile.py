"""Profiles: how bright a feature is at a distance from its center."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks.refinement.fit._profile_kernels import DISC, GAUSS, GIVEN, RING, SERIES

__all__ = ["Profile", "as_profile"]

NAMES = ("gauss", "disc", "ring", "inv_series_<n>")
#: Keys of a profile as a dict, and those that other packages use.
KEYS = {"params": "params", "func": "func", "fun": "func", "dfunc": "dfunc", "dfun": "dfunc",
        "default": "default", "continuous": "continuous"}  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """How bright a feature is at a distance from its center.

    Parameters
    ----------
    name : str
        What it is called.
    params : sequence of str
        Parameters of its own, beside signal, position and size.
    func : callable, optional
        ``func(r2, p, ndim)``: brightness, 1 at the most, for an array of squared distances in units of the
        size, parameters `p` and a number of dimensions.
    dfunc : callable, optional
        As `func`, but returns the brightness and a list of its derivatives: by r², and by each of `params`.
        Differences of `func` are taken when not given.
    default : mapping of str to float
        Values of `params` where a table has none.

    Examples
    --------
    >>> import numpy as np
    >>> lorentz = Profile("lorentz", func=lambda r2, p, ndim: 1 / (1 + r2))
    >>> lorentz.func(np.array([0.0, 1.0]), (), 2).tolist()
    [1.0, 0.5]
    """

    name: str
    params: Sequence[str] = ()
    func: Callable[..., Any] | None = None
    dfunc: Callable[..., Any] | None = None
    default: Mapping[str, float] = field(default_factory=dict)
    kind: int = field(default=GIVEN, repr=False)

    def __post_init__(self) -> None:
        if self.kind == GIVEN and not callable(self.func):
            raise InputError(
                f"func of profile {self.name!r} is {self.func!r}; it must be a function (r2, p, ndim)"
            )
        unknown = [name for name in self.default if name not in self.params]
        if unknown:
            raise InputError(
                f"default of profile {self.name!r} names {unknown[0]!r}; its params are {list(self.params)}"
            )

    @property
    def decays(self) -> bool:
        """Whether it falls so fast that it ends somewhere."""
        return self.kind in (GAUSS, RING, DISC)


def as_profile(value: Any, argument: str = "profile") -> Profile:
    """The profile that a name, a dict or a `Profile` stands for.

    Raises
    ------
    InputError
        When there is none of that name, or a dict lacks what it needs.
    """
    if isinstance(value, Profile):
        return value
    if isinstance(value, Mapping):
        return _of_mapping(value, argument)
    if value == "gauss":
        return Profile("gauss", kind=GAUSS)
    if value == "ring":
        return Profile("ring", ("thickness",), default={"thickness": 0.5}, kind=RING)
    if value in ("disc", "hat"):
        return Profile("disc", ("disc_size",), default={"disc_size": 0.5}, kind=DISC)
    series = re.fullmatch(r"inv_series_([1-9]|1\d|2[0-6])", value) if isinstance(value, str) else None
    if series:
        terms = [f"param_{letter}" for letter in string.ascii_lowercase[: int(series[1])]]
        params = ("signal_mult", *terms)
        return Profile(value, params, default=dict.fromkeys(params, 1.0), kind=SERIES)
    hint = nearest(value, NAMES) if isinstance(value, str) else ""
    raise InputError(
        f"{argument} is {value!r}; it must be {', '.join(map(repr, NAMES))}, a dict with func, or a Profile{hint}"
    )


def _of_mapping(value: Mapping[str, Any], argument: str) -> Profile:
    faults = [
        f"{argument} has the key {key!r}{nearest(str(key), KEYS)}; it takes {', '.join(KEYS)}"
        for key in value
        if key not in KEYS
    ]
    if faults:
        raise InputError(faults)
    given = {KEYS[key]: item for key, item in value.items()}
    if not callable(given.get("func")):
        raise InputError(f"{argument} is a dict without func; it must hold a function (r2, p, ndim)")
    return Profile(
        getattr(given["func"], "__name__", "custom"),
        tuple(given.get("params") or ()),
        given["func"],
        given.get("dfunc"),
        dict(given.get("default") or {}),
    )
