"""Models of peaks in files: exact round trips, and named errors for what cannot be."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from discs import scene
from hypothesis import given, settings
from hypothesis import strategies as st

from specks import Mixture, fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError
from specks.mixture.peaks.candidates import COLUMNS


@functools.cache
def made():
    image = np.stack([scene((90, 110), 4, seed=seed)[0] for seed in range(2)])
    log = Corrections().add("reject", frame=1, position=[40.0, 50.0]).add("exclude_frame", frame=0)
    model = fit_mixture(
        image, axes="tyx", diameter=4.0, spacing=0.4, units="nm", polarity="bright", corrections=log
    )
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "m.specks")
        return image, model, (Path(folder) / "m.specks").read_bytes()


def repacked(change):
    """The file with its members changed by hand."""
    source = zipfile.ZipFile(io.BytesIO(made()[2]))
    members = {name: source.read(name) for name in source.namelist()}
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def edited(name, edit):
    """The file with one array changed by hand."""

    def change(members):
        array = np.lib.format.read_array(io.BytesIO(members[f"{name}.npy"]))
        edit(array)
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, array)
        members[f"{name}.npy"] = buffer.getvalue()

    return repacked(change)


def load(path, content):
    path.write_bytes(content)
    return Mixture.load(path)


def test_what_is_read_is_what_was_written(tmp_path):
    image, model, content = made()
    again = load(tmp_path / "m", content)
    assert again.variable == model.variable
    assert again.warnings == model.warnings
    assert again.prevalence == model.prevalence
    assert np.array_equal(again.certainty, model.certainty)
    assert np.array_equal(again.peaks.first, model.peaks.first)
    for name in COLUMNS:
        assert np.array_equal(again.peaks.columns[name], model.peaks.columns[name]), name
        assert again.peaks.columns[name].dtype == np.float32
    assert np.array_equal(again.posterior(image), model.posterior(image))
    assert np.array_equal(again.refit(None).certainty, model.refit(None).certainty)
    assert again.candidates().equals(model.candidates())


def test_a_stored_result_is_taken_further(tmp_path):
    image = made()[0]
    result = segment_particles(image, axes="tyx", diameter=10, polarity="bright")
    result.save(tmp_path / "r.zarr")
    again = type(result).load(tmp_path / "r.zarr")
    log = Corrections().add("reject", frame=0, position=result.objects[["y", "x"]].iloc[0].tolist())
    assert len(again.refit(log).objects) == len(result.objects) - 1
    assert np.array_equal(np.asarray(again.refit(log).labels), result.refit(log).labels)


def put(place, value):
    def edit(array):
        array[place] = value

    return edit


@pytest.mark.parametrize(
    ("name", "edit", "words"),
    [
        ("first_peak", put(1, 10**6), "first_peak does not count"),
        ("first_peak", put(0, 1), "first_peak does not count"),
        ("first_peak", put(-1, 3), "first_peak does not count"),
        ("first_peak", put(1, -1), "first_peak holds negative counts"),
        ("peak_y", put(0, 90.5), "peak_y holds numbers"),
        ("peak_x", put(0, -0.1), "peak_x holds numbers"),
        ("peak_x", put(2, np.nan), "peak_x holds numbers"),
        ("peak_radius_y", put(0, 0), "peak_radius_y holds numbers"),
        ("peak_radius_x", put(0, 1e6), "peak_radius_x holds numbers"),
        ("peak_contrast", put(0, np.inf), "peak_contrast holds numbers"),
        ("peak_height", put(0, -1), "peak_height holds numbers"),
        ("certainty", put(0, 1.01), "certainty holds numbers above 1"),
        ("certainty", put(0, np.nan), "certainty holds numbers that are not finite"),
    ],
)
def test_arrays_that_cannot_be_are_named(tmp_path, name, edit, words):
    with pytest.raises(FileFormatError, match=words):
        load(tmp_path / "m", edited(name, edit))


@pytest.mark.parametrize("name", ["first_peak", "certainty", *(f"peak_{name}" for name in COLUMNS)])
def test_arrays_that_are_missing_or_longer_are_named(tmp_path, name):
    for change in (
        lambda members: members.pop(f"{name}.npy"),
        lambda members: members.update({f"{name}.npy": members[f"{name}.npy"] + b"x"}),
    ):
        with pytest.raises(FileFormatError, match="is not a model that can be read"):
            load(tmp_path / "m", repacked(change))


@pytest.mark.parametrize("value", [None, -1, 1.5, "9", 10**12, True, 0])
def test_the_number_of_peaks_is_not_believed(tmp_path, value):
    def change(members):
        document = json.loads(members["model.json"])
        document["peaks"] = value
        members["model.json"] = json.dumps(document).encode()

    with pytest.raises(FileFormatError):
        load(tmp_path / "m", repacked(change))


@pytest.mark.parametrize(("field", "value"), [("frame", 2), ("position", [91, 5])])
def test_verdicts_that_do_not_fit_are_named(tmp_path, field, value):
    def change(members):
        document = json.loads(members["model.json"])
        document["corrections"][0][field] = value
        members["model.json"] = json.dumps(document).encode()

    with pytest.raises(FileFormatError, match="reject names"):
        load(tmp_path / "m", repacked(change))


@settings(max_examples=40)
@given(cut=st.integers(0, 10**6))
def test_truncated_files_give_named_errors(tmp_path_factory, cut):
    content = made()[2]
    with pytest.raises(FileFormatError):
        load(tmp_path_factory.mktemp("cut") / "m", content[: cut % len(content)])
