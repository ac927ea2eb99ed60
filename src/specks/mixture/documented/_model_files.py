"""The three files of a saved model, as the original names them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.array_file import read_arrays, write_arrays
from specks._core.atomic import store_faults, write_text
from specks._core.errors import FileFormatError, InputError
from specks._core.json_file import read_json
from specks.mixture.documented._config import NanoparticleSegConfig
from specks.mixture.documented._fit import DocumentedFit
from specks.mixture.documented._mixture import BINS, quantile_bin

__all__ = ["read_model", "write_model"]

MANIFEST = "training_manifest.json"
PARAMETERS = "model_params.npz"
RESULTS = "fit_results.json"
FREQUENCIES = ("p_np", "p_bg", "p_stack")
COUNTS = ("hist_stack", "hist_bg")


def write_model(folder: Path, config: NanoparticleSegConfig, fit: DocumentedFit) -> None:
    """Write a model into a folder, which is made when it is not there.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    with store_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: getattr(fit, name) for name in (*FREQUENCIES, *COUNTS)}
    write_arrays(folder / PARAMETERS, arrays)
    write_text(folder / RESULTS, json.dumps(fit.summary, indent=4))
    config.to_json(folder / MANIFEST)


def read_model(folder: Path, **changes: Any) -> tuple[NanoparticleSegConfig, DocumentedFit]:
    """Read a model, and believe nothing that does not add up.

    Parameters
    ----------
    folder : pathlib.Path
    **changes
        Fields of the configuration to replace.

    Raises
    ------
    NotFoundError
        When a file is missing.
    FileFormatError
        When a file is cut off, changed or hostile.
    """
    config = NanoparticleSegConfig.from_json(folder / MANIFEST)
    if changes:
        config = NanoparticleSegConfig.from_dict({**vars(config), **changes})
    file = folder / PARAMETERS
    arrays = read_arrays(file)
    faults = [fault for name in (*FREQUENCIES, *COUNTS) if (fault := _fault(name, arrays.get(name)))]
    if faults:
        raise FileFormatError(f"{file} is not a model: {'; '.join(faults)}")
    summary = _summary(folder / RESULTS)
    th_low, th_high = (
        quantile_bin(arrays["p_stack"], q) for q in (config.percent_th_low, config.percent_th_high)
    )
    held: dict[str, Any] = {name: arrays[name] for name in (*FREQUENCIES, *COUNTS)}
    return config, DocumentedFit(**held, th_low=th_low, th_high=th_high, **summary)


def _fault(name: str, array: npt.NDArray[Any] | None) -> str | None:
    """What is wrong with an array of a model, if anything."""
    if array is None:
        return f"{name} is missing"
    kind = np.float64 if name in FREQUENCIES else np.int64
    if array.shape != (BINS,) or array.dtype != kind:
        return f"{name} is {array.dtype} of shape {array.shape}, not {np.dtype(kind)} of shape ({BINS},)"
    if name in FREQUENCIES:
        sound = np.isfinite(array).all() and array.min() >= 0 and abs(float(array.sum()) - 1) < 1e-6
        return None if sound else f"{name} does not hold frequencies that sum to one"
    sound = array.min() >= 0 and float(array.sum(dtype=np.float64)) < 2**62
    return None if sound else f"{name} does not hold counts"


def _summary(file: Path) -> dict[str, Any]:
    data: Any = read_json(file)
    if not isinstance(data, dict):
        raise FileFormatError(f"{file} holds a {type(data).__name__}; it must be a JSON object")
    values: list[Any] = [data.get(name) for name in ("w_bg", "nll", "nit")]
    w_bg, nll, nit = values
    faults = []
    if not _is_real(w_bg) or not 0 <= w_bg <= 1:
        faults.append(f"w_bg is {w_bg!r}; it must be a number from 0 to 1")
    if not _is_real(nll):
        faults.append(f"nll is {nll!r}; it must be a number")
    if not isinstance(nit, int) or isinstance(nit, bool) or nit < 0:
        faults.append(f"nit is {nit!r}; it must be a whole number")
    if faults:
        raise FileFormatError(f"{file} is not the summary of a fit: {InputError(faults)}")
    return {"w_bg": float(w_bg), "nll": float(nll), "nit": nit}


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
