"""Write the reference: a page a package from docstrings, and a page a step from its spec."""

from __future__ import annotations

import importlib
from pathlib import Path

import specks
from specks._core.registry import STEPS, find_step
from specks._core.spec import StepSpec
from specks.cli.commands import command_of
from specks.recipe import parameter_table

PACKAGES = {
    "specks": "What is usually needed, importable from `specks` itself.",
    "specks.workflows": "Functions that join engines, and what they find.",
    "specks.refinement": "From images to features.",
    "specks.tracking": "From objects to tracks, and from tracks to what they do.",
    "specks.measure": "From posteriors to labels, from labels to tables.",
    "specks.io": "Images, results and tables, read lazily and written whole or not at all.",
    "specks.data": "Real micrographs that come with specks.",
    "specks.synth": "Pictures with known truth.",
    "specks.synth.truth": "Scores of results against known truth.",
    "specks.filters": "Filters that engines share.",
    "specks.mixture.documented": "sphero-vem's nanoparticle segmentation under its own names.",
    "specks.recipe": "Lists of steps that run again.",
}


def write_reference_pages(folder: Path) -> None:
    """Write the Markdown pages of the reference into a folder.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    """
    folder.mkdir(exist_ok=True)
    steps = [target.partition(":")[2] for target in STEPS]
    pages = {f"step-{name}": step_page(find_step(name).spec()) for name in steps}
    pages |= {name.replace(".", "-"): package_page(name, sentence) for name, sentence in PACKAGES.items()}
    pages["index"] = (
        "# Reference\n\nThe steps as forms, shell and recipes offer them, and the packages as Python sees them.\n\n"
        + f"```{{toctree}}\n:maxdepth: 1\n\n{chr(10).join(pages)}\n```\n"
    )
    for name, text in pages.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text() != text:  # unchanged pages are not built again
            page.write_text(text)


def step_page(spec: StepSpec) -> str:
    """What a step takes and gives, for those who click, type or write recipes."""
    command = f"In the shell: `specks {command_of(spec.name)}`. In a recipe: `step: {spec.name}`."
    return f"# {spec.title}\n\n{spec.summary}\n\n{command}\n\n{parameter_table(spec)}"


def package_page(name: str, sentence: str) -> str:
    """Every public function and class of a package, from their docstrings."""
    package = importlib.import_module(name)
    members = "\n".join(member_directive(package, member) for member in sorted(package.__all__))
    return f"# {name}\n\n{sentence}\n\n{members}"


def member_directive(package: object, name: str) -> str:
    """What makes Sphinx read the docstring of one function, class or constant."""
    member = getattr(package, name)
    kind = "class" if isinstance(member, type) else "function" if callable(member) else "data"
    options = "   :members:\n" if kind == "class" else ""
    if kind == "class" and package is not specks and name in specks.__all__:
        options += "   :no-index:\n"  # a class has one place that links lead to
    return f"```{{eval-rst}}\n.. auto{kind}:: {package.__name__}.{name}\n{options}```\n"
