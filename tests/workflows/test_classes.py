"""Strokes of several classes: the table says which class each particle is of."""

from __future__ import annotations

import dataclasses
import functools

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from discs import drawn, scattered

import specks
import specks.synth
from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks._core.source import array_source
from specks.cli.main import main
from specks.io import open_result
from specks.recipe import run_recipe
from specks.workflows import Particles, _classes
from specks.workflows._surroundings import AboveSurroundings

COLUMNS = ["class", "class_probability"]


@functools.cache
def picture(kind="bright", seed=0, shape=(480, 480), count=90):
    """Discs of two classes on noise: where they are, and the class of each."""
    places = scattered(shape, count, 26, seed, 14)
    true = np.where(np.arange(count) % 2, 3, 2)
    rng = np.random.default_rng(seed + 1)
    if kind == "bright":
        looks = {k: (10 * rng.uniform(0.85, 1.15, count), height) for k, height in ((2, 50.0), (3, 110.0))}
    else:
        looks = {k: (width * rng.uniform(0.93, 1.07, count), 80.0) for k, width in ((2, 8.0), (3, 13.0))}
    image = rng.normal(100, 6, shape)
    for k, (widths, height) in looks.items():
        image += drawn(shape, places[true == k], widths[true == k], height)
    return image.astype(np.float32), places, true


def strokes(shape, places, true, each=2, skip=0):
    """A short stroke on some particles of each class."""
    annotation = np.zeros(shape, np.uint8)
    for kind in np.unique(true):
        for y, x in places[true == kind][skip : skip + each].round().astype(int):
            annotation[..., y, x - 1 : x + 2] = kind
    return annotation


def right(objects, places, true, skip):
    """Share of particles, but for the first of each class, that are of the class they should be."""
    held_out = np.concatenate([np.flatnonzero(true == kind)[skip:] for kind in np.unique(true)])
    here = objects[["y", "x"]].to_numpy()
    away = np.hypot(*(places[held_out, None] - here[None]).transpose(2, 0, 1))
    nearest = away.argmin(axis=1)
    found = away.min(axis=1) < 4
    assert found.mean() > 0.95
    return (objects["class"].to_numpy()[nearest] == true[held_out])[found].mean()


@functools.cache
def found(kind="bright"):
    image, places, true = picture(kind)
    return specks.segment_particles(image, diameter=10, scribbles=strokes(image.shape, places, true))


