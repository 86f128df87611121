"""RVTools: the workbook (.xlsx) or the CSV file of each tab, with the titles of its old and new versions."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.exchange.estate.workbook import is_workbook, sheet_names, sheets
from designer.exchange.going import Going, part_of, told, unheard
from designer.exchange.text_file import kind_of, lines_of
from designer.exchange.titles import title_of
from designer.words import tr

TABS = ("vInfo", "vHost", "vCluster", "vDatastore", "vDisk", "vCPU", "vMemory", "vNetwork")
"""The tabs that are read."""
Row = Mapping[str, Any]
NAMES: dict[str, tuple[str, ...]] = {
    "vm": ("vm", "vmname", "name"),
    "vcpus": ("cpus", "numcpu", "vcpus"),
    "ram": ("memory", "memorymib", "memorymb", "sizemib", "sizemb"),
    "power": ("powerstate", "power"),
    "template": ("template",),
    "host": ("host", "esxhost", "hostname"),
    "cluster": ("cluster", "clustername"),
    "center": ("datacenter",),
    "id": ("vmuuid", "vminstanceuuid", "vmid", "uuid", "biosuuid", "smbiosuuid"),
    "object": ("objectid", "mor", "moref"),
    "mhz": ("speed", "speedmhz", "cpumhz"),
    "cores": ("#cores", "cores", "numcpucores", "numberofcores"),
    "sockets": ("#cpu", "cpupackages", "sockets"),
    "per_socket": ("corespercpu", "corespersocket"),
    "threads": ("htactive",),
    "host_ram": ("#memory", "memory", "memorymib", "memorymb"),
    "model": ("cpumodel",),
    "maintenance": ("inmaintenancemode", "maintenancemode"),
    "store": ("name", "datastore"),
    "capacity": ("capacitymib", "capacitymb", "capacity"),
    "hosts": ("hosts", "hostname"),
    "disk": ("disk", "diskname", "label"),
    "path": ("path", "diskpath"),
    "limit": ("limit", "limitmhz"),
    "reservation": ("reservation", "reservationmhz"),
    "shares": ("shares",),
    "level": ("level", "shareslevel"),
    "ha": ("haenabled",),
}  # fmt: skip
"""The titles of a figure, joined words in lower case, the newest first."""
_NOT_THERE = frozenset(("", "-1", "-1.0", "0", "0.0", "unlimited", "none"))
USUAL_ROW = 300.0
"""Bytes that usually are one row of a tab."""
READING = 0.7
"""The part of the time that reading the cells takes."""
LEVELS = ("low", "normal", "high")


def read(paths: Sequence[Path], going: Going = unheard) -> Inventory:
    """The estate in a workbook, or in the CSV files of its tabs. Raises ImportFileError."""
    tabs: dict[str, list[Row]] = {}
    for n, path in enumerate(paths):
        share = READING / len(paths)
        for name, rows in _tabs(path, part_of(going, n * share, (n + 1) * share)).items():
            tabs.setdefault(name, []).extend(rows)
    origin = ", ".join(path.name for path in paths)
    if "vInfo" not in tabs:
        raise ImportFileError(tr("{0} has no tab vInfo, which lists the VMs; export all tabs of RVTools.", origin))
    owned = Owned(Inventory("RVTools", origin), "VMware ESXi")
    _hosts(owned, tabs.get("vHost", ()), _places(tabs["vInfo"]))
    _clusters(owned, tabs)
    _vms(owned, tabs, part_of(going, READING, 0.85))
    inventory = owned.finish()
    stores = _datastores(owned, tabs.get("vDatastore", ()))
    _disks(owned, tabs.get("vDisk", ()), stores, part_of(going, 0.85, 1.0))
    return inventory


def knows(path: Path) -> bool:
    """Whether a file is a workbook with a tab of VMs, or a CSV file that is named after a tab. Raises
    ImportFileError."""
    if is_workbook(path):
        return any(name.strip().casefold() == "vinfo" for name in sheet_names(path))
    return bool(_tab_of(path))


def _tab_of(path: Path) -> str:
    """The tab that a file is named after; empty for another name."""
    known = {name.casefold(): name for name in TABS}
    stem = path.stem.casefold().removeprefix("rvtools_tab").removeprefix("rvtools_")
    return known.get(stem) or next((known[one] for one in known if stem.endswith(one)), "")


def _tabs(path: Path, going: Going) -> dict[str, list[Row]]:
    if is_workbook(path):
        return _of_workbook(path, going)
    name = _tab_of(path)
    if not name:
        raise ImportFileError(
            tr("{0} is named after no tab of RVTools, such as vInfo or vHost; import it alone.", path.name)
        )
    return {name: list(_rows(told(_of_csv(path), going, path.stat().st_size / USUAL_ROW)))}


def _of_csv(path: Path) -> Iterator[list[str]]:
    encoding, _ = kind_of(path)
    lines = lines_of(path, encoding)
    head = next(lines, "")
    counts = {sign: head.count(sign) for sign in (",", ";", "\t")}
    yield from csv.reader(itertools.chain((head,), lines), delimiter=max(counts, key=lambda sign: counts[sign]))


def _of_workbook(path: Path, going: Going) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name, table in sheets(path, going):
        tab = next((tab for tab in TABS if tab.casefold() == name.strip().casefold()), None)
        if tab is not None:
            found[tab] = list(_rows(table))
    return found


def _rows(table: Iterable[Sequence[Any]]) -> Iterator[Row]:
    """The rows of a table by the joined words of their titles; blank rows are passed over."""
    lines = iter(table)
    head = next((row for row in lines if any(cells.text(cell) for cell in row)), ())
    keys = [title_of(cells.text(cell)).key if "#" not in cells.text(cell) else _numbered(cell) for cell in head]
    for row in lines:
        if any(cell not in ("", None) and cells.text(cell) for cell in row):
            known: dict[str, Any] = {}
            for key, cell in zip(keys, row):
                if key and key not in known:
                    known[key] = cell
            yield known


def _numbered(cell: Any) -> str:
    """The key of a title such as "# Cores"."""
    return "".join(cells.text(cell).lower().split())


def _cell(row: Row, name: str) -> Any:
    """The first cell of a figure that holds something."""
    return next((row[key] for key in NAMES[name] if key in row and cells.text(row[key])), None)


def _said(row: Row, name: str) -> str:
    return cells.text(_cell(row, name))


def _places(rows: Iterable[Row]) -> dict[str, tuple[str, str]]:
    """The cluster and data center of each host, by its name in lower case, as its VMs tell them."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        found.setdefault(_said(row, "host").casefold(), (_said(row, "cluster"), _said(row, "center")))
    return found


