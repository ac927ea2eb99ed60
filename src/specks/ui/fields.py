"""One field of a form for each kind of parameter."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, LineEdit, SpinBox
from magicgui.widgets.bases import ValueWidget
from qtpy.QtCore import QEvent, QObject, Qt

from specks._core.spec import Kind, ParamSpec
from specks.ui.number_text import AUTO, NONE, read, stepped, write

__all__ = ["Field", "make_field"]

#: What a spin box holds where the step sets no limit.
LARGEST = 2**31 - 1


class Field:
    """A parameter and the widget that holds its value.

    Parameters
    ----------
    param : ParamSpec
    widget : magicgui ValueWidget
    decode, encode : callable
        Between what the widget holds and the value.
    """

    def __init__(
        self,
        param: ParamSpec,
        widget: ValueWidget,
        decode: Callable[[Any], Any] = lambda held: held,
        encode: Callable[[Any], Any] = lambda value: value,
    ) -> None:
        self.param, self.widget = param, widget
        self._decode, self._encode = decode, encode
        widget.tooltip = tooltip(param)
        self._calm = _CalmKeys(widget.native)
        self.reset()

    @property
    def value(self) -> Any:
        """The value; a text that cannot be read comes back as it is."""
        return self._decode(self.widget.value)

    @value.setter
    def value(self, value: Any) -> None:
        self.widget.value = self._encode(value)

    @property
    def touched(self) -> bool:
        """Whether it is anything else than the default."""
        return not same(self.value, self.param.default)

    def reset(self) -> None:
        """Back to the default."""
        self.value = self.param.default

    def label(self, length_unit: str) -> str:
        """Name and unit for people."""
        name = self.param.name.replace("_", " ").capitalize()
        unit = unit_text(self.param, length_unit)
        return f"{name} ({unit})" if unit else name


class _MappingField(Field):
    """A mapping is shown but not edited: it comes from Python or a file."""

    def __init__(self, param: ParamSpec) -> None:
        self._value: Any = param.default
        super().__init__(param, LineEdit(name=param.name, nullable=True))
        self.widget.native.setReadOnly(True)
        self.widget.native.setPlaceholderText("from a file")
        told = "<br>Comes from Python, or from a file by <i>Settings › Load settings…</i></qt>"
        self.widget.tooltip = self.widget.tooltip.replace("</qt>", told)

    @property
    def value(self) -> Any:
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        self._value = value
        self.widget.value = write(value)


def make_field(param: ParamSpec, words: Mapping[Any, str] | None = None) -> Field:
    """The field for a parameter.

    Parameters
    ----------
    param : ParamSpec
        A setting (`ParamSpec.is_setting`).
    words : mapping, optional
        What its choices are called.
    """
    if param.kind is Kind.MAPPING:
        return _MappingField(param)
    if param.kind is Kind.BOOL and not param.optional:
        box = CheckBox(name=param.name)
        box.native.setText("")  # the name stands before it already
        return Field(param, box)
    if param.kind in (Kind.BOOL, Kind.CHOICE):
        return Field(param, ComboBox(name=param.name, choices=_choices(param, words or {})))
    if param.kind is Kind.INT and not (param.optional or param.choices):
        low = -LARGEST if param.limits.ge is None else int(param.limits.ge)
        low = low if param.limits.gt is None else int(param.limits.gt) + 1
        high = LARGEST if param.limits.le is None else int(param.limits.le)
        return Field(param, SpinBox(name=param.name, min=low, max=high))
    field = Field(param, LineEdit(name=param.name), lambda text: read(param, text), partial(_written, param))
    field.widget.native.setPlaceholderText(_default(param))
    return field


def _written(param: ParamSpec, value: Any) -> str:
    """A value as text; where nothing written means the default, None is a word."""
    if value is None and param.optional and param.default is not None and param.kind is not Kind.TEXT:
        return NONE if param.kind is Kind.SEQUENCE else AUTO
    return write(value)


def _default(param: ParamSpec) -> str:
    """The default as it is shown where nothing is written."""
    if param.default is not None or not param.optional or param.kind is Kind.TEXT:
        return write(param.default)
    return NONE if param.kind is Kind.SEQUENCE else AUTO


def _choices(param: ParamSpec, called: Mapping[Any, str]) -> list[tuple[str, Any]]:
    words = [(called.get(c, str(c)), c) for c in param.choices] or [("yes", True), ("no", False)]
    return [(AUTO, None), *words] if param.optional else words


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same kind: 1 is not True."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def unit_text(param: ParamSpec, length_unit: str) -> str:
    """Unit of a parameter on an image whose lengths are in `length_unit`."""
    return length_unit if param.limits.unit == "length" else param.limits.unit or ""


def tooltip(param: ParamSpec) -> str:
    """Meaning, range and default, in rich text so that long ones wrap."""
    limits, lines = param.limits, [param.help]
    ranges = [
        f"{word} {write(bound)}"
        for word, bound in (("above", limits.gt), ("from", limits.ge), ("to", limits.le))
        if bound is not None
    ]
    if ranges:
        lines.append(" ".join(ranges).capitalize())
    default = _default(param)
    lines.append(f"Default: {default}" if default else "")
    return "<qt>" + "<br>".join(html.escape(line) for line in lines if line) + "</qt>"


class _CalmKeys(QObject):
    """Scrolling the dock must not change values; arrows step a number written as text."""

    def __init__(self, native: QObject) -> None:
        super().__init__(native)
        native.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        native.installEventFilter(self)

    def eventFilter(self, native: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        arrows = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.type() == QEvent.Type.KeyPress and event.key() in arrows and hasattr(native, "textEdited"):
            if not native.isReadOnly():
                native.setText(stepped(native.text(), event.key() == Qt.Key.Key_Up))
            return True
        return False
