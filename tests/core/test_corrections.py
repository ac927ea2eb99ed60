"""Corrections are an input: declared, checked, undone and replayed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from toy_engine import find_blobs

from specks._core.corrections import KINDS, Corrections, register_kind
from specks._core.errors import CorrectionError

IMAGE = np.random.default_rng(1).random((3, 16, 16))


def test_records_are_kept_in_order_and_undone_from_the_end() -> None:
    log = Corrections().add("exclude_frame", frame=1).add("threshold", value=0.5)
    assert [r["kind"] for r in log] == ["exclude_frame", "threshold"]
    assert log.undo() == Corrections().add("exclude_frame", frame=1)
    assert len(Corrections().undo()) == 0


def test_every_fault_of_a_record_is_named() -> None:
    with pytest.raises(CorrectionError, match="unknown kind 'scrible'; did you mean 'scribble'"):
        Corrections().add("scrible", array=np.zeros((2, 2)))
    with pytest.raises(CorrectionError) as caught:
        Corrections().add("exclude_frame", fram=1)
    assert caught.value.faults == (
        "correction 0 (exclude_frame) has no field 'fram'; did you mean 'frame'?",
        "correction 0 (exclude_frame) lacks the field 'frame'",
    )
    with pytest.raises(CorrectionError, match="frame -1 is less than the minimum"):
        Corrections().add("exclude_frame", frame=-1)
    with pytest.raises(CorrectionError, match="array is list; it must be an array"):
        Corrections().add("scribble", array=[1])
    with pytest.raises(CorrectionError, match="polygon"):
        Corrections().add("region", polygon=[[0, 0], [1, 1]])


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("exclude_frame", {"frame": 1.0}, "1.0 is not of type 'integer'"),
        ("exclude_frame", {"frame": True}, "True is not of type 'integer'"),
        ("region", {"polygon": [[1], [2], [3]]}, "[1] is too short"),
        ("region", {"polygon": [[0, np.nan], [1, 1], [0, 1]]}, "polygon holds a number that is not finite"),
        ("threshold", {"value": float("inf")}, "value holds a number that is not finite"),
    ],
)
def test_values_that_are_no_indices_or_positions_are_named(kind, fields, words) -> None:
    with pytest.raises(CorrectionError, match=re.escape(words)):
        Corrections().add(kind, **fields)


def test_numpy_numbers_are_numbers() -> None:
    log = Corrections().add("exclude_frame", frame=np.int64(2)).add("region", polygon=np.eye(3, 2))
    assert len(log) == 2


@pytest.mark.parametrize("records", [None, "threshold", 5])
def test_records_are_a_sequence(records) -> None:
    with pytest.raises(CorrectionError, match=f"records is {type(records).__name__}; it must be"):
        Corrections(records)


def test_an_engine_refuses_kinds_that_it_does_not_know() -> None:
    log = Corrections().add("region", polygon=[[0, 0], [1, 1], [0, 1]])
    with pytest.raises(CorrectionError, match="find_blobs takes no correction of kind 'region'; it takes"):
        find_blobs(IMAGE, corrections=log)


def test_a_kind_cannot_be_declared_twice_with_other_fields() -> None:
    register_kind("threshold", **KINDS["threshold"])
    with pytest.raises(ValueError, match="already declared"):
        register_kind("threshold", level={"type": "number"})


def test_replaying_corrections_gives_the_corrected_result_again() -> None:
    strokes = np.zeros((16, 16), int)
    strokes[2:5, 2:5] = 2
    log = Corrections().add("scribble", array=strokes).add("exclude_frame", frame=1)
    corrected = find_blobs(IMAGE, corrections=log)
    assert (corrected.labels[0, 2:5, 2:5] > 0).all()
    assert not corrected.labels[1].any()
    again = find_blobs(IMAGE).refit(log)
    np.testing.assert_array_equal(again.labels, corrected.labels)
    undone = again.refit(log.undo())
    np.testing.assert_array_equal(undone.labels, find_blobs(IMAGE, scribbles=strokes).labels)


def test_shorthands_become_records() -> None:
    mask = np.zeros((16, 16), bool)
    mask[:8] = True
    log = Corrections().with_shorthands(mask=mask)
    assert log.of("mask")[0]["array"] is mask
    np.testing.assert_array_equal(
        find_blobs(IMAGE, mask=mask).labels, find_blobs(IMAGE, corrections=log).labels
    )
    assert not find_blobs(IMAGE, mask=mask).labels[:, 8:].any()


def test_provenance_keeps_corrections_with_digests_of_arrays() -> None:
    log = Corrections().add("scribble", array=np.ones((16, 16), np.uint8))
    record = find_blobs(IMAGE, corrections=log).provenance.corrections[0]
    assert record["kind"] == "scribble"
    assert record["array"]["shape"] == [16, 16]
