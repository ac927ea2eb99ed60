"""The configuration: the original's fields, files and defaults, with faults named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from damage import damaged, result_or_named_error
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, InputError, NotFoundError, StoreError
from specks.mixture.documented import NanoparticleSegConfig, fit_documented
from specks.mixture.documented._config import as_config

#: As sphero-vem 0.3.0 writes it.
MANIFEST = """{
    "root_path": "/data/s.zarr",
    "spacing_dir": "50-10-10",
    "verbose": false,
    "max_iter": 10000,
    "eps": 1e-12,
    "nll_tol": 1e-10,
    "sampling_step": 1,
    "percent_th_low": 99.5,
    "percent_th_high": 99.8,
    "halo_pad": 20,
    "min_size": 20,
    "posterior_th": 0.95,
    "beta_params": [
        1.0,
        20.0
    ],
    "zarr_chunks": [
        1,
        1024,
        1024
    ],
    "model_name": "nps-20261124_022245",
    "seg_target": "nps"
}"""


def test_the_file_is_that_of_the_original(tmp_path) -> None:
    config = NanoparticleSegConfig("/data/s.zarr", "50-10-10", model_name="nps-20261124_022245")
    config.to_json(tmp_path / "c.json")
    assert (tmp_path / "c.json").read_text() == MANIFEST
    twin = NanoparticleSegConfig.from_json(tmp_path / "c.json")
    assert twin == config
    assert twin.root_path == Path("/data/s.zarr")
    assert twin.zarr_chunks == (1, 1024, 1024)


def test_unknown_keys_of_a_file_are_ignored(tmp_path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"root_path": "a", "spacing_dir": "b", "later": {"x": 1}}))
    config = NanoparticleSegConfig.from_json(tmp_path / "c.json")
    assert (config.spacing_dir, config.halo_pad, config.seg_target) == ("b", 20, "nps")
    assert config.model_name.startswith("nps-2")


def test_processing_metadata_leaves_out_where_and_how() -> None:
    held = NanoparticleSegConfig("a", "b", model_name="m").processing_metadata()
    assert set(json.loads(MANIFEST)) - set(held) == {"root_path", "spacing_dir", "verbose", "zarr_chunks"}
    assert held["beta_params"] == [1.0, 20.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_iter": 0}, "max_iter is 0; it must be a whole number from 1"),
        ({"max_iter": 10.5}, "max_iter is 10.5"),
        ({"max_iter": True}, "max_iter is True"),
        ({"eps": 0.0}, "eps is 0.0"),
        ({"eps": float("nan")}, "eps is nan"),
        ({"nll_tol": -1}, "nll_tol is -1"),
        ({"percent_th_low": 101}, "percent_th_low is 101; it must be a number from 0 to 100"),
        ({"percent_th_high": "99"}, "percent_th_high is '99'"),
        ({"halo_pad": -1}, "halo_pad is -1"),
        ({"beta_params": (1, 0)}, r"beta_params is \(1, 0\); it must be 2 positive numbers"),
        ({"beta_params": 3}, "beta_params is 3"),
        ({"zarr_chunks": (1, 2)}, r"zarr_chunks is \(1, 2\); it must be 3 positive whole numbers"),
        ({"verbose": "yes"}, "verbose is 'yes'"),
        ({"model_name": 3}, "model_name is 3"),
        ({"root_path": None}, "root_path is None"),
        ({"spacing_dir": (50, 10, 10)}, "spacing_dir is"),
    ],
)
def test_values_that_cannot_be_used_are_named(change, words) -> None:
    with pytest.raises(InputError, match=words):
        NanoparticleSegConfig(**{"root_path": "a", "spacing_dir": "b", **change})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        NanoparticleSegConfig("a", "b", min_size=-1, sampling_step=0)
    assert len(caught.value.faults) == 2


def test_a_mapping_names_what_differs() -> None:
    assert as_config({"halo_pad": 3}).halo_pad == 3
    with pytest.raises(InputError, match="no field 'halo_padd'; did you mean 'halo_pad'"):
        as_config({"halo_padd": 3})
    with pytest.raises(InputError, match="documented is list"):
        fit_documented(None, [1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "must be a JSON object"),
        ("{}", "root_path is missing"),
        ('{"root_path": "a", "spacing_dir": "b", "max_iter": 1e99}', "max_iter is 1e"),
        ('{"root_path": "a", "spacing_dir": "b", "eps": ' + "9" * 400 + "}", "eps is 9"),
        ('{"root_path": "a", "spacing_dir": "b", "eps": NaN}', "not finite"),
        ("[" * 100_000, "not valid JSON"),
        (MANIFEST[:100], "not valid JSON"),
    ],
)
def test_bad_files_are_told_in_words(tmp_path, text, words) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(FileFormatError, match=words):
        NanoparticleSegConfig.from_json(tmp_path / "c.json")


def test_files_that_are_not_there_and_places_that_cannot_be_written(tmp_path) -> None:
    with pytest.raises(NotFoundError, match=r"there is no file or folder .*no\.json"):
        NanoparticleSegConfig.from_json(tmp_path / "no.json")
    with pytest.raises(StoreError, match="folder does not exist"):
        NanoparticleSegConfig("a", "b").to_json(tmp_path / "no" / "c.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(sorted(json.loads(MANIFEST))), VALUES, max_size=4))
def test_edited_values_are_used_or_named(tmp_path, changes) -> None:
    (tmp_path / "c.json").write_text(json.dumps({**json.loads(MANIFEST), **changes}))
    found = result_or_named_error(lambda: NanoparticleSegConfig.from_json(tmp_path / "c.json"))
    assert isinstance(found, NanoparticleSegConfig | FileFormatError)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_named(tmp_path, data) -> None:
    (tmp_path / "c.json").write_bytes(damaged(data, MANIFEST.encode(), len(MANIFEST)))
    found = result_or_named_error(lambda: NanoparticleSegConfig.from_json(tmp_path / "c.json"))
    assert isinstance(found, NanoparticleSegConfig | FileFormatError)
