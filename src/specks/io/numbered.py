"""Folders of pictures with frame numbers in their names."""

from __future__ import annotations

import re
import threading
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry
from specks._core.errors import FileFormatError, InputError
from specks._core.source import Region, Source

__all__ = ["NumberedSource", "frame_numbers", "numbered_names"]

_NUMBER = re.compile(r"[0-9]+")


def frame_numbers(names: Sequence[str]) -> list[int]:
    """The number in each name that counts frames.

    Parameters
    ----------
    names : sequence of str
        File names that differ in numbers only.

    Returns
    -------
    list of int
        The number group that is different in every name; where several are, the one with the
        smallest range, as counters are denser than time stamps. A single name has its last number.

    Raises
    ------
    InputError
        When the names differ in more than numbers, or no number is different in all of them.

    Examples
    --------
    >>> frame_numbers(["drop1_0007.png", "drop1_0003.png"])
    [7, 3]
    """
    first = names[0]
    template = _NUMBER.sub("#", first)
    for name in names:
        if _NUMBER.sub("#", name) != template:
            raise InputError(
                f"the files {first} and {name} are not frames of one series: their names differ in more than a number"
            )
    groups = list(zip(*([int(n) for n in _NUMBER.findall(name)] for name in names), strict=True))
    if len(names) == 1:
        return [groups[-1][0] if groups else 0]
    distinct = [group for group in groups if len(set(group)) == len(group)]
    if not distinct:
        one, other = _twins(names, groups)
        raise InputError(
            f"no number in names such as {first} and {names[1]} is different for every frame ({one} and {other} have the "
            "same); keep one file a frame, with the planes of a frame in one TIFF stack"
        )
    return list(min(distinct, key=lambda group: max(group) - min(group)))


def _twins(names: Sequence[str], groups: Sequence[Sequence[int]]) -> tuple[str, str]:
    """Two names with the same number in the group that comes nearest to counting frames."""
    counter = max(groups, key=lambda group: len(set(group)), default=(0,) * len(names))
    seen: dict[int, str] = {}
    for name, number in zip(names, counter, strict=True):
        if number in seen:
            return seen[number], name
        seen[number] = name
    raise AssertionError(names)


