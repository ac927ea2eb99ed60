"""A step's signature as plain data: the one declaration behind form, shell, recipe and docs."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from specks._core.numpydoc import sections, summary
from specks._core.types import DATA_ROLES, Like, Output, Param, Role

__all__ = ["REQUIRED", "Kind", "ParamSpec", "ResultSpec", "StepSpec", "build_spec"]


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()


class Kind(Enum):
    """How a parameter is written down."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    CHOICE = "choice"
    TEXT = "text"
    PER_AXIS = "per_axis"
    SEQUENCE = "sequence"
    MAPPING = "mapping"
    DATA = "data"
    CORRECTIONS = "corrections"
    OUT = "out"
    RUNTIME = "runtime"


@dataclass(frozen=True)
class ParamSpec:
    """One parameter of a step.

    Parameters
    ----------
    name : str
    kind : Kind
    default : object
        ``REQUIRED`` when there is none.
    optional : bool
        Whether None is a value.
    role : Role, optional
        For data, corrections and run-time things.
    choices : tuple
        The values of a choice; for numbers, words that may stand instead (``"auto"``).
    element : type, optional
        Type of the elements of a sequence: float, int or str.
    limits : Param
        Range, unit and presentation.
    help : str
        From the docstring.
    """

    name: str
    kind: Kind
    default: Any
    optional: bool = False
    role: Role | None = None
    choices: tuple[Any, ...] = ()
    element: type | None = None
    limits: Param = field(default_factory=Param)
    help: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED

    @property
    def is_setting(self) -> bool:
        """Whether it is a plain value, not data nor a run-time thing."""
        return self.kind not in (Kind.DATA, Kind.CORRECTIONS, Kind.OUT, Kind.RUNTIME)


