"""Recipes run: results as by call, finished steps kept, and nothing that only looks finished."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from toy_engine import find_blobs

from specks._core.corrections import Corrections
from specks._core.errors import InputError, NotFoundError, StoreError
from specks.io import open_image, open_result, read_table
from specks.recipe import (
    Recipe,
    RecipeStep,
    iterate_recipe,
    load_recipe,
    plan_recipe,
    run_recipe,
    save_recipe,
)

FIRST = RecipeStep("blobs", "find_blobs", {"image": "image"}, {"diameter": 5, "level": 120})
SECOND = RecipeStep("again", "find_blobs", {"image": "blobs.smooth", "mask": "blobs.labels"}, {"level": 130})
RECIPE = Recipe(("image",), (FIRST, SECOND))


def picture(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = rng.normal(100, 5, (3, 32, 40))
    image[:, 8:16, 8:16] += 80
    image[1, 20:28, 20:28] += 60
    return image.astype(np.uint16)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, picture(), metadata={"axes": "TYX"}, photometric="minisblack")
    return path


def pixels(path: Path) -> np.ndarray:
    source = open_image(path)
    return source.read(tuple(slice(0, n) for n in source.shape))


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_recipe_gives_what_the_calls_give(tmp_path: Path, image: Path) -> None:
    blobs, again = run_recipe(RECIPE, image, tmp_path / "out")
    one = find_blobs(picture(), diameter=5, level=120)
    two = find_blobs(one.smooth, mask=one.labels, level=130)
    for outcome, result in ((blobs, one), (again, two)):
        np.testing.assert_array_equal(pixels(outcome.outputs["smooth"]), result.smooth)
        np.testing.assert_array_equal(pixels(outcome.outputs["labels"]), result.labels)
        pd.testing.assert_frame_equal(read_table(outcome.outputs["centers"]), result.centers)
        pd.testing.assert_frame_equal(read_table(outcome.outputs["objects"]), result.objects)
        assert outcome.summary == result.summary()
        assert not outcome.kept
    assert blobs.folder == tmp_path / "out" / "blobs"
    stored = open_result(blobs.folder)
    assert stored.provenance is not None
    assert stored.provenance.parameters["diameter"] == 5
    assert stored.image is not None
    assert stored.image.axes == "tyx"


def test_finished_steps_are_kept(tmp_path: Path, image: Path) -> None:
    run_recipe(RECIPE, image, tmp_path / "out")
    before = files(tmp_path / "out")
    again = run_recipe(RECIPE, str(image), tmp_path / "out")
    assert [outcome.kept for outcome in again] == [True, True]
    assert again[0].summary.endswith("blobs in 3 frames")
    assert files(tmp_path / "out") == before
    anew = run_recipe(RECIPE, image, tmp_path / "out", resume=False)
    assert [outcome.kept for outcome in anew] == [False, False]


def changed(recipe: Recipe, **fields: Any) -> Recipe:
    import dataclasses

    return Recipe(recipe.inputs, (recipe.steps[0], dataclasses.replace(recipe.steps[1], **fields)))


@pytest.mark.parametrize(
    "other",
    [
        changed(RECIPE, parameters={"level": 131}),
        changed(RECIPE, corrections=Corrections().add("exclude_frame", frame=1)),
        changed(RECIPE, inputs={"image": "blobs.smooth"}),
        changed(RECIPE, inputs={"image": "image"}),
    ],
)
def test_what_has_changed_is_run_again_and_nothing_else(tmp_path: Path, image: Path, other: Recipe) -> None:
    run_recipe(RECIPE, image, tmp_path / "out")
    assert [one.kept is not None for one in plan_recipe(other, image, tmp_path / "out")] == [True, False]
    assert [outcome.kept for outcome in run_recipe(other, image, tmp_path / "out")] == [True, False]


def test_a_changed_image_or_version_is_noticed(
    tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_recipe(RECIPE, image, tmp_path / "out")
    tifffile.imwrite(image, picture(1), metadata={"axes": "TYX"}, photometric="minisblack")
    assert [outcome.kept for outcome in run_recipe(RECIPE, image, tmp_path / "out")] == [False, False]
    monkeypatch.setattr("specks.recipe.stamp.version", lambda: "999")
    assert [outcome.kept for outcome in run_recipe(RECIPE, image, tmp_path / "out")] == [False, False]


def test_changed_corrections_come_from_the_file(tmp_path: Path, image: Path) -> None:
    path = tmp_path / "r.yaml"
    strokes = np.zeros((32, 40), np.uint8)
    strokes[:4, :4] = 2
    log = Corrections().add("scribble", array=strokes)
    save_recipe(changed(RECIPE, corrections=log, inputs={"image": "blobs.smooth"}), path)
    outcome = run_recipe(path, image, tmp_path / "out")[1]
    assert pixels(outcome.outputs["labels"])[0, :4, :4].all()
    again = run_recipe(path, image, tmp_path / "out")
    assert [one.kept for one in again] == [True, True]
    strokes[:4, :4] = 1
    save_recipe(changed(load_recipe(path), corrections=Corrections().add("scribble", array=strokes)), path)
    again = run_recipe(path, image, tmp_path / "out")
    assert [one.kept for one in again] == [True, False]
    assert not pixels(again[1].outputs["labels"])[0, :4, :4].any()


def test_a_series_gets_a_folder_each(tmp_path: Path) -> None:
    paths = []
    for day in ("day1", "day2"):
        (tmp_path / day).mkdir()
        paths.append(tmp_path / day / "a.npy")
        np.save(paths[-1], picture(len(paths)))
    offsets = tmp_path / "offsets.csv"
    offsets.write_text("offset\n1\n2\n3\n")
    recipe = Recipe(
        ("image", "offsets"), (RecipeStep("b", "find_blobs", {"image": "image", "offsets": "offsets"}),)
    )
    found = run_recipe(recipe, {"image": paths, "offsets": offsets}, tmp_path / "out")
    assert [o.folder.relative_to(tmp_path / "out").as_posix() for o in found] == ["day1-a/b", "day2-a/b"]
    for outcome, path in zip(found, paths, strict=True):
        expected = find_blobs(np.load(path), pd.DataFrame({"offset": [1, 2, 3]}))
        np.testing.assert_array_equal(pixels(outcome.outputs["labels"]), expected.labels)


def test_arrays_are_inputs_too(tmp_path: Path) -> None:
    assert not run_recipe(RECIPE, picture(), tmp_path / "out")[0].kept
    assert run_recipe(RECIPE, picture(), tmp_path / "out")[1].kept
    assert not run_recipe(RECIPE, picture(1), tmp_path / "out")[1].kept


@pytest.mark.parametrize(
    ("inputs", "error", "says"),
    [
        ("none.tif", NotFoundError, "there is no file or folder none.tif"),
        ("n" * 300 + ".tif", NotFoundError, "there is no file or folder nnn"),
        ({"image": "x", "imag": "x"}, InputError, "no input 'imag'; did you mean 'image'"),
        ({}, InputError, "input 'image' is missing"),
        ([], InputError, "a list must hold paths, one at least"),
        ([np.zeros(3)], InputError, "a list must hold paths"),
        (["a.tif", "./a.tif"], InputError, "is given twice"),
    ],
)
def test_inputs_are_checked_before_any_work(
    tmp_path: Path, inputs: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        iterate_recipe(RECIPE, inputs, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_progress_says_which_step_it_is_about(tmp_path: Path, image: Path) -> None:
    said = [progress.what for progress in iterate_recipe(RECIPE, image, tmp_path / "out")]
    assert "blobs: Frame 3 of 3" in said
    assert "again: Frame 1 of 3" in said


@pytest.mark.parametrize("stop_at", ["blobs: Frame 2", "again: Frame 2"])
def test_a_run_that_is_stopped_leaves_only_finished_steps(tmp_path: Path, image: Path, stop_at: str) -> None:
    out = tmp_path / "out"
    run = iterate_recipe(RECIPE, image, out)
    for progress in run:
        if progress.what.startswith(stop_at):
            break
    run.close()
    done = ["blobs"] if stop_at.startswith("again") else []
    assert sorted(p.name for p in out.iterdir()) == done
    assert [o.kept for o in run_recipe(RECIPE, image, out)] == [bool(done), False]


def test_outdated_results_do_not_outlive_what_they_were_made_of(tmp_path: Path, image: Path) -> None:
    out = tmp_path / "out"
    run_recipe(RECIPE, image, out)
    other = Recipe(("image",), (RecipeStep("blobs", "find_blobs", {"image": "image"}), SECOND))
    run = iterate_recipe(other, image, out)
    next(run)
    run.close()
    assert sorted(p.name for p in out.iterdir()) == ["blobs"]


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
import toy_engine
from specks.recipe import iterate_recipe
for progress in iterate_recipe(sys.argv[2], sys.argv[3], sys.argv[4]):
    print(progress.what, flush=True)
    if "again: " in progress.what:
        import time
        time.sleep(60)
"""


