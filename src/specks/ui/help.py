"""Parts of the manual, shown without a network."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from qtpy.QtGui import QTextCursor
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

__all__ = ["HelpDialog", "manual_text", "without_code"]

#: Where pages lie in a checkout; the wheel carries those that docks show.
CHECKOUT = Path(__file__).parents[3] / "docs" / "explain"


def manual_text(page: str, heading: str) -> str:
    """One chapter of a page of the manual, in Markdown with its heading.

    Parameters
    ----------
    page : str
        Such as ``"posterior"``.
    heading : str
        Of the chapter; the whole page when it has none of that name.
    """
    packed = files("specks") / "help" / f"{page}.md"
    text = (packed if packed.is_file() else CHECKOUT / f"{page}.md").read_text(encoding="utf-8")
    begin = text.find(f"\n## {heading}\n")
    if begin < 0:
        return text
    end = text.find("\n## ", begin + 1)
    return text[begin + 1 : end if end > 0 else None]


def without_code(text: str) -> str:
    """Markdown without its Python, which says nothing to who clicks; what it printed stays."""
    return re.sub(r"^```python\n.*?^```\n+", "", text, flags=re.DOTALL | re.MULTILINE)


class HelpDialog(QDialog):
    """A chapter of the manual beside the window, which stays usable.

    Parameters
    ----------
    parent : QWidget
    page, heading : str
        As for `manual_text`.
    """

    def __init__(self, parent: QWidget, page: str, heading: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(heading)
        self.text = QTextBrowser()
        self.text.setMarkdown(without_code(manual_text(page, heading)))
        self._wrap_all()
        self.text.setOpenLinks(False)  # they lead to other pages of the manual
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(close)
        line = self.fontMetrics().height()
        self.resize(38 * line, 32 * line)

    def _wrap_all(self) -> None:
        """Wrap what was printed as well: Qt lets it run out of the window."""
        block = self.text.document().begin()
        while block.isValid():
            looks = block.blockFormat()
            looks.setNonBreakableLines(False)
            QTextCursor(block).setBlockFormat(looks)
            block = block.next()
