"""YAML as plain data: no tags, no aliases, no doubled keys, and numbers as people write them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from specks._core.errors import FileFormatError
from specks._core.paths import existing

__all__ = ["dump_yaml", "parse_yaml", "read_yaml"]

# YAML 1.1, which PyYAML follows, takes 1e-3 for text and "no", 010 and 12:30 for something else
# than what they say. These are the words and numbers of YAML 1.2.
_RESOLVERS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    "float": (
        r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))"
        r"|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
}
_TAG = "tag:yaml.org,2002:"
_PLAIN = {_TAG + name for name in ("null", "bool", "int", "float", "str", "seq", "map")}


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012
    yaml_constructors: ClassVar[dict[Any, Any]] = {
        tag: maker for tag, maker in yaml.SafeLoader.yaml_constructors.items() if tag is None or tag in _PLAIN
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*) are not allowed here", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep=True)
        if len(found) < len(node.value):
            names = [self.construct_object(key, deep=True) for key, _ in node.value]
            twice = next(n for n in names if names.count(n) > 1)
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice!r} stands there twice", node.start_mark
            )
        return found


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _name, (_pattern, _first) in _RESOLVERS.items():
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file as plain data.

    Raises
    ------
    NotFoundError
        When it does not exist.
    FileFormatError
        When it is not YAML, repeats a key, or uses tags or aliases.
    """
    file = existing(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{file} cannot be read as YAML: {error}") from error
    return parse_yaml(text, str(file))


def parse_yaml(text: str, name: str) -> Any:
    """Parse YAML as plain data; `name` is what it is called in messages.

    Raises
    ------
    FileFormatError
        As for `read_yaml`.

    Examples
    --------
    >>> parse_yaml("tolerance: 1e-3\\nnote: no", "params.yaml")
    {'tolerance': 0.001, 'note': 'no'}
    """
    try:
        return yaml.load(text, _Loader)  # a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise FileFormatError(f"{name} is not valid YAML: {error.problem}{where}") from error
    except RecursionError as error:
        raise FileFormatError(f"{name} is not valid YAML: it is nested too deeply") from error
    except (yaml.YAMLError, ValueError, LookupError) as error:
        raise FileFormatError(f"{name} is not valid YAML: {' '.join(str(error).split())}") from error


def dump_yaml(data: Any) -> str:
    """Plain data as YAML text that `parse_yaml` reads back equal.

    Examples
    --------
    >>> print(dump_yaml({"note": "1e-3", "sizes": [3, 1e-12]}), end="")
    note: '1e-3'
    sizes: [3, 1.0e-12]
    """
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )
    return text
