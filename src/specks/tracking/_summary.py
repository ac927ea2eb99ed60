"""Summarize tracks: one row a track."""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry, resolve_geometry
from specks._core.progress import Progress, Steps
from specks._core.step import step
from specks._core.types import Param, PerAxis, Table
from specks.tracking._columns import Floats, Ints
from specks.tracking._growth import fit_growth
from specks.tracking._original import filled_tracks, original_arrays, original_numbers
from specks.tracking._path import path_lengths
from specks.tracking._scales import Scales
from specks.tracking._tracks import TrackRows, read_tracks

__all__ = ["summarize_tracks"]

#: Columns of the original in its order, and the number that it drops before them.
ORIGINAL = (
    "particle", "start_frame", "end_frame", "total_frames", "inferred_frames", "positions", "touches_side",
    "local_id", "disp_from_start", "max_disp", "drift_rate", "dist_traveled", "total_traveled", "movement_rate",
    "radii", "max_radius", "min_radius", "growth_rate",
)  # fmt: skip
#: Of columns in pixels, and in pixels a frame.
LENGTHS = (
    "max_disp",
    "total_traveled",
    "max_radius",
    "min_radius",
    "mean_radius",
    "path_length",
    "growth_residual",
)
RATES = (
    "drift_rate",
    "movement_rate",
    "growth_rate",
    "speed",
    "growth_rate_fit",
    "growth_rate_low",
    "growth_rate_high",
)


@step("Summarize tracks")
def summarize_tracks(
    links: Table,
    spacing: Annotated[PerAxis | None, Param(gt=0)] = None,
    dt: Annotated[float | None, Param(gt=0, unit="s")] = None,
    units: str | None = None,
    drop_edges: bool = True,
    dose_rate: Annotated[float | None, Param(gt=0, unit="dpa/s")] = None,
    level: Annotated[float, Param(gt=0, le=0.999, advanced=True)] = 0.95,
    columns: Annotated[Literal["numbers", "all"], Param(advanced=True)] = "numbers",
) -> Steps[Table]:
    """Summarize tracks, one row a track: where it was, how far it went, how fast it grew.

    Parameters
    ----------
    links : Links or pandas.DataFrame
        What `link` gives, or its table, or trackpy's: ``frame``, ``particle``, positions in pixels
        (those corrected for drift where there are some), and ``radius`` or another size. Rows of
        particle -1 are left out.
    spacing : float or tuple of float, optional
        Size of a pixel along the axes of space.
    dt : float, optional
        Seconds between frames.
    units : str, optional
        Unit of `spacing`, such as "nm".
    drop_edges : bool
        Whether objects that touch the side of the image, whose size and position are cut, are left
        out of the path, the speed, the mean radius and the growth that are measured here.
    dose_rate : float, optional
        Displacements per atom in a second; rates are then also given per dpa. Needs `dt`.
    level : float
        Probability of the interval of the growth rate.
    columns : {"numbers", "all"}
        "all": also the original's columns that hold an array for each track.

    Returns
    -------
    pandas.DataFrame
        In the order of ``particle``. The columns of rtdefects' notebook, in pixels and frames, as it defines
        them: ``start_frame``, ``end_frame``, ``total_frames`` (from first to last, gaps counted),
        ``inferred_frames``, ``max_disp``, ``drift_rate``, ``total_traveled``, ``movement_rate`` (both made of
        jitter, where objects stand still), ``max_radius``, ``min_radius``, ``growth_rate`` (Siegel's slope, with
        inferred and cut radii). In "all" also ``positions`` (x, y), ``touches_side``, ``local_id``,
        ``disp_from_start``, ``dist_traveled`` and ``radii``.

        Beside them: ``observed_frames``; ``path_length``, what is left of the path when the noise of positions
        is taken out, and ``speed``, which is that by the time it took; ``mean_radius``;
        ``growth_rate_fit`` with the ends of its interval, ``growth_rate_low`` and ``growth_rate_high``, which
        holds for residuals that are correlated from frame to frame, its ``growth_frames``,
        ``growth_residual`` (standard deviation) and ``growth_correlation``; ``confidence``, the least one of
        its links. NaN where there are too few frames: less than three for a path, than four for growth.

        With a spacing, `dt` or a dose rate, lengths and rates are also given in their units, which are part
        of the name: ``path_length_nm``, ``speed_nm_s``, ``growth_rate_fit_nm_s``, ``growth_rate_fit_nm_dpa``.
        ``attrs["units"]`` has the unit of each column.

    Raises
    ------
    InputError
        When columns are missing, a track is twice in a frame, or there is a dose rate but no `dt`.

    Notes
    -----
    The path is an even motion and a random walk, seen with noise; the share of each is learned from all
    tracks together, and the expected length of the true path is given. The radius is a line and
    residuals whose correlation falls off with the time between (an autoregressive process); slopes
    under each correlation are averaged with its restricted likelihood [1]_ and with what all tracks
    together say of it. In simulations of 60 frames the interval of 95 % holds the true rate in .94 to .96
    of the tracks, with white noise as with a correlation of .6, where the usual ones hold it in .7.

    References
    ----------
    .. [1] D. A. Harville, "Maximum likelihood approaches to variance component estimation and to related
       problems", Journal of the American Statistical Association 72, 320-338 (1977).
    .. [2] A. F. Siegel, "Robust regression using repeated medians", Biometrika 69, 242-244 (1982).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import specks
    >>> frame = np.arange(6)
    >>> table = pd.DataFrame(
    ...     {"frame": frame, "particle": 0, "y": 5.0, "x": 5.0 + 2 * frame, "radius": 3 + 0.5 * frame}
    ... )
    >>> summary = specks.summarize_tracks(table, spacing=0.5, units="nm", dt=2)
    >>> summary[["observed_frames", "path_length", "speed_nm_s", "growth_rate_fit_nm_s"]].round(3)
       observed_frames  path_length  speed_nm_s  growth_rate_fit_nm_s
    0                6         10.0         0.5                 0.125
    """
    rows = read_tracks(links)
    geometry = resolve_geometry(Geometry.of("zyx"[-rows.position.shape[1] :]), None, spacing, units)
    scales = Scales(geometry, dt, dose_rate)
    filled = filled_tracks(rows)
    found: dict[str, Any] = {"particle": rows.particle}
    found |= yield from original_numbers(filled)
    if columns == "all":
        found |= original_arrays(filled)
        found = {name: found[name] for name in sorted(found, key=ORIGINAL.index)}
    used = ~rows.on_edge if drop_edges else np.ones(len(rows), np.bool_)
    found |= yield from _measured(rows, used, scales, level)
    import pandas as pd

    table = pd.DataFrame(found)
    table.attrs["units"] = _units(table.columns, scales)
    return table


