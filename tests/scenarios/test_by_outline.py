"""A user with a real mouse drags in the outline and from it, distributes, prints and changes shortcuts."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.conftest import Desktop
from tests.scenarios.test_counted_actions import User


@pytest.fixture
def user(desktop: Desktop) -> User:
    return User(desktop)


def test_that_a_user_drags_rows_distributes_and_finds_the_dialogs(user: User) -> None:
    ask = user.ask
    user.choose("region")
    user.has(region=1)
    for n in range(1, 4):
        user.choose("region-1")
        user.choose("zone")
        user.has(zone=n)
    user.choose("zone-1")
    user.choose("host")
    user.has(host=1)
    user.drag(ask("row", "host-1"), ask("row", "zone-2"))  # from row to row
    user.until(lambda names: "region-1/zone-2/host-1" in names)
    user.drag(ask("row", "host-1"), ask("element", "zone-3", "body"))  # from the outline onto the drawing
    user.until(lambda names: "region-1/zone-3/host-1" in names)
    user.key("ctrl+z")
    user.key("ctrl+z")
    user.until(lambda names: "region-1/zone-1/host-1" in names)

    user.click(ask("element", "zone-2"))
    user.until(lambda said: said == ["zone-2"], "selected")
    user.key("Right")
    user.choose("kind:zone", whole=True)
    user.until(lambda said: len(said) == 3, "selected")
    user.key("alt+shift+h")

    def gaps() -> list[float]:
        boxes = sorted((f["x"], f["w"]) for of, f in ask("project")["rows"].values() if of == "zone")
        return [right[0] - left[0] - left[1] for left, right in pairwise(boxes)]

    user.until(lambda _: max(gaps()) - min(gaps()) < 0.01, "still")
    assert min(gaps()) > 0
    for key, title in (("ctrl+comma", "Preferences"), ("ctrl+shift+alt+p", "Print")):
        user.key(key)
        user.until(lambda said, title=title: title in said, "dialog")
        user.key("Escape")
        user.until(lambda said: said == "", "dialog")
