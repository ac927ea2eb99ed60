"""Tables come back exactly, or not at all."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from damage import damaged, result_or_named_error, unhurried
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from specks._core.errors import FileFormatError, InputError, NotFoundError, StoreError, UnsupportedFormatError
from specks._core.provenance import Provenance
from specks.io import read_table, write_table

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=8)
TABLE = pd.DataFrame(
    {
        "label": [1, 2, 3],
        "y": [0.1, np.nan, 1e-300],
        "ok": [True, False, True],
        "reason": ["", None, 'a "b",\nc'],
    },
    index=pd.Index([7, 8, 9], name="particle"),
)
SUFFIXES = pytest.mark.parametrize("suffix", [".csv", ".parquet"])


@st.composite
def columns(draw, rows: int) -> pd.Series:
    kind = draw(st.sampled_from(["i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "bool", "text", "category"]))
    if kind == "text":
        return pd.Series(draw(st.lists(TEXTS | st.none(), min_size=rows, max_size=rows)), dtype="str")
    if kind == "category":
        names = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
        codes = draw(st.lists(st.integers(-1, len(names) - 1), min_size=rows, max_size=rows))
        return pd.Series(
            pd.Categorical.from_codes(codes, pd.Index(names, dtype="str"), ordered=draw(st.booleans()))
        )
    dtype = np.dtype(kind)
    if dtype.kind == "b":
        values = st.booleans()
    elif dtype.kind == "f":
        values = st.floats(width=8 * dtype.itemsize)
    else:
        values = st.integers(np.iinfo(dtype).min, np.iinfo(dtype).max)
    return pd.Series(np.array(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=dtype))


@st.composite
def tables(draw) -> pd.DataFrame:
    rows = draw(st.integers(0, 6))
    names = draw(
        st.lists(
            TEXTS.filter(lambda n: n.strip() == n and n and "\r" not in n),
            min_size=1,
            max_size=5,
            unique=True,
        )
    )
    table = pd.DataFrame({name: draw(columns(rows)) for name in names}, columns=pd.Index(names, dtype="str"))
    keys = [name for name in names if table[name].dtype != np.float16]  # pandas has no index of these
    if draw(st.booleans()) and len(keys) > 1:
        return table.set_index(keys[: draw(st.integers(1, len(keys) - 1))])
    return table


@SUFFIXES
@settings(unhurried, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(table=tables())
def test_round_trip(suffix, tmp_path_factory, table) -> None:
    assume(suffix == ".csv" or len(table))  # Parquet keeps no categories that stand nowhere
    path = tmp_path_factory.mktemp("t") / f"objects{suffix}"
    write_table(table, path)
    assert_frame_equal(read_table(path), table, check_exact=True)


@SUFFIXES
def test_units_and_provenance_stay_with_the_table(tmp_path, suffix) -> None:
    path = tmp_path / f"objects{suffix}"
    made = Provenance(step="specks.measure:measure_objects", parameters={"edge_buffer": 8}, seconds=1.5)
    write_table(TABLE, path, units={"y": "um"}, provenance=made)
    again = read_table(path)
    assert_frame_equal(again, TABLE, check_exact=True)
    assert again.attrs["units"] == {"y": "um"}
    assert Provenance.from_dict(again.attrs["provenance"]) == made
    write_table(again, tmp_path / f"second{suffix}")
    assert read_table(tmp_path / f"second{suffix}").attrs["units"] == {"y": "um"}
    assert TABLE.attrs == {}


def test_an_unnamed_index_stays_unnamed(tmp_path) -> None:
    table = pd.DataFrame({"a": [1.5, 2.5]}, index=["p", "q"])
    write_table(table, tmp_path / "t.csv")
    assert_frame_equal(read_table(tmp_path / "t.csv"), table)


def test_a_spreadsheet_can_read_it(tmp_path) -> None:
    write_table(TABLE, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[:2] == [
        '"particle","label","y","ok","reason"',
        '7,1,0.1,True,""',
    ]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"a": [1j]}), "column 'a' is of type complex128"),
        (pd.DataFrame({"a": [[1], [2]]}), r"column 'a' holds \[1\]"),
        (pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), "column 'a' is of type Int64"),
        (pd.DataFrame({0: [1]}), "the column name 0 must be text"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' stands there twice"),
        (pd.DataFrame(index=[0, 1]), "the table has no columns"),
        ([1, 2], "table is list"),
    ],
)
def test_what_cannot_be_kept_is_refused(tmp_path, table, words) -> None:
    with pytest.raises(InputError, match=words):
        write_table(table, tmp_path / "t.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [10**30, 1j, object()])
def test_parquet_refuses_what_it_cannot_keep(tmp_path, value) -> None:
    table = pd.DataFrame({"a": pd.Series([value], dtype=object)})
    with pytest.raises(InputError, match="the table cannot be kept as Parquet"):
        write_table(table, tmp_path / "t.parquet")
    assert not list(tmp_path.iterdir())


def test_other_refusals(tmp_path) -> None:
    with pytest.raises(InputError, match="units names the column 'z'"):
        write_table(TABLE, tmp_path / "t.csv", units={"z": "um"})
    with pytest.raises(
        UnsupportedFormatError, match=r"t.xls ends in .xls; tables are .csv or .parquet files"
    ):
        write_table(TABLE, tmp_path / "t.xls")
    with pytest.raises(StoreError, match="its folder does not exist"):
        write_table(TABLE, tmp_path / "no" / "t.csv")
    with pytest.raises(NotFoundError):
        read_table(tmp_path / "t.csv")


def test_a_failed_write_leaves_the_old_table(tmp_path, monkeypatch) -> None:
    write_table(TABLE, tmp_path / "t.csv")

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(StoreError, match=r"t.csv cannot be written: the disk is full"):
        write_table(TABLE * 2, tmp_path / "t.csv")
    assert_frame_equal(read_table(tmp_path / "t.csv"), TABLE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv", "t.csv.json"]


def test_cut_and_edited_tables_are_named(tmp_path) -> None:
    path = tmp_path / "t.csv"
    table = TABLE.drop(columns="reason")
    write_table(table, path)
    text = path.read_text()
    path.write_text(text[: text.rindex("\n", 0, -1) + 1])
    with pytest.raises(
        FileFormatError, match=r"t.csv has 2 rows, but was written with 3; it is cut off or was edited"
    ):
        read_table(path)
    path.write_text(text.replace("0.1", "many"))
    with pytest.raises(FileFormatError, match=r"cell in column 'y' that is no float64.*many"):
        read_table(path)
    path.write_text(text.replace("label", "name"))
    with pytest.raises(FileFormatError, match="has the columns"):
        read_table(path)
    path.write_text(text)
    beside = path.with_name("t.csv.json")
    facts = json.loads(beside.read_text())
    beside.write_text(json.dumps(facts | {"units": ["um"]}))
    with pytest.raises(FileFormatError, match="units"):
        read_table(path)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.json", "t.parquet"])
@unhurried
@given(data=st.data())
def test_damaged_tables_give_a_table_or_a_named_error(name, tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("t")
    path = folder / name.removesuffix(".json")
    write_table(TABLE, path, units={"y": "um"})
    target = folder / name
    target.write_bytes(damaged(data, target.read_bytes(), head=10_000))
    result_or_named_error(lambda: read_table(path))
