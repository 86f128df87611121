"""Scaling groups of a design: the policy of its fields acts in a run, and what cannot be is refused."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import simulate
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.study.build import build


def shop(**fields: Any) -> tuple[Project, int]:
    """A group of two small VMs, which a service asks for 90% of their CPU."""
    project = Project(KINDS, LINKS)
    edit.change(project, [ROOT_ID], {"until_h": 2.0})
    zone = edit.place(project, "zone", region := edit.place(project, "region"))
    subnet = edit.place(project, "subnet", zone)
    vm = edit.place(project, "vm", subnet, vcpus=1, mhz=1000.0, template=True)
    given = {"min_count": 1, "desired_count": 2, "max_count": 8, "warmup_s": 0.0, **fields}
    group = edit.place(project, "auto_scaling_group", region, **given)
    service = edit.place(project, "service", rate_rps=180.0, work_mhz_s=10.0)
    for kind, source, target in (("template", group, vm), ("spans", group, subnet), ("member", vm, service)):
        edit.connect(project, kind, source, target)
    return project, group


def scaled(project: Project) -> list[tuple[float, float]]:
    return [(e.time_s, e.value) for e in simulate(build(project)).log if e.what == "scaled"]


def test_that_a_target_is_kept_and_steps_and_the_schedule_act() -> None:
    assert scaled(shop(scaling="target")[0])[0][1] == 4.0
    steps = {"scaling": "steps", "upper_frac": 0.65, "lower_frac": 0.2, "add_frac": 0.5}
    assert [count for _, count in scaled(shop(**steps)[0])] == [3.0]  # which are at 60%
    project, _ = shop(schedule="23:30=5, 00:30=1, 01:00=3")
    edit.change(project, [ROOT_ID], {"start_utc": "2026-01-05 23:00"})
    assert scaled(project) == [(1800.0, 5.0), (5400.0, 1.0)]


def test_that_the_schedule_is_in_utc_where_the_start_is_in_another_zone() -> None:
    project, _ = shop(schedule="23:30=5, 00:30=1")
    edit.change(project, [ROOT_ID], {"start_utc": "2026-01-06 04:00+05:00"})
    assert scaled(project) == [(1800.0, 5.0), (5400.0, 1.0)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"schedule": "noon=3"}, "times and counts"),
        ({"schedule": "25:00=3"}, "times and counts"),
        ({"schedule": "08:00=99"}, "more than its maximum"),
        ({"schedule": "8:00=2, 08:00=4"}, "names a time twice"),
        ({"scaling": "steps", "upper_frac": 0.2, "lower_frac": 0.4}, "must lie below"),
    ],
)
def test_that_a_policy_without_meaning_is_refused_with_a_sentence(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        shop(**fields)
