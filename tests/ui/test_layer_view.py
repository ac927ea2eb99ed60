"""Layers as steps read them, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specks._core.errors import InputError
from specks._core.source import whole
from specks._core.types import Role

pytestmark = pytest.mark.widgets


def layer_of(shape: tuple[int, ...], **options):
    from napari.layers import Image

    pixels = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return Image(pixels, rgb=False, contrast_limits=(0, 1), name="stack", **options)


@given(st.lists(st.integers(1, 3), min_size=0, max_size=3), st.data())
@settings(deadline=None, max_examples=40)
def test_what_is_read_lies_where_the_layer_says(lead: list[int], data: st.DataObject) -> None:
    """Every pixel of an expanded result has the world coordinates of the pixel it came from."""
    from napari.layers import Image

    from specks.ui.layer_view import view_layer

    shape = (*lead, 4, 5)
    n = len(shape)
    numbers = st.floats(0.25, 4)
    layer = layer_of(
        shape,
        scale=data.draw(st.lists(numbers, min_size=n, max_size=n)),
        translate=data.draw(st.lists(st.floats(-9, 9), min_size=n, max_size=n)),
    )
    view = view_layer(layer)
    for letter in view.axes[:-2]:
        length = view.source.shape[view.axes.index(letter)]
        if data.draw(st.booleans()):
            view = view.at(letter, data.draw(st.integers(0, length - 1)))
    read = view.source.read(whole(view.source))
    shown = Image(view.expand(read), rgb=False, contrast_limits=(0, 1), **view.placed())
    assert shown.ndim == layer.ndim
    assert shown.data.shape == view.expanded_shape
    corner = (0,) * n
    there = np.round(layer.world_to_data(shown.data_to_world(corner))).astype(int)
    assert layer.data[tuple(there)] == shown.data[corner]
    np.testing.assert_allclose(
        np.subtract(shown.data_to_world((1,) * n), shown.data_to_world(corner)),
        np.subtract(layer.data_to_world((1,) * n), layer.data_to_world(corner)),
        atol=1e-9,
    )


@pytest.mark.parametrize(
    ("shape", "labels", "units", "expected"),
    [
        ((4, 5), None, None, ["yx"]),
        ((3, 4, 5), None, None, ["zyx", "tyx", "cyx"]),
        ((3, 4, 5), None, ("s", "um", "um"), ["tyx", "zyx", "cyx"]),
        ((3, 4, 5), ("t", "y", "x"), None, ["tyx"]),
        ((3, 4, 5), ("time", "Y", "X"), None, ["tyx"]),
        ((2, 3, 4, 5), ("t", "c", "y", "x"), None, ["tcyx"]),
        ((1, 3, 1, 4, 5), None, None, ["zyx", "tyx", "cyx"]),
        ((1, 3, 1, 4, 5), tuple("tczyx"), None, ["cyx"]),
    ],
)
def test_axes_are_what_the_layer_says_or_likely_guesses(shape, labels, units, expected) -> None:
    from specks.ui.layer_view import readings

    options = {k: v for k, v in {"axis_labels": labels, "units": units}.items() if v is not None}
    assert readings(layer_of(shape, **options)) == expected


@pytest.mark.parametrize("labels", [("x", "y", "t"), ("y", "x", "z")])
def test_axes_in_another_order_are_refused_by_name(labels) -> None:
    from specks.ui.layer_view import view_layer

    with pytest.raises(InputError, match="in the order t, c, z, y, x"):
        view_layer(layer_of((3, 4, 5), axis_labels=labels))


def test_spacing_is_in_the_unit_of_x() -> None:
    from specks.ui.layer_view import view_layer

    layer = layer_of((3, 4, 5), scale=(2, 0.5, 50), units=("um", "um", "nm"), axis_labels=("z", "y", "x"))
    geometry = view_layer(layer).source.geometry
    assert geometry.units == ("nanometer",) * 3
    np.testing.assert_allclose(geometry.spacing, (2000, 500, 50))


def test_color_reads_one_channel_lazily() -> None:
    import dask.array as da
    from napari.layers import Image

    from specks.ui.layer_view import view_layer

    pixels = np.random.default_rng(0).integers(0, 255, (2, 30, 31, 3), dtype=np.uint8)
    layer = Image(da.from_array(pixels), rgb=True)
    with pytest.raises(InputError, match="color image"):
        view_layer(layer)
    source = view_layer(layer, channel=2).source
    assert source.shape == (2, 30, 31)
    np.testing.assert_array_equal(
        source.read((slice(1, 2), slice(3, 9), slice(0, 31))), pixels[1:2, 3:9, :, 2]
    )


def test_points_become_a_table_and_a_table_points() -> None:
    from napari.layers import Points

    from specks.ui.layer_view import view_layer

    places = np.array([[0, 1.5, 2], [4, 3, 2.25]])
    layer = Points(places, features={"mass": [1.0, 2.0]}, axis_labels=("t", "y", "x"))
    view = view_layer(layer)
    table = view.value(Role.POINTS)
    assert list(table) == ["frame", "y", "x", "mass"]
    np.testing.assert_array_equal(view.coordinates(table), places)
    assert list(view.value(Role.TABLE)) == ["frame", "y", "x", "mass", "label"], (
        "objects, which corrections name"
    )


def test_a_frame_of_a_request_has_the_corrections_of_that_frame() -> None:
    from napari.components import ViewerModel
    from toy_engine import find_blobs

    from specks._core.corrections import Corrections
    from specks.ui.layer_view import view_layer
    from specks.ui.narrow import narrow
    from specks.ui.request import Request

    viewer = ViewerModel()
    layer = viewer.add_layer(layer_of((4, 5, 6), axis_labels=("t", "y", "x"), scale=(3, 1, 1)))
    viewer.dims.set_current_step(0, 2)
    plane = np.ones((5, 6), np.uint8)
    whole_stack = np.arange(4, dtype=np.uint8)[:, None, None] * plane
    log = (
        Corrections()
        .add("scribble", array=plane, frame=2)
        .add("scribble", array=plane, frame=1)
        .add("scribble", array=whole_stack)
        .add("exclude_frame", frame=2)
        .add("threshold", value=0.5)
        .add("exclude_region", polygon=[(0, 0), (0, 2), (2, 2)], frames=[1, 2])
        .add("exclude_region", polygon=[(0, 0), (0, 2), (2, 2)], frames=[0])
    )
    found = narrow(Request(find_blobs, {"image": view_layer(layer)}, {}, log), viewer)
    assert found.main.axes == "yx"
    np.testing.assert_array_equal(found.main.source.read((slice(0, 5), slice(0, 6))), layer.data[2])
    kinds = [r["kind"] for r in found.corrections]
    assert kinds == ["scribble", "scribble", "threshold", "exclude_region"]
    np.testing.assert_array_equal(found.corrections.records[1]["array"], 2 * plane)
    assert [r.get("frame", r.get("frames")) for r in found.corrections] == [None] * 4
    viewer.dims.ndisplay = 3
    assert narrow(Request(find_blobs, {"image": view_layer(layer)}, {}, log), viewer).main.axes == "tyx"
    viewer.dims.ndisplay = 2
    viewer.dims.order = (1, 0, 2)
    with pytest.raises(InputError, match="y and x"):
        narrow(Request(find_blobs, {"image": view_layer(layer)}, {}, log), viewer)


@pytest.mark.parametrize("frame", [0, 2])
def test_a_frame_of_a_request_has_the_verdicts_on_its_own_particles(frame) -> None:
    from napari.components import ViewerModel
    from toy_engine import find_blobs

    from specks._core.corrections import Corrections
    from specks.ui.layer_view import view_layer
    from specks.ui.narrow import narrow
    from specks.ui.request import Request

    viewer = ViewerModel()
    layer = viewer.add_layer(layer_of((4, 5, 6), axis_labels=("t", "y", "x")))
    viewer.dims.set_current_step(0, frame)
    log = (
        Corrections()
        .add("accept", frame=2, position=[1.5, 2])
        .add("reject", frame=1, position=[1.5, 2])
        .add("reject", frame=2, position=[3, 4])
        .add("accept", position=[2, 2])
    )
    found = narrow(Request(find_blobs, {"image": view_layer(layer)}, {}, log), viewer).corrections
    said = {0: [("accept", [2, 2])], 2: [("accept", [1.5, 2]), ("reject", [3, 4])]}  # no frame is the first
    assert [(r["kind"], r["position"]) for r in found] == said[frame]
    assert {r["frame"] for r in found} == {None}


def test_verdicts_on_a_single_image_stay_as_they_are() -> None:
    from napari.components import ViewerModel
    from toy_engine import find_blobs

    from specks._core.corrections import Corrections
    from specks.ui.layer_view import view_layer
    from specks.ui.narrow import narrow
    from specks.ui.request import Request

    viewer = ViewerModel()
    layer = viewer.add_layer(layer_of((5, 6), axis_labels=("y", "x")))
    log = Corrections().add("accept", position=[1, 2])
    assert narrow(Request(find_blobs, {"image": view_layer(layer)}, {}, log), viewer).corrections == log
