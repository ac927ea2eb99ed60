"""JSON Schema of recipes and of a step's settings, made from the specs."""

from __future__ import annotations

from typing import Any

from specks._core.corrections_file import corrections_schema
from specks._core.registry import STEPS, find_step
from specks._core.spec import Kind, ParamSpec, StepSpec
from specks.recipe.file import FORMAT

__all__ = ["corrections_schema", "parameter_schema", "recipe_schema", "settings_schema"]

NAME = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}
WIRE = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}(\\.[A-Za-z_][A-Za-z0-9_]*)?$"}


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe file, for editors and other programs.

    It says what the steps that are known now take. Whether wires fit is told by `load_recipe`.

    Returns
    -------
    dict
        A schema of the 2020-12 draft.
    """
    specs = [find_step(target.partition(":")[2]).spec() for target in STEPS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "specks recipe",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "inputs": {"type": "array", "items": NAME, "uniqueItems": True},
            "steps": {"type": "array", "minItems": 1, "items": {"oneOf": [_step(spec) for spec in specs]}},
        },
        "required": ["format", "inputs", "steps"],
        "additionalProperties": False,
    }


def settings_schema(spec: StepSpec) -> dict[str, Any]:
    """JSON Schema of the settings of a step.

    Parameters
    ----------
    spec : StepSpec

    Returns
    -------
    dict
    """
    properties = {p.name: parameter_schema(p) for p in spec.settings}
    aliases = {alias: properties[p.name] for p in spec.settings for alias in p.limits.aliases}
    return {
        "type": "object",
        "properties": properties | aliases,
        "required": [p.name for p in spec.settings if p.required],
        "additionalProperties": False,
    }


def parameter_schema(p: ParamSpec) -> dict[str, Any]:
    """JSON Schema of one setting.

    Parameters
    ----------
    p : ParamSpec

    Returns
    -------
    dict

    Examples
    --------
    >>> from specks._core.types import Param
    >>> parameter_schema(ParamSpec("size", Kind.INT, 3, limits=Param(ge=1), help="How large."))
    {'type': 'integer', 'minimum': 1, 'default': 3, 'description': 'How large.'}
    """
    options = [] if p.kind is Kind.CHOICE else [_value(p)]
    options += [{"enum": list(p.choices)}] if p.choices else []
    options += [{"type": "null"}] if p.optional else []
    schema: dict[str, Any] = dict(options[0]) if len(options) == 1 else {"anyOf": options}
    if not p.required:
        schema["default"] = list(p.default) if isinstance(p.default, tuple) else p.default
    if p.help:
        schema["description"] = p.help
    return schema


def _value(p: ParamSpec) -> dict[str, Any]:
    """Schema of the value itself, words and None aside."""
    if p.kind is Kind.BOOL:
        return {"type": "boolean"}
    if p.kind is Kind.TEXT:
        return {"type": "string"}
    if p.kind is Kind.MAPPING:
        return {"type": "object"}
    limits = {"minimum": p.limits.ge, "exclusiveMinimum": p.limits.gt, "maximum": p.limits.le}
    ranges = {key: limit for key, limit in limits.items() if limit is not None}
    if p.kind in (Kind.INT, Kind.FLOAT):
        return {"type": "integer" if p.kind is Kind.INT else "number", **ranges}
    kind = "string" if p.element is str else "integer" if p.element is int else "number"
    several = {"type": "array", "items": {"type": kind, **ranges}}
    if p.kind is Kind.SEQUENCE:
        return several
    return {"anyOf": [{"type": "number", **ranges}, {**several, "minItems": 1}]}


def _step(spec: StepSpec) -> dict[str, Any]:
    wires = {
        "type": "object",
        "properties": {p.name: WIRE | ({"description": p.help} if p.help else {}) for p in spec.inputs},
        "required": [p.name for p in spec.inputs if p.required],
        "additionalProperties": False,
    }
    settings = settings_schema(spec)
    return {
        "type": "object",
        "title": spec.title,
        "description": spec.summary,
        "properties": {
            "name": NAME,
            "step": {"const": spec.name},
            "inputs": wires,
            "parameters": settings,
            "corrections": {"type": "string", "pattern": r"^[^/\\]+\.json$"},
        },
        "required": [
            "name",
            "step",
            *(["inputs"] if wires["required"] else []),
            *(["parameters"] if settings["required"] else []),
        ],
        "additionalProperties": False,
    }
