"""Choosing an EC2 instance type: a search line, filters, a table of 1,395 types, and the details of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from designer import units
from designer.catalog.reference.ec2 import InstanceType, Offer, TypeFilter, ec2
from designer.catalog.rules import offers
from designer.catalog.rules.offers import Place
from designer.commands import instance_types
from designer.errors import DesignerError
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.pickers.catalog_picker import CatalogPicker, RowsModel
from designer.ui.preferences.quantities import USD, currency
from designer.ui.shell.session import Session
from designer.words import tr, trn

WIDTHS = (140, 64, 92, 84, 96, 196)
NO_PRICE, UNKNOWN = tr("no price known"), "unknown"
NOTHING_FITS = tr("No type matches all filters.")


def rate(mbps: float | None) -> str:
    """A network rate as people write it."""
    return UNKNOWN if mbps is None else units.text(mbps, "Mbit/s", 3)


def price(usd_h: float | None, between: tuple[float, float] | None = None) -> str:
    """A price an hour, or that none is known; a derived one with its mark (~) and its range."""
    if usd_h is None:
        return NO_PRICE
    money = currency()
    sign = "$" if money.code == USD else ""  # another is named in the head of the column
    amounts = (money.of(usd) for usd in (usd_h, *(between or ())))
    shown, *ends = (f"{amount:,.4f}" if amount < 10 else f"{amount:,.2f}" for amount in amounts)
    if between is None:
        return f"{sign}{shown}"
    return f"~{sign}{shown}" if ends[0] == ends[1] else f"~{sign}{shown} ({ends[0]}\N{EN DASH}{ends[1]})"


@guarded
class TypeModel(RowsModel):
    """The found types, and a place: their price there, and whether it offers them."""

    titles = (tr("Type"), "vCPUs", tr("Memory"), tr("Clock"), tr("Network"), tr("Price per hour"), tr("In the region"))
    numbers = (1, 2, 3, 4, 5)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._muted, self._refused = theme.color("text.muted"), theme.color("drop.refused")
        self.place: Place | None = None
        self._regions: dict[str, int] = {}

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles; the last one names the place."""
        if section == 6 and orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr("In {0}", self.place.zone or self.place.region) if self.place else tr("Regions")
        if section == 5 and role == Qt.ItemDataRole.DisplayRole and currency().code != USD:
            return tr("Per hour, {0}", currency().code)
        return super().headerData(section, orientation, role)

    def text(self, row: Any, column: int) -> str:
        """A cell as it is read."""
        region = self.place.region if self.place else None
        cells: tuple[Callable[[], str], ...] = (
            lambda: row.name,
            lambda: f"{row.vcpus:,}",
            lambda: units.text(row.mem_mib, "MiB"),
            lambda: UNKNOWN if row.mhz is None else units.text(row.mhz, "MHz", 3),
            lambda: rate(row.net_mbps),
            lambda: price(ec2().price_usd_h(row.name, region), ec2().price_range_usd_h(row.name, region)),
            lambda: self.offer(row).value if self.place else tr("{0} regions", self._offering(row)),
        )
        return cells[column]()

    def offer(self, kind: InstanceType) -> Offer:
        """Whether the place offers a type; unknown without a place."""
        return Offer.UNKNOWN if self.place is None else offers.offered(kind.name, self.place)

    def _offering(self, kind: InstanceType) -> int:
        if kind.name not in self._regions:
            regions = ec2().regions
            self._regions[kind.name] = sum(ec2().offered(kind.name, code) is Offer.YES for code in regions)
        return self._regions[kind.name]

    def ink(self, row: Any, column: int) -> QColor | None:
        """Red for a type that is not offered, gray for an unknown one."""
        if column == 6 and self.place is not None:
            offer = self.offer(row)
            return self._refused if offer is Offer.NO else self._muted if offer is Offer.UNKNOWN else None
        return self._muted if column > 2 and self.text(row, column) in (NO_PRICE, UNKNOWN) else None

    def key(self, row: Any, column: int) -> Any:
        """What a column is sorted by."""
        region = self.place.region if self.place else None
        keys: tuple[Callable[[], Any], ...] = (
            lambda: row.name,
            lambda: row.vcpus,
            lambda: row.mem_mib,
            lambda: row.mhz,
            lambda: row.net_mbps,
            lambda: ec2().price_usd_h(row.name, region),
            lambda: (Offer.YES, Offer.UNKNOWN, Offer.NO).index(self.offer(row)) if region else self._offering(row),
        )
        return keys[column]()