def _measured(
    rows: TrackRows, used: npt.NDArray[np.bool_], scales: Scales, level: float
) -> Generator[Progress, None, dict[str, Floats | Ints]]:
    """What is measured of the rows that are used, in pixels and in the units that are known."""
    sides, physical = np.array(scales.geometry.spatial_spacing), scales.geometry.is_physical
    first, time, position = rows.of(used), rows.time[used], rows.position[used]
    some = np.diff(first) > 0
    took = np.full(len(some), np.nan)
    took[some] = time[first[1:][some] - 1] - time[first[:-1][some]]
    path = yield from path_lengths(first, time, position)
    real_path = path * sides[0]
    if np.ptp(sides) > 0:
        real_path = yield from path_lengths(first, time, position * sides)
    columns: dict[str, Floats | Ints] = {
        "observed_frames": rows.count,
        "path_length": path,
        "speed": path / took,
    }
    if physical:
        columns[f"path_length_{scales.length}"] = real_path
    for name, _, factor in scales.rates():
        columns[f"speed{name}"] = real_path / took * factor
    if rows.radius is not None:
        known = used & np.isfinite(rows.radius)
        columns |= yield from _sizes(rows, known, scales, level)
    if rows.confidence is not None:
        columns["confidence"] = rows.reduced(np.minimum, rows.confidence)
    return columns


def _sizes(
    rows: TrackRows, known: npt.NDArray[np.bool_], scales: Scales, level: float
) -> Generator[Progress, None, dict[str, Floats | Ints]]:
    """Radius and growth."""
    assert rows.radius is not None
    count = np.bincount(rows.track[known], minlength=len(rows.particle))
    total = np.bincount(rows.track[known], rows.radius[known], len(rows.particle))
    mean = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    growth = yield from fit_growth(rows.of(known), rows.time[known], rows.radius[known], level)
    rates = {"fit": growth.slope, "low": growth.low, "high": growth.high}
    columns: dict[str, Floats | Ints] = {"mean_radius": mean}
    columns |= {f"growth_rate_{end}": rate for end, rate in rates.items()}
    columns |= {
        "growth_frames": growth.points,
        "growth_residual": growth.residual,
        "growth_correlation": growth.correlation,
    }
    if scales.geometry.is_physical:
        largest, least = rows.reduced(np.fmax, rows.radius), rows.reduced(np.fmin, rows.radius)
        for name, radius in (("mean", mean), ("max", largest), ("min", least)):
            columns[f"{name}_radius_{scales.length}"] = radius * scales.pixel
    for name, _, factor in scales.rates():
        columns |= {f"growth_rate_{end}{name}": rate * scales.pixel * factor for end, rate in rates.items()}
    return columns


def _units(columns: Any, scales: Scales) -> dict[str, str]:
    """Unit of each column that has one."""
    units = dict.fromkeys(LENGTHS, "px") | dict.fromkeys(RATES, "px/frame")
    units |= {f"{name}_{scales.length}": scales.length for name in LENGTHS if scales.geometry.is_physical}
    for suffix, unit, _ in scales.rates():
        units |= {f"{name}{suffix}": unit for name in RATES}
    return {name: units[name] for name in columns if name in units}
