"""A form says exactly what a call would."""

from __future__ import annotations

import html

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specks._core.errors import InputError
from specks._core.spec import Kind, ParamSpec
from specks._core.types import Param

pytestmark = pytest.mark.widgets

EVERY_KIND = {
    "diameter": (3.3333333333333335, 4),
    "level": 1e-12,
    "method": "below",
    "weights": (1.5, 0.1),
    "bounds": {"min": 0.25, "max": 2.0},
    "repeats": 4,
    "fill": True,
    "note": "two words",
}
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def param(kind: Kind, default: object = None, **more: object) -> ParamSpec:
    return ParamSpec("x", kind, default, **more)


@pytest.fixture
def form(qtbot):
    from toy_engine import find_blobs

    from specks.ui.form import Form

    return Form(find_blobs.spec(), hidden=("axes", "spacing", "units"))


def test_a_form_that_nobody_touched_says_nothing(form) -> None:
    assert form.values == {}
    assert form.faults == []


def test_every_kind_of_parameter_comes_back_as_it_was_set(form) -> None:
    form.update(EVERY_KIND)
    assert form.values == EVERY_KIND
    assert isinstance(form.values["fill"], bool)
    form.reset()
    assert form.values == {}


def test_what_is_typed_is_what_a_call_would_be_given(form) -> None:
    typed = {"diameter": "3, 12", "level": " 0.33333 ", "weights": "1;2.5", "note": "auto"}
    for name, text in typed.items():
        form.fields[name].widget.value = text
    form.container.repeats.value = 3
    assert form.values == {
        "diameter": (3.0, 12.0),
        "level": 0.33333,
        "weights": (1.0, 2.5),
        "note": "auto",
        "repeats": 3,
    }
    form.fields["level"].widget.value = "auto"
    form.fields["diameter"].widget.value = ""
    assert set(form.values) == {"weights", "note", "repeats"}


def test_what_cannot_be_read_is_a_fault_in_the_words_of_the_check(form) -> None:
    form.fields["diameter"].widget.value = "3 µm"
    form.fields["level"].widget.value = "-1"
    assert form.faults == [
        "diameter is '3 µm'; it must be a number or one per spatial axis, above 0 and at most 200",
        "level is -1; it must be a number, 0 or more or 'auto'",
    ]


def test_an_update_with_a_fault_sets_nothing_and_names_all_faults(form) -> None:
    with pytest.raises(InputError) as caught:
        form.update({"repeats": 3, "diamter": 2, "method": "beside"})
    assert "did you mean 'diameter'" in caught.value.faults[0]
    assert "method" in caught.value.faults[1]
    assert form.values == {}


def test_one_signal_for_one_change(form) -> None:
    seen = []
    form.changed.connect(lambda: seen.append(dict(form.values)))
    form.update({"repeats": 2, "fill": True})
    form.container.level.value = "0.5"
    form.reset()
    assert seen == [{"repeats": 2, "fill": True}, {"repeats": 2, "fill": True, "level": 0.5}, {}]


def test_six_in_the_open_the_rest_folded_and_all_with_a_tooltip(form) -> None:
    assert form.essentials == ["diameter", "level", "method", "weights"]
    assert form.advanced == ["bounds", "repeats", "fill", "note"]
    assert not form.folded.isExpanded()
    for field in form.fields.values():
        assert html.escape(field.param.help) in field.widget.tooltip
    assert "above 0 to 200" in form.fields["diameter"].widget.tooltip.lower()


def test_lengths_are_shown_in_the_unit_of_the_image(form) -> None:
    form.set_length_unit("nm")
    assert form._labels["diameter"].text() == "Diameter (nm)"
    assert form._labels["level"].text() == "Level"


def test_a_form_fits_a_narrow_dock(form) -> None:
    assert form.native.minimumSizeHint().width() <= 240


