"""What the provider has in a zone, as lines of an instance type and how many of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCompleter, QGridLayout, QLineEdit, QPushButton, QToolButton, QWidget

from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.stocks import MOST, stock_of, stock_text
from designer.model.fields import FieldSpec
from designer.ui.parts.undo_keys import leave_undo_keys
from designer.words import tr

COUNT_PX = 56
REMOVE_PX = 24


class StockLine:
    """A line: an instance type, how many of it, and the button that removes the line."""

    def __init__(self, name: str, count: str, changed: Callable[[], None], remove: Callable[[StockLine], None]) -> None:
        self.name, self.count, self.remove = QLineEdit(name), QLineEdit(count), QToolButton()
        self.name.setPlaceholderText(tr("Instance type"))
        self.name.setAccessibleName(tr("Instance type"))
        completer = QCompleter(sorted(ec2().types), self.name)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)
        self.count.setAccessibleName(tr("How many"))
        self.count.setFixedWidth(COUNT_PX)
        self.remove.setText("×")
        self.remove.setAccessibleName(tr("Remove"))
        self.remove.setToolTip(tr("Remove"))
        self.remove.setFixedSize(REMOVE_PX, REMOVE_PX)
        self.remove.setStyleSheet("padding: 0;")
        self.remove.clicked.connect(lambda: remove(self))
        for field in (self.name, self.count):
            leave_undo_keys(field, typed=True)
            field.editingFinished.connect(changed)

    @property
    def fields(self) -> tuple[QLineEdit, QLineEdit, QToolButton]:
        """Its widgets from left to right."""
        return self.name, self.count, self.remove

    @property
    def text(self) -> str:
        """The line as a part of the stored text; empty while it names no type."""
        name = self.name.text().strip()
        return f"{name}={self.count.text().strip()}" if name else ""


class StockEditor(QWidget):
    """Instance types and counts, one below the other; the stored text is like “m5.large=10, t3.micro=4”."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[StockLine] = []
        self._shown: Any = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self.add = QPushButton(self)
        self.add.setText(tr("Add Type"))
        self.add.setAccessibleName(tr("Add Instance Type"))
        self.add.clicked.connect(self._add_line)
        self.setFocusProxy(self.add)
        self._arrange()

    def show_value(self, value: Any) -> None:
        """Show a text; anything else: several elements have different ones."""
        mixed = not isinstance(value, str)
        self._shown = None if mixed else value
        try:
            stock = {} if mixed else stock_of(value)
        except ValueError:
            stock = {}
        self.add.setText(tr("mixed") if mixed else tr("Add Type"))
        if not mixed and stock == self._said():
            return
        self._let_go(self.lines)
        self.lines = [StockLine(name, str(count), self._changed, self._remove) for name, count in stock.items()]
        self._arrange()

    def _said(self) -> dict[str, int] | None:
        """What the lines say; None where that has no meaning."""
        try:
            return stock_of(",".join(line.text for line in self.lines))
        except ValueError:
            return None

    def _add_line(self) -> None:
        line = StockLine("", "1", self._changed, self._remove)
        self.lines.append(line)
        self._arrange()
        line.name.setFocus()

    def _remove(self, line: StockLine) -> None:
        self.lines.remove(line)
        self._let_go([line])
        self._arrange()
        self._changed()

    def _let_go(self, lines: list[StockLine]) -> None:
        for line in lines:
            for field in line.fields:
                with QSignalBlocker(field):
                    self._grid.removeWidget(field)
                    field.hide()
                    field.deleteLater()

    def _arrange(self) -> None:
        for n, line in enumerate(self.lines):
            for column, field in enumerate(line.fields):
                self._grid.addWidget(field, n, column)
        self._grid.addWidget(self.add, len(self.lines), 0, 1, 3, Qt.AlignmentFlag.AlignLeft)

    def _changed(self) -> None:
        """Tell what the lines say, where it differs from what is shown."""
        stock = self._said()
        if stock is None:
            self.wrong.emit(tr("Name each instance type once, with a whole number from 0 to {0:,}.", MOST))
        elif stock_text(stock) != self._shown:
            self.edited.emit(stock_text(stock))
