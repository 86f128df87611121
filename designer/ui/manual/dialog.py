"""The manual: kinds with what they do in a run, concepts with where to find them, blueprints with what they teach,
pictures, and published outages beside what runs say of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.catalog.presets.blueprints import blueprints
from designer.catalog.presets.manual import CONCEPT_HEAD, KIND_HEAD, concept_row, concepts, kind_row, shown
from designer.model.project import Project
from designer.ui.manual.outages import OutagesPage
from designer.ui.manual.pictures import PicturesPage
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedText
from designer.words import tr

BLUEPRINT_HEAD = (tr("Blueprint"), tr("What it is"), tr("What it teaches"), tr("What to do first"))
PAD, BESIDE_PX = (6, 4), 44
"""Around the texts of a cell, and beside a table: the margins and its scroll bar."""
Row = tuple[str, tuple[str, ...]]
"""The name of the kind whose icon stands first, and the texts."""


def rows_of(project: Project) -> list[Row]:
    """A row a kind, under the titles of `KIND_HEAD`."""
    kinds, links = project.kinds, project.link_kinds
    return [(kind.name, kind_row(kind, kinds, links)) for kind in shown(kinds)]


def concepts_of(project: Project) -> list[Row]:
    """A row a concept, under the titles of `CONCEPT_HEAD`, without concepts whose kinds are missing."""
    known = [(row, [name for name in row[1] if name in project.kinds]) for row in concepts()]
    return [(names[0], concept_row(row, project.kinds)) for row, names in known if names]


def blueprint_rows() -> list[Row]:
    """A row a shipped blueprint, under the titles of `BLUEPRINT_HEAD`."""
    return [
        (b.icon.replace("-", "_"), tuple(map(tr, (b.title, b.summary, b.teaches, b.first))))
        for b in blueprints().values()
    ]


@guarded
class ManualDialog(QDialog):
    """All kinds, concepts and shipped blueprints in tables, pictures and outages, with one search. `outage_chosen`
    asks for the design of an outage."""

    outage_chosen = Signal(str)

    def __init__(self, project: Project, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Reference"))
        self.resize(fitting(1240, 720))
        self._project, self._theme = project, theme
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Search kinds, concepts, blueprints, pictures and outages"))
        self.line.setAccessibleName(tr("Search the manual"))
        self.line.setClearButtonEnabled(True)
        self._widths: dict[QTableWidget, tuple[tuple[int, ...], int]] = {}
        """Of each table how wide its columns are where there is room, and which of them takes what is left."""
        self.table = self._table(tr("Kinds"), KIND_HEAD, rows_of(project), (150, 115, 180, 270, 210, 215), stretch=3)
        self.concepts = self._table(tr("Concepts"), CONCEPT_HEAD, concepts_of(project), (230, 260, 500), stretch=2)
        self.blueprints = self._table(
            tr("Blueprints"), BLUEPRINT_HEAD, blueprint_rows(), (220, 250, 400, 320), stretch=2
        )
        self.tables = (self.table, self.concepts, self.blueprints)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.pictures, self.outages = PicturesPage(theme), OutagesPage(theme)
        self.outages.chosen.connect(self._choose)
        self.pages = (*self.tables, self.pictures, self.outages)
        for page in self.pages:
            self.tabs.addTab(page, page.accessibleName())
        self.line.textChanged.connect(self._narrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.tabs)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window all columns are narrower, not only the one that takes what is left."""
        super().resizeEvent(event)
        for table, (widths, stretch) in self._widths.items():
            part = min((self.width() - BESIDE_PX) / sum(widths), 1.0)
            for column, width in enumerate(widths):
                if column != stretch:
                    table.setColumnWidth(column, round(width * part))

    def _table(
        self, name: str, head: Sequence[str], rows: Sequence[Row], widths: Sequence[int], stretch: int
    ) -> QTableWidget:
        table = QTableWidget(len(rows), len(head))
        table.setTabKeyNavigation(False)
        table.setAccessibleName(name)
        table.setHorizontalHeaderLabels([tr(title) for title in head])
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        table.setWordWrap(True)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setIconSize(QSize(20, 20))
        table.setItemDelegate(WrappedText(table, PAD))
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for n, (kind, texts) in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
                if column == 0:
                    drawn = self._project.kinds[kind].icon.removesuffix(".svg")
                    item.setIcon(icon(drawn, self._theme.kind(kind).ink))
                table.setItem(n, column, item)
        self._widths[table] = tuple(widths), stretch
        table.horizontalHeader().setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().sectionResized.connect(table.resizeRowsToContents)
        return table

    def _choose(self, outage: str) -> None:
        self.accept()
        self.outage_chosen.emit(outage)

    def _narrow(self, text: str) -> None:
        """Show the rows that hold all words; turn to the first page with a match when the current one has none."""
        words = text.lower().split()
        found = [_narrowed(table, words) for table in self.tables]
        found += [self.pictures.narrow(words), self.outages.narrow(words)]
        for n, (page, count) in enumerate(zip(self.pages, found)):
            self.tabs.setTabText(n, f"{page.accessibleName()}  {count}" if words else page.accessibleName())
        here = self.tabs.currentIndex()
        if not found[here] and any(found):
            self.tabs.setCurrentIndex(next(n for n, count in enumerate(found) if count))


def _narrowed(table: QTableWidget, words: Sequence[str]) -> int:
    """Hide the rows of a table without all words; return how many remain."""
    count = 0
    for n in range(table.rowCount()):
        items = (table.item(n, column) for column in range(table.columnCount()))
        text = " ".join(item.text().lower() for item in items if item is not None)
        hidden = not all(word in text for word in words)
        table.setRowHidden(n, hidden)
        count += not hidden
    return count
