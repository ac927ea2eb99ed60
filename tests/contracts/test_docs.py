"""Every code block of the manual runs, every picture is there, and every figure that the manual quotes holds."""

# ruff: noqa: E402 - what runs the pages lies beside them
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from printed import PAGES, blocks, run, shown

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)")
LARGEST_PICTURE = 250_000
#: Sections of the page on the posterior that other programs may link to.
DOUBTS = (
    *("something-else-stands-out", "nothing-stands-out", "particles-and-background-run-into-each-other"),
    *("particles-are-crowded", "the-diameter-is-wrong", "sizes-differ-from-what-you-measure"),
    *("the-image-ends-too-early", "the-detector-is-saturated", "the-background-is-scarce"),
    *("the-side-band-is-not-background", "slices-differ", "strokes-of-one-class-only"),
    *("when-not-to-trust-it", "which-threshold", "the-diameter", "how-well-it-holds"),
)


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def leave_a_result(path: Path) -> None:
    import numpy as np

    from specks._core.progress import drain
    from specks.io import write_result

    drain(write_result(path, np.zeros((16, 16), np.uint8)))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=ids)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    """In the folder of a reader who has tried this or another page before."""
    leave_a_result(tmp_path / "particles.zarr")
    done, printed = run(page, tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    for block, number in shown(page):
        assert block[2] == printed[number], "python docs/printed.py writes it anew"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_the_pictures_of_a_page_are_there_and_light(page: Path) -> None:
    for said, target in PICTURE.findall(page.read_text()):
        assert said, f"{target} has no words for those who cannot see it"
        assert (page.parent / target).stat().st_size < LARGEST_PICTURE, target


def test_every_picture_is_shown_somewhere() -> None:
    used = {
        (page.parent / target).resolve() for page in PAGES for _, target in PICTURE.findall(page.read_text())
    }
    assert used == set((ROOT / "docs" / "pictures").glob("*.png"))


def test_what_the_manual_says_of_the_sample_is_what_comes_out() -> None:
    import specks
    from specks.data import boxes, micrograph
    from specks.synth.truth import box_scores

    found = specks.segment_particles(micrograph("Pt2"))
    scores = box_scores(found.objects[["y", "x"]], boxes("Pt2"))
    for page in ("README.md", "docs/tutorials/five-minutes.md"):
        text = " ".join((ROOT / page).read_text().split())
        assert found.summary() in text
        assert f"{scores.matched} of {scores.true} boxes" in text


def test_the_manual_builds_without_warnings(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the group 'docs' is not installed; make docs installs it")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    index = (tmp_path / "reference" / "specks.html").read_text()
    assert all(f'id="specks.{name}"' in index for name in ("segment_particles", "fit_mixture", "Mixture"))
    page = (tmp_path / "explain" / "posterior.html").read_text()
    assert not [name for name in DOUBTS if f'id="{name}"' not in page]
