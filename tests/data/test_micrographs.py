"""The shipped micrographs can be read, carry their boxes, and say where they come from."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from scipy import ndimage as ndi

import specks.data
from specks._core.errors import InputError
from specks.io import open_image

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


def test_spheres_in_water_are_dark_and_move_little_from_frame_to_frame() -> None:
    source = open_image(specks.data.bulk_water())
    frames = source.read((slice(0, 8), slice(0, 256), slice(0, 256)))
    assert (source.axes, frames.shape, frames.dtype) == ("tyx", (8, 256, 256), np.uint8)
    assert source.geometry.spacing[1:] == pytest.approx((1 / 2.85, 1 / 2.85))
    flat = frames - ndi.uniform_filter(frames.astype(float), (0, 25, 25))
    assert flat.min() < -2 * flat.max() < 0
    near, far = (np.corrcoef(flat[0].ravel(), flat[t].ravel())[0, 1] for t in (1, 7))
    assert near > far > 0.2


def test_every_file_has_a_source_and_is_small() -> None:
    sources = (FOLDER / "SOURCES.md").read_text()
    shipped = [p for p in FOLDER.iterdir() if p.suffix in {".jpg", ".csv", ".tif"}]
    assert {p.name.split(".")[0] for p in shipped} == {*specks.data.NAMES, "bulk_water"}
    assert all(f"`{name}.jpg`" in sources for name in specks.data.NAMES)
    assert "`bulk_water.tif`" in sources
    license_text = (FOLDER / "LICENSES" / "bulk_water.txt").read_text()
    assert "trackpy-examples" in license_text
    assert "Neither the name of" in license_text
    assert "MIT License" in (FOLDER / "LICENSES" / "stem_nanoparticles.txt").read_text()
    assert sum(p.stat().st_size for p in shipped) < 450_000


def test_an_unknown_name_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"name is 'gold'; it must be one of Pt2, PtCo, PtCo1"):
        specks.data.micrograph("gold")
