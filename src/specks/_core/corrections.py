"""Hand corrections: an input like any other, never an edit of the output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from specks._core.checks import corrections_fault, nearest
from specks._core.errors import CorrectionError
from specks._core.source import as_array

__all__ = ["ARRAY", "KINDS", "Corrections", "as_corrections", "as_json", "register_kind"]

#: JSON Schema of each kind's fields; an array is held in the record itself and written beside it.
KINDS: dict[str, dict[str, dict[str, Any]]] = {}

INTEGER = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number"}
ARRAY = {"type": "array-file"}
CORNER = {"type": "array", "items": NUMBER, "minItems": 2}
VECTOR = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 3}
POLYGON = {"type": "array", "items": CORNER, "minItems": 3}
FRAMES = {"type": ["array", "null"], "items": INTEGER}


def register_kind(kind: str, **fields: dict[str, Any]) -> None:
    """Declare a kind of correction.

    Parameters
    ----------
    kind : str
        Its name.
    **fields : dict
        JSON Schema of each field. ``{"type": "array-file"}`` is a NumPy array kept beside the log.

    Raises
    ------
    ValueError
        When the kind is already declared with other fields.
    """
    if KINDS.get(kind, fields) != fields:
        raise ValueError(
            f"correction kind {kind!r} is already declared with the fields {sorted(KINDS[kind])}"
        )
    KINDS[kind] = fields


register_kind("scribble", array=ARRAY, frame={"type": ["integer", "null"], "minimum": 0})
register_kind("exclude_frame", frame=INTEGER)
register_kind("region", polygon=POLYGON, frames=FRAMES)
register_kind("exclude_region", polygon=POLYGON, frames=FRAMES)
register_kind("mask", array=ARRAY)
register_kind("threshold", value=NUMBER)
for _kind in ("link_confirm", "link_forbid", "link_draw"):
    register_kind(_kind, frame_a=INTEGER, label_a=INTEGER, frame_b=INTEGER, label_b=INTEGER)
register_kind("bad_frame", frame=INTEGER)
register_kind("set_shift", frame=INTEGER, shift=VECTOR)
register_kind("landmark", frame_a=INTEGER, position_a=VECTOR, frame_b=INTEGER, position_b=VECTOR)
register_kind("point_add", frame=INTEGER, position=VECTOR)
register_kind("point_move", frame=INTEGER, position=VECTOR, new=VECTOR)
register_kind("point_delete", frame=INTEGER, position=VECTOR)
# A place rather than a label: labels are numbered anew whenever a result changes.
for _kind in ("accept", "reject"):
    register_kind(_kind, frame={"type": ["integer", "null"], "minimum": 0}, position=CORNER)


@dataclass(frozen=True)
class Corrections:
    """An ordered log of what was corrected by hand.

    Parameters
    ----------
    records : tuple of mapping
        ``{"kind": ..., field: value}``; a kind's fields are all given. Use `add` to make them.

    Examples
    --------
    >>> log = Corrections().add("exclude_frame", frame=3).add("threshold", value=0.7)
    >>> [record["kind"] for record in log]
    ['exclude_frame', 'threshold']
    >>> len(log.undo())
    1
    """

    records: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.records, list | tuple):
            raise CorrectionError(f"records is {type(self.records).__name__}; it must be a tuple of mappings")
        faults = [f for i, record in enumerate(self.records) for f in _faults(i, record)]
        if faults:
            raise CorrectionError(faults)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self.records)

    def add(self, kind: str, **fields: Any) -> Corrections:
        """A log with one more record; optional fields may be left out.

        Raises
        ------
        CorrectionError
            When the kind is unknown, or a field is unknown, missing or of another type.
        """
        schema = KINDS.get(kind, {})
        absent = {
            name: None for name, rule in schema.items() if "null" in rule["type"] and name not in fields
        }
        added = Corrections(({"kind": kind, **absent, **fields},))
        longer = object.__new__(Corrections)  # the others were looked at when they were added
        object.__setattr__(longer, "records", (*self.records, *added.records))
        return longer

    def undo(self) -> Corrections:
        """A log without the last record; an empty log stays empty."""
        return Corrections(self.records[:-1])

    def of(self, *kinds: str) -> tuple[Mapping[str, Any], ...]:
        """Records of these kinds, in order."""
        return tuple(r for r in self.records if r["kind"] in kinds)

    def only(self, *kinds: str) -> Corrections:
        """A log of the records of these kinds."""
        return Corrections(self.of(*kinds))

    def require(self, engine: str, kinds: Iterable[str]) -> None:
        """Refuse records that an engine does not understand.

        Raises
        ------
        CorrectionError
            Naming each unknown kind.
        """
        known = set(kinds)
        strange = sorted({r["kind"] for r in self.records} - known)
        if strange:
            raise CorrectionError(
                [
                    f"{engine} takes no correction of kind {k!r}; it takes {', '.join(sorted(known))}"
                    for k in strange
                ]
            )

    def with_shorthands(self, *, scribbles: Any = None, mask: Any = None) -> Corrections:
        """A log in which the arguments ``scribbles=`` and ``mask=`` have become records."""
        log = self
        if scribbles is not None:
            log = log.add("scribble", array=np.asarray(as_array(scribbles, "scribbles")))
        if mask is not None:
            log = log.add("mask", array=np.asarray(as_array(mask, "mask")))
        return log


def as_corrections(value: Corrections | None) -> Corrections:
    """A log; an empty one for None.

    Raises
    ------
    CorrectionError
        When it is anything else.
    """
    fault = None if value is None else corrections_fault(value)
    if fault:
        raise CorrectionError(f"corrections {fault}")
    return value or Corrections()


def same_record(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two records say the same, arrays included."""
    return one is other or (
        one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
    )


