"""Hosts and VMs from CSV files: columns by their usual names, units in title or cell, power state and templates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.csv_out import plain
from designer.exchange.csv_table import CsvTable
from designer.exchange.numbers import Numbers, is_missing, numbers_of, unit_of
from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.titles import Title, title_of
from designer.words import tr, trn

MOST_ROWS = 250_000
"""Most machines of one file: as many elements as a design can have."""
ON = frozenset(("on", "poweredon", "powered on", "running", "active", "up", "started", "true", "yes", "1"))
OFF = frozenset(("off", "poweredoff", "powered off", "stopped", "suspended", "halted", "shutoff", "shut off", "paused",
                 "terminated", "deallocated", "down", "saved", "false", "no", "0"))  # fmt: skip
"""Words for power states, in lower case."""
LOOSE = frozenset(("state", "status", "power"))
"""Titles that tools also use for other states."""

MOST_TITLES = 10_000
"""Most columns of a file of machines."""


@dataclass(frozen=True)
class SourceColumn:
    """The source of a field: the titles a column may have, the surest first (joined words, lower case), each with
    its factor to the field's unit; None: the title names no unit, so the cell must, or the user."""

    names: Mapping[str, float | None]
    needed: bool = False
    text: bool = False
    state: bool = False
    whole: bool = False
    unit: str = ""
    least: float = 0.0
    most: float = math.inf


def _same(*names: str) -> dict[str, float | None]:
    return dict.fromkeys(names, 1.0)


_RAM: dict[str, float | None] = {
    "rammib": 1.0, "rammb": 1.0, "memorymb": 1.0, "memorymib": 1.0, "ramgib": 1024.0, "ramgb": 1024.0,
    "memorygb": 1024.0, "memorygib": 1024.0, "ram": None, "memory": None, "mem": None,
}  # fmt: skip
_HOST_KEY = _same("hostid", "host", "hostname", "vmhost", "esxhost", "esxihost")
_PROGRAM = _same("server", "hypervisor")
"""Titles of names that also tell the program on a host."""
_LOADS: dict[str, float | None] = {"loadfrac": 1.0, "load": 1.0, "loadpercent": 0.01, "cpupercent": 0.01, "load%": 0.01,
                                   "cpu%": 0.01}  # fmt: skip

HOST_COLUMNS = {
    "name": SourceColumn({**_HOST_KEY, **_same("name"), **_PROGRAM, **_same("id")}, text=True),
    "cores": SourceColumn(_same("cores", "cpus", "physicalcores", "#cores"), needed=True, whole=True, least=1),
    "threads_per_core": SourceColumn(_same("threadspercore", "smt"), whole=True, least=1),
    "mhz": SourceColumn({**_same("mipspercore", "mhzpercore", "mhz", "mips"), "ghz": 1000.0, "speed": None,
                         "clock": None}, needed=True, unit="MHz", least=1e-9),
    "ram_mib": SourceColumn(_RAM, needed=True, unit="MiB", least=1e-9),
    "idle_w": SourceColumn(_same("idlew", "poweridlew", "minw"), unit="W"),
    "full_w": SourceColumn(_same("maxw", "fullw", "powermaxw", "powerfullw"), unit="W"),
    "power_points_w": SourceColumn(_same("powerpointsw", "powercurvew"), text=True),
    "rack": SourceColumn(_same("rack"), text=True),
    "sharing": SourceColumn(_same("sharing", "policy", "sharingrule"), text=True),
}  # fmt: skip
VM_COLUMNS = {
    "name": SourceColumn(_same("vmid", "vm", "vmname", "instanceid", "instance", "name", "id"), text=True),
    "host": SourceColumn({**_HOST_KEY, **_PROGRAM}, text=True),
    "vcpus": SourceColumn(
        _same("vcpus", "vcpu", "cpus", "cores", "numcpu", "cpucount"), needed=True, whole=True, least=1
    ),
    "mhz": SourceColumn({**_same("mipspervcpu", "mhzpervcpu", "mhz", "mips"), "ghz": 1000.0}, unit="MHz", least=1e-9),
    "ram_mib": SourceColumn(_RAM, needed=True, unit="MiB", least=1e-9),
    "shares": SourceColumn(_same("shares", "weight"), least=1e-9),
    "trace_row": SourceColumn(_same("tracerow"), whole=True),
    "trace_shift": SourceColumn(_same("traceshift"), whole=True),
    "load_frac": SourceColumn(_LOADS, unit="fraction", most=1.0),
    "powered_on": SourceColumn(_same("powerstate", "poweredon", "power", "state", "status", "vmstate"), state=True),
    "template": SourceColumn(_same("template", "istemplate"), state=True),
}


