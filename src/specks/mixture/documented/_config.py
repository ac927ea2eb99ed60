"""The configuration of the original, field by field."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from specks._core.atomic import write_text
from specks._core.checks import nearest
from specks._core.errors import FileFormatError, InputError
from specks._core.json_file import read_json

__all__ = ["NanoparticleSegConfig", "as_config"]

#: Fields that say where and how to work, not what is computed.
NOT_PROCESSING = ("root_path", "spacing_dir", "verbose", "zarr_chunks")


@dataclass
class NanoparticleSegConfig:
    """Settings of `NanoparticleSegmentation`.

    Parameters
    ----------
    root_path : path-like
        The Zarr store, with the stack in ``images/<spacing_dir>``.
    spacing_dir : str
        Name of the stack: its spacing along z, y and x in nm, as in ``"50-10-10"``.
    verbose : bool
        Log progress at INFO level.
    max_iter : int
        Most iterations of the mixture fit.
    eps : float
        Floor of frequencies, and what keeps logarithms and ratios finite.
    nll_tol : float
        The fit ends when the negative log-likelihood per voxel falls by less.
    sampling_step : int
        Every how many slices the fit looks at one.
    percent_th_low, percent_th_high : float
        Percentiles of the stack: pixels above the lower one are seeds of particles, pixels from the
        upper one on are never background.
    halo_pad : int
        Pixels by which the box of a seed grows before it is taken out of the background.
    min_size : int
        Pixels that a seed must have in its slice.
    posterior_th : float
        Kept for the files; used nowhere.
    beta_params : tuple of float
        Beta prior of the particle weight of a slice.
    zarr_chunks : tuple of int
        Chunks (z, y, x) of the posterior.
    model_name : str, optional
        ``nps-`` and the date and time when not given.
    seg_target : str
        Always ``"nps"``.

    Raises
    ------
    InputError
        With every value that cannot be used.

    Examples
    --------
    >>> config = NanoparticleSegConfig("stack.zarr", "50-10-10", halo_pad=10)
    >>> config.processing_metadata()["halo_pad"]
    10
    """

    root_path: Path
    spacing_dir: str
    verbose: bool = False
    max_iter: int = 10000
    eps: float = 1e-12
    nll_tol: float = 1e-10
    sampling_step: int = 1
    percent_th_low: float = 99.5
    percent_th_high: float = 99.8
    halo_pad: int = 20
    min_size: int = 20
    posterior_th: float = 0.95
    beta_params: tuple[float, float] = (1.0, 20.0)
    zarr_chunks: tuple[int, int, int] = (1, 1024, 1024)
    model_name: str | None = None
    seg_target: str = field(init=False, default="nps")

    RANGES: ClassVar[dict[str, tuple[type, float, float]]] = {
        "max_iter": (int, 1, 10**9),
        "eps": (float, 1e-300, 1e-3),
        "nll_tol": (float, 0, 1),
        "sampling_step": (int, 1, 10**9),
        "percent_th_low": (float, 0, 100),
        "percent_th_high": (float, 0, 100),
        "halo_pad": (int, 0, 10**6),
        "min_size": (int, 0, 10**9),
        "posterior_th": (float, 0, 1),
    }

    def __post_init__(self) -> None:
        faults = _text_faults(self)
        for name, (kind, low, high) in self.RANGES.items():
            value = getattr(self, name)
            if not _is_number(value, kind) or not low <= value <= high:
                noun = "a whole number" if kind is int else "a number"
                faults.append(f"{name} is {value!r}; it must be {noun} from {low:g} to {high:g}")
        faults += _sequence_faults("beta_params", self.beta_params, 2, float)
        faults += _sequence_faults("zarr_chunks", self.zarr_chunks, 3, int)
        if faults:
            raise InputError(faults)
        self.root_path = Path(self.root_path)
        self.beta_params = (float(self.beta_params[0]), float(self.beta_params[1]))
        self.zarr_chunks = (self.zarr_chunks[0], self.zarr_chunks[1], self.zarr_chunks[2])
        if self.model_name is None:
            self.model_name = f"nps-{datetime.now():%Y%m%d_%H%M%S}"

    def processing_metadata(self) -> dict[str, Any]:
        """The fields that decide the result, as JSON-ready data."""
        return {name: value for name, value in self._plain().items() if name not in NOT_PROCESSING}

    def to_json(self, filepath: str | Path) -> None:
        """Write all fields to a JSON file.

        Raises
        ------
        StoreError
            When it cannot be written.
        """
        write_text(filepath, json.dumps(self._plain(), indent=4))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NanoparticleSegConfig:
        """Configuration of a mapping; keys that are no fields are ignored, as in the original.

        Raises
        ------
        InputError
            When a required field is missing or a value cannot be used.
        """
        known = {f.name for f in fields(cls) if f.init}
        given = {name: value for name, value in data.items() if name in known}
        missing = [name for name in ("root_path", "spacing_dir") if name not in given]
        if missing:
            raise InputError(f"{name} is missing from the configuration" for name in missing)
        return cls(**given)

    @classmethod
    def from_json(cls, filepath: str | Path) -> NanoparticleSegConfig:
        """Read a JSON file, such as the original's ``training_manifest.json``.

        Raises
        ------
        NotFoundError
            When it does not exist.
        FileFormatError
            When it is no JSON object or holds values that cannot be used.
        """
        data = read_json(filepath)
        if not isinstance(data, dict):
            raise FileFormatError(f"{filepath} holds a {type(data).__name__}; it must be a JSON object")
        try:
            return cls.from_dict(data)
        except InputError as error:
            raise FileFormatError(f"{filepath} is not a usable configuration: {error}") from error

    def _plain(self) -> dict[str, Any]:
        values = asdict(self)
        return {
            name: str(value)
            if isinstance(value, Path)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in values.items()
        }


def as_config(given: NanoparticleSegConfig | Mapping[str, Any] | None) -> NanoparticleSegConfig:
    """Settings for an image that is in no store of the original's layout.

    Parameters
    ----------
    given : NanoparticleSegConfig or mapping, optional
        A mapping names the fields that differ from the defaults; `root_path` and `spacing_dir`
        may be left out.

    Raises
    ------
    InputError
        For unknown names and unusable values.
    """
    if isinstance(given, NanoparticleSegConfig):
        return given
    if given is not None and not isinstance(given, Mapping):
        raise InputError(
            f"documented is {type(given).__name__}; it must be a NanoparticleSegConfig or a mapping of its fields"
        )
    values = {"root_path": Path(), "spacing_dir": "image", **(given or {})}
    known = [f.name for f in fields(NanoparticleSegConfig)]
    unknown = [name for name in values if name not in known]
    if unknown:
        raise InputError(f"documented has no field {name!r}{nearest(str(name), known)}" for name in unknown)
    return NanoparticleSegConfig.from_dict(values)


def _is_number(value: Any, kind: type) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int,) if kind is int else (int, float)):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _sequence_faults(name: str, value: Any, length: int, kind: type) -> list[str]:
    fits = isinstance(value, tuple | list) and len(value) == length
    if fits and all(_is_number(v, kind) and 0 < v <= 10**9 for v in value):
        return []
    noun = "positive whole numbers" if kind is int else "positive numbers"
    return [f"{name} is {value!r}; it must be {length} {noun}"]


def _text_faults(config: NanoparticleSegConfig) -> list[str]:
    faults: list[str] = []
    if not isinstance(config.root_path, str | Path):
        faults.append(f"root_path is {config.root_path!r}; it must be a path")
    if not isinstance(config.spacing_dir, str):
        faults.append(f"spacing_dir is {config.spacing_dir!r}; it must be a text such as '50-10-10'")
    if not isinstance(config.verbose, bool):
        faults.append(f"verbose is {config.verbose!r}; it must be true or false")
    if not isinstance(config.model_name, str | None):
        faults.append(f"model_name is {config.model_name!r}; it must be a text")
    return faults
