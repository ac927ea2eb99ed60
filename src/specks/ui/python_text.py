"""What a dock did, as Python that does it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from napari.layers import Points

import specks
from specks._core.corrections import Corrections
from specks._core.corrections_file import save_corrections
from specks._core.provenance import plain
from specks._core.spec import StepSpec
from specks._core.types import Role
from specks.ui.layer_view import LayerView
from specks.ui.request import Request, Stored

__all__ = ["python_text"]


def python_text(request: Request, folder: Path) -> str:
    """A script that gives the same bits.

    Parameters
    ----------
    request : Request
    folder : pathlib.Path
        Where corrections that hold strokes are written, since text cannot hold them.

    Returns
    -------
    str
        Runs as pasted in napari's console, where ``viewer`` is known.
    """
    imports, lines = _written(request, "result", folder)
    return "\n".join([*_together(imports), "", *lines, ""])


def _together(imports: list[str]) -> list[str]:
    """One line for what comes from one module."""
    found: dict[str, set[str]] = {}
    for line in imports:
        module, _, name = line.partition(" import ")
        found.setdefault(module, set()).add(name)
    return [f"{module} import {', '.join(sorted(names))}" for module, names in sorted(found.items())]


def _written(request: Request, variable: str, folder: Path) -> tuple[list[str], list[str]]:
    """What to import, and the lines after which a variable holds the result of a request."""
    if request.stored is not None:
        return _read_back(request, request.stored, variable, folder)
    spec = request.spec
    imports, lines = [f"from {module_of(spec)} import {spec.name}"], []
    for name, wire in request.wires.items():
        earlier, before = _written(wire.request, name, folder)
        imports += earlier
        lines += before
        if wire.output:
            lines.append(f"{name} = {name}.{wire.output}")
    # Written without their names, they stand in the order in which the step takes them.
    given = {*request.views, *request.wires}
    arguments = {p.name: p.name for p in spec.params if p.name in given}
    for name, view in request.views.items():
        if name not in request.wires:
            lines.append(f"{name} = {_pixels(view, spec.param(name).role)}")
    arguments |= {name: repr(str(path)) for name, path in request.files.items()}
    arguments |= {name: repr(value) for name, value in request.explicit_values.items()}
    log = next((p.name for p in spec.params if p.role is Role.CORRECTIONS), None)
    if log is not None and len(request.corrections):
        more, expression = _corrections(request.corrections, folder, spec.name)
        imports.append(more)
        arguments[log] = expression
    return imports, [*lines, _call(variable, spec.name, arguments)]


def _read_back(request: Request, stored: Stored, variable: str, folder: Path) -> tuple[list[str], list[str]]:
    """The same for a result that was read from a file, and perhaps corrected since."""
    name = stored.owner.__name__
    imports, text = [f"from specks import {name}"], f"{variable} = {name}.load({str(stored.path)!r})"
    if len(request.corrections):
        more, expression = _corrections(request.corrections, folder, request.spec.name)
        imports.append(more)
        text += f".refit({expression})"
    return imports, [text]


def module_of(spec: StepSpec) -> str:
    """The shortest public module that a step can be imported from."""
    module = spec.target.partition(":")[0]
    parts = module.split(".")
    if parts[0] != "specks":
        return module
    return "specks" if spec.name in specks.__all__ else ".".join(parts[:2])


def _call(variable: str, name: str, arguments: Mapping[str, str]) -> str:
    call = ", ".join(value if key == value else f"{key}={value}" for key, value in arguments.items())
    text = f"{variable} = {name}({call})"
    if len(text) > 100:
        inner = "".join(f"    {key}={value},\n" for key, value in arguments.items())
        text = f"{variable} = {name}(\n{inner})"
    return text


def _pixels(view: LayerView, role: Role | None) -> str:
    """An expression for the array of a layer, or for its table."""
    layer = f"viewer.layers[{view.layer.name!r}]"
    if role is Role.POINTS or isinstance(view.layer, Points):
        return _points(view, layer, numbered=role is Role.TABLE)
    if role is Role.TABLE:
        return f"{layer}.features"
    index = [str(view.fixed[axis]) if axis in view.fixed else ":" for axis in range(view.layer.ndim)]
    picked = [*index, str(view.color)] if view.color is not None else index
    while picked and picked[-1] == ":":
        picked.pop()
    level = "[0]" if getattr(view.layer, "multiscale", False) else ""
    return f"{layer}.data{level}" + (f"[{', '.join(picked)}]" if picked else "")


def _points(view: LayerView, layer: str, numbered: bool) -> str:
    columns = ", ".join(f"{name}={layer}.data[:, {axis}]" for axis, name in view.columns.items())
    if numbered and "label" not in view.layer.features:
        columns += f", label=range(1, len({layer}.data) + 1)"
    return f"{layer}.features.assign({columns})"


def _corrections(log: Corrections, folder: Path, name: str) -> tuple[str, str]:
    """What to import for a log of corrections, and the expression for it."""
    if any("array" in record for record in log):
        # Named after what it holds, so that an older script keeps its own.
        digest = hashlib.blake2b(json.dumps(plain(list(log))).encode(), digest_size=6).hexdigest()
        path = folder / f"{name}-corrections-{digest}.json"
        folder.mkdir(parents=True, exist_ok=True)
        save_corrections(log, path)
        return "from specks import load_corrections", f"load_corrections({str(path)!r})"
    calls = "".join(
        f".add({record['kind']!r}, " + ", ".join(f"{k}={v!r}" for k, v in record.items() if k != "kind") + ")"
        for record in log
    )
    return "from specks import Corrections", f"Corrections(){calls}"
