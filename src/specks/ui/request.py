"""What is run, with everything as it was when Run was pressed."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specks._core.checks import bind
from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source
from specks._core.spec import StepSpec
from specks._core.step import StepFunction
from specks._core.types import Role
from specks.ui.layer_view import LayerView

__all__ = ["CHOSEN_WITH_THE_LAYER", "Estimate", "Finished", "Request", "Stored", "Wire"]

#: Settings that a layer brings along; the form does not ask for them.
CHOSEN_WITH_THE_LAYER = ("axes", "spacing", "units", "channel")


@dataclass(frozen=True)
class Finished:
    """A result and where it came from."""

    result: Any
    provenance: Provenance


@dataclass(frozen=True)
class Estimate:
    """Settings that fit the data.

    Parameters
    ----------
    values : mapping
        By name; those that are not named stay as they are.
    sentence : str
        What was seen.
    """

    values: Mapping[str, Any]
    sentence: str


@dataclass(frozen=True, eq=False)
class Wire:
    """An argument that an earlier step gives.

    Parameters
    ----------
    request : Request
        Of that step.
    result : object, optional
        What it gave; it is run when that is not known.
    output : str
        Which output is meant of a step that has several; all of them when none is named.
    """

    request: Request
    result: Any = None
    output: str = ""

    @property
    def asked(self) -> tuple[Any, ...]:
        """Equal where the same is given."""
        return ("known", id(self.result)) if self.result is not None else self.request.asked

    def pull(self) -> Generator[Progress, None, Any]:
        """The argument."""
        if self.result is not None:
            return self.result
        result = (yield from self.request.run({})).result
        return getattr(result, self.output) if self.output else result


@dataclass(frozen=True)
class Stored:
    """Where a result was read from that was not run here.

    Parameters
    ----------
    owner : type
        A public class that reads it by its ``load``.
    path : pathlib.Path
    """

    owner: type
    path: Path


@dataclass(frozen=True)
class Request:
    """A step and its arguments.

    Parameters
    ----------
    step : StepFunction
    views : mapping of str to LayerView
        Inputs by argument name.
    values : mapping
        Settings that differ from the defaults.
    corrections : Corrections, optional
        Left out when empty.
    files : mapping of str to pathlib.Path, optional
        Models by argument name.
    wires : mapping of str to Wire, optional
        Arguments that come from earlier steps, by name; also those of `views` that are worked up first.
    stored : Stored, optional
        What its result was read from instead.
    """

    step: StepFunction[..., Any]
    views: Mapping[str, LayerView]
    values: Mapping[str, Any]
    corrections: Corrections = field(default_factory=Corrections)
    files: Mapping[str, Path] = field(default_factory=dict)
    wires: Mapping[str, Wire] = field(default_factory=dict)
    stored: Stored | None = field(default=None, kw_only=True)

    @property
    def spec(self) -> StepSpec:
        """The declaration of the step."""
        return self.step.spec()

    @property
    def main(self) -> LayerView:
        """The first input, the one that results are named after."""
        return next(iter(self.views.values()))

    @property
    def asked(self) -> tuple[Any, ...]:
        """Equal where the same is asked for, whatever was corrected by hand."""
        return (
            self.spec.name,
            self.views,
            self.values,
            self.files,
            {name: wire.asked for name, wire in self.wires.items()},
        )

    @property
    def explicit_values(self) -> dict[str, Any]:
        """The values with what the layer says of its axes, for callers that have only the pixels."""
        view = next(iter(self.views.values()), None)
        if view is None:
            return dict(self.values)
        geometry = view.geometry
        said: dict[str, Any] = {"axes": geometry.axes}
        if geometry.is_physical:
            said |= {"spacing": geometry.spatial_spacing, "units": geometry.length_unit}
        asked = {p.name for p in self.spec.params}
        return {name: value for name, value in said.items() if name in asked} | dict(self.values)

    def arguments(self) -> dict[str, Any]:
        """What the step is called with, but for wires and for arrays to write into. May read pixels."""
        roles = {name: self.spec.param(name).role for name in self.views}
        given = {n: view.value(roles[n]) for n, view in self.views.items() if n not in self.wires}
        # A table does not say what its pixels are.
        given |= self.explicit_values if Role.TABLE in roles.values() else self.values
        given |= self.files
        log = next((p.name for p in self.spec.params if p.role is Role.CORRECTIONS), None)
        if log is not None and len(self.corrections):
            given[log] = self.corrections
        return given

    def run(self, out: Mapping[str, Any]) -> Generator[Progress, None, Finished]:
        """Run the step; the result comes with its provenance, whatever the step returns."""
        started = time.perf_counter()
        given = self.arguments()
        for name, wire in self.wires.items():
            given[name] = yield from wire.pull()
        target = next((p.name for p in self.spec.params if p.role is Role.OUT), None)
        arrays = {target: dict(out)} if target is not None and out else {}
        result = yield from self.step.iterate(**given, **arrays)
        return Finished(result, self._provenance(result, given, time.perf_counter() - started))

    def _provenance(self, result: Any, given: Mapping[str, Any], seconds: float) -> Provenance:
        found = getattr(result, "provenance", None)
        if isinstance(found, Provenance) and found.step:
            return found
        inputs = {name: fingerprint(value) for name, value in given.items() if isinstance(value, Source)}
        return Provenance(inputs=inputs).completed(self.spec, bind(self.spec, (), given), seconds)
