"""YAML as plain data: what is dumped is read back, and nothing but data is read."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specks._core.errors import FileFormatError, NotFoundError
from specks.recipe.yaml_file import dump_yaml, parse_yaml, read_yaml

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    [
        "no",
        "yes",
        "1e-3",
        "010",
        "12:30",
        "~",
        "null",
        "true",
        ".5",
        "2020-01-01",
        "<<",
        "=",
        "- a",
        "a: b",
        "0x1f",
    ]
)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
data = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(data)
def test_what_is_dumped_is_read_back(value: Any) -> None:
    again = parse_yaml(dump_yaml(value), "x")
    assert again == value
    assert repr(again) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("-2E+5", -2e5),
        ("no", "no"),
        ("010", "010"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("7", 7),
        ("+.5", 0.5),
        ("~", None),
        ("True", True),
        ("[3, 12, 12]", [3, 12, 12]),
    ],
)
def test_words_and_numbers_are_what_they_look_like(text: str, value: Any) -> None:
    found = parse_yaml(text, "x")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3", "the key 'a' stands there twice (line 1"),
        ("x: {b: 1, b: 2}", "the key 'b' stands there twice"),
        ("a: &one [1]\nb: *one", "aliases"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("!!timestamp x", "could not determine a constructor"),
        ("!!set {a, b}", "could not determine a constructor"),
        ("!!int abc", "not valid YAML"),
        ("!!bool abc", "not valid YAML"),
        ("a: [1", "not valid YAML"),
        ("? [a]\n: 1", "not valid YAML"),
        ("[" * 5000, "nested too deeply"),
        ("a\0b", "not valid YAML"),
        ("%YAML 9.9\n---\na", "not valid YAML"),
        ("a: 1\n---\nb: 2", "not valid YAML"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        parse_yaml(text, "some.yaml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("some.yaml is not valid YAML")
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("{}[]:-,&*!|>'\"#%@ \nab1.", max_size=60))
def test_any_text_is_data_or_a_named_error(text: str) -> None:
    with contextlib.suppress(FileFormatError):
        parse_yaml(text, "x")


def test_files_that_are_not_there_or_not_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(FileFormatError, match="cannot be read as YAML"):
        read_yaml(tmp_path)
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="cannot be read as YAML"):
        read_yaml(tmp_path / "bad.yaml")
