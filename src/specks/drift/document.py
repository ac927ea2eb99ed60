"""A drift as one JSON document, from which it can be solved again to the same bits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from specks._core.corrections import ARRAY, KINDS, Corrections, as_json
from specks._core.errors import CorrectionError, FileFormatError
from specks._core.provenance import Provenance, plain
from specks.drift.by_hand import check_corrections
from specks.drift.joint import Joint
from specks.drift.measured import Measurements
from specks.drift.packed import pack, unpack
from specks.drift.pairs import Candidates
from specks.drift.result import Drift
from specks.drift.rows import FLAGS, checked_table, columns_of

__all__ = ["ARRAYS", "FORMAT", "from_document", "to_document"]

FORMAT = "specks-drift/1"
FIELDS = {"format", "axes", "table", "corrections", "settings", "measurements", "provenance"}
N, P, K, Q, G, F = "NPKQGF"
#: Kind and shape of every array of the measurements; a letter is one length wherever it stands.
ARRAYS: dict[type, dict[str, tuple[str, tuple[str | int, ...]]]] = {
    Candidates: {
        "pairs": ("i", (P, 2)),
        "shifts": ("f", (P, K, 3)),
        "heights": ("f", (P, K)),
        "places": ("f", ()),
    },
    Joint: {
        "shifts": ("f", (N, 3)),
        "pairs": ("i", (Q, 2)),
        "targets": ("f", (Q, 3)),
        "weights": ("f", (Q, 3)),
        "influence": ("f", (N, G, 3)),
        "contrast": ("f", (N,)),
        "field": ("f", (N, F, 3)),
    },
    Measurements: {"size": ("f", (3,)), "factors": ("f", (3,))},
}
#: Arrays in which something may be infinite or not known.
_OPEN = {"heights", "places", "contrast", "field"}


def to_document(drift: Drift) -> dict[str, Any]:
    """Everything that is known of a drift, but the images.

    Parameters
    ----------
    drift : Drift

    Returns
    -------
    dict
        JSON-ready; arrays of measurements are packed.
    """
    table = drift.table[columns_of(drift.axes)]
    numbers = {
        name: [None if np.isnan(v) else v for v in table[name].tolist()]
        for name in table
        if name not in FLAGS
    }
    flags = {"ok": table["ok"].tolist(), "reason": [str(r) for r in table["reason"]]}
    return {
        "format": FORMAT,
        "axes": drift.axes,
        "table": numbers | flags,
        "corrections": [_packed_record(record) for record in drift.corrections],
        "settings": plain(drift.settings),
        "measurements": None if drift.measurements is None else _packed(drift.measurements),
        "provenance": drift.provenance.to_dict(),
    }


def from_document(data: Any) -> Drift:
    """The drift that a document describes; nothing in it is believed before it is checked.

    Raises
    ------
    FileFormatError
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise FileFormatError(f"its format is not {FORMAT!r}")
    if set(data) != FIELDS:
        raise FileFormatError(f"{', '.join(sorted(map(repr, set(data) ^ FIELDS)))} is amiss")
    axes = data["axes"]
    if axes not in ("yx", "zyx"):
        raise FileFormatError(f"axes is {axes!r}; it must be 'yx' or 'zyx'")
    columns = data["table"]
    if not isinstance(columns, dict) or set(columns) != set(columns_of(axes)):
        raise FileFormatError(f"its table does not have the columns {', '.join(columns_of(axes))}")
    table = checked_table(columns, axes)
    settings = data["settings"]
    if not isinstance(settings, dict):
        raise FileFormatError(f"settings is {settings!r}; it must be a mapping")
    corrections = _corrections(data["corrections"], len(table), axes)
    found = data["measurements"]
    return Drift(
        table,
        axes,
        corrections,
        Provenance.from_dict(data["provenance"]),
        None if found is None else _measurements(found, len(table)),
        settings,
    )


def _packed_record(record: Mapping[str, Any]) -> dict[str, Any]:
    kinds = KINDS[record["kind"]]
    return {
        name: pack(value) if kinds.get(name) == ARRAY else as_json(value) for name, value in record.items()
    }


def _corrections(found: Any, frames: int, axes: str) -> Corrections:
    """The log, if it fits the series."""
    if not isinstance(found, list):
        raise FileFormatError(f"corrections is {type(found).__name__}; it must be a list")
    records = [_with_arrays(record) for record in found]
    try:
        log = Corrections(tuple(records))
        check_corrections(log, frames, axes)
    except CorrectionError as error:
        raise FileFormatError(str(error)) from error
    return log


def _with_arrays(record: Any) -> Any:
    """A record whose arrays are unpacked; what is wrong with the rest of it, `Corrections` says."""
    kind = record.get("kind") if isinstance(record, dict) else None
    fields = KINDS.get(kind, {}) if isinstance(kind, str) else {}
    arrays = [name for name, rule in fields.items() if rule == ARRAY and name in record]
    return {**record, **{name: unpack(record[name], name, "biuf") for name in arrays}} if arrays else record


def _packed(value: Any) -> Any:
    """Measurements as JSON-ready data, by the names of their fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        arrays = ARRAYS[type(value)]
        return {
            f.name: pack(getattr(value, f.name)) if f.name in arrays else _packed(getattr(value, f.name))
            for f in dataclasses.fields(value)
        }
    return list(value) if isinstance(value, tuple) else value


def _measurements(found: Any, frames: int) -> Measurements:
    lengths: dict[str, int] = {N: frames}
    candidates = Candidates(**_arrays(_named(found, Measurements)["candidates"], Candidates, lengths))
    joint = None if found["joint"] is None else Joint(**_arrays(found["joint"], Joint, lengths))
    own = _arrays(found, Measurements, lengths)
    if not (own["size"] > 0).all() or not (own["factors"] > 0).all():
        raise FileFormatError("size and factors must be above 0")
    return Measurements(
        candidates,
        joint,
        _texts(found["faults"], "faults", frames),
        hints=_texts(found["hints"], "hints"),
        **own,
    )


def _named(found: Any, kind: type) -> dict[str, Any]:
    """A mapping with just the fields of a class."""
    names = {f.name for f in dataclasses.fields(kind)}
    if not isinstance(found, dict) or set(found) != names:
        raise FileFormatError(f"{kind.__name__.lower()} must have the fields {', '.join(sorted(names))}")
    return found


def _arrays(found: Any, kind: type, lengths: dict[str, int]) -> dict[str, Any]:
    """The arrays of one class, with shapes that go together."""
    values: dict[str, Any] = {}
    for name, (code, shape) in ARRAYS[kind].items():
        said = f"{kind.__name__.lower()}.{name}"
        wanted = tuple(n if isinstance(n, int) else lengths.get(n) for n in shape)
        array = unpack(_named(found, kind)[name], said, code, wanted)
        lengths |= {
            letter: n for letter, n in zip(shape, array.shape, strict=True) if isinstance(letter, str)
        }
        if name not in _OPEN and not np.isfinite(array).all():
            raise FileFormatError(f"{said} holds numbers that are not finite")
        if name == "pairs" and array.size and not (array.min() >= 0 and array.max() < lengths[N]):
            raise FileFormatError(f"{said} names frames that are not there")
        values[name] = float(array) if not shape else array
    return values


def _texts(found: Any, name: str, count: int | None = None) -> tuple[str, ...]:
    if (
        not isinstance(found, list)
        or not all(isinstance(t, str) for t in found)
        or count not in (None, len(found))
    ):
        raise FileFormatError(f"{name} must be {'a list' if count is None else f'{count} entries'} of text")
    return tuple(found)