@dataclass(frozen=True)
class Machines:
    """Rows of a file as fields of our kinds, and what was understood, for the user; `lines` holds the line of each."""

    rows: list[dict[str, Any]]
    said: str
    lines: list[int] = field(default_factory=list)
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """A column of the file that fills a field."""

    field: str
    place: int
    title: Title
    factor: float | None
    column: SourceColumn


def read_hosts(path: Path, answers: Answers | None = None) -> Machines:
    """The hosts of a CSV file with a header. Raises ImportFileError that names the line."""
    return _read(path, HOST_COLUMNS, "host", answers or Answers())


def read_vms(path: Path, answers: Answers | None = None) -> Machines:
    """The VMs of a CSV file with a header. Raises ImportFileError that names the line."""
    return _read(path, VM_COLUMNS, "VM", answers or Answers())


def _read(path: Path, columns: Mapping[str, SourceColumn], what: str, answers: Answers) -> Machines:
    table = CsvTable(path)
    found = _columns(table, columns, what)
    numbers = numbers_of(table, _cells(table, found), answers)
    readers = [(one.field, one.place, *_reader(table, one, numbers, answers)) for one in found]
    names = next((one.place for one in found if one.field == "name"), None)
    width, rows, lines = len(table.header), [], []
    seen: dict[str, int] = {}
    for n, (line, cells) in enumerate(table):
        if not n:
            continue
        if n > MOST_ROWS:
            raise table.wrong(line, tr("a design holds at most {0:,} elements; split the file.", MOST_ROWS))
        if len(cells) != width:
            cells = table.fitted(line, cells, width)
        if names is not None and what == "host" and cells[names].strip():
            first = seen.setdefault(cells[names].strip().casefold(), line)
            if first != line:
                raise table.wrong(line, tr("host {0} is already in line {1:,}.", cells[names].strip()[:60], first))
        row = {}
        for one, place, known, read in readers:
            value = known.get(cells[place])  # most machines are of few sizes
            if value is None:
                value = read(line, cells)
            if value is not None:
                row[one] = value
        rows.append(row)
        lines.append(line)
    if not rows:
        raise ImportFileError(tr("{0} has a header but no {1}s under it.", path.name, what))
    used = {one.place for one in found}
    unused = tuple(title for place, title in enumerate(table.header) if place not in used and title)
    said = [
        trn("{0:,} {1} with {2}", "{0:,} {1}s with {2}", len(rows), what, ", ".join(one.title.text for one in found))
    ]
    said += [tr("not used: {0}", ", ".join(unused))] if unused else []
    return Machines(rows, "; ".join([*said, *table.said]), lines, unused)


def _columns(table: CsvTable, columns: Mapping[str, SourceColumn], what: str) -> list[_Found]:
    if len(table.header) > MOST_TITLES:
        raise ImportFileError(
            tr(
                "{0} has {1:,} columns; a file of {2}s has at most {3:,}.",
                table.name,
                len(table.header),
                what,
                MOST_TITLES,
            )
        )
    titles = [title_of(text) for text in table.header]
    keys = {key: n for n, title in reversed(list(enumerate(titles))) for key in (title.key,)}
    found = []
    for name, column in columns.items():
        key = next((key for key in column.names if key in keys and _says(table, column, key, keys[key])), None)
        if key is not None:
            title = titles[keys[key]]
            said = unit_of(title.unit, column.unit) if title.unit else None
            found.append(_Found(name, keys[key], title, column.names[key] if said is None else said, column))
        elif column.needed:
            raise ImportFileError(
                tr(
                    "{0} has no column for {1} of its {2}s; its header should have one of: {3}.",
                    table.name,
                    name.removesuffix("_mib"),
                    what,
                    ", ".join(column.names),
                )
            )
    return found