class NumberFilter(QLineEdit):
    """A number with or without its unit; empty: anything."""

    def __init__(self, name: str, unit: str, default_unit: str, changed: Callable[[], None]) -> None:
        super().__init__()
        self._unit, self._default = unit, default_unit
        self.setAccessibleName(name)
        self.setPlaceholderText(tr("any"))
        self.setToolTip(tr("{0}, in {1}", name, default_unit) if default_unit else name)
        self.textChanged.connect(lambda _: changed())

    @property
    def value(self) -> float | None:
        """The number in the base unit; None: anything, also while the text cannot be read (it turns red)."""
        written = self.text().strip()
        try:
            bare = written.replace(".", "", 1).isdigit()
            value = units.read(f"{written} {self._default}" if bare else written, self._unit) if written else None
        except DesignerError:
            value, written = None, "wrong"
        if bool(self.property("wrong")) != (written == "wrong"):
            self.setProperty("wrong", written == "wrong")
            self.style().unpolish(self)
            self.style().polish(self)
        return value


class Filters(QWidget):
    """Filters beside the name: least, most, place."""

    def __init__(self, place: Place | None, changed: Callable[[], None]) -> None:
        super().__init__()
        self._place, self._changed = place, changed
        self.vcpus = (self._wish(tr("vCPUs at least")), self._wish(tr("vCPUs at most")))
        self.memory = (self._wish(tr("Memory at least"), "MiB"), self._wish(tr("Memory at most"), "MiB"))
        self.network = self._wish(tr("Network at least"), "Mbit/s")
        self.price = self._wish(tr("Price at most"))
        self.region = QComboBox()
        self.region.setAccessibleName(tr("Region"))
        self.region.setMaxVisibleItems(16)
        self.region.addItem(tr("any region"), "")
        for region in sorted(ec2().regions.values(), key=lambda r: r.code):
            self.region.addItem(f"{region.code}   {tr(region.city or region.name)}", region.code)
        self.region.setCurrentIndex(max(self.region.findData(place.region if place else ""), 0))
        self.region.currentIndexChanged.connect(lambda _: self._told())
        self.offered_only = QCheckBox(tr("Only what the region offers"))
        self.offered_only.setChecked(True)
        self.current_only = QCheckBox(tr("Current generations only"))
        for box in (self.offered_only, self.current_only):
            box.toggled.connect(lambda _: self._told())
        self._lay_out()
        self._told(quiet=True)

    def _wish(self, name: str, unit: str = "") -> NumberFilter:
        return NumberFilter(name, unit, units.large(unit) if unit else "", self._told)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for column, (title, boxes) in enumerate(
            (("vCPUs", self.vcpus), (tr("Memory, {0}", units.large("MiB")), self.memory),
             (tr("Network from, {0}", units.large("Mbit/s")), [self.network]),
             (tr("Price up to, {0} an hour", "$" if currency().code == USD else currency().code), [self.price]))
        ):  # fmt: skip
            row = QHBoxLayout()
            row.setSpacing(4)
            for n, box in enumerate(boxes):
                if n:
                    row.addWidget(QLabel(tr("to")))
                row.addWidget(box, 1)
            grid.addWidget(_title(title, boxes[0]), 0, column)
            grid.addLayout(row, 1, column)
            grid.setColumnStretch(column, len(boxes))
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(_title(tr("Region"), self.region))
        line.addWidget(self.region, 1)
        line.addWidget(self.offered_only)
        line.addWidget(self.current_only)
        grid.addLayout(line, 2, 0, 1, 4)

    def _told(self, quiet: bool = False) -> None:
        code = self.region.currentData()
        self.offered_only.setEnabled(bool(code) and ec2().regions[code].offers is not None)
        if not quiet:
            self._changed()

    @property
    def place(self) -> Place | None:
        """The region that was chosen, with the zone of the VM when it is the VM's own."""
        code = self.region.currentData()
        if self._place is not None and self._place.region == code:
            return self._place
        return Place(code) if code else None

    @property
    def wanted(self) -> TypeFilter:
        """All filters."""
        place = self.place
        return TypeFilter(
            min_vcpus=self.vcpus[0].value,
            max_vcpus=self.vcpus[1].value,
            min_mem_mib=self.memory[0].value,
            max_mem_mib=self.memory[1].value,
            min_net_mbps=self.network.value,
            max_usd_h=None if self.price.value is None else self.price.value / currency().per_usd,
            region=place.region if place else None,
            zone_id=(place.zone_id or None) if place else None,
            current_only=self.current_only.isChecked(),
            offered_only=self.offered_only.isEnabled() and self.offered_only.isChecked(),
        )

    def clear(self) -> None:
        """Clear all filters but the region."""
        for box in (*self.vcpus, *self.memory, self.network, self.price):
            with QSignalBlocker(box):
                box.clear()
        for check in (self.offered_only, self.current_only):
            with QSignalBlocker(check):
                check.setChecked(False)
        self._told()


