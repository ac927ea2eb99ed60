"""Adding to a recipe leaves what stands there as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_engine import find_blobs

from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError, InputError, StoreError
from specks.recipe import append_step, load_recipe

SPEC = find_blobs.spec()
MINE = """# my recipe
format: specks-recipe/1   # version
inputs: [image] # one
steps: # two
  # first
  - name: find_blobs
    step: find_blobs
    inputs: {image: image}
    parameters:
      diameter: 3   # wide
  # the end
"""


def test_a_recipe_grows_step_by_step(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    strokes = np.ones((4, 4), np.uint8)
    log = Corrections().add("scribble", array=strokes)
    assert append_step(path, SPEC, {"diameter": (np.float64(3), 4)}, {"image": "image"}) == "find_blobs"
    wires = {"image": "find_blobs.smooth", "mask": "find_blobs.labels", "offsets": "shifts"}
    assert append_step(path, SPEC, {"fill": True}, wires, log) == "find_blobs_2"
    assert append_step(path, SPEC, {}, {"image": "image"}, name="Find_Blobs") == "Find_Blobs_3"
    recipe = load_recipe(path)
    assert recipe.inputs == ("image", "shifts")
    assert recipe.steps[0].parameters == {"diameter": [3.0, 4]}
    assert recipe.steps[1].inputs == wires
    np.testing.assert_array_equal(recipe.steps[1].corrections.of("scribble")[0]["array"], strokes)


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(MINE)
    append_step(path, SPEC, {}, {"image": "find_blobs.smooth", "offsets": "shifts"})
    text = path.read_text()
    assert text.startswith(MINE.replace("[image]", "[image, shifts]"))
    assert [s.name for s in load_recipe(path).steps] == ["find_blobs", "find_blobs_2"]


@pytest.mark.parametrize(
    "text",
    [
        "{format: specks-recipe/1, inputs: [image], steps: [{name: a, step: find_blobs, inputs: {image: image}}]}",
        MINE.replace("inputs: [image] # one", "inputs:\n- image"),
        MINE.split("inputs:")[0]
        + "steps: [{name: a, step: find_blobs, inputs: {image: image}}]\ninputs: [image]",
        MINE + "...\n",
        MINE.rstrip("\n"),
    ],
)
def test_any_layout_is_added_to(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    before = load_recipe(path)
    append_step(path, SPEC, {"repeats": 2}, {"image": "image", "mask": "where"}, name="last")
    after = load_recipe(path)
    assert after.inputs == ("image", "where")
    assert after.steps[:-1] == before.steps
    assert after.steps[-1].parameters == {"repeats": 2}


def test_corrections_never_overwrite_a_file(tmp_path: Path) -> None:
    (tmp_path / "r.find_blobs.json").write_text("mine")
    log = Corrections().add("exclude_frame", frame=2)
    append_step(tmp_path / "r.yaml", SPEC, {}, {"image": "image"}, log)
    assert (tmp_path / "r.find_blobs.json").read_text() == "mine"
    assert list(load_recipe(tmp_path / "r.yaml").steps[0].corrections) == list(log)


@pytest.mark.parametrize(
    ("values", "inputs", "says"),
    [
        ({"repeats": 0}, {"image": "image"}, "repeats is 0"),
        ({"repeat": 1}, {"image": "image"}, "did you mean 'repeats'"),
        ({}, {}, "image is not wired"),
        ({}, {"image": "other.smooth"}, "no input and no output"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    tmp_path: Path, values: dict[str, Any], inputs: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        append_step(tmp_path / "r.yaml", SPEC, values, inputs)
    assert not list(tmp_path.iterdir())


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.yaml"
    path.write_text("shopping: [milk]\n")
    with pytest.raises(FileFormatError, match="is not a recipe"):
        append_step(path, SPEC, {}, {"image": "image"})
    assert path.read_text() == "shopping: [milk]\n"


def test_a_full_disk_leaves_the_recipe_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(MINE)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match="the disk is full"):
        append_step(path, SPEC, {}, {"image": "image"})
    assert path.read_text() == MINE
