"""Take the pictures of the manual from the real napari window, driven as a person would.

``sh tools/with-display.sh virtual .venv/bin/python docs/take_pictures.py``
"""

# ruff: noqa: E402 - settings are told to napari before it is imported
from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Not the settings of whoever runs this.
_HOME = tempfile.TemporaryDirectory(prefix="specks-pictures-")
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
    os.environ[_name] = os.path.join(_HOME.name, _name)
os.environ["NAPARI_CONFIG"] = os.path.join(_HOME.name, "settings.yaml")

import napari
import numpy as np
import pyqtgraph as pg
from napari.utils.colormaps import AVAILABLE_COLORMAPS
from PIL import Image, ImageColor
from qtpy.QtWidgets import QApplication, QScrollArea, QWidget

import specks
from specks.data import micrograph
from specks.ui.dock import StepDock
from specks.ui.mixture import MixtureDock
from specks.ui.plots import DARK, LIGHT
from specks.ui.window import screenshot, settle

PICTURES = Path(__file__).parent / "pictures"
SIZE = (1400, 860)
LARGEST = 250_000  # bytes of a picture
PATIENCE_S = 120


def wait(ready: Callable[[], bool]) -> None:
    """Let the window live until something has happened."""
    end = time.monotonic() + PATIENCE_S
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.01)
    settle(1.0)


def take(viewer: napari.Viewer, name: str) -> None:
    """Write one picture of the window."""
    screenshot(viewer, PICTURES / f"{name}.png")
    shrink(name)


def shrink(name: str) -> None:
    """Make a picture small enough for a manual."""
    path = PICTURES / f"{name}.png"
    picture = Image.open(path).convert("RGB")
    picture.save(path, optimize=True)
    for colors in (256, 128, 96, 64):
        if path.stat().st_size > LARGEST:
            of_few_colors(picture, colors).save(path, optimize=True)
    print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size // 1000} kB")


def of_few_colors(picture: Image.Image, count: int) -> Image.Image:
    """A picture of up to 256 colors; small things keep theirs: curves, from faint to full, and the scale of colors."""
    curves = [share * np.array(ImageColor.getrgb(color)) for color in DARK for share in (0.4, 0.6, 0.8, 1.0)]
    scale = [255 * color[:3] for color in AVAILABLE_COLORMAPS["viridis"].map(np.linspace(0.3, 1, 24))]
    rest = count - len(curves) - len(scale)
    colors = (
        picture.quantize(rest).getpalette()[: 3 * rest] + np.ravel([*curves, *scale]).astype(int).tolist()
    )
    palette = Image.new("P", (1, 1))
    palette.putpalette(colors)
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def open_window(sample: str = "small_particles") -> tuple[napari.Viewer, MixtureDock]:
    """A sample, and the dock beside it."""
    viewer = napari.Viewer(title="specks")
    viewer.window.resize(*SIZE)
    viewer.open_sample("specks", sample)
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Mixture")
    settle(0.5)
    viewer.reset_view()
    return viewer, dock


