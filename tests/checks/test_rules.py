"""Rules of placing and linking that a design breaks are findings, however it came to break them."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.checks.live import LiveChecks, findings_of
from designer.checks.registry import CHECKS
from designer.checks.rules import RULE
from designer.commands import edit
from designer.commands.restore import broken_text, restore
from designer.model.element import ROOT_ID, clone
from designer.model.project import Project
from designer.store.history.merge import RULE as BROKEN
from designer.store.history.merge import merge


@pytest.fixture
def project() -> Project:
    return Project(KINDS, LINKS)


@pytest.fixture
def rack(project: Project) -> int:
    """A rack of 4 units with two hosts of 1."""
    rack = edit.place(project, "rack", edit.place(project, "zone", edit.place(project, "region")), units_u=4)
    for _ in range(2):
        edit.place(project, "host", rack, size_u=1)
    return rack


def rules(project: Project) -> list[tuple[str, tuple[int, ...]]]:
    return [(f.text, f.elements) for f in findings_of(project, CHECKS) if f.check == RULE.id]


def rows_with(project: Project, **of: dict[str, Any]) -> list[Any]:
    """The rows of a design with other fields, by the name of the element."""
    return [clone(row, **of.get(getattr(row, "name", ""), {})) for row in project.rows()]


def test_that_a_backup_that_breaks_a_rule_comes_back_and_says_what_breaks(project: Project, rack: int) -> None:
    hosts = tuple(project.children(rack))
    too_high = rows_with(project, **{"host-1": {"size_u": 4}})
    said = restore(project, too_high)
    assert said == ["host-1: rack-1 has 4 U, 1 U are taken and it needs 4 U."]
    assert broken_text(said) == f" A rule is broken, see Findings: {said[0]}"
    assert broken_text(2 * said) == f" Rules are broken in 2 places, see Findings: {said[0]}"
    assert rules(project) == [("host-1: rack-1 has 4 U, 1 U are taken and it needs 4 U", hosts)]
    project.undo()
    assert rules(project) == []


def test_that_a_backup_that_breaks_nothing_says_nothing(project: Project, rack: int) -> None:
    assert restore(project, rows_with(project, **{"host-1": {"size_u": 3}})) == []
    assert broken_text([]) == ""


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("rack", {"units_u": 1}, "host-1: rack-1 has 1 U, 1 U are taken and it needs 1 U."),
        ("host", {"size_u": 9}, "host-1: rack-1 has 4 U, 1 U are taken and it needs 9 U."),
    ],
)
def test_that_what_changed_is_asked_with_what_stands_in_it(
    project: Project, rack: int, kind: str, fields: dict[str, Any], said: str
) -> None:
    assert restore(project, rows_with(project, **{f"{kind}-1": fields}))[0] == said


def test_that_what_a_backup_brings_back_is_asked(project: Project, rack: int) -> None:
    with_two = [clone(row) for row in project.rows()]
    edit.delete(project, [project.children(rack)[1]])
    edit.change(project, [project.children(rack)[0]], {"size_u": 4})
    both = [*project.rows(), *(row for row in with_two if row.id not in project.elements)]
    assert restore(project, both)[-1].startswith("host-2: rack-1 has 4 U")


def test_that_links_of_a_backup_are_asked(project: Project) -> None:
    region = edit.place(project, "region")
    a, b = (edit.place(project, "vpc", region, cidr=c) for c in ("10.0.0.0/16", "10.1.0.0/16"))
    edit.connect(project, "peers", a, b)
    said = restore(project, rows_with(project, **{"vpc-2": {"cidr": "10.0.0.0/16"}}))
    assert said == ["vpc-1 and vpc-2 share addresses, 10.0.0.0/16 and 10.0.0.0/16, so they cannot be peered."]
    assert rules(project) == [(said[0].removesuffix("."), (a, b))]


def test_that_a_file_that_breaks_a_rule_opens_with_its_finding(project: Project, rack: int) -> None:
    opened = Project(KINDS, LINKS, rows_with(project, **{"rack-1": {"units_u": 1}}))
    assert rules(opened) == [("host-1: rack-1 has 1 U, 1 U are taken and it needs 1 U", tuple(project.children(rack)))]


def test_that_a_finding_goes_when_room_is_made_and_comes_back_with_undo(project: Project, rack: int) -> None:
    restore(project, rows_with(project, **{"rack-1": {"units_u": 1}}))
    live = LiveChecks(project, CHECKS)
    project.changed.connect(live.follow)
    live.work()
    told: list[int] = []
    for step in (
        lambda: None,
        lambda: edit.delete(project, [project.children(rack)[1]]),
        project.undo,
        lambda: edit.change(project, [rack], {"units_u": 2}),
        project.undo,
        project.undo,
        project.redo,
    ):
        step()
        live.work()
        told.append(sum(finding.check == RULE.id for finding in live.findings()))
        assert live.findings() == findings_of(project, CHECKS)
    assert told == [1, 0, 1, 0, 1, 0, 1]
    assert live.done


def test_that_each_place_and_link_has_one_finding(project: Project, rack: int) -> None:
    zone = project.elements[rack].parent
    subnet = edit.place(project, "subnet", zone, cidr="10.0.0.0/28")
    for _ in range(11):
        edit.place(project, "vm", subnet)
    restore(project, rows_with(project, **{"subnet-1": {"cidr": "10.0.0.0/29"}, "rack-1": {"units_u": 1}}))
    found = [f for f in findings_of(project, CHECKS) if f.check == RULE.id]
    assert [(f.text, f.detail, len(f.elements)) for f in found] == [
        ("host-1: rack-1 has 1 U, 1 U are taken and it needs 1 U", "and 1 more", 2),
        ("vm-1: subnet-1 has 3 addresses and all are taken", "and 10 more", 11),
    ]


# -- a merge


def merged_rules(base: Project, mine: Project, theirs: Project) -> list[str]:
    done = merge(base.rows(), mine.rows(), theirs.rows())
    return [one.sentence for one in done.conflicts if one.field == BROKEN]


def copy_of(project: Project) -> Project:
    return Project(KINDS, LINKS, [clone(row) for row in project.rows()])


def test_that_a_merge_says_what_does_not_fit_together(project: Project, rack: int) -> None:
    mine, theirs = copy_of(project), copy_of(project)
    edit.place(mine, "host", rack, name="m", size_u=2)
    edit.place(theirs, "host", rack, name="t", size_u=2)
    told = merged_rules(project, mine, theirs)
    assert told == [
        "m: rack-1 has 4 U, 4 U are taken and it needs 2 U: the merged design breaks this rule.",
        "t: rack-1 has 4 U, 4 U are taken and it needs 2 U: the merged design breaks this rule.",
    ]
    done = merge(project.rows(), mine.rows(), theirs.rows())
    assert restore(mine, done.rows, "Merge")  # nothing is lost: it is taken, and is a finding
    assert len(rules(mine)) == 1


def test_that_a_merge_in_which_one_makes_smaller_what_the_other_fills_says_so(project: Project, rack: int) -> None:
    mine, theirs = copy_of(project), copy_of(project)
    edit.place(mine, "host", rack, name="m", size_u=2)
    edit.change(theirs, [rack], {"units_u": 2})
    assert [text.split(":")[0] for text in merged_rules(project, mine, theirs)] == ["host-1", "host-2", "m"]


def test_that_a_merge_does_not_repeat_what_one_of_the_two_breaks_already(project: Project, rack: int) -> None:
    broken = Project(KINDS, LINKS, rows_with(project, **{"rack-1": {"units_u": 1}}))
    theirs = copy_of(broken)
    edit.place(theirs, "region", name="elsewhere")
    assert merged_rules(broken, broken, theirs) == []


def test_that_a_merge_that_fits_says_nothing(project: Project, rack: int) -> None:
    mine, theirs = copy_of(project), copy_of(project)
    edit.place(mine, "host", rack, name="m", size_u=1)
    edit.place(theirs, "host", rack, name="t", size_u=1)
    assert merged_rules(project, mine, theirs) == []


def test_that_findings_of_like_named_places_come_in_one_order_however_they_arose(project: Project, rack: int) -> None:
    zone = project.elements[rack].parent
    other = edit.place(project, "rack", zone, units_u=4)
    for _ in range(2):
        edit.place(project, "host", other, size_u=1)
    with project.edit("Name alike"):
        project.set(other, name="rack-1")
        for host, name in zip(project.children(other), ("host-1", "host-2")):
            project.set(host, name=name)
    live = LiveChecks(project, CHECKS)
    live.work()
    first, second = project.children(rack)[0], project.children(other)[0]
    for wide in ((second, first), (first, second)):
        for host in wide:
            rows = [clone(row, size_u=4) if row.id == host else row for row in map(clone, project.rows())]
            project.changed.connect(live.follow)
            restore(project, rows)
            project.changed.disconnect(live.follow)
            live.work()
        assert live.findings() == findings_of(project, CHECKS)
        assert len(list(live._rules.findings())) == 2
        for _ in wide:
            project.changed.connect(live.follow)
            project.undo()
            project.changed.disconnect(live.follow)
        live.work()


def test_that_a_pinned_vm_is_asked_by_itself_among_members_that_are_alike(project: Project, rack: int) -> None:
    one, other = project.children(rack)
    service = edit.place(project, "service", ROOT_ID)
    vms = [edit.place(project, "vm", one) for _ in range(3)]
    for vm in vms:
        edit.connect(project, "member", vm, service)
    edit.connect(project, "pinned_to", vms[1], one)
    away = [clone(row, target=other) if getattr(row, "kind", "") == "pinned_to" else row for row in project.rows()]
    restore(project, away)
    assert rules(project)[-1] == ("vm-2: vm-2 is pinned to host-2", (vms[1],))
