"""One image's components on another image: its slices are measured, nothing else is fitted."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.provenance import fingerprint
from specks.mixture.measured import measured_model
from specks.mixture.solve import weighed

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["transferred"]


def transferred(model: Mixture, image: Any, executor: Executor | None) -> Generator[Progress, None, Mixture]:
    """The model for another image; hand corrections stay with the image they were made on."""
    source = model.source_or(image)
    bare = replace(
        model,
        shape=source.shape,
        source=source,
        corrections=Corrections(),
        fit_per="stack",
        provenance=replace(model.provenance, inputs={"image": fingerprint(source)}),
    )
    measured = yield from measured_model(bare, source, executor)
    if model.original is None:
        return weighed(measured)
    from specks.mixture.as_documented import tabled

    return tabled(measured)
