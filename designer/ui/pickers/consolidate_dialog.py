"""Consolidation: what fewer hosts would do and cost, before and after, and the change itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.catalog.presets.shipped import presets
from designer.catalog.rules.hosting import BARE_METAL
from designer.commands import consolidate
from designer.commands.consolidate import Consolidation, ConsolidationLimits
from designer.errors import DesignerError, RuleError
from designer.model.project import Project, snapshot
from designer.study.build import build
from designer.study.measure import Measured, Meter
from designer.ui.parts.background import later
from designer.ui.parts.number_box import DecimalBox, NumberBox
from designer.ui.parts.theme import Theme
from designer.ui.preferences.quantities import currency
from designer.ui.shell.session import Session
from designer.words import tr, trn

PRICE_KWH = 0.15
"""Price of a kWh in USD without another value: an assumption (confidence C); tariffs differ by country and contract."""
ROWS = (
    tr("Servers"), tr("CPU, mean"), tr("CPU, highest of a host"), tr("Power, mean"), tr("Energy a year"),
    tr("Electricity a year"), tr("Applications lost with the fullest host"),
)  # fmt: skip


@dataclass(frozen=True)
class BeforeAfter:
    """A plan, with the figures of its hosts before and after."""

    plan: Consolidation
    before: Measured
    after: Measured


def compare(
    project: Project, app_ids: list[int], wanted: ConsolidationLimits, meter: Meter, known: list[Measured]
) -> BeforeAfter:
    """Make the plan for a copy of the design, carry it out there and measure it.

    Raises DesignerError. `known` keeps the figures from before the change, for the next time.
    """
    elements = project.elements
    hosts = list(dict.fromkeys(elements[i].__dict__["parent"] for i in app_ids))
    if not known and app_ids:
        known.append(meter.measure(build(project, keep_vm_series=True), hosts, app_ids))
    plan = consolidate.plan(project, app_ids, wanted, known[0].loads if known else None)
    vms = consolidate.apply(project, plan)
    after = list(dict.fromkeys(elements[i].__dict__["parent"] for i in vms))
    return BeforeAfter(plan, known[0], meter.measure(build(project), after))


class ConsolidateDialog(QDialog):
    """Asks how to consolidate, shows the result, and applies it as one undo step."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._meter = session, Meter()
        self._known: list[Measured] = []
        self._number = 0
        self._busy = self._ended = False
        self.found: BeforeAfter | None = None
        self.setWindowTitle(tr("Consolidate"))
        self.setMinimumWidth(600)
        self.apps = consolidate.applications(session.project, session.selection)
        self.hypervisor, self.hosts, self.policy = QComboBox(), QComboBox(), QComboBox()
        self.cpu, self.ram = (
            NumberBox(1, 100, 80, tr("Most CPU of a host")),
            NumberBox(1, 100, 90, tr("Most memory of a host")),
        )
        self.price = DecimalBox(0.0, 1e6, round(currency().of(PRICE_KWH), 3), tr("Price of a kWh"), decimals=3)
        self.currency = QLineEdit(currency().code)
        self.keep, self.said = QListWidget(), QLabel()
        self.table = QTableWidget(len(ROWS), 2)
        self.table.setTabKeyNavigation(False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._fill()
        self._lay_out()
        for box in (self.hypervisor, self.hosts, self.policy):
            box.currentIndexChanged.connect(self.look)
        for number in (self.cpu, self.ram):
            number.valueChanged.connect(self.look)
        self.keep.itemChanged.connect(self.look)
        self.price.valueChanged.connect(self._show)
        self.currency.textChanged.connect(self._show)
        self.buttons.accepted.connect(self.do)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._end)
        self.look()

    def _fill(self) -> None:
        for name in presets("host", "hypervisor"):
            if name != BARE_METAL:
                self.hypervisor.addItem(tr(name), name)
        self.hypervisor.setCurrentIndex(max(0, self.hypervisor.findData("VMware ESXi")))
        self.hosts.addItem(tr("As many of the present hosts as needed"), "")
        for name in presets("host", "model"):
            self.hosts.addItem(tr("New: {0}", tr(name)), name)
        elements = self._session.project.elements
        for host_id in dict.fromkeys(elements[i].__dict__["parent"] for i in self.apps):
            row = QListWidgetItem(elements[host_id].name)
            row.setData(Qt.ItemDataRole.UserRole, str(host_id))  # a Qt number has 32 bits
            row.setCheckState(Qt.CheckState.Unchecked)
            self.keep.addItem(row)
        self.keep.setFixedHeight(84)
        for policy, text in consolidate.POLICIES.items():
            self.policy.addItem(tr(text), policy)
        for number in (self.cpu, self.ram):
            number.setSuffix("%")
        for box in (self.cpu, self.ram, self.price):
            box.lineEdit().setTextMargins(6, 0, 6, 0)
        self.price.setSingleStep(0.01)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        what = QLabel(tr("{0:,} applications on bare-metal hosts", len(self.apps)))
        form.addRow(tr("What"), what)
        for title, editor in (
            (tr("Hypervisor"), self.hypervisor),
            (tr("Hosts"), self.hosts),
            (tr("Keep these hosts first"), self.keep),
            (tr("Placement"), self.policy),
            (tr("Most CPU of a host"), self.cpu),
            (tr("Most memory of a host"), self.ram),
        ):
            editor.setAccessibleName(title)
            form.addRow(title, editor)
        cost = QHBoxLayout()
        cost.addWidget(self.price, 1)
        cost.addWidget(self.currency, 1)
        form.addRow(tr("Price of a kWh"), cost)
        self.currency.setAccessibleName(tr("Currency"))
        assumption = f" {currency().assumption}" if currency().assumption else ""
        assumed = QLabel(tr("Price and limits are assumptions (confidence C).") + assumption)
        assumed.setProperty("muted", True)
        form.addRow("", assumed)
        self.currency.setMaxLength(8)
        self.table.setHorizontalHeaderLabels([tr("Before"), tr("After")])
        self.table.setVerticalHeaderLabels(list(ROWS))
        self.table.setAccessibleName(tr("Before and after"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setStyleSheet("QTableCornerButton::section { background: transparent; border: none; }")
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.setFixedHeight(self.table.verticalHeader().length() + 32)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setMinimumHeight(36)
        self.ok.setText(tr("Consolidate"))
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.table)
        column.addWidget(self.said)
        column.addWidget(self.buttons)

    # -- asking

    def wanted(self) -> ConsolidationLimits:
        """The chosen options."""
        return ConsolidationLimits(
            self.hypervisor.currentData(), self.hosts.currentData(), self._kept(), self.cpu.value() / 100.0,
            self.ram.value() / 100.0, self.policy.currentData(),
        )  # fmt: skip

    def _kept(self) -> tuple[int, ...]:
        """The hosts with a check mark."""
        rows = (self.keep.item(n) for n in range(self.keep.count()))
        return tuple(
            int(row.data(Qt.ItemDataRole.UserRole)) for row in rows if row.checkState() == Qt.CheckState.Checked
        )

    def look(self) -> None:
        """Work out the result in the background; the last request counts."""
        self.keep.setEnabled(not self.hosts.currentData())
        self._number += 1
        self.found = None
        self._show()
        wrong = self.cpu.limit_error or self.ram.limit_error
        if wrong:
            self.said.setText(wrong)
        elif not self._busy:
            self._begin()

    def _begin(self) -> None:
        self._busy = True
        self.said.setText(tr("Runs the design before and after …"))
        design, number = snapshot(self._session.project), self._number
        work = partial(compare, design, self.apps, self.wanted(), self._meter, self._known)
        later(self, work, partial(self._arrived, number), partial(self._arrived, number))

    def _arrived(self, number: int, found: BeforeAfter | str) -> None:
        self._busy = False
        if self._ended:
            return
        if number != self._number:
            self.look()
            return
        self.found = found if isinstance(found, BeforeAfter) else None
        self.said.setText(found if isinstance(found, str) else self._told(found))
        self._show()

    def _told(self, found: BeforeAfter) -> str:
        saved = found.before.kwh_a_year - found.after.kwh_a_year
        return tr(
            "Saves {0} and {1} a year. One host that fails then takes {2:,} applications along instead of 1.",
            units.text(saved * 1000.0, "Wh", 3),
            self._money(saved),
            found.plan.blast_radius,
        )

    def _money(self, kwh: float) -> str:
        return f"{kwh * self.price.value():,.2f} {self.currency.text().strip()}"

    def _show(self) -> None:
        """Fill the table with the known figures."""
        found = self.found
        self.ok.setEnabled(found is not None)
        columns: list[Any] = [(None, 0), (None, 0)]
        if found is not None:
            columns = [(found.before, 1), (found.after, found.plan.blast_radius)]
            self.said.setText(self._told(found))
        for column, (measured, lost) in enumerate(columns):
            texts = [""] * len(ROWS) if measured is None else self._texts(measured, lost)
            for row, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)

    def _texts(self, measured: Measured, lost: int) -> list[str]:
        return [
            f"{measured.servers:,}",
            units.text(measured.mean_frac, "fraction", 3),
            units.text(measured.peak_frac, "fraction", 3),
            units.text(measured.mean_w, "W", 4),
            units.text(measured.kwh_a_year * 1000.0, "Wh", 4),
            self._money(measured.kwh_a_year),
            f"{lost:,}",
        ]

    # -- doing

    def _end(self) -> None:
        """Stop measuring, also in the middle of it."""
        self._ended = True
        self._meter.close()

    def do(self) -> None:
        """Carry the plan out. A refusal is shown and changes nothing."""
        project = self._session.project
        if self.found is None:
            return
        try:
            if consolidate.applications(project, self._session.selection) != self.apps:
                raise RuleError(tr("The design has changed since; close this dialog and start again."))
            count = len(self.apps)
            made = self._session.perform(tr("Consolidating …"), count, consolidate.apply, self.found.plan)
        except DesignerError as error:
            self.said.setText(str(error))
            return
        self._session.flush()
        self._session.select(made)
        self._session.reveal.emit(made[:50])
        count, hosts = len(made), self.found.after.servers
        self._session.told.emit(
            tr(
                "Consolidated {0} onto {1}.",
                trn("{0:,} application", "{0:,} applications", count),
                trn("{0:,} host", "{0:,} hosts", hosts),
            )
        )
        self.accept()
