"""Switches, routers, firewalls and security groups in a design: who is cut off, and whose requests do not arrive."""

from __future__ import annotations

import pytest

from designer.catalog.kinds.network.security_group import SecurityGroup
from designer.catalog.rules.ports import lets_in
from designer.cli_simulate import find_failing
from designer.commands import edit, links
from designer.engine import Balancer, Result, Spec, TimedEvent, simulate
from designer.errors import RuleError, SpecError
from designer.model.element import id_text, make
from designer.model.project import Project
from designer.study.build import build
from tests.old_files import hold


@pytest.mark.parametrize(
    ("ports", "inside", "outside"),
    [
        ("443", [443], [442, 444]),
        ("80, 443", [80, 443], [81]),
        ("8000-8100,22", [22, 8000, 8100], [7999, 8101]),
        (" 1 - 65535 ", [1, 443, 65535], []),
        ("", [], [1, 443]),
        (",,", [], [443]),
    ],
)
def test_that_ports_are_numbers_and_ranges(ports: str, inside: list[int], outside: list[int]) -> None:
    group = make(SecurityGroup, {"name": "sg", "ports": ports})
    assert [port for port in inside + outside if lets_in(group, port)] == inside


@pytest.mark.parametrize("ports", ["http", "80 443", "0", "65536", "9-5", "-", "1-2-3"])
def test_that_what_is_no_port_is_refused_by_name(ports: str) -> None:
    with pytest.raises(RuleError, match=f"sg: “{ports}” is no port; write them like 80, 443"):
        lets_in(make(SecurityGroup, {"name": "sg", "ports": ports}), 443)


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """A service with a member in each of two subnets; a rack with a host and a VM, on two switches and a router."""
    found = {"region": edit.place(project, "region")}
    found["zone"] = edit.place(project, "zone", found["region"])
    found["shop"] = edit.place(project, "service", rate_rps=100.0)
    found["rack"] = edit.place(project, "rack", found["zone"])
    found["host"] = edit.place(project, "host", found["rack"])
    found["vm"] = edit.place(project, "vm", found["host"], recovery="none")
    for n in "ab":
        found[f"net-{n}"] = edit.place(project, "subnet", found["zone"], name=f"net-{n}")
        found[f"web-{n}"] = edit.place(project, "vm", found[f"net-{n}"], name=f"web-{n}", recovery="none")
        edit.connect(project, "member", found[f"web-{n}"], found["shop"])
        found[f"switch-{n}"] = edit.place(project, "switch", found["rack"])
        edit.connect(project, "connects", found[f"switch-{n}"], found["rack"])
    found["router"] = edit.place(project, "router", found["region"])
    edit.connect(project, "connects", found["router"], found["zone"])
    return found


@pytest.mark.parametrize(
    ("routing", "first", "second"), [("failover", "1 kreq/s", "100 req/s"), ("weighted", "325 req/s", "775 req/s")]
)
def test_that_a_service_counts_the_users_whom_a_dns_name_leads_to_it(
    project: Project, routing: str, first: str, second: str
) -> None:
    shops = [edit.place(project, "service", name=name, rate_rps=100.0) for name in "ab"]
    balancer = edit.place(project, "load_balancer", edit.place(project, "region"))
    edit.connect(project, "balances", balancer, shops[1])
    name = edit.place(project, "dns_name", routing=routing)
    edit.connect(project, "uses", edit.place(project, "user_population", mean_rps=900.0), name)
    for target, number in ((shops[0], "1"), (balancer, "3")):
        edit.connect(project, "answers", name, target)
        links.set_role(project, [project.links_of(target, "answers")[0].id], number)
    kind = project.kinds["service"]
    assert [kind.words(project, project.elements[shop]) for shop in shops] == [first, second]


def test_that_a_dns_name_that_leads_nowhere_adds_no_requests(project: Project) -> None:
    shop = edit.place(project, "service", rate_rps=100.0)
    name = edit.place(project, "dns_name")
    edit.connect(project, "uses", edit.place(project, "user_population", mean_rps=900.0), name)
    edit.connect(project, "answers", name, shop)
    links.set_role(project, [project.links_of(shop, "answers")[0].id], "first")
    assert project.kinds["service"].words(project, project.elements[shop]) == "100 req/s"


