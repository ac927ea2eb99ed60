"""Drifts in files: exact round trips, tables of other programs, and named errors for everything else."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import given, settings
from hypothesis import strategies as st

import specks
from specks import Corrections, Drift, estimate_drift
from specks._core.errors import (
    FileFormatError,
    InputError,
    NotFoundError,
    StoreError,
    UnsupportedFormatError,
)
from specks._core.progress import drain
from specks._core.source import array_source
from specks.drift.document import ARRAYS
from specks.drift.documented import documented_shifts
from specks.synth import drifting_series

LOG = (
    Corrections()
    .add("bad_frame", frame=2)
    .add("landmark", frame_a=0, position_a=[20.0, 20.5], frame_b=3, position_b=[22.0, 21.0])
    .add("set_shift", frame=5, shift=[1 / 3, -2.0])
)


@functools.cache
def made() -> Drift:
    return estimate_drift(drifting_series("mask_easy", frames=7, shape=(80, 96)).images)


@functools.cache
def content(ending: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        made().refit(LOG).save(path)
        return path.read_bytes()


def written(folder: Path, text: str, name: str = "d.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("log", [Corrections(), LOG], ids=["plain", "corrected"])
def test_json_can_be_solved_again_to_the_same_bits(tmp_path: Path, log: Corrections) -> None:
    drift = made().refit(log)
    drift.save(tmp_path / "d.json")
    again = Drift.load(tmp_path / "d.json")
    pd.testing.assert_frame_equal(again.table, drift.table, check_exact=True)
    assert (again.axes, again.corrections, again.settings) == (drift.axes, drift.corrections, drift.settings)
    assert again.provenance == drift.provenance
    assert again.summary() == drift.summary()
    for other in (LOG, Corrections(), LOG.undo()):
        pd.testing.assert_frame_equal(again.refit(other).table, made().refit(other).table, check_exact=True)
    assert not made().refit(LOG).table.equals(made().table)
    assert [p.name for p in tmp_path.iterdir()] == ["d.json"]


def test_numbers_that_are_infinite_come_back(tmp_path: Path) -> None:
    """The original's pairs have neither a second maximum nor a height."""
    measured = drain(
        documented_shifts(array_source(np.eye(24, dtype=bool)[None].repeat(7, 0), "tyx"), (1, 2))
    )
    dataclasses.replace(made(), measurements=measured).save(tmp_path / "d.json")
    again = Drift.load(tmp_path / "d.json").measurements
    assert again is not None
    assert again.joint is None
    assert again.candidates.places == np.inf
    for name in ("pairs", "shifts", "heights"):
        ours, theirs = getattr(again.candidates, name), getattr(measured.candidates, name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_the_arithmetic_of_the_original_is_solved_again(tmp_path: Path) -> None:
    drift = estimate_drift(drifting_series("mask_easy", frames=5, shape=(64, 72)).images, method="pairs")
    drift.save(tmp_path / "d.json")
    log = Corrections().add("bad_frame", frame=1)
    assert Drift.load(tmp_path / "d.json").refit(log).table.equals(drift.refit(log).table)


def test_masks_that_say_where_to_look_are_in_the_file(tmp_path: Path) -> None:
    images = drifting_series("mask_easy", frames=4, shape=(64, 72)).images
    mask = np.ones((64, 72), bool)
    mask[:, :20] = False
    drift = estimate_drift(images, mask=mask)
    drift.save(tmp_path / "d.json")
    again = Drift.load(tmp_path / "d.json")
    assert np.array_equal(again.corrections.records[0]["array"], mask)
    log = again.corrections.add("bad_frame", frame=2)
    assert again.refit(log).table.equals(drift.refit(log).table)  # the same mask: nothing is to be looked at
    with pytest.raises(InputError, match="the images are needed"):
        again.refit(Corrections())


def test_volumes_have_three_axes(tmp_path: Path) -> None:
    drift = estimate_drift(drifting_series("vol_mask", frames=4, shape=(16, 40, 44)).images, axes="tzyx")
    for name in ("d.csv", "d.json"):
        drift.save(tmp_path / name)
        again = Drift.load(tmp_path / name)
        assert again.axes == "zyx"
        assert again.table.equals(drift.table)


def test_a_table_of_csv_is_plain_and_comes_back_exactly(tmp_path: Path) -> None:
    drift = made().refit(LOG)
    drift.save(tmp_path / "d.csv")
    plain = pd.read_csv(tmp_path / "d.csv")
    assert list(plain) == ["frame", "y", "x", "y_std", "x_std", "ok", "reason"]
    assert plain["ok"].dtype == bool
    again = Drift.load(tmp_path / "d.csv")
    pd.testing.assert_frame_equal(again.table, drift.table, check_exact=True)
    assert again.provenance == drift.provenance
    assert again.measurements is None
    with pytest.raises(InputError, match="bare table"):
        again.refit(LOG)
    (tmp_path / "d.csv.json").unlink()
    assert Drift.load(tmp_path / "d.csv").table.equals(drift.table)


TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
ERROR = st.floats(min_value=0, allow_infinity=False) | st.just(float("nan"))


@st.composite
def drifts(draw: Any) -> Drift:
    axes, n = draw(st.sampled_from(["yx", "zyx"])), draw(st.integers(1, 6))

    def several(one: Any) -> list[Any]:
        return draw(st.lists(one, min_size=n, max_size=n))

    columns = {a: np.array(several(NUMBER)) for a in axes} | {f"{a}_std": several(ERROR) for a in axes}
    columns |= {"ok": several(st.booleans()), "reason": several(TEXT)}
    return Drift(pd.DataFrame(columns, index=pd.RangeIndex(n, name="frame")), axes)


@settings(parent=unhurried, max_examples=60)
@given(drift=drifts(), ending=st.sampled_from([".csv", ".json"]))
def test_any_table_comes_back(tmp_path_factory: Any, drift: Drift, ending: str) -> None:
    path = tmp_path_factory.mktemp("any") / f"d{ending}"
    drift.save(path)
    again = Drift.load(path)
    assert again.axes == drift.axes
    pd.testing.assert_frame_equal(again.table, drift.table, check_exact=True, check_dtype=False)


@pytest.mark.parametrize(("text", "shifts", "errors"), [
    ("frame,dy,dx,sigma\n0,0,0,0\n1,1.5,-2,.1\n", [[0, 0], [1.5, -2]], [[0, 0], [0.1, 0.1]]),
    ("frame,dy,dx,dz,sigma\n0,0,0,9,0\n1,1.5,-2,3,.1\n", [[9, 0, 0], [3, 1.5, -2]], [[0] * 3, [0.1] * 3]),
    ("frame,x,y\n0,0,0\n1,-2,1.5\n", [[0, 0], [1.5, -2]], None),
    ("y,x\n0,0\n1.5,-2\n", [[0, 0], [1.5, -2]], None),
    (",y,x\n0,0,0\n1,1.5,-2\n", [[0, 0], [1.5, -2]], None),
    ("frame,y,x\n1,1.5,-2\n0.0,0,0\n", [[0, 0], [1.5, -2]], None),
    ("\ufeffFrame;y;x\n0;0;0\n1;1,5;-2\n", [[0, 0], [1.5, -2]], None),
    ("frame\ty\tx\n0\t0\t0\n1\t1.5\t-2\n", [[0, 0], [1.5, -2]], None),
    ("frame,y,x,y_std,x_std\n0,0,0,,nan\n1,1.5,-2,0.5,\n", [[0, 0], [1.5, -2]], [[None, None], [0.5, None]]),
])  # fmt: skip
def test_tables_of_other_programs(tmp_path: Path, text: str, shifts: Any, errors: Any) -> None:
    drift = Drift.load(written(tmp_path, text))
    np.testing.assert_array_equal(drift.shifts, shifts)
    expected = np.full(np.shape(shifts), np.nan) if errors is None else np.array(errors, float)
    np.testing.assert_array_equal(drift.table[[f"{a}_std" for a in drift.axes]], expected)
    assert drift.table["ok"].tolist() == [True] * len(shifts)
    assert drift.table.index.tolist() == list(range(len(shifts)))


def test_what_excel_makes_of_ours_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "frame,y,x,y_std,x_std,ok,reason\n0,0,0,0,0,TRUE,\n1,1,2,,,FALSE,blank\n")
    table = Drift.load(path).table
    assert table["ok"].tolist() == [True, False]
    assert table["reason"].tolist() == ["", "blank"]


