"""The collapse map of a service: load x retries, colored by how soon it recovers from a pause."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.errors import DesignerError
from designer.model.project import snapshot
from designer.study.build import build
from designer.study.collapse import LOADS, LONGEST_PAUSE_S, RETRIES, CollapseMap, collapse_map
from designer.ui.parts.background import run_with_progress
from designer.ui.parts.guard import guarded
from designer.ui.parts.number_box import DecimalBox
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr, trn
from designer.words.reasons import told

LINES = 4
"""The lines of the sentence below a map: there is room for the longest, which covers no cell then."""
LEFT_PX, TOP_PX, CELL_W, CELL_H = 76, 8, 62, 34
LONGEST_S = 600.0
"""The recovery time of the last color before “never”."""
HOTTEST = 200 / 255
"""The part of the heat colors that recovery times take: those above look like the color of a failure."""


@guarded
class MapView(QWidget):
    """Paints a collapse map: a cell for each load (to the right) and count of retries (upward)."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.shown: CollapseMap | None = None
        self.setMinimumSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """The size of a usual map."""
        return QSize(LEFT_PX + len(LOADS) * CELL_W + 8, TOP_PX + len(RETRIES) * CELL_H + 44)

    def show_map(self, made: CollapseMap) -> None:
        """Show a map; a reader for the screen hears in which cells the service does not recover."""
        self.shown = made
        self.setAccessibleName(in_words(made))
        self.update()

    def color(self, seconds: float) -> QColor:
        """The color of a recovery time."""
        if math.isinf(seconds):
            return self._theme.state("failed")
        return self._theme.heat(HOTTEST * min(math.log1p(seconds) / math.log1p(LONGEST_S), 1.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells with their times, and both axes."""
        made = self.shown
        if made is None:
            return
        painter, text = QPainter(self), self._theme.color("text")
        painter.setFont(self._theme.font("secondary", figures=True))
        rows, below = len(made.retries), TOP_PX + len(made.retries) * CELL_H
        for n, (count, row) in enumerate(zip(made.retries, made.recovery_s.tolist(), strict=True)):
            top = TOP_PX + (rows - 1 - n) * CELL_H
            painter.setPen(text)
            said = trn("{0} retry", "{0} retries", count)
            painter.drawText(QRectF(0, top, LEFT_PX - 8, CELL_H), int(_RIGHT), said)
            for k, seconds in enumerate(row):
                box, color = QRectF(LEFT_PX + k * CELL_W, top, CELL_W - 1, CELL_H - 1), self.color(seconds)
                painter.fillRect(box, color)
                painter.setPen(QColor("white") if color.lightnessF() < 0.55 else QColor("black"))
                cell = tr("never") if math.isinf(seconds) else units.text(seconds, "s", 2)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), cell)
        painter.setPen(text)
        for k, load in enumerate(made.loads):
            box = QRectF(LEFT_PX + k * CELL_W, below + 2, CELL_W, 18)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), f"{load:.0%}")
        whole = QRectF(LEFT_PX, below + 20, len(made.loads) * CELL_W, 20)
        said = tr("Load, of {0}", units.text(made.capacity_rps, "req/s", 3))
        painter.drawText(whole, int(Qt.AlignmentFlag.AlignCenter), said)
        painter.end()


def in_words(made: CollapseMap) -> str:
    """Where a service never recovers, as a sentence: for each count of retries the loads."""
    told = []
    for count, row in zip(made.retries, made.recovery_s, strict=True):
        lost = np.flatnonzero(np.isinf(row))
        spans = np.split(lost, np.flatnonzero(np.diff(lost) > 1) + 1) if lost.size else []
        loads = [
            tr("{0:.0%} to {1:.0%}", made.loads[span[0]], made.loads[span[-1]])
            if span.size > 1
            else f"{made.loads[span[0]]:.0%}"
            for span in spans
        ]
        if loads:
            said = ", ".join(loads)
            told.append(trn("with {0} retry at {1} load", "with {0} retries at {1} load", count, said))
    return tr("It never recovers {0}.", ", ".join(told)) if told else tr("It recovers everywhere.")


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CollapseDialog(QDialog):
    """Asks for a service and a pause, and shows the map. Working it out can be canceled."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Collapse Map"))
        self.service, self.pause = QComboBox(), DecimalBox(0.01, LONGEST_PAUSE_S, 1.0, tr("Pause"), decimals=2)
        self.pause.setSuffix(" s")
        for element in session.project.of_kind("service"):
            self.service.addItem(session.project.called(element), str(element.id))
        selected = {str(i) for i in session.selection}
        chosen = (n for n in range(self.service.count()) if self.service.itemData(n) in selected)
        self.service.setCurrentIndex(next(chosen, 0))
        self.view, self.said = MapView(theme), QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setMinimumHeight(LINES * self.said.fontMetrics().lineSpacing())
        self.make = QPushButton(tr("Work Out"))
        self.make.setEnabled(self.service.count() > 0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.make, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.make.clicked.connect(self.work_out)
        form = QFormLayout()
        for title, editor in ((tr("Service"), self.service), (tr("Nothing is served for"), self.pause)):
            editor.setAccessibleName(title)
            form.addRow(title, editor)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for widget in (self.view, self.said, buttons):
            column.addWidget(widget)
        self.make.setDefault(True)  # in the dialog, which else does not know it as its own
        self.said.setText(
            tr("Time from the end of the pause until requests are answered as before; never: a retry storm stays.")
            if self.service.count()
            else tr("The design has no service.")
        )

    def work_out(self) -> None:
        """Work the map out for the design as it is, with progress; a refusal is shown."""
        if self.pause.limit_error:
            self.said.setText(self.pause.limit_error)
            return
        design, service = snapshot(self._session.project), int(self.service.currentData())
        pause_s = self.pause.value()
        try:
            made = run_with_progress(
                self, tr("Working out the collapse map …"),
                lambda going: collapse_map(build(design), service, pause_s, on_progress=going, apart=True),
            )  # fmt: skip
        except DesignerError as error:
            self.said.setText(told(str(error)))
            return
        self.view.show_map(made)
        self.said.setText(self.view.accessibleName())
