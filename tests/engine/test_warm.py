"""What is compiled, when and how often: each door once, only what a design needs, the large kernels beside the rest."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from numba.core.dispatcher import Dispatcher

from designer.engine import DayCurve, Host, Service, Simulation, Spec, Vm, compiled
from designer.engine.warm import CompileProcess, doors_ready, large, tiny, warm
from designer.engine.warm_all import RestProcess
from tests.engine.random_world import random_world
from tests.waiting import HUNG_S

DOORS = """
import json, sys
import numba
from designer.engine import *
from designer.engine.simulation import Simulation

for code in json.loads(sys.argv[1]):
    exec(code)
    doors = {
        name for module in list(sys.modules.values()) if module.__name__.startswith("designer.engine")
        for name, made in vars(module).items()
        if isinstance(made, numba.core.dispatcher.Dispatcher) and made.targetoptions.get("no_cpython_wrapper") is None
        and made.targetoptions.get("inline") is None and made.signatures
    }
    print(json.dumps(sorted(doors)))
"""


def doors(of_availability: bool = False) -> dict[str, Any]:
    """All kernels that a run calls from Python, or those that sample availability, by name."""
    modules = [m for name, m in sys.modules.items() if name.startswith("designer.engine")]
    modules = [m for m in modules if ("reliability" in m.__name__) is of_availability]
    found = [pair for module in modules for pair in vars(module).items()]
    return {
        name: made
        for name, made in found
        if isinstance(made, Dispatcher) and not {"no_cpython_wrapper", "inline"} & set(made.targetoptions)
    }


def used(*runs: str) -> list[set[str]]:
    """The doors that a program has gone through after each of its parts; a new process, because those of this one are
    open already."""
    command = [sys.executable, "-c", DOORS, json.dumps(runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [set(json.loads(line)) for line in done.stdout.splitlines()]


def test_that_each_door_is_compiled_for_one_kind_of_arguments() -> None:
    warm()
    one = Vm(2, 1, 1, 100.0, 1.0, service=3)  # a column of one row, or none, has another layout
    small = Spec(hosts=[Host(1, 0, 2, 100.0, 64.0)], vms=[one], services=[Service(3, DayCurve(1.0, 1.0, 1.0), 1.0)])
    for spec in (Spec(), small, replace(small, vms=[]), *(random_world(seed) for seed in range(12))):
        run = Simulation(spec)
        run.advance(run.spec.until_s)
        run.moment(run.spec.until_s / 2.0)
        run.branch(run.spec.until_s / 3.0)
        run.result()
    assert {name: door.signatures for name, door in doors().items() if len(door.signatures) > 1} == {}
    flows = {"find_islands", "find_moved", "follow_flows"}  # compiled where a design has flows
    flows |= {"_figures", "carry", "longer_at"}  # where response times are told
    flows |= {"settle_ticks", "add_held"}  # where a host takes memory back
    balancers = {"relieve", "empty", "best_move", "make_move"}  # compiled where a cluster has a balancer
    moves = {"carry_moves", "_look"}  # where a VM moves
    assert len(doors().keys() - flows - balancers - moves) <= 25


def test_that_the_large_kernels_are_compiled_as_a_run_needs_them() -> None:
    for _ in large():
        pass
    before = {name: list(doors()[name].signatures) for name in ("_rates", "_integrate")}
    run = Simulation(tiny())
    run.advance(run.spec.until_s)
    run.moment()
    assert {name: list(doors()[name].signatures) for name in before} == before


def test_that_a_design_compiles_only_what_it_needs() -> None:
    plain = "Spec(hosts=[Host(1, 0, 2, 100.0, 64.0)], vms=[Vm(2, 1, 1, 100.0, 1.0, Constant(0.5))], until_s=600.0)"
    frame, whole = used(f"run = Simulation({plain}); run.moment()", "run.advance(600.0); run.moment(); run.result()")
    assert frame.isdisjoint({"_integrate", "_spread", "_count_needs", "_first_missed", "day_rates"})
    assert whole - frame == {"_integrate", "settle", "_keep_rows"}
    assert "_rates" in frame


def test_that_an_installation_compiles_all_kernels() -> None:
    run = "from designer.engine.warm_all import rare, warm\nwarm()\nfor spec in rare(): simulate(spec)"
    assert used(run)[0] >= doors().keys()


def test_that_an_installation_compiles_the_kernels_of_availability() -> None:
    import_module("designer.engine.reliability.coupled")  # it is loaded when it is needed
    assert doors(of_availability=True).keys() == {"histories", "follow", "restarted"}
    assert used("from designer.engine.warm_all import sample; sample()")[0] >= doors(of_availability=True).keys()


def test_that_what_is_compiled_is_noted_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not compiled.is_whole()
    compiled.note_whole()  # the folder is not there: nothing can be kept, and nothing is noted
    assert not compiled.is_whole()
    compiled.folder().mkdir()
    compiled.note_whole()
    assert compiled.is_whole()


def test_that_a_second_process_compiles_only_where_nothing_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    with CompileProcess(True) as other:
        started = other._process
        assert started is not None
    assert started.returncode is not None
    compiled.folder().mkdir(exist_ok=True)
    compiled.note_whole()
    for wanted in (True, False):
        with CompileProcess(wanted) as other:
            assert other._process is None
            other.wait()


def test_that_the_rest_is_compiled_in_a_process_that_ends_with_whoever_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    with RestProcess() as rest:
        assert rest._process is None  # what runs need is compiled by another one
    compiled.folder().mkdir(exist_ok=True)
    compiled.note_whole()
    with RestProcess() as rest:
        process = rest._process
        assert process is not None and process.stdin is not None
        process.stdin.close()  # as when the one that started it dies
        assert process.wait(HUNG_S) == 0
    (compiled.folder() / "all").touch()
    with RestProcess() as rest:
        assert rest._process is None


def test_that_a_second_process_that_dies_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    with CompileProcess(True) as other:
        assert other._process is not None
        other._process.kill()
        other.wait()
        other.wait()


READY = """
from designer.engine.warm import doors_ready, warm_in_steps
told = [doors_ready()]
for _ in warm_in_steps(alone=True):
    told.append(doors_ready())
print(told)
"""


def test_that_how_many_doors_are_ready_grows_from_none() -> None:
    done = subprocess.run([sys.executable, "-c", READY], stdout=subprocess.PIPE, text=True, check=True)
    told = [ready for ready, _ in ast.literal_eval(done.stdout)]
    assert told[0] == 0 < told[1] < told[2]
    assert {count for _, count in ast.literal_eval(done.stdout)} == {len(doors())}
    assert doors_ready()[1] == len(doors())
