"""From label images to tables of objects."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.axes import resolve_geometry
from specks._core.blocks import check_executor, map_blocks
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.source import Region, Source, array_source, as_array
from specks._core.step import step
from specks._core.types import Image, Labels, Param, PerAxis, Runtime, Table
from specks.measure._columns import Moments, choose_columns, position_columns
from specks.measure._regions import planes_of, sweep
from specks.measure._sums import MARGIN, ObjectSums, border_distance, merge, sum_block

__all__ = ["measure_objects"]

#: Parts of objects that are held before they are put together.
MERGE_ROWS = 2**16


@step("Measure objects")
def measure_objects(
    labels: Labels,
    image: Image | None = None,
    *,
    columns: Literal["basic", "all"] | tuple[str, ...] = "basic",
    edge_buffer: Annotated[int, Param(ge=0, unit="px")] = 8,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    spacing: Annotated[PerAxis | None, Param(gt=0, advanced=True)] = None,
    units: Annotated[str | None, Param(advanced=True)] = None,
    executor: Runtime = None,
) -> Steps[Table]:
    """Measure every object of a label image, one row an object and frame.

    The labels are read once, in blocks; memory grows with the number of objects, not with the
    image nor with the largest label. Columns that scikit-image knows under the same name have the
    same values.

    Parameters
    ----------
    labels : array of int, shape ([t,] [z,] y, x)
        0 is background; numbers may have gaps. NumPy array, or a lazy one: Dask, Zarr, memory map.
    image : array, shape of `labels`, optional
        What the intensity is taken from; NaN is left out.
    columns : {"basic", "all"} or sequence of str
        "basic": size, equivalent diameter, radius, touches_side and mean intensity. "all": also
        bounding box, extent, axes of the ellipse, outline and more of the intensity. Or names of
        columns; frame, label and position are always there.
    edge_buffer : int
        How many pixels from the border of the image in y or x still count as touching its side.
    axes : str, optional
        Meaning of the axes, such as "tyx"; "yx", "zyx" or "tzyx" by their number when not given.
    spacing : float or tuple of float, optional
        Size of a pixel along the spatial axes; what the image declares when not given.
    units : str, optional
        Unit of `spacing`, such as "nm".
    executor : concurrent.futures.Executor, optional
        What reads the blocks; threads of this process when not given.

    Returns
    -------
    pandas.DataFrame
        In the order of frames and labels. ``frame`` (0 without a time axis), ``label``; ``z`` (volumes
        only), ``y``, ``x``: the centroid in pixels; ``area`` (pixels) or ``volume`` (voxels);
        ``equivalent_diameter`` and ``radius`` of the circle or ball of that size, in pixels;
        ``touches_side``: whether the bounding box comes within `edge_buffer` pixels of a side in y
        or x. With a spacing, sizes and lengths are also given in its unit, which is part of the
        name (``area_um2``, ``radius_um``; ``area_physical`` without a unit). ``perimeter`` follows
        skimage.measure.perimeter and is for 2D; its physical form needs square pixels.

    Raises
    ------
    InputError
        When labels are no whole numbers or negative, when image and labels differ in shape, when
        a column is unknown or needs an image, or when axes, spacing and shape do not fit.

    References
    ----------
    .. [1] scikit-image, `skimage.measure.regionprops_table`.
    .. [2] K. Benkrid, D. Crookes, "Design and FPGA implementation of a perimeter estimator".
    .. [3] T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for
       computing sample variances", Stanford University STAN-CS-79-773 (1979).

    Examples
    --------
    >>> import numpy as np
    >>> import specks
    >>> labels = np.zeros((40, 40), int)
    >>> labels[18:21, 10:14] = 7
    >>> specks.measure_objects(labels, spacing=0.5, units="um", columns=["area", "area_um2"])
       frame  label     y     x  area  area_um2
    0      0      7  19.0  11.5  12.0       3.0
    """
    source = _label_source(labels, axes)
    geometry = resolve_geometry(source.geometry, axes, spacing, units)
    source = source.with_geometry(geometry)
    light = None if image is None else _image_source(image, source)
    chosen = choose_columns(columns, geometry, has_image=light is not None)
    check_executor(executor, source, light)
    if all(c.needs != "image" for c in chosen):
        light = None
    task = partial(_sum_region, source, light, any(c.needs == "outline" for c in chosen))
    total = sum(1 for _ in sweep(source))
    parts = [ObjectSums.zeros(0, np.empty(0, np.int64))]
    for i, (_, found) in enumerate(map_blocks(task, sweep(source), executor), 1):
        parts += found
        if sum(len(p.label) for p in parts[1:]) > max(MERGE_ROWS, len(parts[0].label) // 2):
            parts = [merge(parts)]
        yield Progress(i, total, f"Measuring block {i} of {total}")
    sums = merge(parts)
    moments = Moments(
        sums,
        len(geometry.spatial),
        np.ones(len(geometry.spatial)),
        border_distance(sums, source.shape[-2:]),
        edge_buffer,
    )
    import pandas as pd

    return pd.DataFrame(position_columns(moments) | {c.name: c.values(moments) for c in chosen})


def _label_source(labels: Any, axes: str | None) -> Source:
    source = array_source(labels, axes, name="labels")
    if source.dtype == bool:
        raise InputError("labels is a mask (bool); number its objects first, with label_particles")
    if source.dtype.kind not in "ui":
        raise InputError(f"labels has the type {source.dtype}; expected whole numbers, such as int32")
    if "c" in (axes or source.axes):
        raise InputError(
            f'labels has a channel axis ("{axes or source.axes}"); measure one channel at a time'
        )
    return source


def _image_source(image: Any, labels: Source) -> Source:
    image = as_array(image, "image")
    shape = image.shape
    if tuple(shape) != labels.shape:
        raise InputError(f"image has the shape {tuple(shape)}; expected that of labels, {labels.shape}")
    source = array_source(image, labels.axes, name="image")
    if source.dtype.kind not in "fbui":
        raise InputError(f"image has the type {source.dtype}; expected real numbers")
    return source


def _sum_region(source: Source, image: Source | None, outlines: bool, region: Region) -> list[ObjectSums]:
    """Sums over the objects of one region, one item a frame."""
    depth = planes_of(region) if "z" in source.axes else 1
    padded = _by_frame(_read_with_margin(source, region), depth) if outlines else None
    if padded is None:
        labels = _by_frame(_signed(source.read(region)), depth)
    else:
        labels = np.ascontiguousarray(padded[..., MARGIN:-MARGIN, MARGIN:-MARGIN])
    light = None if image is None else _by_frame(_real(image.read(region)), depth)
    first = region[0].start if "t" in source.axes else 0
    corner = (region[-3].start if "z" in source.axes else 0, region[-2].start, 0)
    found = []
    for i, frame in enumerate(labels):
        beside = (None if light is None else light[i], None if padded is None else padded[i])
        sums = sum_block(frame, *beside, first + i, corner)
        if sums.label.size and sums.label.min() < 0:
            lowest = f"{sums.label.min()}; labels must be 0 or more"
            raise InputError(
                f"labels holds {lowest if source.dtype.kind == 'i' else 'numbers above 2**63 - 1'}"
            )
        found.append(sums)
    return found


def _by_frame(block: npt.NDArray[Any], depth: int) -> npt.NDArray[Any]:
    """As frames of `depth` planes."""
    return block.reshape(-1, depth, *block.shape[-2:])


def _read_with_margin(source: Source, region: Region) -> npt.NDArray[Any]:
    """Labels of a region and of what lies around it in y and x; outside of the image there is none."""
    y, height = region[-2], source.shape[-2]
    top, bottom = max(0, y.start - MARGIN), min(height, y.stop + MARGIN)
    block = _signed(source.read((*region[:-2], slice(top, bottom), region[-1])))
    missing = (MARGIN - (y.start - top), MARGIN - (bottom - y.stop))
    return np.pad(block, [(0, 0)] * (block.ndim - 2) + [missing, (MARGIN, MARGIN)])


def _signed(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """As one of the two types that the kernels are compiled for; what does not fit becomes negative."""
    kind = np.int32 if np.can_cast(labels.dtype, np.int32) else np.int64
    return np.require(labels, kind, ["C", "W"])


def _real(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """As one of the few types that the kernels are compiled for, without loss but for 64-bit integers."""
    if image.dtype.name in ("uint8", "uint16"):
        kind = image.dtype
    else:
        kind = np.dtype(np.float32 if np.can_cast(image.dtype, np.float32) else np.float64)
    return np.require(image, kind, ["C", "W"])
