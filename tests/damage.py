"""Damaged files: cut off and edited at random, and what may come of reading them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from specks._core.errors import SpecksError

#: Files and stores take their time on a busy machine; that is no fault of what is tested.
unhurried = settings(deadline=None)


def damaged(data: st.DataObject, content: bytes, head: int) -> bytes:
    """`content` cut off, or with a few bytes changed among the first `head`, or both."""
    edited = bytearray(content)
    if data.draw(st.booleans(), "cut"):
        del edited[data.draw(st.integers(0, len(edited)), "at") :]
    for _ in range(data.draw(st.integers(0, 4), "edits")):
        if edited:
            edited[data.draw(st.integers(0, min(len(edited), head) - 1))] = data.draw(st.integers(0, 255))
    return bytes(edited)


def result_or_named_error(call: Callable[[], Any]) -> Any:
    """What `call` returns, or the error of specks that says why it cannot; any other error goes on."""
    try:
        return call()
    except SpecksError as error:
        return error
