"""Every fault of a recipe at once, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specks._core.checks import check, nearest
from specks._core.errors import InputError
from specks._core.registry import find_step
from specks._core.spec import StepSpec
from specks._core.types import Role
from specks.recipe.model import Recipe, RecipeStep, family, is_name

__all__ = ["check_recipe", "named"]


def check_recipe(recipe: Recipe) -> None:
    """Check a recipe against the steps that it names.

    Raises
    ------
    InputError
        With every unknown step, input, output or parameter, unusable value, missing or unfit
        wire, and unusable or doubled name.
    """
    faults = _name_faults(recipe)
    wires = _Wires(recipe.inputs)
    for step in recipe.steps:
        try:
            spec = find_step(step.step).spec()
        except InputError as error:
            faults.append(f"step {step.name!r}: {error}")
            wires.skip(step.name)
            continue
        faults += [f"step {step.name!r}: {fault}" for fault in _step_faults(step, spec, wires)]
        wires.add(step.name, spec)
    faults += [f"input {name!r} is not used by any step" for name in recipe.inputs if name not in wires.used]
    if not recipe.inputs:
        faults.append("the recipe has no inputs")
    if not recipe.steps:
        faults.append("the recipe has no steps")
    if faults:
        raise InputError(faults)


def named(spec: StepSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values under today's names of the parameters; unknown names are left for `check`."""
    old = {alias: p.name for p in spec.params for alias in p.limits.aliases}
    return {old.get(name, name): value for name, value in values.items()}


def _name_faults(recipe: Recipe) -> list[str]:
    rule = "use letters, digits, - and _, beginning with a letter"
    faults = []
    for what, names in (("input", recipe.inputs), ("step", [s.name for s in recipe.steps])):
        seen: set[str] = set()
        for name in names:
            if not is_name(name):
                faults.append(f"{what} {name!r} has an unusable name; {rule}")
            elif name.casefold() in seen:  # folders on Windows and macOS do not tell case apart
                faults.append(f"{what} {name!r} is there twice")
            seen.add(str(name).casefold())
    return faults


class _Wires:
    """What can be wired to at this point of the recipe, by family."""

    def __init__(self, inputs: tuple[str, ...]) -> None:
        self.inputs = inputs
        self.used: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.unknown: set[str] = set()

    def add(self, name: str, spec: StepSpec) -> None:
        self.outputs |= {f"{name}.{result.name}": family(result.role) for result in spec.results}

    def skip(self, name: str) -> None:
        """Believe any output of a step that is itself a fault."""
        self.unknown.add(name)

    def fault(self, wire: object, role: Role | None) -> str | None:
        """What is wrong with connecting a parameter of this role to `wire`."""
        if not isinstance(wire, str):
            return f"is wired to {wire!r}; it must be the name of an input or of an output such as 'segment.labels'"
        wanted = family(role)
        if wire in self.inputs:
            found = self.used.setdefault(wire, wanted)
        elif wire in self.outputs:
            found = self.outputs[wire]
        elif wire.partition(".")[0] in self.unknown:
            return None
        else:
            hint = nearest(wire, [*self.inputs, *self.outputs])
            return f"is wired to {wire!r}, which is no input and no output of an earlier step{hint}"
        return (
            None
            if found == wanted
            else f"is wired to {wire!r}, which is a{'n' * (found == 'array')} {found}, not a{'n' * (wanted == 'array')} {wanted}"
        )


def _step_faults(step: RecipeStep, spec: StepSpec, wires: _Wires) -> list[str]:
    faults = []
    known = {p.name: p for p in spec.inputs}
    for name, wire in named(spec, step.inputs).items():
        if name not in known:
            faults.append(f"no input {name!r}{nearest(str(name), known)}")
            continue
        fault = wires.fault(wire, known[name].role)
        faults += [f"{name} {fault}"] if fault else []
    given = named(spec, step.inputs)
    faults += [
        f"{p.name} is not wired to anything" for p in spec.inputs if p.required and p.name not in given
    ]
    values = named(spec, step.parameters)
    settings = {p.name for p in spec.settings}
    for name in [n for n in values if n not in settings]:
        hint = nearest(str(name), settings)
        other = "; data are wired under inputs" if name in known else ""
        faults.append(f"no parameter {name!r}{other or hint}")
    faults += check(spec, {n: v for n, v in values.items() if n in settings})
    faults += [f"{p.name} is missing" for p in spec.settings if p.required and p.name not in values]
    takes_corrections = any(p.role is Role.CORRECTIONS for p in spec.params)
    if len(step.corrections) and not takes_corrections:
        faults.append(f"{spec.name} takes no corrections")
    return faults