def _hosts(owned: Owned, rows: Iterable[Row], places: Mapping[str, tuple[str, str]]) -> None:
    for row in rows:
        name = _said(row, "host")
        if not name:
            continue
        cluster, center = places.get(name.casefold(), ("", ""))
        cores = cells.whole(_cell(row, "cores"))
        sockets, each = cells.whole(_cell(row, "sockets")), cells.whole(_cell(row, "per_socket"))
        if cores is None and sockets is not None and each is not None:
            cores = sockets * each
        more: dict[str, Any] = {"mhz": cells.positive(_cell(row, "mhz"))}
        if sockets is not None and cores is not None and sockets <= 64:
            more["numa_nodes"] = sockets
        if cells.flag(_cell(row, "threads")):
            more["threads_per_core"] = 2
        center, cluster = _said(row, "center") or center, _said(row, "cluster") or cluster
        owned.host(name, center, cluster, cores, cells.positive(_cell(row, "host_ram")), **more)
        if cells.flag(_cell(row, "maintenance")):
            owned.inventory.remark("warning", tr("In maintenance when it was exported; here it runs."), name)


def _clusters(owned: Owned, tabs: Mapping[str, list[Row]]) -> None:
    """Clusters without a host, which only their tab lists."""
    known = {part.name.casefold() for part in owned.inventory.parts.values() if part.kind == "cluster"}
    known |= {_said(vm, "cluster").casefold() for vm in tabs["vInfo"]}
    for row in tabs.get("vCluster", ()):
        name = _said(row, "store") or _said(row, "cluster")
        if name and name.casefold() not in known:
            owned.inventory.remark("left_out", tr("A cluster without hosts and VMs."), name)


