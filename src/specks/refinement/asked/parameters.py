"""Names of the parameters of a feature, and what of them is to be found."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks.refinement._profile import Profile
from specks.refinement.fit.arrays import BACKGROUND, EXTRA, POSITION, SIGNAL, SIZE

__all__ = ["MODES", "Parameters", "distributed", "parameters_of", "resolve_modes"]

MODES = ("const", "var", "global", "cluster", "frame")
#: Modes as the numbers that other packages give them.
NUMBERED = dict(enumerate(MODES[:4]))


@dataclass(frozen=True)
class Parameters:
    """The parameters of a feature by name, in the order of the field.

    Parameters
    ----------
    names : tuple of str
        Background, signal, positions, sizes, those of the profile.
    columns : tuple of int
        Where each stands in the arrays of the fit.
    positions, sizes, extra : tuple of str
        Which of the names these are.
    width : int
        How many columns the arrays of the fit have.
    """

    names: tuple[str, ...]
    columns: tuple[int, ...]
    positions: tuple[str, ...]
    sizes: tuple[str, ...]
    extra: tuple[str, ...]
    width: int

    def column(self, name: str) -> int:
        """Where a parameter stands in the arrays of the fit."""
        return self.columns[self.names.index(name)]


def parameters_of(profile: Profile, positions: Sequence[str], isotropic: bool) -> Parameters:
    """The parameters of features with a profile, whose positions have these names."""
    n = len(positions)
    sizes = ("size",) if isotropic else tuple(f"size_{name}" for name in positions)
    names = ("background", "signal", *positions, *sizes, *profile.params)
    at_position = range(POSITION + 3 - n, POSITION + 3)
    at_size = (SIZE,) if isotropic else tuple(range(SIZE + 3 - n, SIZE + 3))
    at_extra = range(EXTRA, EXTRA + len(profile.params))
    return Parameters(
        names=names,
        columns=(BACKGROUND, SIGNAL, *at_position, *at_size, *at_extra),
        positions=tuple(positions),
        sizes=sizes,
        extra=tuple(profile.params),
        width=EXTRA + len(profile.params),
    )


def distributed(given: Mapping[str, Any], parameters: Parameters, suffix: str = "") -> dict[str, Any]:
    """With what is said of "pos" and "size" said of each position and size; what is said of one wins."""
    found: dict[str, Any] = {}
    for group, members in (("pos", parameters.positions), ("size", parameters.sizes)):
        if group + suffix in given:
            found.update({name + suffix: given[group + suffix] for name in members})
    spread = {"pos" + suffix, *(["size" + suffix] if len(parameters.sizes) > 1 else [])}
    return found | {key: value for key, value in given.items() if key not in spread}


def resolve_modes(
    param_mode: Mapping[str, Any] | None, parameters: Parameters, default: Mapping[str, str]
) -> tuple[str, ...]:
    """For each column of the arrays of the fit, what is to be found of it.

    Raises
    ------
    InputError
        When a parameter or a mode is unknown.
    NotImplementedError
        When a mode is "particle".
    """
    known = tuple(dict.fromkeys((*parameters.names, "pos", "size")))
    faults = []
    said: dict[str, str] = {}
    for name, mode in (param_mode or {}).items():
        mode = NUMBERED.get(mode, mode) if isinstance(mode, int) and not isinstance(mode, bool) else mode
        if mode == "particle":
            raise NotImplementedError(
                f"param_mode[{name!r}] is 'particle', one value a particle over all frames, which is not there yet; "
                "'global' shares a value among all features, 'frame' among those of a frame"
            )
        if name not in known:
            faults.append(
                f"param_mode names {name!r}{nearest(str(name), known)}; parameters are {', '.join(known)}"
            )
        if mode not in MODES:
            hint = nearest(mode, MODES) if isinstance(mode, str) else ""
            faults.append(
                f"param_mode[{name!r}] is {mode!r}; it must be one of {', '.join(map(repr, MODES))}{hint}"
            )
        said[name] = mode
    if faults:
        raise InputError(faults)
    modes = {name: default.get(name, "const") for name in parameters.names}
    modes |= distributed(dict(default), parameters)
    modes |= distributed(said, parameters)
    if modes["background"] == "var":
        warnings.warn(
            "the background belongs to a cluster, not to a feature; taken as 'cluster'", stacklevel=4
        )
        modes["background"] = "cluster"
    at = dict(zip(parameters.columns, parameters.names, strict=True))
    return tuple(modes[at[column]] if column in at else "const" for column in range(parameters.width))
