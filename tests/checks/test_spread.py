"""The demand of a service at its peak: its own and that of its users, whatever way they come."""

from __future__ import annotations

import pytest

from designer.checks.live import LiveChecks
from designer.checks.registry import BY_ID
from designer.checks.spread import peak_mhz
from designer.checks.view import CheckView
from designer.commands import edit, links
from tests.checks.test_families import Site, site

WORK_MHZ_S = 5.0
OWN_RPS, USERS_RPS = 1.0, 600.0


@pytest.fixture
def shop() -> tuple[Site, int, int]:
    """A service in two zones, and users whose demand one zone alone cannot serve."""
    made = site()
    service, _ = made.service(*made.private, rate_rps=OWN_RPS, work_mhz_s=WORK_MHZ_S)
    users = edit.place(made.project, "user_population", mean_rps=400.0, swing_rps=200.0)
    return made, service, users


def peak_rps(made: Site, service: int) -> float:
    return peak_mhz(CheckView(made.project), service) / WORK_MHZ_S


def named(made: Site, users: int, **fields: object) -> int:
    """A DNS name that the users use."""
    name = edit.place(made.project, "dns_name", **fields)
    made.link("uses", users, name)
    return name


def role_of(made: Site, name: int, target: int, role: str) -> None:
    link = next(link for link in made.project.links_of(name, "answers") if link.target == target)
    links.set_role(made.project, [link.id], role)


def test_that_users_who_come_straight_are_counted_at_their_peak(shop: tuple[Site, int, int]) -> None:
    made, service, users = shop
    assert peak_rps(made, service) == OWN_RPS
    made.link("uses", users, service)
    assert peak_rps(made, service) == OWN_RPS + USERS_RPS


@pytest.mark.parametrize("door", ["service", "load_balancer"])
def test_that_users_who_come_through_a_dns_name_are_counted(shop: tuple[Site, int, int], door: str) -> None:
    made, service, users = shop
    target = service
    if door == "load_balancer":
        target = made.place("load_balancer")
        made.link("balances", target, service)
    made.link("answers", named(made, users), target)
    assert peak_rps(made, service) == OWN_RPS + USERS_RPS


def test_that_with_weights_a_service_gets_its_part_and_with_failover_all_users(shop: tuple[Site, int, int]) -> None:
    made, service, users = shop
    name = named(made, users, routing="weighted")
    other, _ = made.service(made.private[0], rate_rps=OWN_RPS, work_mhz_s=WORK_MHZ_S)
    for target, weight in ((service, "1"), (other, "3")):
        made.link("answers", name, target)
        role_of(made, name, target, weight)
    assert peak_rps(made, service) == OWN_RPS + USERS_RPS / 4
    assert peak_rps(made, other) == OWN_RPS + USERS_RPS * 3 / 4
    edit.change(made.project, [name], {"routing": "failover"})
    assert peak_rps(made, service) == peak_rps(made, other) == OWN_RPS + USERS_RPS


def test_that_the_finding_follows_users_targets_weights_and_routing(shop: tuple[Site, int, int]) -> None:
    made, service, users = shop
    live = LiveChecks(made.project, [BY_ID["REL-02"]])

    def found() -> bool:
        while not live.done:
            live.work(1.0)
        return any(service in finding.elements for finding in live.findings())

    made.project.changed.connect(live.follow)
    assert not found()
    name = named(made, users, routing="weighted")
    made.link("answers", name, service)
    assert found()
    other, _ = made.service(made.private[0], rate_rps=OWN_RPS, work_mhz_s=WORK_MHZ_S)
    made.link("answers", name, other)
    assert not found()
    role_of(made, name, service, "9")
    assert found()
    edit.change(made.project, [users], {"mean_rps": 10.0, "swing_rps": 0.0})
    assert not found()
