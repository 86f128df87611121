"""The shared cases of availability as systems: what stands in a case says components, laws, structure and policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from designer.engine.reliability import (
    AtLeast,
    Component,
    Exponential,
    Fleet,
    Node,
    Running,
    System,
    Unit,
    law_of,
    parallel,
    paths,
    series,
)
from designer.engine.reliability.cluster import PlacedVm, Restarts, VmHost

FOLDER = Path(__file__).parents[4] / "shared" / "cases" / "availability"


def case(name: str) -> dict[str, Any]:
    """A case as it stands in its file."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.open.json").read_text("utf-8"))
    return read


def answer(name: str, which: str) -> float:
    """A number of a case's answers."""
    return float(str(case(name)["answers"][which]).split()[0])


def component(name: str, pair: Any) -> Component:
    """Of mean up and down times."""
    return Component(name, Exponential(float(pair[0])), Exponential(float(pair[1])))


def alike(count: int, k: int, pair: Any) -> System:
    """k of n."""
    parts = tuple(component(f"c{n}", pair) for n in range(count))
    return System(parts, {"s": AtLeast(k, tuple(Unit(c.id) for c in parts))})


def placed(zones: int, each: int, zone: Any, inner: Any, k: int) -> System:
    """Zones with the same number of parts in each, of which k must be up."""
    parts = [component(f"z{z}", zone) for z in range(zones)]
    parts += [component(f"v{z}.{n}", inner) for z in range(zones) for n in range(each)]
    needs = tuple(series(Unit(f"z{z}"), Unit(f"v{z}.{n}")) for z in range(zones) for n in range(each))
    return System(tuple(parts), {"s": AtLeast(k, needs)})


def fleet(**fields: Any) -> System:
    """A fleet, of which `k` must run."""
    k = fields.pop("k")
    return System(services={"s": Running("f", k)}, fleets=(Fleet("f", **fields),))


def hosts_of(zones: int, racks: int, hosts: int, params: dict[str, Any]) -> tuple[list[Component], list[list[Node]]]:
    """A tree of zones, racks and hosts; of each zone, what its hosts need."""
    parts = [component(f"z{z}", params["az"]) for z in range(zones)]
    parts += [component(f"r{z}.{r}", params["rack"]) for z in range(zones) for r in range(racks)]
    parts += [
        component(f"h{z}.{r}.{h}", params["host"]) for z in range(zones) for r in range(racks) for h in range(hosts)
    ]
    needs = [
        [series(Unit(f"z{z}"), Unit(f"r{z}.{r}"), Unit(f"h{z}.{r}.{h}")) for r in range(racks) for h in range(hosts)]
        for z in range(zones)
    ]
    return parts, needs


def tree(params: dict[str, Any], k: int, laws: Any = None) -> System:
    """Three zones of four racks of ten hosts; service j has a VM on host j of every rack."""
    parts, needs = hosts_of(3, 4, 10, params)
    services: dict[str, Node] = {
        f"s{j}": AtLeast(k, tuple(needs[z][r * 10 + j] for z in range(3) for r in range(4))) for j in range(10)
    }
    services["all"] = series(*services.values())
    return System(tuple(parts if laws is None else map(laws, parts)), services)


def powered(params: dict[str, Any], feeds: tuple[str, ...]) -> System:
    """Racks behind feeds behind a UPS; and the service `power` of the feeds alone."""
    parts = [component("ups", params["ups"]), *(component(one, params["feed"]) for one in feeds)]
    parts += [component(f"r{n}", params["rack"]) for n in range(params["n"])]
    power = series(Unit("ups"), parallel(*(Unit(one) for one in feeds)))
    racks = tuple(series(power, Unit(f"r{n}")) for n in range(params["n"]))
    return System(tuple(parts), {"s": AtLeast(params["k"], racks), "power": power})


def bridge(name: str) -> System:
    """Minimal paths over named components."""
    read = case(name)
    sets = [tuple(path) for path in read["structure"]["minimal_paths"]]
    return System(tuple(component(n, pair) for n, pair in read["params"].items()), {"s": paths(*sets)})


def restarting() -> Restarts:
    """720 VMs of 60 services, restarted within their zone."""
    params = case("R2")["params"]
    parts, needs = hosts_of(3, 4, 10, params)
    hosts = [VmHost(f"host {z} {n}", node, 8, z) for z in range(3) for n, node in enumerate(needs[z])]
    vms = [
        PlacedVm(f"{s} {z} {n}", f"host {z} {(4 * s + n) % 40}", f"s{s}")
        for s in range(60)
        for z in range(3)
        for n in range(4)
    ]
    restart = law_of({"law": "deterministic", "value_h": params["restart_h"]})
    return Restarts(tuple(parts), tuple(hosts), tuple(vms), {f"s{s}": 8 for s in range(60)}, restart)


def laid_out(name: str) -> Restarts:
    """A layout of zones, racks, hosts and named VMs; restarted where the case says."""
    read = case(name)
    layout = read["structure"]["layout"]
    pairs = {"az": (1.0, 1.0), "rack": (1.0, 1.0), "host": (1.0, 1.0)}
    parts, needs = hosts_of(layout["az"], layout["racks_per_az"], layout["hosts_per_rack"], pairs)
    scoped = read["params"]["restart_scope"] == "same AZ"
    hosts = [
        VmHost(f"{z} {n}", node, layout["slots_per_host"], z if scoped else "")
        for z in range(layout["az"])
        for n, node in enumerate(needs[z])
    ]
    vms = [
        PlacedVm(vm, f"{z} {r * layout['hosts_per_rack'] + h}", vm.rstrip("0123456789"))
        for vm, (z, r, h) in layout["placement"].items()
    ]
    return Restarts(tuple(parts), tuple(hosts), tuple(vms), {n: s["k"] for n, s in layout["services"].items()})


def corded(name: str) -> Restarts:
    """Racks on feed A, B or both, VMs round robin over them, a service of the first."""
    params = case(name)["params"]
    feeds = [Component(f, Exponential(1.0), Exponential(1.0)) for f in "AB"]
    racks = [
        VmHost(r, parallel(*(Unit(f) for f in cords)), params["vms_per_rack"]) for r, cords in params["racks"].items()
    ]
    count = len(racks) * params["vms_per_rack"]
    vms = [PlacedVm(n, racks[n % len(racks)].id, "s" if n < params["service_vms"] else "") for n in range(count)]
    return Restarts(tuple(feeds), tuple(racks), tuple(vms), {"s": params["k"]})
