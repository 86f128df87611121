"""The event log, newest first: what happened, why, when; a click shows the element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QStyle, QStyledItemDelegate, QVBoxLayout, QWidget

from designer import units
from designer.study.frames import ElementState
from designer.study.story import LogRow
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import draw_state
from designer.ui.parts.room import told_apart
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

STATE_OF = {
    "failed": ElementState.FAILED,
    "recovered": ElementState.RUNNING,
    "down": ElementState.FAILED,
    "detected": ElementState.WAITING,
    "restarting": ElementState.RESTARTING,
    "running": ElementState.RUNNING,
    "waiting": ElementState.WAITING,
    "lost": ElementState.LOST,
    "killed": ElementState.FAILED,
    "terminated": ElementState.OFF,
    "refused": ElementState.LOST,
    "launched": ElementState.RESTARTING,
    "noticed": ElementState.WAITING,
    "dropping": ElementState.FAILED,
    "served": ElementState.RUNNING,
    "backlogged": ElementState.WAITING,
    "trusted": ElementState.RUNNING,
    "tripped": ElementState.FAILED,
    "unstarted": ElementState.FAILED,
    "overheated": ElementState.FAILED,
    "cooled": ElementState.RESTARTING,
    "zone_away": ElementState.WAITING,
    "zone_back": ElementState.RUNNING,
    "all_sent": ElementState.WAITING,
    "control_failed": ElementState.FAILED,
    "control_recovered": ElementState.RUNNING,
    "narrowed": ElementState.WAITING,
    "widened": ElementState.RUNNING,
    "delayed": ElementState.WAITING,
    "undelayed": ElementState.RUNNING,
    "throttled": ElementState.WAITING,
    "unthrottled": ElementState.RUNNING,
    "sold_out": ElementState.WAITING,
    "restocked": ElementState.RUNNING,
    "dns_stale": ElementState.WAITING,
    "dns_fresh": ElementState.RUNNING,
    "dns_waits": ElementState.WAITING,
    "no_capacity": ElementState.WAITING,
    "some_sent": ElementState.RUNNING,
    "drained": ElementState.RUNNING,
    "scaled": ElementState.RESTARTING,
    "moving": ElementState.RESTARTING,
    "moved": ElementState.RUNNING,
    "offline": ElementState.FAILED,
    "online": ElementState.RUNNING,
    "unreached": ElementState.WAITING,
    "reached": ElementState.RUNNING,
    "queued": ElementState.WAITING,
    "isolated": ElementState.WAITING,
    "no_majority": ElementState.WAITING,
    "rejoined": ElementState.RUNNING,
    "no_writes": ElementState.FAILED,
    "writes": ElementState.RUNNING,
    "stopped": ElementState.FAILED,
    "fenced": ElementState.FAILED,
    "fenced_off": ElementState.FAILED,
    "unfenced": ElementState.WAITING,
    "degraded": ElementState.WAITING,
    "whole": ElementState.RUNNING,
    "rebuilding": ElementState.RESTARTING,
    "rebuilt": ElementState.RUNNING,
    "unrebuilt": ElementState.WAITING,
    "unavailable": ElementState.FAILED,
    "available": ElementState.RUNNING,
    "policy_broken": ElementState.WAITING,
    "policy_kept": ElementState.RUNNING,
    "starting": ElementState.RESTARTING,
    "started": ElementState.RUNNING,
    "led_away": ElementState.WAITING,
    "led_back": ElementState.RUNNING,
    "spent": ElementState.WAITING,
    "slowed": ElementState.WAITING,
    "unslowed": ElementState.RUNNING,
    "emptied": ElementState.WAITING,
    "refilled": ElementState.RUNNING,
    "migrating": ElementState.RESTARTING,
    "migrated": ElementState.RUNNING,
    "unmoved": ElementState.WAITING,
    "draining": ElementState.MAINTENANCE,
    "maintained": ElementState.MAINTENANCE,
    "opened": ElementState.RUNNING,
    "powered_off": ElementState.OFF,
    "powered_on": ElementState.RESTARTING,
    "memory_state": ElementState.WAITING,
}
ROW_PX = 42
BESIDE = 3
"""How many rows above and below have a text that a shortened one must differ from."""
Index = QModelIndex | QPersistentModelIndex


@guarded
class EventsModel(QAbstractListModel):
    """Rows of the log, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[LogRow] = []

    def show_rows(self, rows: list[LogRow]) -> None:
        """Show the present log; new rows come on top."""
        if self._rows and len(rows) >= len(self._rows) and rows[len(self._rows) - 1] == self._rows[-1]:
            new = len(rows) - len(self._rows)
            if new:
                self.beginInsertRows(QModelIndex(), 0, new - 1)
                self._rows = list(rows)
                self.endInsertRows()
            return
        if not rows and not self._rows:
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows."""
        return 0 if parent.isValid() else len(self._rows)

    def row(self, index: Index) -> LogRow:
        """The log row of an index."""
        return self._rows[len(self._rows) - 1 - index.row()]

    def data(self, index: Index, role: int = 0) -> Any:
        """The text of a row."""
        row = self.row(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return as_text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_text(row).replace("<", "‹")
        return None


def as_text(row: LogRow) -> str:
    """A row as one line of text."""
    detail = f" ({row.detail})" if row.detail else ""
    return f"{units.clock_text(row.time_s, with_seconds=True)}  {row.text}{detail}"


@guarded
class EventDelegate(QStyledItemDelegate):
    """Silhouette, what happened, why beneath; times in one column at the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: Any, index: Index) -> QSize:
        """Two lines."""
        return QSize(200, ROW_PX)

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Paint a row."""
        theme, box = self._theme, QRectF(option.rect)
        model = index.model()
        assert isinstance(model, EventsModel)
        row = model.row(index)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("selection.row"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("sunken"))
        state = STATE_OF.get(row.what, ElementState.RUNNING)
        draw_state(painter, QRectF(box.left() + 12, box.top() + 8, 11, 11), state, theme.state(state))
        time = units.clock_text(row.time_s)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.muted"))
        line = QRectF(box.left() + 30, box.top() + 4, box.width() - 38, 18)
        flag = Qt.AlignmentFlag
        width = painter.fontMetrics().horizontalAdvance(time) + 6
        base = QFontMetricsF(theme.font("base"))
        second = line.translated(0, 17)
        painter.drawText(line, flag.AlignRight | flag.AlignVCenter, time)
        small = QFontMetricsF(painter.font())
        detail = _shortened(model, index, lambda row: row.detail, second.width(), small)
        painter.drawText(second, flag.AlignLeft | flag.AlignVCenter, detail)
        painter.setFont(theme.font("base"))
        painter.setPen(theme.color("text"))
        text = _shortened(model, index, lambda row: row.text, line.width() - width + 1, base)
        painter.drawText(line, flag.AlignLeft | flag.AlignVCenter, text)


def _shortened(
    model: EventsModel, index: Index, text: Callable[[LogRow], str], room: float, measures: QFontMetricsF
) -> str:
    """A text of a row as it fits, never shortened to the same as another in the rows beside it."""
    own = text(model.row(index))
    if measures.horizontalAdvance(own) <= room:
        return own
    rows = range(max(index.row() - BESIDE, 0), min(index.row() + BESIDE + 1, model.rowCount()))
    texts = [own, *(text(model.row(model.index(n))) for n in rows)]
    return told_apart(texts, [room] * len(texts), measures.horizontalAdvance)[0]


@guarded
class EventsList(QListView):
    """The list; Ctrl+C copies the chosen lines."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy as text."""
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted(self.selectionModel().selectedRows(), key=lambda i: -i.row())
            model = self.model()
            assert isinstance(model, EventsModel)
            QGuiApplication.clipboard().setText("\n".join(as_text(model.row(i)) for i in rows))
            return
        super().keyPressEvent(event)


class EventsPanel(QWidget):
    """The log of the run."""

    scrubbed = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = EventsModel()
        self.list = EventsList()
        self.list.setModel(self.model)
        self._delegate = EventDelegate(theme)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName(tr("Events"))
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        self._empty = QLabel(tr("Nothing has happened yet."))
        self._empty.setProperty("muted", True)
        self._empty.setContentsMargins(12, 10, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)
        theme.changed.connect(self.list.viewport().update)
        self.refresh()

    def refresh(self) -> None:
        """Show the log so far."""
        run = self._session.run
        self.model.show_rows(run.view.log() if run is not None else [])
        self._empty.setVisible(self.model.rowCount() == 0)

    def _go(self, index: QModelIndex) -> None:
        row = self.model.row(index)
        project = self._session.project
        known = [i for i in row.ids[:200] if i in project.elements]
        self._session.select(known)
        if known:
            self._session.reveal.emit(known[:50])
        self.scrubbed.emit(row.time_s)