def _vms(owned: Owned, tabs: Mapping[str, list[Row]], going: Going) -> None:
    cpu = {_said(row, "vm"): row for row in tabs.get("vCPU", ())}
    memory = {_said(row, "vm"): row for row in tabs.get("vMemory", ())}
    for row in told(tabs["vInfo"], going, len(tabs["vInfo"])):
        name = _said(row, "vm")
        if not name:
            continue
        vcpus = cells.whole(_cell(row, "vcpus"))
        ram = cells.positive(_cell(row, "ram")) or cells.positive(_cell(memory.get(name, {}), "ram"))
        if vcpus is None or ram is None:
            owned.inventory.remark("left_out", tr("A VM without vCPUs or memory above 0, such as a placeholder."), name)
            continue
        place = _said(row, "cluster"), _said(row, "center")
        known = _said(row, "id") or _said(row, "object")
        owned.vm(
            f"vm:{known or (name, *place, _said(row, 'host'))}",
            name,
            _said(row, "host"),
            place,
            known,
            vcpus=vcpus,
            ram_mib=ram,
            powered_on=_said(row, "power").lower() in ("poweredon", "powered on", "on", "running"),
            template=bool(cells.flag(_cell(row, "template"))),
            **_limits(cpu.get(name, {})),
            **_guaranteed(memory.get(name, {}), ram),
        )


def _limits(row: Row) -> dict[str, Any]:
    """Reservation, limit and shares of a VM's CPU, where they are set."""
    level = _said(row, "level").lower()
    told = {
        "cpu_reservation_mhz": _set(row, "reservation"),
        "cpu_limit_mhz": _set(row, "limit"),
        "shares_level": level if level in LEVELS else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _guaranteed(row: Row, ram_mib: float) -> dict[str, Any]:
    reserved = _set(row, "reservation")
    return {} if reserved is None else {"ram_guaranteed_mib": min(reserved, ram_mib)}


def _set(row: Row, name: str) -> float | None:
    """A figure that is set; None where it is unlimited or 0."""
    return None if _said(row, name).lower() in _NOT_THERE else cells.positive(_cell(row, name))


def _datastores(owned: Owned, rows: Iterable[Row]) -> dict[str, str]:
    """Put the datastores, each in the data center of the hosts that see it; return their keys by name."""
    found: dict[str, str] = {}
    hosts = {part.name.casefold(): part for part in owned.inventory.parts.values() if part.kind == "host"}
    for row in rows:
        name, listed = _said(row, "store"), [one.strip().casefold() for one in _said(row, "hosts").split(",")]
        seen = [hosts[one] for one in listed if one in hosts]
        if not seen:
            owned.inventory.remark("left_out", tr("A datastore that names no host of the export."), name)
            continue
        size = cells.positive(_cell(row, "capacity"))
        key = owned.inventory.put(
            "datastore", f"store:{seen[0].parent}:{name.casefold()}", seen[0].parent, name,
            capacity_gib=None if size is None else size / 1024,
        )  # fmt: skip
        found[name.casefold()] = key
        for host in seen:
            owned.inventory.join("sees", host.key, key)
    return found


def _disks(owned: Owned, rows: Sequence[Row], stores: Mapping[str, str], going: Going) -> None:
    """Put the disks of VMs in their datastores; those whose datastore is not told would bind a VM to its host."""
    inventory = owned.inventory
    taken: dict[str, float] = {}
    vms: dict[str, list[str]] = {}
    for part in list(inventory.parts.values()):
        if part.kind == "vm":
            vms.setdefault(part.name, []).append(part.key)
    for n, row in enumerate(told(rows, going, len(rows))):
        vm, size, path = _said(row, "vm"), cells.positive(_cell(row, "capacity")), _said(row, "path")
        store = stores.get(path.partition("]")[0].removeprefix("[").casefold(), "") if path.startswith("[") else ""
        if len(vms.get(vm, ())) != 1 or size is None or not store:
            inventory.remark("left_out", tr("A disk whose VM, size or datastore is not told."), vm)
            continue
        name = f"{vm} {_said(row, 'disk')}".strip()
        key = inventory.put("volume", f"disk:{n}", store, name, type="virtual_disk", size_gib=max(1.0, size / 1024))
        inventory.join("attached_to", key, vms[vm][0])
        taken[store] = taken.get(store, 0.0) + inventory.parts[key].fields["size_gib"]
    for store, size_gib in taken.items():
        part = inventory.parts[store]
        if size_gib > part.fields.get("capacity_gib", math.inf):
            part.fields["capacity_gib"] = size_gib
            inventory.remark(
                "warning", tr("Its disks are thin and add to more than its capacity, which is raised to hold them."),
                part.name,
            )  # fmt: skip
