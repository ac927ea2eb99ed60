"""The original's class and its labels, in place on the original's Zarr layout."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import numpy as np
import pytest
import zarr
from statements import documented as statement

from specks import fit_mixture
from specks._core.errors import FileFormatError, InputError, NotFoundError, StoreError
from specks.mixture.documented import (
    NanoparticleSegConfig,
    NanoparticleSegmentation,
    NotSettledWarning,
    label_nanoparticles,
)

#: So few iterations settle nowhere, which is warned of in each test; one test looks at that.
pytestmark = pytest.mark.filterwarnings("ignore::specks.mixture.documented.NotSettledWarning")
SETTINGS = {"min_size": 5, "halo_pad": 4, "max_iter": 200}


def stack_of(shape=(6, 70, 90), seed=0):
    rng = np.random.default_rng(seed)
    stack = rng.normal(90, 9, shape)
    zyx = np.indices(shape)
    for _ in range(25):
        center = [rng.uniform(0, n) for n in shape]
        stack[sum((a - c) ** 2 for a, c in zip(zyx, center, strict=True)) < rng.uniform(4, 16)] += 90
    return np.clip(stack.round(), 0, 255).astype(np.uint8)


def store_of(folder: Path, stack, chunks=(2, 64, 64)) -> Path:
    root = zarr.open_group(folder, mode="w")
    images = root.create_array("images/50-10-10", data=stack, chunks=chunks)
    images.attrs.update(spacing=[50, 10, 10], processing=[{"step_name": "import"}], inputs=["raw.tif"])
    return folder


def config_of(folder: Path, **changes) -> NanoparticleSegConfig:
    return NanoparticleSegConfig(folder, "50-10-10", **{**SETTINGS, **changes})


@pytest.fixture
def store(tmp_path):
    return store_of(tmp_path / "s.zarr", stack_of())


@pytest.fixture
def predicted(store):
    found = NanoparticleSegmentation(config_of(store))
    found.fit()
    found.predict()
    return found


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("chunks", [(1, 1024, 1024), (4, 32, 50), (9, 70, 90)])
def test_posterior_and_labels_equal_the_statement(store, chunks) -> None:
    stack = stack_of()
    found = NanoparticleSegmentation(config_of(store, zarr_chunks=chunks))
    found.fit()
    found.predict()
    label_nanoparticles(store, (50, 10, 10), 0.95)
    wanted = statement.fit(stack, **SETTINGS)
    for name in ("hist_stack", "hist_bg", "p_stack", "p_bg", "p_np", "th_low", "th_high"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert found.summary_fit == {"w_bg": wanted.w_bg, "nll": wanted.nll, "nit": wanted.nit}
    root = zarr.open_group(store, mode="r")
    posterior = root["labels/nps/posterior/50-10-10"]
    assert (posterior.dtype, posterior.chunks) == (np.float16, chunks)
    np.testing.assert_array_equal(posterior[:], statement.posterior(stack, wanted))
    masks = root["labels/nps/masks/50-10-10"]
    assert (masks.dtype, masks.chunks) == (np.int32, chunks)
    np.testing.assert_array_equal(masks[:], statement.labels(posterior[:], 0.95))
    assert masks[:].max() >= 3


@pytest.mark.parametrize("seed", [5, 155, 361])
def test_the_mode_gives_the_numbers_of_the_class(tmp_path, seed) -> None:
    """In these stacks a number that is rounded to float32 first ends one step of float16 beside."""
    stack = stack_of(seed=seed)
    store = store_of(tmp_path / "s.zarr", stack)
    found = NanoparticleSegmentation(config_of(store))
    found.fit()
    found.predict()
    model = fit_mixture(stack, axes="zyx", mode="documented", documented=SETTINGS)
    np.testing.assert_array_equal(model.tables, model.tables.astype(np.float16))
    predicted = zarr.open_group(store, mode="r")["labels/nps/posterior/50-10-10"][:]
    np.testing.assert_array_equal(model.posterior(stack).astype(np.float16), predicted)
    np.testing.assert_array_equal(model.posterior(stack), predicted)


@pytest.mark.parametrize(
    ("threshold", "radius", "connectivity", "min_size"),
    [(0.5, 1, 2, 10), (0.95, 0, 1, 1), (0.9999, 2, 3, 5), (0.0, 1, 2, 0), (1.0, 0, 3, 0)],
)
def test_labels_of_any_posterior_equal_the_statement(
    tmp_path, threshold, radius, connectivity, min_size
) -> None:
    rng = np.random.default_rng(3)
    values = np.array([0, 0.3, 0.94994, 0.9502, 0.9999, 1, np.nan], np.float16)
    posterior = rng.choice(values, p=[0.5, 0.1, 0.1, 0.1, 0.05, 0.1, 0.05], size=(7, 40, 70))
    root = zarr.open_group(tmp_path / "s.zarr", mode="w")
    held = root.create_array("labels/nps/posterior/12.5-10-10", data=posterior, chunks=(3, 16, 70))
    held.attrs["spacing"] = [12.5, 10, 10]
    label_nanoparticles(tmp_path / "s.zarr", (12.5, 10.0, 10), threshold, radius, connectivity, min_size)
    wanted = statement.labels(posterior, threshold, radius, connectivity, min_size)
    np.testing.assert_array_equal(root["labels/nps/masks/12.5-10-10"][:], wanted)


def test_attributes_say_what_was_done(predicted, store) -> None:
    label_nanoparticles(store, "50-10-10", 0.9, min_size=7)
    root = zarr.open_group(store, mode="r")
    posterior = root["labels/nps/posterior/50-10-10"].attrs.asdict()
    assert posterior["spacing"] == [50, 10, 10]
    assert posterior["inputs"] == ["images/50-10-10"]
    first, second = posterior["processing"]
    assert first == {"step_name": "import"}
    assert (second["step_name"], second["version"]) == ("segmentation", None)
    assert second["parameters"] == predicted.config.processing_metadata()
    masks = root["labels/nps/masks/50-10-10"].attrs.asdict()
    assert masks["inputs"] == ["labels/nps/posterior/50-10-10"]
    assert masks["processing"][2] == {"step": "labeling", "radius": 1, "connectivity": 2, "min_size": 7}
    codec = json.loads((store / "labels/nps/masks/50-10-10/zarr.json").read_text())["codecs"][1][
        "configuration"
    ]
    assert (codec["cname"], codec["clevel"], codec["shuffle"]) == ("zstd", 3, "bitshuffle")


def test_scales_are_listed_finest_first(predicted, store) -> None:
    root = zarr.open_group(store, mode="r+")
    coarse = root.create_array("labels/nps/posterior/50-50-50", shape=(6, 14, 18), dtype="float16")
    coarse.attrs["spacing"] = [50, 50, 50]
    root.create_array("labels/nps/posterior/other", shape=(3,), dtype="float16")
    predicted.predict()
    (scales,) = root["labels/nps/posterior"].attrs["multiscales"]
    assert [d["path"] for d in scales["datasets"]] == ["50-10-10", "50-50-50"]
    assert scales["datasets"][0]["coordinateTransformations"] == [{"type": "scale", "scale": [50, 10, 10]}]
    assert [a["name"] for a in scales["axes"]] == ["z", "y", "x"]
    assert (scales["version"], scales["name"]) == ("0.5", "images")


def test_a_saved_model_is_the_model(predicted, store, tmp_path) -> None:
    predicted.save(tmp_path / "model")
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == [
        "fit_results.json",
        "model_params.npz",
        "training_manifest.json",
    ]
    twin = NanoparticleSegmentation.load(tmp_path / "model")
    for name in ("hist_stack", "hist_bg", "p_stack", "p_bg", "p_np", "th_low", "th_high"):
        np.testing.assert_array_equal(getattr(twin, name), getattr(predicted, name))
    assert twin.summary_fit == predicted.summary_fit
    assert twin.config == predicted.config
    before = zarr.open_group(store, mode="r")["labels/nps/posterior/50-10-10"][:]
    twin.save(tmp_path / "again")
    assert files_of(tmp_path / "again") == files_of(tmp_path / "model")
    twin.predict()
    np.testing.assert_array_equal(
        zarr.open_group(store, mode="r")["labels/nps/posterior/50-10-10"][:], before
    )


def test_a_fit_that_does_not_settle_says_so(store, tmp_path) -> None:
    found = NanoparticleSegmentation(config_of(store, max_iter=30))
    assert found.settled is None
    words = r"had not settled when it reached max_iter \(30 iterations\).*; raise max_iter or nll_tol\."
    with pytest.warns(NotSettledWarning, match=words):
        found.fit()
    assert (found.settled, found.summary_fit["nit"]) == (False, 29)
    found.save(tmp_path / "model")
    assert NanoparticleSegmentation.load(tmp_path / "model").settled is False
    settled = NanoparticleSegmentation(config_of(store, max_iter=10000, nll_tol=1e-4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settled.fit()
    assert settled.settled is True
    assert 0 < settled.summary_fit["nit"] < 9999
    exact = statement.fit(stack_of(), **{**SETTINGS, "max_iter": 10000, "nll_tol": 1e-4})
    assert settled.summary_fit["nit"] == exact.nit


def test_a_model_serves_another_store(predicted, tmp_path) -> None:
    predicted.save(tmp_path / "model")
    stack = stack_of((3, 50, 60), seed=9)
    other = store_of(tmp_path / "other.zarr", stack)
    NanoparticleSegmentation.load(tmp_path / "model", root_path=other).predict()
    wanted = statement.posterior(stack, statement.fit(stack_of(), **SETTINGS))
    np.testing.assert_array_equal(
        zarr.open_group(other, mode="r")["labels/nps/posterior/50-10-10"][:], wanted
    )


def test_before_the_fit_there_is_nothing(store, tmp_path) -> None:
    new = NanoparticleSegmentation(config_of(store))
    assert new.volume_stack.shape == (6, 70, 90)
    assert isinstance(new.stack_root, zarr.Group)
    assert (new.p_np, new.hist_stack, new.summary_fit) == (None, None, None)
    for call in (new.predict, lambda: new.save(tmp_path / "m")):
        with pytest.raises(InputError, match=r"call fit\(\) first"):
            call()
    assert not (tmp_path / "m").exists()


def test_a_path_that_does_not_exist_is_not_made(store, tmp_path) -> None:
    missing = tmp_path / "none.zarr"
    with pytest.raises(NotFoundError, match=r"root_path: there is no file or folder .*none\.zarr"):
        NanoparticleSegmentation(config_of(missing))
    with pytest.raises(NotFoundError, match=r"there is no file or folder .*none\.zarr"):
        label_nanoparticles(missing, (50, 10, 10), 0.5)
    assert not missing.exists()
    before = files_of(store)
    with pytest.raises(NotFoundError, match=r"9-9-9 does not exist; images holds 50-10-10"):
        NanoparticleSegmentation(NanoparticleSegConfig(store, "9-9-9"))
    with pytest.raises(NotFoundError, match=r"labels/nps/posterior holds nothing"):
        label_nanoparticles(store, (50, 10, 10), 0.5)
    assert files_of(store) == before


@pytest.mark.parametrize("name", ["../images/50-10-10", "a/b", "", ".", "..", "a\\b"])
def test_names_that_lead_elsewhere_are_refused(store, name) -> None:
    """A hostile manifest must not make a model write outside its folder."""
    with pytest.raises(InputError, match="must be the name of an array"):
        NanoparticleSegmentation(NanoparticleSegConfig(store, name))


@pytest.mark.parametrize("spacing", [(50, 10), (0, 1, 1), (1, 2, "x"), 5, (1, 2, float("nan"))])
def test_spacings_that_are_none_are_refused(store, spacing) -> None:
    with pytest.raises(InputError, match="three positive numbers"):
        label_nanoparticles(store, spacing, 0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"radius": -1}, "radius is -1; it must be a whole number"),
        ({"radius": 1.5}, "radius is 1.5"),
        ({"connectivity": 4}, "connectivity"),
        ({"min_size": -3}, "min_size"),
    ],
)
def test_arguments_of_labels_out_of_range_are_named(predicted, store, change, words) -> None:
    with pytest.raises(InputError, match=words):
        label_nanoparticles(store, (50, 10, 10), **{"threshold": 0.5, **change})
    assert not (store / "labels/nps/masks").exists()


def test_stores_of_another_kind_are_refused_in_words(tmp_path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileFormatError, match="is not a Zarr group"):
        NanoparticleSegmentation(config_of(tmp_path / "folder"))
    zarr.open_group(tmp_path / "two.zarr", mode="w", zarr_format=2)
    with pytest.raises(FileFormatError, match="Zarr version 2"):
        NanoparticleSegmentation(config_of(tmp_path / "two.zarr"))
    flat = zarr.open_group(tmp_path / "flat.zarr", mode="w")
    flat.create_array("images/50-10-10", shape=(5, 5), dtype="uint8")
    with pytest.raises(FileFormatError, match="axes z, y, x"):
        NanoparticleSegmentation(config_of(tmp_path / "flat.zarr"))
    broken = store_of(tmp_path / "broken.zarr", stack_of())
    (broken / "images/50-10-10/zarr.json").write_text("{")
    with pytest.raises(FileFormatError, match="not a sound Zarr array"):
        NanoparticleSegmentation(config_of(broken))


def test_a_root_that_is_a_file_is_refused(tmp_path) -> None:
    (tmp_path / "s.zip").write_bytes(b"PK")
    with pytest.raises(FileFormatError, match=r"s\.zip is a file"):
        NanoparticleSegmentation(config_of(tmp_path / "s.zip"))


def test_stacks_of_another_type_are_refused(tmp_path, predicted) -> None:
    other = store_of(tmp_path / "other.zarr", stack_of().astype(np.uint16))
    with pytest.raises(InputError, match="uint8 only"):
        NanoparticleSegmentation(config_of(other)).fit()
    predicted.save(tmp_path / "model")
    with pytest.raises(InputError, match="uint8 only"):
        NanoparticleSegmentation.load(tmp_path / "model", root_path=other).predict()


@pytest.mark.parametrize("change", [{"spacing": "50"}, {"spacing": [0, 1, 1]}, {"processing": 3}])
def test_attributes_that_cannot_be_passed_on_are_named(predicted, change) -> None:
    predicted.volume_stack.attrs.update(change)
    with pytest.raises(FileFormatError, match=f"attribute {next(iter(change))}"):
        predicted.predict()


def test_an_older_posterior_stays_when_a_new_one_fails(predicted, store, monkeypatch) -> None:
    posterior = store / "labels/nps/posterior"
    before = files_of(posterior)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("specks.mixture.documented._segmentation.look_up", full)
    with pytest.raises(StoreError, match="the disk is full"):
        predicted.predict()
    assert files_of(posterior) == before


def test_a_run_that_is_stopped_leaves_what_was_there(predicted, store) -> None:
    posterior = store / "labels/nps/posterior"
    before = files_of(posterior)
    run = predicted.iterate_predict()
    next(run)
    run.close()
    assert files_of(posterior) == before


def test_what_a_killed_run_left_is_no_result_and_not_in_the_way(predicted, store) -> None:
    root = zarr.open_group(store, mode="r+")
    wanted = root["labels/nps/posterior/50-10-10"][:]
    for name in (".50-10-10.partial", ".50-10-10.old"):
        left = root.create_array(f"labels/nps/posterior/{name}", shape=(1, 2, 3), dtype="float16")
        left.attrs["spacing"] = [50, 10, 10]
    predicted.predict()
    np.testing.assert_array_equal(root["labels/nps/posterior/50-10-10"][:], wanted)
    posterior = store / "labels/nps/posterior"
    assert sorted(p.name for p in posterior.iterdir()) == ["50-10-10", "zarr.json"]
    (scales,) = zarr.open_group(posterior, mode="r").attrs["multiscales"]
    assert [d["path"] for d in scales["datasets"]] == ["50-10-10"]


def test_verbose_is_heard(store, caplog) -> None:
    with caplog.at_level(logging.INFO):
        NanoparticleSegmentation(config_of(store, verbose=True)).fit()
    assert any("Fitting the mixture" in message for message in caplog.messages)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        NanoparticleSegmentation(config_of(store)).fit()
    assert not caplog.messages
