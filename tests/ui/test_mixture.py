"""The Mixture dock: what is its own beside what every dock does (tests/contracts/test_docks.py)."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import specks
from specks import synth
from specks._core.corrections import Corrections
from specks.ui.circle import KEY
from specks.ui.mixture import MixtureDock

pytestmark = pytest.mark.widgets

DIAMETER = 9.0


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return synth.particle_image((160, 192), synth.ParticleScene(prevalence=0.04), seed=4).image


def settle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: not dock.runs.runner.busy and not dock.preview.runner.busy, timeout=30_000)


def run(dock, qtbot) -> None:
    dock.run()
    settle(dock, qtbot)
    assert dock.result is not None, dock.progress.message.text()


def labels(dock) -> np.ndarray:
    return np.asarray(dock.layers.get("labels").data)


def test_a_run_shows_posterior_particles_histogram_and_a_sentence(dock, viewer, qtbot, picture):
    viewer.add_image(picture, name="grains")
    run(dock, qtbot)
    called = specks.segment_particles(picture, diameter=DIAMETER)
    assert [layer.name for layer in viewer.layers] == ["grains", "grains posterior", "grains particles"]
    assert np.array_equal(viewer.layers[1].data, called.posterior)
    assert np.array_equal(viewer.layers[2].data, called.labels)
    split, wanted = dock.histogram.split, called.model.histogram()
    for one, other in zip((split.edges, split.total, split.background, split.particle), wanted, strict=True):
        assert np.array_equal(one, other)
    assert dock.outcome.sentence.text().startswith(f"{called.labels.max()} particles")
    assert dock.histogram.threshold == 0.5


def test_the_table_is_in_naparis_features(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    features = dock.layers.get("labels").features
    assert features["index"].tolist() == list(range(1, labels(dock).max() + 1))
    assert features["area"].tolist() == np.bincount(labels(dock).ravel())[1:].tolist()


def test_doubts_are_said(dock, viewer, qtbot):
    viewer.add_image(np.random.default_rng(0).normal(100, 5, (128, 128)))  # nothing stands out
    run(dock, qtbot)
    assert dock.result.model.warnings
    for warning in dock.result.model.warnings:
        assert warning in dock.outcome.sentence.text()


# the threshold that is dragged -----------------------------------------------------------------


def test_the_result_follows_the_line(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    before = viewer.layers[2]
    dock.histogram.threshold_dragged.emit(0.97)
    settle(dock, qtbot)
    called = specks.segment_particles(picture, diameter=DIAMETER, threshold=0.97)
    assert viewer.layers[2] is before
    assert np.array_equal(labels(dock), called.labels)
    assert len(before.features) == called.labels.max()
    assert "Threshold 0.97, by hand" in dock.outcome.sentence.text()
    assert before.metadata["specks"]["corrections"] == [{"kind": "threshold", "value": 0.97}]


def test_a_drag_can_be_taken_back(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    first = labels(dock).copy()
    for value in (0.97, 0.2):
        dock.histogram.threshold_dragged.emit(value)
        settle(dock, qtbot)
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert dock.histogram.threshold == 0.97
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert dock.histogram.threshold == 0.5
    assert np.array_equal(labels(dock), first)


def test_a_typed_threshold_counts_more_than_one_dragged_before(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    dock.histogram.threshold_dragged.emit(0.97)
    settle(dock, qtbot)
    dock.form.update({"threshold": 0.3})
    run(dock, qtbot)
    assert dock.result.threshold == 0.3
    assert np.array_equal(
        labels(dock), specks.segment_particles(picture, diameter=DIAMETER, threshold=0.3).labels
    )


def test_dragging_ten_times_fast_ends_at_the_last(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    for value in np.linspace(0.1, 0.9, 10):
        dock.histogram.threshold_dragged.emit(float(value))
    settle(dock, qtbot)
    assert dock.result.threshold == 0.9
    assert [layer.name.split()[-1] for layer in viewer.layers[1:]] == ["posterior", "particles"]


def test_dragging_without_a_result_does_no_harm(dock, viewer):
    dock.histogram.threshold_dragged.emit(0.9)
    assert dock.result is None


def test_strokes_refit(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    brush = dock.hand.scribbling.brush(2)
    brush.paint((80, 90), 2)
    qtbot.waitUntil(lambda: len(dock.hand.corrections) == 1, timeout=5000)
    settle(dock, qtbot)
    log = Corrections().add("scribble", array=np.asarray(brush.data), frame=None)
    called = specks.segment_particles(picture, diameter=DIAMETER, corrections=log)
    assert np.array_equal(labels(dock), called.labels)
    assert np.array_equal(dock.histogram.split.particle, called.model.histogram()[3])


def test_further_labels_of_the_brush_are_classes(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    places = dock.result.objects.sort_values("intensity_mean")[["y", "x"]].to_numpy().round().astype(int)
    brush = dock.hand.scribbling.brush(2)
    brush.brush_size = 2
    for label, (y, x) in ((2, places[0]), (3, places[-1]), (4, (0, 0))):
        brush.selected_label = label
        brush.paint((y, x), label)
        qtbot.waitUntil(lambda n=label: dock.hand.count.text().startswith(str(n - 1)), timeout=5000)
        settle(dock, qtbot)
        assert (brush.selected_label, brush.mode) == (label, "paint")
    layer = dock.layers.get("labels")
    features = layer.features
    assert set(features["class"]) == {2, 3}
    for label, number in zip(features["index"], features["class"], strict=True):
        assert np.array_equal(layer.get_color(label), brush.get_color(number)), "as the strokes of its class"
    assert np.array_equal(features["class_probability"], dock.result.objects["class_probability"])
    assert "The strokes of class 4 mark no particle" in dock.outcome.sentence.text()
    assert len({tuple(brush.get_color(label)) for label in range(1, 9)}) == 8
    for _ in range(2):
        dock.hand.undo.click()
        settle(dock, qtbot)
    assert "class" not in layer.features
    assert len({tuple(layer.get_color(label)) for label in features["index"]}) > 2
    assert "class 4" not in dock.outcome.sentence.text()


# estimate ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "pixel"), (0.25, "um")])
def test_estimate_fills_in_what_the_step_would_find(dock, viewer, qtbot, picture, scale, unit):
    dock.form.reset()
    viewer.add_image(picture, scale=(scale, scale), units=(unit, unit))
    dock.settings.estimate_button.click()
    settle(dock, qtbot)
    model = specks.fit_mixture(picture, spacing=scale, units=unit)
    values = dock.form.values
    assert values["polarity"] == model.polarity
    assert values["diameter"] == pytest.approx(model.diameter, rel=0.005)
    symbol = "µm" if unit == "um" else "px"
    seen = (
        f"{model.polarity.capitalize()} particles of about {values['diameter']:g} {symbol} stand out (clarity"
    )
    assert dock.progress.message.text().startswith(seen)


def test_estimate_finds_nothing_in_nothing(dock, viewer, qtbot):
    before = dock.form.values
    viewer.add_image(np.full((64, 64), 7, np.uint8))
    dock.settings.estimate_button.click()
    settle(dock, qtbot)
    assert dock.form.values == before
    assert dock.progress.message.text().startswith("Nothing stands out clearly")


def test_estimate_does_not_take_noise_for_particles(dock, viewer, qtbot):
    viewer.add_image(np.random.default_rng(7).normal(100, 5, (256, 256)))
    dock.settings.estimate_button.click()
    assert dock.runs.runner.busy, "it is looked for beside the window"
    settle(dock, qtbot)
    assert dock.form.values == {"diameter": DIAMETER}
    assert dock.progress.message.text() == "Nothing stands out clearly; the settings stay as they are"


# what to expect ---------------------------------------------------------------------------------


def test_the_sentence_says_how_many_errors_to_expect(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    expected = dock.result.model.expected(0.5)
    wanted = (
        f"About {100 * expected.precision:.0f} % of them should be real, "
        f"and {100 * expected.recall:.0f} % of all should be found."
    )
    assert wanted in dock.outcome.sentence.text()
    dock.histogram.threshold_dragged.emit(0.97)
    settle(dock, qtbot)
    expected = dock.result.model.expected(0.97)
    assert f"{100 * expected.recall:.0f} % of all" in dock.outcome.sentence.text()


def test_in_a_volume_it_is_about_pixels(dock, viewer, qtbot):
    volume = synth.particle_volume((3, 128, 128), synth.ParticleScene(prevalence=0.04), seed=3).image
    viewer.add_image(volume, axis_labels=("z", "y", "x"))
    run(dock, qtbot)
    assert "% of their pixels should be real" in dock.outcome.sentence.text()


@pytest.mark.parametrize("settings", [{"threshold": 1.0}, {"mode": "documented"}])
def test_where_nothing_can_be_promised_nothing_is(dock, viewer, qtbot, picture, settings):
    viewer.add_image(picture)
    dock.form.update(settings)
    run(dock, qtbot)
    assert "should be" not in dock.outcome.sentence.text()


def test_a_link_leads_to_what_should_make_one_doubt(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    assert not dock.outcome.doubts.text()
    run(dock, qtbot)
    dock.outcome.doubts.linkActivated.emit("posterior")
    dialog = dock.outcome.dialog
    qtbot.addWidget(dialog)
    assert dialog.isVisible()
    assert not dialog.isModal()
    text = dialog.text.toPlainText()
    assert text.startswith("When not to trust it")
    assert "The diameter is wrong" in text
    assert "##" not in text
    assert "fit_mixture" not in text, "who clicks reads no code"
    assert "less certain" in text, "what the code printed"
    assert dialog.text.horizontalScrollBar().maximum() == 0


def test_a_chapter_of_the_manual_ends_where_the_next_begins():
    from specks.ui.help import manual_text

    text = manual_text("posterior", "When not to trust it")
    assert text.startswith("## When not to trust it\n")
    assert text.count("\n## ") == 0
    assert manual_text("posterior", "No such chapter").startswith("# ")


# the circle -------------------------------------------------------------------------------------


def test_the_circle_is_as_wide_as_the_diameter_on_the_canvas(dock, viewer, picture):
    viewer.add_image(picture, scale=(0.5, 0.5), units=("um", "um"))
    dock.form.update({"diameter": 6.0})
    for zoom in (4.0, 10.0):
        viewer.scene.camera.zoom = zoom
        assert dock.circle.width == 6.0 * zoom
    assert len(viewer.layers) == 1  # it is no layer, so it cannot be saved or measured


def test_without_units_the_diameter_counts_pixels(dock, viewer, picture):
    viewer.add_image(picture, scale=(3, 3))
    dock.form.update({"diameter": 5.0})
    viewer.scene.camera.zoom = 2.0
    assert dock.circle.width == 5 * 3 * 2


def test_in_mixed_units_the_circle_still_fits(dock, viewer, picture):
    viewer.add_image(picture, scale=(0.5, 0.5), units=("um", "um"))
    viewer.add_image(picture, scale=(500, 500), units=("nm", "nm"))
    world = viewer.layers.units[-1]
    dock.inputs.choose("image", viewer.layers[0])
    dock.form.update({"diameter": 2.0})
    viewer.scene.camera.zoom = 10.0 if str(world) == "micrometer" else 0.01
    assert dock.circle.width == 20


def test_no_circle_without_image_or_while_painting_or_in_3d(dock, viewer, picture):
    assert dock.circle.width == 0
    viewer.add_image(picture)
    viewer.scene.camera.zoom = 3.0
    assert dock.circle.width == 3 * DIAMETER
    dock.hand.scribbling.brush(1)
    assert dock.circle.width == 0
    viewer.layers.selection.active.mode = "pan_zoom"
    assert dock.circle.width == 3 * DIAMETER
    viewer.dims.ndisplay = 3
    assert dock.circle.width == 0


def test_the_circle_takes_the_diameter_that_was_found(dock, viewer, qtbot, picture):
    dock.form.reset()
    viewer.add_image(picture)
    viewer.scene.camera.zoom = 10.0
    assert dock.circle.width == 0
    run(dock, qtbot)
    assert dock.circle.width == round(10 * dock.result.model.diameter)


def test_the_circle_of_a_preview_is_not_held_against_another_image(dock, viewer, qtbot, picture):
    dock.form.reset()
    first = viewer.add_image(picture)
    viewer.scene.camera.zoom = 10.0
    dock.preview_box.setChecked(True)
    qtbot.waitUntil(lambda: dock.circle.width > 0, timeout=30_000)
    dock.preview_box.setChecked(False)
    other = viewer.add_image(picture[::2, ::2])
    dock.inputs.choose("image", other)
    assert dock.circle.width == 0
    dock.inputs.choose("image", first)
    assert dock.circle.width > 0


def test_a_diameter_that_is_no_length_yet_is_no_circle(dock, viewer, picture):
    viewer.add_image(picture)
    for text in ("nine", "3, 4, 5, 6", "-"):
        dock.form.fields["diameter"].widget.value = text
        assert dock.circle.width == 0


def test_the_circle_goes_with_the_dock(viewer, qtbot, picture):
    from qtpy.QtCore import QEvent
    from qtpy.QtWidgets import QApplication

    dock = MixtureDock(viewer)
    dock.preview_box.setChecked(False)
    viewer.add_image(picture)
    dock.form.update({"diameter": 20.0})
    viewer.scene.camera.zoom = 3.0
    assert viewer.canvas.overlays[KEY].visible
    dock.show()
    dock.close()
    assert not viewer.canvas.overlays[KEY].visible
    dock.show()
    assert viewer.canvas.overlays[KEY].visible
    dock.deleteLater()
    QApplication.sendPostedEvents(dock, QEvent.Type.DeferredDelete)
    assert KEY not in viewer.canvas.overlays
    viewer.scene.camera.zoom = 5.0


def test_a_circle_that_rests_costs_nothing(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    viewer.scene.camera.zoom = 3.0
    for over in (True, False):
        viewer.mouse_over_canvas = over
    qtbot.wait(100)
    emitted = []
    viewer.events.mouse_over_canvas.connect(emitted.append)
    qtbot.wait(200)
    assert emitted == []


# the rest ---------------------------------------------------------------------------------------


def test_further_widths_are_asked_for_where_few_need_them(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    assert "further_diameters" in dock.form.advanced
    dock.form.fields["further_diameters"].widget.value = "4, 30"
    assert dock.form.values["further_diameters"] == (4.0, 30.0)
    run(dock, qtbot)
    called = specks.segment_particles(picture, diameter=DIAMETER, further_diameters=(4.0, 30.0))
    assert called.labels.max() > 5
    np.testing.assert_array_equal(labels(dock), called.labels)
    assert dock.result.model.diameters == (4.0, DIAMETER, 30.0)


def test_documented_mode_is_plotted_by_gray_value(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    dock.form.reset()
    dock.form.update({"mode": "documented"})
    run(dock, qtbot)
    assert dock.histogram.getAxis("bottom").labelText == "Gray value"
    assert dock.histogram.split.edges[-1] == 256


def test_preferences_are_taken_when_the_dock_opens(viewer, qtbot, monkeypatch, picture):
    from specks.ui.preferences import Preferences

    chosen = Preferences(
        preview_on=False, posterior_visible=False, particles_outlined=False, particles_opacity=0.3
    )
    monkeypatch.setattr(sys.modules["specks.ui.mixture"], "preferences", lambda: chosen)
    monkeypatch.setattr(sys.modules["specks.ui.looks"], "preferences", lambda: chosen)
    dock = MixtureDock(viewer)
    qtbot.addWidget(dock)
    assert not dock.preview_box.isChecked()
    viewer.add_image(picture)
    run(dock, qtbot)
    assert not dock.layers.get("posterior").visible
    assert (dock.layers.get("labels").contour, dock.layers.get("labels").opacity) == (0, 0.3)


def test_particles_are_outlined_where_that_is_quick(dock, viewer, qtbot, picture, monkeypatch):
    viewer.add_image(picture)
    run(dock, qtbot)
    assert (dock.layers.get("labels").contour, dock.layers.get("labels").opacity) == (1, 1.0)
    monkeypatch.setattr(sys.modules["specks.ui.looks"], "OUTLINED", picture.size - 1000)
    dock.layers.remove()
    run(dock, qtbot)
    assert (dock.layers.get("labels").contour, dock.layers.get("labels").opacity) == (0, 0.8)


def test_outlines_of_a_wide_image_are_twice_as_wide():
    from napari.layers import Labels

    from specks.ui.looks import outline

    widths = []
    for side in (640, 1200):
        layer = Labels(np.zeros((2, 300, side), np.int32), scale=(1, 0.1, 0.1))
        outline(layer, 1)
        widths.append(layer.contour)
    assert widths == [1, 2]


def test_colors_that_a_person_has_chosen_stay(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    layer = dock.layers.get("labels")
    layer.new_colormap(seed=3)
    chosen = layer.colormap.colors.copy()
    strokes = np.zeros(picture.shape, np.uint8)
    places = dock.result.objects[["y", "x"]].to_numpy().round().astype(int)
    for number, (y, x) in ((2, places[0]), (3, places[-1])):
        strokes[y, x] = number
    dock.hand.log.take_up(Corrections().with_shorthands(scribbles=strokes))
    settle(dock, qtbot)
    assert set(layer.features["class"]) == {2, 3}
    assert np.array_equal(layer.colormap.colors, chosen)


def test_the_preview_brings_histogram_and_sentence(dock, viewer, qtbot):
    volume = synth.particle_volume((3, 128, 128), synth.ParticleScene(prevalence=0.04), seed=3).image
    viewer.add_image(volume, axis_labels=("z", "y", "x"))
    dock.preview_box.setChecked(True)
    qtbot.waitUntil(lambda: "Preview of slice" in dock.outcome.sentence.text(), timeout=30_000)
    z = int(viewer.dims.point[0])
    called = specks.fit_mixture(volume[z], diameter=DIAMETER, variable="contrast")
    assert np.array_equal(dock.histogram.split.total, called.histogram()[1])


def test_sizes_are_plotted_in_the_unit_of_the_layer(dock, viewer, qtbot, picture):
    viewer.add_image(picture, scale=(0.5, 0.5), units=("um", "um"))
    dock.form.update({"diameter": 0.5 * DIAMETER})
    run(dock, qtbot)
    assert dock.sizes.counts.sum() == labels(dock).max()
    assert dock.sizes.getAxis("bottom").labelText == "Diameter (µm)"
    middle = np.average((dock.sizes.edges[1:] + dock.sizes.edges[:-1]) / 2, weights=dock.sizes.counts)
    assert middle == pytest.approx(dock.result.objects["equivalent_diameter"].mean(), rel=0.1)
    dock.histogram.threshold_dragged.emit(0.97)
    settle(dock, qtbot)
    assert dock.sizes.counts.sum() == labels(dock).max()


def test_peaks_are_plotted_by_height(dock, viewer, qtbot, picture):
    viewer.add_image(picture)
    run(dock, qtbot)
    assert dock.histogram.getAxis("bottom").labelText == "Height of peaks (noise σ)"
    split, model = dock.histogram.split, dock.result.model
    for t in (0.2, 0.5, 0.9):
        bins = model.peaks.bins.astype(int) - 1
        left = split.centers[bins] < split.value(t) - 1e-9
        assert not (model.certainty[left] >= t).any(), "only what lies right of the line is kept"
        assert (model.certainty[~left] >= t).all()


@pytest.mark.parametrize(("axes", "variable"), [("zyx", "contrast"), ("tyx", "peaks")])
def test_the_preview_compares_what_the_run_will(dock, viewer, qtbot, axes, variable):
    stack = synth.particle_volume((3, 128, 128), synth.ParticleScene(prevalence=0.04), seed=3).image
    viewer.add_image(stack, axis_labels=tuple(axes))
    seen = []
    dock.preview.shown.connect(lambda finished, where: seen.append(finished.result.model.variable.name))
    dock.preview_box.setChecked(True)
    qtbot.waitUntil(lambda: bool(seen), timeout=30_000)
    run(dock, qtbot)
    assert [*seen, dock.result.model.variable.name] == [variable, variable]
