"""Axes strings, spacing and units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specks._core.axes import Geometry, check_axes, guess_axes, long_unit, resolve_geometry, short_unit
from specks._core.errors import InputError


@given(st.text("tczyxw", max_size=6))
def test_only_ordered_letters_ending_in_yx_pass(text: str) -> None:
    good = text in {t + c + z + "yx" for t in ("", "t") for c in ("", "c") for z in ("", "z")}
    if good:
        assert check_axes(text) == text
    else:
        with pytest.raises(InputError, match="axes is"):
            check_axes(text)


def test_the_number_of_axes_must_fit() -> None:
    with pytest.raises(InputError, match='axes "tyx" names 3 axes, but the image has 2'):
        check_axes("tyx", 2)
    with pytest.raises(InputError, match="1 axes"):
        guess_axes(1)


def test_lengths_become_pixels_of_each_axis() -> None:
    geometry = Geometry.of("zyx", (50, 10, 10), ("nm", "nm", "nm"))
    assert geometry.length_unit == "nanometer"
    assert geometry.to_pixels(100) == (2, 10, 10)
    assert geometry.to_pixels((50, 20, 10)) == (1, 2, 1)
    assert Geometry.of("tzyx").to_pixels(7) == (7, 7, 7)


def test_without_a_unit_lengths_count_pixels_of_the_finest_axis() -> None:
    assert Geometry.of("zyx", (5, 1, 1)).to_pixels(10) == (2, 10, 10)
    assert Geometry.of("zyx", (5, 2, 2)).to_pixels(10) == (4, 10, 10)


def test_what_the_caller_says_replaces_what_is_declared() -> None:
    declared = Geometry.of("tyx", (2, 0.5, 0.5), ("s", "um", "um"))
    assert resolve_geometry(declared) == declared
    assert resolve_geometry(declared, spacing=0.1).spacing == (2, 0.1, 0.1)
    assert resolve_geometry(declared, spacing=0.1).units == ("second", "micrometer", "micrometer")
    assert resolve_geometry(declared, spacing=(1, 3, 3), units="nm").spacing == (1, 3, 3)
    assert resolve_geometry(declared, units="nm").length_unit == "nanometer"


def test_spacing_one_forces_pixels() -> None:
    declared = Geometry.of("tyx", (2, 0.5, 0.5), ("s", "um", "um"))
    forced = resolve_geometry(declared, spacing=1)
    assert forced.units == ("second", "pixel", "pixel")
    assert not forced.is_physical
    assert forced.to_pixels(3) == (3, 3)


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), (1, 2, 3, 4)])
def test_bad_spacing_is_named(bad: object) -> None:
    with pytest.raises(InputError, match="spacing"):
        resolve_geometry(Geometry.of("tyx"), spacing=bad)  # type: ignore[arg-type]


@given(st.sampled_from(["nm", "um", "mm", "s", "px", "angstrom", "ms", "min", "h", "m"]))
def test_unit_names_go_both_ways(short: str) -> None:
    assert short_unit(long_unit(short)) == short


@pytest.mark.parametrize(("written", "means"), [("µm", "micrometer"), ("um", "micrometer"), (None, "pixel")])
def test_units_are_read_as_people_write_them(written: str | None, means: str) -> None:
    assert long_unit(written) == means


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"spacing": "wide"}, "spacing is 'wide'; it must be a number"),
        ({"spacing": [1, None]}, "it must be a number or one per axis"),
        ({"units": 5}, "units is 5; it must be the name of a unit"),
        ({"units": ["nm", 5]}, "it must be the name of a unit"),
        ({"axes": 5}, "axes is 5; use letters"),
    ],
)
def test_what_is_no_size_or_unit_is_named(arguments, words) -> None:
    with pytest.raises(InputError, match=words):
        resolve_geometry(Geometry.of("yx"), **arguments)
