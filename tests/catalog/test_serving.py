"""Functions and buckets in a design: they serve up to their limit, and fail with their region only."""

from __future__ import annotations

from typing import Any

import pytest

from designer.commands import edit
from designer.engine import Result, TimedEvent, simulate
from designer.model.project import Project
from designer.study.build import build


def run(project: Project, *events: tuple[float, str, int]) -> Result:
    made = [TimedEvent(time_s, what, i) for time_s, what, i in events]  # type: ignore[arg-type]
    return simulate(build(project, until_s=1200.0, events=made))


def served(result: Result) -> list[float]:
    return [round(float(rate), 6) for rate in result.served_rps[:, 0]]


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """A service with 900 requests a second in a region with one zone."""
    found = {"region": edit.place(project, "region"), "calls": edit.place(project, "service", rate_rps=900.0)}
    found["zone"] = edit.place(project, "zone", found["region"])
    return found


@pytest.mark.parametrize(
    ("kind", "fields", "rate"),
    [
        ("function", {"concurrency": 100, "duration_s": 0.2}, 500.0),
        ("function", {"concurrency": 1000, "duration_s": 0.2}, 900.0),
        ("bucket", {"prefix_rps": 400.0}, 400.0),
        ("bucket", {"prefix_rps": 400.0, "prefixes": 2}, 800.0),
        ("bucket", {}, 900.0),
    ],
)
def test_that_requests_are_served_up_to_the_limit(
    project: Project, ids: dict[str, int], kind: str, fields: dict[str, Any], rate: float
) -> None:
    made = edit.place(project, kind, ids["region"], **fields)
    assert served(run(project)) == [0.0] * 4
    edit.connect(project, "serves", made, ids["calls"])
    result = run(project)
    assert served(result) == [rate] * 4
    assert result.counts.sum() == 0.0  # it is no VM


def test_that_it_outlives_a_zone_and_falls_with_its_region_or_alone(project: Project, ids: dict[str, int]) -> None:
    made = edit.place(project, "function", ids["region"])
    edit.connect(project, "serves", made, ids["calls"])
    assert served(run(project, (600.0, "fail", ids["zone"]))) == [900.0] * 4
    assert served(run(project, (600.0, "fail", ids["region"]), (900.0, "recover", ids["region"]))) == [
        900.0, 900.0, 0.0, 900.0,
    ]  # fmt: skip
    assert served(run(project, (600.0, "fail", made))) == [900.0, 900.0, 0.0, 0.0]


def test_that_a_vm_and_a_function_share_by_what_they_can_serve(project: Project, ids: dict[str, int]) -> None:
    made = edit.place(project, "function", ids["region"], concurrency=30, duration_s=0.1)
    edit.connect(project, "serves", made, ids["calls"])
    vm = edit.place(project, "vm", ids["zone"], vcpus=1, mhz=3000.0)
    edit.connect(project, "member", vm, ids["calls"])
    # 5 MHz s a request: the VM serves 600 a second, the function 300.
    result = run(project)
    rows = result.vm_ids.tolist()
    assert served(result) == [900.0] * 4
    assert result.vms.mean_mhz[[rows.index(vm), rows.index(made)]].tolist() == pytest.approx([3000.0, 1500.0])
    assert result.counts[:, 0].tolist() == [1.0] * 4
