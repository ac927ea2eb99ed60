"""Drift of every scenario, beside the tools that people use now: rms error in pixels.

Three seeds each. The best of the others is the one with the smallest error on that scenario;
specks must be within 10 % or 0.02 px of it. `inf` is a tool that gave no answer. Volumes are left
out by tools for images.

scikit-image and trackpy come with specks. The others go into a folder of their own, whose path
SPECKS_DRIFT_PEERS names, so that what they bring along changes nothing here:
``pip install --target FOLDER opencv-python-headless pystackreg picassosr``.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._drift_original import original
from benchmarks._drift_runs import SEEDS, STATIC, estimated, pooled, ready
from benchmarks._drift_score import score
from benchmarks._table import Row
from benchmarks._timing import Skip
from specks.synth import DRIFT_SCENARIOS, DriftingSeries

FOLDER = "SPECKS_DRIFT_PEERS"
SHIPPED = ("_scikit_image", "_trackpy")
#: Module here, package that it needs, and whether it knows volumes.
INSTALLED = {"_opencv": "opencv-python-headless", "_pystackreg": "pystackreg", "_picasso": "picassosr"}
NEAR, NEAR_PX = 1.1, 0.02
QUICK = ("easy_int", "mask_seg", "mask_grow", "nonsquare", "vol_mask")

Method = Callable[[np.ndarray], np.ndarray]


def run(quick: bool) -> list[Row]:
    """A row for each scenario, then how often each tool was off, and what it cost."""
    images, anything, missing = _methods()
    ready()
    rms: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, list[float]] = defaultdict(list)
    for scenario in QUICK if quick else DRIFT_SCENARIOS:
        for seed in SEEDS[:1] if quick else SEEDS:
            options = {"static_pattern": True} if scenario in STATIC else {}
            ours = estimated(scenario, seed, **options)
            rms[scenario]["specks"].append(ours.score.rms)
            seconds["specks"].append(ours.seconds)
            for name, method in (anything | (images if ours.made.images.ndim == 3 else {})).items():
                error, cost = _tried(method, ours.made)
                rms[scenario][name].append(error)
                seconds[name].append(cost)
    rows = [
        _row(scenario, {name: pooled(found) for name, found in errors.items()})
        for scenario, errors in rms.items()
    ]
    return [*rows, _off(rms), _cost(seconds), *missing]


def _methods() -> tuple[dict[str, Method], dict[str, Method], list[Row]]:
    """Methods for images, methods for volumes too, and a row for each tool that is not installed."""
    folder = os.environ.get(FOLDER)
    if folder:
        sys.path.append(folder)
    anything: dict[str, Method] = {"original": original}
    for module in SHIPPED:
        anything |= importlib.import_module(f"benchmarks.peers.{module}").METHODS
    images: dict[str, Method] = {}
    missing: list[Row] = []
    for module, package in INSTALLED.items():
        try:
            images |= importlib.import_module(f"benchmarks.peers.{module}").METHODS
        except ImportError as reason:
            missing.append({"what": f"left out: {package} ({reason})"})
    if not images:
        raise Skip(
            f"none of {', '.join(INSTALLED.values())} is installed: pip install --target FOLDER "
            f"{' '.join(INSTALLED.values())}, and set {FOLDER} to that folder"
        )
    return images, anything, missing


def _tried(method: Method, made: DriftingSeries) -> tuple[float, float]:
    start = time.process_time()
    found = method(made.images)
    return score(found, made).rms, time.process_time() - start


def _row(scenario: str, errors: dict[str, float]) -> Row:
    ours = errors.pop("specks")
    best = min(errors, key=lambda name: errors[name])
    near = max(NEAR * errors[best], errors[best] + NEAR_PX)
    row: dict[str, Any] = {"what": scenario, "specks": ours, "best": errors[best], "best of the others": best}
    return row | {"goal": f"<= {near:.3g}", "ok": ours <= near} | errors


def _off(rms: dict[str, dict[str, list[float]]]) -> Row:
    names = list(dict.fromkeys(name for errors in rms.values() for name in errors))
    row: dict[str, Any] = {"what": "% of runs with rms > 1 px"}
    for name in names:
        every = [error > 1 for errors in rms.values() for error in errors.get(name, [])]
        row[name] = 100 * float(np.mean(every))
    return row | {"goal": "0", "ok": row["specks"] == 0}


def _cost(seconds: dict[str, list[float]]) -> Row:
    return {"what": "CPU s a run, median"} | {name: float(np.median(each)) for name, each in seconds.items()}
