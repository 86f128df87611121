"""How many requests a service must carry at its peak, and how many a member carries."""

from __future__ import annotations

from collections.abc import Iterator

from designer.engine.spec import Constant, DayCurve, Demand, Host, Recorded, Service, Spec, Vm
from designer.engine.spec.capacity import cpu_mhz, vcpu_mhz


def peak_rps(spec: Spec, service: Service) -> float:
    """The most requests a second that a service is asked for: its own, of its users, and of those whom DNS leads to it.

    Noise is left out. Users of a name count for each of its targets under failover, and by weight else.
    """
    return sum(_peak(spec, demand) * part for demand, part in _demands(spec, service))


def _demands(spec: Spec, service: Service) -> Iterator[tuple[Demand, float]]:
    yield service.demand, 1.0
    for users in service.users:
        yield users.demand, 1.0
    for name in spec.dns_names:
        total = sum(answer.weight for answer in name.answers) or 1.0
        for answer in name.answers:
            if answer.service == service.id:
                part = 1.0 if name.routing == "failover" else answer.weight / total
                yield from ((users.demand, part) for users in name.users)


def _peak(spec: Spec, demand: Demand) -> float:
    if isinstance(demand, Constant):
        return demand.value
    if isinstance(demand, DayCurve):
        return demand.mean + demand.swing
    assert isinstance(demand, Recorded)
    trace = next((one for one in spec.traces if one.id == demand.trace), None)
    if trace is None or not len(trace.values):
        return 0.0
    row = trace.values[demand.row % len(trace.values)]
    top = float(row.max()) if row.size else 0.0
    return demand.scale * (top / 100.0 if row.dtype.kind == "u" else top)


def capacity_rps(host: Host | None, vm: Vm, mhz: float, service: Service) -> float:
    """Requests a second that a member carries alone on its host; on the provider's capacity by its share of a core."""
    each = mhz * vm.thread_frac
    if host is not None:
        each = min(mhz, vm.vcpus * vcpu_mhz(host), cpu_mhz(host))
    return min(each, vm.limit_mhz) / service.work_mhz_s
