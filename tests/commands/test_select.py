"""Choosing many: by kind, by container and by rules that are typed."""

from __future__ import annotations

import pytest

from designer.commands import edit, select
from designer.commands.arrange import lock
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project


@pytest.fixture
def site(project: Project) -> dict[str, int]:
    region = edit.place(project, "region", name="mumbai")
    for z in "ab":
        zone = edit.place(project, "zone", region, name=f"zone-{z}")
        center = edit.place(project, "data_center", zone, name=f"dc {z}")
        host = edit.place(project, "host", center, name=f"host-{z}", ram_mib=2**18 if z == "a" else 2**16)
        for n in (1, 2):
            edit.place(project, "vm", host, name=f"web-{z}{n}", vcpus=4 * n, needs_internet=n == 1)
    edit.place(project, "service", name="shop")
    ids = {e.name: i for i, e in project.elements.items()}
    edit.connect(project, "member", ids["web-a1"], ids["shop"])
    return ids


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("kind:vm", "web-a1 web-a2 web-b1 web-b2"),
        ("kind:VMs in:zone-a", "web-a1 web-a2"),
        ("kind:vm vcpus>4", "web-a2 web-b2"),
        ("kind:vm vcpus>=4 vcpus<8", "web-a1 web-b1"),
        ("vcpus!=4", "web-a2 web-b2"),
        ("kind:host ram>=256G", "host-a"),
        ("memory<0.1T kind:host", "host-b"),
        ("linked:shop", "web-a1"),
        ("needs_internet=yes in:zone-b", "web-b1"),
        ("NeedsTheInternet!=yes kind:vm", "web-a2 web-b2"),
        ("recovery=by_place b1", "web-b1"),
        ("name=ZONE-A", "zone-a"),
        ("name~zone", "zone-a zone-b"),
        ('in:"dc a" kind:host', "host-a"),
        ("kind:data-center", "dc a,dc b"),
        ("A2", "web-a2"),
        ("nothing-is-called-so", ""),
        ("", ""),
    ],
)
def test_that_a_rule_selects_what_it_describes(project: Project, site: dict[str, int], rule: str, found: str) -> None:
    names = [project.elements[i].name for i in select.matching(project, rule)]
    assert names == (found.split(",") if "," in found else found.split())


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("kind:cat", "There is no kind “cat”."),
        ("in:nowhere", "No element has the name “nowhere”."),
        ("whiskers>4", "No kind has a field “whiskers”."),
        ("vcpus>many", "many"),
        ("recovery>none", "Recovery is text; compare it with = or ~."),
        ("needs_internet=maybe", "write yes or no, not “maybe”"),
        ("vcpus>", "write a value after >"),
        ('name="web', "A quotation mark is missing."),
    ],
)
def test_that_a_rule_that_is_none_says_why(project: Project, site: dict[str, int], rule: str, sentence: str) -> None:
    with pytest.raises(RuleError) as error:
        select.matching(project, rule)
    assert sentence in str(error.value)


def test_that_all_widens_from_the_container_to_everything(project: Project, site: dict[str, int]) -> None:
    vms = [site["web-a1"], site["web-a2"]]
    assert select.widened(project, vms[:1]) == vms
    every = select.widened(project, vms)
    assert set(every) == project.elements.keys() - {ROOT_ID}
    tops = [site["mumbai"], site["shop"]]
    assert select.widened(project, []) == tops
    assert select.widened(project, tops) == every
    assert select.widened(project, [vms[0], site["web-b1"]]) == [*vms, site["web-b1"], site["web-b2"]]


def test_that_all_of_a_kind_are_found_wherever_they_stand(project: Project, site: dict[str, int]) -> None:
    assert select.of_same_kinds(project, [site["host-b"]]) == [site["host-a"], site["host-b"]]
    both = select.of_same_kinds(project, [site["host-b"], site["zone-a"]])
    assert {project.elements[i].kind for i in both} == {"host", "zone"}


# -- tags, locks, what a run knows, exclusion


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("kind:vm -in:zone-a", "web-b1 web-b2"),
        ("kind:vm -web-a1", "web-a2 web-b1 web-b2"),
        ("cpu>80", "host-a web-a1"),
        ("cpu>80% kind:host", "host-a"),
        ("cpu<=50", "web-b1"),
        ("cpu=90", "host-a web-a1"),
        ("state:failed", "web-b1"),
        ("state:FAIL -kind:host", "web-b1"),
        ("state!=failed kind:vm", "web-a1"),
        ("power>0.3k", "host-a"),
        ("steal>1", ""),
        ("tag:front", "web-a1"),
        ("tag:#Front", "web-a1"),
        ("tag:fro", ""),
        ("locked:yes", "web-a2"),
        ("hidden:yes", "web-b2"),
        ("locked:no kind:vm hidden:no", "web-a1 web-b1"),
    ],
)
def test_that_rules_ask_for_tags_locks_and_what_a_run_knows(
    project: Project, site: dict[str, int], rule: str, found: str
) -> None:
    edit.change(project, [site["web-a1"]], {"note": "#front of the shop, #back-office"})
    lock.set_locked(project, [site["web-a2"]], True)
    lock.set_hidden(project, [site["web-b2"]], True)
    figures = {
        "cpu": {site["host-a"]: 90.2, site["web-a1"]: 89.9, site["web-b1"]: 12.0},
        "state": {site["web-a1"]: "running", site["web-b1"]: "failed"},
        "power": {site["host-a"]: 412.0},
    }
    assert [project.elements[i].name for i in select.matching(project, rule, figures)] == found.split()


def test_that_without_a_run_nothing_matches_what_it_knows(project: Project, site: dict[str, int]) -> None:
    assert select.matching(project, "cpu>0") == []
    assert select.matching(project, "state:running") == []


@pytest.mark.parametrize("rule", ["cpu>much", "locked:perhaps", "state:"])
def test_that_a_figure_that_cannot_be_read_is_refused(project: Project, site: dict[str, int], rule: str) -> None:
    with pytest.raises(RuleError):
        select.matching(project, rule, {"cpu": {}, "state": {}})


@pytest.mark.parametrize(("text", "is_one"), [("kind:vm", True), ("cpu>80", True), ("-web", True), ("web shop", False)])
def test_that_a_rule_is_known_by_its_signs(text: str, is_one: bool) -> None:
    assert select.is_rule(text) == is_one
