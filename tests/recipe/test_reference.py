"""The tables of the manual say what the declarations say."""

from __future__ import annotations

import re

import pytest
from toy_engine import find_blobs

from specks._core.registry import STEPS, find_step
from specks._core.spec import StepSpec
from specks.recipe import parameter_table


def rows(spec: StepSpec) -> list[list[str]]:
    lines = [line for line in parameter_table(spec).splitlines() if line]
    return [re.split(r"(?<!\\) \| ", line[2:-2]) for line in lines]


@pytest.mark.parametrize("target", STEPS)
def test_every_parameter_and_result_has_its_row(target: str) -> None:
    spec = find_step(target.partition(":")[2]).spec()
    found = rows(spec)
    names = [row[0].strip("`") for row in found]
    assert names == [
        "parameter",
        "---",
        *[p.name for p in spec.params],
        "result",
        "---",
        *[r.name for r in spec.results],
    ]
    assert {len(row) for row in found[: 2 + len(spec.params)]} == {5}
    assert {len(row) for row in found[2 + len(spec.params) :]} == {3}


def test_limits_defaults_and_units_are_told() -> None:
    told = {row[0]: row[1:] for row in rows(find_blobs.spec())}
    assert told["`image`"] == ["image", "required", "", "What to look at."]
    assert told["`diameter`"][:3] == [
        "a number or one per spatial axis, above 0 and at most 200",
        "`3.0`",
        "of the image",
    ]
    assert told["`level`"][:2] == ["a number, 0 or more or 'auto'", "`'auto'`"]
    assert told["`method`"][0] == "'above' or 'below'"
    assert told["`bounds`"][:2] == ["mapping or None", "`None`"]
    assert told["`fill`"][0] == "True or False"
    assert told["`corrections`"][0] == "corrections"


def test_an_event_that_ends_a_run_is_no_executor() -> None:
    told = {row[0]: row[1] for row in rows(find_step("refine").spec())}
    assert (told["`executor`"], told["`cancel`"]) == ("executor", "event")
