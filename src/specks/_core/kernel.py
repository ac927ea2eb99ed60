"""How every numba kernel of specks is compiled."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite.ir import Constant
from numba.core import types
from numba.extending import intrinsic

__all__ = ["inlined", "kernel", "summing_kernel", "uncounted"]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound=tuple[Any, ...])

#: From which modules of specks a source takes names.
TAKEN_FROM = re.compile(r"^from (specks[\w.]*) import", re.MULTILINE)
#: How kernels are compiled; none is called from C.
PLAIN: dict[str, Any] = {"nogil": True, "cache": True, "no_cfunc_wrapper": True}
#: The same where sums may be taken so that several numbers are added at once.
SUMMING = PLAIN | {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


@cache
def state_of(module: str) -> str:
    """What tells one state of a module, and of those of specks that it takes names from, from another."""
    source = Path(str(sys.modules[module].__file__)).read_bytes()
    state = hashlib.sha1(source, usedforsecurity=False)
    for other in sorted(set(TAKEN_FROM.findall(source.decode()))):
        state.update(state_of(other).encode())
    return state.hexdigest()


def compiled(function: F, **options: Any) -> F:
    """Compile `function`, anew where anything that is compiled into it has changed since it was cached.

    numba itself looks at the file of `function` only. A cached kernel that calls one which has changed, or takes arrays
    that are laid out in another way by now, would give old results, or read and write beside them.
    """
    dispatcher = numba.njit(**options)(function)
    # Without a compiler (NUMBA_DISABLE_JIT) the function itself comes back, which has no cache.
    if (cached := getattr(dispatcher, "_cache", None)) is not None:
        cached._cache_file._source_stamp = state_of(function.__module__)
    return cast(F, dispatcher)


def kernel(function: F) -> F:
    """Compile `function` without the GIL and cache it on disk.

    numba's own parallel loops are not used: two of them at once can abort the process.
    Parallel work goes through `specks._core.blocks.map_blocks`.
    """
    return compiled(function, **PLAIN)


def summing_kernel(function: F) -> F:
    """Compile `function` as `kernel` does, and let sums be taken in another order.

    Sums over many numbers are then several times faster, and differ in their last bits from one kind of
    processor to another, never from one run to the next. A division by zero gives infinity or NaN.
    """
    return compiled(function, **SUMMING)


def inlined(function: F) -> F:
    """Compile `function` into each kernel that calls it, and never by itself.

    For what has one caller, which would optimize it once more, and for what takes tuples of many arrays: handing these
    over takes longer than a short loop. Only kernels can call it; whether sums may be reordered is said of these.
    """
    return compiled(function, **SUMMING, inline="always")


def bare_tuple(typing: Any, arrays: Any) -> Any:
    """A named tuple of arrays within a kernel, whose references are not counted any more.

    Every view of an array and every look into a tuple of them counts references twice, which takes longer than a
    short loop. Whoever calls holds the arrays; what this returns must not leave the kernel that asked for it.
    """

    def bare(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        members = []
        for k, kind in enumerate(arrays.types):
            member = builder.extract_value(values[0], k)
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, member)
                array.meminfo = Constant(array.meminfo.type, None)
                array.parent = Constant(array.parent.type, None)
                member = array._getvalue()
            members.append(member)
        return context.make_tuple(builder, signature.return_type, members)

    return arrays(arrays), bare


uncounted = cast(Callable[[T], T], intrinsic(bare_tuple))
