"""Run sphero-vem's nanoparticle steps on a store; for an interpreter that has it, without specks.

``python _sphero_vem_run.py STORE RESULT.npz SETTINGS_JSON``
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import time
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np

#: Imported by the package as a whole, used by none of the steps that are run here.
UNUSED = ("torch", "torchvision", "pytorch_lightning", "lightning", "cellpose", "careamics", "kornia", "wandb",
          "polars", "sklearn", "pyvista", "trimesh", "matplotlib", "huggingface_hub", "torchmetrics")  # fmt: skip


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Empty modules in place of unused packages that are not installed."""

    def __init__(self) -> None:
        self.names = {name for name in UNUSED if importlib.util.find_spec(name) is None}

    def find_spec(self, fullname, path, target=None):
        if fullname.split(".")[0] not in self.names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__, module.__spec__, module.__name__ = [], spec, spec.name
        module.Tensor = type("Tensor", (), {})  # libraries ask whether arrays are instances of it
        return module

    def exec_module(self, module) -> None:
        """Nothing to run."""


def main() -> None:
    """Fit, predict and label; save arrays and CPU seconds."""
    store, result, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    sys.meta_path.insert(0, StandIn())
    from sphero_vem.segmentation import np as peer

    # Two faults that stop every run: a field that prediction asks for by another name, and (0.1)
    # one that the configuration reads before it is set.
    peer.NanoparticleSegConfig.chunks = property(lambda self: self.zarr_chunks)
    if not hasattr(peer.NanoparticleSegConfig, "seg_target"):
        peer.NanoparticleSegConfig.seg_target = "nps"

    found = peer.NanoparticleSegmentation(
        peer.NanoparticleSegConfig(root_path=store, spacing_dir="50-10-10", **settings)
    )
    seconds = {}
    for name, call in (
        ("fit", found.fit),
        ("predict", found.predict),
        ("label", lambda: peer.label_nanoparticles(store, (50, 10, 10), 0.95)),
    ):
        start = time.process_time()
        call()
        seconds[f"seconds_{name}"] = time.process_time() - start
    arrays = {name: getattr(found, name) for name in ("hist_stack", "hist_bg", "p_stack", "p_bg", "p_np")}
    np.savez(result, **arrays, **seconds, **found.summary_fit)


if __name__ == "__main__":
    main()
