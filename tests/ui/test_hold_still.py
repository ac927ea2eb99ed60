"""Layers that are shown where a still sample would be, and are never lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import QObject

from specks.ui.course import Course, frame_of
from specks.ui.displaced import MARK, declared_translate, put_back, show_displaced
from specks.ui.hold_still import HoldStill
from specks.ui.layer_view import view_layer
from specks.ui.transforms import copy_transforms

pytestmark = pytest.mark.widgets

SHIFTS = np.array([[0.0, 0.0], [1.5, -2.0], [4.0, 3.0], [-1.0, 0.5]])
#: Where the same thing is in each frame, in pixels.
THING = np.array([20.0, 30.0]) + SHIFTS
PLACED = {
    "scale": (2, 0.5, 0.25),
    "translate": (3, 10, 20),
    "units": ("s", "um", "um"),
    "axis_labels": ("t", "y", "x"),
}
ROTATED = {"rotate": [[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]], "shear": [0, 0, 0.2]}
AFFINE = {"affine": [[1, 0, 0, 5], [0, 1, 0.3, -2], [0, 0.1, 1, 7], [0, 0, 0, 1]]}


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


@pytest.fixture
def still(viewer, qtbot):
    owner = QObject()
    yield HoldStill(viewer, owner)
    owner.deleteLater()


def movie(viewer, **options):
    return viewer.add_image(np.zeros((4, 50, 60)), rgb=False, contrast_limits=(0, 1), name="movie", **options)


def begin(still, layer, axes="tyx", shifts=SHIFTS):
    still.follow(Course(view_layer(layer, axes), shifts, axes.replace("t", "").replace("c", "")))
    still.hold([layer])


@pytest.mark.parametrize("more", [{}, PLACED, PLACED | ROTATED, PLACED | AFFINE, PLACED | ROTATED | AFFINE])
def test_the_same_thing_stays_at_the_same_place_of_the_world(viewer, still, more) -> None:
    layer = movie(viewer, **more)
    begin(still, layer)
    seen = []
    for t in (0, 3, 1, 2):
        viewer.dims.set_current_step(0, t)
        assert still.frame == t
        seen.append(layer.data_to_world((t, *THING[t]))[1:])
    np.testing.assert_allclose(seen, np.broadcast_to(seen[0], (4, 2)), atol=1e-9)
    still.set_on(False)
    assert np.array_equal(layer.translate, more.get("translate", (0, 0, 0)))


def test_layers_with_other_pixels_units_and_axes_go_along(viewer, still) -> None:
    layer = movie(viewer, **PLACED)
    points = viewer.add_points(
        [[t, *(place * (500, 250) + (10_000, 20_000))] for t, place in enumerate(THING)],
        scale=(2, 1, 1),
        translate=(3, 0, 0),
        units=("s", "nm", "nm"),
        axis_labels=("t", "y", "x"),
    )
    other = viewer.add_labels(
        np.zeros((1, 4, 5, 6), int), scale=(1, 2, 5, 2.5), units=("um", "s", "um", "um")
    )
    begin(still, layer)
    still.hold([layer, points, other])
    for t in (2, 1, 3):
        viewer.dims.set_point(viewer.dims.ndim - 3, 3 + 2 * t)
        assert still.frame == t
        nanometers = points.data_to_world(points.data[t])[1:]
        np.testing.assert_allclose(nanometers, (20_000, 27_500), atol=1e-6)
        np.testing.assert_allclose(other.translate[-2:], -SHIFTS[t] * (0.5, 0.25), atol=1e-9)
    assert viewer.layers.units is not None


def test_along_z_another_plane_comes_into_view(viewer, still) -> None:
    pixels = np.zeros((2, 6, 5, 5))
    pixels[1, 4, 2, 2] = 1
    layer = viewer.add_image(pixels, rgb=False, contrast_limits=(0, 1))
    begin(still, layer, "tzyx", np.array([[0.0, 0, 0], [2.0, 0, 0]]))
    viewer.dims.set_point((0, 1), (1, 2))
    assert layer.get_value((1, 2, 2, 2), world=True) == 1
    still.set_on(False)
    assert layer.get_value((1, 2, 2, 2), world=True) == 0


def test_what_is_declared_is_what_results_are_given(viewer, still) -> None:
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    assert not np.array_equal(layer.translate, (3, 10, 20))
    assert np.array_equal(declared_translate(layer), (3, 10, 20))
    assert np.array_equal(copy_transforms(layer)["translate"], (3, 10, 20))
    assert np.array_equal(copy_transforms(layer, {0: 1})["translate"], (5, 10, 20))
    assert layer.metadata[MARK] == [3, 10, 20]
    still.set_on(False)
    assert MARK not in layer.metadata


def test_somebody_may_write_another_place_meanwhile(viewer, still) -> None:
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    layer.translate = (3, 50, layer.translate[2])  # as a form that shows three numbers does
    assert np.array_equal(declared_translate(layer), (3, 50, 20))
    np.testing.assert_allclose(layer.translate, (3, 50 - 0.5 * 4, 20 - 0.25 * 3))
    viewer.dims.set_current_step(0, 1)
    np.testing.assert_allclose(layer.translate, (3, 50 - 0.5 * 1.5, 20 + 0.25 * 2))
    layer.scale = (2, 1, 1)
    np.testing.assert_allclose(layer.translate, (3, 50 - 1.5, 20 + 2))
    still.set_on(False)
    assert np.array_equal(layer.translate, (3, 50, 20))


def test_a_layer_that_goes_is_put_back_first(viewer, still) -> None:
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    viewer.layers.remove(layer)
    assert np.array_equal(layer.translate, (3, 10, 20))
    assert still.frame is None
    viewer.add_layer(layer)
    viewer.dims.set_current_step(0, 1)
    np.testing.assert_allclose(layer.translate[1:], (10 - 0.75, 20 + 0.5))


def test_a_copy_belongs_where_the_original_does(viewer, still) -> None:
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    copy = viewer.add_layer(Image.create(*layer.as_layer_data_tuple()))
    assert np.array_equal(copy.translate, (3, 10, 20))
    assert MARK not in copy.metadata
    assert MARK in layer.metadata


def test_an_owner_that_goes_puts_everything_back(viewer, qtbot) -> None:
    owner = QObject()
    still = HoldStill(viewer, owner)
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    assert not np.array_equal(layer.translate, (3, 10, 20))
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    assert np.array_equal(layer.translate, (3, 10, 20))
    viewer.dims.set_current_step(0, 1)
    assert np.array_equal(layer.translate, (3, 10, 20))


def test_two_that_hold_one_layer_lose_nothing(viewer, still, qtbot) -> None:
    other = HoldStill(viewer, still)
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    begin(other, layer, shifts=2 * SHIFTS)
    viewer.dims.set_current_step(0, 2)
    still.set_on(False)
    other.set_on(False)
    assert np.array_equal(layer.translate, (3, 10, 20))


def test_a_step_of_the_slider_slices_each_layer_once(viewer, still, monkeypatch) -> None:
    layer = movie(viewer)
    layers = [layer, *(viewer.add_labels(np.zeros((4, 50, 60), int)) for _ in range(3))]
    begin(still, layer)
    still.hold(layers)
    viewer.dims.set_point((1, 2), (0, 0))
    viewer.dims.set_current_step(0, 1)
    sliced = []
    for one in layers:
        state = one._slicing_state
        monkeypatch.setattr(state, "set_view_slice", lambda one=one: sliced.append(one))
    viewer.dims.set_current_step(0, 2)
    assert len(sliced) == len(layers) == len(set(sliced))


def test_nothing_moves_where_no_slider_stands_for_time(viewer, still) -> None:
    layer = movie(viewer, **PLACED)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    viewer.dims.order = (1, 0, 2)
    assert still.frame is None
    assert np.array_equal(layer.translate, (3, 10, 20))
    viewer.dims.order = (0, 1, 2)
    assert still.frame == 2
    assert not np.array_equal(layer.translate, (3, 10, 20))


def test_a_shift_can_be_tried(viewer, still) -> None:
    layer = movie(viewer)
    begin(still, layer)
    viewer.dims.set_current_step(0, 2)
    still.try_shift(2, np.array([7.0, 8.0]))
    np.testing.assert_allclose(layer.translate, (0, -7, -8))
    viewer.dims.set_current_step(0, 1)
    np.testing.assert_allclose(layer.translate, (0, -1.5, 2))
    still.try_shift(2, None)
    viewer.dims.set_current_step(0, 2)
    np.testing.assert_allclose(layer.translate, (0, -4, -3))


def test_frames_and_pixels_of_another_layer(viewer) -> None:
    layer = movie(viewer, **PLACED)
    other = viewer.add_labels(
        np.zeros((8, 5, 6), int), scale=(1, 5000, 2500), translate=(3, 0, 0), units=("s", "nm", "nm")
    )
    course = Course(view_layer(layer, "tyx"), SHIFTS, "yx")
    assert [frame_of(course, other, i) for i in (0, 2, 4, 6)] == [0, 1, 2, 3]
    np.testing.assert_allclose(course.pixels_of(other), SHIFTS / 10, atol=1e-12)
    np.testing.assert_allclose(course.pixels(viewer, (0, 500, 250)), (1, 1))
    course.show_frame(viewer, 3)
    assert course.frame_in_view(viewer) == 3


def test_put_back_is_for_layers_that_were_moved_only(viewer) -> None:
    layer = movie(viewer, **PLACED)
    put_back(layer)
    assert np.array_equal(layer.translate, (3, 10, 20))
    show_displaced(layer, np.array([0.0, 1.0, 2.0]), np.array([True, False, False]))
    put_back(layer)
    put_back(layer)
    assert np.array_equal(layer.translate, (3, 10, 20))
