"""What is run, with everything as it was when Run was pressed."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari.layers import Image, Labels

from specks._core.checks import bind
from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source
from specks._core.spec import StepSpec
from specks._core.step import StepFunction
from specks._core.types import Role
from specks.ui.layer_view import LayerView

__all__ = ["CHOSEN_WITH_THE_LAYER", "Estimate", "Finished", "Request"]

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
    """

    step: StepFunction[..., Any]
    views: Mapping[str, LayerView]
    values: Mapping[str, Any]
    corrections: Corrections = field(default_factory=Corrections)
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def spec(self) -> StepSpec:
        """The declaration of the step."""
        return self.step.spec()

    @property
    def main(self) -> LayerView:
        """The first input, the one that results are named after."""
        return next(iter(self.views.values()))

    @property
    def explicit_values(self) -> dict[str, Any]:
        """The values with what the layer says of its axes, for callers that have only the pixels."""
        view = next(iter(self.views.values()), None)
        if view is None or not isinstance(view.layer, Image | Labels):
            return dict(self.values)
        geometry = view.source.geometry
        said: dict[str, Any] = {"axes": geometry.axes}
        if geometry.is_physical:
            said |= {"spacing": geometry.spatial_spacing, "units": geometry.length_unit}
        asked = {p.name for p in self.spec.params}
        return {name: value for name, value in said.items() if name in asked} | dict(self.values)

    def arguments(self) -> dict[str, Any]:
        """Everything that the step is called with, but for arrays to write into. May read pixels."""
        given = {name: view.value(self.spec.param(name).role) for name, view in self.views.items()}
        given |= {**self.values, **self.files}
        log = next((p.name for p in self.spec.params if p.role is Role.CORRECTIONS), None)
        if log is not None and len(self.corrections):
            given[log] = self.corrections
        return given

    def run(self, out: Mapping[str, Any]) -> Generator[Progress, None, Finished]:
        """Run the step; the result comes with its provenance, whatever the step returns."""
        started = time.perf_counter()
        given = self.arguments()
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
