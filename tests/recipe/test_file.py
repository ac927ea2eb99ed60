"""Recipes on disk: round trips, and every fault at once."""

from __future__ import annotations

import contextlib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import toy_engine  # noqa: F401 - registers its step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError, InputError, SpecksError
from specks._core.registry import STEPS
from specks.recipe import Recipe, RecipeStep, load_recipe, recipe_schema, save_recipe
from specks.recipe.yaml_file import read_yaml

in_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
VALIDATOR = jsonschema.Draft202012Validator(recipe_schema())
STROKES = np.arange(16, dtype=np.uint8).reshape(4, 4)
RECIPE = Recipe(
    ("image", "offsets"),
    (
        RecipeStep(
            "blobs",
            "find_blobs",
            {"image": "image", "offsets": "offsets"},
            {"diameter": (3.0, 5), "bounds": {"min": 1e-12}, "note": "no", "level": "auto"},
            Corrections().add("scribble", array=STROKES).add("exclude_frame", frame=1),
        ),
        RecipeStep("again", "find_blobs", {"image": "blobs.smooth", "mask": "blobs.labels"}),
    ),
)
numbers = st.floats(0.001, 200)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "diameter": numbers | st.lists(numbers, min_size=1, max_size=3),
        "level": st.just("auto") | st.floats(0, 1e300),
        "method": st.sampled_from(["above", "below"]),
        "weights": st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3),
        "bounds": st.none() | st.dictionaries(st.text("abc", max_size=3), numbers, max_size=2),
        "repeats": st.integers(1, 9),
        "fill": st.booleans(),
        "note": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
        "spacing": st.none() | numbers,
    },
)


def test_a_recipe_comes_back_with_its_corrections(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    save_recipe(RECIPE, path)
    again = load_recipe(path)
    assert again.inputs == RECIPE.inputs
    assert again.steps[1] == RECIPE.steps[1]
    first = again.steps[0]
    assert first.parameters == {"diameter": [3.0, 5], "bounds": {"min": 1e-12}, "note": "no", "level": "auto"}
    np.testing.assert_array_equal(first.corrections.of("scribble")[0]["array"], STROKES)
    assert first.corrections.of("exclude_frame") == ({"kind": "exclude_frame", "frame": 1},)
    assert (tmp_path / "r.blobs.json").exists()


@in_folder
@given(parameters)
def test_any_parameters_come_back(tmp_path: Path, values: dict[str, object]) -> None:
    recipe = Recipe(("image",), (RecipeStep("blobs", "find_blobs", {"image": "image"}, values),))
    save_recipe(recipe, tmp_path / "r.yaml")
    assert load_recipe(tmp_path / "r.yaml") == recipe
    VALIDATOR.validate(read_yaml(tmp_path / "r.yaml"))


def faults(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_recipe(path)
    assert all(fault.startswith("r.yaml: ") for fault in caught.value.faults)
    return tuple(fault.removeprefix("r.yaml: ") for fault in caught.value.faults)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    assert faults(
        tmp_path,
        """
format: specks-recipe/1
input: [image]
steps:
- nam: a
  step: find_blobs
- name: b
  step: find_blob
- name: c
  step: find_blobs
  inputs: {image: b.foo, masc: d, mask: c.labels}
  parameters: {diamter: 3, repeats: 0, image: 3}
  corrections: gone.json
- name: C
  step: find_blobs
  inputs: {offsets: c.labels}
""",
    ) == (
        "the recipe has no field 'input'; did you mean 'inputs'?",
        "the recipe lacks the field 'inputs'",
        "step 1 has no field 'nam'; did you mean 'name'?",
        "step 1 lacks the field 'name'",
        f"step 'c': there is no file or folder {tmp_path / 'gone.json'}",
        "step 'C' is there twice",
        "step 'b': there is no step 'find_blob'; did you mean 'find_blobs'?; known steps: "
        + ", ".join(target.partition(":")[2] for target in STEPS),
        "step 'c': no input 'masc'; did you mean 'mask'?",
        "step 'c': mask is wired to 'c.labels', which is no input and no output of an earlier step",
        "step 'c': no parameter 'diamter'; did you mean 'diameter'?",
        "step 'c': no parameter 'image'; data are wired under inputs",
        "step 'c': repeats is 0; it must be a whole number, from 1 to 9",
        "step 'C': offsets is wired to 'c.labels', which is an array, not a table",
        "step 'C': image is not wired to anything",
        "the recipe has no inputs",
    )


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("[]", "the recipe has no steps"),
        ("3", "steps is 3; it must be a list of steps"),
        ("[3]", "step 1 is 3; it must have the fields name, step, inputs, parameters, corrections"),
        ("[{name: a, step: [x]}]", "step 'a': step is ['x']; it must be text"),
        ("[{name: a, step: find_blobs, inputs: 3}]", "step 'a': inputs is 3; it must be a mapping"),
        ("[{name: a, step: find_blobs, inputs: {image: 3}}]", "image is wired to 3; it must be the name"),
        ("[{name: a/b, step: find_blobs, inputs: {image: image}}]", "step 'a/b' has an unusable name"),
        ("[{name: a, step: os.system, inputs: {image: image}}]", "there is no step 'os.system'"),
        (
            "[{name: a, step: find_blobs, inputs: {image: image}, corrections: ../x.json}]",
            "it must be the name of a file beside",
        ),
        ("[{name: a, step: find_blobs, inputs: {image: image}, corrections: ''}]", "corrections is ''"),
        ("[{name: a, step: find_blobs, inputs: {image: image, 1: x}}]", "no input 1"),
        ("[{name: a, step: find_blobs, inputs: {image: image}, parameters: {1: x}}]", "no parameter 1"),
        ("[{name: a, step: find_blobs, inputs: {image: image, offsets: image}}]", "an array, not a table"),
    ],
)
def test_a_faulty_step_is_named(tmp_path: Path, steps: str, says: str) -> None:
    assert says in "; ".join(faults(tmp_path, f"format: specks-recipe/1\ninputs: [image]\nsteps: {steps}\n"))


def test_an_old_name_is_understood(tmp_path: Path) -> None:
    step = "{name: a, step: find_blobs, inputs: {image: image}, parameters: {fill_holes: true}}"
    (tmp_path / "r.yaml").write_text(f"format: specks-recipe/1\ninputs: [image]\nsteps: [{step}]\n")
    assert load_recipe(tmp_path / "r.yaml").steps[0].parameters == {"fill_holes": True}


@pytest.mark.parametrize("text", ["", "[]", "format: other\n", "steps: []", "a: [1"])
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(FileFormatError):
        load_recipe(tmp_path / "r.yaml")


def test_a_faulty_recipe_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="repeats is 0"):
        save_recipe(
            Recipe(("image",), (RecipeStep("a", "find_blobs", {"image": "image"}, {"repeats": 0}),)),
            tmp_path / "r.yaml",
        )
    assert not list(tmp_path.iterdir())


@in_folder
@given(data=st.data())
def test_damage_is_a_named_error_or_a_recipe(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "r.yaml"
    save_recipe(RECIPE, path)
    whole = path.read_text()
    at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    path.write_text(whole[:at] + data.draw(st.text("[]{}:,-'\"#&*!?|\n aA0.", max_size=5)) + whole[end:])
    with contextlib.suppress(SpecksError):
        assert isinstance(load_recipe(path), Recipe)
