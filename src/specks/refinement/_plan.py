"""What is to be fitted to which frame: settings and table, checked before an image is touched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from specks._core.errors import InputError
from specks._core.tables import numbers
from specks.refinement._profile import Profile
from specks.refinement.asked.bounds import bound_arrays
from specks.refinement.asked.constraints import Constraint, as_constraints
from specks.refinement.asked.images import Frames
from specks.refinement.asked.parameters import Parameters, parameters_of, resolve_modes
from specks.refinement.asked.rows import Rows, position_names, read_rows
from specks.refinement.fit._weight_kernels import CAUCHY, LINEAR, POISSON, SOFT_L1
from specks.refinement.fit.arrays import Floats, Ints
from specks.refinement.fit.assemble import Model

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOSSES", "Plan", "Settings", "frame_column", "make_plan", "per_axis"]

LOSSES = {"linear": LINEAR, "soft_l1": SOFT_L1, "cauchy": CAUCHY, "poisson": POISSON}
#: So many features are fitted together at most: time and memory grow with the cube and the square of them.
TOGETHER = 500
#: The least that a size may be, in pixels.
LEAST_SIZE = 1e-7


@dataclass(frozen=True)
class Settings:
    """How features are fitted.

    Parameters
    ----------
    diameter, separation : tuple of float
        For each axis of space, in pixels.
    profile : Profile
    tails : {"full", "mask"}
        Whether a feature is seen in the masks of all others of its cluster, or only in its own.
    loss : str
        A key of `LOSSES`.
    gain, offset : float
        Gray levels an event, and those of none.
    modes : mapping of str to str
        Modes of parameters where `param_mode` says nothing.
    param_mode, param_val, bounds : mapping, optional
        As they were given.
    constraints : mapping or sequence of mapping, optional
    required : tuple of str
        Parameters that the table must hold; others are estimated.
    default : mapping of str to float
        Values of parameters that the table lacks, in place of an estimate.
    default_bounds : mapping of str to (low, high)
        Of parameters other than positions.
    doubts : bool
        Whether it is looked whether what is left over is noise.
    signed : bool
        Whether the sign of the signal is to be found, and kept.
    alike : bool
        Whether clusters that share parameters count alike, however many pixels they have.
    max_iter : int
        How often pixels are collected.
    max_shift : float
        How far a feature may go before they are collected anew, in pixels.
    max_rms_dev : float
        From which cost on a fit has failed.
    """

    diameter: tuple[float, ...]
    separation: tuple[float, ...]
    profile: Profile
    tails: str = "full"
    loss: str = "linear"
    gain: float = 1.0
    offset: float = 0.0
    modes: Mapping[str, str] = field(default_factory=dict)
    param_mode: Mapping[str, Any] | None = None
    param_val: Mapping[str, Any] | None = None
    bounds: Mapping[str, Any] | None = None
    constraints: Any = None
    required: tuple[str, ...] = ()
    default: Mapping[str, float] = field(default_factory=dict)
    default_bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    doubts: bool = False
    signed: bool = False
    alike: bool = False
    max_iter: int = 10
    max_shift: float = 1.0
    max_rms_dev: float = math.inf

    @property
    def radius(self) -> Floats:
        """Half axes of the mask, (z, y, x), as the diameter gives them rounded down; z is 1 in a plane."""
        return np.array([1.0, 1.0, 1.0][: 3 - len(self.diameter)] + [d // 2 for d in self.diameter])


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a fit needs, but for the pixels.

    Parameters
    ----------
    settings : Settings
    parameters : Parameters
    rows : Rows
    frames : Frames
    model : Model
    constraints : tuple of Constraint
    labels : array (features,)
        Index of the table for each row of `rows`.
    """

    settings: Settings
    parameters: Parameters
    rows: Rows
    frames: Frames
    model: Model
    constraints: tuple[Constraint, ...]
    labels: Any

    @cached_property
    def groups(self) -> list[tuple[int, slice]]:
        """Each frame with features, and which rows lie in it."""
        frames, first = np.unique(self.rows.frame, return_index=True)
        ends = [*first, len(self.rows)][1:]
        return [(int(f), slice(int(a), int(b))) for f, a, b in zip(frames, first, ends, strict=True)]

    @property
    def shares(self) -> str:
        """Over what the widest shared parameter is shared: "global", "frame", or "" for nothing."""
        if any(one.length for one in self.constraints):
            return "global"
        return next((mode for mode in ("global", "frame") if mode in self.model.modes), "")

    @property
    def deviations(self) -> list[str]:
        """Names of the columns of standard errors."""
        return [
            f"{name}_std"
            for name, column in zip(self.parameters.names, self.parameters.columns, strict=True)
            if self.model.modes[column] != "const"
        ]

    @property
    def shared(self) -> int:
        """How many parameters are shared beyond clusters."""
        return sum(mode in ("frame", "global") for mode in self.model.modes)

    def bounds(self, start: Floats, labels: Sequence[Any], dark: bool) -> tuple[Floats, Floats]:
        """Bounds of features that begin at `start`."""
        settings = self.settings
        default = dict(settings.default_bounds)
        if settings.signed:
            default["signal"] = (-math.inf, 0.0) if dark else (0.0, math.inf)
        return bound_arrays(settings.bounds, self.parameters, start, labels, settings.radius, default)


