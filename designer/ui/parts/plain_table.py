"""How the tables of the panels look and behave: whole rows are chosen, one at a time, without a grid; what is chosen
and what is in sight stays so when the rows become others or come in another order."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QItemSelection, QItemSelectionModel, QObject, QSignalBlocker, Qt
from PySide6.QtWidgets import QAbstractItemView, QSplitter, QStyle, QTableView, QTableWidget

from designer.ui.parts.guard import guarded

ROWS = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


def make_plain(table: QTableView, name: str, row_px: int) -> None:
    """Give a table that look, the name that screen readers say, and rows of one height."""
    table.setAccessibleName(name)
    table.setTabKeyNavigation(False)  # Tab leaves it; arrows go through its cells
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setHighlightSections(False)  # all titles were bold while a row is selected
    table.verticalHeader().setDefaultSectionSize(row_px)
    let_sort(table)


def let_sort(table: QTableView) -> None:
    """Keep the current row of a table in sight when its rows are sorted; their model says so by `in_new_order`, or is a
    proxy that sorts."""
    table.model().layoutChanged.connect(lambda *_: table.scrollTo(table.currentIndex()))


@guarded
class Rest(QObject):
    """Gives a column of a table the room that the others leave, but never less than `least_px`: then the table
    scrolls. `narrow` gives the others their widths where the table gets another one."""

    def __init__(
        self, table: QTableView, column: int, least_px: int, narrow: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(table)
        self._table, self._column, self._least_px, self._narrow = table, column, least_px, narrow
        table.viewport().installEventFilter(self)
        table.horizontalHeader().sectionResized.connect(self._fit)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the column to another width of the table."""
        if event.type() == QEvent.Type.Resize:
            self._narrow()
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        header = self._table.horizontalHeader()
        others = header.length() - header.sectionSize(self._column)
        wanted = max(self._table.viewport().width() - others, self._least_px)
        if header.sectionSize(self._column) != wanted:
            header.resizeSection(self._column, wanted)


def set_widths(table: QTableView, widths: Iterable[tuple[int, int]]) -> None:
    """Give columns the widths that their values need, or those of their titles where these need more."""
    for column, width in widths:
        table.setColumnWidth(column, max(width, table.horizontalHeader().sectionSizeHint(column)))


def shrunk(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns in some room: those wanted, or each less by the same part of what it can spare."""
    spare = [max(most - few, 0) for most, few in zip(wanted, least, strict=True)]
    part = min(max(sum(wanted) - room, 0) / max(sum(spare), 1), 1.0)
    return [most - math.ceil(part * some) for most, some in zip(wanted, spare)]


@guarded
class ColumnWidths(Rest):
    """Gives one column of a table the rest and the others their widths, and less where the table is too narrow for
    them, down to the least ones; below those it scrolls. While there is room, widths that the user chose stay."""

    def __init__(self, table: QTableView, rest: int, widths: Sequence[int], least: Sequence[int]) -> None:
        """`widths` and `least`: of each column, in pixels; titles get at least what they need of the first."""
        self._wanted = [max(width, table.horizontalHeader().sectionSizeHint(n)) for n, width in enumerate(widths)]
        self._least, self._tight = list(least), True
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names differ by their ends
        super().__init__(table, rest, least[rest], self._give)
        self._give()
        self._fit()

    def _give(self) -> None:
        header, room = self._table.horizontalHeader(), self._table.viewport().width() - self._least_px
        others = [n for n in range(header.count()) if n != self._column]
        if not self._tight and sum(map(header.sectionSize, others)) <= room:
            return
        wanted = [self._wanted[n] for n in others]
        for column, width in zip(others, shrunk(wanted, [self._least[n] for n in others], room)):
            header.resizeSection(column, width)
        self._tight = sum(wanted) > room


def leave_room(split: QSplitter, least_px: Sequence[int]) -> None:
    """Give the second part of a splitter, a table, the room for columns of these widths, where the first part keeps a
    quarter of it all."""
    first, second = split.sizes()
    least = sum(least_px) + split.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) + 12
    if second < least:
        left = max(first + second - least, (first + second) // 4)
        split.setSizes([left, first + second - left])


def in_new_order(model: QAbstractItemModel, rows: Sequence[Any], arrange: Callable[[], Sequence[Any]]) -> None:
    """Let the rows of a model come in the order that `arrange` gives them; what is selected stays so."""
    model.layoutAboutToBeChanged.emit()
    before = model.persistentIndexList()
    kept = [rows[index.row()] for index in before]
    places = {id(row): n for n, row in enumerate(arrange())}
    after = [model.index(places[id(row)], index.column()) for row, index in zip(kept, before, strict=True)]
    model.changePersistentIndexList(before, after)
    model.layoutChanged.emit()


def first_texts(table: QTableWidget) -> list[tuple[str, ...]]:
    """What the first two cells of each row say: what it is of."""
    cells = [[table.item(row, column) for column in (0, 1)] for row in range(table.rowCount())]
    return [tuple(cell.text() if cell is not None else "" for cell in row) for row in cells]


def _told_apart(keys: Sequence[Hashable]) -> list[Hashable]:
    """Keys of rows, those of the same name with which of them each is."""
    numbers = defaultdict[Hashable, Iterator[int]](count)
    return [(key, next(numbers[key])) for key in keys]


@contextmanager
def keeping(view: QAbstractItemView, keys: Callable[[], Sequence[Hashable]]) -> Iterator[None]:
    """Keep what is selected, current and in sight of a table or list while its rows become others. `keys` names the
    present rows; where none of them is there afterward, nothing is kept. Nobody is told that the selection is the
    same."""
    before, here = _told_apart(keys()), view.currentIndex()
    chosen = {before[index.row()] for index in view.selectionModel().selectedRows() if index.row() < len(before)}
    current = before[here.row()] if here.isValid() and here.row() < len(before) else None
    bars = view.verticalScrollBar(), view.horizontalScrollBar()
    places, column = [bar.value() for bar in bars], max(here.column(), 0)
    yield
    model, marks = view.model(), view.selectionModel()
    rows = {key: n for n, key in enumerate(_told_apart(keys()))}
    if rows.keys().isdisjoint(before):
        return
    found = QItemSelection()
    for row in sorted(rows[key] for key in chosen if key in rows):
        found.select(model.index(row, 0), model.index(row, 0))
    with QSignalBlocker(marks):
        marks.clear()
        if current in rows:
            marks.setCurrentIndex(model.index(rows[current], column), QItemSelectionModel.SelectionFlag.NoUpdate)
        marks.select(found, ROWS)
    if any(places):
        view.doItemsLayout()  # the bars have their range after that
        for bar, place in zip(bars, places):
            bar.setValue(place)
    view.viewport().update()
