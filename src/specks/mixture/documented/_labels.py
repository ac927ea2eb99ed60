"""Numbered particles from a stored posterior."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specks._core.axes import Geometry
from specks._core.blocks import spans
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps, drain
from specks._core.source import ZarrSource
from specks.measure import label_particles
from specks.mixture.documented._store import (
    MASKS,
    POSTERIOR,
    attributes,
    open_root,
    open_stack,
    replaced,
    spacing_name,
)

__all__ = ["iterate_label_nanoparticles", "label_nanoparticles"]

SLAB_BYTES = 64 << 20


def label_nanoparticles(
    root_path: str | Path,
    spacing: str | Sequence[float],
    threshold: float,
    radius: int = 1,
    connectivity: int = 2,
    min_size: int = 10,
) -> None:
    """Number the particles of a stored posterior.

    Reads ``labels/nps/posterior/<spacing>`` and writes ``labels/nps/masks/<spacing>`` (int32, chunked
    like the posterior). Labels count 1, 2, … in raster order. As in the original, nothing is left
    within `radius` of the six faces of the volume; `specks.label_particles` keeps what is there.

    Parameters
    ----------
    root_path : path-like
        The Zarr store.
    spacing : tuple of float or str
        Along z, y and x in nm, or the name of the array.
    threshold : float
        Smallest posterior of a particle, from 0 to 1; rounded to float16.
    radius : int
        Of the closing ball in voxels; 0 for no closing.
    connectivity : int
        Voxels that differ by 1 along at most so many axes are connected.
    min_size : int
        Voxels of the smallest particle, counted after the closing.

    Raises
    ------
    NotFoundError
        When the store or the posterior does not exist.
    FileFormatError
        When it is not of the original's layout.
    InputError
        When an argument is out of range.
    StoreError
        When the masks cannot be written.

    Examples
    --------
    >>> import numpy as np, tempfile, zarr
    >>> from specks.mixture.documented import label_nanoparticles
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     root = zarr.open_group(folder, mode="w")
    ...     posterior = root.create_array("labels/nps/posterior/50-10-10", shape=(6, 9, 9), dtype="float16")
    ...     posterior[2:5, 2:5, 2:5] = np.float16(0.99)
    ...     posterior.attrs["spacing"] = [50, 10, 10]
    ...     label_nanoparticles(folder, (50, 10, 10), 0.95)
    ...     int((root["labels/nps/masks/50-10-10"][:] == 1).sum())
    27
    """
    drain(iterate_label_nanoparticles(root_path, spacing, threshold, radius, connectivity, min_size))


def iterate_label_nanoparticles(
    root_path: str | Path,
    spacing: str | Sequence[float],
    threshold: float,
    radius: int = 1,
    connectivity: int = 2,
    min_size: int = 10,
) -> Steps[None]:
    """As `label_nanoparticles`, yielding progress."""
    if isinstance(radius, bool) or not isinstance(radius, int) or radius < 0:
        raise InputError(f"radius is {radius!r}; it must be a whole number of voxels, 0 or more")
    name = spacing_name(spacing)
    root = open_root(root_path)
    posterior = open_stack(root, POSTERIOR, name)
    settings: dict[str, Any] = {"radius": radius, "connectivity": connectivity, "min_size": min_size}
    about = attributes(posterior, {"step": "labeling", **settings})
    labels = yield from label_particles.iterate(
        ZarrSource(posterior, Geometry.of("zyx"), f"{POSTERIOR}/{name}"),
        threshold,
        closing_radius=float(radius),
        connectivity=connectivity,
        min_size=min_size,
        spacing=1,
        borders="original",
    )
    shape, chunks = posterior.shape, posterior.chunks
    with replaced(root, MASKS, name, shape=shape, dtype="int32", chunks=chunks, attributes=about) as masks:
        planes = max(1, SLAB_BYTES // (4 * shape[1] * shape[2]))
        for span in spans(shape[0], chunks[0], planes):
            masks[span] = labels[span].compute(scheduler="synchronous")
            yield Progress(span.stop, shape[0], "Writing labels")
