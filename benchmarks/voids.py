"""Object tables of voids, beside the original's measurement of the same stack.

A stack of overlapping instances and its label image: a real one where the environment names it,
else disks. The original is stated plainly: an image in which later objects lie over earlier ones,
and scikit-image's regions of it, property by property. Reading the stack once has a row of its
own: no table can be faster than memory is.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from benchmarks._table import Row
from benchmarks._timing import Skip, cpu
from specks.io import as_source
from specks.measure import measure_instances, measure_objects
from tests.statements.instances import as_original, label_image

#: Names a folder with instances.tif, of shape (n, y, x); or that file.
DATA = "SPECKS_VOIDS_DATA"
INSTANCE_GOAL, LABEL_GOAL = 50.0, 150.0


def run(quick: bool) -> list[Row]:
    """Rows for the table from instances and from labels."""
    stack, what = _stack(quick)
    mask = stack > 0
    labels = label_image(stack).astype(np.int32)
    out = np.empty(stack.shape[1:], np.int32)
    original = cpu(lambda: as_original(stack), 2)
    cases = [
        ("instances", lambda: measure_instances(stack), INSTANCE_GOAL),
        ("instances as truth values", lambda: measure_instances(mask), INSTANCE_GOAL),
        ("instances, and their label image", lambda: measure_instances(stack, out=out), INSTANCE_GOAL),
        ("labels", lambda: measure_objects(labels), LABEL_GOAL),
    ]
    rows: list[Row] = []
    for name, call, goal in cases:
        ours = cpu(call, 7)
        ratio = original.warm / ours.warm
        row = {
            "what": f"table from {name} ({what}, {'x'.join(map(str, stack.shape))})",
            "objects": len(ours.result),
            "cold CPU s": ours.cold,
            "warm CPU s": ours.warm,
            "original CPU s": original.warm,
            "ratio": ratio,
            "equal": _equal(ours.result, original.result, stack),
        }
        rows.append(row if quick else row | {"goal": f">= {goal:g}", "ok": ratio >= goal and row["equal"]})
    once = cpu(lambda: int(stack.max()), 7)
    most = {"original CPU s": original.warm, "ratio": original.warm / once.warm}
    rows.insert(
        3,
        {"what": "of this: reading the stack once", "cold CPU s": once.cold, "warm CPU s": once.warm} | most,
    )
    return rows


def _equal(table, original: dict, stack: np.ndarray) -> bool:
    """Whether objects that share no pixel are what the original makes of them."""
    shared = (stack > 0).sum(axis=0) > 1
    alone = {
        i + 1 for i, instance in enumerate(stack) if instance.any() and not (shared & (instance > 0)).any()
    }
    shown = np.unique(label_image(stack))[1:]
    theirs = {label: i for i, label in enumerate(shown) if label in alone}
    ours = table.set_index("label").loc[list(theirs)]
    rows = list(theirs.values())
    return bool(
        np.allclose(ours["radius"], np.array(original["radii"])[rows], rtol=1e-9)
        and np.allclose(ours[["x", "y"]], np.array(original["positions"])[rows], rtol=1e-9)
        and ours["touches_side"].tolist() == np.array(original["touches_side"])[rows].tolist()
    )


def _stack(quick: bool) -> tuple[np.ndarray, str]:
    named = os.environ.get(DATA)
    if named is not None:
        path = Path(named) / "instances.tif" if Path(named).is_dir() else Path(named)
        if not path.exists():
            raise Skip(f"{DATA} names {named}, where there is no instances.tif")
        source = as_source(path, axes="zyx")
        return np.ascontiguousarray(source.read(tuple(slice(0, n) for n in source.shape))), "real"
    n, side = (30, 512) if quick else (124, 1024)
    rng = np.random.default_rng(0)
    stack = np.zeros((n, side, side), np.int16)
    y, x = np.mgrid[:side, :side]
    for i in range(n):
        (cy, cx), r = rng.uniform(0, side, 2), rng.uniform(4, 30)
        stack[i][(y - cy) ** 2 + (x - cx) ** 2 <= r**2] = rng.integers(1, 4)
    return stack, "disks"
