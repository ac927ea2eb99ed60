"""What every dock must stand: the adversarial list, on a ViewerModel with offscreen Qt.

A dock joins by one entry in `CASES`.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dock_cases import Case, DriftCase, RefineCase, TrackCase, VoidsCase
from strange_arrays import ReadArray, failing, slow

from specks._core.errors import SpecksError
from specks._core.progress import drain
from specks._core.registry import find_step

pytestmark = [
    pytest.mark.widgets,
    pytest.mark.filterwarnings("ignore:.*no features"),  # what a plain call tells of frames without any
]

PLACED = {
    "scale": (2, 0.5, 0.5),
    "translate": (3, 10, 20),
    "units": ("s", "um", "um"),
    "axis_labels": ("t", "y", "x"),
}


CASES = [
    pytest.param(Case("toy_dock:BlobsDock"), id="blobs"),
    pytest.param(
        Case(
            "specks.ui.mixture:MixtureDock",
            called="particles",
            value=5.0,
            settings={"polarity": "bright", "min_size": 4},
            ndims=(2, 3, 4),
        ),
        id="mixture",
    ),
    pytest.param(
        DriftCase("specks.ui.drift:DriftDock", setting="max_shift", value=6.0, ndims=(3, 4)), id="drift"
    ),
    pytest.param(
        TrackCase("specks.ui.track:TrackDock", setting="search_range", value=6.0, ndims=(3, 4)), id="track"
    ),
    pytest.param(
        RefineCase(
            "specks.ui.refine:RefineDock",
            output="table",
            called="refined",
            value=13.0,
            settings={"size": "var"},  # what clusters share a refit finds only about as a run does
            ndims=(2, 3, 4),
        ),
        id="refine",
    ),
    pytest.param(
        VoidsCase(
            "specks.ui.voids:VoidsDock",
            called="voids",
            value=5.0,
            settings={"polarity": "bright", "min_size": 4},
            ndims=(3, 4),
        ),
        id="voids",
    ),
]


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return request.param


def docks(suit: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """Only the docks to which a promise can apply."""
    return pytest.mark.parametrize("case", [one for one in CASES if suit(one.values[0])], indirect=True)


@cache
def compile_for(dock: str) -> None:
    """Compile what a dock compiles when it opens: no test waits for it."""
    module, _, name = dock.partition(":")
    warm_up = getattr(importlib.import_module(module), "warm_up", None)
    if warm_up is not None:
        drain(warm_up(find_step(getattr(importlib.import_module(module), name).step)))


@pytest.fixture
def bench(case, qtbot):
    """A viewer, a dock without preview, and the means to wait."""
    from napari.components import ViewerModel

    compile_for(case.dock)
    viewer = ViewerModel()
    dock = case.make(viewer)
    qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    dock.form.update(case.values)
    runner = dock.runs.runner

    def settle() -> None:
        qtbot.waitUntil(lambda: not runner.busy, timeout=30_000)

    def run() -> None:
        dock.run()
        assert runner.busy
        settle()

    def until_under_way() -> None:
        seen: list[Any] = []
        runner.progressed.connect(seen.append)
        qtbot.waitUntil(lambda: bool(seen), timeout=30_000)
        runner.progressed.disconnect(seen.append)

    def show() -> None:
        """Run, and make the layers of the result."""
        run()
        case.finish(made)

    made = SimpleNamespace(
        viewer=viewer,
        dock=dock,
        run=run,
        show=show,
        settle=settle,
        until_under_way=until_under_way,
        qtbot=qtbot,
        case=case,
        image=case.image,
    )
    yield made
    runner.cancel()
    dock.preview.clear()
    settle()


def stack(bench: Any, pixels: Any, **options: Any) -> Any:
    """Add an input."""
    return bench.case.add(bench.viewer, pixels, **{"name": "stack"} | options)


def gist_of_call(bench: Any, pixels: Any, axes: str = "tyx", **more: Any) -> np.ndarray:
    """What matters of the result of the plain call."""
    return bench.case.gist(bench.dock, bench.case.call(bench.dock, pixels, axes, **more))


def layer_of_call(bench: Any, pixels: Any, axes: str = "tyx", **more: Any) -> np.ndarray:
    """What the layer of the result has to hold."""
    result = bench.case.call(bench.dock, pixels, axes, **more)
    return np.asarray(bench.case.wanted_layer(bench.dock, result, pixels))


def fields(dock: Any, result: Any) -> dict[str, Any]:
    return dock.function.spec().fields(result)


def message(dock: Any) -> str:
    return dock.progress.message.text()


def same(bench: Any, wanted: np.ndarray) -> None:
    """Hold what is shown after a refit to what a run with the same corrections gives."""
    np.testing.assert_allclose(bench.case.shown(bench), wanted, rtol=0, atol=bench.case.tolerance)


def layer_of(bench: Any) -> Any:
    return bench.case.layer(bench)


def test_the_cases_say_what_their_docks_can(bench) -> None:
    """Else a promise would go untried that could be held."""
    case, dock = bench.case, bench.dock
    assert case.fills == any(p.name == "out" for p in dock.function.spec().params)
    assert case.previews == (not dock.no_preview and not case.labels)
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.run()
    assert case.store == any(e.suggested.endswith(".zarr") for e in dock.carry_on.exports)


# 1 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [(), ("labels",), ("points", "shapes")])
def test_without_a_suitable_layer_run_is_disabled_with_the_reason(bench, others) -> None:
    for kind in others:
        data = {"data": np.zeros((8, 8), np.uint8)} if kind == "labels" else {}
        getattr(bench.viewer, f"add_{kind}")(**data)
    assert not bench.dock.progress.run_button.isEnabled()
    assert message(bench.dock) == bench.case.no_input(others)
    bench.dock.run()
    assert not bench.dock.runs.runner.busy
    layer = stack(bench, bench.image())
    assert bench.dock.progress.run_button.isEnabled()
    assert message(bench.dock) == ""
    assert bench.dock.inputs.views[bench.case.input].layer is layer
    bench.viewer.layers.remove(layer)
    assert not bench.dock.progress.run_button.isEnabled()


def test_a_setting_that_cannot_be_used_disables_run_in_words(bench) -> None:
    stack(bench, bench.image())
    bench.dock.form.fields[bench.case.setting].widget.value = "wide"
    assert not bench.dock.progress.run_button.isEnabled()
    assert bench.case.setting in message(bench.dock)
    assert "wide" in message(bench.dock)


# 2, 3 ----------------------------------------------------------------------------------------

ROTATED = {"rotate": [[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]], "shear": [0, 0, 0.2]}
AFFINE = {"affine": [[1, 0, 0, 5], [0, 1, 0.3, -2], [0, 0.1, 1, 7], [0, 0, 0, 1]]}


@pytest.mark.parametrize("more", [{}, ROTATED, AFFINE], ids=["placed", "rotated", "affine"])
def test_results_lie_where_the_input_lies(bench, more) -> None:
    source = stack(bench, bench.image(), **PLACED, **more)
    before = {name: np.array(getattr(source, name)) for name in ("scale", "translate", "rotate", "shear")}
    corners = [(0, 0, 0), (3, 22, 31)]
    places = [source.data_to_world(corner) for corner in corners]
    bench.dock.form.update(bench.case.scaled(0.5))
    bench.show()
    layers = bench.case.layers(bench)
    assert layers
    for layer in layers:
        for name, value in before.items():
            np.testing.assert_array_equal(getattr(layer, name), value)
        assert (layer.units, layer.axis_labels) == (source.units, source.axis_labels)
        for corner, place in zip(corners, places, strict=True):
            np.testing.assert_allclose(layer.data_to_world(corner), place, rtol=1e-9)
    assert bench.viewer.layers.units is not None


# 4 -------------------------------------------------------------------------------------------


def test_a_length_in_micrometers_is_the_same_as_in_pixels(bench) -> None:
    first = stack(bench, bench.image())
    bench.dock.inputs.reading.value = "tyx"
    bench.run()
    in_pixels = bench.case.shown(bench).copy()
    bench.viewer.layers.clear()
    del first
    placed = {"scale": (1, 0.1, 0.1), "units": ("s", "um", "um"), "axis_labels": ("t", "y", "x")}
    stack(bench, bench.image(), **placed)
    bench.dock.form.update(bench.case.scaled(0.1))
    bench.run()
    np.testing.assert_array_equal(bench.case.shown(bench), in_pixels)
    assert np.nan_to_num(in_pixels).any()
    label = bench.dock.form._labels[bench.case.setting].text()
    assert ("µm" if bench.case.physical else "px") in label


# 5 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(48, 48), (6, 48, 48), (2, 3, 48, 48), (1, 6, 1, 48, 48), (1, 48, 48)])
def test_any_number_of_axes_is_taken_or_refused_by_name(bench, shape) -> None:
    pixels = bench.case.shaped(shape)
    stack(bench, pixels)
    if bench.dock.progress.run_button.isEnabled():
        bench.run()
    long = [n for n in shape[:-2] if n > 1]
    if len(long) + 2 in bench.case.ndims:
        assert bench.dock.result is not None, message(bench.dock)
        plain = np.squeeze(pixels, tuple(i for i, n in enumerate(shape[:-2]) if n == 1))
        np.testing.assert_array_equal(
            bench.case.shown(bench), gist_of_call(bench, plain, bench.case.axes(plain.ndim))
        )
    else:
        assert bench.dock.result is None
        assert "axes" in message(bench.dock)


@pytest.mark.parametrize("shape", [(6, 48, 48), (1, 6, 1, 48, 48)])
def test_results_have_the_axes_of_their_input(bench, shape) -> None:
    pixels = bench.image()
    stack(bench, pixels.reshape(shape))
    bench.dock.inputs.reading.value = "tyx"
    bench.show()
    wanted = bench.case.expanded(layer_of_call(bench, pixels), shape)
    assert layer_of(bench).data.shape == wanted.shape
    np.testing.assert_array_equal(np.asarray(layer_of(bench).data), wanted)


def test_six_axes_and_a_channel_axis(bench) -> None:
    stack(bench, np.zeros((2, 2, 2, 2, 8, 8), np.float32))
    assert "6 axes" in message(bench.dock)
    assert not bench.dock.progress.run_button.isEnabled()
    bench.viewer.layers.clear()
    pixels = np.stack([bench.image() * 0, bench.image()], axis=1)
    layer = stack(bench, pixels, axis_labels=("t", "c", "y", "x"))
    place = layer.data_to_world((2, 1, 5, 6))
    bench.dock.inputs.channel.value = 1
    bench.show()
    wanted = bench.case.expanded(layer_of_call(bench, pixels[:, 1]), (len(pixels), 1, *pixels.shape[2:]))
    shown, at = np.asarray(layer_of(bench).data), 0
    if bench.case.all_channels:
        assert shown.shape == pixels.shape
        shown, at = shown[:, 1:], 1
    np.testing.assert_array_equal(shown, wanted)
    np.testing.assert_allclose(layer_of(bench).data_to_world((2, at, 5, 6)), place)


# 6 -------------------------------------------------------------------------------------------


@docks(lambda case: not case.labels)
def test_color_is_asked_for_and_never_guessed(bench) -> None:
    color = bench.case.color()
    bench.viewer.add_image(color, rgb=True, name="photo")
    assert message(bench.dock) == 'layer "photo" is a color image: choose one of its channels'
    bench.dock.inputs.channel.value = 1
    bench.show()
    green, shown = color[..., 1], np.asarray(layer_of(bench).data)
    if bench.case.all_channels:
        assert layer_of(bench).rgb
        shown = shown[..., 1]
    np.testing.assert_array_equal(shown, layer_of_call(bench, green, bench.case.axes(green.ndim)))


@docks(lambda case: not case.labels)
def test_a_narrow_stack_is_no_color_image(bench) -> None:
    stack(bench, bench.image(60, 48)[:, :, :3].copy())
    bench.show()
    assert all(not getattr(layer, "rgb", False) for layer in bench.case.layers(bench))
    # Positions in it, where the result is points.
    assert layer_of(bench) is None or layer_of(bench).data.shape in ((60, 48, 3), (0, 3))


# 7 -------------------------------------------------------------------------------------------

STRANGE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "all NaN": lambda pixels: np.full_like(pixels, np.nan),
    "partly NaN": lambda pixels: np.where(pixels > 150, np.nan, pixels),
    "inf": lambda pixels: np.where(pixels > 150, np.inf, pixels),
    "constant": lambda pixels: np.full_like(pixels, 7),
    "negative": lambda pixels: -pixels,
    "uint8": lambda pixels: pixels.clip(0, 255).astype(np.uint8),
    "uint16": lambda pixels: pixels.astype(np.uint16),
    "int16": lambda pixels: (pixels - 130).astype(np.int16),
    "float16": lambda pixels: pixels.astype(np.float16),
    "bool": lambda pixels: pixels > 140,
    "big-endian": lambda pixels: pixels.astype(">f4"),
    "Fortran": np.asfortranarray,
    "read-only": np.copy,
}


#: Those that labels cannot be.
NO_LABELS = ("all NaN", "partly NaN", "inf", "float16", "big-endian")


@pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(one.values[0], name, id=f"{one.id}-{name}")
        for one in CASES
        for name in STRANGE
        if name not in NO_LABELS or not one.values[0].labels
    ],
    indirect=["case"],
)
def test_strange_pixels_give_the_result_of_the_call_or_its_error(bench, name) -> None:
    pixels = STRANGE[name](bench.image(3)).copy(order="K")
    pixels.flags.writeable = name != "read-only"
    stack(bench, pixels, axis_labels=("t", "y", "x"))
    with np.errstate(all="ignore"):
        try:
            wanted, error = gist_of_call(bench, pixels), None
        except SpecksError as refused:
            wanted, error = None, str(refused)
    bench.run()
    assert bench.dock.progress.run_button.isEnabled()
    if wanted is None:
        assert message(bench.dock) == error
    else:
        np.testing.assert_array_equal(bench.case.shown(bench), wanted)


# 8, 18 ---------------------------------------------------------------------------------------


def test_nothing_found_is_a_result(bench) -> None:
    pixels = bench.image()
    pixels[1:] = pixels[1:].mean()
    stack(bench, pixels, axis_labels=("t", "y", "x"))
    bench.run()
    assert bench.dock.progress.run_button.isEnabled()
    assert bench.dock.outcome.sentence.text() or message(bench.dock)
    bench.viewer.layers.clear()
    stack(bench, np.zeros((1, 24, 24), np.float32))
    if bench.dock.progress.run_button.isEnabled():
        bench.run()
    assert bench.dock.outcome.sentence.text() or message(bench.dock)
    assert all(layer.data is not None for layer in bench.dock.layers)


def test_points_with_features_that_are_nan_stay_visible(bench) -> None:
    from napari.layers import Points

    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.run()
    for layer in bench.dock.layers:
        if not isinstance(layer, Points):
            continue
        assert len(layer.data) == len(layer.features) > 0
        layer.features = layer.features.assign(**{layer.features.columns[0]: np.nan})
        assert np.maximum(layer.border_color[:, 3], layer.face_color[:, 3]).min() > 0


# 9 -------------------------------------------------------------------------------------------


def test_a_lazy_image_is_never_read_whole(bench, monkeypatch) -> None:
    for limit in ("specks.mixture.slabs.SLAB_BYTES", "specks.measure._regions.PIECE_PIXELS"):
        monkeypatch.setattr(limit, 2**14)  # as if the image were a large one
    pixels = bench.image(40)
    lazy = ReadArray(pixels)
    stack(bench, lazy, axis_labels=("t", "y", "x"))
    bench.run()
    assert bench.dock.result is not None, message(bench.dock)
    np.testing.assert_array_equal(bench.case.shown(bench), gist_of_call(bench, pixels))
    bench.case.finish(bench)
    assert lazy.largest < pixels.size / 2


@pytest.mark.parametrize("kind", ["dask", "zarr", "multiscale"])
def test_dask_zarr_and_multiscale_give_the_same(bench, kind, tmp_path) -> None:
    import dask.array as da
    import zarr

    pixels = bench.image()
    given: Any = da.from_array(pixels, chunks=(1, 48, 48))
    if kind == "zarr":
        given = zarr.create_array(str(tmp_path / "a.zarr"), data=pixels, chunks=(1, 48, 48))
    elif kind == "multiscale":
        given = [given, given[:, ::2, ::2]]
    stack(bench, given, axis_labels=("t", "y", "x"), multiscale=kind == "multiscale")
    bench.show()
    np.testing.assert_array_equal(bench.case.shown(bench), gist_of_call(bench, pixels))
    np.testing.assert_array_equal(np.asarray(layer_of(bench).data), layer_of_call(bench, pixels))


@docks(lambda case: case.fills)
def test_results_too_large_for_memory_go_to_disk_and_leave_it(bench, monkeypatch, tmp_path) -> None:
    import gc
    import tempfile

    from specks.ui import arrays

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(arrays, "_memory", lambda: 1000)
    pixels = bench.image()
    stack(bench, pixels[:, None], axis_labels=("t", "z", "y", "x"))
    bench.run()
    np.testing.assert_array_equal(np.asarray(layer_of(bench).data[:])[:, 0], gist_of_call(bench, pixels))
    assert list(tmp_path.glob("specks-*"))
    monkeypatch.undo()
    bench.run()
    gc.collect()
    assert not list(tmp_path.glob("specks-*"))


# 10, 11 --------------------------------------------------------------------------------------


def test_a_rerun_updates_its_layers_whatever_they_are_called(bench) -> None:
    source = stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.show()
    mine = bench.case.layers(bench)
    shown = layer_of(bench)
    shown.opacity, shown.visible, shown.name, source.name = 0.3, False, "mine", "renamed"
    first = shown.metadata["specks"]["run_id"]
    pixels = bench.image()[::-1].copy()
    source.data = pixels
    bench.show()
    assert bench.case.layers(bench) == mine
    assert len(bench.viewer.layers) == 1 + len(mine)
    assert (shown.opacity, shown.visible, shown.name) == (0.3, False, "mine")
    assert shown.metadata["specks"]["run_id"] != first
    np.testing.assert_array_equal(np.asarray(shown.data), layer_of_call(bench, pixels))


def test_a_layer_of_the_same_name_is_left_alone(bench) -> None:
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    theirs = bench.viewer.add_points([[1, 2, 3]], name=bench.case.layer_name("stack"))
    bench.show()
    np.testing.assert_array_equal(theirs.data, [[1, 2, 3]])
    assert layer_of(bench).name != theirs.name
    assert theirs in bench.viewer.layers


def test_kept_layers_stay_as_they_are(bench) -> None:
    source = stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.show()
    kept, before = layer_of(bench), np.array(layer_of(bench).data)
    bench.dock.outcome.keep_button.click()
    source.data = bench.image()[::-1].copy()
    bench.show()
    assert layer_of(bench) is not kept
    assert kept in bench.viewer.layers
    if not bench.case.store:  # what is computed when it is looked at follows its source
        return
    np.testing.assert_array_equal(kept.data, before)


@docks(lambda case: 2 in case.ndims)
def test_an_image_with_another_number_of_axes_takes_the_place_of_the_last(bench) -> None:
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.run()
    plane = stack(bench, bench.image()[0], name="plane")
    bench.dock.inputs.choose(bench.case.input, plane)
    bench.run()
    np.testing.assert_array_equal(layer_of(bench).data, layer_of_call(bench, bench.image()[0], "yx"))
    kind = type(layer_of(bench))
    assert sum(isinstance(layer, kind) for layer in bench.viewer.layers) == 1


# 12, 13, 14, 15, 16 --------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["result", "input", "all"])
def test_removing_a_layer_mid_run_cancels(bench, what) -> None:
    source = stack(bench, slow(bench.image(200), 0.01), axis_labels=("t", "y", "x"))
    bench.dock.run()
    bench.until_under_way()
    if what == "all":
        bench.viewer.layers.clear()
    elif what == "input":
        bench.viewer.layers.remove(source)
    else:
        bench.viewer.layers.remove(next(iter(bench.dock.layers), source))
    bench.settle()
    assert bench.dock.result is None
    assert bench.dock.progress.run_button.isEnabled() == (what == "result" and source in bench.viewer.layers)
    assert not bench.dock.progress.cancel_button.isEnabled()


def test_what_is_changed_mid_run_does_not_change_the_run(bench) -> None:
    pixels = bench.image(30)
    stack(bench, slow(pixels, 0.01), name="first", axis_labels=("t", "y", "x"))
    bench.dock.run()
    bench.until_under_way()
    second = stack(bench, bench.image(4), name="second", axis_labels=("t", "y", "x"))
    bench.dock.inputs.choose(bench.case.input, second)
    bench.dock.form.update({bench.case.setting: 2 * bench.case.value})
    bench.settle()
    bench.case.finish(bench)
    mark = bench.case.mark(bench)
    assert mark["parameters"][bench.case.setting] == bench.case.value
    assert mark["inputs"][bench.case.input]["name"] == "first"
    if not bench.case.labels:
        assert layer_of(bench).data.shape == layer_of_call(bench, pixels).shape
    np.testing.assert_array_equal(bench.case.shown(bench), gist_of_call(bench, pixels))


def test_run_pressed_ten_times_gives_one_result(bench) -> None:
    pixels = bench.image(20)
    stack(bench, slow(pixels, 0.005), axis_labels=("t", "y", "x"))
    finished: list[Any] = []
    bench.dock.runs.finished.connect(finished.append)
    for _ in range(10):
        bench.dock.progress.run_button.click()
    bench.settle()
    assert len(finished) == 1
    assert len(bench.viewer.layers) == 1 + len(list(bench.dock.layers))
    np.testing.assert_array_equal(bench.case.shown(bench), gist_of_call(bench, pixels))


@pytest.mark.parametrize("when", ["start", "middle", "end"])
def test_cancel_is_answered_at_any_time(bench, when) -> None:
    """Within half a second, but for what others do on the machine and for kernels that are compiled first."""
    pixels = bench.image(40)
    gist_of_call(bench, pixels[:3])  # compiles them
    source = stack(bench, slow(pixels, 0.005), axis_labels=("t", "y", "x"))
    assert any(seconds_until_cancelled(bench, when) < 0.5 for _ in range(3))
    source.data = pixels
    bench.run()
    assert bench.case.mark(bench)["state"] == "complete"


def seconds_until_cancelled(bench: Any, when: str) -> float:
    """Run, and cancel then."""
    import time

    bench.dock.run()
    if when != "start":
        bench.until_under_way()
    if when == "end":
        bench.qtbot.waitUntil(
            lambda: (
                bench.dock.progress.bar.value() > 0.8 * bench.dock.progress.bar.maximum() > 0
                or not bench.dock.runs.runner.busy
            ),
            timeout=30_000,
        )
    asked = time.monotonic()
    bench.dock.progress.cancel_button.click()
    bench.dock.progress.cancel_button.click()
    bench.settle()
    took = time.monotonic() - asked
    if bench.dock.result is None:
        assert message(bench.dock).startswith("Cancelled")
        assert all(layer.metadata["specks"]["state"] == "partial" for layer in bench.dock.layers)
    return took


def test_an_error_in_the_worker_is_a_sentence_and_a_traceback_in_the_log(bench, caplog) -> None:
    pixels = bench.image(20)
    source = stack(
        bench, failing(pixels, 8, RuntimeError("the disk is on fire")), axis_labels=("t", "y", "x")
    )
    with caplog.at_level(logging.ERROR, "specks"):
        bench.run()
    assert message(bench.dock) == "Failed: the disk is on fire"
    assert "Traceback" in caplog.text
    assert bench.dock.progress.run_button.isEnabled()
    assert bench.dock.progress.bar.isHidden()
    source.data = pixels
    bench.run()
    assert bench.dock.result is not None


def test_a_result_is_named_after_its_input_unless_somebody_named_it(bench) -> None:
    dock, viewer = bench.dock, bench.viewer
    stack(bench, bench.image(), name="first", axis_labels=("t", "y", "x"))
    bench.show()
    shown = layer_of(bench)
    assert shown.name == bench.case.layer_name("first")
    stack(bench, bench.image(), name="second", axis_labels=("t", "y", "x"))
    dock.inputs.choose(bench.case.input, viewer.layers["second"])
    bench.show()
    assert (layer_of(bench) is shown) == bench.case.reuses
    assert layer_of(bench).name == bench.case.layer_name("second")
    order = viewer.layers.index
    assert order(layer_of(bench)) > order(viewer.layers["second"]), "else it is hidden"
    shown.name = "mine"
    dock.inputs.choose(bench.case.input, viewer.layers["first"])
    bench.show()
    assert layer_of(bench) is shown
    assert shown.name == "mine"


def test_a_result_stays_whole_until_there_is_news_of_the_next(bench) -> None:
    source = stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.run()
    before = bench.case.shown(bench).copy()
    source.data = slow(bench.image(), 0.01)
    bench.dock.run()
    bench.dock.runs.cancel()
    bench.settle()
    assert message(bench.dock).startswith("Cancelled")
    np.testing.assert_array_equal(bench.case.shown(bench), before)
    assert bench.case.mark(bench)["state"] == "complete"


# 20 and what else a dock promises ------------------------------------------------------------


def same_table(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, check_exact=True)


def test_dock_and_call_give_the_same_bits(bench) -> None:
    pixels = bench.image()
    stack(bench, pixels, scale=(1, 0.5, 0.5), units=("s", "um", "um"), axis_labels=("t", "y", "x"))
    bench.run()
    called = bench.case.call(bench.dock, pixels, "tyx", **bench.case.placed(0.5))
    np.testing.assert_array_equal(bench.case.shown(bench), bench.case.gist(bench.dock, called))
    wanted = fields(bench.dock, called)
    for name, value in fields(bench.dock, bench.dock.result).items():
        if isinstance(value, pd.DataFrame):
            same_table(value, wanted[name])
        elif isinstance(value, np.ndarray):
            assert value.dtype == np.asarray(wanted[name]).dtype
            np.testing.assert_array_equal(value, wanted[name])


def test_provenance_says_what_was_done_and_is_plain_data(bench) -> None:
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.show()
    for layer in bench.case.layers(bench):
        assert json.loads(json.dumps(layer.metadata["specks"]))["state"] == "complete"
    mark = json.loads(json.dumps(bench.case.mark(bench)))
    assert mark["state"] == "complete"
    assert mark["step"] == bench.dock.function.spec().target
    assert mark["inputs"][bench.case.input]["shape"] == [6, 48, 48]
    assert mark["parameters"][bench.case.setting] == bench.case.value


def test_python_runs_as_pasted_and_gives_the_same(bench) -> None:
    from qtpy.QtWidgets import QApplication

    pixels = bench.image()
    stack(
        bench,
        pixels[:, None],
        scale=(1, 1, 0.5, 0.5),
        units=("s", "um", "um", "um"),
        axis_labels=tuple("tzyx"),
    )
    bench.run()
    bench.case.correct(bench)
    bench.settle()
    bench.dock.outcome.copy_button.click()
    known = {"viewer": bench.viewer}
    exec(QApplication.clipboard().text(), known)
    same(bench, bench.case.gist(bench.dock, known["result"]))


def test_corrections_refit_and_undo_takes_them_back(bench) -> None:
    pixels = bench.image()
    stack(bench, pixels, axis_labels=("t", "y", "x"))
    bench.run()
    before = bench.case.shown(bench).copy()
    bench.case.correct(bench)
    bench.settle()
    log = bench.dock.hand.corrections
    assert len(log) == 2
    same(bench, gist_of_call(bench, pixels, corrections=log))
    assert not np.array_equal(bench.case.shown(bench), before, equal_nan=True)
    for _ in log:
        bench.dock.hand.undo.click()
        bench.settle()
    np.testing.assert_array_equal(bench.case.shown(bench), before)
    assert len(bench.dock.hand.corrections) == 0


@docks(lambda case: case.paints)
def test_a_scribble_refits_and_undo_takes_it_back(bench) -> None:
    pixels = bench.image()
    stack(bench, pixels, axis_labels=("t", "y", "x"))
    bench.run()
    before = layer_of(bench).data.copy()
    bench.viewer.dims.set_current_step(0, 3)
    strokes = bench.dock.hand.scribbling.brush(1)
    where = tuple(a.ravel() for a in np.mgrid[3:4, 20:26, 30:36])
    strokes.data_setitem(where, 1)
    other = tuple(a.ravel() for a in np.mgrid[3:4, 2:5, 2:5])
    strokes.data_setitem(other, 2)
    bench.qtbot.waitUntil(lambda: len(bench.dock.hand.corrections) == 1, timeout=5000)
    bench.settle()
    painted = np.zeros(pixels.shape[1:], np.uint8)
    painted[20:26, 30:36], painted[2:5, 2:5] = 1, 2
    record = bench.dock.hand.corrections.records[0]
    np.testing.assert_array_equal(record["array"], painted)
    assert record["frame"] == 3
    wanted = gist_of_call(bench, pixels, corrections=bench.dock.hand.corrections)
    np.testing.assert_array_equal(layer_of(bench).data, wanted)
    assert not np.array_equal(np.asarray(layer_of(bench).data), before)
    bench.dock.hand.undo.click()
    bench.settle()
    assert not strokes.data.any()
    np.testing.assert_array_equal(layer_of(bench).data, before)
    assert len(bench.dock.hand.corrections) == 0


@docks(lambda case: case.previews)
def test_a_preview_shows_one_frame_and_leaves_the_result_alone(bench) -> None:
    pixels = bench.image()
    source = stack(bench, pixels, axis_labels=("t", "y", "x"), scale=(2, 1, 1), units=("s", "um", "um"))
    bench.run()
    full = layer_of(bench)
    before, sentence = full.data.copy(), bench.dock.outcome.sentence.text()
    bench.viewer.dims.set_current_step(0, 4)
    bench.dock.preview_box.setChecked(True)
    bench.dock.form.update({bench.case.setting: 1.5 * bench.case.value})
    shown = bench.dock.preview.layers
    bench.qtbot.waitUntil(lambda: shown.get(bench.case.output) is not None, timeout=10_000)
    layer = shown.get(bench.case.output)
    values = {bench.case.setting: 1.5 * bench.case.value}
    direct = bench.case.call(bench.dock, pixels[4], "yx", **bench.case.placed(1), **values)
    wanted = bench.case.wanted_layer(bench.dock, direct, pixels[4])
    np.testing.assert_array_equal(layer.data, bench.case.expanded(wanted, (1, *pixels.shape[1:])))
    np.testing.assert_allclose(layer.data_to_world((0, 3, 4)), source.data_to_world((4, 3, 4)))
    np.testing.assert_array_equal(full.data, before)
    assert not full.visible
    assert bench.dock.outcome.sentence.text().startswith("Preview of frame 4: ")
    offered = [one for combo in bench.dock.inputs.combos.values() for one in combo.choices]
    assert source in offered
    assert not any(one is own for one in offered for own in shown)
    seen: list[Any] = []
    bench.dock.preview.shown.connect(lambda *said: seen.append(said))
    bench.viewer.dims.set_current_step(0, 1)
    bench.qtbot.waitUntil(
        lambda: np.allclose(layer.data_to_world((0, 0, 0)), source.data_to_world((1, 0, 0))), timeout=10_000
    )
    bench.qtbot.wait(700)
    assert len(seen) == 1, "showing a preview must not ask for another one"
    bench.dock.form.update(bench.case.values)
    assert full.visible
    assert bench.dock.outcome.sentence.text() == sentence
    assert not list(shown)
    assert layer not in bench.viewer.layers


def test_a_dock_without_preview_says_why(bench) -> None:
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    box = bench.dock.preview_box
    assert box.isEnabled() == (not bench.dock.no_preview)
    if not bench.dock.no_preview:
        return
    assert (box.text(), box.isChecked()) == (bench.dock.no_preview, False)
    box.setChecked(True)
    bench.viewer.dims.set_current_step(0, 1)
    bench.qtbot.wait(500)
    assert not list(bench.dock.preview.layers)


def test_closing_the_dock_cancels_and_what_it_showed_in_passing_goes(bench) -> None:
    stack(bench, slow(bench.image(200), 0.01), axis_labels=("t", "y", "x"))
    bench.dock.run()
    bench.until_under_way()
    bench.dock.close()
    bench.settle()
    assert message(bench.dock).startswith("Cancelled")
    if bench.dock.no_preview:
        return
    bench.viewer.layers.clear()
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.dock.preview_box.setChecked(True)
    bench.viewer.dims.set_current_step(0, 1)
    bench.qtbot.wait(500)
    assert not list(bench.dock.preview.layers), "a closed dock shows nothing"
    bench.dock.show()
    bench.qtbot.waitUntil(lambda: bool(list(bench.dock.preview.layers)), timeout=10_000)
    bench.dock.close()
    assert not list(bench.dock.preview.layers)


def test_a_dock_that_is_only_hidden_goes_on(bench) -> None:
    """Behind another tab a dock is hidden, but not closed."""
    stack(bench, slow(bench.image(40), 0.01), axis_labels=("t", "y", "x"))
    bench.dock.show()
    bench.dock.run()
    bench.until_under_way()
    bench.dock.hide()
    bench.settle()
    assert bench.dock.result is not None


def test_tables_are_written_and_read_back(bench, tmp_path) -> None:
    stack(bench, bench.image(), axis_labels=("t", "y", "x"))
    bench.run()
    tables = [e for e in bench.dock.carry_on.exports if e.suggested.endswith(bench.case.table_files)]
    assert tables
    for export in tables:
        path = tmp_path / export.suggested
        bench.dock.carry_on.write(export, path)
        bench.settle()
        assert message(bench.dock) == f"Written to {path}"
        same_table(*bench.case.read_table(bench.dock, path))
    bench.dock.carry_on.write(tables[0], tmp_path / "nowhere" / "a.csv")
    bench.settle()
    assert "nowhere" in message(bench.dock)


@docks(lambda case: case.store)
def test_everything_is_written_to_one_store(bench, tmp_path) -> None:
    from specks.io import open_result

    stack(bench, bench.image(), scale=(1, 0.5, 0.5), units=("s", "um", "um"), axis_labels=("t", "y", "x"))
    bench.run()
    (export,) = (e for e in bench.dock.carry_on.exports if e.suggested.endswith(".zarr"))
    bench.dock.carry_on.write(export, tmp_path / "all.zarr")
    bench.settle()
    assert message(bench.dock) == f"Written to {tmp_path / 'all.zarr'}"
    stored = open_result(tmp_path / "all.zarr")
    (labels,) = stored.labels.values()
    np.testing.assert_array_equal(labels.read(tuple(slice(0, n) for n in labels.shape)), layer_of(bench).data)
    assert labels.geometry.spatial_spacing == (0.5, 0.5)
    assert stored.provenance.parameters == layer_of(bench).metadata["specks"]["parameters"]


def test_a_recipe_made_by_clicking_gives_the_same(bench, tmp_path) -> None:
    from specks.recipe import run_recipe

    pixels = bench.image()
    stack(bench, pixels, scale=(1, 0.5, 0.5), units=("s", "um", "um"), axis_labels=("t", "y", "x"))
    bench.run()
    bench.case.correct(bench)
    bench.settle()
    bench.dock.carry_on.record(tmp_path / "recipe.yaml")
    assert "recipe.yaml" in bench.dock.outcome.recipe_path.text()
    np.save(tmp_path / "stack.npy", pixels)
    *_, outcome = run_recipe(tmp_path / "recipe.yaml", tmp_path / "stack.npy", tmp_path / "out")
    assert outcome is not None
    same(bench, bench.case.stored(outcome.folder))


def test_settings_come_back_in_the_next_session(bench) -> None:
    bench.qtbot.wait(600)
    again = bench.case.make(bench.viewer)
    bench.qtbot.addWidget(again)
    assert again.form.values == bench.dock.form.values != {}
    again.settings.reset_button.click()
    assert again.form.values == again.start