def test_that_a_load_balancer_tells_its_rule_only_where_it_is_not_the_usual_one(project: Project) -> None:
    region = edit.place(project, "region")
    net = edit.place(project, "subnet", edit.place(project, "zone", region))
    shop, balancer = edit.place(project, "service"), edit.place(project, "load_balancer", region, name="lb")
    edit.connect(project, "balances", balancer, shop)
    edit.connect(project, "nodes_in", balancer, net)
    (usual,) = build(project).services
    assert usual.balancer is None
    fields = {"cross_zone": False, "algorithm": "round_robin", "dns_min_frac": 0.5, "routing_min_frac": 0.25}
    edit.change(project, [balancer], fields)
    (made,) = build(project).services
    assert made.balancer == Balancer(balancer, "lb", (net,), False, "round_robin", 0.5, 0.25)


def test_that_a_region_and_a_dns_name_tell_of_their_control_plane(project: Project) -> None:
    region = edit.place(project, "region", launches_per_min=12.0)
    shop, name = edit.place(project, "service"), edit.place(project, "dns_name", managed_in=region)
    edit.connect(project, "answers", name, shop)
    edit.connect(project, "uses", edit.place(project, "user_population"), name)
    spec = build(project)
    assert [domain.launches_per_min for domain in spec.domains] == [12.0]
    assert spec.dns_names[0].managed_in == region
    project_of_another = build_without(project, region)
    assert project_of_another.dns_names[0].managed_in == 0


def build_without(project: Project, region: int) -> Spec:
    """The simulation input after a region is deleted."""
    edit.delete(project, [region])
    return build(project)


def run(project: Project, *failed: int) -> Result:
    events = [TimedEvent(600.0, "fail", i) for i in failed]
    return simulate(build(project, until_s=1200.0, events=events))


def down(result: Result) -> set[int]:
    return {e.id for e in result.log if e.what == "down"}


def blocked(result: Result) -> dict[int, str]:
    return {e.id: e.detail for e in result.log if e.what == "blocked"}


def unreached(result: Result) -> set[int]:
    return {e.id for e in result.log if e.what == "unreached"}


def test_that_a_rack_on_two_switches_is_cut_off_by_the_second(project: Project, ids: dict[str, int]) -> None:
    assert unreached(run(project, ids["switch-a"])) == set()
    cut = run(project, ids["switch-a"], ids["switch-b"])
    assert unreached(cut) == {ids["vm"], ids["host"]}
    assert down(cut) == set()


def test_that_a_zone_without_its_router_is_cut_off(project: Project, ids: dict[str, int]) -> None:
    cut = run(project, ids["router"])
    assert unreached(cut) == {ids["vm"], ids["host"], ids["web-a"], ids["web-b"]}
    assert down(cut) == set()


def test_that_a_private_link_between_two_zones_is_cut_by_its_name(project: Project, ids: dict[str, int]) -> None:
    other = edit.place(project, "zone", ids["region"], name="zone-2")
    far = edit.place(project, "vm", edit.place(project, "subnet", other), demand="constant", load_frac=0.5)
    edit.change(project, [ids["vm"]], {"net_mbps": 100.0, "io_pattern": "constant"})
    edit.connect(project, "sends_to", ids["vm"], far)
    edit.connect(project, "private_link", ids["zone"], other)
    link = find_failing(project, "zone-1 - zone-2")
    assert link in project.links
    assert find_failing(project, id_text(link)) == link
    result = run(project, link)
    assert [(e.what, e.id) for e in result.log] == [("failed", link)]
    sent = result.store.arrays["limit_used"].sum(axis=1)
    assert sent[:2].tolist() == pytest.approx([30_000.0] * 2)
    assert sent[2:].tolist() == [0.0, 0.0]


