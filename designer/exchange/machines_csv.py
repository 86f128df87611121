"""Hosts and VMs from CSV files, columns found by their usual names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.csv_file import Table, header_of, read_table


@dataclass(frozen=True)
class Column:
    """Where a field comes from: the names a column may have, the surest first, with the factor to the field's unit."""

    names: Mapping[str, float]
    needed: bool = False
    text: bool = False
    whole: bool = False
    least: float = 0.0
    most: float = math.inf


_NAME = dict.fromkeys(("name", "id"), 1.0)
_RAM = {"ram_mib": 1.0, "ram_mb": 1.0, "memory_mb": 1.0, "memory_mib": 1.0, "ram_gib": 1024.0, "ram_gb": 1024.0,
        "memory_gb": 1024.0, "memory_gib": 1024.0}  # fmt: skip
_HOST_KEY = dict.fromkeys(("host_id", "host", "host_name", "server", "hypervisor"), 1.0)

HOST_COLUMNS = {
    "name": Column({**_HOST_KEY, **_NAME}, text=True),
    "cores": Column(dict.fromkeys(("cores", "cpus", "physical_cores"), 1.0), needed=True, whole=True, least=1),
    "threads_per_core": Column(dict.fromkeys(("threads_per_core", "smt"), 1.0), whole=True, least=1),
    "mhz": Column({"mips_per_core": 1.0, "mhz_per_core": 1.0, "mhz": 1.0, "mips": 1.0, "ghz": 1000.0}, needed=True,
                  least=1e-9),
    "ram_mib": Column(_RAM, needed=True, least=1e-9),
    "idle_w": Column(dict.fromkeys(("idle_w", "power_idle_w", "min_w"), 1.0)),
    "full_w": Column(dict.fromkeys(("max_w", "full_w", "power_max_w", "power_full_w"), 1.0)),
    "power_points_w": Column(dict.fromkeys(("power_points_w", "power_curve_w"), 1.0), text=True),
    "rack": Column({"rack": 1.0}, text=True),
    "sharing": Column(dict.fromkeys(("sharing", "policy", "sharing_rule"), 1.0), text=True),
}  # fmt: skip
VM_COLUMNS = {
    "name": Column({**dict.fromkeys(("vm_id", "vm", "vm_name", "instance_id", "instance"), 1.0), **_NAME}, text=True),
    "host": Column(_HOST_KEY, text=True),
    "vcpus": Column(dict.fromkeys(("vcpus", "vcpu", "cpus", "cores"), 1.0), needed=True, whole=True, least=1),
    "mhz": Column({"mips_per_vcpu": 1.0, "mhz_per_vcpu": 1.0, "mhz": 1.0, "mips": 1.0, "ghz": 1000.0}, least=1e-9),
    "ram_mib": Column(_RAM, needed=True, least=1e-9),
    "shares": Column(dict.fromkeys(("shares", "weight"), 1.0), least=1e-9),
    "trace_row": Column({"trace_row": 1.0}, whole=True),
    "trace_shift": Column({"trace_shift": 1.0}, whole=True),
    "load_frac": Column({"load_frac": 1.0, "load": 1.0, "load_percent": 0.01, "cpu_percent": 0.01}, most=1.0),
}


@dataclass(frozen=True)
class Machines:
    """Rows of a file as fields of our kinds, and what was understood, for people."""

    rows: list[dict[str, Any]]
    said: str


def read_hosts(path: Path) -> Machines:
    """The hosts of a CSV file with a header. Raises ImportFileError that names the line."""
    return _read(path, HOST_COLUMNS, "hosts")


def read_vms(path: Path) -> Machines:
    """The VMs of a CSV file with a header. Raises ImportFileError that names the line."""
    return _read(path, VM_COLUMNS, "VMs")


def _read(path: Path, columns: Mapping[str, Column], what: str) -> Machines:
    table = read_table(path)
    header = header_of(table)
    found = {
        field: (header.index(name), column.names[name])
        for field, column in columns.items()
        for name in reversed(list(column.names))
        if name in header
    }
    for field, column in columns.items():
        if column.needed and field not in found:
            raise ImportFileError(
                f"{path.name} has no column for {field.replace('_', ' ')} of its {what}; its header should have one "
                f"of: {', '.join(column.names)}."
            )
    rows = [_row(table, n, row, header, columns, found) for n, row in enumerate(table.rows[1:], 1)]
    if not rows:
        raise ImportFileError(f"{path.name} has a header but no {what} under it.")
    used = {place for place, _ in found.values()}
    unused = [name for place, name in enumerate(header) if place not in used]
    said = f"{len(rows):,} {what} with {', '.join(header[place] for place, _ in found.values())}"
    return Machines(rows, said + (f"; not used: {', '.join(unused)}" if unused else ""))


def _row(
    table: Table,
    n: int,
    row: list[str],
    header: list[str],
    columns: Mapping[str, Column],
    found: Mapping[str, tuple[int, float]],
) -> dict[str, Any]:
    if len(row) != len(header):
        raise table.wrong(n, f"{len(row):,} cells where the header has {len(header):,}.")
    fields: dict[str, Any] = {}
    for field, (place, factor) in found.items():
        text = row[place].strip()
        if not text and not columns[field].needed:
            continue
        fields[field] = text if columns[field].text else _number(table, n, header[place], text, columns[field], factor)
    return fields


def _number(table: Table, n: int, name: str, text: str, column: Column, factor: float) -> float | int:
    try:
        value = float(text)
    except ValueError:
        raise table.wrong(n, f"{name} is “{text[:40]}”, which is not a number.") from None
    if not math.isfinite(value):
        raise table.wrong(n, f"{name} is {text}; it must be a finite number.")
    if value * factor < column.least:
        least = "not be negative" if column.least == 0 else f"be at least {column.least:g}"
        raise table.wrong(
            n, f"{name} is {text}; it must {least if column.least >= 1 or not column.least else 'be above 0'}."
        )
    if value * factor > column.most:
        raise table.wrong(n, f"{name} is {text}; it must be at most {column.most / factor:g}.")
    if column.whole and value != int(value):
        raise table.wrong(n, f"{name} is {text}; it must be a whole number.")
    return int(value) if column.whole else value * factor