def per_axis(value: Any, dimensions: int, name: str) -> tuple[float, ...]:
    """A length for each axis.

    Raises
    ------
    InputError
        When it has another number of values than there are axes.
    """
    try:
        values = tuple(float(v) for v in np.atleast_1d(np.asarray(value, np.float64)))
    except (TypeError, ValueError):
        raise InputError(f"{name} is {value!r}; it must be a number, or one for each axis") from None
    if len(values) not in (1, dimensions):
        raise InputError(
            f"{name} is {value!r}, {len(values)} numbers for positions of {dimensions} axes; give one, or one an axis"
        )
    return values * dimensions if len(values) == 1 else values


def frame_column(table: pd.DataFrame, name: str) -> Ints | None:
    """The frame of each row, or None where the table does not say.

    Raises
    ------
    InputError
        When it holds anything else than whole numbers.
    """
    if name not in table.columns:
        return None
    frames = numbers(table, name)
    if not (np.isfinite(frames) & (frames == np.round(frames))).all():
        wrong = frames[~(np.isfinite(frames) & (frames == np.round(frames)))][0]
        raise InputError(f"column {name!r} holds {wrong}; frames are whole numbers")
    return frames.astype(np.int64)


def check_lengths(settings: Settings) -> None:
    """Refuse lengths that make no mask."""
    faults = []
    if not all(math.isfinite(d) and d >= 2 for d in settings.diameter):
        shown = ", ".join(f"{d:g}" for d in settings.diameter)
        faults.append(
            f"diameter is {shown}; it must be 2 or more along each axis, best 4 to 5 times the size of a feature"
        )
    if not all(math.isfinite(s) and s > 0 for s in settings.separation):
        shown = ", ".join(f"{s:g}" for s in settings.separation)
        faults.append(f"separation is {shown}; it must be above 0")
    if settings.max_iter < 1:
        faults.append(f"max_iter is {settings.max_iter}; it must be 1 or more")
    above = {"max_shift": settings.max_shift, "max_rms_dev": settings.max_rms_dev}
    faults += [f"{name} is {value:g}; it must be above 0" for name, value in above.items() if not value > 0]
    for name in ("param_mode", "param_val", "bounds"):
        given = getattr(settings, name)
        if given is not None and not isinstance(given, Mapping):
            faults.append(f"{name} is {given!r}; it must be a mapping of names to values")
    if faults:
        raise InputError(faults)


def check_clusters(plan: Plan) -> None:
    """Refuse clusters that would take for ever."""
    sizes = np.bincount(plan.rows.cluster, minlength=1)
    if sizes.max(initial=0) <= TOGETHER:
        return
    row = int(np.flatnonzero(plan.rows.cluster == np.argmax(sizes))[0])
    shown = ", ".join(f"{s:g}" for s in dict.fromkeys(plan.settings.separation))
    raise InputError(
        f"{sizes.max()} features of frame {plan.rows.frame[row]} hang together at a separation of {shown} px, and at most "
        f"{TOGETHER} can be fitted together; leave out faint ones (a larger minmass), or give a smaller separation"
    )


def make_plan(
    table: pd.DataFrame,
    frame: Ints,
    frames: Frames,
    settings: Settings,
    pos_columns: Sequence[str] | None = None,
) -> Plan:
    """Check settings and table against each other.

    Parameters
    ----------
    table : pandas.DataFrame
    frame : array (rows,) of int64
    frames : Frames
    settings : Settings
    pos_columns : sequence of str, optional
        Columns of the positions.

    Raises
    ------
    InputError
        With what cannot be used.
    """
    check_lengths(settings)
    names = position_names(table, pos_columns)
    isotropic = len(set(settings.diameter)) == 1
    parameters = parameters_of(settings.profile, names, isotropic)
    given = dict(settings.param_val or {})
    unknown = [name for name in given if name not in parameters.names]
    if unknown:
        raise InputError(f"param_val names {unknown[0]!r}; parameters are {', '.join(parameters.names)}")
    modes = resolve_modes(settings.param_mode, parameters, settings.modes)
    rows = read_rows(table, frame, parameters, given, settings.required, np.asarray(settings.separation))
    faults = [fault for number in np.unique(frame) if (fault := frames.fault(int(number)))]
    if faults:
        raise InputError(faults[:3])
    model = Model(
        profile=settings.profile.kind,
        loss=LOSSES[settings.loss],
        dimensions=len(names),
        isotropic=isotropic,
        radius=tuple(settings.radius),
        modes=modes,
        full_tails=settings.tails == "full",
        decays=settings.profile.decays,
        gain=float(settings.gain),
        offset=float(settings.offset),
    )
    constraints = as_constraints(settings.constraints, len(names))
    plan = Plan(settings, parameters, rows, frames, model, constraints, table.index.to_numpy()[rows.order])
    check_clusters(plan)
    # What can be seen to be impossible without an image is said before one is read.
    plan.bounds(rows.start, plan.labels, dark=False)
    return plan
