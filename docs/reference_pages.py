"""Write the reference: a page a package from docstrings, and a table a step from its spec."""

from __future__ import annotations

from pathlib import Path

from specks._core.registry import STEPS, find_step
from specks.recipe import parameter_table

PACKAGES = {
    "specks": "Everything that is usually needed, importable from `specks` itself.",
    "specks.measure": "From masks to labels, from labels to tables.",
    "specks.io": "Images, results and tables, read lazily and written safely.",
    "specks.synth": "Pictures with known truth, and scores against it.",
    "specks.filters": "Filters that engines share.",
    "specks.mixture.documented": "sphero-vem's nanoparticle segmentation under its own names.",
    "specks.recipe": "Lists of steps that run again.",
}


def write_reference_pages(folder: Path) -> None:
    """Write the Markdown pages of the reference into a folder."""
    import importlib

    folder.mkdir(exist_ok=True)
    names = []
    for package, sentence in PACKAGES.items():
        module = importlib.import_module(package)
        members = "\n\n".join(
            f"```{{eval-rst}}\n.. auto{'class' if isinstance(getattr(module, name), type) else 'function'}:: {package}.{name}\n"
            + ("   :members:\n" if isinstance(getattr(module, name), type) else "")
            + "```"
            for name in sorted(module.__all__)
        )
        names.append(package.replace(".", "-"))
        (folder / f"{names[-1]}.md").write_text(f"# {package}\n\n{sentence}\n\n{members}\n")
    tables = "\n\n".join(
        f"## {spec.title}\n\n`{spec.target.replace(':', '.')}`: {spec.summary}\n\n{parameter_table(spec)}"
        for spec in (find_step(target.partition(":")[2]).spec() for target in STEPS)
    )
    (folder / "steps.md").write_text(
        "# Steps\n\nWhat forms, shell and recipes offer; all of it is made from the functions' signatures.\n\n" + tables + "\n"
    )
    listing = "\n".join(["steps", *names])
    (folder / "index.md").write_text(f"# Reference\n\n```{{toctree}}\n{listing}\n```\n")
