"""Arrays: how many copies, in how many rows and columns, how far apart; what it gives is said before."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from designer.commands import edit
from designer.commands.arrange import array
from designer.model.amounts import ELEMENT_LIMIT
from designer.ui.parts.number_box import NumberBox
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr, trn

MOST, WIDEST = 1_000, 2_000
"""Most columns and rows; the widest gap in drawing units."""


class ArrayDialog(QDialog):
    """Asks for columns, rows and gaps, and repeats the selection."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Array"))
        self.setMinimumWidth(320)
        project = session.project
        self._ids = edit.tops(project, session.selection)
        holders = [project.kind(project.elements[i].parent).box for i in self._ids]
        self._free = any(box.flow == "free" for box in holders)
        usual = round(holders[0].gap) if holders else 8
        self.columns, self.rows = NumberBox(1, MOST, 3, tr("Columns")), NumberBox(1, MOST, 1, tr("Rows"))
        self.gap_x = NumberBox(0, WIDEST, usual, tr("Gap between columns"))
        self.gap_y = NumberBox(0, WIDEST, usual, tr("Gap between rows"))
        self._fields = (self.columns, self.rows, self.gap_x, self.gap_y)
        form = QFormLayout()
        for box in self._fields:
            box.valueChanged.connect(self._look)
            form.addRow(box.what, box)
        for box in (self.gap_x, self.gap_y):
            box.setEnabled(self._free)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(36)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._make)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addWidget(buttons)
        self._look()

    def _look(self) -> None:
        columns, rows = self.columns.value(), self.rows.value()
        wrong = next((box.limit_error for box in self._fields if box.limit_error), "")
        project = self._session.project
        count = 0 if wrong else array.size_of(project, self._ids, columns, rows)
        copies = (columns * rows - 1) * len(self._ids)
        if len(project.elements) + count > ELEMENT_LIMIT:
            wrong = tr("{0:,} elements are too many: a design holds at most {1:,}.", count, ELEMENT_LIMIT)
        said = trn("{0:,} copy", "{0:,} copies", copies)
        if count > copies:
            said += tr(", {0:,} elements with what stands in them", count)
        if not self._free:
            said += tr(". Their container sets their places itself")
        self.said.setText(wrong or f"{said}.")
        self.said.setProperty("wrong", bool(wrong))
        self.said.style().polish(self.said)
        self.ok.setText(trn("Make {0:,} Copy", "Make {0:,} Copies", copies) if copies > 0 else tr("Make Copies"))
        self.ok.setEnabled(copies > 0 and not wrong)

    def _make(self) -> None:
        session = self._session
        columns, rows = self.columns.value(), self.rows.value()
        count = array.size_of(session.project, self._ids, columns, rows)
        gap = (float(self.gap_x.value()), float(self.gap_y.value()))
        made = session.do_large(tr("Repeating …"), count, array.array, self._ids, columns, rows, gap)
        if made:
            session.flush()
            session.select([*self._ids, *made])
            session.reveal.emit(list(made[:50]))
            if made.report:
                session.told.emit(made.report)
        self.accept()
