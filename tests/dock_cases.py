"""What the adversarial tests of docks need to know of each dock."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

__all__ = ["Case", "DriftCase", "RefineCase", "TrackCase", "VoidsCase"]


@dataclass(frozen=True)
class Case:
    """A dock whose step finds objects in an image, and what its step needs to know.

    Parameters
    ----------
    dock : str
        ``"module:Class"``.
    output : str
        The output that is a label image.
    called : str
        What its layer is called.
    setting : str
        A setting that is a length.
    value : float
        A value for it, in pixels, that suits `image`.
    settings : dict
        Others, so that small images do.
    ndims : tuple of int
        Numbers of axes that the step takes.
    """

    dock: str
    output: str = "labels"
    called: str = "labels"
    setting: str = "diameter"
    value: float = 4.0
    settings: dict[str, Any] = field(default_factory=dict)
    ndims: tuple[int, ...] = (2, 3)

    input = "image"
    #: By how much a refit may differ from a run with the same corrections.
    tolerance = 0.0
    #: Whether the setting is in the unit of the image; whether strokes correct; whether its export is one store.
    physical, paints, store = True, True, True
    #: Whether the step writes into arrays that are given; whether a preview is its result on the plane that is shown.
    fills, previews = True, True
    table_files = (".csv",)
    #: Whether it works on labels; whether a result takes the layers of that of another input.
    labels, reuses = False, True
    #: Whether a layer of its result has all channels, although one of them was looked at.
    all_channels = False

    @property
    def values(self) -> dict[str, Any]:
        return {self.setting: self.value, **self.settings}

    def make(self, viewer: Any) -> Any:
        module, _, name = self.dock.partition(":")
        return getattr(importlib.import_module(module), name)(viewer)

    def add(self, viewer: Any, pixels: Any, **options: Any) -> Any:
        """Add an input; lazy ones are not looked at for their contrast."""
        return viewer.add_image(pixels, **{"contrast_limits": (0, 255), "rgb": False} | options)

    def image(self, frames: int = 6, side: int = 48) -> np.ndarray:
        """Bright squares on noise; one at the same place in every frame."""
        rng = np.random.default_rng(1)
        stack = rng.normal(100, 5, (frames, side, side)).astype(np.float32)
        for t in range(frames):
            for y, x in rng.integers(4, side - 8, (3, 2)):
                stack[t, y : y + 5, x : x + 5] += 80
            stack[t, 20:26, 30:36] += 80
        return stack

    def shaped(self, shape: tuple[int, ...]) -> np.ndarray:
        """An image of that shape."""
        return self.image().ravel()[: int(np.prod(shape))].reshape(shape)

    def color(self) -> np.ndarray:
        """A color image, channels last."""
        image = self.image()
        return np.stack([image[0], image[1], image[2]], -1).clip(0, 255).astype(np.uint8)

    def axes(self, ndim: int) -> str:
        """What the axes of a plain image mean."""
        return "tzyx"[-ndim:]

    def scaled(self, factor: float) -> dict[str, Any]:
        """The setting for an image whose pixels are that long."""
        return {self.setting: self.value * factor}

    def no_input(self, others: tuple[str, ...]) -> str:
        """Why Run is disabled where there are only layers of these kinds."""
        return "Add an image to work on"

    def call(self, dock: Any, pixels: Any, axes: str, **more: Any) -> Any:
        """The plain call."""
        return dock.function(pixels, axes=axes, **self.values | more)

    def placed(self, spacing: float) -> dict[str, Any]:
        """Arguments that say the pixel size to the plain call."""
        return {"spacing": (spacing, spacing), "units": "um"}

    def gist(self, dock: Any, result: Any) -> np.ndarray:
        """What matters of a result."""
        return np.asarray(dock.function.spec().fields(result)[self.output])

    def shown(self, bench: Any) -> np.ndarray:
        """What the dock shows of its result, without axes of length 1 before the last two."""
        data = np.asarray(self.layer(bench).data)
        return data.squeeze(tuple(i for i, n in enumerate(data.shape[:-2]) if n == 1))

    def layers(self, bench: Any) -> list[Any]:
        """The result layers of the dock."""
        return list(bench.dock.layers)

    def layer(self, bench: Any) -> Any:
        """The most telling of them."""
        return bench.dock.layers.get(self.output)

    def wanted_layer(self, dock: Any, result: Any, pixels: np.ndarray) -> np.ndarray:
        """What it has to hold for the result of a plain call."""
        return self.gist(dock, result)

    def expanded(self, wanted: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """What its layer holds where the input has axes of length 1 as well."""
        return wanted.reshape(shape)

    def layer_name(self, source: str) -> str:
        """What it is called when nobody called it otherwise."""
        return f"{source} {self.called}"

    def finish(self, bench: Any) -> None:
        """Make the result layers after a run."""

    def mark(self, bench: Any) -> dict[str, Any]:
        """The provenance that goes with what is shown."""
        return self.layer(bench).metadata["specks"]

    def correct(self, bench: Any) -> None:
        """Correct by hand, in two ways, on a stack of at least 4 frames without or with axes of length 1."""
        dock, viewer = bench.dock, bench.viewer
        dock.hand.log.add("exclude_frame", frame=2)
        viewer.dims.set_current_step(0, 1)
        strokes = dock.hand.scribbling.brush(2)
        place = (1, *(0,) * (strokes.ndim - 3), 5, 5)
        strokes.data_setitem(tuple(np.array([i]) for i in place), 2)
        bench.qtbot.waitUntil(lambda: len(dock.hand.corrections) == 2, timeout=5000)

    def read_table(self, dock: Any, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A table that was exported, and what it has to be."""
        from specks.io import read_table

        return read_table(path), dock.function.spec().fields(dock.result)[path.stem]

    def stored(self, folder: Path) -> np.ndarray:
        """What a recipe has stored of its result."""
        from specks.io import open_result

        (labels,) = open_result(folder).labels.values()
        return np.asarray(labels.read(tuple(slice(0, n) for n in labels.shape)))


