"""What came out of a refinement: by what it is colored, pictures, table, one feature, histograms."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget

from specks._core.words import number
from specks.ui.feature_choice import FeatureChoice
from specks.ui.feature_pane import FeaturePane
from specks.ui.feature_table import FeatureTable
from specks.ui.frame_pictures import FramePictures
from specks.ui.point_colors import Shades, color_choices, scale_words
from specks.ui.quality_plot import QualityPlot
from specks.ui.refine_scene import RefineScene
from specks.ui.wrapped import WrappedLabel

__all__ = ["RefinePanel"]


class RefinePanel(QWidget):
    """Shows what was refined; table, pane and canvas show the same feature.

    Parameters
    ----------
    viewer : napari viewer
    choice : FeatureChoice

    Attributes
    ----------
    colored : Signal
        With the column that features are to be colored by.
    """

    colored = Signal(str)

    def __init__(self, viewer: ViewerModel, choice: FeatureChoice) -> None:
        super().__init__()
        self._viewer, self._choice = viewer, choice
        self._scene: RefineScene | None = None
        self.color_box, self.legend = QComboBox(), WrappedLabel()
        self.pictures, self.table = FramePictures(viewer), FeatureTable()
        self.pane, self.plots = FeaturePane(viewer), QualityPlot(viewer)
        self._lay_out()
        self.color_box.activated.connect(lambda _: self.colored.emit(self.color_by))
        self.table.selected.connect(lambda labels: choice.choose(labels, show=True))
        choice.changed.connect(self._show_chosen)
        self.setVisible(False)

    @property
    def color_by(self) -> str:
        """The column that is chosen."""
        return self.color_box.currentData() or "chi"

    def show_result(self, scene: RefineScene, shades: Shades | None) -> None:
        """Show another result."""
        self._scene = scene
        chosen = self.color_by
        self.color_box.clear()
        for words, column in color_choices(scene.table).items():
            self.color_box.addItem(words, column)
        self.color_box.setCurrentIndex(max(0, self.color_box.findData(chosen)))
        self.show_shades(shades)
        self.table.show_table(scene.table)
        self.pictures.follow(scene)
        self.plots.show_table(scene.table, scene.refined.known.edited)
        self.plots.setVisible(True)
        self.setVisible(True)
        self._show_chosen()

    def show_shades(self, shades: Shades | None) -> None:
        """Say what colors stand for."""
        self.legend.setText("" if shades is None else scale_words(shades, number))

    def _show_chosen(self) -> None:
        scene, label = self._scene, self._choice.label
        self.table.set_selected(self._choice.labels)
        if scene is None or label is None or scene.row_of(label) is None:
            self.pane.clear()
            return
        self.pane.show_feature(scene.refined, label)
        explained = scene.refined.explain(label)
        if explained:
            self._viewer.status = explained

    def _lay_out(self) -> None:
        self.color_box.setToolTip("<qt>By what features are colored on the canvas</qt>")
        self.color_box.setMinimumWidth(60)
        self.color_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.color_box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column, row = QVBoxLayout(self), QFormLayout()
        column.setContentsMargins(0, 0, 0, 0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addRow("Color by", self.color_box)
        column.addLayout(row)
        for part in (self.legend, self.pictures, self.table, self.pane, self.plots):
            column.addWidget(part)
