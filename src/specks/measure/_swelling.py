"""Swelling, densities and sizes of voids, frame by frame."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.step import step
from specks._core.types import Param, PerAxis, Table
from specks.measure._field import Field, inside_weights
from specks.measure._sizes import mean_with_error, median_with_error
from specks.measure._turnover import turnover

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["measure_swelling"]

Floats = npt.NDArray[np.float64]


@step("Measure swelling")
def measure_swelling(
    table: Table,
    area: Annotated[PerAxis, Param(gt=0)],
    thickness: Annotated[float | None, Param(gt=0, unit="length")] = None,
    spacing: Annotated[PerAxis | None, Param(gt=0)] = None,
    units: str | None = None,
    dt: Annotated[float | None, Param(gt=0, unit="s")] = None,
    dose_rate: Annotated[float | None, Param(gt=0, unit="dpa/s")] = None,
    *,
    edges: Annotated[Literal["keep", "unbiased"], Param(advanced=True)] = "keep",
    edge_buffer: Annotated[int, Param(ge=0, unit="px", advanced=True)] = 8,
    frame_numbers: Annotated[Sequence[int] | None, Param(ge=0, advanced=True)] = None,
) -> Steps[Table]:
    """Measure how much voids swell a foil, how densely they lie and how large they are, frame by frame.

    Every void counts as a ball of its radius. Swelling is V / (field x thickness - V), V being the
    volume of all voids: what was added to the material, over the material.

    Parameters
    ----------
    table : pandas.DataFrame
        Object table with ``frame`` and ``radius`` in pixels, such as `measure_objects` gives; with ``particle``
        appearances are counted too.
    area : float or tuple of float
        Area of the field, in the unit of lengths squared; or its height and width.
    thickness : float, optional
        Of the foil, in the unit of lengths. Without it there is neither swelling nor number density.
    spacing : float or tuple of float, optional
        Size of a pixel. When not given, what a column such as ``radius_nm`` tells, else lengths are in
        pixels; 1 forces pixels.
    units : str, optional
        Unit of lengths, such as "nm".
    dt : float, optional
        Seconds from frame to frame, for ``time_s``.
    dose_rate : float, optional
        Displacements per atom in a second, for ``dose_dpa``; needs `dt`.
    edges : {"keep", "unbiased"}
        "keep" counts all objects of the table. As those that a side cuts off are counted in
        neighboring fields too, and are smaller than they should be, densities come out too large and
        swelling off. "unbiased" leaves objects out that touch a side, and gives each of the others
        the weight of the field over the part of it in which an object of that size has room.
    edge_buffer : int
        What the table was measured with; for "unbiased".
    frame_numbers : sequence of int, optional
        The number of every frame, those without objects too. Without it there are frames up to the
        last one in the table, and numbers of frames are those in the table.

    Returns
    -------
    pandas.DataFrame
        One row a frame. ``frame``; ``frame_number, time_s, dose_dpa`` where known (time counts frame
        numbers, so that gaps take time); ``count`` of objects; ``swelling_percent`` with
        ``swelling_percent_se``, by which it would vary in other fields with voids at random;
        ``areal_density`` and ``number_density`` per pixel squared and cubed; ``radius_mean`` and
        ``radius_median`` with standard errors ``…_se`` (NaN of fewer than two). With a spacing, densities
        and radii also in its unit, ``areal_density_per_nm2``, ``radius_mean_nm``. With ``particle``:
        ``appeared`` and ``disappeared`` since the frame before, and ``entered`` and ``left`` over a side.

    Warns
    -----
    UserWarning
        When voids are larger than the foil; swelling is then NaN.

    Raises
    ------
    InputError
        When columns are missing, or lengths do not fit each other.

    References
    ----------
    .. [1] R. Jacobs et al., "Materials swelling revealed through automated semantic segmentation of cavities in electron
       microscopy images", Sci. Rep. 13, 5178 (2023).

    Examples
    --------
    >>> import pandas as pd
    >>> from specks.measure import measure_swelling
    >>> voids = pd.DataFrame({"frame": [0, 1, 1], "radius": [10.0, 10.0, 12.0]})
    >>> found = measure_swelling(voids, area=500**2, thickness=100, spacing=1, units="nm", dt=2.0)
    >>> found[["frame", "time_s", "count", "swelling_percent"]].round(4)
       frame  time_s  count  swelling_percent
    0      0     0.0      1            0.0168
    1      1     2.0      2            0.0457
    """
    import pandas as pd

    objects = _checked(table, dt, dose_rate, frame_numbers)
    field = Field.of(objects, area, spacing, units)
    weights = inside_weights(objects, field, edge_buffer) if edges == "unbiased" else np.ones(len(objects))
    clock = _clock(objects, frame_numbers, dt, dose_rate)
    frames = len(clock["frame"])
    frame, pixels = objects["frame"].to_numpy(np.int64), objects["radius"].to_numpy(float)
    order = np.argsort(frame, kind="stable")
    bounds = np.searchsorted(frame[order], np.arange(frames + 1))
    radii = pixels * field.scale
    rows = [_sizes(pixels[:0], weights[:0], field)]  # for the names of columns, should there be no frame
    for i in range(frames):
        chosen = order[bounds[i] : bounds[i + 1]]
        rows.append(_sizes(pixels[chosen], weights[chosen], field))
        if i % 1000 == 0:
            yield Progress(i, frames, f"Measuring frame {i + 1} of {frames}")
    volumes = weights * 4 / 3 * np.pi * radii**3
    n, volume, square = (_per_frame(frame, values, frames) for values in (weights, volumes, volumes**2))
    columns = clock | {"count": np.bincount(frame, minlength=frames)}
    columns |= _swelling(volume, square, field, thickness) | _densities(n, field, thickness)
    columns |= {name: np.array([row[name] for row in rows[1:]], float) for name in rows[0]}
    if "particle" in objects:
        columns |= turnover(objects, frames)
    return pd.DataFrame(columns)


def _checked(
    table: Any, dt: float | None, dose_rate: float | None, frame_numbers: Sequence[int] | None
) -> pd.DataFrame:
    """The objects that have a radius."""
    if not hasattr(table, "columns"):
        raise InputError(f"table is {type(table).__name__}; it must be a pandas.DataFrame")
    faults = [f"table has no column {name!r}" for name in ("frame", "radius") if name not in table]
    if dose_rate is not None and dt is None:
        faults.append("dose_rate needs dt, the seconds from frame to frame (dt=1 for a dose per frame)")
    if not faults and frame_numbers is not None:
        last = int(table["frame"].max()) if len(table) else -1
        if last >= len(frame_numbers):
            faults.append(
                f"frame_numbers has {len(frame_numbers)} frames, but the table has the frame {last}"
            )
        if list(frame_numbers) != sorted(set(frame_numbers)):
            faults.append("frame_numbers must rise from frame to frame")
    if not faults and len(table) and table["frame"].min() < 0:
        faults.append(f"table has the frame {table['frame'].min()}; frames count from 0")
    if faults:
        raise InputError(faults)
    known: pd.DataFrame = table[table["radius"].notna()]
    return known


def _clock(
    objects: pd.DataFrame, numbers: Sequence[int] | None, dt: float | None, dose_rate: float | None
) -> dict[str, npt.NDArray[Any]]:
    """Frame, number, time and dose of every frame."""
    if numbers is not None:
        frame = np.arange(len(numbers))
        found: npt.NDArray[Any] | None = np.asarray(numbers, np.int64)
    else:
        frame = np.arange(int(objects["frame"].max()) + 1 if len(objects) else 0)
        found = None
        if "frame_number" in objects and len(objects):
            told = objects.drop_duplicates("frame").sort_values("frame")
            found = _between(frame, told["frame"].to_numpy(), told["frame_number"].to_numpy())
    clock: dict[str, npt.NDArray[Any]] = {"frame": frame}
    steps = frame.astype(float)
    if found is not None:
        clock["frame_number"] = found
        steps = (found - found[0]).astype(float) if len(found) else steps
    if dt is not None:
        clock["time_s"] = steps * dt
    if dose_rate is not None and dt is not None:
        clock["dose_dpa"] = steps * dt * dose_rate
    return clock


def _between(frame: npt.NDArray[Any], told: npt.NDArray[Any], numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers of all frames: of those without objects on the line between others, or counted back from the first."""
    found = np.interp(frame, told, numbers) + np.minimum(frame - told[0], 0)
    whole: npt.NDArray[np.int64] = np.round(found).astype(np.int64)
    return whole


