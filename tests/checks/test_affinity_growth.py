"""Affinity rules of a design are compared once, however many there are."""

from __future__ import annotations

from designer.catalog import KINDS, LINKS
from designer.checks.affinity import CHECKS
from designer.checks.live import findings_of
from designer.model.element import ROOT_ID, Link, make
from designer.model.project import Project
from designer.study.fewest.design import problem_of
from tests.steps import calls

REGION, HOST = ROOT_ID + 1, ROOT_ID + 2


def chained(count: int) -> Project:
    """VMs on a host, each kept with the one before by a rule of their own; the first and the last are kept apart."""
    rows = [
        make(KINDS["region"].table, {"id": REGION, "parent": ROOT_ID, "name": "r"}),
        make(KINDS["host"].table, {"id": HOST, "parent": REGION, "name": "h"}),
    ]
    rows += [make(KINDS["vm"].table, {"id": 100 + n, "parent": HOST, "name": f"vm-{n}"}) for n in range(count)]
    table, joined = KINDS["affinity_rule"].table, [(n, n - 1) for n in range(count - 1, 0, -1)]
    rules = [
        make(table, {"id": 10**6 + n, "parent": REGION, "name": f"a{n}", "wants": "together"})
        for n in range(len(joined))
    ]
    apart = make(table, {"id": 10**7, "parent": REGION, "name": "no"})
    ends = [(100 + vm, 10**6 + n) for n, pair in enumerate(joined) for vm in pair]
    ends += [(100 + vm, 10**7) for vm in (0, count - 1)]
    links = [
        make(Link, {"id": 10**8 + n, "kind": "ruled_by", "source": vm, "target": rule})
        for n, (vm, rule) in enumerate(ends)
    ]
    return Project(KINDS, LINKS, [*rows, *rules, apart, *links])


def test_that_ten_times_as_many_rules_are_checked_by_ten_times_as_many_calls() -> None:
    few, lots = chained(60), chained(600)
    assert calls(lambda: findings_of(lots, CHECKS)) < 10 * 1.6 * calls(lambda: findings_of(few, CHECKS))
    found = [finding for finding in findings_of(lots, CHECKS) if finding.check == "REL-32"]
    assert [finding.text for finding in found] == [
        "no keeps vm-0 and vm-599 apart by host, and a0 keeps them together by host"
    ]


def test_that_ten_times_as_many_rules_are_joined_by_ten_times_as_many_calls() -> None:
    few, lots = chained(60), chained(600)
    assert calls(lambda: problem_of(lots, [HOST])) < 10 * 1.6 * calls(lambda: problem_of(few, [HOST]))
    assert [len(item.vms) for item in problem_of(lots, [HOST]).items] == [600]
