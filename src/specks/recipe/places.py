"""Where the outputs of each input go."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from specks._core.errors import InputError
from specks.recipe.model import Recipe

__all__ = ["folder_names", "places"]


def places(recipe: Recipe, inputs: Mapping[str, Any], out: Path) -> list[tuple[dict[str, Any], Path]]:
    """Pair each set of inputs with its folder.

    Parameters
    ----------
    recipe : Recipe
    inputs : mapping of str to object
        By name; the first may be a list of paths.
    out : Path

    Returns
    -------
    list of (dict, Path)

    Raises
    ------
    InputError
        When the list is empty, names a path twice, or holds something else.
    """
    first = recipe.inputs[0]
    series = inputs[first]
    if not isinstance(series, list | tuple):
        return [(dict(inputs), out)]
    if not series or not all(isinstance(path, str | os.PathLike) for path in series):
        raise InputError(f"{first} is {series!r}; a list must hold paths, one at least")
    names = folder_names([Path(path) for path in series])
    return [({**inputs, first: path}, out / name) for path, name in zip(series, names, strict=True)]


def folder_names(paths: Sequence[Path]) -> list[str]:
    """A name for each path: of the file, with as many folders before it as are needed to tell them apart.

    Raises
    ------
    InputError
        When a path is there twice.

    Examples
    --------
    >>> folder_names([Path("day1/a.tif"), Path("day2/a.tif"), Path("day2/b.ome.zarr")])
    ['day1-a', 'day2-a', 'b']
    """
    full = [Path(os.path.abspath(path)) for path in paths]
    twice = {path for path in full if full.count(path) > 1}
    if twice:
        raise InputError([f"{path} is given twice" for path in sorted(twice)])
    found: dict[Path, str] = {}
    for with_ending in (False, True):
        for depth in range(1, max(len(path.parts) for path in full) + 1):
            names = {path: _name(path, depth, with_ending) for path in full if path not in found}
            taken = [name.casefold() for name in [*names.values(), *found.values()]]
            found |= {path: name for path, name in names.items() if taken.count(name.casefold()) == 1}
    for path in full:  # different only in letters that no folder may have
        if path not in found:
            numbered = (f"{_name(path, 1, True)}-{n}" for n in itertools.count(2))
            found[path] = next(name for name in numbered if name not in found.values())
    return [found[path] for path in full]


def _name(path: Path, depth: int, with_ending: bool) -> str:
    stem = path.name if with_ending else path.stem.removesuffix(".ome")
    words = [*path.parts[max(1, len(path.parts) - depth) : -1], stem]
    return re.sub(r"[^\w.+-]", "_", "-".join(words)).strip(".") or "input"