def test_arrows_step_the_last_digit_and_the_wheel_does_nothing(form, qtbot) -> None:
    from qtpy.QtCore import QPoint, QPointF, Qt
    from qtpy.QtGui import QWheelEvent
    from qtpy.QtWidgets import QApplication

    native = form.fields["level"].widget.native
    native.setText("2.09")
    qtbot.keyClick(native, Qt.Key.Key_Up)
    assert form.values["level"] == 2.1
    qtbot.keyClick(native, Qt.Key.Key_Down)
    qtbot.keyClick(native, Qt.Key.Key_Down)
    assert form.values["level"] == 2.08
    spin = form.container.repeats.native
    wheel = QWheelEvent(
        QPointF(3, 3), QPointF(3, 3), QPoint(0, 120), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(spin, wheel)
    assert "repeats" not in form.values


@given(FLOATS)
def test_a_float_survives_the_way_through_text(value: float) -> None:
    from specks.ui.number_text import read, write

    assert read(param(Kind.FLOAT, element=float), write(value)) == value


@given(st.lists(FLOATS, min_size=2, max_size=5).map(tuple))
def test_numbers_per_axis_survive_the_way_through_text(values: tuple[float, ...]) -> None:
    from specks.ui.number_text import read, write

    assert read(param(Kind.PER_AXIS, element=float), write(values)) == values
    assert read(param(Kind.SEQUENCE, element=float), write(values)) == values


@given(st.text())
def test_no_text_breaks_a_field(text: str) -> None:
    from specks.ui.number_text import read, stepped

    for kind in (Kind.FLOAT, Kind.PER_AXIS, Kind.SEQUENCE, Kind.TEXT, Kind.INT):
        read(param(kind, 1.0, element=float), text)
    stepped(text, up=True)


def test_none_is_auto_and_never_zero(qtbot) -> None:
    from specks.ui.fields import make_field

    field = make_field(param(Kind.FLOAT, optional=True, element=float, limits=Param(gt=0)))
    assert (field.value, field.touched) == (None, False)
    assert field.widget.native.placeholderText() == "auto"
    field.widget.value = "0"
    assert (field.value, field.touched) == (0.0, True)
    field.widget.value = "auto"
    assert field.value is None


def test_none_of_a_sequence_is_none(qtbot) -> None:
    from specks.ui.fields import make_field

    field = make_field(param(Kind.SEQUENCE, optional=True, element=float))
    assert field.widget.native.placeholderText() == "none"
    assert "Default: none" in field.widget.tooltip
    field.value = (8.0, 20.0)
    field.widget.value = "none"
    assert field.value is None


def test_what_must_be_given_stands_empty_until_it_is(qtbot) -> None:
    from specks import measure_swelling
    from specks.ui.form import Form

    form = Form(measure_swelling.spec())
    qtbot.addWidget(form.native)
    assert form.fields["area"].widget.value == ""
    assert form.values == {}
    form.update({"area": (3.0, 4.0)})
    assert form.values == {"area": (3.0, 4.0)}
    form.reset()
    assert form.values == {}


def test_a_long_label_leaves_room_for_the_fields(qtbot) -> None:
    from specks import segment_particles
    from specks.ui.form import Form

    form = Form(segment_particles.spec(), hidden=("axes", "spacing", "units", "channel"))
    qtbot.addWidget(form.native)
    form.native.resize(260, 900)
    form.native.show()
    form.folded.expand(animate=False)
    qtbot.wait(50)
    modes = form.fields["mode"].widget.native
    assert modes.width() > modes.fontMetrics().horizontalAdvance("calibrated") + 24


def test_an_optional_choice_and_flag_offer_auto(qtbot) -> None:
    from specks.ui.fields import make_field

    flag = make_field(param(Kind.BOOL, optional=True))
    choice = make_field(param(Kind.CHOICE, optional=True, choices=("a", "b")))
    assert (flag.value, choice.value) == (None, None)
    flag.value, choice.value = False, "b"
    assert (flag.value, flag.touched, choice.value) == (False, True, "b")


def test_none_is_a_word_where_nothing_written_means_a_number(qtbot) -> None:
    from specks.ui.fields import make_field

    reach = make_field(param(Kind.PER_AXIS, 20.0, optional=True))
    reach.value = None
    assert (reach.widget.value, reach.value, reach.touched) == ("auto", None, True)
    reach.reset()
    assert reach.value == 20.0


def test_the_form_gives_the_bits_of_the_call(form) -> None:
    from napari.layers import Image
    from toy_engine import find_blobs

    from specks.ui.layer_view import view_layer
    from specks.ui.request import Request

    pixels = np.random.default_rng(0).random((3, 24, 24))
    layer = Image(
        pixels, scale=(1, 0.5, 0.5), units=("s", "um", "um"), axis_labels=("t", "y", "x"), rgb=False
    )
    form.update(EVERY_KIND)
    by_form = _drained(Request(find_blobs, {"image": view_layer(layer)}, form.values).run({})).result
    by_call = find_blobs(pixels, axes="tyx", spacing=(0.5, 0.5), units="um", **EVERY_KIND)
    np.testing.assert_array_equal(by_form.smooth, by_call.smooth)
    np.testing.assert_array_equal(by_form.labels, by_call.labels)
    assert (
        by_form.provenance.parameters | {"axes": "tyx", "spacing": [0.5, 0.5], "units": "um"}
        == by_call.provenance.parameters
    )


def _drained(steps):
    from specks._core.progress import drain

    return drain(steps)
