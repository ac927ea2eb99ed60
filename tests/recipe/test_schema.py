"""The schema and the checks say the same."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_engine import find_blobs

from specks._core.checks import check
from specks._core.registry import STEPS, find_step
from specks.recipe import recipe_schema
from specks.recipe.schema import settings_schema

SPEC = find_blobs.spec()
VALIDATOR = jsonschema.Draft202012Validator(settings_schema(SPEC))
# JSON Schema takes 1.0 for a whole number, the checks do not; nothing else may differ.
fractions = st.floats(-300, 300).filter(lambda x: x != round(x))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-300, 300)
    | fractions
    | st.sampled_from(["auto", "above", "x", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SPEC.settings), values)
def test_the_schema_takes_what_the_checks_take(parameter: Any, value: Any) -> None:
    given = {parameter.name: value}
    assert VALIDATOR.is_valid(given) == (not check(SPEC, given)), check(SPEC, given)


def test_the_schema_knows_every_step_and_is_sound() -> None:
    schema = recipe_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    known = [s["properties"]["step"]["const"] for s in schema["properties"]["steps"]["items"]["oneOf"]]
    assert known == [target.partition(":")[2] for target in STEPS]


@pytest.mark.parametrize("target", STEPS)
def test_the_defaults_of_every_step_obey_its_schema(target: str) -> None:
    spec = find_step(target.partition(":")[2]).spec()
    schema = settings_schema(spec)
    defaults = {p.name: p.default for p in spec.settings if not p.required}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in defaults.items()}
    jsonschema.validate(plain, schema | {"required": []})
    assert not check(spec, defaults)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "specks-recipe/2"},
        {"steps": []},
        {"more": 1},
        {"steps": [{"name": "a", "step": "find_blobs"}]},
        {"steps": [{"name": "a", "step": "nothing", "inputs": {"image": "image"}}]},
        {"steps": [{"name": "a", "step": "find_blobs", "inputs": {"image": "a b"}}]},
        {
            "steps": [
                {
                    "name": "a",
                    "step": "find_blobs",
                    "inputs": {"image": "image"},
                    "parameters": {"repeats": 0},
                }
            ]
        },
    ],
)
def test_faults_break_the_schema(change: dict[str, Any]) -> None:
    good = {
        "format": "specks-recipe/1",
        "inputs": ["image"],
        "steps": [{"name": "a", "step": "find_blobs", "inputs": {"image": "image"}}],
    }
    validator = jsonschema.Draft202012Validator(recipe_schema())
    assert validator.is_valid(good)
    assert not validator.is_valid(good | change)
