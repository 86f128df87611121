"""The two pictures that everyone draws: a VPC across zones, and a cluster of ESXi hosts; built through commands."""

from __future__ import annotations

from designer.commands import edit
from designer.model.project import Project


def aws_vpc(project: Project, zones: int = 3) -> dict[str, int]:
    """A region with a VPC: a public and a private subnet in each zone, gateway, load balancer, web and data VMs."""
    ids: dict[str, int] = {}
    ids["shoppers"] = edit.place(project, "user_population", at=(24.0, 24.0), name="shoppers")
    ids["shop"] = edit.place(project, "service", at=(424.0, 24.0), name="shop")
    ids["region"] = edit.place(project, "region", at=(24.0, 124.0), name="eu-central-1")
    region = ids["region"]
    ids["igw"] = edit.place(project, "internet_gateway", region, at=(16.0, 50.0), name="igw")
    ids["vpc"] = edit.place(project, "vpc", region, at=(220.0, 50.0), name="shop-vpc")
    ids["lb"] = edit.place(project, "load_balancer", region, at=(424.0, 50.0), name="shop-lb")
    for n in range(zones):
        letter = "abc"[n]
        zone = edit.place(project, "zone", region, at=(16.0 + n * 262, 124.0), name=f"eu-central-1{letter}")
        ids[f"zone-{letter}"] = zone
        for m, (name, public, count) in enumerate((("public", True, 2), ("app", False, 8))):
            subnet = edit.place(
                project, "subnet", zone, at=(12.0, 56.0 + m * 76), name=f"{name}-{letter}",
                cidr=f"10.0.{n + 10 * m}.0/24", public=public,
            )  # fmt: skip
            ids[f"{name}-{letter}"] = subnet
            edit.connect(project, "in_vpc", subnet, ids["vpc"])
            for _ in range(count):
                vm = edit.place(project, "vm", subnet)
                if not public:
                    edit.connect(project, "member", vm, ids["shop"])
            if public:
                ids[f"nat-{letter}"] = edit.place(project, "nat_gateway", subnet, name=f"nat-{letter}")
            else:
                edit.connect(project, "routes_through", subnet, ids[f"nat-{letter}"])
        edit.connect(project, "nodes_in", ids["lb"], ids[f"public-{letter}"])
    edit.connect(project, "opens", ids["igw"], ids["vpc"])
    edit.connect(project, "balances", ids["lb"], ids["shop"])
    edit.connect(project, "uses", ids["shoppers"], ids["shop"])
    return ids


def vsphere_cluster(project: Project, hosts: int = 4) -> dict[str, int]:
    """A data center with a cluster of ESXi hosts in two racks: power A and B, two switches, two datastores."""
    ids: dict[str, int] = {}
    ids["center"] = center = edit.place(project, "data_center", at=(24.0, 24.0), name="dc-frankfurt")
    ids["cluster"] = edit.place(project, "cluster", center, at=(8.0, 40.0), name="prod")
    for n, name in enumerate(("switch-1", "switch-2")):
        ids[name] = edit.place(project, "switch", center, at=(180.0 + n * 160, 40.0), name=name)
    for n in range(2):
        rack = edit.place(project, "rack", center, at=(40.0 + n * 220, 110.0), name=f"rack-{n + 1}")
        ids[f"rack-{n + 1}"] = rack
        for _ in range(hosts // 2):
            name = f"esxi-{len([k for k in ids if k.startswith('esxi')]) + 1}"
            ids[name] = host = edit.place(project, "host", rack, name=name)
            edit.connect(project, "in_cluster", host, ids["cluster"])
            for _ in range(10):
                edit.place(project, "vm", host)
        for switch in ("switch-1", "switch-2"):
            edit.connect(project, "connects", ids[switch], rack)
    for n, name in enumerate(("feed-a", "feed-b")):
        ids[name] = edit.place(project, "power_feed", center, at=(40.0 + n * 220, 290.0), name=name)
        for rack in ("rack-1", "rack-2"):
            edit.connect(project, "feeds", ids[name], ids[rack])
    ids["array"] = edit.place(project, "storage_array", center, at=(760.0, 130.0), name="san-1")
    for n in range(2):
        name = f"datastore-{n + 1}"
        ids[name] = edit.place(project, "datastore", center, at=(520.0, 110.0 + n * 100), name=name)
        edit.connect(project, "offers", ids["array"], ids[name])
        for host in range(1, hosts + 1):
            edit.connect(project, "sees", ids[f"esxi-{host}"], ids[name])
    return ids
