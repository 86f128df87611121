"""Place a published outage: its design of zones, parts with hosts, services and power, and its scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.catalog.scenarios.events import ScenarioEvent, events_text
from designer.catalog.scenarios.outages import name_in
from designer.commands import edit
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, Link, make
from designer.model.project import Project
from designer.words import tr

LEAD_S = 600.0
"""How long a run goes on before the outage begins."""
HOST_W, HOST_MIB, VCPUS = 250.0, 8192.0, 2
"""A host of an outage's design stands for a part of the machines: it draws the same at any load, and takes one VM."""
SPARE = 1.01
"""What cooling can carry, as a multiple of the load that needs it."""
Number = Callable[[Any], float]


def placed_outage(
    told: Mapping[str, Any], number: Number, events: Sequence[tuple[float, str, str]], until_min: float
) -> Project:
    """A design of what is told of an outage, with its events (minute, what, name) as its one scenario.

    `number` reads a number as records tell it. Raises RuleError where a name or kind is not known.
    """
    project = Project(KINDS, LINKS)
    placing = _Placing(project, told, number)
    with project.edit(tr("Place {0}", told["id"])):
        until_s = LEAD_S + until_min * 60.0
        sample_s = max(60.0, until_s / 300.0)
        edit.change(project, [ROOT_ID], {"until_h": until_s / 3600.0, "sample_s": sample_s})
        edit.rename(project, ROOT_ID, told["id"])
        placing.all()
        shifted = [ScenarioEvent(LEAD_S + at * 60.0, what, placing.named(name)) for at, what, name in events]
        events_of_it = events_text(event for event in shifted if event.at_s < until_s)
        edit.place(
            project, "scenario", id=_made_id("scenario", told["id"]), name=told["id"], events=events_of_it,
            note=told.get("told", ""),
        )  # fmt: skip
    return project


class _Placing:
    def __init__(self, project: Project, told: Mapping[str, Any], number: Number) -> None:
        self._project, self._told, self._number = project, told, number
        self._ids: dict[str, int] = {}

    def named(self, name: str) -> int:
        """The id of an element by its name."""
        if name not in self._ids:
            raise RuleError(tr("What is told of the outage places nothing called {0}.", name))
        return self._ids[name]

    def _put(self, kind: str, parent: str, name: str, fields: Mapping[str, Any]) -> int:
        if kind not in KINDS:
            raise RuleError(tr("No kind is called {0}.", kind))
        told = {key: self._value(value) for key, value in fields.items()}
        above = self.named(parent) if parent else ROOT_ID
        self._ids[name] = edit.place(self._project, kind, above, id=_made_id(kind, name), name=name, **told)
        return self._ids[name]

    def _link(self, kind: str, source: str, target: str) -> Link:
        ends = self.named(source), self.named(target)
        return Link(id=_made_id(kind, source, target), kind=kind, source=ends[0], target=ends[1])

    def _value(self, told: Any) -> Any:
        """A field: a number that is told in another way than plainly is looked up ({"is": ...})."""
        return self._number(told["is"]) if isinstance(told, dict) and told.keys() == {"is"} else told

    def all(self) -> None:
        """Place all that is told."""
        for name, service in self._told.get("services", {}).items():
            self._put("service", "", name, {"rate_rps": 100.0, **service.get("fields", {})})
        for name, service in self._told.get("services", {}).items():
            for needed in service.get("needs", ()):
                self._project.add(self._link("depends_on", name, needed))
        for zone, region in self._told.get("zones", {}).items():
            if region not in self._ids:
                self._put("region", "", region, {})
            self._put("zone", region, zone, {})
        for name, part in self._told.get("parts", {}).items():
            self._part(name, part)
        for row in self._told.get("rows", ()):
            self._put(row["kind"], row.get("in", ""), row["name"], row.get("fields", {}))
        for kind, source, target in self._told.get("links", ()):
            self._project.add(self._link(kind, source, target))

    def _part(self, name: str, part: Mapping[str, Any]) -> None:
        """A data center with a rack of hosts, a VM on each, and what cools them."""
        number, count = self._number, int(part["hosts"])
        load_w = count * HOST_W
        hall = {
            "design_w": load_w,
            "warming_k_min": number("heat.warming_k_min"),
            "time_constant_s": number("heat.tau_min") * 60.0,
            "set_c": number("heat.set_c"),
            "shutdown_c": number("heat.host_c"),
            "restart_c": number("heat.restart_c"),
        }
        self._put("data_center", part["zone"], name, hall)
        rack = self._put("rack", name, name_in(name, "rack"), {"units_u": max(42, count)})
        hosts, vms, links = [], [], []
        for n in range(1, count + 1):
            host, vm = name_in(name, n), name_in(name, n, "vm")
            hosts.append(self._row("host", rack, host, n, idle_w=HOST_W, full_w=HOST_W))
            booting = {"recovery": "same_zone", "detect_s": 1.0, "boot_s": number("boots.vm_min") * 60.0}
            vms.append(self._row("vm", self.named(host), vm, n, vcpus=VCPUS, **booting))
            links.append(self._link("pinned_to", vm, host))
            links += [self._link("member", vm, service) for service in part.get("services", ())]
        for rows in (hosts, vms, links):
            self._project.add_many(rows)
        layout.settle(self._project, [host.id for host in hosts])
        cooling = part.get("cooling")
        if cooling is not None:
            for n in range(1, int(cooling["units"]) + 1):
                capacity = load_w * SPARE / number(cooling["needed"])
                unit = name_in(name, "cooling", n)
                self._put("cooling", name, unit, {"capacity_w": capacity, "restart_s": 0.0})
                self._project.add(self._link("cools", unit, name))

    def _row(self, kind: str, parent: int, name: str, rank: int, **fields: Any) -> Element:
        """A host or VM of a part, to be added with the others."""
        size = layout.size_in(self._project, kind, parent) if parent in self._project.elements else (0.0, 0.0)
        more = {"cores": VCPUS} if kind == "host" else {}
        self._ids[name] = _made_id(kind, name)
        row = {"id": self._ids[name], "parent": parent, "rank": rank, "name": name, "w": size[0], "h": size[1]}
        return make(KINDS[kind].table, {**row, "ram_mib": HOST_MIB, **more, **fields})


def _made_id(*names: str) -> int:
    """An id that depends on names only, so that the same outage is the same design each time."""
    digest = hashlib.blake2b("/".join(names).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 1) | 2
