"""A result on disk can be taken up again where it was left."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import specks
from specks import synth
from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError, NotFoundError, StoreError
from specks.workflows import Particles


@pytest.fixture(scope="module")
def found():
    strokes = np.zeros((160, 160), np.uint8)
    strokes[40:44, 50:60] = 1
    image = synth.particle_image((160, 160), seed=5).image
    return specks.segment_particles(image, threshold=0.4, diameter=9.0, scribbles=strokes)


@pytest.fixture(scope="module")
def store(found, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "grains.zarr"
    found.save(path)
    return path


def test_a_result_and_its_model_are_one_line_in_a_console(found):
    assert repr(found) == f"<Particles in array (160, 160): {found.summary()}>"
    assert repr(found.model) == f"<Mixture of peaks in (160, 160): {found.model.summary()}>"


def test_labels_of_a_file_are_alike_before_and_after(found, store):
    back = Particles.load(store)
    assert int((back.labels > 0).sum()) == int((found.labels > 0).sum())
    assert int(back.labels.max()) == len(found.objects)


def test_everything_comes_back(found, store):
    back = Particles.load(store)
    assert np.array_equal(np.asarray(back.labels), found.labels)
    assert np.array_equal(np.asarray(back.posterior), found.posterior)
    pd.testing.assert_frame_equal(back.objects, found.objects)
    assert back.cut == found.cut
    assert back.provenance == found.provenance
    assert back.summary() == found.summary()


def test_it_can_be_corrected_further(found, store):
    back = Particles.load(store)
    log = back.model.corrections.add("threshold", value=0.9)
    refitted, wanted = back.refit(log), found.refit(found.model.corrections.add("threshold", value=0.9))
    assert np.array_equal(np.asarray(refitted.labels), wanted.labels)
    plain = back.refit(Corrections())
    assert np.array_equal(np.asarray(plain.labels), found.refit(Corrections()).labels)


def test_a_result_is_saved_over_itself(found, tmp_path):
    path = tmp_path / "grains.zarr"
    found.save(path)
    back = Particles.load(path)
    better = back.refit(back.model.corrections.add("threshold", value=0.9))
    with pytest.raises(StoreError, match="exists already"):
        better.save(path)
    better.save(path, overwrite=True)
    assert np.array_equal(np.asarray(Particles.load(path).labels), np.asarray(better.labels))
    with pytest.raises(StoreError, match="overwrite=True"):
        specks.segment_particles(synth.particle_image((64, 64)).image, out=path)


def damaged_chunk(path, array: str, edit) -> None:
    """Change the bytes of the first chunk of an array."""
    chunk = min(p for p in (path / array / "c").rglob("*") if p.is_file())
    content = bytearray(chunk.read_bytes())
    edit(content)
    chunk.write_bytes(content)


def cut_off(content: bytearray) -> None:
    del content[len(content) // 2 :]


def change_a_bit(content: bytearray) -> None:
    content[len(content) // 2] ^= 1


@pytest.mark.parametrize("edit", [cut_off, change_a_bit, bytearray.clear])
def test_damaged_labels_are_named_where_they_are_read(found, tmp_path, edit):
    path = tmp_path / "damaged.zarr"
    found.save(path)
    damaged_chunk(path, "labels/particles/s0", edit)
    back = Particles.load(path)
    with pytest.raises(
        FileFormatError, match=r"the array labels/particles/s0 of damaged\.zarr cannot be read"
    ):
        np.asarray(back.labels)
    assert np.array_equal(np.asarray(back.posterior), found.posterior)  # which needs the image alone


@pytest.mark.parametrize("edit", [cut_off, change_a_bit, bytearray.clear])
def test_a_damaged_image_is_named(found, tmp_path, edit):
    """A changed bit once gave other pixels, and a result that was fitted to those."""
    path = tmp_path / "damaged.zarr"
    found.save(path)
    damaged_chunk(path, "s0", edit)
    with pytest.raises(FileFormatError, match=r"the array s0 of damaged\.zarr cannot be read"):
        Particles.load(path)


def test_other_results_are_refused_in_words(tmp_path):
    from specks._core.progress import drain
    from specks.io import write_result

    path = drain(write_result(tmp_path / "plain.zarr", np.zeros((64, 64), np.uint8)))
    with pytest.raises(FileFormatError, match="it lacks labels, a table"):
        Particles.load(path)
    with pytest.raises(NotFoundError):
        Particles.load(tmp_path / "nothing.zarr")


@pytest.mark.parametrize(("field", "value"), [("threshold", "0.5"), ("min_size", None), ("borders", 3)])
def test_an_edited_provenance_is_a_named_error(found, tmp_path, field, value):
    path = tmp_path / "edited.zarr"
    found.save(path)
    note = next(path.rglob("provenance.json"))
    document = json.loads(note.read_text())
    document["parameters"][field] = value
    note.write_text(json.dumps(document))
    with pytest.raises(FileFormatError, match=field):
        Particles.load(path)