def _per_frame(frame: npt.NDArray[np.int64], values: Floats, frames: int) -> Floats:
    """Sum over the objects of each frame."""
    sums: Floats = np.bincount(frame, values, minlength=frames).astype(float)
    return sums


def _swelling(
    volume: Floats, square: Floats, field: Field, thickness: float | None
) -> dict[str, npt.NDArray[Any]]:
    """Swelling, and its standard error from the squares of the volumes: voids lie at random."""
    if thickness is None:
        return {}
    total = field.area * thickness
    full = volume >= total
    if full.any():
        frames = ", ".join(map(str, np.flatnonzero(full)[:5]))
        warnings.warn(
            f"in frame {frames} the voids are as large as the foil or larger; check area, thickness and spacing",
            stacklevel=2,
        )
    rest = np.where(full, np.nan, total - volume)
    return {
        "swelling_percent": 100 * volume / rest,
        "swelling_percent_se": 100 * np.sqrt(square) * total / rest**2,
    }


def _densities(count: Floats, field: Field, thickness: float | None) -> dict[str, npt.NDArray[Any]]:
    """Per area and per volume, in pixels and in the unit."""
    densities = [("areal_density", count / field.area, 2)]
    if thickness is not None:
        densities.append(("number_density", count / (field.area * thickness), 3))
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, value, power in densities:
        columns[name] = value * field.scale**power
        if field.ending:
            ending = field.ending if field.ending == "physical" else f"per_{field.ending}{power}"
            columns[f"{name}_{ending}"] = value
    return columns


def _sizes(pixels: Floats, weights: Floats, field: Field) -> dict[str, float]:
    """Mean and median of the radii that count, in pixels and in the unit."""
    used = weights > 0
    measured = {
        "radius_mean": mean_with_error(pixels[used], weights[used]),
        "radius_median": median_with_error(pixels[used]),
    }
    scales = {"": 1.0} | ({f"_{field.ending}": field.scale} if field.ending else {})
    row: dict[str, float] = {}
    for name, (value, error) in measured.items():
        for ending, scale in scales.items():
            row |= {f"{name}{ending}": value * scale, f"{name}{ending}_se": error * scale}
    return row
