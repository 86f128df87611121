"""Links of many at once: all in one step, what cannot be made is said, and what is sensible then is offered."""

from __future__ import annotations

from typing import Any

import pytest

from designer.commands import edit, join_through, joins, many
from designer.commands.joins import LinkOffer
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project


@pytest.fixture
def site(project: Project) -> dict[str, int]:
    """A zone with two racks of two hosts with two VMs each, two services, a balancer of the first and its users."""
    region = edit.place(project, "region", name="region")
    zone = edit.place(project, "zone", region, name="zone")
    center = edit.place(project, "data_center", zone, name="dc")
    for r in range(2):
        rack = edit.place(project, "rack", center, name=f"rack-{r}")
        for h in range(2):
            host = edit.place(project, "host", rack, name=f"host-{r}{h}", cores=16, ram_mib=65536.0)
            for v in range(2):
                edit.place(project, "vm", host, name=f"vm-{r}{h}{v}")
    for name, kind in (
        ("shop", "service"), ("mail", "service"), ("lb", "load_balancer"), ("users", "user_population"),
        ("net", "subnet"), ("vpc", "vpc"), ("group", "placement_group"),
    ):  # fmt: skip
        inside = {"load_balancer": region, "subnet": zone, "vpc": region, "placement_group": region}
        edit.place(project, kind, inside.get(kind, ROOT_ID), name=name)
    ids = {e.name: i for i, e in project.elements.items()}
    edit.connect(project, "balances", ids["lb"], ids["shop"])
    return ids


def vms(ids: dict[str, int], start: str = "vm-") -> list[int]:
    return [i for name, i in ids.items() if name.startswith(start)]


def said(project: Project, found: list[LinkOffer]) -> list[str]:
    return [joins.said(project, made) for made in found]


def test_that_four_vms_join_a_service_in_one_step(project: Project, site: dict[str, int]) -> None:
    chosen = [*vms(site, "vm-0"), site["shop"]]
    ones, others = joins.sides(project, chosen)
    assert (ones, others) == (chosen[:-1], chosen[-1:])
    (made,) = joins.offers(project, ones, others)
    assert joins.said(project, made) == "4 VMs are members of shop"
    before = dict(project.links)
    ids = joins.connect_many(project, made)
    assert [project.links[i].source for i in ids] == ones
    assert {(project.links[i].kind, project.links[i].target) for i in ids} == {("member", site["shop"])}
    assert project.undo() == "Link: Member of service"
    assert project.links == before


@pytest.mark.parametrize(("top", "count"), [("rack-0", 4), ("zone", 8), ("host-00", 2), ("region", 8)])
@pytest.mark.parametrize("turned", [False, True])
def test_that_what_holds_vms_joins_a_service_with_all_of_them(
    project: Project, site: dict[str, int], top: str, count: int, turned: bool
) -> None:
    ends = [site[top]], [site["mail"]]
    found = joins.offers(project, *(reversed(ends) if turned else ends))
    made = next(made for made in found if made.kind == "member")
    assert len(made.pairs) == count
    assert {target for _, target in made.pairs} == {site["mail"]}


def test_that_sides_are_found_whatever_was_selected_first(project: Project, site: dict[str, int]) -> None:
    chosen = [site["shop"], *vms(site, "vm-0"), site["rack-1"]]
    ones, others = joins.sides(project, chosen)
    assert {made.kind for made in joins.offers(project, ones, others)} >= {"member"}


def test_that_of_one_kind_the_last_is_the_other_side(project: Project, site: dict[str, int]) -> None:
    chosen = [site["mail"], site["shop"]]
    assert joins.sides(project, chosen) == ([site["mail"]], [site["shop"]])
    assert said(project, joins.offers(project, *joins.sides(project, chosen))) == [
        "mail depends on shop",
        "shop depends on mail",
    ]


def test_that_those_that_cannot_are_counted_with_the_reason(project: Project, site: dict[str, int]) -> None:
    some = vms(site, "vm-0")
    edit.connect(project, "member", some[0], site["mail"])
    (made,) = joins.offers(project, some, [site["shop"]])
    assert (len(made.pairs), made.left) == (3, 1)
    assert joins.left_over(made) == " 1 was not linked: vm-000 already has its link “Member of service”."


def test_that_a_link_that_a_source_has_is_replaced_where_that_is_wanted(project: Project, site: dict[str, int]) -> None:
    some = vms(site, "vm-0")
    joins.connect_many(project, joins.offer(project, "member", some, [site["mail"]]))
    assert joins.offers(project, some, [site["shop"]]) == []
    found = joins.others_than(project, some, [site["shop"]])
    assert said(project, found)[0] == "4 VMs are members of shop, no longer mail"
    before = dict(project.links)
    joins.connect_many(project, found[0])
    assert set(project.sources(site["shop"], "member")) == set(some)
    assert project.sources(site["mail"], "member") == []
    assert project.undo() == "Link: Member of service"
    assert project.links == before


