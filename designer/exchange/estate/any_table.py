"""Tables of hosts and VMs of any shape: PowerCLI, vRealize, Hyper-V, lists that people keep; CSV, workbook or JSON.

Which column tells what is proposed by its title; `columns` answers where no title is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from designer.errors import ImportFileError
from designer.exchange.csv_out import plain
from designer.exchange.csv_table import CsvTable
from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.exchange.estate.workbook import sheets
from designer.exchange.going import Going, told, unheard
from designer.exchange.machines_csv import ON
from designer.exchange.numbers import UNITS, Numbers, numbers_of
from designer.exchange.questions import Answers
from designer.exchange.titles import title_of
from designer.words import mark, tr

Sort = Literal["vm", "host"]
Columns = Mapping[str, str]
"""The title of the column of each figure, such as "vm.vcpus" or "host.cores"."""
MOST_ROWS = 250_000
"""Most rows of a table: as many elements as a design has."""
VM: dict[str, tuple[str, ...]] = {
    "name": ("vmname", "vm", "name", "displayname", "virtualmachine", "objectname", "namelabel", "servername",
             "hostname", "machine", "instance"),
    "vcpus": ("numcpu", "numcpus", "vcpus", "vcpu", "processorcount", "cpucount", "cpus", "cpu", "cpu#", "virtualcpu",
              "virtualcpus", "configuredcpu", "numberofcpus", "numberofvcpus", "cpunumberofvcpus", "cores"),
    "ram": ("memorymb", "memorygb", "memoryassigned", "memory", "ram", "rammb", "ramgb", "configuredmemory",
            "memorysize", "provisionedmemory", "memorysizemb", "memorysizegb", "mem"),
    "ram_off": ("memorystartup", "startupmemory"),
    "host": ("vmhost", "host", "esxhost", "esxihost", "hostname", "computername", "parenthost", "summaryparenthost",
             "hypervisor", "node", "server"),
    "cluster": ("cluster", "clustername", "parentcluster", "summaryparentcluster"),
    "center": ("datacenter", "parentdatacenter", "summaryparentdatacenter", "site", "location"),
    "power": ("powerstate", "power", "state", "status", "summaryconfigurationpowerstate"),
    "template": ("template", "istemplate"),
    "id": ("vmid", "id", "uuid", "persistentid", "instanceuuid", "moref"),
}  # fmt: skip
HOST: dict[str, tuple[str, ...]] = {
    "name": ("vmhost", "hostname", "name", "host", "computername", "displayname", "objectname", "server", "servername",
             "namelabel", "node"),
    "cores": ("numcpu", "cores", "corecount", "numcpucores", "cpucores", "numberofcores", "totalcores", "#cores",
              "cpus", "physicalcores"),
    "threads": ("logicalprocessorcount", "logicalprocessors", "threads", "cputhreads"),
    "ram": ("memorytotalgb", "memorytotalmb", "memorycapacity", "memorytotal", "totalmemory", "memory", "memorygb",
            "memorymb", "ram", "ramgb", "rammb", "memorysize", "totalphysicalmemory"),
    "mhz": ("mhz", "cpumhz", "speed", "cpuspeed", "clock", "clockspeed", "ghz", "processorspeed", "cpufrequency"),
    "total_mhz": ("cputotalmhz", "cputotalcapacity", "totalmhz", "cputotalghz"),
    "cluster": ("cluster", "clustername", "parent", "parentcluster", "summaryparentcluster"),
    "center": ("datacenter", "parentdatacenter", "site", "location"),
    "id": (),
}  # fmt: skip
FIELDS: dict[Sort, dict[str, tuple[str, ...]]] = {"vm": VM, "host": HOST}
"""The titles of each figure of a VM and a host, joined words in lower case, the surest first."""
NEEDED: dict[Sort, tuple[str, ...]] = {"vm": ("name", "vcpus", "ram"), "host": ("name",)}
SURE_HOST = frozenset((*HOST["threads"], *HOST["total_mhz"], "memorytotalgb", "memorytotalmb", "memorycapacity",
                       "maxevcmode", "connectionstate", "totalphysicalmemory", "physicalcores"))  # fmt: skip
"""Titles that only tables of hosts have."""
TITLES: dict[str, str] = {
    "name": mark("Name"), "vcpus": mark("vCPUs"), "ram": mark("Memory"), "ram_off": mark("Startup memory"),
    "host": mark("Host"), "cluster": mark("Cluster"),
    "center": mark("Data center"), "power": mark("Power state"), "template": mark("Template"), "id": mark("Id"),
    "cores": mark("Cores"), "threads": mark("Threads"), "mhz": mark("MHz of a core"),
    "total_mhz": mark("MHz of all cores"),
}  # fmt: skip
RUNS = ON | {"2", "poweredon"}
"""Words of running machines in lower case; 2 is what Hyper-V writes as a number."""
_UNIT_WORDS = {"bytes": 2.0**-20, "byte": 2.0**-20, "b": 2.0**-20, **UNITS["MiB"]}
LEAST_BYTES, MOST_GIB, LEAST_MIB = 2.0**24, 512.0, 64.0
"""Memory without a unit, by the largest of a column: from here on bytes, up to there GiB, between MiB; and the least
that a VM has in MiB."""


class ColumnsError(ImportFileError):
    """A table of which a column that is needed is not known. `titles`: those it has; `proposal`: what is known."""

    def __init__(self, name: str, sort: Sort, titles: Sequence[str], proposal: Columns, missing: str) -> None:
        of = tr("VMs") if sort == "vm" else tr("hosts")
        listed = ", ".join(f"“{title}”" for title in titles[:12])
        super().__init__(
            tr("{0}: which column tells {1} of its {2}? It has {3}. Answer with --column {4}=TITLE.", name,
               tr(TITLES[missing]), of, listed, f"{sort}.{missing}")
        )  # fmt: skip
        self.name, self.sort, self.titles, self.proposal = name, sort, list(titles), dict(proposal)


POINT = Numbers()
"""Numbers with a decimal point."""


@dataclass(frozen=True)
class MachineTable:
    """A table as it was read: the file, its titles, and rows of cells."""

    name: str
    titles: list[str]
    rows: Sequence[Sequence[Any]]
    numbers: Numbers = POINT
    guessed: dict[str, float] = dataclasses.field(default_factory=dict)
    """The unit in MiB of columns of memory that name none."""


def is_flat(value: Any) -> bool:
    """Whether JSON is a list of objects with names of machines and sizes, as PowerShell writes them."""
    rows = cells.mappings(value if isinstance(value, list) else [value])
    known = {title for field in ("vcpus", "ram") for title in VM[field]} | SURE_HOST
    return bool(rows) and any(title_of(key).key in known for key in rows[0])


def tables_of(path: Path, going: Going = unheard) -> list[MachineTable]:
    """The tables in a CSV file or a workbook: those with a title that is known. Raises ImportFileError."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        found = []
        for name, rows in sheets(path, going):
            kept = [row for row in rows if any(cells.text(cell) for cell in row)]
            if len(kept) > 1:
                found.append(MachineTable(f"{path.name}, {name}", [cells.text(cell) for cell in kept[0]], kept[1:]))
        return found
    table = CsvTable(path)
    size = path.stat().st_size / (1 + sum(map(len, table.header)))
    body = [row for _, row in told(islice(table, 1, MOST_ROWS + 2), going, size)]
    listed = ((line, cell) for line, row in islice(table, 1, None) for cell in row)
    numbers = numbers_of(table, listed if table.separator != "," or table.quoted else (), Answers())
    return [MachineTable(path.name, table.header, body, numbers)]


