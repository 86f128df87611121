"""Work that a VM cannot do because it waits: after what its own limit denies, before overhead and steal; by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.engine import Application, Constant, Host, Result, Simulation, Spec, Vm

HOST, VM, OTHER = 10, 20, 21
NEVER_REACHED = 3999.0
"""A limit just below what a VM asks for: only then it may have less than it asks for."""


def run_at(paces: list[float], *vms: Vm, **host: Any) -> tuple[Result, Simulation]:
    """A run of ten minutes on four cores at 1000 MHz, in which each VM does a part of its work all the time."""
    run = Simulation(Spec(hosts=[Host(HOST, 0, 4, 1000.0, 65_536.0, **host)], vms=vms, until_s=600.0, sample_s=60.0))
    run._state.work_at(np.arange(len(paces)), np.array(paces))
    run._settle(0.0, run.log.count)
    run.advance(600.0)
    return run.result(), run


def vm(vm_id: int, load: float = 1.0, limit_mhz: float = NEVER_REACHED, **more: Any) -> Vm:
    return Vm(vm_id, HOST, 4, 1000.0, 1024.0, Constant(load), limit_mhz=limit_mhz, **more)


def names(result: Result) -> list[list[float]]:
    """Got, throttled, waiting, overhead and steal of each VM and application, as parts of its vCPUs x MHz."""
    found = [result.vms.mean, result.vms.throttled, result.vms.waiting, result.vms.overhead, result.vms.steal]
    return np.round(np.stack(found, axis=1), 12).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("limit_mhz", "pace", "told"),
    [
        (2000.0, 1.0, [0.5, 0.5, 0.0, 0.0, 0.0]),
        (2000.0, 0.75, [0.5, 0.5, 0.0, 0.0, 0.0]),  # it would have the limit at three quarters of its work, too
        (2000.0, 0.25, [0.25, 0.5, 0.25, 0.0, 0.0]),
        (NEVER_REACHED, 0.0, [0.0, 0.00025, 0.99975, 0.0, 0.0]),
    ],
)
def test_that_a_vm_waits_for_what_its_limit_does_not_deny(limit_mhz: float, pace: float, told: list[float]) -> None:
    result, run = run_at([pace], vm(VM, limit_mhz=limit_mhz))
    assert names(result) == [told]
    moment = run.moment(300.0)
    seen = [moment.used, moment.throttled, moment.waiting, moment.overhead, moment.steal]
    assert [round(float(column[0]), 6) for column in seen] == [round(value, 6) for value in told]
    shown = [column.mean(axis=0)[0] for column in (result.throttled, result.waiting, result.overhead, result.steal)]
    assert np.round(shown, 12).tolist() == told[1:]


def test_that_who_waits_leaves_its_part_to_the_others() -> None:
    # Both want 3999 of 3800 MHz. One can do 950 of them: the other has what is left.
    result, _ = run_at([0.2375, 1.0], vm(VM), vm(OTHER), cpu_overhead_frac=0.05)
    assert names(result) == [
        [0.2375, 0.00025, 0.76225, 0.0, 0.0],
        [0.7125, 0.00025, 0.0, 0.04975, 0.2375],
    ]
    assert result.heat[:, 0].tolist() == pytest.approx([8000 / 3800] * 10)


def test_that_applications_wait_with_their_vm() -> None:
    apps = (Application(30, 2, 1000.0, Constant(0.5)), Application(31, 1, 1000.0, Constant(1.0)))
    result, _ = run_at([0.4], Vm(VM, HOST, 4, 1000.0, 1024.0, Constant(0.5), apps=apps))
    assert names(result) == [
        [0.4, 0.0, 0.6, 0.0, 0.0],
        [0.2, 0.0, 0.3, 0.0, 0.0],
        [0.4, 0.0, 0.6, 0.0, 0.0],
    ]


def test_that_a_look_back_knows_the_pace_of_then() -> None:
    run = Simulation(Spec(hosts=[Host(HOST, 0, 4, 1000.0, 65_536.0)], vms=[vm(VM)], until_s=600.0))
    run.advance(300.0)
    run._state.work_at(np.array([0]), np.array([0.5]))
    run._settle(300.0, run.log.count)
    run.advance(600.0)
    waiting = [round(float(run.moment(at_s).waiting[0]), 6) for at_s in (100.0, 299.0, 300.0, 500.0)]
    assert waiting == [0.0, 0.0, 0.49975, 0.49975]
    assert run.result().vms.waiting.tolist() == pytest.approx([0.249875])
