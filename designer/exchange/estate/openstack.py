"""OpenStack: answers of Nova (`hypervisors/detail`, `servers/detail`, `flavors/detail`, availability zones), or of
`openstack ... list -f json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.words import tr

ANSWERS = ("hypervisors", "servers", "flavors", "availabilityZoneInfo")


def knows(value: Any) -> bool:
    """Whether a file holds an answer of Nova."""
    return isinstance(value, dict) and any(isinstance(value.get(name), list) for name in ANSWERS)


def read(files: Sequence[tuple[Path, Any]]) -> Inventory:
    """The estate in answers that belong together."""
    owned = Owned(Inventory("OpenStack", ", ".join(path.name for path, _ in files)), "KVM")
    rows = {name: [row for _, value in files for row in cells.mappings(value.get(name))] for name in ANSWERS}
    zones = _zones(owned, rows["availabilityZoneInfo"])
    flavors = {cells.text(row.get("id")): row for row in rows["flavors"]}
    for row in rows["hypervisors"]:
        _host(owned, row, zones)
    for row in rows["servers"]:
        _server(owned, row, flavors)
    inventory = owned.finish()
    if not inventory.parts:
        inventory.remark("warning", tr("The answer lists neither hosts nor servers."))
    return inventory


def _zones(owned: Owned, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The zone of each host of `nova-compute`."""
    found: dict[str, str] = {}
    for row in rows:
        name, hosts = cells.text(row.get("zoneName")), cells.mapping(row.get("hosts"))
        running = [host for host, services in hosts.items() if "nova-compute" in cells.mapping(services)]
        found.update(dict.fromkeys(running, name))
        for host in (host for host in hosts if host not in running):
            owned.inventory.remark("left_out", tr("A host that runs no VMs."), host)
    return found


def _host(owned: Owned, row: Mapping[str, Any], zones: Mapping[str, str]) -> None:
    name = cells.text(row.get("hypervisor_hostname")) or cells.text(row.get("id"))
    info = cells.mapping(row.get("cpu_info"))
    topology = cells.mapping(info.get("topology"))
    sockets, cores, threads = (cells.whole(topology.get(one)) for one in ("sockets", "cores", "threads"))
    vcpus = cells.whole(row.get("vcpus"))
    all_cores = (sockets or 1) * cores if cores is not None else vcpus
    if cores is not None and vcpus is not None and (sockets or 1) * cores * (threads or 1) != vcpus:
        owned.inventory.remark("warning", tr("The topology and the number of vCPUs differ; the topology counts."), name)
    service = cells.text(cells.mapping(row.get("service")).get("host"))
    zone = zones.get(service) or zones.get(name) or "nova"
    owned.host(
        name, zone, "", all_cores, cells.positive(row.get("memory_mb")), threads_per_core=threads, numa_nodes=sockets,
        storage_gib=cells.positive(row.get("local_gb")),
    )  # fmt: skip
    if cells.text(row.get("state")) == "down" or cells.text(row.get("status")) == "disabled":
        owned.inventory.remark("warning", tr("Down or disabled when it was exported; here it runs."), name)
    for server in cells.mappings(row.get("servers")):
        owned.inventory.remark(
            "left_out",
            tr("The host's answer names the server but not its size; add the answer of servers/detail."),
            cells.text(server.get("name")),
        )


def _server(owned: Owned, row: Mapping[str, Any], flavors: Mapping[str, Mapping[str, Any]]) -> None:
    name, flavor = cells.text(row.get("name")), cells.mapping(row.get("flavor"))
    size = {**flavors.get(cells.text(flavor.get("id")), {}), **flavor}
    vcpus, ram = cells.whole(size.get("vcpus")), cells.positive(size.get("ram"))
    if vcpus is None or ram is None:
        owned.inventory.remark("left_out", tr("A server whose flavor is not told; add flavors/detail."), name)
        return
    known = cells.text(row.get("id"))
    host = row.get("OS-EXT-SRV-ATTR:hypervisor_hostname") or row.get("OS-EXT-SRV-ATTR:host")
    zone = cells.text(row.get("OS-EXT-AZ:availability_zone")) or "nova"
    owned.vm(
        f"vm:{known}", name, cells.text(host), ("", zone), known, vcpus=vcpus, ram_mib=ram,
        powered_on=cells.text(row.get("status")).upper() in ("ACTIVE", ""),
    )  # fmt: skip
