"""Corrections on disk: what is written is read back, and nothing else is believed."""

from __future__ import annotations

import contextlib
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from toy_engine import find_blobs

from specks._core.corrections import Corrections
from specks._core.corrections_file import corrections_schema, load_corrections, save_corrections
from specks._core.errors import CorrectionError, FileFormatError, NotFoundError, SpecksError, StoreError

VALIDATOR = jsonschema.Draft202012Validator(corrections_schema())
in_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
finite = st.floats(allow_nan=False, allow_infinity=False)
frames = st.none() | st.lists(st.integers(0, 1000))
polygons = st.lists(st.lists(finite, min_size=2, max_size=3), min_size=3, max_size=5)
arrays = hnp.arrays(
    st.sampled_from([np.bool_, np.uint8, np.int32, np.int64, np.float32]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
records = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("scribble"), "array": arrays, "frame": st.none() | st.integers(0, 9)}
    ),
    st.fixed_dictionaries({"kind": st.just("mask"), "array": arrays}),
    st.fixed_dictionaries({"kind": st.just("exclude_frame"), "frame": st.integers(0, 10**6)}),
    st.fixed_dictionaries({"kind": st.just("threshold"), "value": finite}),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["region", "exclude_region"]), "polygon": polygons, "frames": frames}
    ),
)
LOG = (
    Corrections()
    .add("scribble", array=np.arange(12, dtype=np.uint8).reshape(3, 4), frame=2)
    .add("exclude_frame", frame=np.int64(1))
    .add("region", polygon=((0, 0), (0, 5.5), (np.float32(3), 2)))
    .add("mask", array=np.ones((2, 2), bool))
)


def same(a: Corrections, b: Corrections) -> bool:
    """Equal records, arrays with their types."""
    if len(a) != len(b):
        return False
    for one, two in zip(a, b, strict=True):
        if set(one) != set(two):
            return False
        for name, value in one.items():
            if isinstance(value, np.ndarray):
                other = two[name]
                if value.dtype != other.dtype or not np.array_equal(
                    value, other, equal_nan=value.dtype.kind == "f"
                ):
                    return False
            elif np.asarray(value, object).tolist() != np.asarray(two[name], object).tolist():
                return False
    return True


@in_folder
@given(st.lists(records, max_size=5))
def test_what_is_written_is_read_back_and_obeys_the_schema(
    tmp_path: Path, found: list[dict[str, Any]]
) -> None:
    log, path = Corrections(tuple(found)), tmp_path / "log.json"
    save_corrections(log, path)
    assert same(load_corrections(path), log)
    VALIDATOR.validate(json.loads(path.read_text()))


def test_the_schema_is_sound() -> None:
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)


def test_numpy_numbers_and_tuples_become_plain(tmp_path: Path) -> None:
    save_corrections(LOG, tmp_path / "log.json")
    again = load_corrections(tmp_path / "log.json")
    assert again.of("exclude_frame")[0]["frame"] == 1
    assert again.of("region")[0]["polygon"] == [[0, 0], [0, 5.5], [3.0, 2]]
    assert same(again.undo(), LOG.undo())


def test_saving_again_leaves_one_array_file_and_strangers_alone(tmp_path: Path) -> None:
    (tmp_path / "log.other.npz").write_bytes(b"mine")
    save_corrections(LOG, tmp_path / "log.json")
    first = {p.name for p in tmp_path.iterdir()}
    save_corrections(LOG, tmp_path / "log.json")
    assert {p.name for p in tmp_path.iterdir()} == first
    assert len(first) == 3
    save_corrections(LOG.undo(), tmp_path / "log.json")
    second = {p.name for p in tmp_path.iterdir()}
    assert len(second) == 3
    assert second != first
    save_corrections(Corrections(), tmp_path / "log.json")
    assert {p.name for p in tmp_path.iterdir()} == {"log.json", "log.other.npz"}