def test_a_killed_run_is_taken_up_again(tmp_path: Path, image: Path) -> None:
    out = tmp_path / "out"
    save_recipe(RECIPE, tmp_path / "r.yaml")
    arguments = [str(Path(__file__).parents[1]), str(tmp_path / "r.yaml"), str(image), str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("again: "):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    seen = sorted(p.name for p in out.iterdir())
    assert "again" not in seen
    assert [o.kept for o in run_recipe(tmp_path / "r.yaml", image, out)] == [True, False]
    assert sorted(p.name for p in out.iterdir()) == ["again", "blobs"]


def test_somebody_elses_folder_is_not_touched(tmp_path: Path, image: Path) -> None:
    mine = tmp_path / "out" / "blobs"
    mine.mkdir(parents=True)
    (mine / "thesis.txt").write_text("years")
    with pytest.raises(StoreError, match="exists and was not made by specks"):
        run_recipe(RECIPE, image, tmp_path / "out")
    assert files(mine) == {"thesis.txt": b"years"}


def test_a_failed_replacement_leaves_what_was_there(
    tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_recipe(RECIPE, image, tmp_path / "out")
    before = files(tmp_path / "out" / "blobs")
    plain = os.replace

    def refuse(source: Any, target: Any) -> None:
        if Path(target).name == "blobs" and ".partial" in str(source) and "old" not in str(source):
            raise OSError(28, "No space left on device")
        plain(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", refuse)
        with pytest.raises(StoreError, match="the disk is full"):
            run_recipe(RECIPE, image, tmp_path / "out", resume=False)
    assert files(tmp_path / "out" / "blobs") == before


def test_a_stamp_cannot_point_out_of_its_folder(tmp_path: Path, image: Path) -> None:
    blobs = run_recipe(RECIPE, image, tmp_path / "out")[0].folder
    stamp = (blobs / "step.json").read_text()
    (tmp_path / "secret.csv").write_text("x")
    (blobs / "step.json").write_text(stamp.replace("specks/centers.csv", "../../secret.csv"))
    with pytest.raises(StoreError, match="was not made by specks"):
        run_recipe(RECIPE, image, tmp_path / "out")


@pytest.mark.parametrize(
    "stamp", ["", "[]", '{"format": "specks-step/1"}', '{"format": "specks-step/1", "outputs": 3}']
)
def test_a_damaged_stamp_is_not_believed(tmp_path: Path, image: Path, stamp: str) -> None:
    run_recipe(RECIPE, image, tmp_path / "out")
    (tmp_path / "out" / "blobs" / "step.json").write_text(stamp)
    with pytest.raises(StoreError, match="exists and was not made by specks"):
        run_recipe(RECIPE, image, tmp_path / "out")


def test_a_missing_output_is_made_again(tmp_path: Path, image: Path) -> None:
    outcome = run_recipe(RECIPE, image, tmp_path / "out")[0]
    outcome.outputs["centers"].unlink()
    again = run_recipe(RECIPE, image, tmp_path / "out")
    assert [o.kept for o in again] == [False, True]
    assert again[0].outputs["centers"].exists()


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(StoreError, match="the disk is full"):
            run_recipe(RECIPE, image, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def executors() -> Iterator[Any]:
    yield ThreadPoolExecutor(2)
    yield ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def test_an_executor_changes_nothing(tmp_path: Path, image: Path) -> None:
    recipe = Recipe(
        ("image",),
        (RecipeStep("cut", "label_particles", {"posterior": "image"}, {"threshold": 1.0, "min_size": 1}),),
    )
    mask = tmp_path / "mask.npy"
    np.save(mask, (picture() > 140).astype(np.uint8))
    expected = pixels(run_recipe(recipe, mask, tmp_path / "plain")[0].outputs["labels"])
    assert expected.max() == 2
    for i, executor in enumerate(executors()):
        with executor:
            found = run_recipe(recipe, mask, tmp_path / f"{i}", executor=executor)
        np.testing.assert_array_equal(pixels(found[0].outputs["labels"]), expected)


def test_a_model_and_a_table_are_files_beside_their_stamp(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scene = rng.normal(100, 5, (96, 96))
    scene[20:30, 20:30] += 60
    np.save(tmp_path / "a.npy", scene)
    recipe = Recipe(
        ("image",),
        (
            RecipeStep("fit", "fit_mixture", {"image": "image"}, {"diameter": 8}),
            RecipeStep("segment", "segment_particles", {"image": "image"}, {"diameter": 8}),
            RecipeStep("label", "label_particles", {"posterior": "segment.posterior"}),
            RecipeStep("measure", "measure_objects", {"labels": "segment.labels", "image": "image"}),
        ),
    )
    fit, segment, label, measure = run_recipe(recipe, tmp_path / "a.npy", tmp_path / "out")
    import specks

    called = specks.segment_particles(scene, diameter=8)
    assert specks.Mixture.load(fit.outputs["model"]).prevalence == called.model.prevalence
    np.testing.assert_array_equal(pixels(segment.outputs["labels"]), called.labels)
    np.testing.assert_array_equal(pixels(label.outputs["labels"]) > 0, np.asarray(called.labels) > 0)
    pd.testing.assert_frame_equal(
        read_table(measure.outputs["table"]), specks.measure_objects(called.labels, scene), check_dtype=False
    )
    assert set(segment.outputs) == {"model", "posterior", "labels", "objects"}


def test_a_second_run_into_the_same_folder_is_refused_and_the_first_goes_on(
    tmp_path: Path, image: Path
) -> None:
    out = tmp_path / "out"
    first = iterate_recipe(RECIPE, image, out)
    next(first)
    with pytest.raises(StoreError, match="blobs is being written by another run"):
        run_recipe(RECIPE, image, out)
    for _ in first:
        pass
    assert sorted(p.name for p in out.iterdir()) == ["again", "blobs"]
    assert all(outcome.kept for outcome in run_recipe(RECIPE, image, out))


def test_what_a_killed_run_was_replacing_comes_back(tmp_path: Path, image: Path) -> None:
    out = tmp_path / "out"
    run_recipe(RECIPE, image, out)
    before = files(out / "blobs")
    (out / ".blobs.partial" / "blobs").mkdir(parents=True)
    (out / "blobs").rename(out / ".blobs.partial" / "old")
    changed = Recipe(("image",), (replace(FIRST, parameters={"diameter": 6, "level": 120}),))
    stopped = iterate_recipe(changed, image, out)
    next(stopped)
    stopped.close()
    assert sorted(p.name for p in out.iterdir()) == ["again", "blobs"]
    assert files(out / "blobs") == before


KILLED_WHILE_WRITING = """
import os, signal, sys
from specks.recipe import iterate_recipe
from specks.recipe.model import Recipe, RecipeStep
step = RecipeStep("segment", "segment_particles", {"image": "image"}, {"diameter": 8, "axes": "tyx"})
for progress in iterate_recipe(Recipe(("image",), (step,)), sys.argv[1], sys.argv[2]):
    print(progress.what, flush=True)
    if progress.what == "segment: Writing posterior":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
def test_a_store_that_was_half_written_is_gone_on_with(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scene = rng.normal(100, 5, (40, 64, 64))
    scene[:, 20:30, 20:30] += 60
    np.save(tmp_path / "a.npy", scene.astype(np.float32))
    words = [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path / "a.npy"), str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == [".segment.lock", ".segment.partial"]
    written = {p.relative_to(out / ".segment.partial" / "segment.partial"): p.stat().st_mtime_ns
               for p in out.rglob("c/*/0/0")}  # fmt: skip
    assert len(written) >= 40
    step = RecipeStep("segment", "segment_particles", {"image": "image"}, {"diameter": 8, "axes": "tyx"})
    (outcome,) = run_recipe(Recipe(("image",), (step,)), tmp_path / "a.npy", out)
    assert [p.name for p in out.iterdir()] == ["segment"]
    image = {path: time for path, time in written.items() if path.parts[0] == "s0"}
    assert len(image) == 40
    assert all((outcome.folder / path).stat().st_mtime_ns == time for path, time in image.items())
    np.testing.assert_array_equal(pixels(outcome.folder), scene.astype(np.float32))
