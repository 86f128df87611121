"""Sizes that would do after a run, and an estate at a provider: what changes, what it costs, and one button for all."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QWidget,
)

from designer.catalog.reference.ec2 import ec2
from designer.commands.sizing.applying import move_to_provider, moving_to_provider, resize
from designer.errors import DesignerError
from designer.model.sent import rows_of
from designer.study.sizing.advice import HostAdvice, Sizing, VmAdvice, sizing_of
from designer.study.sizing.apart import NinesChanged, nines_around_apart
from designer.study.sizing.moving import EstateMove, estate_move
from designer.ui.cost.advice_table import AskingDialog, fill, lay_out, on_chosen, table_of
from designer.ui.cost.model import money
from designer.ui.parts.background import run_in_background
from designer.ui.parts.number_box import NumberBox
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.preferences.quantities import currency
from designer.ui.shell.results import reader_of
from designer.ui.shell.session import Session
from designer.words import tr, trn

NOTHING, MOST_ROWS = "–", 2_000
MOST_NINES = 5
VERDICTS = {"over": tr("too little"), "under": tr("too much")}


class SizingDialog(QDialog):
    """The advice of the finished run that is shown. A click on a row selects its elements."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        found = _sizing(session, parent)
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Right-Size"))
        self.resize(fitting(760, 520))
        self.found = found or Sizing((), ())
        heads = (tr("VM or host"), tr("Has"), tr("95% of the time"), tr("Now"), tr("Would do"), tr("Saves a month"))
        self.table = table_of(heads, tr("Sizes that are enough"), right=(2, 5))
        rows = [*map(_vm_row, self.found.vms), *map(_host_row, self.found.hosts)]
        fill(self.table, rows[:MOST_ROWS])
        self._ids = [one.vms for one in self.found.vms] + [(one.host,) for one in self.found.hosts]
        on_chosen(self.table, self._select)
        self.said = QLabel(self._sentence(found is not None))
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.apply = lay_out(self, (self.table, self.said), tr("Apply All"))
        self.apply.setEnabled(bool(rows))
        self.apply.clicked.connect(self._apply)

    def _sentence(self, ran: bool) -> str:
        found = self.found
        if not ran:
            return tr("Run the design first; sizes go by what its VMs ask for.")
        if not found.vms and not found.hosts:
            return tr("Every VM has about what it needs, and no host could be off.")
        saved = tr("no price is known")
        if found.saved_usd is not None:
            saved = tr("{0} {1} a month saved", money(found.saved_usd), currency().code)
        sizes = trn("{0:,} size", "{0:,} sizes", len(found.vms))
        hosts = trn("{0:,} host off", "{0:,} hosts off", len(found.hosts))
        text = tr("{0}, {1}: {2}. At most 60% of the CPU is asked for 95% of the time; memory stays.",
                  sizes, hosts, saved)  # fmt: skip
        if any(one.by_trace for one in found.vms):
            text += tr(" Loads by traces are a share of a VM's size and change with it; other loads ask for as much as "
                       "before.")  # fmt: skip
        return text

    def _select(self, row: int) -> None:
        if 0 <= row < len(self._ids):
            self._session.select(self._ids[row])
            self._session.reveal.emit(list(self._ids[row][:1]))

    def _apply(self) -> None:
        types, vcpus, moves, off = self.found.changes
        count = len(types) + len(vcpus) + len(moves) + len(off)
        if self._session.do_large(tr("Right-sizing …"), count, resize, types, vcpus, moves, off) is not None:
            self.accept()


def _sizing(session: Session, parent: QWidget) -> Sizing | None:
    """The sizes that would do, by the finished run that is shown; None without one. Raises Stopped."""
    project, read = session.project, reader_of(session.run, finished=True)

    def work() -> Sizing | None:
        results = read() if read is not None else None
        return None if results is None else sizing_of(project, results)

    return run_in_background(parent, tr("Looking at the sizes …"), work, leave=True)


