"""Affinity rules and pins in a design: what they are for a run, and where a pinned VM may stand."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Affinity, Reach, TimedEvent, simulate
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build


class Site:
    """A zone with three hosts; two VMs on the first two."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        self.region = edit.place(self.project, "region")
        self.zone = edit.place(self.project, "zone", self.region)
        self.hosts = [edit.place(self.project, "host", self.zone, name=f"h{n}") for n in range(3)]
        self.vms = [
            edit.place(self.project, "vm", host, name=f"vm-{n}", recovery="same_zone")
            for n, host in enumerate(self.hosts[:2])
        ]

    def rule(self, *vms: int, **fields: object) -> int:
        rule = edit.place(self.project, "affinity_rule", self.region, **fields)
        for vm in vms:
            edit.connect(self.project, "ruled_by", vm, rule)
        return rule


def test_that_a_rule_comes_into_the_spec_with_its_vms() -> None:
    s = Site()
    rule = s.rule(*s.vms, wants="together", level="zone", strict=False, name="near")
    assert build(s.project).affinities == [Affinity(rule, tuple(sorted(s.vms)), "together", "zone", False, "near")]


def test_that_a_pinned_vm_restarts_nowhere_else_and_says_so() -> None:
    s = Site()
    edit.connect(s.project, "pinned_to", s.vms[0], s.hosts[0])
    spec = build(s.project, events=[TimedEvent(600.0, "fail", s.hosts[0])])
    assert spec.reaches == [Reach((s.hosts[0],), "it is pinned to (h0)")]
    waiting = [e.detail for e in simulate(spec).log if e.what == "waiting"]
    assert waiting == ["nothing in zone-1 that it is pinned to (h0) that could take it is up"]


def test_that_a_vm_pinned_to_two_hosts_goes_to_the_other() -> None:
    s = Site()
    for host in (s.hosts[0], s.hosts[2]):
        edit.connect(s.project, "pinned_to", s.vms[0], host)
    spec = build(s.project, events=[TimedEvent(600.0, "fail", s.hosts[0])])
    assert [e.place for e in simulate(spec).log if e.what == "restarting"] == [s.hosts[2]]


def test_that_a_pin_and_a_datastore_bind_together() -> None:
    s = Site()
    store = edit.place(s.project, "datastore", s.zone, name="store")
    for host in s.hosts[:2]:
        edit.connect(s.project, "sees", host, store)
    disk = edit.place(s.project, "volume", store, type="virtual_disk")
    edit.connect(s.project, "attached_to", disk, s.vms[0])
    for host in (s.hosts[0], s.hosts[2]):
        edit.connect(s.project, "pinned_to", s.vms[0], host)
    (reach,) = build(s.project).reaches
    assert reach == Reach((s.hosts[0],), "sees store and it is pinned to (h0 or h2)")


def test_that_a_vm_is_pinned_where_it_stands_and_does_not_leave_its_pins() -> None:
    s = Site()
    assert (
        s.project.why_no_link("pinned_to", s.vms[0], s.hosts[1]) == "vm-0 stands in h0; pin it there first, or move it"
    )
    edit.connect(s.project, "pinned_to", s.vms[0], s.hosts[0])
    assert s.project.why_no_link("pinned_to", s.vms[0], s.hosts[1]) is None
    with pytest.raises(RuleError, match="vm-0 is pinned to h0"):
        edit.move(s.project, [s.vms[0]], (0.0, 0.0), s.hosts[2])
    edit.connect(s.project, "pinned_to", s.vms[0], s.hosts[2])
    edit.move(s.project, [s.vms[0]], (0.0, 0.0), s.hosts[2])
    assert s.project.elements[s.vms[0]].parent == s.hosts[2]


def test_that_rules_and_pins_that_contradict_each_other_are_refused_when_a_run_begins() -> None:
    s = Site()
    s.rule(*s.vms, wants="together", name="near")
    for vm, host in zip(s.vms, s.hosts, strict=False):
        edit.connect(s.project, "pinned_to", vm, host)
    with pytest.raises(SpecError, match=r"near keeps vm-\d and vm-\d on one host, and they are pinned"):
        build(s.project)


def test_that_a_design_says_how_a_run_places() -> None:
    s = Site()
    edit.change(s.project, [s.project.root.id], {"policy": "best_fit"})
    assert build(s.project).policy == "best_fit"


def test_that_a_template_that_no_group_launches_is_no_vm_of_a_rule() -> None:
    s = Site()
    s.rule(*s.vms)
    edit.change(s.project, s.vms[:1], {"template": True})
    assert [rule.vms for rule in build(s.project).affinities] == [(s.vms[1],)]
    group = edit.place(s.project, "auto_scaling_group", s.region)
    edit.connect(s.project, "template", group, s.vms[0])
    assert [rule.vms for rule in build(s.project).affinities] == [tuple(sorted(s.vms))]
