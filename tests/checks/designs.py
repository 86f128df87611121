"""Designs that checks look at: a large one, made at once."""

from __future__ import annotations

from designer.catalog import KINDS, LINKS
from designer.model.element import ROOT_ID, Element, Link, make, new_id
from designer.model.project import Project


def large(hosts: int = 1_000, vms: int = 20_000) -> Project:
    """A region of three zones with racks of hosts, VMs on them and in subnets, services and groups: about 22,000."""
    rows: list[Element | Link] = []

    def add(kind: str, parent: int, **fields: object) -> int:
        row = make(KINDS[kind].table, {"id": new_id(), "parent": parent, "name": f"{kind}-{len(rows)}", **fields})
        rows.append(row)
        return row.id

    region = add("region", ROOT_ID, code="ap-south-1", provider="aws")
    zones = [add("zone", region, zone_id=f"aps1-az{n}") for n in (1, 2, 3)]
    cluster = add("cluster", region)
    racks = [add("rack", zones[n % 3]) for n in range(max(hosts // 20, 3))]
    machines = [add("host", racks[n % len(racks)], ram_mib=524_288.0) for n in range(hosts)]
    nets = [add("subnet", zones[n % 3], cidr=f"10.{n}.0.0/22") for n in range(6)]
    services = [add("service", ROOT_ID) for _ in range(20)]
    links = [("in_cluster", machine, cluster) for machine in machines]
    for n in range(vms):
        own = {"instance_type": "m5.large", "ram_mib": 8192.0} if n % 5 == 0 else {"ram_mib": 8192.0}
        vm = add("vm", nets[n // 5 % 6] if n % 5 == 0 else machines[n % len(machines)], recovery="cluster", **own)
        links.append(("member", vm, services[n % len(services)]))
    rows += [make(Link, {"id": new_id(), "kind": kind, "source": a, "target": b}) for kind, a, b in links]
    return Project(KINDS, LINKS, rows)