def test_that_users_reach_a_balancer_through_its_service(project: Project, site: dict[str, int]) -> None:
    ends = [site["users"]], [site["lb"]]
    assert joins.offers(project, *ends) == []
    assert joins.why_none(project, *ends) == (
        "No link joins users (Users) with lb (Load balancer); they are joined through a service or a DNS name"
    )
    found = joins.others_than(project, *ends)
    assert said(project, found) == ["users use shop (lb balances shop)"]
    joins.connect_many(project, found[0])
    assert project.targets(site["users"], "uses") == [site["shop"]]


@pytest.mark.parametrize(("one", "expected"), [("vm-000", "vm-000 is a member of shop (lb balances shop)")])
def test_that_others_reach_a_balancer_so_too(project: Project, site: dict[str, int], one: str, expected: str) -> None:
    found = joins.others_than(project, [site[one]], [site["lb"]])
    assert expected in said(project, found)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("users", "new-lb", ["users use it, new-lb balances it"]),
        ("users", "function", ["users use it, function serves it"]),
        ("users", "database", ["users use it, it depends on database"]),
        ("new-lb", "function", ["new-lb balances it, function serves it"]),
    ],
)
def test_that_two_without_anything_between_them_are_linked_through_something_new(
    project: Project, site: dict[str, int], one: str, other: str, expected: list[str]
) -> None:
    region = project.of_kind("region")[0].id
    for name, kind in (("new-lb", "load_balancer"), ("function", "function"), ("database", "database")):
        site[name] = edit.place(project, kind, region, name=name)
    ends = [site[one]], [site[other]]
    assert joins.offers(project, *ends) == joins.others_than(project, *ends) == []
    found = join_through.through(project, *ends)
    assert [join_through.said(project, made).partition(": ")[2] for made in found if made.kind == "service"] == expected
    before = set(project.elements), set(project.links)
    made = join_through.connect_through(project, next(made for made in found if made.kind == "service"))
    assert project.elements[made].kind == "service"
    assert len(set(project.links) - before[1]) == 2
    assert project.undo() == "Link through a new service"
    assert (set(project.elements), set(project.links)) == before


def test_that_a_rack_whose_vms_are_all_linked_says_so(project: Project, site: dict[str, int]) -> None:
    ends = [site["rack-0"]], [site["shop"]]
    joins.connect_many(project, joins.offers(project, *ends)[0])
    assert joins.offers(project, *ends) == []
    assert joins.why_none(project, *ends).startswith("None of the content can be linked: vm-000 already has this link")


def test_that_nothing_is_offered_where_nothing_is_near(project: Project, site: dict[str, int]) -> None:
    note = edit.place(project, "note")
    assert joins.others_than(project, [note], [site["lb"]]) == []
    assert join_through.through(project, [note], [site["lb"]]) == []
    assert joins.why_none(project, [note], [site["lb"]]).startswith("No link joins")


def test_that_a_rule_that_looks_at_those_before_is_asked_for_each(project: Project, site: dict[str, int]) -> None:
    edit.change(project, [site["group"]], {"strategy": "spread"})
    some = vms(site)
    made = joins.offer(project, "placed_by", some, [site["group"]])
    ids = joins.connect_many(project, made)
    assert 0 < len(ids) < len(some)
    for vm in set(some) - {project.links[i].source for i in ids}:
        assert project.why_no_link("placed_by", vm, site["group"])


def test_that_where_none_can_be_made_nothing_changes(project: Project, site: dict[str, int]) -> None:
    some = vms(site, "vm-0")
    made = joins.offer(project, "member", some, [site["shop"]])
    joins.connect_many(project, made)
    before, steps = dict(project.links), len(project.history.steps)
    with pytest.raises(RuleError, match="already has this link to shop"):
        joins.connect_many(project, made)
    assert (dict(project.links), len(project.history.steps)) == (before, steps)


def test_that_each_source_takes_one_of_several_targets_where_it_takes_one(
    project: Project, site: dict[str, int]
) -> None:
    made = joins.offer(project, "member", vms(site, "vm-00"), [site["shop"], site["mail"]])
    assert [target for _, target in made.pairs] == [site["shop"]] * 2
    assert made.left == 2
    assert made.reason == "vm-000 takes one link “Member of service”"


def test_that_what_is_gone_is_not_joined(project: Project, site: dict[str, int]) -> None:
    some = vms(site, "vm-0")
    edit.delete(project, some[:1])
    assert len(joins.offers(project, some, [site["shop"]])[0].pairs) == 3


def test_that_role_and_rule_are_those_of_a_single_link(project: Project, site: dict[str, int]) -> None:
    name = edit.place(project, "dns_name", name="www")
    joins.connect_many(project, joins.offer(project, "answers", [name], [site["shop"], site["lb"]]))
    roles: Any = [link.role for link in project.links_of(name, "answers")]
    assert sorted(roles) == ["1", "2"]
    assert many.zone_of(project, site["net"]) == site["zone"]
