"""The shipped micrographs can be read, carry their boxes, and say where they come from."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

import specks.data
from specks._core.errors import InputError

FOLDER = Path(specks.data.__file__).parent


@pytest.mark.parametrize(
    ("name", "count", "polarity"), [("Pt2", 293, 1), ("PtCo", 67, 1), ("PtCo1", 361, -1)]
)
def test_boxes_lie_on_particles(name: str, count: int, polarity: int) -> None:
    image = iio.imread(specks.data.micrograph(name)).astype(float)
    boxes = specks.data.boxes(name)
    assert image.shape == (640, 640)
    assert boxes.shape == (count, 4)
    assert (boxes[:, 2:] > 0).all()
    corners = np.hstack([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2])
    assert corners.min() >= -0.51
    assert corners.max() <= 639.51
    contrast = []
    for y, x, height, width in boxes:
        inner = [np.s_[max(0, round(c - s / 4)) : round(c + s / 4) + 1] for c, s in ((y, height), (x, width))]
        outer = [np.s_[max(0, round(c - s)) : round(c + s) + 1] for c, s in ((y, height), (x, width))]
        contrast.append(polarity * (image[tuple(inner)].mean() - image[tuple(outer)].mean()))
    # A shift by a few pixels, or swapped axes, would leave half of them on the wrong side.
    assert np.mean(np.array(contrast) > 0) > 0.93


def test_every_file_has_a_source_and_is_small() -> None:
    sources = (FOLDER / "SOURCES.md").read_text()
    shipped = [p for p in FOLDER.iterdir() if p.suffix in {".jpg", ".csv"}]
    assert {p.name.split(".")[0] for p in shipped} == set(specks.data.NAMES)
    assert all(f"`{name}.jpg`" in sources for name in specks.data.NAMES)
    assert "MIT License" in (FOLDER / "LICENSES" / "stem_nanoparticles.txt").read_text()
    assert sum(p.stat().st_size for p in shipped) < 300_000


def test_an_unknown_name_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"name is 'gold'; it must be one of Pt2, PtCo, PtCo1"):
        specks.data.micrograph("gold")
