"""The report of an import or export as a table: what was guessed, made up and left out, and of whom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from designer.words import tr

WIDEST = 430
"""Most px of the column of sentences."""


class ReportTable(QTreeWidget):
    """Rows of a sort, a sentence and names; tips tell what is cut."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Report"))
        self.setHeaderLabels([tr("Sort"), tr("What"), tr("Which")])
        self.setRootIsDecorated(False)
        self.setWordWrap(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setColumnWidth(0, 90)
        self.setColumnWidth(1, 320)

    def fill(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show other rows."""
        self.clear()
        items = [QTreeWidgetItem(list(row)) for row in rows]
        for item, row in zip(items, rows):
            for column, text in enumerate(row):
                item.setToolTip(column, text)
        self.addTopLevelItems(items)
        self.resizeColumnToContents(1)
        self.setColumnWidth(1, min(self.columnWidth(1), WIDEST))
