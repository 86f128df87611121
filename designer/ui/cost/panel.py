"""The panel of costs: areas by group, a table of lines with price, source and date, and the total with what it leaves
out. A line selects its elements; an own price takes the place of the list's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands import edit
from designer.study.cost.bill import USD_MONTH
from designer.study.cost.groups import By
from designer.study.cost.lines import MONTHS, total
from designer.study.cost.table import CostRow, GroupedLines, grouped, left_out, rows_in
from designer.ui.cost.model import SOURCE, USD, CostModel, in_order, money, price_text
from designer.ui.cost.treemap import Areas, Treemap, areas_of
from designer.ui.parts.background import later
from designer.ui.parts.guard import guarded
from designer.ui.parts.number_box import DecimalBox
from designer.ui.parts.plain_table import ColumnWidths, keeping, leave_room, make_plain
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.preferences.quantities import currency
from designer.ui.run.run_bar import RIGHT_PX
from designer.ui.shell.session import Session
from designer.words import tr

ROW_PX, SETTLE_MS = 24, 120
"""Height of a row, and how long the design must rest before the lists follow; the total follows at once."""
WIDTHS_PX, LEAST_PX = (176, 104, 92, 76, 60, 100), (150, 92, 82, 70, 212, 112)
"""Widths of the columns, and those in a narrow window: zones and sources are still read there."""
AREAS_PX = 200
"""Where the areas would have less room beside these columns, they give it to the lines: nothing is read in them."""
BYS: dict[By, str] = {
    "zone": tr("Zone"), "region": tr("Region"), "service": tr("Service"), "kind": tr("Kind"), "element": tr("Element"),
}  # fmt: skip
AT_ONCE = 500
"""Most lines whose rows are made at once; a thread makes those of more."""
MOST_SELECTED, MOST_MARKED = 20_000, 1_000
"""Most elements of a line that are selected; most that are selected elsewhere and marked here."""


@guarded
class CostPanel(QWidget):
    """What the open design costs a month or a year."""

    closed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme, self._chosen = session, theme, None
        self._asked = self._picked = False
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self._asked_for = 0
        self.model = CostModel(dict(session.project.kinds), theme)
        self.map, self.table = Treemap(theme, self._is_marked), self._table()
        self.legend = QLabel()
        self.legend.setFont(theme.font("secondary"))
        self.legend.setProperty("muted", True)
        self.legend.setContentsMargins(12, 2, 12, 6)
        self.legend.setWordWrap(True)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.map)
        self.split.addWidget(self.table)
        self.split.setSizes([440, 700])
        left, row = QVBoxLayout(), QHBoxLayout(self)
        left.setSpacing(0)
        left.addWidget(self._head())
        left.addWidget(self.split, 1)
        left.addWidget(self.legend)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self._side())
        self.map.chosen.connect(self.choose)
        session.cost.changed.connect(self._moved)
        session.selection_changed.connect(self._selected)
        theme.changed.connect(self.refresh)
        self.refresh()

    _chosen: CostRow | None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the lines room in a narrow window."""
        super().resizeEvent(event)
        self.map.setVisible(self.width() - RIGHT_PX >= sum(LEAST_PX) + AREAS_PX)
        leave_room(self.split, LEAST_PX)

    # -- parts

    def _head(self) -> WrappedRow:
        label = QLabel(tr("Group by"))
        label.setProperty("muted", True)
        self.by: dict[By, QToolButton] = {}
        self.span: dict[float, QToolButton] = {}
        groups = QButtonGroup(self), QButtonGroup(self)
        for by, title in BYS.items():
            self.by[by] = self._choice(title, by == "zone", groups[0])
        for months, title in ((1.0, tr("Month")), (MONTHS, tr("Year"))):
            self.span[months] = self._choice(title, months == 1.0, groups[1])
        copy, close = QPushButton(tr("Copy as Command")), QPushButton(tr("Close"))
        copy.clicked.connect(self.copy)
        close.clicked.connect(self.closed)
        return WrappedRow((label, *self.by.values(), *self.span.values(), copy, close), (12, 6), 4)

    def _choice(self, title: str, on: bool, group: QButtonGroup) -> QToolButton:
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        button.setChecked(on)
        button.clicked.connect(self.refresh)
        group.addButton(button)
        return button

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        make_plain(table, tr("Lines of the bill"), ROW_PX)
        table.setSortingEnabled(True)
        table.sortByColumn(USD, Qt.SortOrder.DescendingOrder)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        ColumnWidths(table, SOURCE, WIDTHS_PX, LEAST_PX)
        table.clicked.connect(self._clicked)
        table.activated.connect(self._clicked)
        return table

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(RIGHT_PX)
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        self.big, self.about, self.line = QLabel(), QLabel(), QLabel()
        self.big.setFont(self._theme.font("clock"))
        for label in (self.about, self.line):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.about.setProperty("muted", True)
        self.own = DecimalBox(0.0, 1e9, 0.0, tr("Own price of each, USD a month"), decimals=2)
        self.own.setSpecialValueText(tr("list price"))
        self.own.setKeyboardTracking(False)
        self.own.editingFinished.connect(self.set_own)
        self.own_label = QLabel(tr("Own price of each, USD a month"))
        self.own_label.setBuddy(self.own)
        column.addWidget(self.big)
        column.addWidget(self.about)
        column.addWidget(self.line, 1)
        column.addWidget(self.own_label)
        column.addWidget(self.own)
        return side

    # -- what is shown

    @property
    def chosen_by(self) -> By:
        """By what lines are grouped."""
        return next(by for by, button in self.by.items() if button.isChecked())

    @property
    def months(self) -> float:
        """How many months an amount is for."""
        return next(months for months, button in self.span.items() if button.isChecked())

    @property
    def chosen(self) -> CostRow | None:
        """The row that was chosen last."""
        return self._chosen

    def _moved(self) -> None:
        self._tell_total()
        self._settle.start()

    def refresh(self) -> None:
        """Show the bill of the present design."""
        cost = self._session.cost
        if self.isHidden() and self.model.rows:
            return
        self._asked_for += 1
        self._tell_total()
        if cost.bill is None or not cost.done:  # it is called again then
            return
        work = partial(_rows, grouped(self._session.project, cost.bill.lines, self.chosen_by), *self.model.order)
        if len(work.args[0].lines) <= AT_ONCE:
            self._show(self._asked_for, work())
        else:
            later(self, work, partial(self._show, self._asked_for), self.about.setText)

    def _show(self, number: int, found: tuple[list[CostRow], list[CostRow], Areas]) -> None:
        """Show rows, the dearest first and in the order of the table, unless others were asked for since."""
        if number != self._asked_for:
            return
        rows, ordered, areas = found
        with keeping(self.table, self.model.keys):
            self.model.show_rows(ordered, BYS[self.chosen_by], self.months)
        self.map.show_areas(areas, self.months)
        before, self._chosen = self._chosen, None
        if before is not None:
            same = (row for row in rows if (row.what, row.group) == (before.what, before.group))
            self._chosen = next(same, None)
        self.legend.setText(self._legend(rows))
        self._tell_line()

    def showEvent(self, event: object) -> None:
        """Follow what has changed while it was hidden."""
        self._settle.start()

    def _legend(self, rows: Sequence[CostRow]) -> str:
        sums = {name: total(()).usd for name in ("yours", "list", "derived")}
        for row in rows:
            if row.price is not None:
                sums[row.mark] += row.sum.usd * self.months
        unknown = sum(row.sum.unknown for row in rows)
        words = [tr("• yours {0}", money(sums["yours"])), tr("list {0}", money(sums["list"])),
                 tr("~ derived {0}", money(sums["derived"]))]  # fmt: skip
        if unknown:
            words.append(tr("no price: {0:,}, not counted", unknown))
        return "    ".join(words)

    def _tell_total(self) -> None:
        cost, months = self._session.cost, self.months
        whole = cost.total
        if whole is None or cost.bill is None:
            self.big.setText("")
            self.about.setText(tr("Working out the bill …"))
            return
        self.big.setText(tr("unknown") if whole.unpriced else f"{money(whole.usd * months)} {currency().code}")
        span = tr("a year") if months > 1.0 else tr("a month")
        if whole.low != whole.high:
            span = tr("{0}, {1} to {2}", span, money(whole.low * months), money(whole.high * months))
        words = [span]
        if whole.unknown:
            missing = ", ".join(tr("{0} ({1:,})", what, count) for what, count in left_out(cost.bill.lines)[:6])
            words.append(tr("Without what has no price: {0}.", missing))
        bill = cost.bill.bill
        if bill.energy_kwh:
            words.append(_energy(bill.energy_kwh * months, bill.carbon_kg, months, bill.of_run))
        run = cost.of_run
        if run is not None:
            words.append(tr("Traffic is what the run counted, as if each month were like it.") if not run.stale else
                         tr("Traffic is what the run counted; the design has changed since."))  # fmt: skip
        if currency().assumption:
            words.append(currency().assumption)
        self.about.setText("\n".join(words))

    def _tell_line(self) -> None:
        row = self._chosen
        self.line.setText(_words(row, self.months) if row is not None else "")
        owned = row is not None and bool(self._ownable(row))
        for widget in (self.own, self.own_label):
            widget.setVisible(owned)
        if row is not None and owned:
            first = self._session.project.elements[self._ownable(row)[0]].__dict__["own_usd_month"]
            self.own.blockSignals(True)
            self.own.setValue(first)
            self.own.blockSignals(False)

    # -- choosing

    def _ownable(self, row: CostRow) -> list[int]:
        elements = self._session.project.elements
        return [i for i in row.elements if i in elements and "own_usd_month" in elements[i].__dict__]

    def _is_marked(self, row: CostRow) -> bool:
        if self._picked:
            return row is self._chosen
        selection = self._session.selection
        return 0 < len(selection) <= MOST_MARKED and not set(selection).isdisjoint(row.elements)

    def _clicked(self, index: QModelIndex) -> None:
        self.choose(self.model.rows[index.row()])

    def choose(self, row: CostRow) -> None:
        """Select the elements of a row in the drawing, and tell its price."""
        self._chosen, self._picked = row, True
        elements = self._session.project.elements
        ids = [i for i in row.elements if i in elements][:MOST_SELECTED]
        self._asked = True
        try:
            self._session.select(ids)
        finally:
            self._asked = False
        self._session.reveal.emit(ids[:1] if len(ids) > 100 else ids)
        at = next((n for n, one in enumerate(self.model.rows) if one is row), -1)
        if at >= 0:
            self._point_at(at)
        self._tell_line()
        self.map.update()

    def _point_at(self, at: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().setCurrentIndex(self.model.index(at, 0), flags)

    def _selected(self) -> None:
        """Point at the first line of what is selected elsewhere."""
        if self._asked or self.isHidden():
            return
        self._picked = False
        chosen = set(self._session.selection[:MOST_MARKED])
        at = next((n for n, row in enumerate(self.model.rows) if not chosen.isdisjoint(row.elements)), -1)
        self._chosen = self.model.rows[at] if at >= 0 else None
        if at >= 0:
            self._point_at(at)
        else:
            self.table.clearSelection()
        self._tell_line()
        self.map.update()

    def set_own(self) -> None:
        """Let each element of the chosen line cost what was typed; 0: the list price again."""
        row = self._chosen
        ids = self._ownable(row) if row is not None and not self.own.limit_error else []
        elements, usd = self._session.project.elements, self.own.value()
        if any(elements[i].__dict__["own_usd_month"] != usd for i in ids):
            self._session.do_large(tr("Setting prices …"), len(ids), edit.change, ids, {"own_usd_month": usd})

    def copy(self) -> None:
        """Copy the command that prints the same bill."""
        path = self._session.path
        words = ["cloud-designer", "cost", f'"{path}"' if path is not None else "FILE.clouddesign"]
        words += ["--by", self.chosen_by] + (["--year"] if self.months > 1.0 else [])
        QGuiApplication.clipboard().setText(" ".join(words))


def _rows(lines: GroupedLines, column: int, order: Qt.SortOrder) -> tuple[list[CostRow], list[CostRow], Areas]:
    """The rows of some lines, the dearest first, and in the order of the table; and their areas."""
    rows = rows_in(lines)
    return rows, in_order(rows, column, order), areas_of(rows)


def _energy(kwh: float, carbon_kg: float | None, months: float, of_run: bool) -> str:
    how = tr("as in the run") if of_run else tr("at half load, an assumption")
    text = tr("Own hosts: {0:,.0f} kWh ({1})", kwh, how)
    return text + (tr(", {0:,.0f} kg CO2e", carbon_kg * months) if carbon_kg is not None else "")


def _words(row: CostRow, months: float) -> str:
    """What a row costs and why."""
    head = tr("{0}, {1}", row.what, row.group) if row.group else row.what
    if row.price is None:
        return "\n".join((head, tr("No price is known, so it is not in the total.")))
    price, code = row.price, currency().code
    each = tr("{0} {1} for each {2}", price_text(price.usd), code, row.unit)
    lines = [head, tr("{0:,.0f} {1} a month", row.quantity, row.unit), each]
    if row.unit == USD_MONTH:
        lines = [head, tr("{0:,.0f} at {1} {2} a month", row.quantity, price_text(price.usd), code)]
    if price.low != price.high:
        lines.append(tr("Derived: {0} to {1}", price_text(price.low), price_text(price.high)))
    lines.append(tr("Source: {0}", price.source))
    span = tr("{0} {1} a year") if months > 1.0 else tr("{0} {1} a month")
    lines.append(span.format(money((row.usd or 0.0) * months, 2), code))
    return "\n".join(lines)
