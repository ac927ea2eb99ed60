"""Values of parameters as they are typed."""

from __future__ import annotations

from typing import Any

from specks._core.spec import Kind, ParamSpec

__all__ = ["metavar", "parse"]


def parse(p: ParamSpec, text: str) -> Any:
    """The value that a text stands for; a text that stands for none is left for the checks to name.

    Parameters
    ----------
    p : ParamSpec
    text : str

    Returns
    -------
    object

    Examples
    --------
    >>> parse(ParamSpec("diameter", Kind.PER_AXIS, 3.0, element=float), "3,12,12")
    (3.0, 12.0, 12.0)
    >>> parse(ParamSpec("level", Kind.FLOAT, "auto", choices=("auto",)), "auto")
    'auto'
    """
    word = text.strip()
    for choice in p.choices:
        if word == str(choice):
            return choice
    if p.optional and word.lower() == "none":
        return None
    if p.kind is Kind.INT:
        return _number(word, int)
    if p.kind is Kind.FLOAT:
        return _number(word, float)
    if p.kind is Kind.PER_AXIS and "," not in word:
        return _number(word, float)
    if p.kind in (Kind.PER_AXIS, Kind.SEQUENCE):
        items = [item.strip() for item in word.split(",")] if word else []
        return tuple(_number(item, p.element or float) for item in items)
    return text


def metavar(p: ParamSpec) -> str:
    """What stands behind the option in the help text."""
    name = {
        Kind.INT: "INTEGER",
        Kind.FLOAT: "NUMBER",
        Kind.TEXT: "TEXT",
        Kind.PER_AXIS: "NUMBER[,NUMBER...]",
        Kind.SEQUENCE: "TEXT[,TEXT...]" if p.element is str else "NUMBER[,NUMBER...]",
    }.get(p.kind)
    words = [str(choice) for choice in p.choices]
    return "|".join([name, *words] if name else words)


def _number(word: str, kind: type) -> Any:
    try:
        return kind(word)
    except ValueError:
        return word
