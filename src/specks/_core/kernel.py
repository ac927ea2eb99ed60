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

#: What may be done to sums so that several numbers are added at once.
SUMMING = {"reassoc", "contract", "nsz"}


def kernel(function: F) -> F:
    """Compile `function` without the GIL and cache it on disk.

    numba's own parallel loops are not used: two of them at once can abort the process.
    Parallel work goes through `specks._core.blocks.map_blocks`.
    """
    return cast(F, numba.njit(nogil=True, cache=True, no_cfunc_wrapper=True)(function))


def summing_kernel(function: F) -> F:
    """Compile `function` as `kernel` does, and let sums be taken in another order.

    Sums over many numbers are then several times faster, and differ in their last bits from one kind of
    processor to another, never from one run to the next. A division by zero gives infinity or NaN.
    """
    made = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=SUMMING, no_cfunc_wrapper=True)
    return cast(F, made(function))


def inlined(function: F) -> F:
    """Compile `function` as `summing_kernel` does, into each kernel that calls it.

    For what takes tuples of many arrays: handing these over takes longer than a short loop. Only kernels can call it.
    """
    made = numba.njit(
        nogil=True, cache=True, error_model="numpy", fastmath=SUMMING, no_cfunc_wrapper=True,
        no_cpython_wrapper=True, forceinline=True,
    )  # fmt: skip
    return cast(F, made(function))


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
