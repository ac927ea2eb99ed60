"""What a step says while it runs, and how a step is run to its end."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

__all__ = ["Progress", "Steps", "Where", "drain"]

R = TypeVar("R")


@dataclass(frozen=True)
class Where:
    """A region of an output that is finished and can be looked at.

    Parameters
    ----------
    output : str
        Field of the step's result.
    region : tuple of slice
        One slice an axis of that output.
    """

    output: str
    region: tuple[slice, ...]


@dataclass(frozen=True)
class Progress:
    """How far a step has come; never pixels.

    Parameters
    ----------
    done, total : int
        In units of work of this phase; ``total=0`` means that it is not known.
    what : str
        What is being done, for people: ``"Reading slice 3 of 40"``.
    where : Where, optional
        The region that has just been finished.
    """

    done: int
    total: int
    what: str
    where: Where | None = None


Steps: TypeAlias = Generator[Progress, None, R]


def drain(steps: Generator[Progress, None, R]) -> R:
    """Run a step to its end and return its result."""
    try:
        while True:
            next(steps)
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        steps.close()
