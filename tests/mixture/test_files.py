"""Models in files: exact round trips, and named errors for everything else."""

from __future__ import annotations

import functools
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specks import Mixture, fit_mixture
from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError, NotFoundError, StoreError


@functools.cache
def made():
    rng = np.random.default_rng(0)
    image = rng.normal(100, 6, (3, 64, 80)).astype(np.float32)
    image[:, 20:29, 30:39] += 60
    strokes = np.zeros(image.shape, np.uint8)
    strokes[1, 22:25, 32:35] = 2
    log = Corrections().add("exclude_frame", frame=2).add("scribble", array=strokes)
    log = log.add("mask", array=np.ones(image.shape[1:], bool)).add(
        "exclude_region", polygon=[[0.0, 0.0], [0.0, 9.5], [9.0, 0.0]]
    )
    model = fit_mixture(image, diameter=3.6, spacing=0.4, units="nm", polarity="bright", corrections=log)
    return image, model


@functools.cache
def written(tmp_path_factory=None):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        made()[1].save(Path(folder) / "m.specks")
        return (Path(folder) / "m.specks").read_bytes()


@pytest.mark.parametrize("header", ["{'descr': (\n", "{'shape': 1L}", '"""', "(" * 5000, "9" * 9000])
def test_headers_that_no_parser_takes_are_named(tmp_path, header):
    source = zipfile.ZipFile(io.BytesIO(written()))
    with zipfile.ZipFile(tmp_path / "m.specks", "w") as archive:
        for name in source.namelist():
            size = len(header).to_bytes(2, "little")
            forged = b"\x93NUMPY\x01\x00" + size + header.encode()
            archive.writestr(name, forged if name.endswith(".npy") else source.read(name))
    with pytest.raises(FileFormatError, match="is not a model that can be read"):
        Mixture.load(tmp_path / "m.specks")


def test_what_is_read_is_what_was_written(tmp_path):
    image, model = made()
    model.save(tmp_path / "m.specks")
    again = Mixture.load(tmp_path / "m.specks")
    for name in ("mode", "shape", "axes", "unit", "diameter", "polarity", "variable", "prevalence",
                 "prevalence_error", "warnings", "provenance"):  # fmt: skip
        assert getattr(again, name) == getattr(model, name), name
    for name in ("share", "share_error", "tables"):
        assert np.array_equal(getattr(again, name), getattr(model, name)), name
    assert [r["kind"] for r in again.corrections] == [r["kind"] for r in model.corrections]
    assert np.array_equal(again.posterior(image), model.posterior(image))
    assert again.summary() == model.summary()
    assert all(np.array_equal(a, b) for a, b in zip(again.histogram(), model.histogram(), strict=True))
    assert [p.name for p in tmp_path.iterdir()] == ["m.specks"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    _, model = made()
    with pytest.raises(StoreError, match="folder does not exist"):
        model.save(tmp_path / "nowhere" / "m.specks")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError):
        model.save(tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(NotFoundError, match="there is no file"):
        Mixture.load(tmp_path / "none.specks")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", b"{}", bytes(range(256)) * 9])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(FileFormatError, match="not a model"):
        Mixture.load(tmp_path / "m")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FileFormatError):
        Mixture.load(tmp_path)


def reads_or_is_refused(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "m"
    path.write_bytes(content)
    try:
        model = Mixture.load(path)
    except FileFormatError:
        return None
    assert np.isfinite(model.tables).all()
    return model


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 10**6))
def test_truncated_files_give_named_errors(tmp_path_factory, cut):
    whole = written()
    assert reads_or_is_refused(whole[: cut % len(whole)], tmp_path_factory) is None


@settings(max_examples=150, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6))
def test_files_with_changed_bytes_give_named_errors(tmp_path_factory, edits):
    content = bytearray(written())
    for place, value in edits:
        content[place % len(content)] = value
    reads_or_is_refused(bytes(content), tmp_path_factory)


def repacked(change):
    """The file with its document or arrays changed by hand."""
    source = zipfile.ZipFile(io.BytesIO(written()))
    members = {n: source.read(n) for n in source.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), value=JSON)
def test_documents_with_other_values_give_named_errors(tmp_path_factory, data, value):
    def change(members):
        document = json.loads(members["model.json"])
        document[data.draw(st.sampled_from(sorted(document)))] = value
        members["model.json"] = json.dumps(document).encode()

    reads_or_is_refused(repacked(change), tmp_path_factory)


@pytest.mark.parametrize("shape", [[10**9, 64, 80], [3, 10**12, 80], [2, 64, 80], [], [3]])
def test_sizes_are_not_believed(tmp_path_factory, shape):
    def change(members):
        document = json.loads(members["model.json"])
        document["shape"] = shape
        members["model.json"] = json.dumps(document).encode()

    assert reads_or_is_refused(repacked(change), tmp_path_factory) is None


@pytest.mark.parametrize("name", ["center", "total", "tables", "particle_component", "strokes_0"])
@pytest.mark.parametrize("how", ["pickle", "nan", "longer", "missing", "huge"])
def test_arrays_are_not_believed(tmp_path_factory, name, how):
    def change(members):
        key = f"{name}.npy"
        array = np.lib.format.read_array(io.BytesIO(members[key]))
        buffer = io.BytesIO()
        if how == "pickle":
            np.lib.format.write_array(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        elif how == "nan":
            wrong = np.full(array.shape, np.nan) if array.dtype.kind == "f" else array - 10**9
            np.lib.format.write_array(buffer, wrong)
        elif how == "huge":
            np.lib.format.write_array_header_1_0(
                buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
            )
        members[key] = buffer.getvalue() if how != "longer" else members[key] + b"x"
        if how == "missing":
            del members[key]

    assert reads_or_is_refused(repacked(change), tmp_path_factory) is None