def numbered_names(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Names of the frames in a folder, in the order of their numbers.

    Parameters
    ----------
    folder : Path
    suffixes : sequence of str
        Endings of files that are pictures; others are passed over, as are hidden files.

    Raises
    ------
    FileFormatError
        When there are none, or of more than one kind.
    """
    found = [p.name for p in folder.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith(".")]
    if not found:
        raise FileFormatError(f"the folder {folder.name} holds no pictures ({', '.join(suffixes)})")
    kinds = sorted({Path(name).suffix.lower() for name in found})
    if len(kinds) > 1:
        raise FileFormatError(
            f"the folder {folder.name} holds {' and '.join(kinds)} files; keep one kind, or open one file"
        )
    found.sort()
    return [name for _, name in sorted(zip(frame_numbers(found), found, strict=True))]


@dataclass(frozen=True)
class _Names:
    """Many similar names in few bytes, for the way to other processes."""

    packed: bytes

    @classmethod
    def of(cls, names: Sequence[str]) -> _Names:
        return cls(zlib.compress("/".join(names).encode()))

    def unpack(self) -> list[str]:
        return zlib.decompress(self.packed).decode().split("/")


_unpacked = lru_cache(maxsize=8)(_Names.unpack)


class NumberedSource(Source):
    """One file a frame.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        In the order of their numbers.
    opener : callable
        From a path to the source of one frame.
    ruined : {"refuse", "blank"}
        What becomes of frames that cannot be opened, or are of another size or type than most.

    Attributes
    ----------
    frame_numbers : tuple of int
        From the names, rising; gaps are kept here and closed along the axis t.
    frame_paths : tuple of str
    ruined : dict of int to str
        Frames that are blank instead (0, or NaN in an image of floats), and why.
    """

    portable = True

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        opener: Callable[[Path], Source],
        ruined: Literal["refuse", "blank"] = "refuse",
    ) -> None:
        self._folder, self._names, self._open = folder, _Names.of(names), opener
        self._recent = threading.local()
        self._lenient = ruined == "blank"
        self.frame_numbers: tuple[int, ...] = tuple(frame_numbers(names))
        self.ruined: dict[int, str] = {}
        first = self._alike(names)
        if "t" in first.axes:
            raise InputError(f"{first.name} holds a time series itself; open one file instead of the folder")
        self.shape, self.dtype, self.name = (len(names), *first.shape), first.dtype, folder.name
        self.chunks = (1, *first.chunks)
        declared = first.geometry
        self.geometry = Geometry.of("t" + declared.axes, (1.0, *declared.spacing), (None, *declared.units))

    def _alike(self, names: Sequence[str]) -> Source:
        """Look at every frame; returns the one that the others are like, or are ruined."""
        kinds: dict[tuple[Any, ...], list[int]] = {}
        firsts: dict[tuple[Any, ...], Source] = {}
        for t, name in enumerate(names):
            try:
                frame = self._open(self._folder / name)
            except (FileFormatError, InputError) as error:
                if not self._lenient:
                    raise
                self.ruined[t] = str(error)
                continue
            kind = (frame.shape, frame.dtype)
            firsts.setdefault(kind, frame)
            kinds.setdefault(kind, []).append(t)
            if len(kinds) > 1 and not self._lenient:
                first = firsts[next(iter(kinds))]
                raise FileFormatError(
                    f"{name} is {_size(frame)}, but {names[0]} is {_size(first)}; all frames must be alike"
                )
        if not kinds:
            raise FileFormatError(f"no frame in the folder {self._folder.name} can be read: {self.ruined[0]}")
        usual = max(kinds, key=lambda kind: len(kinds[kind]))
        for kind, frames in kinds.items():
            for t in frames if kind != usual else ():
                self.ruined[t] = (
                    f"{names[t]} is {_size(firsts[kind])}, but most frames are {_size(firsts[usual])}"
                )
        return firsts[usual]

    @property
    def frame_paths(self) -> tuple[str, ...]:  # type: ignore[override]  # kept packed
        """The file of every frame."""
        return tuple(str(self._folder / name) for name in _unpacked(self._names))

    def read(self, region: Region) -> npt.NDArray[Any]:
        frames = [self._read(t, region[1:]) for t in range(*region[0].indices(self.shape[0]))]
        if not frames:
            return np.empty((0, *self._extent(region[1:])), self.dtype)
        return frames[0][np.newaxis] if len(frames) == 1 else np.stack(frames)

    def _extent(self, region: Region) -> tuple[int, ...]:
        return tuple(len(range(*s.indices(n))) for s, n in zip(region, self.shape[1:], strict=True))

    def _read(self, t: int, region: Region) -> npt.NDArray[Any]:
        if t not in self.ruined:
            try:
                return self.frame(t).read(region)
            except FileFormatError as error:
                if not self._lenient:
                    raise
                warnings.warn(f"frame {t} is blank instead: {error}", stacklevel=2)
        return np.full(self._extent(region), np.nan if self.dtype.kind in "fc" else 0, self.dtype)

    def frame(self, t: int) -> Source:
        """The source of frame `t`, kept open by the thread that asks: blocks of one frame are read in a row."""
        recent: tuple[int, Source] | None = getattr(self._recent, "frame", None)
        if recent is None or recent[0] != t:
            name = _unpacked(self._names)[t]
            recent = t, self._open(self._folder / name)
            if recent[1].shape != self.shape[1:]:
                raise FileFormatError(f"{name} has changed since the folder was opened")
            self._recent.frame = recent
        return recent[1]

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_recent"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _recent=threading.local())


def _size(source: Source) -> str:
    return f"{' x '.join(map(str, source.shape))} {source.dtype}"