class DriftCase(Case):
    """The dock *Drift*: its result is a table, its layers are made on request."""

    input = "images"
    tolerance = 0.02  # pixels: a run looks only at frames that are not marked bad, a refit has looked at all
    physical = paints = store = reuses = fills = previews = False
    table_files = (".csv", ".json")
    all_channels = True

    def image(self, frames: int = 6, side: int = 48) -> np.ndarray:
        """Grains that move by whole pixels to and fro."""
        from scipy.ndimage import gaussian_filter

        rng = np.random.default_rng(1)
        scene = gaussian_filter(rng.normal(0, 1, (side + 16, side + 16)), 1.5)
        scene = 100 + 40 * scene / scene.std()
        places = np.cumsum(rng.integers(-1, 2, (frames, 2)), axis=0)
        places = 8 + np.clip(places - places[0], -8, 8)
        stack = np.stack([scene[y : y + side, x : x + side] for y, x in places])
        return (stack + rng.normal(0, 2, stack.shape)).clip(0, 255).astype(np.float32)

    def shaped(self, shape: tuple[int, ...]) -> np.ndarray:
        """Volumes are planes of other grains, all of which move alike."""
        from scipy.ndimage import gaussian_filter

        if len(shape) != 4 or shape[1] == 1:
            return super().shaped(shape)
        rng = np.random.default_rng(1)
        scene = gaussian_filter(rng.normal(0, 1, (shape[1], shape[2] + 8, shape[3] + 8)), (0, 1.5, 1.5))
        scene = 100 + 40 * scene / scene.std()
        moved = [scene[:, t : t + shape[2], 2 * t : 2 * t + shape[3]] for t in range(shape[0])]
        return (np.stack(moved) + rng.normal(0, 2, shape)).astype(np.float32)

    def color(self) -> np.ndarray:
        image = self.image()
        return np.stack([image, image[:, ::-1], image[..., ::-1]], -1).astype(np.uint8)

    def axes(self, ndim: int) -> str:
        return "tyx" if ndim == 3 else "tzyx"

    def scaled(self, factor: float) -> dict[str, Any]:
        return {self.setting: self.value}

    def no_input(self, others: tuple[str, ...]) -> str:
        if "labels" in others:
            return 'layer "Labels" has no time axis: it is 8 × 8 with the axes y, x'
        return "Add an image or labels with a time axis"

    def placed(self, spacing: float) -> dict[str, Any]:
        return {}

    def gist(self, dock: Any, result: Any) -> np.ndarray:
        return result.table.drop(columns="reason").to_numpy(float)

    def shown(self, bench: Any) -> np.ndarray:
        return self.gist(bench.dock, bench.dock.result)

    def layers(self, bench: Any) -> list[Any]:
        return list(bench.dock.applied)

    def layer(self, bench: Any) -> Any:
        return bench.dock.applied.get(bench.dock.course.layer)

    def wanted_layer(self, dock: Any, result: Any, pixels: np.ndarray) -> np.ndarray:
        import specks

        return specks.correct_images(pixels, result, axes=self.axes(pixels.ndim))

    def layer_name(self, source: str) -> str:
        return f"{source} (still)"

    def finish(self, bench: Any) -> None:
        bench.dock.apply_row.button.click()
        bench.settle()

    def mark(self, bench: Any) -> dict[str, Any]:
        return {"state": "complete", **bench.dock.runs.done.provenance.to_dict()}

    def correct(self, bench: Any) -> None:
        bench.viewer.dims.set_current_step(0, 2)
        bench.dock.by_hand_tools.buttons["bad"].click()
        bench.settle()
        bench.dock.by_hand_tools.drag.let_go.emit(3, np.array([1.25, -0.5]))

    def read_table(self, dock: Any, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
        import specks

        return specks.Drift.load(path).table, dock.result.table

    def stored(self, folder: Path) -> np.ndarray:
        import specks

        return self.gist(None, specks.Drift.load(folder / "drift.json"))


class TrackCase(Case):
    """The dock *Track*: it works on labels, and its results are tracks and a table."""

    input = "table"
    labels = True
    paints = store = fills = previews = False
    KEPT = ("frame", "label", "y", "x", "area", "particle", "confidence")

    def add(self, viewer: Any, pixels: Any, **options: Any) -> Any:
        kinds = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int32}
        if isinstance(pixels, np.ndarray):
            pixels = pixels.astype(kinds.get(pixels.dtype, pixels.dtype), copy=False)
        return viewer.add_labels(pixels, **options)

    def image(self, frames: int = 6, side: int = 48) -> np.ndarray:
        """Four squares that stand nearly still, numbered anew in each frame; one is missing in a frame."""
        rng = np.random.default_rng(1)
        labels = np.zeros((frames, side, side), np.int32)
        places = [(6, 6), (8, 30), (28, 10), (30, 34)]
        for t in range(frames):
            for label, i in enumerate(rng.permutation(4), 1):
                if (t, i) == (2, 3):
                    continue
                y, x = np.array(places[i]) + rng.integers(-1, 2, 2)
                labels[t, y : y + 6 + i % 2, x : x + 6] = label
        return labels

    def shaped(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) == 4 and shape[1] > 1:
            return np.repeat(self.image(shape[0])[:, None], shape[1], axis=1)
        return super().shaped(shape)

    def axes(self, ndim: int) -> str:
        return "tyx" if ndim == 3 else "tzyx"

    def no_input(self, others: tuple[str, ...]) -> str:
        if "labels" in others:
            return 'layer "Labels" has no time axis: it is 8 × 8 with the axes y, x'
        if "points" in others:
            return 'layer "Points" has no time axis: its positions are along y, x'
        return "Add labels or points with a time axis"

    def call(self, dock: Any, pixels: Any, axes: str, **more: Any) -> Any:
        import specks

        sizes = {name: more[name] for name in ("spacing", "units") if name in more}
        pixels = pixels.astype(np.uint8) if pixels.dtype == bool else pixels  # as napari does
        table = specks.measure_objects(pixels, axes=axes, **sizes)
        return specks.link(table, **self.values | more)

    def gist(self, dock: Any, result: Any) -> np.ndarray:
        names = [name for name in self.KEPT if name in result.table]
        return result.table[names].to_numpy(float)

    def shown(self, bench: Any) -> np.ndarray:
        return self.gist(bench.dock, bench.dock.result)

    def layer(self, bench: Any) -> Any:
        return bench.dock.layers.get("tracks")

    def wanted_layer(self, dock: Any, result: Any, pixels: np.ndarray) -> np.ndarray:
        from specks.io import track_array

        count = result.table.groupby("particle")["frame"].transform("size")
        return track_array(result.table[count > 1])

    def expanded(self, wanted: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Axes before that of time are left out: napari has no tracks along them."""
        ones = [axis for axis, n in enumerate(shape[:-2]) if n == 1 and axis > np.argmax(shape[:-2])]
        first = int(np.argmax(shape[:-2]))
        return np.insert(wanted, [axis - first + 1 for axis in ones], 0, axis=1)

    def layer_name(self, source: str) -> str:
        return f"{source} tracks"

    def mark(self, bench: Any) -> dict[str, Any]:
        mark = self.layer(bench).metadata["specks"]
        return mark | {"inputs": {"table": mark["inputs"]["labels"]}}

    def correct(self, bench: Any) -> None:
        dock = bench.dock
        dock.show()
        dock.picked.pick(int(dock.result.table["particle"].iloc[0]))
        for frame in (1, 4):
            bench.viewer.dims.set_current_step(0, frame)
            dock.link_tools.buttons["forbid"].click()
            bench.settle()
            dock.picked.pick(dock.picked.scene.called(*dock.picked._anchor).particle)

    def read_table(self, dock: Any, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
        from specks.io import read_table

        if path.name == "trackpy.csv":
            table = dock.result.table
            wanted = table.sort_values(["frame", "particle"])[["y", "x", "frame", "particle"]]
            return pd.read_csv(path)[list(wanted)], wanted.reset_index(drop=True)
        found = read_table(path)
        found.attrs.clear()
        wanted = dock.result.table if path.stem == "tracks" else dock.result.summary_table
        return found, wanted

    def stored(self, folder: Path) -> np.ndarray:
        import specks

        return self.gist(None, specks.Links.load(folder))


class RefineCase(Case):
    """The dock *Refine*: what is located in an image is fitted there, and shown as points."""

    input = "images"
    tolerance = 1e-6  # pixels: a refit goes on from where features were, a run from where they begin
    physical = paints = store = fills = False
    #: Settings of the page *Locate*, whose diameter does not follow from that of the other.
    LOCATING: ClassVar = {"diameter": 7, "separation": 4.2, "minmass": 50.0}

    def make(self, viewer: Any) -> Any:
        """With the page open whose preview is that of the step."""
        dock = super().make(viewer)
        dock.locating.form.update(self.LOCATING)
        dock.show_page(1)
        return dock

    def image(self, frames: int = 6, side: int = 48) -> np.ndarray:
        """A pair of blobs that touch and two single ones, each moving a little."""
        rng = np.random.default_rng(1)
        y, x = np.mgrid[:side, :side]
        stack = rng.normal(30, 2, (frames, side, side))
        for t in range(frames):
            for row, column in [(15, 14), (15, 19.5), (32, 12), (31, 33)]:
                at = np.array([row, column]) * side / 48 + rng.uniform(-0.5, 0.5, 2)
                stack[t] += 100 * np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / 6)
        return stack.clip(0, 255).astype(np.float32)

    def shaped(self, shape: tuple[int, ...]) -> np.ndarray:
        """Volumes are planes above each other, brightest in the middle."""
        if len(shape) == 4 and shape[1] > 1:
            fade = np.exp(-((np.arange(shape[1]) - shape[1] // 2) ** 2) / 2)
            return (self.image(shape[0])[:, None] * fade[:, None, None]).astype(np.float32)
        return super().shaped(shape)

    def axes(self, ndim: int) -> str:
        return "yx" if ndim == 2 else "tyx" if ndim == 3 else "tzyx"

    def scaled(self, factor: float) -> dict[str, Any]:
        return {self.setting: self.value}

    def call(self, dock: Any, pixels: Any, axes: str, **more: Any) -> Any:
        import specks

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of frames without features
            found = specks.locate(pixels, axes=axes, **self.LOCATING)
        more = {name: value for name, value in more.items() if name not in ("spacing", "units")}
        return specks.refine(found, pixels, axes=axes, **self.values | more)

    def placed(self, spacing: float) -> dict[str, Any]:
        return {}

    def gist(self, dock: Any, result: Any) -> np.ndarray:
        names = [name for name in ("frame", "z", "y", "x", "signal", "cost") if name in result.table]
        return result.table[names].to_numpy(float)

    def shown(self, bench: Any) -> np.ndarray:
        return self.gist(bench.dock, bench.dock.result)

    def wanted_layer(self, dock: Any, result: Any, pixels: np.ndarray) -> np.ndarray:
        names = [name for name in ("frame", "z", "y", "x") if name in result.table]
        return result.table[names[-pixels.ndim :]].to_numpy(float)

    def expanded(self, wanted: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        ones = [axis for axis, n in enumerate(shape[:-2]) if n == 1]
        for axis in ones:
            wanted = np.insert(wanted, axis, 0, axis=1)
        return wanted

    def correct(self, bench: Any) -> None:
        """Move a point, and add one."""
        log = bench.dock.hand.log
        row = bench.dock.result.known.edited.iloc[0]
        at = [float(row["y"]), float(row["x"])]
        at = at if "z" not in row else [float(row["z"]), *at]
        log.add("point_move", frame=int(row["frame"]), position=at, new=[*at[:-1], at[-1] + 1.0])
        bench.settle()
        log.add("point_add", frame=2, position=[*at[:-2], 40.0, 24.0])

    def stored(self, folder: Path) -> np.ndarray:
        from specks.io import read_table

        table = read_table(folder / "table.csv")
        return table[[n for n in ("frame", "z", "y", "x", "signal", "cost") if n in table]].to_numpy(float)


class VoidsCase(Case):
    """The dock *Voids*: it finds objects as *Mixture* does, and tracks them; a result is a folder."""

    input = "source"
    store = False

    def color(self) -> np.ndarray:
        image = self.image()
        return np.stack([image, image[:, ::-1], image[..., ::-1]], -1).clip(0, 255).astype(np.uint8)

    def axes(self, ndim: int) -> str:
        return "tyx" if ndim == 3 else "tzyx"

    def no_input(self, others: tuple[str, ...]) -> str:
        if "labels" in others:
            return 'layer "Labels" has no time axis: it is 8 × 8 with the axes y, x'
        return "Add an image or labels with a time axis"

    def placed(self, spacing: float) -> dict[str, Any]:
        return {**super().placed(spacing), "dt": 1.0}

    def read_table(self, dock: Any, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
        found, wanted = super().read_table(dock, path)
        found.attrs.clear()
        return found, wanted

    def stored(self, folder: Path) -> np.ndarray:
        import specks

        return np.asarray(specks.VoidTracks.load(folder).labels)