@pytest.mark.parametrize(("text", "said"), [
    ("", "it is empty"),
    ("frame,y,x\n", "there are no rows"),
    ("frame,x\n0,0\n", "no column y"),
    ("time,a\n0,0\n", "no column y and no column x"),
    ("frame,y,x,dz\n0,0,0\n", "row 1 has 3 cells"),
    ("frame,y,x,dy\n0,0,0,1\n", "y and dy both tell y"),
    ("frame,y,x\n0,0,0\n1,0,0\n1,0,0\n0,1,1\n", "frames 0, 1 have more than one row"),
    ("frame,y,x\n0,0,0\n3,0,0\n", "frame 1 is missing"),
    ("frame,y,x\n1,0,0\n2,0,0\n", "frame 0 is missing"),
    ("frame,y,x\n0,0,0\n5,0,0\n900000000000,0,0\n", "frames 1, 2 are missing"),
    ("frame,y,x\n0,0,0\n0.5,0,0\n", "frame is '0.5' in row 2"),
    ("frame,y,x\n0,0,0\n-1,0,0\n", "frame is '-1'"),
    ("frame,y,x\n0,0,0\n1,,0\n2,0,nan\n", "frames 1, 2 have no place"),
    ("frame,y,x\n0,0,0\n1,inf,0\n", "frame 1 has no place"),
    ("frame,y,x\n0,0,zero\n", "x is 'zero'"),
    ("frame,y,x,sigma\n0,0,0,-1\n", "y_std of frame 0"),
    ("frame,y,x,ok\n0,0,0,perhaps\n", "ok is 'perhaps'"),
    ('frame,y,x\n0,"0,0\n', "cannot be read as CSV"),
])  # fmt: skip
def test_tables_that_cannot_be_a_drift(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileFormatError, match=said) as caught:
        Drift.load(written(tmp_path, text))
    assert "d.csv" in str(caught.value)