class MoveEstateDialog(AskingDialog):
    """Asks for a region; says what the VMs on own hosts become there, and the cost before and after."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Move to a Provider"))
        self.resize(fitting(560, 480))
        self.found: EstateMove | None = None
        self.region, self.zones = QComboBox(), NumberBox(1, 6, 2, tr("Zones"))
        self.region.setAccessibleName(tr("Region"))
        known = [one for one in ec2().regions.values() if one.zones and (one.price_ratio or one.code == "us-east-1")]
        for one in sorted(known, key=lambda one: one.code):
            self.region.addItem(f"{one.code}, {tr(one.place)}", one.code)
        self.region.setCurrentIndex(max(self.region.findData("us-east-1"), 0))
        self.table = table_of((tr("Instance type"), tr("VMs")), tr("Instance types"), right=(1,))
        self.said = QLabel()
        self.nines = QLabel()
        for label in (self.said, self.nines):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        asked, form = QWidget(), QFormLayout()
        asked.setLayout(form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(tr("Region"), self.region)
        form.addRow(tr("Zones"), self.zones)
        self.apply = lay_out(self, (asked, self.table, self.said, self.nines), tr("Move"))
        self.apply.clicked.connect(self._apply)
        self.region.currentIndexChanged.connect(self.look)
        self.zones.valueChanged.connect(self.look)
        self.look()

    def look(self) -> None:
        """Work out the move to the chosen region."""
        project, code, zones = self._session.project, str(self.region.currentData()), self._zones()
        read = reader_of(self._session.run, finished=True)
        try:
            work = lambda: estate_move(project, code, read() if read is not None else None, zones=zones)  # noqa: E731
            self.found = run_in_background(self, tr("Looking for instance types …"), work, leave=True)
        except DesignerError as error:
            self.found = None
            self.said.setText(str(error))
        counts = self.found.counts if self.found is not None else []
        fill(self.table, [(name, f"{count:,}") for name, count in counts])
        self.apply.setEnabled(bool(counts))
        if self.found is not None:
            self.said.setText(_move_words(self.found))
        self._ask_nines()

    def _ask_nines(self) -> None:
        """Begin to work out the nines before and after, in the background; what was begun for another region ends."""
        self.end()
        self.nines.setText("")
        project, found = self._session.project, self.found
        if found is None or not found.types or not project.of_kind("service"):
            return
        change = moving_to_provider(found.types, found.region, self._zones())
        rows = rows_of(project)
        self.ask(lambda tell: nines_around_apart(rows, change, tell), "nines-around-move")
        self.nines.setText(tr("Working out the nines before and after …"))

    def answered(self, answer: list[NinesChanged] | None, error: str) -> None:
        """Show the nines."""
        self.nines.setText(error if answer is None else _nines_words(answer))

    def _zones(self) -> int:
        """How many zones are wanted, as far as the region has them."""
        return min(max(self.zones.value(), 1), len(ec2().regions[str(self.region.currentData())].zones))

    def _apply(self) -> None:
        if self.found is None:
            return
        types, code, session = self.found.types, self.found.region, self._session
        region = session.do_large(tr("Moving …"), 4 * len(types), move_to_provider, types, code, self._zones())
        if region is not None:
            session.flush()
            session.select([region])
            session.reveal.emit([region])
            session.told.emit(trn("{0:,} VM moved to {1}.", "{0:,} VMs moved to {1}.", len(types), code))
            self.accept()


def _move_words(found: EstateMove) -> str:
    code, before, after = currency().code, found.before, found.after
    hosts = trn("{0:,} own host", "{0:,} own hosts", len(found.hosts))
    unknown = trn(", {0:,} price not known", ", {0:,} prices not known", before.unknown) if before.unknown else ""
    lines = [tr("Before: no price is known for {0}.", hosts)]
    if not before.unpriced:
        lines = [tr("Before: {0} {1} a month for {2}{3}.", money(before.usd), code, hosts, unknown)]
    between = tr(", {0} to {1}", money(after.low), money(after.high)) if after.low != after.high else ""
    lines.append(tr("After: {0} {1} a month for instances on demand{2}.", money(after.usd), code, between))
    missing = sum(not one.type for one in found.vms)
    if missing:
        lines.append(trn("{0:,} VM stays: no type is large enough, or it does not run Linux.",
                         "{0:,} VMs stay: no type is large enough, or they do not run Linux.", missing))  # fmt: skip
    lines.append(tr("Sized by what they asked for in the run.") if found.of_run else
                 tr("Sized by all the CPU that they have. After a run: by what they ask for."))  # fmt: skip
    return "\n".join(lines)


def _nines_words(found: Sequence[NinesChanged]) -> str:
    """The nines of services before and after a move, those that change most first."""

    def change(one: NinesChanged) -> float:
        return abs(one.after - one.before) if one.after is not None and one.before is not None else inf

    shown = sorted(found, key=change, reverse=True)
    lines = []
    for one in shown[:MOST_NINES]:
        before, after = (tr("none") if nines is None else f"{nines:.2f}" for nines in (one.before, one.after))
        lines.append(tr("{0}: {1} nines before, {2} after.", one.service, before, after))
    left = len(found) - len(lines)
    return "\n".join([*lines, *([trn("{0:,} more service", "{0:,} more services", left)] if left else ())])


def _vm_row(one: VmAdvice) -> tuple[str, ...]:
    count = len(one.vms)
    name = one.name if count == 1 else trn("{1} and {0:,} like it", "{1} and {0:,} like it", count - 1, one.name)
    then = one.type or trn("{0:,} vCPU", "{0:,} vCPUs", one.vcpus)
    saved = money(one.usd - one.usd_after) if one.usd is not None and one.usd_after is not None else NOTHING
    return name, VERDICTS[one.verdict], f"{one.p95:.0%}", one.now or NOTHING, then, saved


def _host_row(one: HostAdvice) -> tuple[str, ...]:
    moved = trn("off; {0:,} VM moves", "off; {0:,} VMs move", len(one.moves))
    return (
        one.name,
        VERDICTS["under"],
        f"{one.p95:.0%}",
        tr("on"),
        moved,
        NOTHING if one.usd is None else money(one.usd),
    )
