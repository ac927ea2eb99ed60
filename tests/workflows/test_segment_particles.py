"""One call from an image to particles: same result in memory, lazily, on workers, and from files."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import dask.array as da
import numpy as np
import pandas as pd
import pytest

import specks
from specks._core.corrections import Corrections
from specks._core.errors import InputError, StoreError
from specks.io import open_result
from specks.synth import ParticleScene, particle_volume


@pytest.fixture(scope="module")
def scene():
    return particle_volume((6, 160, 192), ParticleScene(prevalence=0.01), seed=4)


@pytest.fixture(scope="module")
def found(scene):
    return specks.segment_particles(scene.image, diameter=10, polarity="bright")


def test_most_particles_of_a_known_volume_are_found(scene, found) -> None:
    truth = scene.labels > 0
    seen = found.labels > 0
    overlap = 2 * (truth & seen).sum() / (truth.sum() + seen.sum())
    assert overlap > 0.8
    assert found.labels.dtype == np.int32
    assert found.posterior.dtype == np.float32
    assert found.labels.max() == len(found.objects)


def test_the_table_tells_how_sure_each_particle_is(found) -> None:
    means = [found.posterior[found.labels == k].mean() for k in found.objects["label"]]
    np.testing.assert_allclose(found.objects["confidence"], means, rtol=1e-5)
    assert found.objects["confidence"].between(0.5, 1).mean() > 0.95
    unsure = int((found.objects["confidence"] < 0.6).sum())
    assert found.summary().startswith(f"{len(found.objects)} particles")
    assert (f"{unsure} need" in found.summary()) == (unsure > 0)


@pytest.mark.parametrize("kind", ["dask", "memmap"])
def test_lazy_images_give_the_same_lazily(scene, found, tmp_path, kind) -> None:
    if kind == "dask":
        image = da.from_array(scene.image, chunks=(2, 160, 192))
    else:
        np.save(tmp_path / "a.npy", scene.image)
        image = np.load(tmp_path / "a.npy", mmap_mode="r")
    lazy = specks.segment_particles(image, diameter=10, polarity="bright")
    assert isinstance(lazy.posterior, da.Array)
    assert isinstance(lazy.labels, da.Array)
    np.testing.assert_array_equal(np.asarray(lazy.labels), found.labels)
    np.testing.assert_array_equal(np.asarray(lazy.posterior), found.posterior)
    pd.testing.assert_frame_equal(lazy.objects, found.objects)


def test_other_processes_give_the_same(scene, found, tmp_path) -> None:
    np.save(tmp_path / "a.npy", scene.image)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        away = specks.segment_particles(tmp_path / "a.npy", diameter=10, polarity="bright", executor=pool)
        np.testing.assert_array_equal(np.asarray(away.labels), found.labels)
        with pytest.raises(InputError, match="save it to a file"):
            specks.segment_particles(scene.image, diameter=10, executor=pool)


def test_arrays_of_the_caller_are_filled_and_named_as_they_are_ready(scene, found) -> None:
    arrays = {
        "posterior": np.zeros(scene.image.shape, np.float32),
        "labels": np.zeros(scene.image.shape, np.int32),
    }
    run = specks.segment_particles.iterate(scene.image, diameter=10, polarity="bright", out=arrays)
    ready = {"posterior": 0, "labels": 0}
    for progress in run:
        assert 0 <= progress.done <= max(progress.total, progress.done)
        if progress.where is not None:
            region = arrays[progress.where.output][progress.where.region]
            expected = getattr(found, progress.where.output)[progress.where.region]
            np.testing.assert_array_equal(region, expected)
            ready[progress.where.output] += region.size
    assert ready == {"posterior": scene.image.size, "labels": scene.image.size}


def test_what_is_written_comes_back(scene, found, tmp_path) -> None:
    path = tmp_path / "particles.zarr"
    written = specks.segment_particles(scene.image, diameter=10, polarity="bright", out=path)
    np.testing.assert_array_equal(written.labels, found.labels)
    stored = open_result(path)
    whole = tuple(slice(0, n) for n in scene.image.shape)
    np.testing.assert_array_equal(np.asarray(stored.labels["particles"].read(whole)), found.labels)
    np.testing.assert_allclose(
        stored.posterior.read(whole) * stored.posterior_scale, found.posterior, atol=0.5 / 255 + 1e-6
    )
    pd.testing.assert_frame_equal(stored.table("objects"), found.objects)
    assert stored.provenance.parameters["diameter"] == 10
    assert stored.provenance.step == "specks.workflows.particles:segment_particles"
    with pytest.raises(StoreError):
        specks.segment_particles(scene.image, diameter=10, polarity="bright", out=path)


def test_a_refit_is_the_run_with_those_corrections(scene, found) -> None:
    strokes = np.zeros(scene.image.shape, np.uint8)
    strokes[2, 10:14, 10:60] = 1
    log = Corrections().add("scribble", array=strokes, frame=None).add("exclude_frame", frame=5)
    again = specks.segment_particles(scene.image, diameter=10, polarity="bright", corrections=log)
    refit = found.refit(log)
    np.testing.assert_array_equal(refit.labels, again.labels)
    np.testing.assert_array_equal(refit.posterior, again.posterior)
    assert not refit.labels[5].any()
    assert [r["kind"] for r in refit.provenance.corrections] == ["scribble", "exclude_frame"]
    np.testing.assert_array_equal(refit.refit().labels, found.labels)


@pytest.mark.parametrize("kind", ["exclude_frame", "exclude_region", "mask"])
def test_the_closing_fills_nothing_that_is_left_out(tmp_path, kind) -> None:
    """A rod along z through all slices: what is left out of it is a gap that the closing would fill."""
    image = np.random.default_rng(0).normal(100, 5, (7, 64, 64)).astype(np.float32)
    image[:, 20:32, 20:32] += 80
    out = np.zeros(image.shape, bool)
    if kind == "exclude_frame":
        out[3] = True
        log = Corrections().add(kind, frame=3)
    elif kind == "exclude_region":
        out[:, 25, 18:40] = True
        log = Corrections().add(kind, polygon=[(24.5, 17.5), (24.5, 39.5), (25.5, 39.5), (25.5, 17.5)])
    else:
        out[2:4, 26, 26] = True
        log = Corrections().add(kind, array=~out)
    np.save(tmp_path / "a.npy", image)
    settings = {"diameter": 12, "polarity": "bright", "closing_radius": 2, "axes": "zyx"}
    free = specks.segment_particles(image, **settings)
    assert free.labels[out].any()
    for data in (image, tmp_path / "a.npy"):
        found = specks.segment_particles(data, corrections=log, **settings)
        assert not np.asarray(found.posterior)[out].any()
        assert not np.asarray(found.labels)[out].any()
        assert np.asarray(found.labels).any()
    np.testing.assert_array_equal(free.refit(log).labels, np.asarray(found.labels))
    closed = specks.label_particles(np.asarray(found.posterior), closing_radius=2, axes="zyx")
    assert closed[out].any(), "nothing would have been filled here, so nothing was tried"


def test_lengths_are_in_the_unit_of_the_image(scene, found) -> None:
    physical = specks.segment_particles(
        scene.image, diameter=5, polarity="bright", spacing=0.5, units="nm", closing_radius=0.5
    )
    np.testing.assert_array_equal(physical.labels, found.labels)
    np.testing.assert_allclose(physical.objects["volume_nm3"], found.objects["volume"] / 8)


def test_time_and_depth_are_told_apart(scene) -> None:
    series = specks.segment_particles(scene.image, axes="tyx", diameter=10, polarity="bright")
    assert sorted(series.objects["frame"].unique()) == list(range(6))
    assert "in 6 frames" in series.summary()
    assert "z" not in series.objects


def test_the_documented_mode_runs_in_the_same_call(scene) -> None:
    result = specks.segment_particles(
        scene.image, mode="documented", documented={"halo_pad": 5}, threshold=0.95, borders="original"
    )
    assert result.model.mode == "documented"
    assert not result.labels[[0, -1]].any()  # the original's closing takes the outer slices away
    with pytest.raises(InputError, match="halo_padd"):
        specks.segment_particles(scene.image, mode="documented", documented={"halo_padd": 5})


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((0, 5)), "empty"),
        (np.zeros(5), "axes"),
        (np.zeros((30, 30), bool), "bool"),
        (np.zeros((30, 30), complex), "complex"),
        (np.full((30, 30), np.nan), "finite"),
        (np.full((30, 30), 7.0), "nothing to tell apart"),
        (np.zeros((30, 30, 3)), "channel"),
    ],
)
def test_images_that_cannot_be_used_are_named(image, says) -> None:
    with pytest.raises(specks_errors(), match=says):
        specks.segment_particles(image)


def specks_errors():
    from specks._core.errors import SpecksError

    return SpecksError


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"diameter": 0}, "diameter is 0"),
        ({"diameter": -3}, "diameter is -3"),
        ({"threshold": 1.2}, "threshold is 1.2"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"axes": "xy"}, 'axes is "xy"'),
        ({"axes": "tyx"}, "names 3 axes"),
        ({"scribbles": np.ones((3, 3), int)}, "shape"),
        ({"mask": np.ones((3, 3), bool)}, "shape"),
        ({"channel": 1}, "channel"),
        ({"polarity": "black"}, "polarity is 'black'"),
    ],
)
def test_arguments_that_do_not_fit_are_named(values, says) -> None:
    image = np.random.default_rng(0).random((40, 40))
    with pytest.raises(InputError, match=says):
        specks.segment_particles(image, **values)


def test_a_path_that_is_not_there_is_named(tmp_path) -> None:
    from specks._core.errors import NotFoundError

    with pytest.raises(NotFoundError, match="nothing"):
        specks.segment_particles(tmp_path / "nothing.tif")


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (5, "out is 5; it must be a path"),
        ({"label": np.zeros((32, 32), int)}, "a mapping of 'posterior' and 'labels'"),
        ({"labels": np.zeros((3, 3), int)}, r"out\['labels'\] is no array of the shape of the image"),
    ],
)
def test_an_output_that_cannot_be_filled_is_refused(out, words) -> None:
    with pytest.raises(InputError, match=words):
        specks.segment_particles(np.random.default_rng(0).normal(size=(32, 32)), out=out)


@pytest.mark.parametrize(
    ("name", "dtype", "words"),
    [
        (
            "labels",
            np.uint8,
            r"out\['labels'\] holds uint8; it must be a writable array of whole numbers of 32",
        ),
        (
            "posterior",
            bool,
            r"out\['posterior'\] holds bool; it must be a writable array of floats of 32 bits",
        ),
    ],
)
def test_arrays_that_cannot_hold_the_result_are_refused(name, dtype, words):
    target = np.zeros((64, 64), dtype)
    with pytest.raises(InputError, match=words):
        specks.segment_particles(np.zeros((64, 64)), out={name: target})


def test_read_only_arrays_are_refused():
    target = np.zeros((64, 64), np.float32)
    target.flags.writeable = False
    with pytest.raises(InputError, match="read-only"):
        specks.segment_particles(np.zeros((64, 64)), out={"posterior": target})


@pytest.mark.parametrize("call", [specks.segment_particles, specks.measure_objects, specks.label_particles])
def test_a_masked_array_is_refused_rather_than_its_mask_lost(call):
    image = np.ma.array(np.zeros((64, 64), np.int32), mask=np.eye(64, dtype=bool))
    with pytest.raises(InputError, match="is a masked array, whose mask would be lost"):
        call(image)


def test_bytes_are_no_numbers():
    with pytest.raises(InputError, match="diameter"):
        specks.segment_particles(np.zeros((64, 64)), diameter=b"10")
