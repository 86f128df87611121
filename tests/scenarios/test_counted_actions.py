"""Building by hand on a real display, with every action counted: a click, a drag, a shortcut or a typed field is one.

The design: three zones, 18 hosts, 72 VMs in a service behind a balancer; then a run in which a zone fails.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Desktop
from tests.scenarios.test_scripted_user import Window

WANTED = {"region": 1, "zone": 3, "host": 18, "vm": 72, "service": 1, "load_balancer": 1, "member": 72, "balances": 1}
MOST = 40


class User(Window):
    """A user whose actions are counted."""

    def __init__(self, desktop: Desktop, *argv: object) -> None:
        super().__init__(desktop, *argv)
        self.actions = 0

    def click(self, at: list[int], button: int = 1) -> None:
        """One action."""
        self.actions += 1
        super().click(at, button)

    def drag(self, start: list[int], end: list[int], hold: bool = False) -> None:
        """One action."""
        self.actions += 1
        super().drag(start, end, hold)

    def key(self, key: str) -> None:
        """One action: a key or a shortcut. What it begins is over when the program answers."""
        self.actions += 1
        self.keys(key)
        self.ask("still")

    def fill(self, text: str) -> None:
        """One action: a field is typed."""
        self.actions += 1
        self.type(text)
        self.ask("still")

    def has(self, **counts: int) -> None:
        """Wait until there are so many of each kind."""
        self.until(lambda kinds: {kind: kinds.get(kind, 0) for kind in counts} == counts, "kinds")

    def one(self, kind: str) -> str:
        """The name of an element of a kind."""
        rows = self.ask("project")["rows"]
        return str(next(way.rpartition("/")[2] for way, (of, _) in rows.items() if of == kind))

    def place_many(self, count: int) -> None:
        """Place many of what is offered first, in the selection."""
        self.key("ctrl+m")
        self.until(lambda said: said == "Place Many", "dialog")
        self.fill(str(count))
        self.key("Return")
        self.until(lambda said: said == "", "dialog")

    def choose(self, text: str, whole: bool = False) -> None:
        """Find objects or commands, and choose the first, or all that match a rule."""
        self.key("ctrl+k")
        self.fill(text)
        if whole:
            self.key("Up")
        self.key("Return")

    def watch_a_zone_fail(self) -> None:
        """Run, and let the selected zone fail while the run goes on."""
        self.until(lambda said: said == ["zone-2"], "selected")
        self.key("F5")
        self.until(lambda state: state in ("running", "paused", "finished"), "run")
        self.key("ctrl+shift+f")
        self.until(lambda failed: failed == ["zone-2"], "failed")


@pytest.fixture
def user(desktop: Desktop) -> User:
    return User(desktop)


def is_built(user: User) -> dict[str, Any]:
    kinds = user.ask("kinds")
    return {kind: kinds.get(kind, 0) for kind in WANTED}


def test_that_a_user_with_a_mouse_builds_and_fails_a_zone_in_under_40_actions(user: User) -> None:
    ask = user.ask
    user.drag(ask("kind", "region"), ask("corner"))
    user.has(region=1)
    user.drag(ask("kind", "zone"), ask("element", "region-1", "body"))
    user.has(zone=1)
    user.place_many(6)
    user.has(host=6)
    user.place_many(24)
    user.has(vm=24)
    user.click(ask("element", "zone-1"))
    user.key("ctrl+d")
    user.has(zone=2)
    user.key("ctrl+d")
    user.has(zone=3, host=18, vm=72)
    user.key("ctrl+0")
    user.drag(ask("kind", "load_balancer"), ask("element", "region-1"))
    user.has(load_balancer=1)
    user.drag(ask("kind", "service"), ask("empty"))
    user.has(service=1)
    user.drag(ask("element", "lb-1"), ask("element", "service-1", "body"))
    user.has(balances=1)
    vm = user.one("vm")
    user.click(ask("element", vm, "body"))
    user.key("ctrl+shift+a")
    user.drag(ask("element", vm, "body"), ask("element", "service-1", "body"))
    user.has(member=72)
    user.click(ask("element", "zone-2"))
    user.watch_a_zone_fail()
    assert is_built(user) == WANTED
    assert user.actions < MOST, user.actions


def test_that_a_user_with_keys_alone_builds_and_fails_a_zone_in_under_40_actions(user: User) -> None:
    user.choose("region")
    user.has(region=1)
    user.choose("zone")
    user.has(zone=1)
    user.place_many(6)
    user.has(host=6)
    user.place_many(24)
    user.has(vm=24)
    user.choose("zone-1")
    user.key("ctrl+d")
    user.has(zone=2)
    user.key("ctrl+d")
    user.has(zone=3, host=18, vm=72)
    user.choose("load balancer")
    user.has(load_balancer=1)
    user.choose("service")
    user.has(service=1)
    user.choose("-kind:vm -kind:host -kind:zone -kind:region", whole=True)
    user.key("ctrl+l")
    user.has(balances=1)
    user.choose("-kind:load_balancer -kind:host -kind:zone -kind:region", whole=True)
    user.key("ctrl+l")
    user.has(member=72)
    user.choose("zone-2")
    user.watch_a_zone_fail()
    assert is_built(user) == WANTED
    assert user.actions < MOST, user.actions
