"""Fixtures of the tests of docks and their parts."""

import pytest


@pytest.fixture
def runner(qtbot):
    from specks.ui.jobs import JobRunner

    runner = JobRunner()
    yield runner
    runner.cancel()
    qtbot.waitUntil(lambda: not runner.busy, timeout=5000)


@pytest.fixture
def viewer():
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def dock(viewer, qtbot):
    """The Mixture dock for particles 9 pixels wide, without a preview."""
    from specks.ui.mixture import MixtureDock

    made = MixtureDock(viewer)
    qtbot.addWidget(made)
    made.preview_box.setChecked(False)
    made.form.update({"diameter": 9.0})
    yield made
    made.runs.cancel()
    made.preview.clear()
    qtbot.waitUntil(lambda: not made.runs.runner.busy and not made.preview.runner.busy, timeout=30_000)


@pytest.fixture
def shown(qtbot):
    """Show a widget as narrow as a dock may be."""

    def show(widget, width=260):
        qtbot.addWidget(widget)
        widget.resize(width, widget.sizeHint().height())
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show
