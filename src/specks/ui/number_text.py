"""Values as a person writes them in a line of text, and back, without losing a digit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from specks._core.spec import REQUIRED, Kind, ParamSpec

__all__ = ["AUTO", "NONE", "read", "stepped", "write"]

#: How None is shown and may be written: the step finds the value itself, or for a sequence there are none.
AUTO, NONE = "auto", "none"
_LAST_DIGIT = re.compile(r"^(?P<sign>-?)(?P<whole>\d+)(?:\.(?P<decimals>\d+))?$")


def write(value: Any) -> str:
    """A value as text; floats with every digit they have. What must still be given is no text."""
    if value is None or value is REQUIRED:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {write(v)}" for k, v in value.items())
    if isinstance(value, str | bool | int):
        return str(value)
    if isinstance(value, Iterable):
        return ", ".join(write(v) for v in value)
    return repr(float(value)).removesuffix(".0")


def read(param: ParamSpec, text: str) -> Any:
    """The value that a text stands for.

    Parameters
    ----------
    param : ParamSpec
        Of a kind that is written as text.
    text : str
        What stands in the field. Nothing at all means the default.

    Returns
    -------
    object
        The value, or the text itself when it cannot be read, so that the check of the step says
        what is wrong with it.
    """
    text = text.strip()
    if not text:
        return param.default
    if text in param.choices:
        return text
    if param.optional and text.lower() in (AUTO, NONE):
        return None
    if param.kind is Kind.TEXT:
        return text
    element = param.element or float
    parts = [p.strip() for p in re.split(r"[,;]" if element is str else r"[,;\s]+", text) if p.strip()]
    try:
        values = tuple(element(part) for part in parts)
    except ValueError:
        return text
    if param.kind is Kind.SEQUENCE:
        return values
    return values[0] if len(values) == 1 else (values if param.kind is Kind.PER_AXIS else text)


def stepped(text: str, up: bool) -> str:
    """The number in `text`, one more or less in its last digit; other texts stay.

    Examples
    --------
    >>> stepped("2.09", up=True), stepped("3", up=False), stepped("auto", up=True)
    ('2.10', '2', 'auto')
    """
    match = _LAST_DIGIT.match(text.strip())
    if match is None:
        return text
    decimals = len(match["decimals"] or "")
    number = int(match["sign"] + match["whole"] + (match["decimals"] or "")) + (1 if up else -1)
    sign, digits = ("-" if number < 0 else ""), str(abs(number)).zfill(decimals + 1)
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)
