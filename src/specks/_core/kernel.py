"""How every numba kernel of specks is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite.ir import Constant
from numba.core import types
from numba.extending import intrinsic

__all__ = ["inlined", "kernel", "summing_kernel", "uncounted"]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T", bound=tuple[Any, ...])

#: How kernels are compiled; none is called from C.
PLAIN: dict[str, Any] = {"nogil": True, "cache": True, "no_cfunc_wrapper": True}
#: The same where sums may be taken so that several numbers are added at once.
SUMMING = PLAIN | {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


def kernel(function: F) -> F:
    """Compile `function` without the GIL and cache it on disk.

    numba's own parallel loops are not used: two of them at once can abort the process.
    Parallel work goes through `specks._core.blocks.map_blocks`.
    """
    return cast(F, numba.njit(**PLAIN)(function))


def summing_kernel(function: F) -> F:
    """Compile `function` as `kernel` does, and let sums be taken in another order.

    Sums over many numbers are then several times faster, and differ in their last bits from one kind of
    processor to another, never from one run to the next. A division by zero gives infinity or NaN.
    """
    return cast(F, numba.njit(**SUMMING)(function))


def inlined(function: F) -> F:
    """Compile `function` as `summing_kernel` does, into each kernel that calls it.

    For what takes tuples of many arrays: handing these over takes longer than a short loop. Only kernels can call it.
    """
    return cast(F, numba.njit(**SUMMING, no_cpython_wrapper=True, forceinline=True)(function))


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