def test_a_log_stays_whole_when_writing_stops_half_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.json"
    save_corrections(LOG, path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(StoreError, match="the disk is full"):
            save_corrections(LOG.undo(), path)
    assert same(load_corrections(path), LOG)


def test_a_corrected_result_comes_back_from_the_file(tmp_path: Path) -> None:
    image = np.random.default_rng(3).random((3, 16, 16))
    strokes = np.zeros((16, 16), int)
    strokes[2:6, 2:6] = 2
    log = Corrections().add("scribble", array=strokes).add("exclude_frame", frame=1)
    save_corrections(log, tmp_path / "log.json")
    again = find_blobs(image, corrections=load_corrections(tmp_path / "log.json"))
    np.testing.assert_array_equal(again.labels, find_blobs(image, corrections=log).labels)


def test_numbers_that_json_has_no_word_for_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorrectionError, match="not finite"):
        save_corrections(Corrections().add("threshold", value=float("nan")), tmp_path / "log.json")
    assert not list(tmp_path.iterdir())


def edited(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"format": "specks-corrections/9"}, "its format is not 'specks-corrections/1'"),
        ({"records": {}}, "records as a list"),
        ({"more": 1}, "'more' is amiss"),
        ({"arrays": "../log.npz"}, "in the same folder"),
        ({"arrays": 3}, "in the same folder"),
        ({"arrays": "gone.npz"}, "no file or folder .*gone.npz"),
        ({"arrays": None}, "the array '0-array' is not in the array file"),
        ({"records": [{"kind": "scribbel"}]}, "unknown kind 'scribbel'; did you mean 'scribble'"),
        ({"records": ["scribble"]}, "correction 0 has no kind"),
        ({"records": [{"kind": ["a"]}]}, "correction 0 has no kind"),
        ({"records": [{"kind": "scribble", "frame": None, "array": "0-array"}]}, "it must name an array"),
        ({"records": [{"kind": "threshold"}]}, "lacks the field 'value'"),
        (
            {"records": [{"kind": "mask", "array": {"array": "0-array", "shape": [9, 9], "dtype": "uint8"}}]},
            "another shape or type",
        ),
    ],
)
def test_an_edited_log_is_refused_in_words(tmp_path: Path, fields: dict[str, Any], says: str) -> None:
    path = tmp_path / "log.json"
    save_corrections(LOG, path)
    edited(path, **fields)
    with pytest.raises(SpecksError, match=says.replace("[", r"\[").replace("(", r"\(")):
        load_corrections(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid JSON"),
        ('{"format": 1, "format": 2}', "'format' stands there twice"),
        ('{"format": NaN}', "NaN is not finite"),
        ('{"format": 1e999}', "1e999 is not finite"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "its format is not"),
        ("\ud800", "cannot be read"),
    ],
)
def test_text_that_is_no_log_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(FileFormatError, match=says):
        load_corrections(path)
    with pytest.raises(NotFoundError, match="there is no file"):
        load_corrections(tmp_path / "none.json")


def claim(path: Path, header: bytes, body: bytes = b"") -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0-array.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }\n",
        b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
        b"{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }\n",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -8), }\n",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (8,)",
        b"__import__('os').system('true')\n",
    ],
)
def test_an_array_file_that_claims_what_it_has_not_is_refused(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "log.json"
    save_corrections(LOG, path)
    claim(tmp_path / json.loads(path.read_text())["arrays"], header, b"\0" * 8)
    with pytest.raises(FileFormatError, match="not a sound NPZ file"):
        load_corrections(path)


@in_folder
@given(data=st.data())
def test_damage_is_a_named_error_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "log.json"
    save_corrections(LOG, path)
    victim = data.draw(st.sampled_from(sorted(tmp_path.iterdir())))
    whole = victim.read_bytes()
    if data.draw(st.booleans()):
        victim.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        victim.write_bytes(whole[:at] + data.draw(st.binary(min_size=1, max_size=4)) + whole[at + 1 :])
    with contextlib.suppress(SpecksError):
        load_corrections(path)
    victim.unlink()
