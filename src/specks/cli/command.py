"""A command made of the declaration of a step."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from specks._core.spec import Kind, ParamSpec, StepSpec
from specks._core.step import StepFunction
from specks.cli.run_step import Given, run_step
from specks.cli.values import metavar

__all__ = ["step_command"]


def step_command(step: StepFunction[..., Any]) -> Callable[..., None]:
    """A function that typer makes a command of.

    Every parameter of the step becomes an argument or an option that is None unless it is given,
    so that options win over ``--params`` and only what was given is passed on.
    """
    spec = step.spec()

    def command(**typed: Any) -> None:
        own = {name: typed.pop(name) for name in list(typed) if name in OWN}
        run_step(step, Given(typed=typed, **own))

    parameters = [_parameter(p) for p in spec.params if p.kind not in (Kind.MAPPING, Kind.OUT, Kind.RUNTIME)]
    parameters += [
        _keyword(name, kind, option)
        for name, (kind, option) in OWN.items()
        if name not in ("workers", "processes") or spec.takes_executor
    ]
    parameters.sort(key=lambda p: p.default is not inspect.Parameter.empty)
    command.__dict__["__signature__"] = inspect.Signature(parameters)
    command.__doc__ = _help(spec)
    return command


def _option(*names: str, **how: Any) -> Any:
    return typer.Option(*names, show_default=False, **how)


#: Options that every step has, by the field of `Given` that they fill.
OWN: dict[str, tuple[Any, Any]] = {
    "out": (str, _option("--out", "-o", metavar="PATH", help="Where to write the results.")),
    "params": (
        str | None,
        _option("--params", metavar="FILE", help="YAML file with parameters; options win."),
    ),
    "workers": (int | None, _option("--workers", metavar="N", help="Work on N blocks at once.")),
    "processes": (bool, _option("--processes", help="Workers are processes, not threads.")),
    "overwrite": (bool, _option("--overwrite", help="Replace results that are there.")),
    "dry_run": (bool, _option("--dry-run", help="Check everything and say what would be done.")),
    "as_json": (bool, _option("--json", help="Report as JSON on standard output.")),
}


def _keyword(name: str, kind: Any, option: Any) -> inspect.Parameter:
    default: Any = inspect.Parameter.empty if kind is str else False if kind is bool else None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _parameter(p: ParamSpec) -> inspect.Parameter:
    """A parameter of a step as a parameter of its command."""
    names = [word.replace("_", "-") for word in (p.name, *p.limits.aliases)]
    if p.kind is Kind.DATA and p.required:
        argument = typer.Argument(metavar=names[0].upper(), help=p.help, show_default=False)
        return inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[str, argument])
    if p.kind is Kind.BOOL:
        option = _option(*[f"--{n}/--no-{n}" for n in names], help=_described(p))
        return _keyword(p.name, bool | None, option)
    path = p.kind in (Kind.DATA, Kind.CORRECTIONS)
    how = {"metavar": "PATH" if path else metavar(p), "help": p.help if path else _described(p)}
    return _keyword(p.name, str | None, _option(*[f"--{n}" for n in names], **how))


def _described(p: ParamSpec) -> str:
    """Help of an option: what it is, its limits and its default."""
    limits = p.limits
    notes = [
        f"above {limits.gt:g}" if limits.gt is not None else "",
        f"at least {limits.ge:g}" if limits.ge is not None else "",
    ]
    notes += [f"at most {limits.le:g}" if limits.le is not None else ""]
    notes += [
        "in the unit of the image" if limits.unit == "length" else f"in {limits.unit}" if limits.unit else ""
    ]
    notes += [] if p.required or p.default is None or p.default == "" else [f"default: {_text(p.default)}"]
    told = [note for note in notes if note]
    return f"{p.help} [{'; '.join(told)}]" if told else p.help


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _help(spec: StepSpec) -> str:
    mappings = [p.name for p in spec.settings if p.kind is Kind.MAPPING]
    more = f"\n\nOnly in the file of --params: {', '.join(mappings)}." if mappings else ""
    return f"{spec.summary}{more}"
