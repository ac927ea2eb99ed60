"""A form made from the declaration of a step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from magicgui.widgets import Container
from psygnal import Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QWidget
from superqt import QCollapsible

from specks._core.checks import check, nearest
from specks._core.errors import InputError
from specks._core.spec import Kind, ParamSpec, StepSpec
from specks.ui.fields import Field, make_field

__all__ = ["ESSENTIALS", "Form"]

#: How many parameters stand in the open; the rest is under *Advanced*.
ESSENTIALS = 6
#: Characters of a label from which it is broken into lines, and of such a line.
LONG, LINE = 20, 15


class Form:
    """The settings of a step as fields.

    Only what differs from the defaults is given on, so that a form that nobody touched is the
    plain call.

    Parameters
    ----------
    spec : StepSpec
    hidden : iterable of str
        Settings that are chosen elsewhere (axes and spacing come with the layer).
    essentials : sequence of str
        Settings that stand in the open; the first few when none are named.
    words : mapping of str to mapping, optional
        What choices of a setting are called, by its name, where they are not called what they are.
    start : mapping, optional
        What settings begin with in place of a default, or for want of one; they are always given on.

    Attributes
    ----------
    changed : Signal
        Emitted after any field changed.
    container : magicgui.widgets.Container
        The widgets by parameter name; its `native` is what is shown.
    """

    changed = Signal()

    def __init__(
        self,
        spec: StepSpec,
        hidden: Iterable[str] = (),
        essentials: Sequence[str] = (),
        start: Mapping[str, Any] | None = None,
        words: Mapping[str, Mapping[Any, str]] | None = None,
    ) -> None:
        self.spec = spec
        away = set(hidden)
        self._begun = set(start or {})
        shown = [_begun(p, start or {}) for p in spec.settings if p.name not in away]
        self.fields: dict[str, Field] = {p.name: make_field(p, (words or {}).get(p.name)) for p in shown}
        self.container = Container(labels=False, widgets=[f.widget for f in self.fields.values()])
        self._labels: dict[str, QLabel] = {}
        plain = [
            n
            for n, f in self.fields.items()
            if not f.param.limits.advanced and f.param.kind is not Kind.MAPPING
        ]
        self.essentials = list(essentials) or plain[:ESSENTIALS]
        self.advanced = [n for n in self.fields if n not in self.essentials]
        self._lay_out()
        self.set_length_unit("px")
        self.container.changed.connect(self._on_changed)

    @property
    def native(self) -> QWidget:
        """The widget to show."""
        return self.container.native

    @property
    def values(self) -> dict[str, Any]:
        """What differs from the defaults, or began with something for want of one, by name."""
        return {
            name: field.value for name, field in self.fields.items() if field.touched or name in self._begun
        }

    @property
    def faults(self) -> list[str]:
        """What is wrong with the values, one sentence each."""
        return check(self.spec, self.values)

    def update(self, values: Mapping[str, Any]) -> None:
        """Set some fields; the others stay.

        Raises
        ------
        InputError
            When a name is not in the form or a value cannot be used. Nothing is set then.
        """
        faults = [f"no parameter {n!r}{nearest(str(n), self.fields)}" for n in values if n not in self.fields]
        faults += check(self.spec, {n: v for n, v in values.items() if n in self.fields})
        if faults:
            raise InputError(faults)
        with self.changed.blocked():
            for name, value in values.items():
                self.fields[name].value = value
        self._on_changed()

    def reset(self) -> None:
        """All fields back to the defaults."""
        with self.changed.blocked():
            for field in self.fields.values():
                field.reset()
        self._on_changed()

    def set_length_unit(self, unit: str) -> None:
        """Show lengths in the unit of the image that is worked on."""
        for name, label in self._labels.items():
            text = self.fields[name].label(unit)
            # One long label would take the room of all fields in a narrow dock.
            label.setText("\n".join(textwrap.wrap(text, LINE)) if len(text) > LONG else text)

    def _on_changed(self) -> None:
        wrong = {fault.split(" ")[0] for fault in self.faults}
        for name, field in self.fields.items():
            self._labels[name].setStyleSheet("color: #e5484d" if name in wrong else "")
            self._labels[name].setToolTip(field.widget.tooltip)
        self.changed.emit()

    def _lay_out(self) -> None:
        """Rows that wrap in a narrow dock, the rarer ones folded away."""
        column = self.native.layout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._rows(self.essentials))
        if self.advanced:
            self.folded = QCollapsible("Advanced", expandedIcon="▾", collapsedIcon="▸")
            self.folded.setDuration(0)
            self.folded.addWidget(self._rows(self.advanced))
            column.addWidget(self.folded)

    def _rows(self, names: Iterable[str]) -> QWidget:
        panel = QWidget()
        rows = QFormLayout(panel)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name in names:
            field = self.fields[name]
            self._labels[name] = QLabel()
            self._labels[name].setToolTip(field.widget.tooltip)
            rows.addRow(self._labels[name], field.widget.native)
            field.widget.native.setMinimumWidth(60)
        return panel


def _begun(param: ParamSpec, start: Mapping[str, Any]) -> ParamSpec:
    """A parameter as its field shows it: it begins with something, if that is known."""
    return replace(param, default=start[param.name]) if param.name in start else param
