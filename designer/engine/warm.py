"""Compile (or load) the kernels of most runs, so that the first real run need not wait; `warm_all` compiles the rest.

The window does it from its first paint. Where nothing is compiled yet, a second process compiles the two large kernels
while this one compiles the small ones, each in the order in which a run needs them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import TracebackType

import numpy as np
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher

from designer.engine import compiled
from designer.engine.clock.agenda import BOOTED, Agenda
from designer.engine.clock.progress import Progress
from designer.engine.clock.working import Working
from designer.engine.result.arrays import create
from designer.engine.result.recorder import shapes
from designer.engine.rules.placement import HOME, Placement
from designer.engine.share.kernels import no_rates
from designer.engine.simulation import Simulation
from designer.engine.spec import (
    Application,
    Constant,
    Credits,
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
from designer.engine.state.state import State
from designer.engine.tables.tabulate import tabulate

LARGE = "large"
"""The argument that makes the program compile only the large kernels, with a line for each."""


def tiny() -> Spec:
    """Two zones, two hosts, every kind of demand, a failure."""
    template = Vm(20, 3, 1, 100.0, 1.0, service=30, recovery="replace")
    return Spec(
        domains=(
            Domain(1, 0, "region"),
            Domain(2, 1, "zone"),
            Domain(3, 1, "zone"),
            Domain(6, 1, "volume"),
            Domain(7, 2, "switch"),
        ),
        hosts=tuple(
            Host(4 + n, 2, 2, 100.0, 64.0, power_w=(1.0, 2.0), overcommit=9.0, network=((7,),)) for n in range(2)
        ),
        vms=(
            Vm(10, 4, 2, 100.0, 1.0, Constant(1.0), recovery="same_zone", apps=(Application(15, 1, 100.0),)),
            Vm(11, 4, 2, 100.0, 1.0, Recorded(40, 0), recovery="cluster", needs=((6,),)),
            Vm(12, 4, 1, 100.0, 1.0, DayCurve(0.5, 0.1, 12.0, 0.1)),
            Vm(13, 5, 1, 100.0, 1.0, Recorded(41, 0)),
            Vm(14, 3, 1, 100.0, 1.0, service=30, group=31, recovery="replace", credits=Credits(6.0, 144.0)),
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


def large() -> Iterator[None]:
    """Compile the two large kernels, which take three fifths of the time: rates of a moment, then integrals."""
    progress = _progress(State(tabulate(replace(tiny(), services=(Service(30, Constant(10.0), 5.0),)))))
    tables = progress.tables
    progress.peek(progress.units, 0, progress.now, no_rates(len(tables.vms), progress.units.size))
    yield
    progress.integrate(progress.units, 1.0)
    yield


def _progress(state: State) -> Progress:
    return Progress(state, create(shapes(state.tables), None))


def _small_of_a_frame() -> State:
    """Compile the other kernels that a run needs up to its first frame."""
    state = State(tabulate(tiny()))
    rows, host = np.array([0]), np.array([0])
    Placement(state.tables, state).place(rows, state.origin, np.full(1, HOME))
    Agenda().plan(0.0, BOOTED, rows, rows)
    state.stand(rows, host)
    progress = _progress(state)
    progress.running.move(rows, host)
    Working(state).weights()
    progress.served(0, rows[:0])
    return state


def _small_of_events(state: State) -> None:
    """Compile the other kernels that a run needs from its first event on."""
    agenda, host, every = Agenda(), np.array([0]), np.arange(state.status.size)
    agenda.plan(0.0, BOOTED, 1, 1)
    agenda.take()
    state.standing_on(host)
    state.fall(np.arange(state.up.size), failed=True)
    state.missed(every[state.missing > 0])


class CompileProcess:
    """A process that compiles the large kernels where nothing is compiled yet; `wait` for the next one.

    Without it (it could not start, or died) nothing is waited for, and the kernels are compiled here.
    """

    def __init__(self, wanted: bool) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if not wanted or compiled.is_whole() or getattr(sys, "frozen", False):
            return
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-m", "designer.engine.warm", LARGE]
        try:
            self._process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError:
            return

    def wait(self) -> None:
        """Wait for the next large kernel; return at once without a process."""
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.readline()

    def __enter__(self) -> CompileProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def warm_in_steps(alone: bool = False) -> Iterator[None]:
    """Compile in two steps; the first one provides everything for the first frame of a run. `alone`: in this process
    only."""
    with CompileProcess(not alone) as other:
        state = _small_of_a_frame()
        other.wait()
        run = Simulation(tiny())
        run.moment(0.0)
        yield
        _small_of_events(state)
        other.wait()
        run.advance(run.spec.until_s)
        run.record()
        compiled.note_whole()
        yield


def doors_ready() -> tuple[int, int]:
    """How many of the doors are compiled or loaded in this process, and how many there are."""
    doors = _doors()
    return sum(bool(door.overloads) for door in doors), len(doors)


@cache
def _doors() -> tuple[Dispatcher, ...]:
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("designer.engine.") and ".reliability." not in name  # a run never needs those
    ]
    found = {id(value): value for module in modules for value in vars(module).values() if isinstance(value, Dispatcher)}
    return tuple(one for one in found.values() if not isinstance(getattr(one, "_cache", None), NullCache))


def warm() -> None:
    """Compile what most runs need."""
    for _ in warm_in_steps():
        pass


if __name__ == "__main__" and sys.argv[1:] == [LARGE]:
    for _ in large():
        print(flush=True)
