"""The decorator that makes a generator function a step."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
import time
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

from specks._core.atomic import check_free
from specks._core.checks import bind
from specks._core.progress import Progress, Steps, drain
from specks._core.provenance import Provenance
from specks._core.spec import StepSpec, build_spec
from specks._core.types import Role

__all__ = ["StepFunction", "step"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class StepFunction(Protocol, Generic[P, R_co]):
    """A function that runs to its end, and can also be iterated and described."""

    __name__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def iterate(self, *args: P.args, **kwargs: P.kwargs) -> Generator[Progress, None, R_co]:
        """Check the arguments now; run while iterated, yielding progress."""
        ...

    def spec(self) -> StepSpec:
        """The declaration as plain data."""
        ...


def step(title: str) -> Callable[[Callable[P, Steps[R]]], StepFunction[P, R]]:
    """Make a generator function a step.

    The signature is the only declaration of its parameters and outputs; see
    `specks._core.types`. The decorated function runs to its end and returns the result;
    ``f.iterate(...)`` yields `Progress` on the way, ``f.spec()`` is the declaration. A result whose
    step takes ``out=`` has a generator ``saving(path)``, which writes it when `out` is a path.

    Parameters
    ----------
    title : str
        Name for people.

    Examples
    --------
    >>> from typing import Annotated
    >>> from specks._core.progress import Progress, Steps
    >>> from specks._core.types import Labels, Param
    >>> @step("Double")
    ... def double(labels: Labels, *, times: Annotated[int, Param(ge=1)] = 2) -> Steps[Labels]:
    ...     '''Multiply labels.
    ...
    ...     Parameters
    ...     ----------
    ...     labels : array of int
    ...         What to multiply.
    ...     times : int
    ...         By how much.
    ...     '''
    ...     yield Progress(0, 1, "Multiplying")
    ...     return labels * times
    >>> double(21)
    42
    """

    def decorate(function: Callable[P, Steps[R]]) -> StepFunction[P, R]:
        @lru_cache(maxsize=1)
        def spec() -> StepSpec:
            return build_spec(function, title)

        def iterate(*args: P.args, **kwargs: P.kwargs) -> Generator[Progress, None, R]:
            values = bind(spec(), args, kwargs)
            return _recorded(function, spec(), values)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            return drain(iterate(*args, **kwargs))

        run.__dict__.update(iterate=iterate, spec=spec)
        # The body is a generator, but the call returns the result: tools that look must not be misled.
        run.__dict__["__wrapped__"] = function
        run.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        return cast(StepFunction[P, R], run)

    return decorate


def _recorded(
    function: Callable[..., Steps[R]], spec: StepSpec, values: dict[str, Any]
) -> Generator[Progress, None, R]:
    """Run a step, complete the provenance of its result, and save it where a path says so."""
    target = next((values[p.name] for p in spec.params if p.role is Role.OUT), None)
    path = target if isinstance(target, str | os.PathLike) else None
    if path is not None:
        check_free(path)
    started = time.perf_counter()
    result = yield from function(**values)
    found = getattr(result, "provenance", None)
    if isinstance(found, Provenance) and dataclasses.is_dataclass(result) and not found.step:
        complete = found.completed(spec, values, time.perf_counter() - started)
        result = cast(R, dataclasses.replace(cast(Any, result), provenance=complete))
    if path is not None:
        yield from cast(Any, result).saving(path)
    return result
