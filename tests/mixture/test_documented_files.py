"""Saved models that are cut off, edited or hostile give named errors."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import zarr
from damage import damaged, result_or_named_error
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, NotFoundError
from specks.mixture.documented import NanoparticleSegConfig, NanoparticleSegmentation

FILES = ("training_manifest.json", "model_params.npz", "fit_results.json")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a model, and the bytes of its files."""
    folder = tmp_path_factory.mktemp("saved")
    rng = np.random.default_rng(0)
    stack = rng.normal(90, 9, (3, 40, 40)).round().astype(np.uint8)
    stack[:, 10:16, 10:16] = 200
    zarr.open_group(folder / "s.zarr", mode="w").create_array("images/50-10-10", data=stack)
    config = NanoparticleSegConfig(folder / "s.zarr", "50-10-10", min_size=4, halo_pad=1, max_iter=20)
    model = NanoparticleSegmentation(config)
    model.fit()
    model.save(folder / "model")
    return folder / "model", {name: (folder / "model" / name).read_bytes() for name in FILES}


@pytest.fixture
def folder(saved, tmp_path):
    for name, content in saved[1].items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def parameters_of(saved) -> dict:
    with np.load(io.BytesIO(saved[1]["model_params.npz"])) as held:
        return dict(held)


def test_models_of_the_original_are_read(saved, folder) -> None:
    """It writes its arrays with `numpy.savez`, not compressed."""
    arrays = parameters_of(saved)
    (folder / "model_params.npz").write_bytes(npz(**arrays))
    model = NanoparticleSegmentation.load(folder)
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(model, name), array)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"p_np": None}, "p_np is missing"),
        ({"p_bg": np.full(255, 1 / 255)}, r"p_bg is float64 of shape \(255,\)"),
        ({"p_bg": np.full(256, 1 / 256, np.float32)}, "p_bg is float32"),
        ({"p_stack": np.full(256, np.nan)}, "p_stack does not hold frequencies"),
        ({"p_stack": np.full(256, 1.0)}, "p_stack does not hold frequencies"),
        ({"p_np": np.r_[-1.0, 2.0, np.zeros(254)]}, "p_np does not hold frequencies"),
        ({"hist_bg": np.full(256, -1)}, "hist_bg does not hold counts"),
        ({"hist_stack": np.full(256, 2**62)}, "hist_stack does not hold counts"),
        ({"hist_stack": np.zeros(256)}, "hist_stack is float64"),
    ],
)
def test_arrays_that_do_not_add_up_are_named(saved, folder, change, words) -> None:
    arrays = {name: array for name, array in {**parameters_of(saved), **change}.items() if array is not None}
    (folder / "model_params.npz").write_bytes(npz(**arrays))
    with pytest.raises(FileFormatError, match=words):
        NanoparticleSegmentation.load(folder)


def header(shape: str, descr: str = "'<f8'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "member",
    [
        header("(10000000000000,)"),
        header("(256,)"),
        header("(-1,)"),
        header("(256,)", "'|O'") + pickle.dumps([1]),
        header("((((("),
        header("(" * 2000),
        header("__import__('os')"),
        b"\x93NUMPY\x09\x00",
        b"",
        b"not an array",
    ],
    ids=lambda member: member[10:60].decode("latin1").strip(" \x00") or "empty",
)
def test_hostile_members_are_refused(folder, member) -> None:
    with zipfile.ZipFile(folder / "model_params.npz", "w") as archive:
        for name in ("p_np", "p_bg", "p_stack", "hist_stack", "hist_bg"):
            archive.writestr(f"{name}.npy", member)
    with pytest.raises(FileFormatError, match=r"model_params\.npz"):
        NanoparticleSegmentation.load(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "must be a JSON object"),
        ("{}", "w_bg is None"),
        ('{"w_bg": 2, "nll": 1, "nit": 3}', "w_bg is 2; it must be a number from 0 to 1"),
        ('{"w_bg": 0.5, "nll": "x", "nit": 3}', "nll is 'x'"),
        ('{"w_bg": 0.5, "nll": 1, "nit": -3}', "nit is -3"),
        ('{"w_bg": 0.5, "nll": ' + "9" * 400 + ', "nit": 1}', "nll is 9"),
        ('{"w_bg": NaN, "nll": 1, "nit": 3}', "not finite"),
    ],
)
def test_summaries_that_cannot_be_are_named(folder, text, words) -> None:
    (folder / "fit_results.json").write_text(text)
    with pytest.raises(FileFormatError, match=words):
        NanoparticleSegmentation.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_missing_files_are_named(folder, name) -> None:
    (folder / name).unlink()
    with pytest.raises(NotFoundError, match=name):
        NanoparticleSegmentation.load(folder)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(FILES))
def test_damaged_models_are_sound_or_named(saved, folder, data, name) -> None:
    content = saved[1][name]
    (folder / name).write_bytes(damaged(data, content, len(content)))
    found = result_or_named_error(lambda: NanoparticleSegmentation.load(folder))
    (folder / name).write_bytes(content)
    if isinstance(found, NanoparticleSegmentation):
        assert abs(found.p_np.sum() - 1) < 1e-6
        assert 0 <= found.summary_fit["w_bg"] <= 1
        json.dumps(found.config.processing_metadata())
    else:
        # A changed path or name leads to a store or stack that is not there.
        assert isinstance(found, FileFormatError | NotFoundError) or "must be the name of an array" in str(
            found
        )