@pytest.mark.parametrize("kind", ["bright", "size"])
@pytest.mark.parametrize("seed", range(3))
def test_classes_are_told_apart_by_two_strokes_each(kind, seed):
    image, places, true = picture(kind, seed)
    result = specks.segment_particles(image, diameter=10, scribbles=strokes(image.shape, places, true))
    assert right(result.objects, places, true, 2) >= 0.95
    assert result.objects["class"].dtype == np.int64
    assert result.objects["class_probability"].between(0.5, 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_particles_that_hide_an_uneven_background_are_known_by_their_intensity(seed):
    scene = specks.synth.ParticleScene(prevalence=0.03, contrast=50, unevenness=30)
    made = specks.synth.particle_image((512, 512), scene, seed=seed)
    image = made.image + 40.0 * ((made.labels % 2 == 1) & (made.labels > 0))
    plain = specks.segment_particles(image, diameter=10, polarity="bright").objects
    here = tuple(plain[["y", "x"]].to_numpy().round().astype(int).T)
    true = np.where(made.labels[here] % 2, 3, 2)[made.labels[here] > 0]
    places = plain[["y", "x"]].to_numpy()[made.labels[here] > 0]
    annotation = strokes(image.shape, places, true, each=3)
    result = specks.segment_particles(image, diameter=10, polarity="bright", scribbles=annotation)
    assert right(result.objects, places, true, 3) >= 0.95


@pytest.mark.parametrize("seed", range(3))
def test_particles_that_let_an_uneven_background_through_are_known_by_their_contrast(seed):
    image, places, true = picture(seed=seed)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    image = image + 60 * np.sin(y / 90 + seed) + 60 * np.cos(x / 70)
    result = specks.segment_particles(image, diameter=10, scribbles=strokes(image.shape, places, true))
    assert right(result.objects, places, true, 2) >= 0.95


def test_contrast_is_against_what_is_around_and_no_particle():
    image = np.full((1, 90, 90), 20.0, np.float32)
    labels = np.zeros(image.shape, int)
    for label, (left, value) in enumerate(((30, 50), (41, 90)), 1):
        labels[0, 40:50, left : left + 10], image[0, 40:50, left : left + 10] = label, value
    image[0, 0, 0] = np.nan
    model = specks.fit_mixture(found().source.array, diameter=10)
    model = dataclasses.replace(model, shape=image.shape)
    above = AboveSurroundings(model, array_source(image, "zyx"), labels)
    whole = above.read(tuple(slice(0, n) for n in image.shape))
    assert np.allclose(whole[labels == 1], 30)
    assert np.allclose(whole[labels == 2], 70)
    assert np.isnan(whole[0, 0, 0])
    part = above.read((slice(0, 1), slice(35, 60), slice(20, 55)))
    assert np.allclose(part, whole[:, 35:60, 20:55])


def test_particles_are_found_as_if_all_were_one_class():
    image, places, true = picture()
    annotation = strokes(image.shape, places, true)
    annotation[3:6, 200:260] = 1
    plain = np.minimum(annotation, 2)
    for variable in ("peaks", "contrast"):
        one, two = (
            specks.segment_particles(image, diameter=10, variable=variable, scribbles=painted)
            for painted in (plain, annotation)
        )
        assert np.array_equal(one.labels, two.labels)
        assert np.array_equal(one.posterior, two.posterior)
        assert np.array_equal(one.model.tables, two.model.tables)
        assert not set(COLUMNS) & set(one.objects)
        pd.testing.assert_frame_equal(one.objects, two.objects.drop(columns=COLUMNS))


def test_one_class_alone_is_not_judged_whatever_its_number():
    image, places, true = picture()
    annotation = strokes(image.shape, places[true == 3], true[true == 3])
    result = specks.segment_particles(image, diameter=10, scribbles=annotation)
    assert "class" not in result.objects
    assert "class" not in result.summary()


def test_the_order_of_strokes_does_not_matter():
    image, places, true = picture()
    annotation = strokes(image.shape, places, true)
    records = [np.where(annotation == kind, annotation, 0).astype(np.uint8) for kind in (2, 3)]
    results = []
    for order in (records, records[::-1]):
        log = Corrections()
        for array in order:
            log = log.add("scribble", array=array)
        results.append(specks.segment_particles(image, diameter=10, corrections=log).objects)
    pd.testing.assert_frame_equal(*results)
    pd.testing.assert_frame_equal(results[0], found().objects)


def test_undo_brings_the_table_back():
    image, places, true = picture()
    plain = specks.segment_particles(image, diameter=10)
    log = Corrections().add("scribble", array=strokes(image.shape, places, true), frame=None)
    marked = plain.refit(log)
    pd.testing.assert_frame_equal(marked.objects, found().objects)
    pd.testing.assert_frame_equal(marked.refit(log.undo()).objects, plain.objects)
    strict = marked.refit(log.add("threshold", value=0.9))
    assert set(COLUMNS) <= set(strict.objects)


def test_of_two_classes_on_one_particle_that_of_most_pixels_counts():
    image, places, true = picture()
    annotation = strokes(image.shape, places, true)
    y, x = places[4].round().astype(int)
    annotation[y, x - 3 : x + 3] = [3, 2, 3, 2, 2, 2]
    result = specks.segment_particles(image, diameter=10, scribbles=annotation)
    row = result.objects.set_index("label").loc[result.labels[y, x]]
    assert (row["class"], row["class_probability"]) == (2, 1.0)
    annotation[y, x - 3 : x + 3] = [3, 2, 3, 2, 3, 2]
    again = specks.segment_particles(image, diameter=10, scribbles=annotation)
    assert again.objects.set_index("label").loc[again.labels[y, x], "class"] == 2


def test_a_stored_result_keeps_its_classes(tmp_path):
    result = found()
    result.save(tmp_path / "a.zarr")
    back = Particles.load(tmp_path / "a.zarr")
    pd.testing.assert_frame_equal(back.objects, result.objects)
    assert back.summary() == result.summary()
    assert " of class 2, " in back.summary()
    log = back.model.corrections
    pd.testing.assert_frame_equal(back.refit(log).objects, result.objects)
    assert "class" not in back.refit(Corrections()).objects


def test_in_a_series_strokes_of_one_frame_teach_all():
    planes = [picture(seed=seed) for seed in range(3)]
    image = np.stack([plane for plane, _, _ in planes])
    log = Corrections().add("scribble", array=strokes(image.shape[1:], *planes[1][1:]), frame=1)
    result = specks.segment_particles(image, axes="tyx", diameter=10, corrections=log)
    for frame, (_, places, true) in enumerate(planes):
        assert right(result.objects.query(f"frame == {frame}"), places, true, 2) >= 0.95


@functools.cache
def volume(seed=0, shape=(12, 200, 200), count=24):
    """Balls of two brightnesses, the classes of their places."""
    places = scattered(shape[1:], count, 26, seed, 14)
    true = np.where(np.arange(count) % 2, 3, 2)
    rng = np.random.default_rng(seed)
    z, y, x = np.mgrid[: shape[0], : shape[1], : shape[2]]
    image = rng.normal(100, 6, shape)
    for (cy, cx), kind in zip(places, true, strict=True):
        away = np.sqrt((2 * (z - rng.uniform(4, 8))) ** 2 + (y - cy) ** 2 + (x - cx) ** 2)
        image += np.clip(rng.uniform(4.5, 6) - away + 0.5, 0, 1) * {2: 50, 3: 110}[kind]
    return image.astype(np.float32), places, true


@pytest.mark.parametrize("variable", ["contrast", "intensity"])
def test_in_a_volume_too(variable):
    image, places, true = volume()
    annotation = np.zeros(image.shape, np.uint8)
    annotation[6] = strokes(image.shape[1:], places, true)
    annotation[6, :4] = 1
    result = specks.segment_particles(image, axes="zyx", diameter=10, variable=variable, scribbles=annotation)
    assert right(result.objects, places, true, 2) >= 0.95


def test_dark_particles_too():
    image, places, true = picture()
    result = specks.segment_particles(300 - image, diameter=10, scribbles=strokes(image.shape, places, true))
    assert result.model.polarity == "dark"
    assert right(result.objects, places, true, 2) >= 0.95


@pytest.mark.parametrize("case", ["image", "volume"])
def test_lazy_images_give_the_same(case):
    image, places, true = picture() if case == "image" else volume()
    annotation = np.zeros(image.shape, np.uint8)
    annotation[6 if case == "volume" else ...] = strokes(image.shape[-2:], places, true)
    lazy = specks.segment_particles(
        da.from_array(image, chunks=(*(3,) * (image.ndim - 2), 100, 200)), diameter=10, scribbles=annotation
    )
    assert isinstance(lazy.labels, da.Array)
    plain = specks.segment_particles(image, diameter=10, scribbles=annotation)
    pd.testing.assert_frame_equal(lazy.objects, plain.objects)


def test_labels_are_read_under_strokes_only():
    class Watched:
        seen = 0

        def __getitem__(self, key):
            part = found().labels[key]
            self.seen += part.size
            return part

    _, places, true = picture()
    watched, result = Watched(), found()
    planes = {0: strokes((480, 480), places, true)}
    taught = _classes._taught(result.objects, watched, planes, result.source)
    assert np.array_equal(result.objects.loc[taught > 0, "class"], taught[taught > 0])
    assert (taught > 0).sum() == 4
    assert watched.seen < 480 * 480 / 2


def test_a_class_that_marks_no_particle_is_named():
    image, places, true = picture()
    annotation = strokes(image.shape, places, true)
    annotation[0, :5] = 7
    result = specks.segment_particles(image, diameter=10, scribbles=annotation)
    said = [w for w in result.provenance.warnings if "class" in w]
    assert said == ["The strokes of class 7 mark no particle, so none is judged to be of that class."]
    pd.testing.assert_frame_equal(result.objects, found().objects)
    log = Corrections().add("scribble", array=strokes(image.shape, places, true))
    assert not any("class" in w for w in result.refit(log).provenance.warnings)


def test_with_examples_of_one_class_only_nothing_is_guessed():
    image, places, true = picture()
    annotation = strokes(image.shape, places[true == 2], true[true == 2])
    annotation[0, :5] = 3
    result = specks.segment_particles(image, diameter=10, scribbles=annotation)
    assert result.objects["class"].value_counts().to_dict() == {0: len(result.objects) - 2, 2: 2}
    assert (result.objects["class_probability"] == (result.objects["class"] > 0)).all()
    assert any("cannot be told apart" in w for w in result.provenance.warnings)
    assert "class" not in result.summary()


def test_where_nothing_is_found_there_are_the_columns():
    image = np.random.default_rng(0).normal(100, 6, (128, 128))
    annotation = np.zeros(image.shape, np.uint8)
    annotation[0, 0], annotation[0, 9] = 2, 3
    for variable in ("peaks", "contrast"):
        result = specks.segment_particles(
            image, diameter=10, threshold=1.0, variable=variable, scribbles=annotation
        )
        assert result.summary() == "0 particles"
        assert set(COLUMNS) <= set(result.objects)


def test_recipe_and_shell_give_the_same_classes(tmp_path, capsys):
    image, places, true = picture()
    annotation = strokes(image.shape, places, true)
    annotation[0, :5] = 7
    np.save(tmp_path / "a.npy", image)
    np.save(tmp_path / "strokes.npy", annotation)
    specks.save_corrections(Corrections().add("scribble", array=annotation), tmp_path / "log.json")
    (tmp_path / "recipe.yaml").write_text(
        "format: specks-recipe/1\ninputs: [image]\nsteps:\n- name: found\n  step: segment_particles\n"
        "  inputs: {image: image}\n  parameters: {diameter: 10}\n  corrections: log.json\n"
    )
    (outcome,) = run_recipe(tmp_path / "recipe.yaml", [tmp_path / "a.npy"], tmp_path / "out")
    assert any("class 7" in warning for warning in outcome.warnings)
    line = ["segment", str(tmp_path / "a.npy"), "-o", str(tmp_path / "shell"), "--diameter", "10"]
    with pytest.raises(SystemExit, match="0"):
        main([*line, "--scribbles", str(tmp_path / "strokes.npy")])
    assert "The strokes of class 7 mark no particle" in capsys.readouterr().err
    for stored in (outcome.folder, tmp_path / "shell"):
        pd.testing.assert_frame_equal(open_result(stored).table("objects"), found().objects)
    csv = pd.read_csv(next((tmp_path / "shell").rglob("objects.csv")), comment="#")
    assert np.array_equal(csv["class"], found().objects["class"])


@pytest.mark.parametrize("value", [-1, 256, 70000])
def test_values_that_are_no_class_are_named(value):
    image, *_ = picture()
    annotation = np.zeros(image.shape, int)
    annotation[5, 5] = value
    with pytest.raises(CorrectionError, match=f"scribbles holds {value}; expected 0"):
        specks.segment_particles(image, diameter=10, scribbles=annotation)
