"""Proxmox VE: the JSON of `pvesh get /cluster/resources --output-format json`, or of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.words import tr

TYPES = frozenset(("node", "qemu", "lxc", "storage"))
DISKS = frozenset(("images", "rootdir"))
"""What a storage must hold to be a datastore."""


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The resources in a file: a list, or under `data`."""
    return cells.mappings(value.get("data") if isinstance(value, dict) else value)


def knows(value: Any) -> bool:
    """Whether a file holds resources of a cluster."""
    rows = rows_of(value)
    return bool(rows) and any(row.get("type") in TYPES and "id" in row for row in rows)


def read(path: Path, value: Any) -> Inventory:
    """The estate in a file."""
    owned = Owned(Inventory("Proxmox VE", path.name), "KVM")
    rows = rows_of(value)
    nodes = [row for row in rows if row.get("type") == "node"]
    cluster = tr("Proxmox cluster") if len(nodes) > 1 else ""
    for row in nodes:
        name = cells.text(row.get("node")) or cells.text(row.get("id")).removeprefix("node/")
        ram = cells.positive(row.get("maxmem"))
        threads = cells.whole(row.get("maxcpu"))
        owned.host(name, "Proxmox VE", cluster, threads, None if ram is None else ram / cells.MIB)
        owned.inventory.remark("guessed", tr("Proxmox tells threads, not cores: each counts as a core."), name)
        if cells.text(row.get("status")) not in ("online", ""):
            owned.inventory.remark("warning", tr("Offline when it was exported; here it runs."), name)
    for row in rows:
        if row.get("type") in ("qemu", "lxc"):
            _guest(owned, row, cluster)
        elif row.get("type") not in TYPES:
            owned.inventory.remark("left_out", tr("Resources of Proxmox that a design does not hold."),
                                   f"{row.get('type')} {row.get('id')}")  # fmt: skip
    inventory = owned.finish()
    for part in inventory.parts.values():
        if part.kind == "cluster":
            part.fields["rule"] = "proxmox"
    _stores(inventory, rows)
    return inventory


def _guest(owned: Owned, row: dict[str, Any], cluster: str) -> None:
    name = cells.text(row.get("name")) or cells.text(row.get("id"))
    vcpus, ram = cells.number(row.get("maxcpu")), cells.positive(row.get("maxmem"))
    if not vcpus or ram is None:
        owned.inventory.remark("left_out", tr("A guest without CPUs or memory."), name)
        return
    if row.get("type") == "lxc":
        owned.inventory.remark("guessed", tr("A container counts as a VM."), name)
    known = cells.text(row.get("id"))
    owned.vm(
        f"vm:{known}",
        name,
        cells.text(row.get("node")),
        (cluster, "Proxmox VE"),
        known,
        vcpus=max(1, round(vcpus)),
        ram_mib=ram / cells.MIB,
        powered_on=cells.text(row.get("status")) == "running",
        template=bool(cells.flag(row.get("template"))),
    )


def _stores(inventory: Inventory, rows: list[dict[str, Any]]) -> None:
    """Put the storages that hold disks: a shared one once, the others one a node."""
    for row in rows:
        if row.get("type") != "storage":
            continue
        name, node = cells.text(row.get("storage")), cells.text(row.get("node"))
        host = inventory.parts.get(f"host:{node.casefold()}")
        if host is None or not DISKS & set(cells.text(row.get("content")).split(",")):
            inventory.remark("left_out", tr("A storage without disks of guests."), cells.text(row.get("id")))
            continue
        shared, size = bool(cells.flag(row.get("shared"))), cells.positive(row.get("maxdisk"))
        key = inventory.put(
            "datastore",
            f"store:{name}" if shared else f"store:{node}:{name}",
            host.parent,
            name if shared else f"{name} ({node})",
            "" if shared else cells.text(row.get("id")),
            capacity_gib=None if size is None else size / 2**30,
        )
        inventory.join("sees", host.key, key)
