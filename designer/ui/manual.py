"""The manual of kinds: what each is, where it may stand, what it does in a run, what its figures rest on."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from designer.model.fields import form_fields
from designer.model.kind import Kind
from designer.model.project import Project
from designer.ui.icons import icon
from designer.ui.theme import Theme

HEAD = ("Kind", "Stands in", "What it does", "Links", "Figures")


def rows_of(project: Project) -> list[tuple[Kind, tuple[str, ...]]]:
    """A row a kind, as text: label, where it stands, what it does, its links, sources of its figures."""
    kinds = project.kinds
    rows: list[tuple[Kind, tuple[str, ...]]] = []
    for kind in kinds.values():
        inside = ", ".join("the design" if name == "design" else kinds[name].label.lower() for name in kind.inside)
        links = [
            f"{link.label} ({', '.join(kinds[t].label.lower() for t in link.targets)})"
            for link in project.link_kinds.values()
            if kind.name in link.sources
        ]
        figures = [
            f"{spec.title}: {spec.source}" + (f" ({spec.confidence})" if spec.confidence else "")
            for spec in form_fields(kind.table)
            if spec.source
        ]
        rows.append((kind, (kind.label, inside or "–", kind.help, "; ".join(links), "; ".join(figures))))
    return rows


class ManualDialog(QDialog):
    """All kinds in a table that can be searched."""

    def __init__(self, project: Project, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("What There Is")
        self.resize(1080, 640)
        self.line = QLineEdit()
        self.line.setPlaceholderText("Search")
        self.line.setAccessibleName("Search the manual")
        self.line.setClearButtonEnabled(True)
        rows = rows_of(project)
        self.table = QTableWidget(len(rows), len(HEAD))
        self.table.setAccessibleName("Kinds")
        self.table.setHorizontalHeaderLabels(list(HEAD))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setWordWrap(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setIconSize(QSize(20, 20))
        self.table.setStyleSheet("QTableView::item { padding: 4px 6px; }")
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for n, (kind, texts) in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
                self.table.setItem(n, column, item)
            first = self.table.item(n, 0)
            if first is not None:
                first.setIcon(icon(kind.icon.removesuffix(".svg"), theme.kind(kind.name).ink))
        for column, width in enumerate((140, 140, 330, 200, 220)):
            self.table.setColumnWidth(column, width)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.line.textChanged.connect(self._narrow)
        column_box = QVBoxLayout(self)
        column_box.addWidget(self.line)
        column_box.addWidget(self.table)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        for n in range(self.table.rowCount()):
            items = (self.table.item(n, column) for column in range(len(HEAD)))
            held = " ".join(item.text().lower() for item in items if item is not None)
            self.table.setRowHidden(n, not all(word in held for word in words))
