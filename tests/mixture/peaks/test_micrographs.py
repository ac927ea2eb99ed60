"""Particles of real micrographs, against boxes that somebody drew around them."""

from __future__ import annotations

import numpy as np
import pytest

import specks.data
from specks import segment_particles
from specks.synth.truth import box_scores


@pytest.mark.parametrize(
    ("name", "polarity", "floor"),
    [("Pt2", "bright", 0.83), ("PtCo", "bright", 0.78), ("PtCo1", "dark", 0.70)],
)
def test_particles_of_real_micrographs_are_found(name, polarity, floor):
    boxes = specks.data.boxes(name)
    diameter = float(np.sqrt(boxes[:, 2] * boxes[:, 3]).mean())
    found = segment_particles(
        specks.data.micrograph(name), diameter=diameter, polarity=polarity, min_size=1
    ).objects
    assert box_scores(found[["y", "x"]], boxes).f1 > floor
