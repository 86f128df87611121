"""govc: `vm.info -json`, `host.info -json`, `object.collect -json` and bare vim25 objects, in any spelling of keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.words import tr

Row = Mapping[str, Any]


def _low(value: Any) -> dict[str, Any]:
    """A mapping with keys that begin in lower case, as newer versions write them."""
    return {key[:1].lower() + key[1:]: one for key, one in value.items()} if isinstance(value, dict) else {}


def knows(value: Any) -> bool:
    """Whether a file holds objects of vSphere."""
    top = _low(value)
    named = cells.text(top.get("_typeName"))
    return named.startswith(("VirtualMachine", "HostSystem", "HostListSummary")) or any(
        isinstance(top.get(name), list) for name in ("virtualMachines", "hostSystems")
    )


def read(files: Sequence[tuple[Path, Any]]) -> Inventory:
    """The estate in outputs that belong together."""
    owned = Owned(Inventory("govc", ", ".join(path.name for path, _ in files)), "VMware ESXi")
    hosts: dict[str, str] = {}
    for _, value in files:
        for row in _objects(value, "hostSystems", "HostSystem"):
            _host(owned, row, hosts)
    for _, value in files:
        for row in _objects(value, "virtualMachines", "VirtualMachine"):
            _vm(owned, row, hosts)
    return owned.finish()


def _objects(value: Any, name: str, kind: str) -> Iterator[Row]:
    top = _low(value)
    if cells.text(top.get("_typeName")).startswith(kind):
        yield {"config": top} if "ConfigInfo" in cells.text(top["_typeName"]) else top
    listed = top.get(name)
    for one in listed if isinstance(listed, list) else ():
        yield _low(one)


def _self(row: Row) -> str:
    return cells.text(_low(row.get("self")).get("value"))


def _host(owned: Owned, row: Row, hosts: dict[str, str]) -> None:
    summary = _low(row.get("summary"))
    hardware = _low(summary.get("hardware"))
    name = cells.text(row.get("name")) or cells.text(_low(summary.get("config")).get("name")) or _self(row)
    cores, threads = cells.whole(hardware.get("numCpuCores")), cells.whole(hardware.get("numCpuThreads"))
    memory = cells.positive(hardware.get("memorySize"))
    hosts[_self(row)] = name
    owned.host(
        name, "vSphere", "", cores, None if memory is None else memory / cells.MIB,
        mhz=cells.positive(hardware.get("cpuMhz")), numa_nodes=cells.whole(hardware.get("numCpuPkgs")),
        threads_per_core=threads // cores if threads and cores else None,
    )  # fmt: skip


def _vm(owned: Owned, row: Row, hosts: Mapping[str, str]) -> None:
    config, summary = _low(row.get("config")), _low(row.get("summary"))
    hardware, short = _low(config.get("hardware")), _low(summary.get("config"))
    name = cells.text(config.get("name")) or cells.text(short.get("name")) or cells.text(row.get("name"))
    vcpus = cells.whole(hardware.get("numCPU")) or cells.whole(short.get("numCpu"))
    ram = cells.positive(hardware.get("memoryMB")) or cells.positive(short.get("memorySizeMB"))
    if vcpus is None or ram is None:
        owned.inventory.remark("left_out", tr("A VM without vCPUs or memory."), name)
        return
    runtime = _low(row.get("runtime")) or _low(summary.get("runtime"))
    state = cells.text(runtime.get("powerState")).lower()
    if not state:
        owned.inventory.remark("guessed", tr("No power state is told: it runs."), name)
    known = cells.text(config.get("instanceUuid")) or cells.text(short.get("instanceUuid")) or _self(row)
    host = hosts.get(cells.text(_low(runtime.get("host")).get("value")), "")
    owned.vm(
        f"vm:{known or name}",
        name,
        host,
        ("", "vSphere"),
        known,
        vcpus=vcpus,
        ram_mib=ram,
        powered_on=state in ("", "poweredon"),
        template=bool(cells.flag(config.get("template")) or cells.flag(short.get("template"))),
        **_allocation(config),
    )


def _allocation(config: Row) -> dict[str, Any]:
    """Reservation, limit and level of shares of a VM's CPU, where they are set."""
    cpu = _low(config.get("cpuAllocation"))
    level = cells.text(_low(cpu.get("shares")).get("level")).lower()
    told = {
        "cpu_reservation_mhz": cells.positive(cpu.get("reservation")),
        "cpu_limit_mhz": cells.positive(cpu.get("limit")),
        "shares_level": level if level in ("low", "normal", "high") else None,
    }
    return {name: value for name, value in told.items() if value is not None}