def test_that_a_member_whose_security_groups_close_the_port_gets_no_request(
    project: Project, ids: dict[str, int]
) -> None:
    groups = [edit.place(project, "security_group", ids["region"], ports=ports) for ports in ("22", "80, 443")]
    edit.connect(project, "protected_by", ids["web-a"], groups[0])
    result = run(project)
    assert blocked(result) == {ids["web-a"]: "none of its security groups allows port 443"}
    assert result.served_rps[:, 0].tolist() == pytest.approx([100.0] * 4)
    rows = result.vm_ids.tolist()
    assert result.vms.mean[rows.index(ids["web-a"])] == 0.0
    assert result.vms.mean[rows.index(ids["web-b"])] > 0.0
    edit.connect(project, "protected_by", ids["web-a"], groups[1])
    assert blocked(run(project)) == {}


def test_that_a_blocked_service_drops_everything(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["shop"]], {"port": 5432})
    firewall = edit.place(project, "firewall", ids["region"], ports="80, 443")
    edit.connect(project, "guards", firewall, ids["zone"])
    result = run(project)
    assert set(blocked(result).values()) == {"the firewall of zone-1 does not allow port 5432"}
    assert result.served_rps[:, 0].tolist() == [0.0] * 4
    assert [(e.what, e.value) for e in result.log if e.id == ids["shop"]] == [("dropping", 100.0)]


def test_that_links_between_zones_of_the_same_names_are_named_by_their_ids(
    project: Project, ids: dict[str, int]
) -> None:
    for region in (ids["region"], edit.place(project, "region")):
        one, other = (edit.place(project, "zone", region, name=name) for name in ("a", "b"))
        edit.connect(project, "private_link", one, other)
    with pytest.raises(RuleError, match="2 links join elements of these names"):
        find_failing(project, "a - b")


def test_that_one_firewall_of_several_is_enough_and_without_any_all_is_cut_off(
    project: Project, ids: dict[str, int]
) -> None:
    walls = [edit.place(project, "firewall", ids["region"], ports=ports) for ports in ("22", "443")]
    for wall in walls:
        edit.connect(project, "guards", wall, ids["net-a"])
    assert blocked(run(project)) == {}
    assert unreached(run(project, walls[0])) == set()
    cut = run(project, *walls)
    assert (unreached(cut), down(cut)) == ({ids["web-a"]}, set())


def test_that_a_vm_on_a_host_is_reached_through_the_subnet_of_its_address(
    project: Project, ids: dict[str, int]
) -> None:
    edit.connect(project, "member", ids["vm"], ids["shop"])
    edit.connect(project, "attached", ids["vm"], ids["net-b"])
    edit.connect(project, "guards", edit.place(project, "firewall", ids["region"], ports="22"), ids["net-b"])
    assert set(blocked(run(project))) == {ids["vm"], ids["web-b"]}


def test_that_a_vm_on_a_host_is_cut_off_with_the_subnet_of_its_address(project: Project, ids: dict[str, int]) -> None:
    edit.connect(project, "attached", ids["vm"], ids["net-b"])
    firewall = edit.place(project, "firewall", ids["region"], name="fw", ports="443")
    edit.connect(project, "guards", firewall, ids["net-b"])
    cut = run(project, firewall)
    assert {(e.id, e.detail) for e in cut.log if e.what == "unreached"} == {
        (ids["vm"], "fw is down"),
        (ids["web-b"], "fw is down"),
    }


def test_that_a_wrong_port_is_a_finding(project: Project, ids: dict[str, int]) -> None:
    with pytest.raises(RuleError, match="“https” is no port"):
        edit.place(project, "security_group", ids["region"], ports="https")
    group = edit.place(project, "security_group", ids["region"], name="sg")
    edit.connect(project, "protected_by", ids["web-a"], group)
    with pytest.raises(RuleError, match="sg: “https” is no port; write them like 80, 443, 8000-8100"):
        edit.change(project, [group], {"ports": "https"})
    hold(project, group, ports="https")
    with pytest.raises(SpecError, match="sg: “https” is no port"):
        run(project)


def test_that_devices_take_their_units_of_a_rack(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["rack"]], {"units_u": 4})
    edit.place(project, "firewall", ids["rack"])
    with pytest.raises(RuleError, match="has 4 U, 4 U are taken and it needs 1 U"):
        edit.place(project, "router", ids["rack"])
