"""What a step's arguments and results are: roles, limits, and how outputs relate to inputs.

Roles are carried by types, so that a signature says everything once::

    def segment(image: Image, *, diameter: Annotated[PerAxis, Param(gt=0, unit="length")] = 12.0,
                scribbles: Scribbles | None = None) -> Steps[Particles]: ...
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeAlias

__all__ = [
    "CorrectionLog",
    "Image",
    "Labels",
    "Like",
    "Mask",
    "Model",
    "Out",
    "Output",
    "Param",
    "PerAxis",
    "Points",
    "Role",
    "Runtime",
    "Scribbles",
    "Table",
    "Tracks",
    "Vectors",
]


class Role(Enum):
    """What a value is to the person who runs the step."""

    IMAGE = "image"
    LABELS = "labels"
    POINTS = "points"
    TRACKS = "tracks"
    VECTORS = "vectors"
    TABLE = "table"
    MODEL = "model"
    SCRIBBLES = "scribbles"
    MASK = "mask"
    CORRECTIONS = "corrections"
    OUT = "out"
    RUNTIME = "runtime"


#: Roles that are data: chosen as layers in the form, given as paths in the shell, wired in recipes.
DATA_ROLES = frozenset(
    {
        Role.IMAGE,
        Role.LABELS,
        Role.POINTS,
        Role.TRACKS,
        Role.VECTORS,
        Role.TABLE,
        Role.MODEL,
        Role.SCRIBBLES,
        Role.MASK,
    }
)


@dataclass(frozen=True)
class Param:
    """Limits and presentation of one parameter.

    Parameters
    ----------
    ge, gt, le : float, optional
        Smallest value, value that must be exceeded, largest value; for sequences of each element.
    unit : str, optional
        Unit shown beside it. ``"length"`` stands for the unit of the image that is worked on
        (pixels of the finest axis when it has none).
    advanced : bool, optional
        Whether it is shown under *Advanced*.
    aliases : tuple of str, optional
        Older names that are still understood.
    objects : bool, optional
        Whether a call may give a choice as an object of another library too, or a sequence of mappings in place of
        one; forms, the shell and recipes cannot.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    unit: str | None = None
    advanced: bool = False
    aliases: tuple[str, ...] = ()
    objects: bool = False


@dataclass(frozen=True)
class Like:
    """An output of the same shape as an input, so that it can be allocated before the run.

    Parameters
    ----------
    param : str
        The input it resembles.
    dtype : str
        Its data type.
    """

    param: str
    dtype: str


@dataclass(frozen=True)
class Output:
    """Name of a step's only output, where that of its role says too little.

    Parameters
    ----------
    name : str
        What wires and files are called.
    """

    name: str


Image: TypeAlias = Annotated[Any, Role.IMAGE]
Labels: TypeAlias = Annotated[Any, Role.LABELS]
Points: TypeAlias = Annotated[Any, Role.POINTS]
Tracks: TypeAlias = Annotated[Any, Role.TRACKS]
Vectors: TypeAlias = Annotated[Any, Role.VECTORS]
Table: TypeAlias = Annotated[Any, Role.TABLE]
Model: TypeAlias = Annotated[Any, Role.MODEL]
Scribbles: TypeAlias = Annotated[Any, Role.SCRIBBLES]
Mask: TypeAlias = Annotated[Any, Role.MASK]
CorrectionLog: TypeAlias = Annotated[Any, Role.CORRECTIONS]
Out: TypeAlias = Annotated[Any, Role.OUT]
Runtime: TypeAlias = Annotated[Any, Role.RUNTIME]
PerAxis: TypeAlias = float | tuple[float, ...]
