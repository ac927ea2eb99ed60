"""Read a result of `segment_particles` back, so that it can be looked at and corrected further."""

from __future__ import annotations

import os
from typing import Any

from specks._core.errors import FileFormatError
from specks._core.provenance import Provenance
from specks.io import StoredResult, open_result
from specks.io.lazy import as_dask
from specks.mixture import Mixture
from specks.workflows._cut import Cut
from specks.workflows.particles import Particles

__all__ = ["load_particles"]


def load_particles(path: str | os.PathLike[str]) -> Particles:
    """What `Particles.save` wrote."""
    stored = open_result(path)
    lacking = [
        name
        for name, there in (
            ("the image", stored.image is not None),
            ("labels", bool(stored.labels)),
            ('a table "objects"', "objects" in stored.tables),
            ("a model", "model" in stored.models),
            ("its provenance", stored.provenance is not None),
        )
        if not there
    ]
    if lacking or stored.image is None or stored.provenance is None:
        raise FileFormatError(
            f"{stored.path.name} is no result of segment_particles: it lacks {', '.join(lacking)}"
        )
    model = Mixture.load(stored.model_path("model")).attached(stored.image)
    return Particles(
        model=model,
        posterior=model.posterior(stored.image),
        labels=_labels(stored),
        objects=stored.table("objects"),
        provenance=stored.provenance,
        cut=_cut(stored.path.name, stored.provenance),
        source=stored.image,
    )


def _labels(stored: StoredResult) -> Any:
    """The stored labels, lazy as labels of a file are."""
    name = "particles" if "particles" in stored.labels else next(iter(stored.labels))
    return as_dask(stored.labels[name])


def _cut(name: str, provenance: Provenance) -> Cut:
    """How the labels were asked for."""
    fields = {field: provenance.parameters.get(field) for field in Cut.__dataclass_fields__}
    kinds = {"threshold": (int, float), "closing_radius": (int, float, type(None)), "borders": (str,)}
    for field, value in fields.items():
        if not isinstance(value, kinds.get(field, (int,))) or isinstance(value, bool):
            raise FileFormatError(
                f"{name} is no result of segment_particles: its provenance says {field} is {value!r}"
            )
    return Cut(**fields)  # type: ignore[arg-type]  # each was looked at
