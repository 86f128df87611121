"""Compile every kernel there is: `python -m designer.engine.warm_all`, the last step of an installation.

`warm` compiles what most runs need, and the window waits for no more. Here the rest follows: what only designs with
disks, memory that is taken back, response times, retries or balancers need, and the histories of `reliability`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import TracebackType

from designer.engine import compiled
from designer.engine.reliability import Ask, AtLeast, Component, Crew, Exponential, Fixed, System, Unit, solve
from designer.engine.reliability.cluster import PlacedVm, Restarts, VmHost
from designer.engine.reliability.restarting import Restarted
from designer.engine.simulation import simulate
from designer.engine.spec import (
    Balancer,
    Balancing,
    Checks,
    Cluster,
    Constant,
    DayCurve,
    Domain,
    Flow,
    Host,
    Limit,
    Migration,
    Queueing,
    Service,
    Spec,
    TimedEvent,
    Vm,
)
from designer.engine.warm import warm

ZONE, DISK, CLUSTER, SHOP = 1, 2, 3, 4
BESIDE = "beside"
"""The argument that makes the program compile as long as its input is open, and only where nothing else computes."""


def rare() -> Iterator[Spec]:
    """Yield runs that together go through all kernels that a usual run leaves out."""
    zone, disk = Domain(ZONE, 0, "zone"), Domain(DISK, ZONE, "volume")
    busy = [Vm(20 + n, 10, 1, 1000.0, 8192.0, DayCurve(0.5, 0.2, 12.0, 0.1), active=Constant(0.9)) for n in range(3)]
    yield Spec(
        domains=[zone, disk],
        hosts=[Host(10, ZONE, 4, 1000.0, 16_384.0, memory="esxi")],
        vms=busy,
        limits=[Limit(DISK, "iops", 100.0)],
        flows=[Flow(20, 500.0, DISK, 16.0, (DISK,)), Flow(21, 500.0, DISK, 16.0, (DISK,))],
        until_s=600.0,
    )
    for again in (0, 3):
        queueing = Queueing(float("inf"), 0.5, again, jitter=False)
        yield Spec(
            domains=[zone],
            vms=[Vm(20, ZONE, 1, 1000.0, 1024.0, service=SHOP)],
            services=[Service(SHOP, Constant(700.0), 1.0, queueing=queueing)],
            events=[TimedEvent(60.0, "fail", ZONE), TimedEvent(90.0, "recover", ZONE)],
            until_s=600.0,
        )
    yield Spec(
        domains=[zone, Domain(DISK, 0, "zone")],
        vms=[Vm(20 + n, place, 1, 1000.0, 1024.0, service=SHOP) for n, place in enumerate((ZONE, ZONE, DISK))],
        services=[
            Service(
                *(SHOP, Constant(900.0), 1.0),
                queueing=Queueing(variation=2.0),
                checks=Checks(),
                balancer=Balancer(CLUSTER, cross_zones=False),
            )
        ],
        until_s=600.0,
    )
    for balancer in ("drs", "threshold"):
        yield Spec(
            domains=[zone],
            clusters=[Cluster(CLUSTER, balancing=Balancing(balancer, 300.0, 0.2, choice="rs"))],
            hosts=[
                Host(10 + n, ZONE, 8, 2000.0, 65_536.0, cluster=CLUSTER, migration=Migration("kvm", 8000.0))
                for n in range(2)
            ],
            vms=[Vm(20 + n, 10, 4, 2000.0, 1024.0, Constant(0.5)) for n in range(4)],
            events=[TimedEvent(1800.0, "drain", 11)],
            until_s=3600.0,
        )


def sample() -> None:
    """Draw histories: plain, with crews, and of VMs that are restarted elsewhere."""
    alone = tuple(Component(n, Exponential(90.0), Fixed(4.0)) for n in range(3))
    mended = tuple(Component(n, Exponential(90.0), Fixed(4.0), "crew") for n in range(3))
    needs = {"s": AtLeast(2, tuple(Unit(n) for n in range(3)))}
    for parts, crews in ((alone, ()), (mended, (Crew("crew", 1),))):
        solve(System(parts, needs, crews=crews), Ask("s"), rel_error=0.5, method="monte carlo")
    hosts = tuple(VmHost(part.id, Unit(part.id), 2) for part in alone)
    vms = tuple(PlacedVm(part.id, part.id, "s") for part in alone)
    Restarted(Restarts(alone, hosts, vms, {"s": 2}), 1000.0, 1).draw(0, 1)


def warm_all() -> None:
    """Compile all."""
    warm()
    for spec in rare():
        simulate(spec)
    sample()
    with contextlib.suppress(OSError):
        _noted().touch()


def _noted() -> Path:
    """A file beside the kernels that says that all of them are there."""
    return compiled.folder() / "all"


class RestProcess:
    """A process that compiles all kernels where some were never needed; it is ended when it is left, and when the one
    that started it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if _noted().exists() or not compiled.is_whole() or getattr(sys, "frozen", False):
            return
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-m", "designer.engine.warm_all", BESIDE]
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                command, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    def __enter__(self) -> RestProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:] == [BESIDE]:
        Thread(target=_end_with_input, daemon=True).start()
        if hasattr(os, "nice"):
            os.nice(19)
    warm_all()
