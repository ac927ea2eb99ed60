"""The tilt series of growing voids: labels, table and picture tell the same, lost frames tell nothing."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import regionprops_table

from specks._core.errors import InputError
from specks.synth import growing_voids


def test_labels_and_table_are_the_same_voids() -> None:
    made = growing_voids((256, 300), frames=8, seed=1)
    checked = 0
    for t in np.flatnonzero(made.good):
        rows = made.objects[made.objects["frame"] == t].set_index("label")
        shown = regionprops_table(made.labels[t], properties=("label", "area", "centroid"))
        for label, area, y, x in zip(*shown.values(), strict=True):
            if label not in rows.index:
                continue  # its center lies outside
            row = rows.loc[label]
            rim = row["radius"] + 1
            if min(row["y"], row["x"], 255 - row["y"], 299 - row["x"]) < rim:
                continue
            if area < 0.96 * np.pi * row["radius"] ** 2:
                continue  # another one lies above
            assert np.hypot(y - row["y"], x - row["x"]) < 0.25
            assert area == pytest.approx(np.pi * row["radius"] ** 2, rel=0.3)
            checked += 1
    assert checked > 100


def test_voids_are_bright_with_a_dark_fringe() -> None:
    made = growing_voids((256, 256), frames=2, lost=0, seed=2)
    inside = made.images[0][made.labels[0] > 0]
    outside = made.images[0][made.labels[0] == 0]
    assert inside.mean() > outside.mean() + 20
    grid = np.indices((256, 256))
    largest = made.objects[made.objects["frame"] == 0].nlargest(5, "radius")
    for row in largest.itertuples():
        away = np.hypot(grid[0] - row.y, grid[1] - row.x) - row.radius
        ring = made.images[0][(away > 1.5) & (away < 3) & (made.labels[0] == 0)]
        assert ring.mean() < outside.mean() - 5


def test_voids_grow_appear_and_drift_with_the_field() -> None:
    made = growing_voids((256, 256), frames=24, seed=3)
    table = made.objects.copy()
    table[["y", "x"]] -= made.drift[table["frame"]]
    tracks = table.groupby("true_particle")
    long = tracks.filter(lambda rows: len(rows) > 15).groupby("true_particle")
    assert np.ptp(made.drift, axis=0).max() > 15
    assert (tracks["frame"].min() > 0).mean() > 0.25
    assert (long["radius"].last() > 1.2 * long["radius"].first()).all()
    assert long[["y", "x"]].std().median().max() < 4


def test_a_lost_frame_shows_nothing() -> None:
    made = growing_voids((128, 128), frames=9, lost=2, seed=4)
    assert np.count_nonzero(~made.good) == 2
    assert made.good[0]
    assert not made.labels[~made.good].any()
    assert made.images[~made.good].mean() < 0.5 * made.images[made.good].mean()
    assert set(made.objects["frame"]) == set(np.flatnonzero(made.good))


def test_the_seed_is_the_whole_story() -> None:
    one, again, other = (growing_voids((96, 96), frames=3, seed=s) for s in (5, 5, 6))
    np.testing.assert_array_equal(one.images, again.images)
    assert one.objects.equals(again.objects)
    assert not np.array_equal(one.images, other.images)


@pytest.mark.parametrize(("arguments", "said"), [
    ({"lost": -1}, "lost is -1"),
    ({"frames": 0}, "frames is 0"),
    ({"shape": (8, 9, 10)}, r"2 whole numbers \(y, x\)"),
])  # fmt: skip
def test_what_cannot_be_made_is_said(arguments: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        growing_voids(**arguments)
