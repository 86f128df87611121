"""What a screen reader finds on a real display, through the bus of accessibility (AT-SPI), and a user of keys alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusAddress, MatchRule, Message, MessageType, Properties, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.conftest import Desktop
from tests.scenarios.test_scripted_user import Window
from tests.waiting import HUNG_S, until

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
ACCESSIBLE = "org.a11y.atspi.Accessible"
FOCUSABLE = 1 << 11
"""The bit of that state (ATSPI_STATE_FOCUSABLE)."""
FILLED = {"tree", "table", "list", "combo box", "tree table"}
"""Roles whose content are rows: as many as the design has elements."""
SEARCH = "Search objects and commands"
Place = tuple[str, str]


class Reader:
    """A screen reader: it walks the tree of what is accessible and hears what is announced."""

    def __init__(self, session_bus: str) -> None:
        with open_dbus_connection(session_bus) as bus:
            where = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            address = bus.send_and_get_reply(new_method_call(where, "GetAddress"), timeout=HUNG_S).body[0]
        self.bus: DBusConnection = open_dbus_connection(address)
        self.heard: list[str] = []
        registry = DBusAddress("/org/a11y/atspi/registry", "org.a11y.atspi.Registry", "org.a11y.atspi.Registry")
        self._ask(new_method_call(registry, "RegisterEvent", "s", ("object:announcement",)))
        rule = MatchRule(type="signal", interface="org.a11y.atspi.Event.Object", member="Announcement")
        self._ask(message_bus.AddMatch(rule))

    def _ask(self, question: Message) -> tuple[Any, ...]:
        serial = next(self.bus.outgoing_serial)
        self.bus.send(question, serial=serial)
        while True:
            answer = self.bus.receive(timeout=HUNG_S)
            if self._note(answer):
                continue
            if answer.header.fields.get(5) == serial:
                return answer.body if answer.header.message_type is MessageType.method_return else ()

    def _note(self, message: Message) -> bool:
        """Note an announcement; whether it was one."""
        if message.header.message_type is not MessageType.signal:
            return False
        if message.header.fields.get(3) == "Announcement":
            self.heard.append(str(message.body[3][1]))
        return True

    def listen(self) -> list[str]:
        """What was announced so far."""
        self.children(("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"))
        return self.heard

    def children(self, place: Place) -> list[Place]:
        who, path = place
        found = self._ask(new_method_call(DBusAddress(path, who, ACCESSIBLE), "GetChildren"))
        return [(str(a), str(b)) for a, b in found[0]] if found else []

    def told(self, place: Place) -> tuple[str, str, bool]:
        """Role, name, and whether it takes the focus."""
        at = DBusAddress(place[1], place[0], ACCESSIBLE)
        role = self._ask(new_method_call(at, "GetRoleName"))
        name = self._ask(Properties(at).get("Name"))
        state = self._ask(new_method_call(at, "GetState"))
        return str(role[0]), str(name[0][1]), bool(state and state[0][0] & FOCUSABLE)

    def program(self) -> Place | None:
        """The root of the only program."""
        return next(iter(self.children(("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"))), None)

    def walk(self) -> dict[Place, tuple[str, str, bool]]:
        """All that the program shows."""
        root = self.program()
        assert root is not None
        found: dict[Place, tuple[str, str, bool]] = {}
        left = [root]
        while left:
            place = left.pop()
            if place not in found:
                found[place] = self.told(place)
                if found[place][0] not in FILLED:
                    left += self.children(place)
        return found


@pytest.fixture
def reader(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A bus of a session of its own, with accessibility switched on for what is started on it."""
    if not (shutil.which("dbus-daemon") and LAUNCHER.exists()):
        pytest.skip("dbus and at-spi2-core are not installed")
    monkeypatch.setenv("DISPLAY", desktop.display)  # what the bus starts looks there
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert bus.stdout is not None
        address = bus.stdout.readline().strip()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1")
        made = Reader(address)
        yield made
        made.bus.close()
    finally:
        bus.terminate()
        bus.wait(HUNG_S)
        assert bus.stdout is not None
        bus.stdout.close()


def test_that_a_user_of_keys_alone_fails_a_zone_and_hears_it(
    desktop: Desktop, reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "cloud-designer"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps({"speed": 0.0}), "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    window = Window(desktop)
    until(lambda: reader.program() is not None)
    shown = reader.walk()
    assert len(shown) > 300
    assert {"Drawing", "Outline", "Time line", SEARCH} <= {name for _, name, _ in shown.values()}
    assert [row for row in shown.values() if row[2] and not row[1].strip()] == []

    # As a window manager does, which this display has not.
    desktop.xdotool("search", "--onlyvisible", "--name", "Cloud Designer", "windowfocus")
    actions = 0

    def press(*keys: str) -> None:
        nonlocal actions
        actions += len(keys)
        window.keys(*keys)

    def write(text: str) -> None:
        nonlocal actions
        actions += 1
        window.type(text)

    press("ctrl+k")
    window.until(lambda name: name == SEARCH, "focus")
    write("example web shop")
    press("Return")
    window.until(lambda names: "ap-south-1/ap-south-1b" in names)
    press("F6", "ctrl+k")
    window.until(lambda name: name == SEARCH, "focus")
    write("ap-south-1b")
    press("Return")
    window.until(lambda said: said == ["ap-south-1b"], "selected")
    window.until(lambda state: state == "paused", "run")
    press("ctrl+shift+f", "F5")
    until(lambda: any("has finished at 06:00" in said for said in reader.listen()), lambda: reader.heard)
    assert any("ap-south-1b failed" in said for said in reader.heard), reader.heard
    assert actions == 9
    assert [row for row in reader.walk().values() if row[2] and not row[1].strip()] == []
