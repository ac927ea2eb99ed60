"""The command ``specks``: names first, everything else when it is asked for."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from specks._core.errors import FileFormatError, InputError, MissingExtraError, NotFoundError, SpecksError
from specks.cli import commands

__all__ = ["main"]

OK, FAILED, MISUSED, STOPPED = 0, 1, 2, 130


class _Commands(TyperGroup):
    """Commands that are built when they are called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return commands.names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in commands.names():
            return None
        step = commands.step_of(cmd_name)
        if step is None:
            function = commands.program(cmd_name)
        else:
            from specks._core.registry import find_step
            from specks.cli.command import step_command

            function = step_command(find_step(step))
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command(cmd_name)(function)
        return typer.main.get_command(app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, commands.HELP.get(name, "")) for name in commands.names()])


app = typer.Typer(
    cls=_Commands,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every command takes --help. Exit status: 0 done, 1 failed, 2 unusable input, 130 stopped.",
)


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Find, correct and measure small things in microscope images."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of those that the process was given.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given  # understood anywhere, as it is remembered when something has failed
    given = [word for word in given if word != "--debug"]
    if given == ["--version"]:
        from specks._core.provenance import version

        typer.echo(f"specks {version()}")
        sys.exit(OK)
    with warnings.catch_warnings():
        # Of warnings only those are for the person at the shell that a step or a reader gives.
        warnings.simplefilter("ignore")
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = _say_warning
        try:
            app(given, prog_name="specks")
        except SystemExit as end:
            if end.code == STOPPED:  # typer turns Ctrl-C into it and says nothing
                _fail("stopped", STOPPED, debug)
            raise
        except (InputError, NotFoundError, FileFormatError, MissingExtraError) as error:
            _fail("\n".join(getattr(error, "faults", (str(error),))), MISUSED, debug)
        except SpecksError as error:
            _fail(str(error), FAILED, debug)
        except Exception as error:  # noqa: BLE001 - the last place where it can be said in words
            reason = str(error) or type(error).__name__
            _fail(f"unexpected {type(error).__name__}: {reason} (--debug shows where)", FAILED, debug)


def _fail(sentence: str, status: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    for line in sentence.splitlines():
        typer.echo(f"specks: {line}", err=True)
    sys.exit(status)


def _say_warning(message: Any, *_: Any, **__: Any) -> None:
    typer.echo(f"specks: {message}", err=True)
