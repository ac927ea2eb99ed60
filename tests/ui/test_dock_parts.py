"""Inputs, progress, settings, corrections and results, one promise at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from specks._core.progress import Progress

pytestmark = pytest.mark.widgets


@pytest.fixture
def inputs(viewer, qtbot):
    from toy_engine import find_blobs

    from specks.ui.inputs import Inputs

    widget = Inputs(viewer, find_blobs.spec(), offer=lambda layer: not layer.name.startswith("own"))
    qtbot.addWidget(widget)
    return widget


def image(viewer, *shape, **options):
    return viewer.add_image(np.zeros(shape, np.uint16), contrast_limits=(0, 1), rgb=False, **options)


# inputs --------------------------------------------------------------------------------------


def names(combo) -> list[str]:
    return [combo.native.itemText(i) for i in range(combo.native.count())]


def test_choices_follow_insert_rename_and_remove(viewer, inputs) -> None:
    first = image(viewer, 4, 5, name="first")
    image(viewer, 4, 5, name="own")
    viewer.add_labels(np.zeros((4, 5), np.uint8), name="cells")
    assert names(inputs.combos["image"]) == ["first"]
    assert names(inputs.combos["mask"]) == ["none", "cells"]
    first.name = "renamed"
    assert names(inputs.combos["image"]) == ["renamed"]
    second = image(viewer, 4, 5, name="second")
    assert inputs.views["image"].layer is first, "what was chosen stays chosen"
    viewer.layers.remove(first)
    assert inputs.views["image"].layer is second


def test_the_active_layer_is_the_default(viewer, qtbot) -> None:
    from toy_engine import find_blobs

    from specks.ui.inputs import Inputs

    layers = [image(viewer, 4, 5, name=name) for name in "abc"]
    viewer.layers.selection.active = layers[1]
    widget = Inputs(viewer, find_blobs.spec(), offer=lambda layer: True)
    qtbot.addWidget(widget)
    assert widget.views["image"].layer is layers[1]
    assert "mask" not in widget.views
    assert "scribbles" not in widget.combos, "scribbles come from the corrections"


def test_a_layer_with_features_is_a_table(viewer, inputs) -> None:
    image(viewer, 4, 5)
    viewer.add_points([[1, 2]], name="bare")
    viewer.add_points([[1, 2]], name="rich", features={"offset": [3.0]})
    assert names(inputs.combos["offsets"]) == ["none", "rich"]


def test_a_model_is_chosen_as_a_file(viewer, qtbot, tmp_path) -> None:
    from specks import correct_images, drift_from_tracks
    from specks.recipe import load_recipe
    from specks.ui.inputs import Inputs
    from specks.ui.python_text import python_text
    from specks.ui.recipe_book import RecipeBook
    from specks.ui.request import Request
    from specks.ui.results import ResultLayers

    series = image(viewer, 3, 20, 24, name="series")
    widget = Inputs(viewer, correct_images.spec(), offer=lambda layer: True)
    qtbot.addWidget(widget)
    assert widget.reason == "Choose a file for drift"
    told = []
    widget.changed.connect(lambda: told.append(widget.reason))
    widget.file_rows["drift"].value = tmp_path / "d.json"
    assert told == [f"There is no file {tmp_path / 'd.json'}"]
    tracks = pd.DataFrame({"frame": [0, 1, 2], "particle": 1, "y": [0.0, 1.5, 3.0], "x": 5.0})
    drift_from_tracks(tracks).save(tmp_path / "d.json")
    widget.choose("images", series)
    widget.reading.value = "tyx"
    assert widget.reason is None
    request = Request(correct_images, widget.views, {"border": "crop"}, files=widget.files)
    for progress in (run := request.run({})):
        assert isinstance(progress, Progress)
    run.close()
    finished = correct_images(**request.arguments())
    assert (finished.shape, finished.origin) == ((3, 17, 24), (0, 0))
    script = python_text(request, tmp_path)
    namespace = {"viewer": viewer}
    exec(script, namespace)
    np.testing.assert_array_equal(namespace["result"], finished)
    book = RecipeBook()
    book.path = tmp_path / "r.yaml"
    assert book.add(request, ResultLayers(viewer, {})) == "correct_images"
    book.add(request, ResultLayers(viewer, {}))
    recipe = load_recipe(tmp_path / "r.yaml")
    assert recipe.inputs == ("images", "drift")
    assert [step.inputs for step in recipe.steps] == [{"images": "images", "drift": "drift"}] * 2


def read(label) -> str:
    """What is written, without regard to where the line may break."""
    return label.text().replace("\N{NO-BREAK SPACE}", " ")


def test_facts_in_one_line_and_the_reading_can_be_chosen(viewer, inputs) -> None:
    layer = image(viewer, 30, 64, 64)
    assert read(inputs.facts) == "30 × 64 × 64 · zyx · no pixel size · 240 kB"
    inputs.reading.value = "tyx"
    assert read(inputs.facts) == "30 × 64 × 64 · tyx · no pixel size · 240 kB"
    layer.scale, layer.units = (1, 0.35, 0.35), ("s", "um", "um")
    assert read(inputs.facts) == "30 × 64 × 64 · tyx · 0.35 µm/px · 240 kB"
    viewer.layers[-1].units = ("pixel",) * 3
    viewer.layers[-1].scale = (1, 3, 1)
    assert read(inputs.facts) == "30 × 64 × 64 · tyx · pixel size 3 × 1 · 240 kB"


def test_an_edit_is_told_and_a_new_layer_beside_is_not(viewer, inputs) -> None:
    layer = image(viewer, 4, 5)
    told = []
    inputs.changed.connect(lambda: told.append("changed"))
    inputs.edited.connect(lambda: told.append("edited"))
    image(viewer, 4, 5)
    assert told == []
    layer.data = np.ones((4, 5), np.uint16)
    assert told == ["edited", "changed"]


def test_a_deleted_widget_listens_no_longer(viewer, qtbot) -> None:
    from toy_engine import find_blobs

    from specks.ui.inputs import Inputs

    widget = Inputs(viewer, find_blobs.spec(), offer=lambda layer: True)
    image(viewer, 4, 5)
    widget.deleteLater()
    qtbot.wait(20)
    image(viewer, 4, 5)
    viewer.layers.clear()


# progress ------------------------------------------------------------------------------------


def test_time_left_comes_from_the_pace_of_the_phase() -> None:
    from specks.ui.progress_row import Remaining

    left = Remaining()
    assert left.seconds(Progress(0, 10, "a"), 0.0) is None
    assert left.seconds(Progress(2, 10, "a"), 4.0) == 16.0
    assert left.seconds(Progress(5, 10, "a"), 10.0) == 10.0
    assert left.seconds(Progress(1, 100, "b"), 11.0) is None, "a new phase has a pace of its own"
    assert left.seconds(Progress(11, 100, "b"), 12.0) == pytest.approx(8.9)
    assert left.seconds(Progress(3, 0, "c"), 13.0) is None


def test_the_row_says_what_is_done_and_how_long_it_takes(qtbot) -> None:
    import time

    from specks.ui.jobs import Job, JobRunner
    from specks.ui.progress_row import ProgressRow

    runner = JobRunner()
    row = ProgressRow(runner)
    qtbot.addWidget(row)
    said = set()

    def steps():
        for i in range(30):
            time.sleep(0.02)
            yield Progress(i + 1, 30, f"Frame {i + 1}/30")

    runner.progressed.connect(lambda _: said.add(row.message.text()))
    runner.start(Job(lambda: steps, lambda news: None, lambda outcome: None))
    assert row.cancel_button.isEnabled()
    qtbot.waitUntil(lambda: not runner.busy, timeout=10_000)
    assert any(text.startswith("Frame ") and text.endswith("1 s left") for text in said), said
    assert (row.message.text(), row.cancel_button.isEnabled()) == ("", False)


def test_a_short_job_moves_nothing_and_a_long_one_shows_how_far_it_is(qtbot) -> None:
    import time

    from specks.ui.jobs import Job, JobRunner
    from specks.ui.progress_row import BLINK_MS, ProgressRow

    runner = JobRunner()
    row = ProgressRow(runner)
    qtbot.addWidget(row)

    def seen_during(seconds: float) -> set[tuple[bool, bool]]:
        def steps():
            yield Progress(0, 0, "Working")
            time.sleep(seconds)

        seen = set()
        runner.start(Job(lambda: steps, lambda news: None, lambda outcome: None))
        while runner.busy:
            qtbot.wait(10)
            seen.add((not row.bar.isHidden(), bool(row.message.text())))
        return seen

    assert seen_during(0.0) == {(False, False)}
    assert seen_during(3 * BLINK_MS / 1000) == {(False, False), (True, True)}


def test_a_sentence_said_during_a_job_is_there_again_when_its_steps_are_told(qtbot) -> None:
    import time

    from specks.ui.jobs import Job, JobRunner
    from specks.ui.progress_row import BLINK_MS, ProgressRow

    def steps():
        for i in range(8):
            yield Progress(i, 8, f"Step {i}")
            time.sleep(BLINK_MS / 2000)

    runner = JobRunner()
    row = ProgressRow(runner)
    qtbot.addWidget(row)
    runner.start(Job(lambda: steps, lambda news: None, lambda outcome: None))
    row.say("3 features added")
    qtbot.waitUntil(lambda: row.message.text().startswith("Step"), timeout=5000)
    qtbot.waitUntil(lambda: not runner.busy, timeout=5000)
    assert row.message.text() == "3 features added"


# settings ------------------------------------------------------------------------------------


@pytest.fixture
def row(qtbot):
    from toy_engine import find_blobs

    from specks.ui.form import Form
    from specks.ui.settings_row import SettingsRow

    widget = SettingsRow(Form(find_blobs.spec()), can_estimate=False)
    qtbot.addWidget(widget)
    widget.told = []
    widget.said.connect(widget.told.append)
    return widget


def test_settings_saved_by_hand_come_back_and_the_others_are_reset(row, tmp_path) -> None:
    row._form.update({"diameter": (3.3, 4), "level": 1e-12, "bounds": {"min": 1.0}})
    row.save(tmp_path / "a.yaml")
    row._form.reset()
    row._form.update({"repeats": 3})
    row.load(tmp_path / "a.yaml")
    assert row._form.values == {"diameter": (3.3, 4), "level": 1e-12, "bounds": {"min": 1.0}}


@pytest.mark.parametrize(
    "text", ["diamter: 3", "- 1\n- 2", "a: [", "level: yes please", "level: !!python/object:os.system {}"]
)
def test_a_file_that_does_not_fit_changes_nothing_and_says_why(row, tmp_path, text) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    row._form.update({"repeats": 3})
    row.load(tmp_path / "bad.yaml")
    assert row._form.values == {"repeats": 3}
    assert row.told
    row.load(tmp_path / "nowhere.yaml")
    assert "nowhere.yaml" in row.told[-1]


def test_settings_that_were_kept_and_fit_no_more_are_left_out(qtbot, row) -> None:
    from specks.ui.settings import recall, settings_file

    path = settings_file("find_blobs")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("gone: 3\nrepeats: 99\nnote: kept\n")
    recall(row._form)
    assert row._form.values == {"note": "kept"}
    path.write_text("- not a mapping")
    recall(row._form)
    assert row._form.values == {"note": "kept"}


# corrections ---------------------------------------------------------------------------------


def test_the_log_belongs_to_the_layer_and_goes_back_step_by_step(viewer) -> None:
    from specks.ui.hand_log import log_of

    layer, other = image(viewer, 4, 5, 6), image(viewer, 4, 5, 6)
    log = log_of(layer)
    assert log_of(layer) is log is not log_of(other)
    log.toggle_frame(2)
    log.stroke(np.ones((5, 6), np.uint8), 1)
    log.stroke(2 * np.ones((5, 6), np.uint8), 1)
    log.replace("threshold", value=0.5)
    log.replace("threshold", value=0.7)
    assert [r["kind"] for r in log.corrections] == ["exclude_frame", "scribble", "threshold"]
    assert log.painted(1, (5, 6)).max() == 2
    log.undo()
    assert log.corrections.of("threshold")[0]["value"] == 0.5
    log.undo()
    log.undo()
    assert log.painted(1, (5, 6)).max() == 1
    log.toggle_frame(2)
    assert not log.excluded(2)
    for _ in range(9):
        log.undo()
    assert len(log.corrections) == 0


@pytest.fixture
def tools(viewer, qtbot):
    from specks.ui.hand_tools import HandTools
    from specks.ui.layer_view import view_layer

    layer = image(
        viewer, 3, 1, 20, 30, name="stack", axis_labels=("t", "z", "y", "x"), scale=(2, 1, 0.5, 0.5)
    )
    widget = HandTools(viewer, ("scribble", "exclude_frame"))
    widget.work_on(view_layer(layer))
    qtbot.addWidget(widget)
    return widget


def test_scribbles_lie_on_the_image_and_become_one_record_a_frame(viewer, tools, qtbot) -> None:
    tools.particle.click()
    strokes = viewer.layers.selection.active
    assert (strokes.mode, strokes.selected_label, strokes.data.shape) == ("paint", 2, (3, 1, 20, 30))
    np.testing.assert_array_equal(strokes.scale, viewer.layers["stack"].scale)
    viewer.dims.set_current_step(0, 1)
    strokes.paint((1, 0, 5, 5), 2)
    strokes.paint((1, 0, 9, 9), 1)
    viewer.dims.set_current_step(0, 2)
    strokes.paint((2, 0, 9, 9), 1)
    qtbot.waitUntil(lambda: len(tools.corrections) == 2, timeout=5000)
    assert [(r["frame"], r["array"].shape) for r in tools.corrections] == [(1, (20, 30)), (2, (20, 30))]
    assert tools.count.text() == "3 corrections"
    strokes.undo()
    qtbot.waitUntil(lambda: len(tools.corrections) == 1, timeout=5000)
    tools.undo.click()
    assert strokes.data[2].any(), "taking back the undo paints again"


def test_scribbles_are_told_apart_and_hide_nothing_else(viewer, tools) -> None:
    strokes = tools.scribbling.brush(1)
    nothing, background, particle = strokes.colormap.map(np.arange(3, dtype=np.uint8))
    assert nothing[3] == 0
    assert background[2] > background[0]
    assert particle[0] > particle[2]
    assert strokes.get_color(2) == pytest.approx(particle)


def test_scribbles_survive_the_layer_and_another_image(viewer, tools, qtbot) -> None:
    from specks.ui.layer_view import view_layer

    tools.background.click()
    strokes = viewer.layers.selection.active
    viewer.dims.set_current_step(0, 0)
    strokes.paint((0, 0, 5, 5), 1)
    painted = strokes.data.copy()
    qtbot.waitUntil(lambda: len(tools.corrections) == 1, timeout=5000)
    viewer.layers.remove(strokes)
    tools.background.click()
    again = viewer.layers.selection.active
    assert again is not strokes
    np.testing.assert_array_equal(again.data, painted)
    tools.work_on(view_layer(image(viewer, 8, 9)))
    assert len(tools.corrections) == 0
    assert not tools.exclude.isEnabled()
    tools.work_on(view_layer(viewer.layers["stack"]))
    assert len(tools.corrections) == 1


def test_excluding_a_frame_takes_the_one_that_is_shown(viewer, tools) -> None:
    viewer.dims.set_current_step(0, 2)
    tools.exclude.click()
    assert [dict(r) for r in tools.corrections] == [{"kind": "exclude_frame", "frame": 2}]
    tools.exclude.click()
    assert len(tools.corrections) == 0


# results -------------------------------------------------------------------------------------


def test_a_table_becomes_features_when_labels_name_one_row_each() -> None:
    from specks.ui.features import label_features, point_features

    table = pd.DataFrame({"frame": [0, 1], "label": [1, 2], "y": [0.5, 1], "area": [3, 4]})
    assert list(label_features(table)) == ["frame", "index", "y", "area"]
    assert label_features(table.assign(label=1)) is None
    assert label_features(table[["area"]]) is None
    assert list(point_features(table)) == ["label", "area"]


def test_python_names_the_shortest_public_module() -> None:
    from specks._core.registry import find_step
    from specks.ui.python_text import module_of

    assert module_of(find_step("segment_particles").spec()) == "specks"


def test_the_proxy_that_plugins_get_is_looked_through(viewer, qtbot) -> None:
    from napari.utils._proxies import PublicOnlyProxy
    from toy_dock import BlobsDock

    dock = BlobsDock(PublicOnlyProxy(viewer))
    qtbot.addWidget(dock)
    assert dock.viewer is viewer


def test_a_dock_for_a_step_is_a_few_lines() -> None:
    import toy_dock

    assert Path(toy_dock.__file__).read_text().count("\n") < 30


def test_a_setting_can_be_estimated_beside_the_window(viewer, qtbot) -> None:
    from toy_dock import BlobsDock

    from specks.ui.request import Estimate

    class Estimating(BlobsDock):
        @staticmethod
        def estimate(request) -> Estimate:
            return Estimate({"diameter": float(request.main.source.shape[0])}, "Blobs of 7 px stand out")

    image(viewer, 7, 20, 20)
    dock = Estimating(viewer)
    qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    dock.settings.estimate_button.click()
    qtbot.waitUntil(lambda: dock.form.values == {"diameter": 7.0}, timeout=10_000)
    qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=10_000)
    assert dock.progress.message.text() == "Blobs of 7 px stand out"


def test_a_sentence_takes_the_height_that_it_needs_and_gives_it_back(qtbot) -> None:
    from specks.ui.wrapped import WrappedLabel

    label = WrappedLabel()
    qtbot.addWidget(label)
    label.resize(120, 20)
    label.setText("word")
    one = label.minimumHeight()
    label.setText("word " * 40)
    assert label.minimumHeight() > 4 * one
    label.setText("word")
    assert label.minimumHeight() == one


# how much was corrected ----------------------------------------------------------------------


def strokes_at(*places: tuple[int, int, int]) -> np.ndarray:
    painted = np.zeros((40, 50), np.uint8)
    for y, x, label in places:
        painted[y : y + 2, x : x + 5] = label
    return painted


@pytest.mark.parametrize(
    ("painted", "count"),
    [
        (strokes_at((2, 2, 1)), 1),
        (strokes_at((2, 2, 2), (10, 2, 2), (20, 2, 2), (30, 2, 1)), 4),
        (strokes_at((2, 2, 2), (4, 7, 2)), 1),  # they touch
        (strokes_at((2, 2, 2), (4, 2, 1)), 2),  # but mean different things
    ],
)
def test_strokes_are_counted_one_by_one(painted, count) -> None:
    from specks._core.corrections import Corrections
    from specks.ui.tally import breakdown, tally

    counts = tally(Corrections().add("scribble", array=painted, frame=3))
    assert counts == {"scribble": count}
    assert breakdown(counts) == ("1 stroke" if count == 1 else f"{count} strokes")


def test_the_count_is_what_a_person_did_and_says_of_what_kind(viewer, qtbot) -> None:
    from specks.ui.hand_tools import HandTools
    from specks.ui.layer_view import view_layer

    tools = HandTools(viewer, ("scribble", "accept", "reject", "exclude_frame"))
    qtbot.addWidget(tools)
    tools.work_on(view_layer(image(viewer, 4, 40, 50, axis_labels=("t", "y", "x"))))
    assert tools.count.text() == ""
    tools.log.stroke(strokes_at((2, 2, 2)), 0)
    assert tools.count.text() == "1 correction"
    tools.log.stroke(strokes_at((2, 2, 2), (10, 2, 2)), 0)
    tools.log.stroke(strokes_at((2, 2, 1)), 1)
    tools.log.judge("accept", 1, [3.0, 4.0])
    tools.log.judge("reject", 1, [3.0, 4.0])
    tools.log.toggle_frame(2)
    tools.log.replace("threshold", value=0.3)
    assert tools.count.text() == "5 corrections", "a threshold is not among the kinds of this step"
    assert tools.count.toolTip() == "3 strokes, 1 rejected, 1 frame left out"
    tools.log.stroke(strokes_at(), 0)
    assert tools.count.text() == "3 corrections", "what was wiped away counts no more"


def test_a_ring_does_not_mind_that_its_layer_goes_and_takes_axes_along(viewer, qtbot) -> None:
    from qtpy.QtCore import QObject

    from specks.ui.ring import Ring

    parent = QObject()
    ring = Ring(viewer, "specks_test", parent)
    layer = viewer.add_image(np.zeros((2, 3, 8, 8)))
    ring.show_around(layer, viewer.dims.point, 3.0)
    assert ring.visible
    viewer.layers.clear()
    assert not ring.visible
