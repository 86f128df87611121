"""Choosing a dedicated host: a search line, a table of the families, and how many of each size a host holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from designer import units
from designer.catalog.reference.ec2 import DedicatedHost, ec2, size_rank
from designer.catalog.rules.dedicated import dedicated_host
from designer.commands import instance_types
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.pickers.catalog_picker import CatalogPicker, RowsModel
from designer.ui.shell.session import Session
from designer.words import tr

WIDTHS = (90, 110, 70, 74, 96, 76)
NOTHING_FITS = tr("No family has this name.")
UNKNOWN = "unknown"


def processor(host: DedicatedHost) -> str:
    """The maker of a family's processor."""
    makers = {kind.cpu for kind in ec2().types.values() if kind.family == host.family and kind.cpu}
    return ", ".join(sorted(makers)) or UNKNOWN


def takes(host: DedicatedHost) -> list[str]:
    """How many of each size a host takes, the smallest first: "48 × large"."""
    return [f"{host.capacity[size]} × {size}" for size in sorted(host.capacity, key=size_rank)]


class FamilyModel(RowsModel):
    """The families that were found."""

    titles = (tr("Family"), tr("Processor"), tr("Cores"), "vCPUs", tr("Memory"), tr("Sockets"), tr("One host takes"))
    numbers = (2, 3, 4, 5)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.processors = {host.family: processor(host) for host in ec2().dedicated_hosts.values()}

    def text(self, row: Any, column: int) -> str:
        """A cell as it is read."""
        cells: tuple[Callable[[], str], ...] = (
            lambda: row.family,
            lambda: self.processors[row.family],
            lambda: f"{row.cores:,}",
            lambda: f"{row.vcpus:,}",
            lambda: units.text(row.mem_mib, "MiB"),
            lambda: UNKNOWN if row.sockets is None else f"{row.sockets}",
            lambda: ", ".join(takes(row)[:2]) + (" …" if len(row.capacity) > 2 else ""),
        )
        return cells[column]()

    def key(self, row: Any, column: int) -> Any:
        """What a column is sorted by."""
        keys = (row.family, self.processors[row.family], row.cores, row.vcpus, row.mem_mib, row.sockets)
        return keys[column] if column < len(keys) else max(row.capacity.values())


class DedicatedPicker(CatalogPicker):
    """Finds a dedicated-host family and fills the selected hosts with it, as one undo step."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        self._families = FamilyModel()
        super().__init__(session, theme, parent, self._families, (tr("Search dedicated hosts"), tr("Dedicated hosts")))
        project = session.project
        self._ids = instance_types.of_kind(project, session.selection, "host")
        self.setWindowTitle(tr("Choose Dedicated Host"))
        self.resize(fitting(740, 560))
        self.line.setPlaceholderText(tr("Type a family: m5, r7g, or a maker: intel, amd …"))
        self.set_widths(WIDTHS)
        self.dates.setText(tr("As of {0}; counts of sizes are inferred from sockets (confidence B)", ec2().as_of))
        self.nothing.setText(NOTHING_FITS)
        self.clear_button.setText(tr("Show All Families"))
        self.ok.setText(tr("Use for the Host") if len(self._ids) == 1 else tr("Use for {0:,} Hosts", len(self._ids)))
        self.lay_out()
        self.look()
        present = dedicated_host(project.elements[self._ids[0]]) if self._ids else None
        if present is not None:
            self.make_current(self.model.rows.index(present), center=True)

    def found(self) -> Sequence[Any]:
        """The families whose name or processor has every word; those that begin with it first."""
        words = self.line.text().lower().split()
        every = ec2().dedicated_hosts
        fitting = [
            host
            for host in every.values()
            if all(w in host.family or w in self._families.processors[host.family].lower() for w in words)
        ]
        self.count.setText(tr("{0:,} of {1:,} families", len(fitting), len(every)))
        first = words[0] if words else ""
        return sorted(fitting, key=lambda host: (host.family != first, not host.family.startswith(first), host.family))

    def tell(self) -> None:
        """Show how many of each size a host of the chosen family holds."""
        host = self.chosen
        self.ok.setEnabled(host is not None and bool(self._ids))
        if not self._ids:
            self.say(tr("Select one or more hosts in the drawing first; they become dedicated hosts."), wrong=True)
        elif host is None:
            self.say(tr("Type fewer letters."))
        else:
            what = tr("{0} cores, {1} vCPUs, {2}", host.cores, host.vcpus, units.text(host.mem_mib, "MiB"))
            self.about.setText(
                tr(
                    "<b>{0}</b>   {1}. Fills cores, threads, clock, memory and sharing; its power is not known "
                    "and stays as it is.<br>One host takes {2}, or a mix that fits its sockets.",
                    escape(host.family),
                    escape(what),
                    escape(" or ".join(takes(host))),
                )
            )

    def apply(self) -> str:
        """Fill the hosts."""
        family = self.chosen.family
        return self.session.perform(
            tr("Choosing {0} …", family), len(self._ids), instance_types.choose_dedicated_host, self._ids, family
        )