def _title(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setProperty("muted", True)
    label.setBuddy(buddy)
    return label


class Ec2Picker(CatalogPicker):
    """Finds an instance type and gives it to the selected VMs, as one undo step."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        self._types = TypeModel(theme)
        super().__init__(session, theme, parent, self._types, (tr("Search instance types"), tr("Instance types")))
        project = session.project
        self._ids = instance_types.of_kind(project, session.selection, "vm")
        first = project.elements[self._ids[0]] if self._ids else None
        self.setWindowTitle(tr("Choose Instance Type"))
        self.resize(fitting(820, 620))
        self.line.setPlaceholderText(tr("Type a name: m5 lar, 8xlarge, graviton, a100 …"))
        self.filters = Filters(offers.place_of(project, first) if first is not None else None, self.look)
        self.set_widths(WIDTHS)
        dates = tr("Prices as of {0}, Linux on demand; offers as of {1}", ec2().prices_as_of, ec2().as_of)
        self.dates.setText(f"{dates}.\n{currency().assumption}" if currency().assumption else dates)
        self.nothing.setText(NOTHING_FITS)
        self.clear_button.setText(tr("Show All Types"))
        self.ok.setText(tr("Use for the VM") if len(self._ids) == 1 else tr("Use for {0:,} VMs", len(self._ids)))
        self.lay_out(self.filters)
        self.look()
        has = first.__dict__["instance_type"] if first is not None else ""
        names = [kind.name for kind in self.model.rows]
        if has in names:
            self.make_current(names.index(has), center=True)

    def found(self) -> Sequence[Any]:
        """The types that match the search and the filters."""
        self._types.place = self.filters.place
        types = ec2().search(self.line.text(), self.filters.wanted)
        self.count.setText(tr("{0:,} of {1:,} types", len(types), len(ec2().types)))
        return types

    def clear(self) -> None:
        """Show all types again."""
        with QSignalBlocker(self.line):
            self.line.clear()
        self.filters.clear()
        self.line.setFocus()

    def tell(self) -> None:
        """Describe the chosen type, and whether the place offers it."""
        kind = self.chosen
        self.ok.setEnabled(kind is not None and bool(self._ids))
        if not self._ids:
            self.say(tr("Select one or more VMs in the drawing first; they get the instance type."), wrong=True)
        elif kind is None:
            self.say(tr("Type fewer letters, or widen the filters."))
        else:
            self.about.setText("<br>".join([f"<b>{escape(kind.name)}</b>   {escape(facts(kind))}", self._offer(kind)]))

    def apply(self) -> str:
        """Give the chosen type to the VMs."""
        return self.session.perform(
            tr("Choosing {0} …", self.chosen.name),
            len(self._ids),
            instance_types.choose_type,
            self._ids,
            self.chosen.name,
        )

    def _offer(self, kind: InstanceType) -> str:
        place = self.filters.place
        if place is None:
            return tr("Choose a region to see whether it offers the type, and the price there.")
        offer = offers.offered(kind.name, place)
        where = escape(place.text)
        if offer is Offer.UNKNOWN:
            return tr("Whether {0} offers it is unknown; you can still use it.", where)
        if offer is Offer.YES:
            return tr("Offered in {0}.", where)
        near = ec2().nearest(kind.name, place.region, zone_id=place.zone_id or None)
        links = ", ".join(f'<a href="{escape(k.name)}">{escape(k.name)}</a>' for k in near)
        others = ", ".join(offers.elsewhere(kind.name, place))
        refused = tr('<span style="color: {0}">Not offered in {1}.</span>', self._red, where)
        return tr("{0} Nearest types offered there: {1}.", refused, links or "none") + (
            tr(" It is offered in {0}.", escape(others)) if others else ""
        )


def facts(kind: InstanceType) -> str:
    """Details of a type beside the columns, in one line or two."""
    cores = "" if kind.cores is None else trn(", {0} core", ", {0} cores", kind.cores)
    parts = [trn("{0} vCPU{1}", "{0} vCPUs{1}", kind.vcpus, cores), units.text(kind.mem_mib, "MiB")]
    parts.append(f"{kind.cpu or tr('CPU unknown')} ({', '.join(kind.arch)})")
    if kind.hypervisor:
        parts.append(kind.hypervisor.capitalize())
    if kind.net_peak_mbps and kind.net_peak_mbps != kind.net_mbps:
        parts.append(tr("network {0}, bursts to {1}", rate(kind.net_mbps), rate(kind.net_peak_mbps)))
    else:
        parts.append(tr("network {0}", rate(kind.net_mbps)))
    parts.append(tr("EBS {0}", rate(kind.ebs_mbps)))
    parts += [tr("{0} × {1:,} GB {2}", count, gb, sort.upper()) for count, gb, sort in kind.disks]
    parts += [f"{count} × {name}" for count, name in kind.gpus]
    if kind.burstable:
        parts.append(tr("burstable"))
    if not kind.current:
        parts.append(tr("previous generation"))
    return " · ".join(parts)