@dataclass(frozen=True)
class ResultSpec:
    """One output of a step.

    Parameters
    ----------
    name : str
    role : Role
    like : Like, optional
        The input whose shape it has.
    help : str
        From the docstring.
    suffixes : tuple of str
        Endings of the files that a model writes, the usual one first; empty when any name will do.
    """

    name: str
    role: Role
    like: Like | None = None
    help: str = ""
    suffixes: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of the file that a model or table is usually written to."""
        return self.name + (".csv" if self.role is not Role.MODEL else next(iter(self.suffixes), ""))


@dataclass(frozen=True)
class StepSpec:
    """Everything a form, a command, a recipe or a manual needs to know of a step."""

    name: str
    title: str
    target: str
    summary: str
    params: tuple[ParamSpec, ...]
    results: tuple[ResultSpec, ...]
    bundled: bool

    @property
    def inputs(self) -> tuple[ParamSpec, ...]:
        """Parameters that are data."""
        return tuple(p for p in self.params if p.kind is Kind.DATA)

    @property
    def settings(self) -> tuple[ParamSpec, ...]:
        """Parameters that are plain values."""
        return tuple(p for p in self.params if p.is_setting)

    @property
    def takes_executor(self) -> bool:
        """Whether it can be told where to do its work."""
        return any(p.kind is Kind.RUNTIME and p.name == "executor" for p in self.params)

    def param(self, name: str) -> ParamSpec:
        """The parameter of that name."""
        return next(p for p in self.params if p.name == name)

    def fields(self, result: Any) -> dict[str, Any]:
        """The outputs in a result, by name."""
        if not self.bundled:
            return {self.results[0].name: result}
        return {r.name: getattr(result, r.name) for r in self.results}


def build_spec(function: Callable[..., Any], title: str) -> StepSpec:
    """Read the spec of a step off its signature and docstring.

    Raises
    ------
    TypeError
        When a parameter has no type or a type that no form can show, or is missing from the
        docstring. This is a mistake in the step, found when its spec is first read.
    """
    name = f"{function.__module__}.{function.__qualname__}"
    doc = inspect.getdoc(function) or ""
    texts = sections(doc)
    hints = typing.get_type_hints(function, include_extras=True)
    params = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints:
            raise TypeError(f"{name}: parameter {parameter.name!r} has no type")
        if parameter.name not in texts["Parameters"]:
            raise TypeError(f"{name}: parameter {parameter.name!r} is missing from the docstring")
        default = REQUIRED if parameter.default is parameter.empty else parameter.default
        params.append(
            _param(name, parameter.name, hints[parameter.name], default, texts["Parameters"][parameter.name])
        )
    results, bundled = _results(name, hints.get("return"), texts["Returns"])
    return StepSpec(
        name=function.__name__,
        title=title,
        target=f"{function.__module__}:{function.__name__}",
        summary=summary(doc),
        params=tuple(params),
        results=results,
        bundled=bundled,
    )


def _param(step: str, name: str, hint: Any, default: Any, text: str) -> ParamSpec:
    options, limits, role = _flatten(hint)
    optional = type(None) in options
    options = [o for o in options if o is not type(None)]
    words = tuple(w for o in options if get_origin(o) is Literal for w in get_args(o))
    plain = [o for o in options if get_origin(o) is not Literal]
    common: dict[str, Any] = {
        "name": name,
        "default": default,
        "optional": optional,
        "choices": words,
        "limits": limits,
        "help": text,
    }
    if role is not None:
        kinds = {Role.CORRECTIONS: Kind.CORRECTIONS, Role.OUT: Kind.OUT, Role.RUNTIME: Kind.RUNTIME}
        return ParamSpec(kind=Kind.DATA if role in DATA_ROLES else kinds[role], role=role, **common)
    if not plain and words:
        return ParamSpec(kind=Kind.CHOICE, **common)
    kind, element = _kind(plain)
    if kind is None:
        raise TypeError(f"{step}: parameter {name!r} has the type {hint}, which no form can show")
    return ParamSpec(kind=kind, element=element, **common)


def _flatten(hint: Any) -> tuple[list[Any], Param, Role | None]:
    """Alternatives of a type, and the metadata found anywhere in it."""
    limits, role = Param(), None
    options: list[Any] = []
    todo = [hint]
    while todo:
        one = todo.pop(0)
        if get_origin(one) is Annotated:
            for extra in one.__metadata__:
                limits = extra if isinstance(extra, Param) else limits
                role = extra if isinstance(extra, Role) else role
            todo.insert(0, one.__origin__)
        elif get_origin(one) in (Union, types.UnionType):
            todo[:0] = get_args(one)
        else:
            options.append(one)
    return options, limits, role


def _kind(plain: list[Any]) -> tuple[Kind | None, type | None]:
    scalars = {bool: Kind.BOOL, int: Kind.INT, float: Kind.FLOAT, str: Kind.TEXT}
    single = [o for o in plain if o in scalars]
    several = [o for o in plain if get_origin(o) in (tuple, list, Sequence)]
    mappings = [o for o in plain if o is dict or get_origin(o) in (dict, Mapping)]
    if len(single) + len(several) + len(mappings) != len(plain) or not plain:
        return None, None
    if mappings:
        return Kind.MAPPING, None
    if several:
        element = next((a for a in get_args(several[0]) if a is not Ellipsis), float)
        per_axis = bool(single) and element in (float, int)
        return (Kind.PER_AXIS if per_axis else Kind.SEQUENCE), element
    return (scalars[single[0]], single[0]) if len(single) == 1 else (None, None)


def _results(step: str, hint: Any, texts: dict[str, str]) -> tuple[tuple[ResultSpec, ...], bool]:
    """Outputs that the return type declares, and whether they are fields of a class."""
    if get_origin(hint) is not Generator:
        raise TypeError(f"{step}: the return type must be Steps[...], got {hint}")
    value = get_args(hint)[2]
    role, like = _output(value)
    if role is not None:
        name = next((m.name for m in _metadata(value) if isinstance(m, Output)), role.value)
        return (ResultSpec(name, role, like, next(iter(texts.values()), ""), _suffixes(value)),), False
    try:
        fields = typing.get_type_hints(value, include_extras=True)
    except TypeError:
        fields = {}
    help_of = (
        sections(inspect.getdoc(value) or "")["Parameters"]
        | sections(inspect.getdoc(value) or "")["Attributes"]
    )
    found = []
    for name, field_hint in fields.items():
        role, like = _output(field_hint)
        if role is not None:
            found.append(ResultSpec(name, role, like, help_of.get(name, ""), _suffixes(field_hint)))
    if not found:
        raise TypeError(f"{step}: the result {value} declares no output with a role")
    if not (dataclasses.is_dataclass(value) or issubclass(value, tuple)):
        raise TypeError(f"{step}: the result {value} must be a frozen dataclass or a NamedTuple")
    return tuple(found), True


def _output(hint: Any) -> tuple[Role | None, Like | None]:
    role: Role | None = None
    like: Like | None = None
    for extra in _metadata(hint):
        role = extra if isinstance(extra, Role) else role
        like = extra if isinstance(extra, Like) else like
    return role, like


def _metadata(hint: Any) -> list[Any]:
    """What is annotated to a type, or to any of its alternatives."""
    return [extra for option in _alternatives(hint) for extra in getattr(option, "__metadata__", ())]


def _suffixes(hint: Any) -> tuple[str, ...]:
    """Endings that a class gives to its files."""
    classes = (getattr(option, "__origin__", option) for option in _alternatives(hint))
    return next((found for one in classes if (found := getattr(one, "suffixes", ()))), ())


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
