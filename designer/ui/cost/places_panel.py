"""Which region is best for the users of a design: a map with their ways, regions by latency, price or carbon, and how
long users wait for its services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.catalog.reference.ec2 import ec2
from designer.study.places.ranking import By, Crowd, RankedRegion, crowds_of, rank, residency_of
from designer.study.places.waiting import Wait, waits_of
from designer.study.results.reading import RunResults
from designer.study.run import Run
from designer.ui.parts.background import later
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import ColumnWidths, leave_room, make_plain
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.pickers.world_map import WorldMap, boxed_name
from designer.ui.run.run_bar import RIGHT_PX
from designer.ui.shell.results import reader_of
from designer.ui.shell.session import Session
from designer.words import tr

ROW_PX, SETTLE_MS = 24, 150
BYS: dict[By, str] = {"latency": tr("Latency"), "price": tr("Price"), "carbon": tr("Carbon")}
HEADS = (tr("Region"), tr("Mean"), tr("Farthest"), tr("Price"), tr("g CO2e\nper kWh"), tr("Data"))
WIDTHS_PX, LEAST_PX = (200, 70, 76, 64, 104, 84), (118, 62, 70, 66, 66, 46)
"""Widths of the columns, and those in a narrow window."""
NOTHING = "–"
NEAR_MS, FAR_MS = 50.0, 150.0
"""Ways below and above are drawn as short and long ones (an assumption: what users take for instant, and for slow)."""
MOST_WAITS = 8


@guarded
class UsersMap(WorldMap):
    """The map with users and their ways to the chosen region, as thick as they ask."""

    def __init__(self, theme: Theme, present: set[str]) -> None:
        super().__init__(theme, present)
        self.crowds: Sequence[Crowd] = ()
        self.ranked: dict[str, RankedRegion] = {}
        self.told: list[QRectF] = []
        """Where texts stood when it was painted last: the name of the chosen region, then the round trips."""
        self.setMinimumSize(300, 160)

    def _ways(self) -> Iterator[tuple[QPointF, QColor, Crowd, float]]:
        """Where each crowd is, the color of its way to the chosen region, and its round trip."""
        one = self.ranked.get(self.chosen)
        for crowd, ms in zip(self.crowds, one.waits_ms) if one is not None else ():
            region = ec2().regions[crowd.near]
            if region.lon is not None and region.lat is not None:
                state = "running" if ms <= NEAR_MS else "waiting" if ms <= FAR_MS else "failed"
                yield self.to_pixels(region.lon, region.lat), self._theme.state(state), crowd, ms

    def paint_below_names(self, painter: QPainter) -> None:
        """Paint the ways of users to the chosen region."""
        most = max((crowd.rps for crowd in self.crowds), default=0.0) or 1.0
        for start, color, crowd, ms in self._ways():
            painter.setPen(QPen(color, 1.0 + 2.5 * crowd.rps / most, self._style(ms)))
            painter.drawLine(start, self.spot(self.chosen))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the map, and over it where users are and the round trip beside each."""
        super().paintEvent(event)
        one = self.ranked.get(self.chosen)
        if one is None:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("secondary"))
        for start, color, *_ in self._ways():
            painter.setPen(QPen(theme.color("raised"), 1.0))
            painter.setBrush(color)
            painter.drawRect(int(start.x()) - 4, int(start.y()) - 4, 8, 8)
        name = boxed_name(one.code)
        self._paint_name(painter, one.code, name, boxed=True)  # over the ways
        self.told = [self._name_box(painter, one.code, name)]
        for start, _, crowd, ms in self._ways():
            self._tell(painter, start, tr("{0}: {1:,.0f} ms", crowd.name, ms))

    def _style(self, ms: float) -> Qt.PenStyle:
        if ms <= NEAR_MS:
            return Qt.PenStyle.SolidLine
        return Qt.PenStyle.DashLine if ms <= FAR_MS else Qt.PenStyle.DotLine

    def _tell(self, painter: QPainter, at: QPointF, text: str) -> None:
        """Write a text in a box near a place: below, above, or farther off, where no other is."""
        wide, high = painter.fontMetrics().horizontalAdvance(text) + 8, painter.fontMetrics().height() + 2
        x = min(max(at.x() - wide / 2, 2.0), self.width() - wide - 2.0)
        tops = [at.y() + 7, at.y() - 7 - high]
        tops += [top for n in range(1, MOST_WAITS) for top in (tops[0] + n * (high + 2), tops[1] - n * (high + 2))]
        boxes = [QRectF(int(x), int(top), wide, high) for top in tops if 0 <= top <= self.height() - high]
        free = (box for box in boxes if not any(box.intersects(other) for other in self.told))
        box = next(free, QRectF(int(x), int(tops[0]), wide, high))
        self.told.append(box)
        painter.setPen(QPen(self._theme.color("hairline"), 1.0))
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(self._theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


@guarded
class PlacesPanel(QWidget):
    """Regions ranked for the users of the open design, or for those that are selected."""

    closed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.ranked: list[RankedRegion] = []
        self.crowds: list[Crowd] = []
        self._asked: Run | None = None
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self.map = UsersMap(theme, set())
        self.map.chosen_changed.connect(lambda: self.choose(self.map.chosen))
        self.table = self._table()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.map)
        self.split.addWidget(self.table)
        self.split.setSizes([520, 620])
        left, row = QVBoxLayout(), QHBoxLayout(self)
        left.setSpacing(0)
        left.addWidget(self._head())
        left.addWidget(self.split, 1)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self._side())
        for signal in (session.changed, session.selection_changed, session.run_changed):
            signal.connect(lambda *_: self._settle.start())
        session.replaced.connect(self._forget)
        theme.changed.connect(self.refresh)
        self._forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the regions room in a narrow window."""
        super().resizeEvent(event)
        leave_room(self.split, LEAST_PX)

    def _head(self) -> WrappedRow:
        label = QLabel(tr("Best by"))
        label.setProperty("muted", True)
        self.by: dict[By, QToolButton] = {}
        group = QButtonGroup(self)
        for by, title in BYS.items():
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setChecked(by == "latency")
            button.clicked.connect(self.refresh)
            group.addButton(button)
            self.by[by] = button
        self.stays = QLineEdit()
        self.stays.setPlaceholderText(tr("anywhere, or DE, EU …"))
        self.stays.setAccessibleName(tr("Data stays in"))
        self.stays.setFixedWidth(200)
        self.stays.textEdited.connect(lambda _: self._settle.start())
        asked = QLabel(tr("Data stays in"))
        asked.setProperty("muted", True)
        asked.setBuddy(self.stays)
        copy, close = QPushButton(tr("Copy as Command")), QPushButton(tr("Close"))
        copy.clicked.connect(self.copy)
        close.clicked.connect(self.closed)
        return WrappedRow((label, *self.by.values(), asked, self.stays, copy, close), (12, 6), 4)

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, len(HEADS))
        for column, title in enumerate(HEADS):
            head = QTableWidgetItem(title)
            side = Qt.AlignmentFlag.AlignRight if 0 < column < len(HEADS) - 1 else Qt.AlignmentFlag.AlignLeft
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            table.setHorizontalHeaderItem(column, head)
        make_plain(table, tr("Regions, the best first"), ROW_PX)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        ColumnWidths(table, 0, WIDTHS_PX, LEAST_PX)
        table.currentCellChanged.connect(lambda row, *_: self.choose(self.ranked[row].code) if row >= 0 else None)
        return table

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(RIGHT_PX)
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        self.big, self.about, self.waits = QLabel(), QLabel(), QLabel()
        self.big.setFont(self._theme.font("clock"))
        self.about.setProperty("muted", True)
        for label in (self.about, self.waits):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self.big, self.about):
            column.addWidget(label)
        column.addWidget(self.waits, 1)
        return side

    # -- what is shown

    @property
    def chosen_by(self) -> By:
        """What counts first."""
        return next(by for by, button in self.by.items() if button.isChecked())

    def _forget(self) -> None:
        self.stays.setText(residency_of(self._session.project))
        self.refresh()

    def refresh(self) -> None:
        """Rank the regions for the present users."""
        if self.isHidden() and self.ranked:
            return
        project, elements = self._session.project, self._session.project.elements
        chosen = [i for i in self._session.selection if i in elements and elements[i].kind == "user_population"]
        best, shown = self.ranked[0].code if self.ranked else "", self.map.chosen
        self.crowds = crowds_of(project, chosen)
        self.ranked = rank(self.crowds, self.chosen_by, self.stays.text())
        self.map.crowds, self.map.ranked = self.crowds, {one.code: one for one in self.ranked}
        self.map.fitting = {one.code for one in self.ranked if one.allowed} or {one.code for one in self.map.regions}
        self.table.blockSignals(True)
        self.table.setRowCount(len(self.ranked))
        for row, one in enumerate(self.ranked):
            for column, text in enumerate(_cells(one)):
                item = QTableWidgetItem(text)
                right = 0 < column < len(HEADS) - 1
                side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                if not one.allowed:
                    item.setForeground(self._theme.color("text.disabled"))
                self.table.setItem(row, column, item)
        self.table.blockSignals(False)
        if self.ranked:
            kept = shown != best and any(one.code == shown for one in self.ranked)  # somebody has chosen it
            self.choose(shown if kept else self.ranked[0].code)
        else:
            self.big.setText("")
            some = self._session.project.of_kind("user_population")
            self.about.setText(tr("No users have a place. Select users and set Lives near in their form.") if some else
                               tr("The design has no users. Insert Users, link them to a service and set Lives near in "
                                  "their form."))  # fmt: skip
        self._tell_waits()

    def showEvent(self, event: object) -> None:
        """Follow what has changed while it was hidden."""
        self._settle.start()

    def choose(self, code: str) -> None:
        """Show the ways of users to a region."""
        row = next((n for n, one in enumerate(self.ranked) if one.code == code), -1)
        if row < 0:
            return
        self.map.choose(code)
        self.map.update()
        if self.table.currentRow() != row:
            self.table.setCurrentCell(row, 0)
        one = self.ranked[row]
        self.big.setText(tr("{0:,.0f} ms", one.mean_ms))
        lines = [tr("{0}, {1}: mean round trip of {2:,} user populations", one.code, tr(one.region.place),
                    len(self.crowds))]  # fmt: skip
        if one.best:
            lines.append(tr("No other region beats it in latency, price and carbon together."))
        if not one.allowed:
            lines.append(tr("Data is not allowed there.") if one.allowed is False else tr("Its country is not known."))
        lines.append(tr("Round trips: cloudping.co, medians of a year; without one by distance. Price: median of "
                        "instances compared with us-east-1."))  # fmt: skip
        self.about.setText("\n".join(lines))

    def _tell_waits(self) -> None:
        """Tell how long users wait in the run, which is read beside the window, or as drawn."""
        run = self._session.run
        self._asked = run if run is not None and not run.stale else None
        read = reader_of(self._asked, finished=True)
        if read is None:
            self._show_waits(self._asked, None)
            return

        def work() -> RunResults | None:
            results = read()
            return results if results is not None and len(results.summary) else None  # its table takes long

        later(self, work, partial(self._show_waits, self._asked), self.waits.setText)

    def _show_waits(self, asked: Run | None, results: RunResults | None) -> None:
        if asked is not self._asked:
            return
        found = waits_of(self._session.project, results)
        head = tr("Waits as drawn, without waits at the service") if results is None else tr("Waits in the run")
        self.waits.setText("\n".join([head, *map(_wait, found[:MOST_WAITS])]) if found else "")

    def copy(self) -> None:
        """Copy the command that prints the same ranking."""
        path = self._session.path
        words = ["cloud-designer", "regions", f'"{path}"' if path is not None else "FILE.clouddesign"]
        words += ["--by", self.chosen_by] + (["--data-in", f'"{self.stays.text()}"'] if self.stays.text() else [])
        QGuiApplication.clipboard().setText(" ".join(words))


def _cells(one: RankedRegion) -> tuple[str, ...]:
    price, grid = one.region.price_ratio, one.region.grid_g_per_kwh
    data = one.region.country or NOTHING
    return (
        f"{'★' if one.best else '    '} {one.code}, {tr(one.region.place)}", tr("{0:,.0f} ms", one.mean_ms),
        tr("{0:,.0f} ms", one.worst_ms), NOTHING if price is None else f"×{price:.3f}",
        NOTHING if grid is None else f"{grid:,.0f}", data if one.allowed else tr("{0}, no", data),
    )  # fmt: skip


def _wait(wait: Wait) -> str:
    whole = wait.mean_s if wait.mean_s is not None else wait.way_s + wait.hops_s
    text = tr("{0} to {1}: {2}", wait.users_name, wait.service_name, units.text(whole, "s", 3))
    return text if wait.p99_s is None else tr("{0}, 99%: {1}", text, units.text(wait.p99_s, "s", 3))
