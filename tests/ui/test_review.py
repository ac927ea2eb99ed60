"""Review: a list of what a result is least sure of, a ring, keys, and verdicts that refit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import specks
from specks import synth
from specks._core.corrections import Corrections
from specks.ui.candidates import HIGHEST, LOWEST, Candidates, ReviewList
from specks.ui.hand_log import HandLog
from specks.ui.layer_view import view_layer
from specks.ui.mixture import MixtureDock
from specks.ui.review import KEYS, PATIENCE_MS
from specks.ui.shortcuts import Shortcuts, is_taken

pytestmark = pytest.mark.widgets

DIAMETER = 9.0


def faint(seed: int = 4) -> np.ndarray:
    """Particles of all brightnesses on noise, so that some are in doubt."""
    rng = np.random.default_rng(seed)
    image = rng.normal(100, 12, (192, 224)).astype(np.float32)
    y, x = np.mgrid[:192, :224]
    for top in range(16, 180, 32):
        for left in range(16, 210, 24):
            image += rng.uniform(4, 50) * ((y - top) ** 2 + (x - left) ** 2 < (DIAMETER / 2) ** 2)
    return image


@pytest.fixture
def dock(dock):
    dock.form.update({"polarity": "bright"})
    return dock


def busy(dock) -> bool:
    return dock.runs.runner.busy or dock.preview.runner.busy


def settle(dock, qtbot) -> None:
    """Until the refit is there, and the next candidate."""
    qtbot.waitUntil(lambda: not busy(dock) and not dock.review._waits, timeout=30_000)


def run(dock, qtbot) -> None:
    dock.run()
    settle(dock, qtbot)
    assert dock.result is not None, dock.progress.message.text()


def press(dock, name) -> None:
    dock.review.buttons[name].click()


def doubtful(dock) -> pd.DataFrame:
    table = dock.result.model.candidates()
    return table[table["certainty"].between(LOWEST, HIGHEST)].reset_index(drop=True)


# the list -----------------------------------------------------------------------------------------


def some(*certainty: float) -> Candidates:
    """One candidate each, at the place of its certainty, the least sure first."""
    order = sorted(certainty, key=lambda c: abs(c - 0.5))
    places = np.array([(0, round(100 * c)) for c in order], float).reshape(-1, 2)
    return Candidates(places, np.full(len(order), 5.0), np.array(order), None)


def shown(of: ReviewList) -> tuple[float | None, int, int]:
    return (of.current and of.current.certainty), of.number, of.total


def test_the_list_begins_with_the_least_sure_and_ends() -> None:
    one = ReviewList()
    one.restart(some(0.9, 0.4, 0.2))
    assert shown(one) == (None, 0, 3)
    for wanted in ((0.4, 1, 3), (0.2, 2, 3), (0.9, 3, 3)):
        one.forward()
        assert shown(one) == wanted
    one.forward()
    assert (one.ended, one.current, one.skipped) == (True, None, 3)
    one.back()
    assert shown(one) == (0.9, 3, 3)


def test_what_was_seen_keeps_its_place_and_the_rest_is_ordered_anew() -> None:
    one = ReviewList()
    one.restart(some(0.45, 0.4, 0.2, 0.1))
    one.forward()
    surer = some(0.4, 0.2, 0.1)  # the first was judged
    one.update(Candidates(surer.places[::-1], surer.diameter, surer.certainty[::-1], None))
    assert one.total == 4
    one.forward()
    assert shown(one) == (0.1, 2, 4)
    one.update(some(0.1))  # a refit has settled the others
    assert shown(one) == (0.1, 2, 2)
    one.back()
    assert shown(one) == (0.45, 1, 2)


def test_after_the_end_come_those_that_were_skipped() -> None:
    one = ReviewList()
    one.restart(some(0.4, 0.3, 0.2))
    for _ in range(3):
        one.forward()
    one.update(some(0.3))
    one.forward()
    assert one.skipped == 1
    one.forward()
    assert shown(one) == (0.3, 1, 1)


def test_an_empty_list_goes_nowhere() -> None:
    one = ReviewList()
    for step in (one.forward, one.back, one.forward):
        step()
        assert shown(one) == (None, 0, 0)
        assert not one.ended


def test_candidates_stand_where_the_layer_has_them(viewer) -> None:
    layer = viewer.add_image(np.zeros((4, 1, 20, 30)), axis_labels=tuple("tzyx"))
    whole = view_layer(layer)
    table = pd.DataFrame(
        {"frame": [2, 0], "y": [5.5, 1], "x": [7.25, 2], "diameter": [4.0, 5], "certainty": [0.5, 0.995]}
    )
    (found,) = Candidates.of(table, whole, whole)
    assert (found.place, found.frame, found.position) == ((2, 0, 5.5, 7.25), 2, [5.5, 7.25])
    (found,) = Candidates.of(table.assign(frame=0), whole.at("t", 3), whole)
    assert (found.place, found.frame) == ((3, 0, 5.5, 7.25), 3)
    (found,) = Candidates.of(table.assign(frame=0), whole.at("t", 3), whole.at("t", 3))
    assert found.frame is None


def test_the_last_verdict_on_a_thing_counts() -> None:
    log = HandLog()
    log.judge("accept", None, [1.0, 2.0])
    log.judge("reject", 3, [1.0, 2.0])
    log.judge("reject", None, [1.0, 2.0])
    assert [(r["kind"], r["frame"]) for r in log.corrections] == [("reject", 3), ("reject", None)]
    assert log.verdict(None, [1.0, 2.0]) == "reject"
    assert log.verdict(2, [1.0, 2.0]) is None
    log.undo()
    assert log.verdict(None, [1.0, 2.0]) == "accept"


# in the dock --------------------------------------------------------------------------------------


def test_there_is_nothing_to_review_before_there_is_a_result(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    assert dock.review.isHidden()
    run(dock, qtbot)
    assert not dock.review.isHidden()
    assert dock.review.label.text() == "Review what is least sure"
    assert not dock.review.buttons["accept"].isEnabled()
    assert not dock.review.ring.visible


def test_a_press_shows_the_least_sure_and_changes_nothing_else(dock, viewer, qtbot) -> None:
    layer = viewer.add_image(faint(), scale=(0.5, 0.5), translate=(3, 10), units=("um", "um"))
    dock.form.update({"diameter": 0.5 * DIAMETER})
    run(dock, qtbot)
    layers, active = list(viewer.layers), viewer.layers.selection.active
    log, selected = dock.hand.log.corrections, set(viewer.layers.selection)
    press(dock, "forward")
    first = doubtful(dock).iloc[0]
    world = layer.data_to_world((first.y, first.x))
    assert viewer.scene.camera.center[-2:] == pytest.approx(world, abs=1e-4)
    drawn = first.diameter * 0.5 * viewer.scene.camera.zoom
    assert 20 < drawn < 200
    assert dock.review.ring.visible
    assert dock.review.ring.overlay.size == pytest.approx(1.6 * drawn, abs=1)
    height, width = viewer.canvas.size
    assert dock.review.ring.overlay.position == pytest.approx((width / 2, height / 2), abs=1)
    assert dock.review.label.text() == "Question 1 · a particle?"
    assert list(viewer.layers) == layers
    assert (viewer.layers.selection.active, set(viewer.layers.selection)) == (active, selected)
    assert dock.hand.log.corrections == log
    assert dock.circle.width == 0, "one ring is enough"


def test_the_ring_stays_with_the_particle(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    ring, camera = dock.review.ring.overlay, viewer.scene.camera
    (x, y), size, zoom = ring.position, ring.size, camera.zoom
    camera.center = (0, camera.center[1] - 10, camera.center[2] + 4)
    assert ring.position == pytest.approx((x - 4 * zoom, y + 10 * zoom), abs=1)
    camera.zoom = 2 * zoom
    assert ring.size == pytest.approx(2 * size, abs=2)
    viewer.dims.ndisplay = 3
    assert not dock.review.ring.visible
    viewer.dims.ndisplay = 2
    assert dock.review.ring.visible


def test_a_zoom_at_which_it_is_well_seen_is_kept(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    viewer.scene.camera.zoom = 6.0
    press(dock, "forward")
    assert viewer.scene.camera.zoom == 6.0


@pytest.mark.parametrize("kind", ["accept", "reject"])
def test_a_verdict_is_a_correction_that_refits(dock, viewer, qtbot, kind) -> None:
    image = faint()
    viewer.add_image(image)
    run(dock, qtbot)
    press(dock, "forward")
    judged = dock.review.current
    press(dock, kind)
    settle(dock, qtbot)
    log = Corrections().add(kind, frame=None, position=judged.position)
    assert dock.hand.corrections == log
    wanted = specks.segment_particles(image, diameter=DIAMETER, polarity="bright", corrections=log)
    assert np.array_equal(dock.layers.get("labels").data, wanted.labels)
    assert dock.review.current.position == [round(v, 2) for v in doubtful(dock).loc[0, ["y", "x"]]]
    assert dock.review.list.number == 2
    press(dock, "back")
    said = f"Question 1 · {kind}ed · it was {100 * judged.certainty:.0f} % likely"
    assert dock.review.label.text() == said, "after the answer, not before"


def test_undo_takes_a_verdict_back_and_shows_what_it_was_about(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    before = dock.layers.get("labels").data.copy()
    press(dock, "forward")
    first = dock.review.current
    for _ in range(2):
        press(dock, "accept")
        settle(dock, qtbot)
    assert dock.review.list.number == 3
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert dock.review.list.number == 2
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert dock.review.current.position == first.position
    assert np.array_equal(dock.layers.get("labels").data, before)


def test_one_can_go_back_and_think_again(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    first = dock.review.current
    press(dock, "accept")
    settle(dock, qtbot)
    press(dock, "back")
    assert dock.review.current == first
    assert "accepted" in dock.review.label.text()
    press(dock, "reject")
    settle(dock, qtbot)
    assert [r["kind"] for r in dock.hand.corrections] == ["reject"]
    assert dock.review.list.number == 2
    press(dock, "back")
    press(dock, "back")
    assert dock.review.current is None
    assert not dock.review.ring.visible


def test_two_presses_are_not_two_verdicts(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    press(dock, "accept")
    press(dock, "accept")
    settle(dock, qtbot)
    assert len(dock.hand.corrections) == 1


def test_what_was_scrolled_away_is_shown_again_and_not_judged(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    center = viewer.scene.camera.center
    viewer.scene.camera.center = (0, 1e4, 1e4)
    press(dock, "accept")
    assert len(dock.hand.corrections) == 0
    assert viewer.scene.camera.center == center
    press(dock, "accept")
    assert len(dock.hand.corrections) == 1
    settle(dock, qtbot)


def series() -> np.ndarray:
    return np.stack([faint(seed) for seed in (4, 5, 6)])


def test_in_a_time_series_the_slider_goes_to_the_frame(dock, viewer, qtbot) -> None:
    viewer.add_image(series(), scale=(2, 1, 1), units=("s", "px", "px"), axis_labels=("t", "y", "x"))
    run(dock, qtbot)
    frames = set()
    for _ in range(12):
        press(dock, "forward")
        frames.add(dock.review.current.frame)
        assert viewer.dims.current_step[0] == dock.review.current.frame
        assert dock.review.ring.visible
    assert len(frames) > 1
    judged = dock.review.current
    viewer.dims.set_current_step(0, (judged.frame + 1) % 3)
    assert not dock.review.ring.visible
    press(dock, "reject")
    assert viewer.dims.current_step[0] == judged.frame, "it was out of sight"
    press(dock, "reject")
    settle(dock, qtbot)
    assert [(r["frame"], r["position"]) for r in dock.hand.corrections] == [(judged.frame, judged.position)]


def test_who_excludes_the_frame_is_asked_about_another(dock, viewer, qtbot) -> None:
    viewer.add_image(series(), axis_labels=("t", "y", "x"))
    run(dock, qtbot)
    press(dock, "forward")
    frame = dock.review.current.frame
    dock.hand.exclude.click()
    settle(dock, qtbot)
    assert dock.review.list.number == 2
    assert dock.review.current.frame != frame


def test_the_preview_of_a_frame_can_be_reviewed(dock, viewer, qtbot) -> None:
    stack = series()
    viewer.add_image(stack, axis_labels=("t", "y", "x"))
    viewer.dims.set_current_step(0, 2)
    dock.preview_box.setChecked(True)
    qtbot.waitUntil(lambda: not dock.review.isHidden(), timeout=30_000)
    press(dock, "forward")
    judged = dock.review.current
    assert (judged.frame, judged.place[0]) == (2, 2)
    seen = []
    dock.preview.shown.connect(lambda finished, where: seen.append(finished.result))
    press(dock, "accept")
    qtbot.waitUntil(lambda: bool(seen), timeout=30_000)
    settle(dock, qtbot)
    assert dock.hand.corrections == Corrections().add("accept", frame=2, position=judged.position)
    log = Corrections().add("accept", position=judged.position)
    wanted = specks.segment_particles(stack[2], diameter=DIAMETER, polarity="bright", corrections=log)
    assert np.array_equal(np.asarray(seen[-1].labels), wanted.labels)
    assert dock.review.list.number == 2
    viewer.dims.set_current_step(0, 1)
    qtbot.waitUntil(lambda: len(seen) > 1, timeout=30_000)
    assert dock.review.current is None, "another frame has other candidates"


def test_volumes_are_refused_with_the_reason(dock, viewer, qtbot) -> None:
    volume = synth.particle_volume((3, 96, 96), synth.ParticleScene(prevalence=0.04), seed=3).image
    viewer.add_image(volume, axis_labels=("z", "y", "x"))
    run(dock, qtbot)
    assert dock.review.label.text() == "No review of volumes: pixels are judged there, not particles"
    assert all(button.isHidden() for button in dock.review.buttons.values())


def test_another_image_ends_the_review(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    dock.inputs.choose("image", viewer.add_image(faint(5)))
    assert dock.review.isHidden()
    assert not dock.review.ring.visible
    dock.review.buttons["accept"].click()
    assert len(dock.hand.corrections) == 0


def test_the_end_of_the_list_is_said(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    total = dock.review.list.total
    for _ in range(total + 1):
        press(dock, "forward")
    assert dock.review.label.text() == f"All {total} looked at, {total} skipped"
    assert dock.review.buttons["forward"].text() == "Again"
    assert not dock.review.ring.visible


def test_verdicts_are_in_the_recipe(dock, viewer, qtbot, tmp_path) -> None:
    from specks.recipe import run_recipe

    image = faint()
    viewer.add_image(image)
    run(dock, qtbot)
    press(dock, "forward")
    for kind in ("accept", "reject"):
        press(dock, kind)
        settle(dock, qtbot)
    dock.carry_on.record(tmp_path / "recipe.yaml")
    np.save(tmp_path / "faint.npy", image)
    (outcome,) = run_recipe(tmp_path / "recipe.yaml", tmp_path / "faint.npy", tmp_path / "out")
    assert outcome is not None
    from specks.io import open_result

    (stored,) = open_result(outcome.folder).labels.values()
    found = np.asarray(stored.read(tuple(slice(0, n) for n in image.shape)))
    assert np.array_equal(found, dock.layers.get("labels").data)


def test_a_typed_threshold_leaves_the_review_where_it_is(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    for _ in range(3):
        press(dock, "forward")
    asked = dock.review.current
    dock.preview_box.setChecked(True)
    with qtbot.waitSignal(dock.preview.shown, timeout=30_000):
        dock.form.update({"threshold": 0.8})
    assert (dock.review.current, dock.review.list.number) == (asked, 3)
    assert not dock.preview.layers.get("posterior").visible, "a new glow is an answer, too"
    with qtbot.waitSignal(dock.preview.shown, timeout=30_000):
        dock.form.update({"diameter": DIAMETER + 2})
    assert dock.review.current is None, "other peaks"


def test_a_verdict_whose_refit_was_cut_off_is_taken_in_when_the_dock_comes_back(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    dock.show()
    run(dock, qtbot)
    press(dock, "forward")
    press(dock, "accept")
    dock.close()
    qtbot.waitUntil(lambda: not busy(dock), timeout=30_000)
    qtbot.wait(PATIENCE_MS + 100)
    assert dock.review.current is None
    assert not dock.review.ring.visible
    assert len(dock.result.model.corrections) == 0
    dock.show()
    settle(dock, qtbot)
    assert dock.result.model.corrections == dock.hand.corrections
    assert len(dock.hand.corrections) == 1


def test_a_cancelled_refit_is_said_and_run_takes_it_in(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    press(dock, "reject")
    dock.runs.cancel()
    settle(dock, qtbot)
    assert dock.progress.message.text().endswith(
        "the last corrections are not in the result. Run takes them in"
    )
    run(dock, qtbot)
    assert dock.progress.message.text() == ""
    assert dock.result.model.corrections == dock.hand.corrections


@pytest.mark.parametrize("setting", [{"variable": "contrast"}, {"mode": "documented"}])
def test_verdicts_on_peaks_are_left_out_where_pixels_are_compared(dock, viewer, qtbot, setting) -> None:
    viewer.add_image(faint().clip(0, 255).astype(np.uint8))
    run(dock, qtbot)
    press(dock, "forward")
    press(dock, "accept")
    settle(dock, qtbot)
    dock.form.update(setting)
    run(dock, qtbot)
    assert dock.result.model.peaks is None
    assert "accepted or rejected is left out" in dock.outcome.sentence.text()
    assert dock.review.label.text().startswith("No review with this")
    assert len(dock.hand.corrections) == 1, "they are kept for peaks"
    dock.form.reset()
    run(dock, qtbot)
    assert len(dock.result.model.corrections) == 1


def test_the_glow_is_taken_away_while_somebody_is_asked(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    glow, outlines = dock.layers.get("posterior"), dock.layers.get("labels")
    press(dock, "forward")
    assert (glow.visible, outlines.visible) == (False, True)
    glow.visible = True
    press(dock, "accept")
    settle(dock, qtbot)
    assert glow.visible, "who wants to see it sees it"
    glow.visible = False
    dock.review.stop()
    assert glow.visible


def test_the_glow_of_a_run_stays_hidden_below_that_of_a_preview(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    run(dock, qtbot)
    press(dock, "forward")
    dock.preview_box.setChecked(True)
    with qtbot.waitSignal(dock.preview.shown, timeout=30_000):
        dock.form.update({"diameter": DIAMETER + 2})
    seen = [layer.name for layer in viewer.layers if layer.visible]
    assert seen == ["Image", "Image posterior preview", "Image particles preview"]
    dock.preview_box.setChecked(False)
    assert dock.layers.get("posterior").visible


def test_the_buttons_stay_under_the_mouse(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    dock.resize(260, 900)
    dock.show()
    qtbot.waitExposed(dock)
    run(dock, qtbot)
    press(dock, "forward")
    qtbot.wait(50)
    button = dock.review.buttons["accept"]
    places = set()

    def look() -> bool:
        places.add(button.mapTo(dock, button.rect().topLeft()).y())
        return not busy(dock) and not dock.review._waits

    for kind in ("accept", "reject", "accept"):
        press(dock, kind)
        qtbot.waitUntil(look, timeout=30_000)
        dock.outcome.say("One sentence. " * (3 + 5 * len(places)))
        qtbot.wait(20)
        look()
    assert len(places) == 1


# keys ---------------------------------------------------------------------------------------------


def bound(viewer) -> set[str]:
    return {str(key) for key in viewer.keymap}


def test_keys_work_while_the_dock_is_shown_and_only_then(dock, viewer, qtbot) -> None:
    viewer.add_image(faint())
    assert bound(viewer) == set()
    run(dock, qtbot)
    dock.show()
    assert bound(viewer) == set(KEYS.values())
    tips = {name: button.toolTip() for name, button in dock.review.buttons.items()}
    assert all(f"key {KEYS[name]}" in tip for name, tip in tips.items())
    for key in (".", "G"):
        next(function for bound_key, function in viewer.keymap.items() if str(bound_key) == key)(viewer)
    settle(dock, qtbot)
    assert [r["kind"] for r in dock.hand.corrections] == ["accept"]
    dock.close()
    assert bound(viewer) == set()
    assert not dock.review.ring.visible
    dock.show()
    assert bound(viewer) == set(KEYS.values())


def test_keys_go_with_the_dock(viewer, qtbot) -> None:
    from qtpy.QtCore import QEvent
    from qtpy.QtWidgets import QApplication

    dock = MixtureDock(viewer)
    dock.preview_box.setChecked(False)
    dock.show()
    viewer.add_image(faint())
    dock.form.update({"diameter": DIAMETER})
    run(dock, qtbot)
    press(dock, "forward")
    assert bound(viewer)
    dock.deleteLater()
    QApplication.sendPostedEvents(dock, QEvent.Type.DeferredDelete)
    assert bound(viewer) == set()
    assert "specks_review" not in viewer.canvas.overlays
    viewer.scene.camera.zoom = 5.0


def test_a_key_that_means_something_is_left_alone(viewer) -> None:
    mine = []
    viewer.bind_key("g", lambda _: mine.append("theirs"))
    keys = Shortcuts(viewer, {"G": lambda: mine.append("ours"), "N": lambda: None})
    keys.bind()
    assert keys.bound == ("N",)
    viewer.bind_key("n", lambda _: mine.append("theirs"), overwrite=True)
    keys.unbind()
    assert bound(viewer) == {"G", "N"}, "what somebody has bound stays"


def test_napari_uses_none_of_the_keys() -> None:
    from napari.utils.shortcuts import default_shortcuts

    used = {str(key) for keys in default_shortcuts.values() for key in keys}
    assert "V" in used
    assert not used & set(KEYS.values())


def test_keys_of_layers_count_as_taken(viewer) -> None:
    from napari.layers import Shapes
    from napari.utils.key_bindings import coerce_keybinding

    key = coerce_keybinding("K")
    assert not is_taken(viewer, "K")
    Shapes.class_keymap[key] = lambda _: None
    try:
        assert is_taken(viewer, "K")
    finally:
        del Shapes.class_keymap[key]
