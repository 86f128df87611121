"""The figures of designs side by side: cost, nines, findings, a run, downtime by scenario; what differs first."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.errors import DesignerError
from designer.report.compared import cells, comparison_report, heads, shows
from designer.report.comparing import Measures, compared, finding_changes
from designer.report.ordering import order_lines
from designer.ui.files.pareto import ParetoPlot
from designer.ui.files.questions import FILTER, say
from designer.ui.parts.background import run_in_background
from designer.ui.parts.plain_table import first_texts, keeping, make_plain
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.parts.typeface import bold
from designer.words import tr

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
FILTERS = {tr("Web page (*.html)"): ".html", tr("Document (*.pdf)"): ".pdf"}
ROW_PX, MOST_FOUND = 24, 6
TABLE_PX, SAID_PX, LEAST_PX = 4 * ROW_PX, 54, 480
"""The least heights of the table and of what is said below it, which scrolls, and the least width."""


class FiguresDialog(QDialog):
    """A table of the figures, cost against nines, and what is found in one design alone. `more_wanted` carries the
    files of designs that shall be compared, too."""

    more_wanted = Signal(object)

    def __init__(
        self, titles: Sequence[str], found: Sequence[Measures], seed: int, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Figures"))
        self.setMinimumWidth(LEAST_PX)
        self.resize(fitting(940, 640))
        self.only_different = QCheckBox(tr("Only what differs"))
        self.pareto = ParetoPlot(theme)
        self.table = QTableWidget()
        make_plain(self.table, tr("Figures of the designs"), ROW_PX)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.table.setMinimumHeight(TABLE_PX)
        told = QScrollArea()
        told.setWidget(self.said)
        told.setWidgetResizable(True)
        told.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        told.setMinimumHeight(SAID_PX)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.export = QPushButton(tr("Export …"))
        self.export.setAutoDefault(False)
        self.export.clicked.connect(self._ask_name)
        self.more = QPushButton(tr("Add Designs …"))
        self.more.setToolTip(tr("Compare more files; cost against nines shows which no other beats"))
        self.more.setAutoDefault(False)
        self.more.clicked.connect(self._ask_more)
        for button in (self.export, self.more):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.only_different)
        column.addWidget(self.table, 4)
        column.addWidget(self.pareto)
        column.addWidget(told, 1)
        column.addWidget(buttons)
        self.show_figures(titles, found, seed)
        self.only_different.toggled.connect(self.fill)

    def show_figures(self, titles: Sequence[str], found: Sequence[Measures], seed: int) -> None:
        """Show the figures of designs; the others are compared with the first."""
        self._titles, self._found, self._seed = titles, found, seed
        self._rows = compared(found)
        self.only_different.setChecked(any(map(shows, self._rows)))
        self.pareto.show_designs(titles, found)
        self.said.setText(self._sentences())
        self.fill()

    def _ask_more(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Add Designs"), str(Path.home()), FILTER)
        if paths:
            self.more_wanted.emit([Path(path) for path in paths])

    def _sentences(self) -> str:
        lines = [tr("All are run and played with seed {0}; a difference is one of the designs.", self._seed)]
        if not any(row.differs for row in self._rows):
            lines.append(tr("All figures are the same."))
        if len(self.pareto.points) > 2:
            lines.append(tr("No other has more nines for less: {0}.", ", ".join(self.pareto.best)))
        for title, one in zip(self._titles[1:], self._found[1:]):
            lines += order_lines(self._titles[0], title, one.order)
            gone, new = finding_changes(self._found[0], one)
            found = [(tr("Not in {0}: {1}", title, finding.text)) for finding in gone]
            found += [tr("Found only in {0}: {1}", title, finding.text) for finding in new]
            lines += found[:MOST_FOUND]
            if len(found) > MOST_FOUND:
                lines.append(tr("{0:,} more findings differ; Export lists all.", len(found) - MOST_FOUND))
        return "\n".join([*lines, *dict.fromkeys(note for one in self._found for note in one.notes)])

    def fill(self) -> None:
        """Show the figures, a group below its title."""
        shown: list[tuple[list[str], bool]] = []
        columns = 1 + 2 * len(self._titles)
        rows = [row for row in self._rows if shows(row) or not self.only_different.isChecked()]
        for group, some in groupby(rows, key=lambda row: row.key.group):
            shown.append(([tr(group), *[""] * (columns - 1)], True))
            shown += [(cells(row), False) for row in some]
        table = self.table
        with keeping(table, lambda: first_texts(table)):
            table.clear()
            table.setRowCount(len(shown))
            table.setColumnCount(columns)
            for place, text in enumerate(heads(self._titles)):
                head = QTableWidgetItem(text)
                head.setTextAlignment(RIGHT if place > 1 else LEFT)
                table.setHorizontalHeaderItem(place, head)
            for at, (texts, is_title) in enumerate(shown):
                for place, text in enumerate(texts):
                    table.setItem(at, place, _cell(text, place > 1, is_title))
                if is_title:
                    table.setSpan(at, 0, 1, columns)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if len(self._titles) <= 2:  # more have no room side by side, and the table scrolls
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
        item.setFont(bold(item.font()))
    return item
