"""Documented mixture beside the original, sphero-vem, on the same store.

Compares histograms, frequencies, weight, iteration count, posterior and labels bit for bit, and
CPU seconds with reading and writing of Zarr. Writing takes most of ours: the original's layout asks
for zstd with bitshuffle, which costs both the same. sphero-vem 0.1 to 0.3 stops with an
AttributeError at prediction; that is mended while it runs.

The original needs Python 3.12 or later and brings PyTorch, so it gets an environment of its own:
make one, ``pip install sphero-vem`` in it (or, without PyTorch, ``pip install --no-deps sphero-vem``
and ``pip install numpy scipy scikit-image zarr dacite dask dask-image "pandas<3" python-dotenv
psutil tqdm``), and set SPHERO_VEM_PYTHON to its interpreter. The same NumPy and SciPy as here make
the last bits comparable.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from benchmarks._table import Row
from benchmarks._timing import Skip, cpu
from specks.mixture.documented import NanoparticleSegConfig, NanoparticleSegmentation, label_nanoparticles
from specks.synth import ParticleScene, particle_volume

NAME = "50-10-10"
RUNNER = Path(__file__).with_name("_sphero_vem_run.py")


def run(quick: bool) -> list[Row]:
    """Rows for the three steps and for what must be equal."""
    python = _interpreter()
    shape = (4, 256, 256) if quick else (16, 1024, 1024)
    settings = {"halo_pad": 10}
    stack = particle_volume(shape, ParticleScene(), seed=1).image
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = _store(folder / "ours.zarr", stack), _store(folder / "theirs.zarr", stack)
        peer = _peer(python, theirs, folder / "peer.npz", settings)
        found = NanoparticleSegmentation(NanoparticleSegConfig(ours, NAME, **settings))
        timings = {
            "fit": cpu(found.fit),
            "predict": cpu(found.predict),
            "label": cpu(lambda: label_nanoparticles(ours, NAME, 0.95)),
        }
        equal = _equal(found, peer, ours, theirs)
    rows: list[Row] = [
        _row(what, timing.cold, timing.warm, float(peer[f"seconds_{what}"]), stack.size)
        for what, timing in timings.items()
    ]
    total = _row(
        "all three",
        sum(t.cold for t in timings.values()),
        sum(t.warm for t in timings.values()),
        sum(float(peer[f"seconds_{what}"]) for what in timings),
        stack.size,
    )
    return [
        *rows,
        total,
        *({"what": f"{what} equal", "goal": "bit for bit", "ok": same} for what, same in equal.items()),
    ]


def _interpreter() -> str:
    python = os.environ.get("SPHERO_VEM_PYTHON")
    if not python:
        raise Skip(
            "sphero-vem needs an environment of its own (Python 3.12 or later): pip install sphero-vem there and set "
            "SPHERO_VEM_PYTHON to its interpreter; benchmarks/peers/sphero_vem.py says how to do without PyTorch"
        )
    return python


def _store(path: Path, stack: np.ndarray) -> Path:
    """The original's layout, without compression so that decoding does not hide the rest."""
    root = zarr.open_group(path, mode="w")
    chunks = (1, *stack.shape[1:])
    images = root.create_array(f"images/{NAME}", data=stack, chunks=chunks, compressors=None)
    images.attrs.update(spacing=[50, 10, 10], processing=[], inputs=[])
    return path


def _peer(python: str, store: Path, result: Path, settings: dict[str, Any]) -> dict[str, Any]:
    # -P: this folder has a file of the package's name, which must not be found first.
    done = subprocess.run(
        [python, "-P", "-W", "ignore", str(RUNNER), str(store), str(result), json.dumps(settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise Skip(f"{python} cannot run sphero-vem: {said}")
    with np.load(result) as held:
        return dict(held)


def _row(what: str, cold: float, warm: float, peer: float, pixels: int) -> dict[str, Any]:
    return {
        "what": what,
        "cold CPU s": cold,
        "warm CPU s": warm,
        "sphero-vem CPU s": peer,
        "Mpixel/CPU s": pixels / warm / 1e6,
        "ratio": peer / warm,
    }


def _equal(
    found: NanoparticleSegmentation, peer: dict[str, Any], ours: Path, theirs: Path
) -> dict[str, bool]:
    names = ("hist_stack", "hist_bg", "p_stack", "p_bg", "p_np")
    equal = {name: np.array_equal(getattr(found, name), peer[name]) for name in names}
    equal |= {name: bool(found.summary_fit[name] == peer[name]) for name in ("w_bg", "nll", "nit")}
    for what in ("posterior", "masks"):
        key = f"labels/nps/{what}/{NAME}"
        here, there = (zarr.open_array(path, path=key, mode="r")[:] for path in (ours, theirs))
        equal[what] = here.dtype == there.dtype and np.array_equal(here, there)
    return equal