def test_a_table_that_lost_rows_is_noticed(tmp_path: Path) -> None:
    made().save(tmp_path / "d.csv")
    lines = (tmp_path / "d.csv").read_text().splitlines(keepends=True)
    (tmp_path / "d.csv").write_text("".join(lines[:-2]))
    with pytest.raises(FileFormatError, match=r"5 rows, but d.csv.json tells of another number"):
        Drift.load(tmp_path / "d.csv")
    (tmp_path / "d.csv.json").unlink()
    assert len(Drift.load(tmp_path / "d.csv").table) == 5


@pytest.mark.parametrize("name", ["d", "d.txt", "d.npz", "d.json.bak"])
def test_other_endings_are_refused_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=r"a drift is a \.json or \.csv file"):
        made().save(tmp_path / name)
    assert not list(tmp_path.iterdir())
    (tmp_path / name).write_text("{}")
    with pytest.raises(UnsupportedFormatError, match=r"a drift is a \.json or \.csv file"):
        Drift.load(tmp_path / name)


@pytest.mark.parametrize("ending", [".json", ".csv"])
def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"folder{ending}").mkdir()
    for place in (tmp_path / f"folder{ending}", tmp_path / "nowhere" / f"d{ending}"):
        with pytest.raises(StoreError):
            made().save(place)
    with pytest.raises(NotFoundError):
        Drift.load(tmp_path / f"none{ending}")
    with pytest.raises(FileFormatError):
        Drift.load(tmp_path / f"folder{ending}")


