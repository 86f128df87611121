"""Names that scripts outside of this program use."""

from __future__ import annotations

import numpy as np
import pytest

from designer.engine import Constant, Host, Spec, Vm, simulate
from designer.study import headless
from designer.study.run import TimedEvent, run_headless


def test_that_scripts_find_figures_of_vms_and_runs_by_the_names_they_know() -> None:
    host = Host(id=1, parent=0, cores=1, mhz=1000.0, ram_mib=1024.0, power_w=(10.0, 20.0))
    vms = [Vm(id=2 + n, place=1, vcpus=1, mhz=1000.0, ram_mib=64.0, demand=Constant(0.8)) for n in range(2)]
    result = simulate(Spec(hosts=[host], vms=vms, until_s=600.0))
    for name in ("mean_mhz", "mean", "throttled", "waiting", "overhead", "steal", "running_s"):
        assert np.array_equal(getattr(result, f"vm_{name}"), getattr(result.vms, name))
    assert result.vm_steal.tolist() == pytest.approx([0.3, 0.3])
    assert result.vm_percentile(1.0).tolist() == result.vms.percentile(1.0).tolist()
    assert not hasattr(result, "vm_colors")
    assert run_headless is headless.run_headless
    assert TimedEvent(1.0, "fail", 1).id == 1
