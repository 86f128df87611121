"""A user without a mouse on a real display: from the first start to a design that is opened again."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Desktop
from tests.scenarios.driver import NOT_ACTIVE
from tests.scenarios.test_counted_actions import User
from tests.scenarios.test_scripted_user import rows
from tests.waiting import HUNG_S, until

BUILT = {"region": 1, "zone": 1, "host": 3, "vm": 6, "service": 1, "member": 6}


def test_that_a_user_of_keys_alone_builds_runs_fails_a_host_undoes_saves_and_opens_again(
    desktop: Desktop, tmp_path: Path
) -> None:
    user, path = User(desktop), tmp_path / "keys.clouddesign"
    user.choose("region")
    user.has(region=1)
    user.choose("zone")
    user.has(zone=1)
    user.place_many(3)
    user.has(host=3)
    user.place_many(6)
    user.has(vm=6)
    user.choose("service")
    user.has(service=1)
    user.choose("-kind:host -kind:zone -kind:region", whole=True)
    user.key("ctrl+l")
    user.has(**BUILT)

    user.choose("host-02")
    user.until(lambda said: said == ["host-02"], "selected")
    user.key("F6")
    user.until(lambda state: state == "paused", "run")
    user.key("ctrl+shift+f")
    user.key("F5")
    user.until(lambda failed: failed == ["host-02"], "failed")
    user.keys(*["alt+period"] * 8)  # as fast as it can
    user.until(lambda state: state == "finished", "run")

    user.key("Delete")  # the host with its VMs, and their links
    user.has(host=2, vm=4, member=4)
    user.key("ctrl+z")
    user.has(**BUILT)
    full = user.ask("project")["rows"]
    user.key("ctrl+s")
    until(lambda: user.ask("dialog") not in ("", NOT_ACTIVE))
    user.key("ctrl+a")
    user.fill(str(path))
    user.key("Return")
    until(lambda: not user.ask("project")["modified"])
    assert {way: kind for way, (kind, _) in full.items()} == rows(path)
    user.keys("ctrl+q")
    user.process.wait(HUNG_S)

    again = User(desktop)
    again.key("ctrl+o")
    until(lambda: again.ask("dialog") not in ("", NOT_ACTIVE))
    again.fill(str(path))
    again.key("Return")
    again.until(lambda said: said["rows"] == full, "project")
