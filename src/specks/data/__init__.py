"""Real micrographs and a movie that come with specks; SOURCES.md says where from and under which license."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["NAMES", "boxes", "bulk_water", "micrograph"]

#: Micrographs by name: bright particles on an uneven support, large bright ones, dark ones.
NAMES = ("Pt2", "PtCo", "PtCo1")


def micrograph(name: str = "Pt2") -> Path:
    """Path of a micrograph.

    Parameters
    ----------
    name : {"Pt2", "PtCo", "PtCo1"}, optional
        ``"Pt2"`` has small bright particles on an uneven support, ``"PtCo"`` large bright ones,
        ``"PtCo1"`` (bright field) dark ones.

    Returns
    -------
    pathlib.Path
        A gray JPEG image of 640 x 640 pixels.

    Raises
    ------
    InputError
        When there is no micrograph of that name.

    References
    ----------
    ArdaGen, S/TEM-Nanoparticle-Analysis-YOLOv8-SAM (2023),
    https://github.com/ArdaGen/STEM-Automated-Nanoparticle-Analysis-YOLOv8-SAM, MIT license.

    Examples
    --------
    >>> import specks.data
    >>> specks.data.micrograph("Pt2").name
    'Pt2.jpg'
    """
    return _shipped(name, ".jpg")


def boxes(name: str = "Pt2") -> npt.NDArray[Any]:
    """Particles of a micrograph as somebody marked them by hand.

    Faint particles and those at the border are often not marked.

    Parameters
    ----------
    name : {"Pt2", "PtCo", "PtCo1"}, optional
        As in `micrograph`.

    Returns
    -------
    (n, 4) array of float
        y and x of the center, height and width, in pixels.

    Raises
    ------
    InputError
        When there is no micrograph of that name.

    See Also
    --------
    specks.synth.truth.box_scores : compares found particles with these.

    Examples
    --------
    >>> import specks.data
    >>> specks.data.boxes("PtCo").shape
    (67, 4)
    """
    import numpy as np

    table: npt.NDArray[Any] = np.loadtxt(_shipped(name, ".boxes.csv"), delimiter=",", skiprows=1, ndmin=2)
    return table


def bulk_water() -> Path:
    """Path of a movie of latex spheres of 1 µm that diffuse in water.

    Spheres are dark, each of them about 8 pixels wide, and go out of focus as they move up and down.

    Returns
    -------
    pathlib.Path
        A TIFF file of 8 frames of 256 x 256 pixels, 2.85 pixels a micrometer, 24 frames a second.

    References
    ----------
    trackpy-examples, sample_data/bulk_water, https://github.com/soft-matter/trackpy-examples,
    BSD 3-clause license.

    Examples
    --------
    >>> import specks.data
    >>> specks.data.bulk_water().name
    'bulk_water.tif'
    """
    return Path(__file__).parent / "bulk_water.tif"


def _shipped(name: str, ending: str) -> Path:
    if name not in NAMES:
        from specks._core.errors import InputError

        raise InputError(f"name is {name!r}; it must be one of {', '.join(NAMES)}")
    return Path(__file__).parent / f"{name}{ending}"
