"""What happens: a spec goes in, a result comes out; knows no Qt, no project, no file.

Hosts, VMs and a trace become a run in ten lines:

>>> import numpy as np
>>> from designer.engine import Host, Recorded, Spec, Trace, Vm, simulate
>>> trace = Trace(id=1, step_s=300.0, values=np.array([[50, 90], [20, 60]], np.uint8))
>>> hosts = [Host(id=10, parent=0, cores=2, mhz=1000.0, ram_mib=4096.0, power_w=(175.0, 250.0))]
>>> vms = [Vm(id=20 + n, place=10, vcpus=2, mhz=1000.0, ram_mib=1024.0, demand=Recorded(1, row=n)) for n in (0, 1)]
>>> result = simulate(Spec(hosts=hosts, vms=vms, traces=[trace], until_s=600.0))
>>> [float(round(used, 6)) for used in result.used[:, 0]]
[0.7, 1.0]
>>> round(result.total_energy_wh, 3)
39.792
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from designer.engine.result.log import COUNTS, HAPPENED, LogEntry
from designer.engine.spec import (
    SPEC_VERSION,
    Affinity,
    Answer,
    Application,
    Balancer,
    Balancing,
    Checks,
    Cluster,
    Constant,
    Credits,
    DayCurve,
    Demand,
    DnsName,
    Domain,
    Flow,
    Group,
    Host,
    Latency,
    Limit,
    Migration,
    PlacementGroup,
    Pool,
    Queueing,
    Reach,
    Recorded,
    Replicated,
    Route,
    Scaling,
    Service,
    Spec,
    Start,
    Stock,
    TimedEvent,
    Trace,
    Users,
    Vm,
)

if TYPE_CHECKING:
    from designer.engine.result.moment import Moment
    from designer.engine.result.result import RESULT_VERSION, Result
    from designer.engine.simulation import Simulation, simulate

_HEAVY = {
    "RESULT_VERSION": "result.result",
    "Result": "result.result",
    "Moment": "result.moment",
    "Simulation": "simulation",
    "simulate": "simulation",
}
"""Names whose modules load the compiler: imported on first use, so a spec can be made without it."""


def __getattr__(name: str) -> Any:
    if name not in _HEAVY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)


__all__ = [
    "COUNTS",
    "HAPPENED",
    "RESULT_VERSION",
    "SPEC_VERSION",
    "Affinity",
    "Answer",
    "Application",
    "Balancer",
    "Balancing",
    "Checks",
    "Cluster",
    "Constant",
    "Credits",
    "DayCurve",
    "Demand",
    "DnsName",
    "Domain",
    "Flow",
    "Group",
    "Host",
    "Latency",
    "Limit",
    "LogEntry",
    "Migration",
    "Moment",
    "PlacementGroup",
    "Pool",
    "Queueing",
    "Reach",
    "Recorded",
    "Replicated",
    "Result",
    "Route",
    "Scaling",
    "Service",
    "Simulation",
    "Spec",
    "Start",
    "Stock",
    "TimedEvent",
    "Trace",
    "Users",
    "Vm",
    "simulate",
]