@settings(parent=unhurried, max_examples=120)
@given(data=st.data(), ending=st.sampled_from([".csv", ".json"]))
def test_damaged_files_are_read_or_refused_in_words(tmp_path_factory: Any, data: Any, ending: str) -> None:
    path = tmp_path_factory.mktemp("damaged") / f"d{ending}"
    path.write_bytes(damaged(data, content(ending), 3000))
    found = result_or_named_error(lambda: Drift.load(path))
    if isinstance(found, Drift):
        assert np.isfinite(found.shifts).all()
    else:
        assert isinstance(found, FileFormatError)


@pytest.mark.parametrize("at", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_json_that_was_cut_off_is_refused(tmp_path: Path, at: float) -> None:
    whole = content(".json").rstrip()
    (tmp_path / "d.json").write_bytes(whole[: int(at * len(whole))])
    with pytest.raises(FileFormatError):
        Drift.load(tmp_path / "d.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=6,
)


@settings(parent=unhurried, max_examples=200)
@given(data=st.data(), value=JSON)
def test_documents_with_other_values_are_read_or_refused(
    tmp_path_factory: Any, data: Any, value: Any
) -> None:
    path = tmp_path_factory.mktemp("other") / "d.json"
    document = json.loads(content(".json"))
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not (isinstance(place[key], dict) and place[key] and data.draw(st.booleans(), "deeper")):
            break
        place = place[key]
    place[key] = value
    path.write_text(json.dumps(document))
    assert isinstance(result_or_named_error(lambda: Drift.load(path)), Drift | FileFormatError)


def arrays_of(document: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(document, dict):
        if set(document) == {"dtype", "shape", "zlib"}:
            return [path]
        return [found for key in document for found in arrays_of(document[key], (*path, key))]
    return []


@pytest.mark.parametrize("how", ["huge", "longer", "other-type", "object", "nan", "text"])
def test_arrays_are_not_believed(tmp_path: Path, how: str) -> None:
    from specks.drift.packed import pack, unpack

    places = arrays_of(json.loads(content(".json")))
    assert len(places) == 13
    for place in places:
        document = json.loads(content(".json"))
        holder = functools.reduce(lambda held, key: held[key], place[:-1], document)
        packed = holder[place[-1]]
        array = unpack(packed, "", "biuf")
        holder[place[-1]] = {
            "huge": {**packed, "shape": [10**9, *packed["shape"][1:]]},
            "longer": {**packed, "shape": [n + 1 for n in packed["shape"]] or [1]},
            "other-type": pack(np.zeros(array.shape, np.uint8 if array.dtype.kind == "f" else np.float32)),
            "object": {**packed, "dtype": "object"},
            "nan": pack(np.full(array.shape, np.nan) if array.dtype.kind == "f" else array - 10**6),
            "text": {**packed, "zlib": "AAAA"},
        }[how]
        (tmp_path / "d.json").write_text(json.dumps(document))
        unknown_is_fine = how == "nan" and place[-1] in ("heights", "places", "contrast", "field")
        found = result_or_named_error(lambda: Drift.load(tmp_path / "d.json"))
        assert isinstance(found, Drift if unknown_is_fine else FileFormatError), place


def test_every_array_of_the_measurements_has_its_layout() -> None:
    for kind, arrays in ARRAYS.items():
        others = {"candidates", "joint", "faults", "hints"} if kind is type(made().measurements) else set()
        assert set(arrays) | others == {f.name for f in dataclasses.fields(kind)}


def test_a_log_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    document = json.loads(content(".json"))
    document["corrections"].append({"kind": "bad_frame", "frame": 99})
    (tmp_path / "d.json").write_text(json.dumps(document))
    with pytest.raises(FileFormatError, match="there is no frame 99"):
        Drift.load(tmp_path / "d.json")


def test_models_of_another_kind_are_refused(tmp_path: Path) -> None:
    specks.save_corrections(LOG, tmp_path / "log.json")
    with pytest.raises(FileFormatError, match="its format is not 'specks-drift/1'"):
        Drift.load(tmp_path / "log.json")
