"""The figures of two designs side by side: cost, nines, findings, a run, downtime by scenario; what differs first."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.errors import DesignerError
from designer.report.compared import cells, comparison_report, heads, shows
from designer.report.comparing import Measures, compared, finding_changes
from designer.ui.files.questions import say
from designer.ui.parts.background import run_in_background
from designer.ui.parts.plain_table import make_plain
from designer.ui.parts.room import fitting
from designer.words import tr

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
FILTERS = {tr("Web page (*.html)"): ".html", tr("Document (*.pdf)"): ".pdf"}
ROW_PX = 24


class FiguresDialog(QDialog):
    """A table of the figures, and what is found in one design alone."""

    def __init__(self, titles: Sequence[str], found: Sequence[Measures], seed: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._titles, self._found, self._seed = titles, found, seed
        self._rows = compared(found)
        self.setWindowTitle(tr("Figures"))
        self.resize(fitting(940, 640))
        self.only_different = QCheckBox(tr("Only what differs"))
        self.only_different.setChecked(any(map(shows, self._rows)))
        self.only_different.toggled.connect(self.fill)
        self.table = QTableWidget()
        make_plain(self.table, tr("Figures of both designs"), ROW_PX)
        self.table.setStyleSheet("QTableView::item { padding: 0 8px; }")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setText(self._sentences())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.export = QPushButton(tr("Export …"))
        self.export.setAutoDefault(False)
        self.export.clicked.connect(self._ask_name)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.only_different)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
        column.addWidget(buttons)
        self.fill()

    def _sentences(self) -> str:
        lines = [tr("Both are run and played with seed {0}; a difference is one of the designs.", self._seed)]
        if not any(row.differs for row in self._rows):
            lines.append(tr("All figures are the same."))
        gone, new = finding_changes(self._found[0], self._found[1])
        lines += [tr("Found only in {0}: {1}", self._titles[0], one.text) for one in gone]
        lines += [tr("Found only in {0}: {1}", self._titles[1], one.text) for one in new]
        return "\n".join([*lines, *(note for one in self._found for note in one.notes)])

    def fill(self) -> None:
        """Show the figures, a group below its title."""
        shown: list[tuple[list[str], bool]] = []
        rows = [row for row in self._rows if shows(row) or not self.only_different.isChecked()]
        for group, some in groupby(rows, key=lambda row: row.key.group):
            shown.append(([tr(group), "", "", "", ""], True))
            shown += [(cells(row), False) for row in some]
        table = self.table
        table.clear()
        table.setRowCount(len(shown))
        table.setColumnCount(5)
        for place, text in enumerate(heads(self._titles)):
            head = QTableWidgetItem(text)
            head.setTextAlignment(RIGHT if place > 1 else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            table.setHorizontalHeaderItem(place, head)
        for at, (texts, is_title) in enumerate(shown):
            for place, text in enumerate(texts):
                table.setItem(at, place, _cell(text, place > 1, is_title))
            if is_title:
                table.setSpan(at, 0, 1, 5)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def _ask_name(self) -> None:
        text, chosen = QFileDialog.getSaveFileName(
            self, tr("Export Figures"), str(Path.home() / "comparison.html"), ";;".join(FILTERS)
        )
        if not text:
            return
        path = Path(text)
        if path.suffix.lower() not in FILTERS.values():
            path = path.with_name(path.name + FILTERS.get(chosen, ".html"))
        files = import_module("designer.ui.pictures.report_file")  # its library is loaded when somebody exports
        report = comparison_report(self._titles, self._found, self._seed)
        try:
            run_in_background(self, tr("Exporting {0} …", path.name), lambda: files.save_report(report, None, path))
        except DesignerError as error:
            say(self, tr("The figures were not exported"), str(error))


def _cell(text: str, right: bool, is_title: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    if right:
        item.setTextAlignment(RIGHT)
    if is_title:
        font = item.font()
        font.setBold(True)
        item.setFont(font)
    return item