def of_json(name: str, value: Any) -> MachineTable:
    """A list of objects as a table."""
    rows = cells.mappings(value if isinstance(value, list) else [value])
    titles = list(dict.fromkeys(key for row in rows for key in row))
    return MachineTable(name, titles, [[row.get(title) for title in titles] for row in rows])


def sort_of(table: MachineTable, columns: Columns) -> Sort:
    """Whether a table lists hosts or VMs: by titles that were answered, else by those that only hosts have."""
    said = {key.partition(".")[0] for key, title in columns.items() if title in table.titles}
    if said:
        return "host" if said == {"host"} else "vm"
    return "host" if any(title_of(title).key in SURE_HOST for title in table.titles) else "vm"


def proposal(table: MachineTable, sort: Sort, columns: Columns) -> dict[str, str]:
    """The column of each figure: as answered, else by its title; a column tells one figure."""
    found: dict[str, str] = {}
    for field in FIELDS[sort]:
        title = columns.get(f"{sort}.{field}", "")
        if title and title in table.titles:
            found[field] = title
    every = table.titles[::-1]  # a title such as "Summary|Parent Host" of vRealize is known by its end, too
    keys = {title_of(title.rpartition("|")[2]).key: title for title in every} | {title_of(t).key: t for t in every}
    for field, known in FIELDS[sort].items():
        free = (keys[key] for key in known if key in keys and keys[key] not in found.values())
        if field not in found and (title := next(free, "")):
            found[field] = title
    return found


