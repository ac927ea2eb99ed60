"""Read parameter descriptions out of numpydoc docstrings."""

from __future__ import annotations

import re
from collections import defaultdict

__all__ = ["sections", "summary"]

_ENTRY = re.compile(r"^(?P<names>\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")


def summary(doc: str) -> str:
    """First paragraph of a docstring, on one line."""
    return " ".join(doc.strip().split("\n\n")[0].split())


def sections(doc: str) -> dict[str, dict[str, str]]:
    """Entries of the sections of a docstring.

    Parameters
    ----------
    doc : str
        A docstring without common indentation (`inspect.getdoc`).

    Returns
    -------
    dict
        Section title to a dict of entry name to text on one line. Sections that are not there
        are empty dicts.

    Examples
    --------
    >>> sections('''Do it.
    ...
    ... Parameters
    ... ----------
    ... size : int
    ...     How large.
    ... ''')["Parameters"]
    {'size': 'How large.'}
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    lines = doc.splitlines()
    title, names = "", [""]
    for i, line in enumerate(lines):
        rule = lines[i + 1].strip() if i + 1 < len(lines) else ""
        if line.strip() and len(rule) >= 3 and set(rule) == {"-"}:
            title, names = line.strip(), [""]
        elif title and set(line.strip()) == {"-"}:
            continue
        elif title and line and not line[0].isspace():
            match = _ENTRY.match(line)
            names = [n.strip().lstrip("*") for n in match["names"].split(",")] if match else [""]
            for name in names:
                found[title].setdefault(name, "")
        elif title and line.strip():
            for name in names:
                found[title][name] = f"{found[title].get(name, '')} {line.strip()}".strip()
    return found
