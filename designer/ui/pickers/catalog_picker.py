"""What catalog pickers share: a search line, a table, details of the chosen row, one button."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.errors import DesignerError
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import in_new_order, let_sort
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

Index = QModelIndex | QPersistentModelIndex
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROW_PX = 24


@guarded
class RowsModel(QAbstractTableModel):
    """Rows of a catalog in columns, sorted by a key with unknown values last. `numbers`: right-aligned columns."""

    titles: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Any] = []
        self._sorted: tuple[int, bool] | None = None

    def text(self, row: Any, column: int) -> str:
        """A cell as it is read."""
        raise NotImplementedError

    def key(self, row: Any, column: int) -> Any:
        """What a column is sorted by; None: not known."""
        raise NotImplementedError

    def ink(self, row: Any, column: int) -> QColor | None:
        """The color of a cell; None: that of text."""
        return None

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self._arrange()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many were found."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section in self.numbers else LEFT
        return self.titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(self.rows[index.row()], index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if index.column() in self.numbers else LEFT
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.ink(self.rows[index.row()], index.column())
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column; one below 0: best match first, as found next time."""
        self._sorted = None if column < 0 else (column, order is Qt.SortOrder.DescendingOrder)
        in_new_order(self, self.rows, self._arrange)

    def _arrange(self) -> list[Any]:
        if self._sorted is None:
            return self.rows
        column, down = self._sorted
        keys = [self.key(row, column) for row in self.rows]
        known = sorted((n for n, key in enumerate(keys) if key is not None), key=lambda n: keys[n], reverse=down)
        unknown = [n for n, key in enumerate(keys) if key is None]
        self.rows = [self.rows[n] for n in (*known, *unknown)]
        return self.rows


@guarded
class CatalogPicker(QDialog):
    """A search line, the picker's own filters, a table, details of the chosen row, and the button that uses it."""

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget, model: RowsModel, names: tuple[str, str]
    ) -> None:
        super().__init__(parent)
        self.session, self.model = session, model
        model.setParent(self)
        self._red = theme.color("drop.refused").name()
        self.line, self.table, self.about = QLineEdit(), QTableView(), QLabel()
        self.line.setAccessibleName(names[0])
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self.look)
        self.line.installEventFilter(self)
        self.table.setAccessibleName(names[1])
        self._set_up_table()
        self._set_up_about(theme)
        self.count, self.dates, self.nothing = QLabel(), QLabel(), QLabel()
        for label in (self.count, self.dates):
            label.setProperty("muted", True)
        self.clear_button = QPushButton(tr("Show All"))
        self.pages = QStackedWidget()
        self.pages.addWidget(self.table)
        self.pages.addWidget(self._empty_page())
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setProperty("primary", True)
        self.buttons.accepted.connect(self.use)
        self.buttons.rejected.connect(self.reject)

    # -- what each picker does its own way

    def found(self) -> Sequence[Any]:
        """The rows that fit."""
        raise NotImplementedError

    def tell(self) -> None:
        """Describe the chosen row."""
        raise NotImplementedError

    def apply(self) -> str:
        """Use the chosen row; return a sentence about it. Raises DesignerError."""
        raise NotImplementedError

    def clear(self) -> None:
        """Show all again."""
        self.line.clear()
        self.line.setFocus()

    # -- layout

    def lay_out(self, filters: QWidget | None = None) -> None:
        """Put all in a column, the filters beneath the line."""
        column = QVBoxLayout(self)
        column.setSpacing(8)
        foot = QHBoxLayout()
        foot.addWidget(self.count)
        foot.addStretch(1)
        foot.addWidget(self.dates)
        column.addWidget(self.line)
        if filters is not None:
            column.addWidget(filters)
        column.addWidget(self.pages, 1)
        column.addLayout(foot)
        column.addWidget(self.about)
        column.addWidget(self.buttons)

    def set_widths(self, widths: Sequence[int]) -> None:
        """Widths of the columns; the last one takes what is left."""
        for column, width in enumerate(widths):
            self.table.setColumnWidth(column, width)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        head.setSortIndicatorClearable(True)
        table.setSortingEnabled(True)
        let_sort(table)
        table.selectionModel().currentRowChanged.connect(lambda *_: self.tell())
        table.doubleClicked.connect(lambda _: self.use())

    def _set_up_about(self, theme: Theme) -> None:
        self.about.setAccessibleName(tr("About the chosen row"))
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.RichText)
        self.about.setMinimumHeight(84)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.about.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.about.linkActivated.connect(self.go_to)
        ground, ring = theme.color("sunken").name(), theme.color("focus").name()
        self.about.setStyleSheet(
            f"QLabel {{ background: {ground}; border: 1px solid {ground}; border-radius: 5px; padding: 7px 11px; }}"
            f"QLabel:focus {{ border-color: {ring}; }}"
        )

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clear_button.setAutoDefault(False)
        self.clear_button.clicked.connect(self.clear)
        column.addStretch(1)
        column.addWidget(self.nothing)
        column.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    # -- finding

    def look(self) -> None:
        """Show the matching rows; the best match is chosen."""
        self.model.show_rows(self.found())
        found = self.model.rowCount()
        self.pages.setCurrentIndex(0 if found else 1)
        self.table.scrollToTop()
        if found:
            self.make_current(0)
        self.tell()

    def go_to(self, name: str) -> None:
        """Make a row the chosen one, found by its name."""
        self.line.setText(name)
        self.look()

    def make_current(self, row: int, center: bool = False) -> None:
        """Choose a row; `center` scrolls it into the middle."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(self.model.index(row, 0), flags)
        if center:
            self.table.scrollTo(self.table.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)

    @property
    def chosen(self) -> Any:
        """The item of the current row, or None."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def say(self, sentence: str, wrong: bool = False) -> None:
        """Show a sentence in place of the details; a refusal in red."""
        color = f' style="color: {self._red}"' if wrong else ""
        self.about.setText(f"<span{color}>{escape(sentence)}</span>")

    # -- doing it

    def use(self) -> None:
        """Use the chosen row and close. A refusal is shown here and changes nothing."""
        if not self.ok.isEnabled():
            return
        try:
            said = self.apply()
        except DesignerError as error:
            self.say(str(error), wrong=True)
            return
        self.session.told.emit(said)
        self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the line choose in the table."""
        keys = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in keys:
            QApplication.sendEvent(self.table, event)
            return True
        return super().eventFilter(watched, event)