def read(tables: Iterable[MachineTable], columns: Columns, origin: str, going: Going = unheard) -> Inventory:
    """The estate in tables that belong together. Raises ColumnsError, or ImportFileError for other faults."""
    owned = Owned(Inventory(tr("Tables"), origin))
    listed = [(table, sort_of(table, columns)) for table in tables]
    if not listed:
        raise ImportFileError(tr("{0} holds no table of hosts or VMs.", origin))
    for sort in ("host", "vm"):
        for table, of in listed:
            if of == sort:
                _read(owned, table, of, columns, going)
    return owned.finish()


def _read(owned: Owned, table: MachineTable, sort: Sort, columns: Columns, going: Going) -> None:
    known = proposal(table, sort, columns)
    missing = next((field for field in NEEDED[sort] if field not in known), "")
    if missing:
        raise ColumnsError(table.name, sort, table.titles, known, missing)
    if len(table.rows) > MOST_ROWS:
        raise ImportFileError(tr("{0} has more than {1:,} rows; split it.", table.name, MOST_ROWS))
    places = {field: table.titles.index(title) for field, title in known.items()}
    unused = [title for title in table.titles if title and title not in known.values()]
    if unused:
        owned.inventory.remark("left_out", tr("Columns that a design does not hold."), ", ".join(unused[:20]))
    put = _put_vm if sort == "vm" else _put_host
    _check_units(owned, table, known)
    for row in told(table.rows, going, len(table.rows)):
        put(owned, table, {field: row[place] for field, place in places.items() if place < len(row)}, known)


def _said(row: Mapping[str, Any], field: str) -> str:
    return plain(cells.text(row.get(field)))


def _put_vm(owned: Owned, table: MachineTable, row: Mapping[str, Any], known: Columns) -> None:
    name = _said(row, "name")
    vcpus, ram = _whole(table, row.get("vcpus")), _mib(table, row.get("ram"), known["ram"])
    if ram is None:
        ram = _mib(table, row.get("ram_off"), known.get("ram_off", ""))
    if not name or vcpus is None or ram is None:
        owned.inventory.remark("left_out", tr("A row without a name, vCPUs or memory."), name)
        return
    place, foreign = (_said(row, "cluster"), _said(row, "center")), _said(row, "id")
    key = f"vm:{foreign or (name, _said(row, 'host'), *place)}"
    power = _said(row, "power").lower()
    owned.vm(
        key, name, _said(row, "host"), place, foreign, vcpus=vcpus, ram_mib=ram,
        powered_on=power in RUNS if power else None,
        template=cells.flag(row.get("template")) if "template" in row else None,
    )  # fmt: skip