def _says(table: CsvTable, column: SourceColumn, key: str, place: int) -> bool:
    """Whether a state may be a power state; False where the first rows hold other words, such as alarms."""
    if not column.state or key not in LOOSE:
        return True
    words = {row[place].strip().lower() for _, row in table.head[1:] if place < len(row)}
    return bool(words & (ON | OFF)) and words <= ON | OFF | {""}


def _cells(table: CsvTable, found: Sequence[_Found]) -> Any:
    """The number cells, with their lines, where the separator leaves the decimal sign open."""
    if table.separator == "," and not table.quoted:
        return
    places = [one.place for one in found if not (one.column.text or one.column.state)]
    for n, (line, row) in enumerate(table):
        if n:
            yield from ((line, row[place]) for place in places if place < len(row))


Reader = Callable[[int, list[str]], Any]


def _reader(
    table: CsvTable, found: _Found, numbers: Numbers, answers: Answers
) -> tuple[dict[str, float | int], Reader]:
    """Values of cells that are known already, and the reader of one field of a row; it returns None for an empty
    cell."""
    place, column = found.place, found.column
    known: dict[str, float | int] = {}
    if column.text:
        return known, lambda _, row: plain(row[place].strip()) or None
    if column.state:
        return known, lambda line, row: _state(table, line, found.title, row[place])
    bare = found.factor
    if bare is None and column.unit == "MiB" and answers.memory_unit:
        bare = 1024.0 if answers.memory_unit == "GB" else 1.0

    def read(line: int, row: list[str]) -> float | int | None:
        text = row[place]
        if not column.needed and is_missing(text):
            return None
        value = _number(table, line, found, text, numbers, bare)
        known[text] = value
        return value

    return known, read


def _state(table: CsvTable, line: int, title: Title, text: str) -> bool | None:
    word = text.strip().lower()
    if not word:
        return None
    if word in ON or word in OFF:
        return word in ON
    raise table.wrong(line, tr("{0} is “{1}”, which is neither on nor off.", title.text, text.strip()[:40]))


def _clock_unit(value: float) -> float | None:
    """The unit of a core's clock by its size, in MHz: no core has 100 GHz, none of today 10 MHz; None between."""
    return 1.0 if value >= 100 else 1000.0 if 0 < value <= 10 else None


def _number(table: CsvTable, line: int, found: _Found, text: str, numbers: Numbers, bare: float | None) -> float | int:
    name, column, shown = found.title.text, found.column, text.strip()[:40]
    try:
        value, factor = numbers.with_unit(text, column.unit)
    except ValueError:
        raise table.wrong(line, tr("{0} is “{1}”, which is not a number.", name, shown)) from None
    if factor is None:
        factor = bare
    if factor is None and column.unit == "MiB":
        raise OpenQuestionError(
            tr("{0}, line {1:,}: is {2} {3} in MB or in GB?", table.name, line, name, shown), "memory_unit"
        )
    if factor is None and column.unit == "MHz":
        factor = _clock_unit(value)
    if factor is None:
        raise table.wrong(
            line, tr("{0} is “{1}” without a unit; name it in the title, like “{2} (GHz)”.", name, shown, name)
        )
    if not math.isfinite(value * factor):
        raise table.wrong(line, tr("{0} is {1}; it must be a finite number.", name, shown))
    if value * factor < column.least:
        least = tr("not be negative") if column.least == 0 else tr("be at least {0:g}", column.least)
        raise table.wrong(
            line, tr("{0} is {1}; it must {2}.", name, shown, least if column.least != 1e-09 else tr("be above 0"))
        )
    if column.unit == "MHz" and factor > 1 and value > 100:
        raise table.wrong(line, tr("{0} is {1}; no core has more than 100 GHz.", name, shown))
    if value * factor > column.most:
        raise table.wrong(line, tr("{0} is {1}; it must be at most {2:g}.", name, shown, column.most / factor))
    if column.whole and value != int(value):
        raise table.wrong(line, tr("{0} is {1}; it must be a whole number.", name, shown))
    return int(value) if column.whole else value * factor
