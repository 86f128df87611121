"""Steal as people read it: marks, and milliseconds of all vCPUs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from designer.engine import Constant, Host, Spec, Vm, simulate
from designer.study.frames import steal_mark
from designer.study.summary import VM_FILE, VmFigures


@pytest.mark.parametrize(
    ("steal", "mark"),
    [(0.0, ""), (0.05, ""), (0.0501, "above 5 %"), (0.1, "above 5 %"), (0.11, "above 10 %"), (float("nan"), "")],
)
def test_that_steal_is_marked_above_5_and_above_10_percent(steal: float, mark: str) -> None:
    assert steal_mark(steal) == mark


def test_that_steal_in_ms_is_the_sum_over_the_vcpus_while_the_vm_ran() -> None:
    vms = [Vm(10 + n, 1, 2, 1000.0, 1.0, Constant(1.0)) for n in range(2)]
    figures = VmFigures.of(simulate(Spec(hosts=[Host(1, 0, 3, 1000.0, 64.0)], vms=vms, until_s=100.0, sample_s=10.0)))
    assert figures.steal.tolist() == pytest.approx([0.25, 0.25])
    assert figures.steal_ms.tolist() == pytest.approx([0.25 * 2 * 100_000.0] * 2)


def test_that_figures_written_before_steal_had_ms_are_read(tmp_path: Path) -> None:
    result = simulate(Spec(hosts=[Host(1, 0, 1, 1000.0, 64.0)], vms=[Vm(10, 1, 1, 1000.0, 1.0)], until_s=10.0))
    now = VmFigures.of(result)
    older = {name: getattr(now, name) for name in now.__dataclass_fields__ if name not in ("steal_ms", "carried")}
    np.savez(tmp_path / VM_FILE, **older)
    found = VmFigures.read(tmp_path)
    assert found is not None and found.steal_ms.size == 0