def stroke(layer: napari.layers.Labels, label: int, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Paint a line as the brush does."""
    for place in np.linspace(start, end, 30):
        layer.paint(tuple(place), label)


def plot_peaks() -> None:
    """Peaks of a micrograph where they lie; their heights, those of its pits, and the probability."""
    model = specks.fit_mixture(micrograph("Pt2"))
    part = (slice(250, 450), slice(380, 580))
    cold, warm, *_ = LIGHT
    pg.setConfigOptions(antialias=True, imageAxisOrder="row-major", background="w", foreground="k")
    page = pg.GraphicsLayoutWidget()
    page.resize(1160, 560)
    pixels = np.asarray(Image.open(micrograph("Pt2")).convert("L"))[part]
    view = page.addViewBox(0, 0, rowspan=2, lockAspect=True, invertY=True)
    view.addItem(pg.ImageItem(pixels, levels=np.quantile(pixels, (0, 0.999))))
    for peak in model.candidates().itertuples():
        y, x = peak.y - part[0].start, peak.x - part[1].start
        if 8 < y < 192 and 8 < x < 192:
            sure = peak.certainty >= 0.5
            size = peak.diameter * 1.3 if peak.certainty >= 0.05 else 3
            pen = pg.mkPen("#f0a030", width=3 if sure else 1.5) if peak.certainty >= 0.05 else pg.mkPen(None)
            brush = None if peak.certainty >= 0.05 else pg.mkBrush("#56b4e9")
            view.addItem(
                pg.ScatterPlotItem([x + 0.5], [y + 0.5], size=size, pxMode=False, pen=pen, brush=brush)
            )
    view.setRange(xRange=(0, 200), yRange=(0, 200), padding=0)
    edges = model.histogram()[0]
    peaks, pits = (counts[0, 1:] for counts in (model.slices.total, model.slices.background))
    shown = (edges[:-1] >= 1) & (edges[:-1] < 8)
    heights = edges[:-1][shown]
    low = shown & (edges[:-1] < 1.6)
    wide = 4  # bins in a step
    steps = np.append(heights[::wide], 8.0)
    above = page.addPlot(0, 1)
    names = (("peaks", warm), ("pits (as many where both are chance)", cold))
    above.setTitle(" &nbsp; ".join(f'<span style="color: {color}">{name}</span>' for name, color in names))
    as_many = pits * (peaks[low].sum() / pits[low].sum())
    for counts, color in ((peaks.astype(float), warm), (as_many, cold)):
        tall = np.log10(np.maximum(np.add.reduceat(counts[shown], np.arange(0, heights.size, wide)), 0.3))
        above.plot(steps, tall, stepMode="center", pen=pg.mkPen(color, width=3))
    above.getAxis("left").setLogMode(True)
    above.setLabel("left", "how many")
    above.setYRange(-0.1, 3)
    below = page.addPlot(1, 1)
    below.plot(heights, model.tables[0, 1:][shown], pen=pg.mkPen("k", width=3))
    below.setLabel("left", "probability of particle")
    below.setLabel("bottom", "height above the noise")
    for plot in (above, below):
        plot.setXRange(1, 8, padding=0.01)
        plot.showGrid(x=True, y=True, alpha=0.15)
        plot.getAxis("left").setWidth(60)
    page.ci.layout.setColumnFixedWidth(0, 550)
    page.show()
    settle(0.5)
    page.grab().save(str(PICTURES / "peaks.png"))
    page.close()
    shrink("peaks")


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(exist_ok=True)
    five_minutes()
    uneven_support()
    plot_peaks()
    drifting_movie()
    tracked_voids()
    touching_particles()


def five_minutes() -> None:
    """Bright particles: preview, result, strokes."""
    viewer, dock = open_window()
    wait(lambda: bool(dock.outcome.sentence.text()))
    take(viewer, "preview")

    dock.progress.run_button.click()
    wait(lambda: dock.result is not None and not dock.runs.runner.busy)
    look_closer(viewer, (305, 505), 2.9)
    viewer.layers["Pt2"].contrast_limits = (0, 150)
    dock.layers.get("posterior").visible = False
    take(viewer, "particles")

    look_closer(viewer, (165, 290), 3.6)
    viewer.layers["Pt2"].contrast_limits = (0, 210)
    dock.hand.particle.click()
    layer = dock.hand.log.scribbles
    layer.brush_size = 4
    for y, x in ((173, 231), (178, 310), (139, 351)):
        after_refit(dock, lambda y=y, x=x: stroke(layer, 2, (y, x), (y, x + 3)))
    dock.hand.background.click()
    after_refit(dock, lambda: stroke(layer, 1, (146, 205), (152, 217)))
    take(viewer, "corrected")
    viewer.close()


def uneven_support() -> None:
    """Dark particles: the circle of the diameter, result, questions."""
    viewer, dock = open_window("dark_particles")
    wait(lambda: bool(dock.outcome.sentence.text()))
    dock.progress.run_button.click()
    wait(lambda: dock.result is not None and not dock.runs.runner.busy)
    print(dock.outcome.sentence.text())
    look_closer(viewer, (330, 330), 1.9)
    dock.layers.get("posterior").visible = False
    take(viewer, "uneven-found")

    for verdict in ("forward", "accept", "accept", "reject"):
        dock.review.buttons[verdict].click()
        wait(lambda: not dock.runs.runner.busy)
    take(viewer, "uneven-review")
    viewer.close()


def drifting_movie() -> None:
    """A series that drifts: estimated and held still; two frames over each other; a frame that was lost."""
    viewer = napari.Viewer(title="specks")
    viewer.window.resize(1280, 800)  # what is grainy makes a heavy picture
    viewer.open_sample("specks", "growing_voids")
    viewer.layers.selection.active = viewer.layers["growing voids"]
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Drift")
    dock.parentWidget().setFixedWidth(300)
    settle(0.5)
    viewer.reset_view()
    dock.progress.run_button.click()
    wait(lambda: dock.result is not None and not dock.runs.runner.busy)
    print(dock.outcome.sentence.text())
    viewer.dims.set_current_step(0, 14)
    dock.look.compare_box.setChecked(True)
    dock.look.still_box.setChecked(False)
    take(viewer, "drift-moved")
    dock.look.still_box.setChecked(True)
    take(viewer, "drift-still")

    dock.look.compare_box.setChecked(False)
    viewer.dims.set_current_step(0, int(np.flatnonzero(~dock.result.table["ok"])[0]))
    take(viewer, "drift-lost")
    viewer.close()


def tracked_voids() -> None:
    """The same series: its voids linked, one track picked, one link forbidden; and all in one go, as a figure."""
    viewer = napari.Viewer(title="specks")
    viewer.window.resize(1280, 800)
    viewer.open_sample("specks", "growing_voids")
    series, truth = viewer.layers
    drift = opened(viewer, "Drift")
    drift.inputs.choose("images", series)
    drift.progress.run_button.click()
    wait(lambda: drift.result is not None and not drift.runs.runner.busy)
    drift.parentWidget().close()

    track = opened(viewer, "Track")
    track.inputs.choose("table", truth)
    track.drift_choice.choose(series)
    viewer.dims.set_current_step(0, 15)
    track.progress.run_button.click()
    wait(lambda: track.result is not None and not track.runs.runner.busy)
    print(track.outcome.sentence.text())
    track.panel.color_box.setCurrentIndex(1)
    track.panel.color_box.activated.emit(1)
    truth.visible = True
    truth.contour = 1
    viewer.layers.selection.active = series
    fast = track.result.summary_table.sort_values("growth_rate_fit")["particle"]
    track.picked.pick(int(fast.dropna().iloc[len(fast.dropna()) // 2]))
    scroll_to(track, track.hand)
    take(viewer, "track-picked")

    seen = track.picked.here
    place = truth.data_to_world(seen.place)[-2:]
    look_closer(viewer, (0, *place), 5.0)
    take(viewer, "track-link")
    after_refit(track, track.link_tools.buttons["forbid"].click)
    take(viewer, "track-forbidden")
    track.parentWidget().close()

    for layer in list(track.layers):
        viewer.layers.remove(layer)
    viewer.reset_view()
    voids = opened(viewer, "Voids")
    voids.inputs.choose("source", truth)
    voids.form.update({"thickness": 150.0})
    voids.progress.run_button.click()
    wait(lambda: voids.result is not None and not voids.runs.runner.busy)
    print(voids.outcome.sentence.text())
    voids.panel.table.selectRow(3)
    scroll_to(voids, voids.outcome.sentence)
    take(viewer, "voids-found")
    voids.figures.open_sheet()
    wait(lambda: voids.figures.sheet is not None and len(voids.figures.sheet.plots) == 10)
    voids.figures.sheet.grab().save(str(PICTURES / "voids-figure.png"))
    shrink("voids-figure")
    voids.figures.close_sheet()
    viewer.close()


def touching_particles() -> None:
    """Pairs and chains: located, refined, one looked at; some that were missed, and found in the residual."""
    viewer = napari.Viewer(title="specks")
    viewer.window.resize(1280, 800)
    viewer.open_sample("specks", "touching_particles")
    viewer.layers.selection.active = viewer.layers[0]
    dock = opened(viewer, "Refine")
    wait(lambda: not dock.warming.runner.busy)
    dock.preview_box.setChecked(True)
    wait(lambda: dock.locating.found is not None)
    dock.locating.settings.estimate_button.click()
    wait(lambda: dock.locating.form.values.get("minmass") is not None and not dock.runs.runner.busy)
    take(viewer, "touching-located")

    dock.preview_box.setChecked(False)
    dock.show_page(1)
    dock.progress.run_button.click()
    wait(lambda: dock.result is not None and not dock.runs.runner.busy)
    print(dock.outcome.sentence.text())
    table = dock.result.table
    chain = table[table["cluster"] == table.query("frame == 4 and cluster_size == 5")["cluster"].iloc[0]]
    middle = chain.index[2]
    look_closer(viewer, (0, *chain[["y", "x"]].mean()), 7.0)
    dock.choice.choose([middle])
    scroll_to(dock, dock.panel.table)
    take(viewer, "touching-feature")

    start = dock.scene.starts[table.index.get_loc(middle)].tolist()
    after_refit(dock, lambda: dock.hand.log.add("point_delete", frame=4, position=start))
    dock.panel.pictures.boxes["residual"].setChecked(True)
    dock.choice.choose([chain.index[1]])
    scroll_to(dock, dock.outcome.sentence)
    take(viewer, "touching-missed")
    after_refit(dock, dock.point_tools.buttons["missed"].click)
    take(viewer, "touching-added")
    viewer.close()


def opened(viewer: napari.Viewer, name: str) -> StepDock:
    """A dock beside the picture, as wide as in a small window; nothing is previewed."""
    _, dock = viewer.window.add_plugin_dock_widget("specks", name)
    dock.parentWidget().setFixedWidth(300)
    dock.preview_box.setChecked(False)
    settle(0.5)
    viewer.reset_view()
    return dock


def scroll_to(dock: StepDock, widget: QWidget) -> None:
    """Bring a part of a dock to its upper edge."""
    page = dock.findChild(QScrollArea)
    settle(0.3)
    page.verticalScrollBar().setValue(widget.mapTo(page.widget(), widget.rect().topLeft()).y() - 6)
    settle(0.3)


def look_closer(viewer: napari.Viewer, center: tuple[float, float], zoom: float) -> None:
    """Move the camera as the mouse would."""
    viewer.scene.camera.center, viewer.scene.camera.zoom = center, zoom


def after_refit(dock: StepDock, act: Callable[[], None]) -> None:
    """Do something that changes the result, and wait for it."""
    before = dock.result
    act()
    wait(lambda: dock.result is not before and not dock.runs.runner.busy)
    print(dock.outcome.sentence.text())


if __name__ == "__main__":
    main()
