"""Compile (or load) every kernel by a tiny run, so that the first real one need not wait.

`python -m designer.engine.warm` does it once for the user: after an installation, and as the last step of the
environment that `make` works in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from designer.engine.simulation import Simulation
from designer.engine.spec import (
    Application,
    Constant,
    DayCurve,
    Domain,
    Group,
    Host,
    Recorded,
    Service,
    Spec,
    TimedEvent,
    Trace,
    Vm,
)


def tiny() -> Spec:
    """Two zones, two hosts, every kind of demand, a failure."""
    template = Vm(20, 3, 1, 100.0, 1.0, service=30, recovery="replace")
    return Spec(
        domains=(Domain(1, 0, "region"), Domain(2, 1, "zone"), Domain(3, 1, "zone"), Domain(6, 1, "volume")),
        hosts=tuple(Host(4 + n, 2, 2, 100.0, 64.0, power_w=(1.0, 2.0), overcommit=9.0) for n in range(2)),
        vms=(
            Vm(10, 4, 2, 100.0, 1.0, Constant(1.0), recovery="same_zone", apps=(Application(15, 1, 100.0),)),
            Vm(11, 4, 2, 100.0, 1.0, Recorded(40, 0), recovery="cluster", needs=((6,),)),
            Vm(12, 4, 1, 100.0, 1.0, DayCurve(0.5, 0.1, 12.0, 0.1)),
            Vm(13, 5, 1, 100.0, 1.0, Recorded(41, 0)),
            Vm(14, 3, 1, 100.0, 1.0, service=30, group=31, recovery="replace"),
        ),
        services=(Service(30, DayCurve(10.0, 1.0, 12.0, 1.0), 5.0),),
        groups=(Group(31, 1, 2, 3, (2, 3), template),),
        traces=(
            Trace(40, 300.0, np.array([[50, 100]], np.uint8)),
            Trace(41, 300.0, np.array([[0.5, 1.0]])),
        ),
        events=(TimedEvent(450.0, "fail", 4), TimedEvent(600.0, "recover", 4), TimedEvent(800.0, "fail", 6)),
        until_s=1200.0,
    )


def warm_in_steps() -> Iterator[None]:
    """Do it in steps, of which each leaves less to compile: what the first frame of a run needs comes first."""
    run = Simulation(tiny())
    run.moment(0.0)
    yield
    run.advance(run.spec.until_s)
    yield


def warm() -> None:
    """Do it all."""
    for _ in warm_in_steps():
        pass


if __name__ == "__main__":
    warm()
