"""Find features that are brighter than what is around them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from specks._core.blocks import check_executor, map_blocks, spans
from specks._core.progress import Progress, Steps
from specks._core.source import Source
from specks._core.step import step
from specks._core.types import Image, Output, Param, PerAxis, Role, Runtime
from specks.refinement.finding.asked import movie_source, settings_of
from specks.refinement.finding.frame import Columns, find_features
from specks.refinement.finding.mass_cut import mass_cut
from specks.refinement.finding.settings import Settings
from specks.refinement.finding.warned import warn_of_frames

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["locate"]

#: Bytes of frames that share a chunk and are read together; frames of larger chunks are read one by one.
TOGETHER = 1 << 28
LENGTHS = ("z", "y", "x", "size", "size_z", "size_y", "size_x", "ep", "ep_z", "ep_y", "ep_x")


@step("Locate features")
def locate(
    image: Image,
    diameter: Annotated[PerAxis, Param(ge=3, unit="px")],
    minmass: float | Literal["auto"] | None = None,
    separation: Annotated[PerAxis | None, Param(gt=0, unit="px")] = None,
    percentile: Annotated[float, Param(ge=0, le=100)] = 64,
    invert: bool = False,
    noise_size: Annotated[PerAxis, Param(ge=0, unit="px", advanced=True)] = 1,
    smoothing_size: Annotated[PerAxis | None, Param(ge=1, unit="px", advanced=True)] = None,
    threshold: Annotated[float | None, Param(advanced=True)] = None,
    maxsize: Annotated[float | None, Param(gt=0, unit="px", advanced=True)] = None,
    topn: Annotated[int | None, Param(ge=1, advanced=True)] = None,
    preprocess: Annotated[bool, Param(advanced=True)] = True,
    max_iterations: Annotated[int, Param(ge=1, le=1000, advanced=True)] = 10,
    characterize: Annotated[bool, Param(advanced=True)] = True,
    *,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    channel: Annotated[int | None, Param(advanced=True)] = None,
    executor: Runtime = None,
) -> Steps[Annotated[Any, Role.POINTS, Output("features")]]:
    """Find features that are brighter than what is around them.

    Each frame is smoothed, and what changes slowly is taken off. Where the result is brightest within the
    separation a circle is laid and moved onto the center of mass of what it holds. Positions, columns and
    numbers are those of trackpy's ``locate``, at a fraction of its time.

    Parameters
    ----------
    image : array ([t,] [z,] y, x), path or Source
        Brightness, in whole numbers or floats. Frames are read one at a time.
    diameter : int or tuple of int
        Width of a feature, odd; one number, or one an axis of space. When in doubt the larger one, but less than
        the distance of neighbors.
    minmass : float, "auto" or None
        What the mass must exceed; 0 when not given. "auto" looks at the masses of all frames for what parts features from
        noise.
    separation : float or tuple of float, optional
        Of two features that are closer than this only the one with more mass is kept; `diameter` + 1 when not
        given.
    percentile : float
        A feature's brightest pixel must exceed this share, from 0 to 100, of the pixels that the band-pass has
        left.
    invert : bool
        Whether features are darker than what is around them. Pixels are then counted down from the largest whole
        number of their type, or from 1.
    noise_size : float or tuple of float
        Standard deviation of the Gaussian that takes out noise.
    smoothing_size : int or tuple of int, optional
        Width of the moving average that is taken off, odd; `diameter` when not given.
    threshold : float, optional
        What is darker than this after the band-pass becomes 0; 1 for whole numbers and 1/255 for floats when not
        given.
    maxsize : float, optional
        What the size must be below; for features that are as wide along all axes.
    topn : int, optional
        At most so many features of each frame, those with the most mass, the heaviest last.
    preprocess : bool
        Whether the band-pass is done.
    max_iterations : int
        How often the circle may be moved, by one pixel an axis.
    characterize : bool
        Whether more than positions and mass is measured.
    axes : str, optional
        What the axes mean, such as "zyx"; what the image declares, else "yx", "tyx" or "tzyx" by their number. An
        array of three axes is a volume ("zyx") when `diameter` has three numbers.
    channel : int, optional
        Which channel of images that have several.
    executor : concurrent.futures.Executor, optional
        Where frames are worked on; threads of this process when not given.

    Returns
    -------
    pandas.DataFrame
        One row a feature, frame by frame: ``y, x`` (``z, y, x``) in pixels; ``mass``, the brightness above the
        background; ``size``, the radius of gyration in pixels; ``ecc``, the eccentricity, 0 for a circle, NaN in
        volumes; ``signal``, the largest brightness above the background; ``raw_mass``, the brightness in the image
        itself; ``ep``, the standard error of the position from noise, in pixels, NaN where no background is seen
        and below 0 where a feature is darker than it; ``frame``. With widths that differ between axes ``size_y,
        size_x`` and ``ep_y, ep_x`` (and ``_z``) instead. ``attrs["units"]`` has the unit of each column, and
        ``attrs["warnings"]`` what was warned of, where there was anything.

    Raises
    ------
    InputError
        When widths are even, do not fit the axes or each other; when images are in color, or hold truth values or
        complex numbers.

    Warns
    -----
    UserWarning
        When frames are blank or hold pixels that are not finite: they have no features; and when nothing is found.

    References
    ----------
    .. [1] J. C. Crocker, D. G. Grier, "Methods of digital video microscopy for colloidal studies", Journal of
       Colloid and Interface Science 179, 298-310 (1996).
    .. [2] D. B. Allan et al., trackpy, https://doi.org/10.5281/zenodo.4682814.
    .. [3] T. Savin, P. S. Doyle, "Static and dynamic errors in particle tracking microrheology", Biophysical
       Journal 88, 623-638 (2005): the standard error.

    Examples
    --------
    >>> import numpy as np
    >>> import specks
    >>> y, x = np.mgrid[:64, :64]
    >>> spots = [(20.3, 20.7), (20.1, 45.2)]
    >>> image = 10 + sum(150 * np.exp(-((y - b) ** 2 + (x - a) ** 2) / 9) for b, a in spots)
    >>> features = specks.locate(image.astype(np.uint8), diameter=13)
    >>> features[["y", "x"]].round(1)
          y     x
    0  20.3  20.7
    1  20.1  45.2
    """
    source = movie_source(image, axes, channel, diameter)
    settings = settings_of(
        source,
        diameter=diameter,
        separation=separation,
        noise_size=noise_size,
        smoothing_size=smoothing_size,
        minmass=0.0 if minmass is None or minmass == "auto" else float(minmass),
        maxsize=maxsize,
        percentile=percentile,
        threshold=threshold,
        topn=topn,
        invert=invert,
        preprocess=preprocess,
        max_iterations=max_iterations,
        characterize=characterize,
    )
    check_executor(executor, source)
    count = source.shape[0] if "t" in source.axes else 1
    parts: list[Columns] = []
    faults: list[str] = []
    for span, found in map_blocks(partial(_find, source, settings), _spans(source, count), executor):
        parts += [columns for columns, _ in found]
        faults += [fault for _, fault in found]
        yield Progress(span.stop, count, f"Locating features in frame {span.stop} of {count}")
    said = warn_of_frames(faults, sum(len(part["mass"]) for part in parts), settings)
    table = _table(parts, settings)
    if said:
        table.attrs["warnings"] = said
    if minmass == "auto":
        kept = table["mass"] > mass_cut(table["mass"].to_numpy())
        table = table[kept].reset_index(drop=True)
    return table


def _spans(source: Source, count: int) -> Iterable[slice]:
    """Frames that are read together: those that share a chunk, unless it is large."""
    chunk = source.chunks[0] if "t" in source.axes else 1
    if chunk * source.nbytes // count > TOGETHER:
        chunk = 1
    return spans(count, chunk, 1)


def _find(source: Source, settings: Settings, span: slice) -> list[tuple[Columns, str]]:
    """Features of each frame of a span."""
    spatial = tuple(slice(0, n) for n in source.shape[-len(settings.axes) :])
    block = source.read((span, *spatial)) if "t" in source.axes else source.read(spatial)[None]
    return [find_features(frame, settings) for frame in block]


def _table(parts: list[Columns], settings: Settings) -> pd.DataFrame:
    """All frames in one table."""
    import pandas as pd

    names = settings.columns()
    found: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in names[:-1]}
    found["frame"] = np.repeat(np.arange(len(parts), dtype=np.int64), [len(part["mass"]) for part in parts])
    table = pd.DataFrame(found)
    table.attrs["units"] = {name: "px" for name in names if name in LENGTHS}
    return table
