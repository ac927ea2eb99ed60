"""Choose the layers and files that a step works on, and say what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magicgui.widgets import ComboBox, FileEdit
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QWidget

from specks._core.axes import PIXEL, Geometry, short_unit
from specks._core.errors import InputError
from specks._core.source import Source
from specks._core.spec import ParamSpec, StepSpec
from specks._core.types import Role
from specks._core.words import counted
from specks.ui.layer_view import COLORS, LayerView, points_along, readings, view_layer
from specks.ui.subscriptions import Subscriptions
from specks.ui.wrapped import WrappedLabel

__all__ = ["Inputs", "Takes", "facts", "unit_symbol"]

#: Layers that can be chosen for a role, and what to call them.
KINDS: dict[Role, tuple[type | tuple[type, ...], str]] = {
    Role.IMAGE: (Image, "an image"),
    Role.LABELS: (Labels, "a labels layer"),
    Role.MASK: (Labels, "a labels layer"),
    Role.SCRIBBLES: (Labels, "a labels layer"),
    Role.POINTS: (Points, "a points layer"),
    Role.TABLE: ((Labels, Points), "a layer with features"),
}
_READING_NAMES = {"t": "time", "c": "channels", "z": "depth"}
NO_BREAK = "\N{NO-BREAK SPACE}"
_PREFIXES = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))


@dataclass(frozen=True)
class Takes:
    """What layers an input takes, where that is not what is usual for its role.

    Parameters
    ----------
    kinds : tuple of type
        Of layers.
    words : str
        What to call them: "an image".
    needs : str
        Letter of an axis without which a layer is not offered.
    title : str
        What stands before the choice, where that is not the name of the argument.
    prefers : str
        Letter of an axis that a layer is taken to have where it does not say.
    without : str
        What the choice of no layer is called, where something else gives the argument then.
    along : str
        Argument whose axes the positions of points are read with.
    """

    kinds: tuple[type, ...]
    words: str
    needs: str = ""
    title: str = ""
    prefers: str = ""
    without: str = ""
    along: str = ""


class Inputs(QWidget):
    """A row for each input of a step, and one line of facts about the first.

    The choices follow the layers of the viewer; what was chosen stays chosen while it is there. A model is
    read from a file.

    Parameters
    ----------
    viewer : napari viewer
    spec : StepSpec
    offer : callable
        Whether a layer may be chosen; the dock's own results are not.
    takes : mapping of str to Takes, optional
        By argument name, where an input takes other layers than its role says; these stand first, in this order.

    Attributes
    ----------
    changed : Signal
        Other layers were chosen, or the same are read in another way.
    edited : Signal
        The pixels or the place of a chosen layer changed; emitted before `changed`.
    """

    changed = Signal()
    edited = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        spec: StepSpec,
        offer: Callable[[Layer], bool],
        takes: Mapping[str, Takes] | None = None,
    ) -> None:
        super().__init__()
        self._viewer, self._offer, self._takes = viewer, offer, dict(takes or {})
        by_hand = any(p.role is Role.CORRECTIONS for p in spec.params)
        self._params = [
            p for p in spec.inputs if p.role in KINDS and not (by_hand and p.role is Role.SCRIBBLES)
        ]
        order = [*self._takes]
        self._params.sort(key=lambda p: order.index(p.name) if p.name in self._takes else len(order))
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.combos = {p.name: self._combo(p) for p in self._params}
        self._models = [p for p in spec.inputs if p.role is Role.MODEL]
        self.file_rows = {p.name: self._file_row(p) for p in self._models}
        self.reading = self._side_combo("Axes", lambda _: self._readings())
        self.channel = self._side_combo("Channel", lambda _: self._channels())
        self.facts = WrappedLabel()
        self._rows.addRow(self.facts)
        self._views: dict[str, LayerView] = {}
        self._named: dict[str, Path] = {}
        self.reason: str | None = None
        self._settled: set[str] = set()
        self._list, self._chosen = held = Subscriptions(), Subscriptions()
        self.destroyed.connect(lambda: [subscriptions.close() for subscriptions in held])
        for event in ("inserted", "removed", "reordered", "renamed"):
            self._list.add(viewer.layers.events, event, self._follow)
        self._follow()

    @property
    def views(self) -> dict[str, LayerView]:
        """What was chosen, by argument name; empty when `reason` says why it cannot be used."""
        return dict(self._views)

    @property
    def files(self) -> dict[str, Path]:
        """Files that were chosen, by argument name."""
        return {name: Path(row.value) for name, row in self.file_rows.items() if row.value is not None}

    def choose(self, name: str, layer: Layer) -> None:
        """Choose a layer for an input."""
        self.combos[name].value = layer

    def _combo(self, param: ParamSpec) -> ComboBox:
        combo = ComboBox(name=param.name, choices=lambda _: self._choices(param))
        combo.native.setToolTip(f"<qt>{param.help}</qt>")
        combo.native.setMinimumWidth(60)
        combo.native.setSizeAdjustPolicy(combo.native.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._rows.addRow(self._of(param).title or param.name.replace("_", " ").capitalize(), combo.native)
        combo.changed.connect(self._on_chosen)
        return combo

    def _file_row(self, param: ParamSpec) -> FileEdit:
        row = FileEdit(name=param.name, nullable=True)
        row.native.setToolTip(f"<qt>{param.help}</qt>")
        row.native.setMinimumWidth(60)
        self._rows.addRow(param.name.replace("_", " ").capitalize(), row.native)
        row.changed.connect(self._update)
        return row

    def _side_combo(self, label: str, choices: Callable[[Any], list[Any]]) -> ComboBox:
        combo = ComboBox(name=label.lower(), choices=choices)
        combo.native.setMinimumWidth(60)
        self._rows.addRow(label, combo.native)
        combo.changed.connect(self._update)
        return combo

    def _of(self, param: ParamSpec) -> Takes:
        """What a parameter takes."""
        kinds, words = KINDS[param.role]
        usual = Takes(kinds if isinstance(kinds, tuple) else (kinds,), words)
        return self._takes.get(param.name, usual)

    def _offered(self, param: ParamSpec) -> list[Layer]:
        """Layers of the right kind, whatever their axes."""
        kinds = self._of(param).kinds
        return [
            layer
            for layer in self._viewer.layers
            if isinstance(layer, kinds)
            and self._offer(layer)
            and (param.name in self._takes or param.role is not Role.TABLE or len(layer.features.columns))
        ]

    def _choices(self, param: ParamSpec) -> list[tuple[str, Layer | None]]:
        needs = self._of(param).needs
        fits = [layer for layer in self._offered(param) if not needs or _axes_with(needs, layer)]
        found = [(layer.name, layer) for layer in fits]
        return found if self._needed(param) else [(self._of(param).without or "none", None), *found]

    def _needed(self, param: ParamSpec) -> bool:
        """Whether a layer must be chosen."""
        return param.required and not self._of(param).without

    def _readings(self) -> list[tuple[str, str]]:
        layer = self._main_layer()
        takes = self._of(self._params[0]) if self._params else Takes((), "")
        if layer is None or not (takes.needs or isinstance(layer, Image | Labels)):
            return []
        found = sorted(_axes_with(takes.needs, layer), key=lambda axes: takes.prefers not in axes)
        return [(_reading_name(axes), axes) for axes in found]

    def _channels(self) -> list[tuple[str, int | None]]:
        layer = self._main_layer()
        if layer is None or not isinstance(layer, Image | Labels):
            return []
        if getattr(layer, "rgb", False):
            return [("choose…", None), *((name, i) for i, name in enumerate(COLORS[: layer.data.shape[-1]]))]
        axes = self.reading.value or ""
        if "c" not in axes:
            return []
        data = layer.data[0] if layer.multiscale else layer.data
        count = [n for axis, n in enumerate(data.shape) if n > 1 or axis >= len(data.shape) - 2][
            axes.index("c")
        ]
        return [(str(i), i) for i in range(count)]

    def _main_layer(self) -> Layer | None:
        return self.combos[self._params[0].name].value if self._params else None

    def _follow(self, *_: Any) -> None:
        """Read the choices again."""
        for param in self._params:
            combo = self.combos[param.name]
            with combo.changed.blocked():
                combo.reset_choices()
                offered = [layer for _, layer in self._choices(param)]
                active = self._viewer.layers.selection.active
                if self._needed(param) and offered and param.name not in self._settled:
                    combo.value = active if active in offered else offered[-1]
        self._settled = {name for name, one in self.combos.items() if one.value is not None}
        self._on_chosen()

    def _on_chosen(self, *_: Any) -> None:
        self._chosen.close()
        for combo in self.combos.values():
            for event in ("scale", "units", "axis_labels", "data", "features"):
                if combo.value is not None:
                    self._chosen.add(combo.value.events, event, self._on_edited)
        self._offer_readings()
        self._update()

    def _on_edited(self, *_: Any) -> None:
        self._views = {}
        self._offer_readings()
        self.edited.emit()
        self._update()

    def _offer_readings(self) -> None:
        with self.reading.changed.blocked():
            self.reading.reset_choices()
        self._rows.setRowVisible(self.reading.native, len(self.reading.choices) > 1)

    def _update(self, *_: Any) -> None:
        with self.channel.changed.blocked():
            self.channel.reset_choices()
        self._rows.setRowVisible(self.channel.native, len(self.channel.choices) > 1)
        before = (self._views, self._named, self.reason)
        self._named = self.files
        try:
            self._views, self.reason = self._read(), None
            self._check_files()
        except InputError as error:
            self._views, self.reason = {}, str(error)
        main = next(iter(self._views.values()), None)
        self.facts.setText("" if main is None else _facts_of(main))
        if before != (self._views, self._named, self.reason):
            self.changed.emit()

    def _read(self) -> dict[str, LayerView]:
        found: dict[str, LayerView] = {}
        for i, param in enumerate(self._params):
            layer = self.combos[param.name].value
            if layer is None and self._needed(param):
                raise InputError(self._missing(param))
            if layer is not None:
                axes, channel = (self.reading.value, self.channel.value) if i == 0 else (None, None)
                if i > 0 and found and not isinstance(layer, Points):
                    axes = self._matching(layer, found)
                along = found.get(self._of(param).along)
                found[param.name] = (
                    points_along(layer, along) if along is not None else view_layer(layer, axes, channel)
                )
                needs = self._of(param).needs
                if needs and needs not in found[param.name].axes:  # its data may have become others
                    raise InputError(_lacks(needs, layer))
        return found

    def _missing(self, param: ParamSpec) -> str:
        """Why there is nothing to choose."""
        takes, others = self._of(param), self._offered(param)
        if not takes.needs:
            return f"Add {takes.words} to work on"
        if not others:
            return f"Add {takes.words} with a {_READING_NAMES[takes.needs]} axis"
        active = self._viewer.layers.selection.active
        return _lacks(takes.needs, active if active in others else others[-1])

    def _check_files(self) -> None:
        """Refuse files that are missing."""
        for param in self._models:
            file = self._named.get(param.name)
            if file is None and param.required:
                raise InputError(f"Choose a file for {param.name.replace('_', ' ')}")
            if file is not None and not file.is_file():
                raise InputError(f"There is no file {file}")

    def _matching(self, layer: Layer, found: dict[str, LayerView]) -> str | None:
        """Axes of a further input: those of the first when they fit."""
        first = next(iter(found.values()))
        return first.axes if first.axes in readings(layer) else None


def _lacks(letter: str, layer: Layer) -> str:
    """That a layer lacks an axis, in words."""
    axes = readings(layer)  # which may say itself what is wrong
    said = f'layer "{layer.name}" has no {_READING_NAMES[letter]} axis'
    if isinstance(layer, Points):
        return f"{said}: its positions are along {', '.join(axes[0])}"
    shape = (layer.data[0].shape if layer.multiscale else layer.data.shape)[: layer.ndim]
    size, letters = " × ".join(map(str, shape)), ", ".join(axes[0])
    if len(shape) > len(axes[0]):
        return f"{said}: it is {size}, and only the axes {letters} are longer than 1"
    return f"{said}: it is {size} with the axes {letters}"


def _axes_with(letter: str, layer: Layer) -> list[str]:
    """The ways in which a layer may be read that have an axis; none when it cannot be read at all.

    Who needs a time axis takes a stack of slices for one: many a movie is stored so.
    """
    try:
        found = readings(layer)
    except InputError:
        return []
    return ["tyx"] if letter == "t" and found == ["zyx"] else [axes for axes in found if letter in axes]


def _facts_of(view: LayerView) -> str:
    if not isinstance(view.layer, Points):
        return facts(view.source)
    count = len(view.layer.data)
    parts = (counted(count, "point"), view.axes, _pixel(view.geometry))
    return " · ".join(part.replace(" ", NO_BREAK) for part in parts)


def facts(source: Source) -> str:
    """Shape, axes, pixel size and bytes; where the line must wrap, it does between them."""
    shape = " × ".join(map(str, source.shape))
    size = next(
        (f"{source.nbytes / n:.3g} {p}" for n, p in _PREFIXES if source.nbytes >= n), f"{source.nbytes} B"
    )
    parts = (shape, source.axes, _pixel(source.geometry), size)
    return " · ".join(part.replace(" ", NO_BREAK) for part in parts)


def _pixel(geometry: Geometry) -> str:
    if geometry.length_unit == PIXEL and not geometry.is_physical:
        return "no pixel size"
    steps = (
        sorted(set(geometry.spatial_spacing))
        if len(set(geometry.spatial_spacing)) == 1
        else geometry.spatial_spacing
    )
    size = " × ".join(f"{s:.4g}" for s in steps)
    unit = geometry.length_unit
    return f"pixel size {size}" if unit == PIXEL else f"{size} {unit_symbol(unit)}/px"


def unit_symbol(unit: str) -> str:
    """Symbol of a unit for people: ``"micrometer"`` becomes ``"µm"``."""
    return {"um": "µm", "angstrom": "Å"}.get(short_unit(unit), short_unit(unit))


def _reading_name(axes: str) -> str:
    extra = [_READING_NAMES[letter] for letter in axes if letter in _READING_NAMES]
    return f"{', '.join(axes)} ({' and '.join(extra)})" if extra else ", ".join(axes)