def _put_host(owned: Owned, table: MachineTable, row: Mapping[str, Any], known: Columns) -> None:
    name = _said(row, "name")
    if not name:
        owned.inventory.remark("left_out", tr("A row without a name."))
        return
    cores, threads = _whole(table, row.get("cores")), _whole(table, row.get("threads"))
    more: dict[str, Any] = {"mhz": _mhz(table, row.get("mhz"), known.get("mhz", ""))}
    total = _mhz(table, row.get("total_mhz"), known.get("total_mhz", ""), whole=True)
    if more["mhz"] is None and total is not None and cores:
        more["mhz"] = total / cores
    if cores is None and threads is not None:
        cores = threads
        owned.inventory.remark("guessed", tr("The table tells threads, not cores: each counts as a core."), name)
    elif cores is not None and threads is not None and threads > cores:
        more["threads_per_core"] = threads // cores
    ram = _mib(table, row.get("ram"), known.get("ram", ""))
    owned.host(name, _said(row, "center"), _said(row, "cluster"), cores, ram, **more)


def _number(table: MachineTable, value: Any, unit: str = "") -> tuple[float, float | None] | None:
    """A positive number of a cell and the factor of the unit that stands in it."""
    if not isinstance(value, str):
        found = cells.positive(value)
        return None if found is None else (found, None)
    try:
        number, factor = table.numbers.with_unit(value, unit)
    except ValueError:
        return None
    return (number, factor) if number > 0 else None


def _whole(table: MachineTable, value: Any) -> int | None:
    found = _number(table, value)
    return int(found[0]) if found is not None and found[0] == int(found[0]) <= 4096 else None


def _mib(table: MachineTable, value: Any, title: str) -> float | None:
    """Memory in MiB: the unit stands in the cell, or in the title, or was guessed for the column."""
    found = _number(table, value, "MiB")
    if found is None:
        return None
    number, factor = found
    if factor is None:
        factor = _factor(title)
    return number * (table.guessed.get(title, 1.0) if factor is None else factor)


def _check_units(owned: Owned, table: MachineTable, known: Columns) -> None:
    """Guess the unit of each column of memory that names none, by the size of all its numbers. Raises ImportFileError
    where some cells name a unit and others none, or where the numbers are of no one unit."""
    for title in (known[field] for field in ("ram", "ram_off") if field in known):
        if _factor(title) is not None:
            continue
        place = table.titles.index(title)
        found = [(one, row[place]) for row in table.rows
                 if place < len(row) and (one := _number(table, row[place], "MiB")) is not None]  # fmt: skip
        bare = [(number, cell) for (number, factor), cell in found if factor is None]
        if not bare:
            continue
        least, most = min(number for number, _ in bare), max(number for number, _ in bare)
        unit = "bytes" if most >= LEAST_BYTES else "GiB" if most <= MOST_GIB else "MiB"
        if least < {"bytes": LEAST_BYTES, "MiB": LEAST_MIB}.get(unit, 0.0):
            raise ImportFileError(
                tr("{0}: “{1}” names no unit, and its numbers from {2:,.15g} to {3:,.15g} are not of one. Write "
                   "the unit in its title or its cells.", table.name, title, least, most)
            )  # fmt: skip
        factor = _UNIT_WORDS[unit.lower()]
        for (_, other), cell in found:
            if other not in (None, factor):
                raise ImportFileError(
                    tr("{0}: in “{1}” the cell “{2}” names a unit and “{3}” none, which by its size is in {4}. Give "
                       "all of them one.", table.name, title, cells.text(cell), cells.text(bare[0][1]), unit)
                )  # fmt: skip
        table.guessed[title] = factor
        owned.inventory.remark("guessed", tr("“{0}” names no unit: by its size it is in {1}.", title, unit))


def _factor(title: str) -> float | None:
    """The unit of memory that a title names, in MiB."""
    told = title_of(title)
    words = (told.unit.lower(), *(told.words[-1:]), told.key[-2:])
    return next((_UNIT_WORDS[word] for word in words if len(word) > 1 and word in _UNIT_WORDS), None)


def _mhz(table: MachineTable, value: Any, title: str, whole: bool = False) -> float | None:
    """A clock, or that of all cores, in MHz."""
    found = _number(table, value, "MHz")
    if found is None:
        return None
    number, factor = found
    if factor is None:
        factor = 1000.0 if "ghz" in title.lower() or (not whole and number <= 10) else 1.0
    return number * factor
