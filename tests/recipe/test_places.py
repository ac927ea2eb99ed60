"""A folder for each input, never the same for two."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specks._core.errors import InputError
from specks.recipe.places import folder_names

parts = st.text("ab.-_ ü?:", min_size=1, max_size=4).filter(lambda s: s not in (".", ".."))
paths = st.builds(lambda *p: Path(*p), parts, parts, parts)


@settings(deadline=None)
@given(st.lists(paths, min_size=1, max_size=6, unique_by=lambda p: Path(p).absolute()))
def test_names_differ_on_any_system(found: list[Path]) -> None:
    names = folder_names(found)
    assert len({name.casefold() for name in names}) == len(found)
    assert all(name and not set(name) & set('/\\:*?"<>| ') and not name.startswith(".") for name in names)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["x/scan_1.2um.tif", "x/scan_1.5um.tif"], ["scan_1.2um", "scan_1.5um"]),
        (["a.tif", "a.png", "b.ome.zarr"], ["a.tif", "a.png", "b"]),
        (["1/x/a.tif", "2/x/a.tif", "2/y/a.tif"], ["1-x-a", "2-x-a", "y-a"]),
        (["d/frame one.tif"], ["frame_one"]),
    ],
)
def test_names_are_short_where_they_can_be(given: list[str], names: list[str]) -> None:
    assert folder_names([Path(path) for path in given]) == names


def test_a_path_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.tif is given twice"):
        folder_names([Path("a.tif"), Path("x/../a.tif")])
