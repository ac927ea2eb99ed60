"""Where a result came from, without reading everything again."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from specks._core.errors import FileFormatError
from specks._core.source import Source
from specks._core.spec import StepSpec
from specks._core.types import Role

__all__ = ["Provenance", "fingerprint", "plain", "version"]

SAMPLED_BLOCKS = 16
SAMPLED_PIXELS = 64


@functools.cache  # finding it takes as long as a small image
def version() -> str:
    """Version of specks that is running."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("specks")
    except PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True)
class Provenance:
    """How a result was made.

    A step fills in `inputs` and `warnings`; the rest is completed when it ends.

    Parameters
    ----------
    inputs : mapping of str to mapping
        Fingerprint of each input by argument name.
    warnings : tuple of str
        Sentences for people.
    step : str
        The step, as ``"module:function"``.
    version : str
        Of specks.
    parameters : mapping
        Every setting, defaults included.
    corrections : tuple of mapping
        The hand corrections, arrays as digests.
    seconds : float
        Wall time.
    """

    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    step: str = ""
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    corrections: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0

    def completed(self, spec: StepSpec, values: Mapping[str, Any], seconds: float) -> Provenance:
        """With step, version, parameters, corrections and time filled in."""
        log = next((values[p.name] for p in spec.params if p.role is Role.CORRECTIONS), None)
        return dataclasses.replace(
            self,
            step=spec.target,
            version=version(),
            parameters={p.name: plain(values[p.name]) for p in spec.settings},
            corrections=self.corrections or tuple(plain(r) for r in getattr(log, "records", ())),
            seconds=round(seconds, 3),
        )

    def corrected(self, corrections: Iterable[Mapping[str, Any]]) -> Provenance:
        """With other hand corrections, arrays as digests."""
        return dataclasses.replace(self, corrections=tuple(plain(r) for r in corrections))

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Provenance:
        """Read back what `to_dict` gave.

        Raises
        ------
        FileFormatError
            When fields are unknown or of another type.
        """
        if not isinstance(data, Mapping):
            raise FileFormatError(f"provenance is {type(data).__name__}; it must be a mapping")
        defaults = {f.name: getattr(cls(), f.name) for f in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name not in defaults:
                raise FileFormatError(f"provenance has the unknown field {name!r}")
            kind = type(defaults[name])
            accepted = (list, tuple) if kind is tuple else (int, float) if kind is float else kind
            if not isinstance(value, accepted):
                raise FileFormatError(f"provenance field {name!r} is {value!r}; it must be a {kind.__name__}")
            values[name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


def plain(value: Any) -> Any:
    """As data that JSON and YAML can hold; arrays become their shape, type and digest."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=8).hexdigest()
        return {"shape": list(value.shape), "dtype": str(value.dtype), "digest": digest}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return type(value).__name__


def fingerprint(source: Source) -> dict[str, Any]:
    """Recognize an input later without reading all of it.

    Parameters
    ----------
    source : Source

    Returns
    -------
    dict
        Name, shape, dtype, axes, spacing and units, and a digest of 16 small blocks spread over
        the image.
    """
    digest = hashlib.blake2b(digest_size=16)
    for i in range(SAMPLED_BLOCKS):
        region = []
        for axis, (letter, n) in enumerate(zip(source.axes, source.shape, strict=True)):
            size = min(n, SAMPLED_PIXELS if letter in "yx" else 1)
            # Each axis walks through its range at its own pace, so that blocks do not lie on one line.
            start = (i * (2 * axis + 1) % SAMPLED_BLOCKS) * (n - size) // (SAMPLED_BLOCKS - 1)
            region.append(slice(start, start + size))
        digest.update(np.ascontiguousarray(source.read(tuple(region))).tobytes())
    return {
        "name": source.name,
        "shape": list(source.shape),
        "dtype": str(source.dtype),
        "axes": source.axes,
        "spacing": list(source.geometry.spacing),
        "units": list(source.geometry.units),
        "digest": digest.hexdigest(),
    }