def same_records(
    one: Corrections | Sequence[Mapping[str, Any]], other: Corrections | Sequence[Mapping[str, Any]]
) -> bool:
    """Whether two lists of records, or two logs, say the same in the same order."""
    return len(one) == len(other) and all(map(same_record, one, other))


def is_among(record: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> bool:
    """Whether an equal record is among others."""
    return any(same_record(record, other) for other in others)


def _faults(index: int, record: Mapping[str, Any]) -> list[str]:
    """What is wrong with one record."""
    where = f"correction {index}"
    if not isinstance(record, Mapping) or not isinstance(record.get("kind"), str):
        return [f"{where} has no kind"]
    kind = record["kind"]
    if kind not in KINDS:
        return [f"{where} has the unknown kind {kind!r}{nearest(kind, KINDS)}"]
    schema = KINDS[kind]
    faults: list[str] = []
    strange = sorted(set(record) - set(schema) - {"kind"})
    faults += [f"{where} ({kind}) has no field {name!r}{nearest(name, schema)}" for name in strange]
    for name, rule in schema.items():
        if name not in record:
            faults.append(f"{where} ({kind}) lacks the field {name!r}")
        elif rule == ARRAY:
            if not isinstance(record[name], np.ndarray):
                faults.append(
                    f"{where} ({kind}): {name} is {type(record[name]).__name__}; it must be an array"
                )
        else:
            value = as_json(record[name])
            faults += [
                f"{where} ({kind}): {name} {error.message}" for error in _strict()(rule).iter_errors(value)
            ]
            if not _is_finite(value):
                faults.append(f"{where} ({kind}): {name} holds a number that is not finite")
    return faults


@cache
def _strict() -> Any:
    """Kind of validator for fields; a whole number is an int, for 1.0 is no index. It takes long to make."""
    import jsonschema

    base = jsonschema.Draft202012Validator
    strict = base.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    return jsonschema.validators.extend(base, type_checker=strict)


def _is_finite(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def as_json(value: Any) -> Any:
    """Tuples and NumPy values as JSON knows them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(k): as_json(v) for k, v in value.items()}
    return [as_json(v) for v in value] if isinstance(value, list | tuple) else value
