"""XCP-ng and XenServer: lists of `xe vm-list params=all` and `xe host-list params=all`, or the JSON of Xen Orchestra
(`xo-cli list-objects`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.exchange.text_file import kind_of, lines_of
from designer.words import tr

Row = Mapping[str, Any]
TYPES = frozenset(("VM", "host", "pool", "SR", "VM-template"))
_LINE = re.compile(r"\s*([\w-]+) \( ?[A-Z]+\)\s*: ?(.*)")
"""A line of a list of xe: a name, what may be done with it, and the value."""


def knows(value: Any) -> bool:
    """Whether a file holds objects of Xen Orchestra, or rows of a list of xe."""
    rows = _rows(value)
    return any(("name_label" in row and row.get("type") in TYPES) or "name-label" in row for row in rows)


def _rows(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        value = list(value.values())
    return cells.mappings(value)


def is_list(path: Path) -> bool:
    """Whether a text file begins as a list of xe does."""
    encoding, _ = kind_of(path)
    first = next((line for line in lines_of(path, encoding) if line.strip()), "")
    found = _LINE.match(first)
    return found is not None and found[1] == "uuid"


def read_list(path: Path) -> list[dict[str, str]]:
    """The rows of a list of xe. Raises ImportFileError."""
    encoding, _ = kind_of(path)
    rows: list[dict[str, str]] = []
    for line in lines_of(path, encoding):
        found = _LINE.match(line.rstrip("\n"))
        if found is None:
            continue
        if found[1] == "uuid":
            rows.append({})
        if rows:
            rows[-1][found[1]] = found[2].strip()
    return rows


def read(files: Sequence[tuple[Path, Any]]) -> Inventory:
    """The estate in files that belong together."""
    owned = Owned(Inventory("XCP-ng", ", ".join(path.name for path, _ in files)), "Xen")
    rows = [_plain(row) for _, value in files for row in _rows(value)]
    pools = {row["uuid"]: row["name"] for row in rows if row["type"] == "pool"}
    hosts = {row["uuid"]: row for row in rows if row["type"] == "host"}
    pool = next(iter(pools.values()), tr("Xen pool")) if len(hosts) > 1 or pools else ""
    for row in hosts.values():
        owned.host(row["name"], "XCP-ng", pools.get(row["pool"], pool), row["cores"], row["ram_mib"], mhz=row["mhz"],
                   numa_nodes=row["sockets"])  # fmt: skip
    for row in rows:
        if row["type"] in ("VM", "VM-template"):
            _vm(owned, row, hosts, pool)
        elif row["type"] not in TYPES:
            owned.inventory.remark("left_out", tr("Objects of Xen that a design does not hold."), row["type"])
    return owned.finish()


def _vm(owned: Owned, row: dict[str, Any], hosts: Mapping[str, Row], pool: str) -> None:
    if row["dom0"]:
        return
    if row["vcpus"] is None or row["ram_mib"] is None:
        owned.inventory.remark(
            "left_out", tr("A VM without vCPUs or memory above 0, such as a placeholder."), row["name"]
        )
        return
    if row["snapshot"] or (row["type"] == "VM-template" and row["default"]):
        owned.inventory.remark("left_out", tr("A snapshot, or a template that comes with Xen."), row["name"])
        return
    host = hosts.get(row["on"])
    owned.vm(
        f"vm:{row['uuid']}", row["name"], "" if host is None else host["name"], (pool, "XCP-ng"), row["uuid"],
        vcpus=row["vcpus"], ram_mib=row["ram_mib"], powered_on=row["power"] == "running",
        template=row["type"] == "VM-template",
    )  # fmt: skip


def _plain(row: Row) -> dict[str, Any]:
    """A row of either source by names of our own."""
    return _of_xe(row) if "name-label" in row else _of_orchestra(row)


def _of_orchestra(row: Row) -> dict[str, Any]:
    cpus, inside = cells.mapping(row.get("CPUs")), cells.mapping(row.get("cpus"))
    memory = cells.positive(cells.mapping(row.get("memory")).get("size"))
    clock = cells.positive(cells.mapping(row.get("CPUs")).get("speed"))
    return {
        "type": cells.text(row.get("type")), "uuid": cells.text(row.get("uuid") or row.get("id")),
        "name": cells.text(row.get("name_label")), "pool": cells.text(row.get("$poolId") or row.get("$pool")),
        "cores": cells.whole(inside.get("cores")) or cells.whole(cpus.get("cpu_count")),
        "sockets": cells.whole(inside.get("sockets")), "mhz": clock,
        "vcpus": cells.whole(cpus.get("number")) or cells.whole(cpus.get("max")),
        "ram_mib": None if memory is None else memory / cells.MIB, "on": cells.text(row.get("$container")),
        "power": cells.text(row.get("power_state")).lower(), "dom0": row.get("type") == "VM-controller",
        "snapshot": False, "default": bool(cells.flag(cells.mapping(row.get("other")).get("default_template"))),
    }  # fmt: skip


def _of_xe(row: Row) -> dict[str, Any]:
    info = dict(pair.split(": ", 1) for pair in cells.text(row.get("cpu_info")).split("; ") if ": " in pair)
    memory = next((size for name in ("memory-total", "memory-static-max", "memory-actual")
                   if (size := cells.positive(row.get(name))) is not None), None)  # fmt: skip
    template = bool(cells.flag(row.get("is-a-template")))
    return {
        "type": "host" if "cpu_info" in row or "memory-total" in row else "VM-template" if template else "VM",
        "uuid": cells.text(row.get("uuid")), "name": cells.text(row.get("name-label")), "pool": "",
        "cores": cells.whole(info.get("cpu_count")), "sockets": cells.whole(info.get("socket_count")),
        "mhz": cells.positive(info.get("speed")), "vcpus": cells.whole(row.get("VCPUs-max")),
        "ram_mib": None if memory is None else memory / cells.MIB, "on": cells.text(row.get("resident-on")),
        "power": cells.text(row.get("power-state")).lower(), "dom0": bool(cells.flag(row.get("is-control-domain"))),
        "snapshot": bool(cells.flag(row.get("is-a-snapshot"))),
        "default": bool(cells.flag(row.get("is-default-template"))) or (template and not row.get("affinity")),
    }  # fmt: skip
