"""What the columns of refined features are called for people, and in which units they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NOTHING_REFINED",
    "Remarks",
    "positions_of",
    "reason_words",
    "size_of",
    "sizes_of",
    "unit_of",
    "warnings_of",
]

NOTHING_REFINED = "Nothing refined yet: press Refine"
#: Units of columns of which a table says nothing.
UNITS = {"signal": "gray levels", "background": "gray levels", "rms": "gray levels", "chi": "noise σ"}


@dataclass(frozen=True, eq=False)
class Remarks:
    """What is to be known of each row; looked at by kind, for there are few kinds and may be many rows.

    Parameters
    ----------
    kinds : list of (str, bool)
        Codes of reasons, and whether such rows are ok.
    of : numpy.ndarray (n,) of int64
        Which of them each row is.
    """

    kinds: list[tuple[str, bool]]
    of: npt.NDArray[np.int64]

    @classmethod
    def in_table(cls, table: pd.DataFrame) -> Remarks:
        """Those of a table."""
        from pandas import factorize

        reason, codes = factorize(table["reason"], sort=True)
        kinds = [(str(code), ok) for code in codes for ok in (False, True)]
        return cls(kinds, 2 * reason.astype(np.int64) + table["ok"].to_numpy(bool))

    @property
    def counts(self) -> dict[tuple[str, bool], int]:
        """Rows of each kind that there is."""
        counted = np.bincount(self.of, minlength=len(self.kinds)).tolist()
        return {kind: n for kind, n in zip(self.kinds, counted, strict=True) if n}

    @property
    def words(self) -> npt.NDArray[np.object_]:
        """For people, a row each."""
        words = np.array([reason_words(*kind) for kind in self.kinds], object)
        found: npt.NDArray[np.object_] = words[self.of]
        return found

    def has(self, reason: str) -> npt.NDArray[np.bool_]:
        """Rows with a reason."""
        return np.isin(self.of, [i for i, (code, _) in enumerate(self.kinds) if code == reason])


def warnings_of(table: pd.DataFrame) -> list[str]:
    """What was warned of when the features of a table were located."""
    return list(table.attrs.get("warnings", ()))


def positions_of(table: pd.DataFrame) -> list[str]:
    """Names of the columns of positions, z first."""
    return [axis for axis in "zyx" if axis in table.columns]


def sizes_of(table: pd.DataFrame) -> list[str]:
    """Names of the columns of sizes: one, or one an axis."""
    several = [f"size_{axis}" for axis in positions_of(table) if f"size_{axis}" in table.columns]
    return several or [name for name in ("size",) if name in table.columns]


def size_of(table: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """One size a row, in pixels: where axes have their own, as that of a ball of the same volume."""
    names = sizes_of(table)
    if not names:
        return None
    with np.errstate(invalid="ignore"):
        found: npt.NDArray[np.float64] = table[names].to_numpy(float).prod(axis=1) ** (1 / len(names))
    return found


def unit_of(table: pd.DataFrame, name: str) -> str:
    """Unit of a column; empty where it has none."""
    said = table.attrs.get("units", {}).get(name)
    if said is not None:
        return str(said)
    return "px" if name in (*positions_of(table), *sizes_of(table)) else UNITS.get(name, "")


def reason_words(reason: str, ok: bool) -> str:
    """The code of a reason for people; a cross where the row is not to be trusted."""
    words = reason.replace("_", " ")
    return words if ok else f"✕ {words}".rstrip()
