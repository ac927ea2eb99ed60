"""The dock *Voids* with offscreen Qt, and its figure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import specks
from specks import synth
from specks._core.progress import drain

pytestmark = pytest.mark.widgets

#: Place on the sheet of the plot that has a long line at zero.
GROWTH = 8
PLACED = {"scale": (2.0, 0.5, 0.5), "units": ("s", "nm", "nm"), "axis_labels": ("t", "y", "x")}


@pytest.fixture(scope="module")
def made() -> Any:
    return synth.growing_voids((128, 160), frames=10, lost=1, seed=2)


@pytest.fixture(scope="module")
def shown(made) -> Any:
    from specks.ui.voids_shown import voids_shown

    sizes = {"spacing": 0.5, "units": "nm", "dt": 2.0, "thickness": 60.0}
    return drain(voids_shown(specks.track_voids(made.images, labels=made.labels, min_frames=3, **sizes)))


@pytest.fixture
def bench(viewer, qtbot, made):
    """The dock on labels, and the means to wait; nothing is run yet."""
    from specks.ui.voids import VoidsDock

    layer = viewer.add_labels(made.labels, name="found", **PLACED)
    dock = VoidsDock(viewer)
    qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    dock.form.update({"min_frames": 3, "thickness": 60.0})
    dock.show()

    def settle() -> None:
        runners = (dock.runs.runner, dock.preview.runner, dock.opening.runner)
        qtbot.waitUntil(lambda: not any(runner.busy for runner in runners), timeout=60_000)

    def run() -> None:
        dock.run()
        settle()
        assert dock.result is not None, dock.progress.message.text()

    yield SimpleNamespace(viewer=viewer, dock=dock, layer=layer, run=run, settle=settle, qtbot=qtbot)
    dock.runs.cancel()
    dock.preview.clear()
    settle()


# Numbers of the figure ---------------------------------------------------------------------------


def test_masks_lie_on_each_other_without_the_drift(shown) -> None:
    maps, covered = shown.figures.maps, np.asarray(shown.voids.labels) > 0
    assert maps.step == 1
    np.testing.assert_array_equal(maps.before, covered.sum(axis=0))
    shifts = np.round(shown.drift.table[["y", "x"]].to_numpy()).astype(int)
    wanted = np.zeros_like(maps.after)
    for mask, (y, x) in zip(covered, shifts, strict=True):
        at = np.argwhere(mask) - (y, x)
        inside = ((at >= 0) & (at < mask.shape)).all(axis=1)
        wanted[tuple(at[inside].T)] += 1
    np.testing.assert_array_equal(maps.after, wanted)
    assert (maps.after >= 8).sum() > 3 * (maps.before >= 8).sum()


def test_large_maps_are_drawn_with_fewer_points(shown, monkeypatch) -> None:
    from specks.ui import void_figures

    monkeypatch.setattr(void_figures, "SIDE", 80)
    voids = shown.voids
    maps = drain(
        void_figures.void_figures(shown.tracked, voids.frames, voids.labels, "tyx", voids.drift)
    ).maps
    assert maps.step == 2
    np.testing.assert_array_equal(maps.before, shown.figures.maps.before[::2, ::2])
    np.testing.assert_array_equal(maps.after, shown.figures.maps.after[::2, ::2])


def test_curves_are_those_of_the_tables_in_their_units(shown) -> None:
    figures, voids = shown.figures, shown.voids
    title, clock = figures.clock
    assert title == "Time (s)"
    np.testing.assert_array_equal(clock, voids.frames["time_s"])
    radius, error = figures.of_frame("radius_mean")
    np.testing.assert_array_equal(radius, voids.frames["radius_mean_nm"])
    np.testing.assert_array_equal(error, voids.frames["radius_mean_nm_se"])
    what, swelling = figures.swelling
    assert what == "Swelling (%)"
    np.testing.assert_array_equal(swelling, voids.frames["swelling_percent"])
    np.testing.assert_array_equal(
        figures.of_tracks("growth_rate_fit", rate=True), voids.tracks["growth_rate_fit_nm_s"]
    )
    assert (figures.lost == ~voids.drift.table["ok"].to_numpy()).all()
    assert figures.lost.sum() == 1


def test_only_tracks_of_more_frames_are_drawn(shown) -> None:
    particle, place = shown.figures.paths(longer=6)
    seen = shown.voids.objects.groupby("particle").size()
    assert set(particle) == set(seen.index[seen > 6])
    breaks = np.isnan(place).all(axis=1)
    assert breaks.sum() == len(set(particle))
    one = shown.voids.objects[shown.voids.objects["particle"] == particle[0]]
    np.testing.assert_allclose(place[0], one.sort_values("frame")[["y_corrected", "x_corrected"]].iloc[0])


def test_without_a_thickness_the_covered_area_is_drawn(made) -> None:
    from specks.ui.voids_shown import voids_shown

    figures = drain(voids_shown(specks.track_voids(made.images, labels=made.labels))).figures
    what, values = figures.swelling
    assert what == "Covered area (%)"
    np.testing.assert_allclose(values, 100 * figures.frames["area_fraction"])
    assert figures.clock[0] == "Frame"


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_sheet_holds_every_plot(shown, qtbot, ending, tmp_path) -> None:
    from specks.ui.void_figure import PAGES
    from specks.ui.void_sheet import Sheet

    sheet = Sheet(shown.figures, ending)
    assert list(sheet.drawing()) == [*PAGES, *PAGES]
    content = sheet.content()
    begins = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    assert content.startswith(begins[ending])
    if ending == ".png":
        (tmp_path / "sheet.png").write_bytes(content)
        from PIL import Image

        pixels = np.asarray(Image.open(tmp_path / "sheet.png").convert("L"))
        height, width = pixels.shape
        cells = [
            pixels[i * height // 2 : (i + 1) * height // 2, j * width // 5 : (j + 1) * width // 5]
            for i in range(2)
            for j in range(5)
        ]
        assert all((cell < 200).mean() > 0.003 for cell in cells), "something is drawn in each"


def on_paper(content: bytes, ending: str, size: Any) -> np.ndarray:
    """A figure as another program draws it, in gray."""
    from qtpy.QtCore import QBuffer, QByteArray
    from qtpy.QtGui import QImage, QPainter

    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    if ending == ".svg":
        from qtpy.QtSvg import QSvgRenderer

        QSvgRenderer(QByteArray(content)).render(painter)
    elif ending == ".pdf":
        pdf, buffer, kept = pytest.importorskip("qtpy.QtPdf").QPdfDocument(), QBuffer(), QByteArray(content)
        buffer.setData(kept)
        buffer.open(QBuffer.OpenModeFlag.ReadOnly)
        pdf.load(buffer)
        painter.drawImage(0, 0, pdf.render(0, size))
        pdf.close()
    else:
        painter.drawImage(image.rect(), QImage.fromData(content))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(size.height(), size.width(), 4)
    return pixels[..., :3].mean(axis=-1)


def bottom_axes(gray: np.ndarray) -> np.ndarray:
    """Row and last column of the x axis of each plot, which is the longest dark line in its lower half."""
    found = []
    for cell in (c for row in np.split(gray < 215, 2) for c in np.split(row, 5, axis=1)):
        row = 200 + int(np.argmax(cell[200:].sum(axis=1)))
        found.append((row, np.flatnonzero(cell[row - 1 : row + 2].any(axis=0))[-1]))
    return np.delete(np.array(found), GROWTH, axis=0)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_axes_are_as_long_as_what_they_measure_in_every_file(shown, qtbot, ending) -> None:
    from specks.ui.void_figure import ROW, SIZE
    from specks.ui.void_sheet import Sheet

    sheet = Sheet(shown.figures, ending)
    assert len(list(sheet.drawing())) == sheet.steps
    content = sheet.content()
    axes = bottom_axes(on_paper(content, ending, SIZE))
    for row in (axes[:ROW], axes[ROW:]):
        assert np.ptp(row[:, 0]) <= 1, "all plots of a row stand on one line"
    assert axes[:, 1].min() > 0.95 * SIZE.width() / ROW, "axes reach to the end of their plots"
    if ending == ".svg":
        assert content.count(b"<image") == 2, "masks are pictures; points are shapes"


def test_other_endings_are_refused_by_name(shown) -> None:
    from specks._core.errors import UnsupportedFormatError
    from specks.ui.void_sheet import Sheet

    with pytest.raises(UnsupportedFormatError, match=r"\.tif; use \.png, \.svg or \.pdf"):
        Sheet(shown.figures, ".tif")


def test_nothing_found_still_gives_a_figure(qtbot) -> None:
    from specks.ui.void_sheet import Sheet
    from specks.ui.voids_shown import voids_shown

    labels = np.zeros((4, 40, 40), np.int32)
    empty = drain(voids_shown(specks.track_voids(labels, segmenter="labels")))
    sheet = Sheet(empty.figures, ".png")
    assert len(list(sheet.drawing())) == sheet.steps


# The dock ----------------------------------------------------------------------------------------


def test_labels_are_tracked_as_they_are(bench, made) -> None:
    bench.run()
    wanted = specks.track_voids(
        made.labels,
        segmenter="labels",
        axes="tyx",
        min_frames=3,
        thickness=60.0,
        spacing=0.5,
        units="nm",
        dt=2.0,
    )
    for name in ("objects", "tracks", "frames"):
        pd.testing.assert_frame_equal(
            getattr(bench.dock.result, name), getattr(wanted, name), check_exact=True
        )
    assert wanted.summary() in bench.dock.outcome.sentence.text()
    assert bench.dock.layers.get("labels").name == "found voids"
    assert bench.dock.layers.get("tracks") is not None


def test_each_page_is_drawn_when_it_is_chosen(bench) -> None:
    from specks.ui.void_figure import PAGES

    bench.run()
    panel = bench.dock.figures
    for page in PAGES:
        panel.box.setCurrentText(page)
        bench.qtbot.wait(1)
        assert panel.plot.page == page
        assert panel.plot.plotItem.titleLabel.text
    panel.open_sheet()
    bench.qtbot.waitUntil(lambda: panel._filling.done == len(PAGES), timeout=10_000)
    assert set(panel.sheet.plots) == set(PAGES)
    bench.dock.close()
    assert panel.sheet is None


def test_table_plots_and_canvas_show_the_same_track(bench) -> None:
    bench.run()
    dock = bench.dock
    tracks = dock.result.tracks
    wanted = int(tracks.loc[tracks["growth_rate_fit"].notna(), "particle"].iloc[-1])
    dock.figures.plot.track_chosen.emit(wanted)
    assert dock.picked.particle == wanted
    assert dock.panel.table.particles[dock.panel.table.currentIndex().row()] == wanted
    assert dock.panel.size_plot.course.particle == wanted
    dock.panel.table.selectRow(0)
    assert dock.picked.particle == dock.panel.table.particles[0]
    dock.figures.plot.frame_chosen.emit(7)
    assert bench.viewer.dims.current_step[0] == 7


def test_a_click_beside_a_point_of_the_growth_picks_its_track(bench) -> None:
    bench.run()
    panel = bench.dock.figures
    panel.box.setCurrentText("Growth against size")
    bench.qtbot.wait(50)
    figures = panel.plot.figures
    row = figures.grown[0]
    x, y = (
        figures.of_tracks(name, rate)[row]
        for name, rate in (("mean_radius", False), ("growth_rate_fit", True))
    )
    from qtpy.QtCore import QPointF, Qt

    place = panel.plot.plotItem.vb.mapViewToScene(QPointF(float(x), float(y)))
    event = SimpleNamespace(
        button=lambda: Qt.MouseButton.LeftButton, scenePos=lambda: place + QPointF(3.0, 0.0)
    )
    panel.plot._on_clicked(event)
    assert bench.dock.picked.particle == int(figures.tracked.summary_table["particle"].iloc[row])


def test_links_are_corrected_in_track_and_the_figures_follow(bench) -> None:
    from specks.ui.hand_log import log_of

    bench.run()
    before = bench.dock.result.objects
    one = before[before["particle"] == int(bench.dock.panel.table.particles[0])].sort_values("frame")
    (a, b) = one.iloc[2], one.iloc[3]
    ends = {"frame_a": a["frame"], "label_a": a["label"], "frame_b": b["frame"], "label_b": b["label"]}
    found = bench.dock.layers.get("labels")
    log_of(found).add("link_forbid", **{name: int(value) for name, value in ends.items()})
    bench.settle()
    after = bench.dock.result.objects.set_index(["frame", "label"])["particle"]
    names = [(int(row["frame"]), int(row["label"])) for row in (a, b)]
    assert after[names[0]] != after[names[1]]
    log_of(found).undo()
    bench.settle()
    pd.testing.assert_frame_equal(bench.dock.result.objects, before, check_exact=True)


def test_the_drift_is_offered_in_track(bench) -> None:
    from specks.ui.track import TrackDock

    bench.run()
    track = TrackDock(bench.viewer)
    bench.qtbot.addWidget(track)
    track.inputs.choose("table", bench.dock.layers.get("labels"))
    assert track.drift_choice.wire.result is bench.dock.result.drift
    assert track.drift_choice.wire.output == "drift"


def test_links_are_made_as_in_track(bench) -> None:
    from specks.ui.link_request import link_request
    from specks.ui.shelf import shelf_of

    dock = bench.dock
    assert dock.same_button.isHidden()
    values = {"search_range": 3.0, "memory": 1, "splitting": True}
    request = link_request(dock.inputs.views["source"], values, specks.Corrections())
    shelf_of(bench.viewer).put(request, drain(request.run({})))
    assert not dock.same_button.isHidden()
    dock.same_button.click()
    assert {n: dock.form.values[n] for n in values} == values | {"search_range": 6.0}  # in pixels


def test_only_images_are_previewed(bench, made) -> None:
    dock = bench.dock
    dock.preview_box.setChecked(True)
    bench.viewer.dims.set_current_step(0, 3)
    bench.qtbot.wait(400)
    assert not list(dock.preview.layers)
    image = bench.viewer.add_image(made.images, name="series", rgb=False, **PLACED)
    dock.inputs.choose("source", image)
    dock.hand.log.add("bad_frame", frame=5)
    bench.qtbot.waitUntil(lambda: dock.preview.layers.get("labels") is not None, timeout=30_000)
    assert dock.outcome.sentence.text().startswith("Preview of frame 3: ")
    assert dock.outcome.sentence.text().endswith("voids")
    assert dock.preview.layers.get("tracks") is None


def test_a_stored_result_is_opened_and_goes_on(bench, tmp_path) -> None:
    bench.run()
    dock, before = bench.dock, bench.dock.result
    (export,) = (e for e in dock.carry_on.exports if e.label.startswith("Everything"))
    dock.carry_on.write(export, tmp_path / "voids")
    bench.settle()
    assert {"void-2d-coordinates.csv", "track-data.json", "frame-data.json"} <= {
        path.name for path in (tmp_path / "voids").iterdir()
    }
    dock.form.reset()
    bench.viewer.layers.clear()
    dock.opening.open(tmp_path / "voids")
    bench.settle()
    bench.qtbot.waitUntil(lambda: len(bench.viewer.layers) > 1, timeout=5000)
    assert dock.form.values == {"min_frames": 3, "thickness": 60.0, "dt": 2.0}
    assert not dock.stale
    pd.testing.assert_frame_equal(dock.result.tracks, before.tracks, check_exact=False)
    assert dock.layers.get("tracks") is not None
    dock.opening.open(tmp_path)
    bench.settle()
    assert "no result of track_voids" in dock.progress.message.text()


def test_a_result_that_is_opened_comes_into_no_dock_that_is_closed(bench, tmp_path) -> None:
    bench.run()
    bench.dock.result.voids.save(tmp_path / "voids")
    before = list(bench.viewer.layers)
    bench.dock.opening.open(tmp_path / "voids")
    bench.dock.close()
    bench.settle()
    bench.qtbot.wait(300)
    assert list(bench.viewer.layers) == before


def test_corrections_that_were_made_in_other_docks_are_counted(bench) -> None:
    bench.dock.hand.log.add("bad_frame", frame=5)
    bench.run()
    assert "Corrections by hand that it takes in: 1." in bench.dock.outcome.sentence.text()
    bench.dock.hand.log.undo()
    bench.settle()
    assert "by hand" not in bench.dock.outcome.sentence.text()


def test_no_page_is_wider_than_a_narrow_dock(bench) -> None:
    from qtpy.QtWidgets import QApplication

    from specks.ui.void_figure import PAGES

    bench.run()
    panel, plot = bench.dock.figures, bench.dock.figures.plot
    bench.dock.resize(260, 800)
    for page in PAGES:
        panel.box.setCurrentText(page)
        for _ in range(3):
            QApplication.processEvents()
        drawn_in, label = plot.plotItem.vb.sceneBoundingRect(), plot.plotItem.titleLabel
        words = label.item.mapRectToScene(label.item.boundingRect())
        assert plot.width() < 260
        assert max(drawn_in.right(), words.right()) <= plot.width(), page
        assert words.bottom() <= drawn_in.top() + 1, page


def test_figure_and_objects_are_written(bench, tmp_path) -> None:
    bench.run()
    dock = bench.dock
    exports = {export.suggested: export for export in dock.carry_on.exports}
    assert {"voids.png", "objects.csv", "tracks.csv", "frames.csv", "voids"} <= set(exports)
    for name in ("voids.png", "figure.svg", "figure.pdf"):
        dock.carry_on.write(exports["voids.png"], tmp_path / name)
        bench.settle()
        assert dock.progress.message.text() == f"Written to {tmp_path / name}"
        assert (tmp_path / name).stat().st_size > 10_000
    with pytest.raises(specks._core.errors.SpecksError):
        exports["voids.png"].write(tmp_path / "figure.tif")
    dock.carry_on.write(exports["objects.csv"], tmp_path / "objects.geff")
    bench.settle()
    assert (tmp_path / "objects.geff").is_dir()
