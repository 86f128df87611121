"""A user with a real mouse and real keys on a real X display, from an empty window to a design opened again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file import project_file
from tests.conftest import ROOT, Desktop
from tests.copies import PIPE
from tests.scenarios.driver import NOT_ACTIVE
from tests.waiting import HUNG_S, until

DRIVER = ROOT / "tests" / "scenarios" / "driver.py"


class Window:
    """The program on a display, driven by mouse and keys."""

    def __init__(self, desktop: Desktop, *argv: object) -> None:
        self.desktop = desktop
        self.process = desktop.start_program(DRIVER, *argv, stdin=PIPE, stdout=PIPE)
        until(lambda: self.ask("ready"))

    def ask(self, *question: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the program ended with {self.process.wait(HUNG_S)}"
        return json.loads(line)

    def click(self, at: list[int], button: int = 1) -> None:
        self.desktop.xdotool("mousemove", *at, "click", button)

    def drag(self, start: list[int], end: list[int], hold: bool = False) -> None:
        """Press, move in steps as a hand does, and let go (unless it is held there)."""
        self.desktop.xdotool("mousemove", *start, "mousedown", 1)
        for n in range(1, 5):
            self.desktop.xdotool("mousemove", *(round(a + (b - a) * n / 4) for a, b in zip(start, end)))
            self.ask("still")
        self.desktop.xdotool("mousemove", end[0] + 1, end[1])
        self.ask("still")
        if not hold:
            self.desktop.xdotool("mouseup", 1)

    def keys(self, *keys: str) -> None:
        self.desktop.xdotool("key", "--delay", 5, *keys)

    def type(self, text: str) -> None:
        self.desktop.xdotool("type", "--delay", 5, "--", text)

    def names(self) -> set[str]:
        return set(self.ask("project")["rows"])

    def until(self, holds: Callable[[Any], bool], *question: object) -> None:
        """Ask (for the names, if for nothing else) until it is as wanted: a drop takes some turns of the event loop."""
        answers: list[Any] = []

        def asked() -> bool:
            answers[:] = [self.ask(*question) if question else self.names()]
            return holds(answers[0])

        until(asked, lambda: answers)


@pytest.fixture
def window(desktop: Desktop) -> Iterator[Window]:
    yield Window(desktop)


def rows(path: Path) -> dict[str, Any]:
    """What a file holds, as `Answers.project` says it."""
    project = Project(KINDS, LINKS, project_file.load(path).rows)
    made = {}
    for element in project.elements.values():
        way = [project.elements[i].name for i in (*reversed(list(project.ancestors(element.id))), element.id)][1:]
        if way:
            made["/".join(way)] = element.kind
    return made


def test_that_a_user_draws_undoes_saves_is_killed_and_finds_it_all_again(
    window: Window, desktop: Desktop, tmp_path: Path
) -> None:
    ask = window.ask
    # Drag a region onto the empty drawing, then a zone into it, and a data center into that.
    window.drag(ask("kind", "region"), ask("corner"))
    window.until(lambda names: names == {"region-1"})
    window.drag(ask("kind", "zone"), ask("element", "region-1", "body"))
    window.until(lambda names: names == {"region-1", "region-1/zone-1"})
    window.drag(ask("kind", "data_center"), ask("element", "zone-1", "body"))
    window.until(lambda names: "region-1/zone-1/dc-1" in names)

    # A region in a data center is refused: the reason stands at the pointer, a sentence follows, nothing changes.
    before = ask("project")
    window.drag(ask("kind", "region"), ask("element", "dc-1", "body"), hold=True)
    window.until(lambda said: said == "Region can only stand on the drawing itself", "reason")
    desktop.xdotool("mouseup", 1)
    window.until(lambda said: said.startswith("Region was not placed:"), "toast")
    window.until(lambda said: said == before, "project")

    # A host dropped on the data center, VMs dropped on the host.
    window.drag(ask("kind", "host"), ask("element", "dc-1", "body"))
    window.until(lambda names: "region-1/zone-1/dc-1/host-1" in names)
    for number in range(1, 4):
        window.drag(ask("kind", "vm"), ask("element", "host-1", "body"))
        window.until(lambda names, number=number: f"region-1/zone-1/dc-1/host-1/vm-{number}" in names)

    # Rename the zone by double click, the host by F2.
    x, y = ask("element", "zone-1")
    desktop.xdotool("mousemove", x, y, "click", "--repeat", 2, "--delay", 60, 1)
    window.keys("ctrl+a")
    window.type("ap-south-1a")
    window.keys("Return")
    window.click(ask("element", "host-1"))
    window.until(lambda said: said == ["host-1"], "selected")
    window.keys("F2", "ctrl+a")
    window.type("big")
    window.keys("Return")
    window.until(lambda names: "region-1/ap-south-1a/dc-1/big/vm-1" in names)

    # More steps: nudge is one, duplicates are others; then 17 of them back and again.
    window.click(ask("element", "region-1"))
    window.keys("Right", "Right")
    for _ in range(6):
        window.click(ask("element", "big"))
        window.drag(ask("kind", "vm"), ask("element", "big", "body"))
    window.until(lambda names: "region-1/ap-south-1a/dc-1/big/vm-9" in names)
    full = ask("project")
    assert full["undo"] >= 16
    window.keys(*["ctrl+z"] * 17)
    window.until(lambda said: said["undo"] == max(full["undo"] - 17, 0) and len(said["rows"]) < 4, "project")
    window.keys(*["ctrl+shift+z"] * 17)
    window.until(lambda said: said["rows"] == full["rows"], "project")

    # Save under a name, change nothing, be killed, open again.
    path = tmp_path / "mine.clouddesign"
    window.keys("ctrl+s")
    until(lambda: ask("dialog") not in ("", NOT_ACTIVE))
    window.keys("ctrl+a")
    window.type(str(path))
    window.keys("Return")
    until(lambda: not ask("project")["modified"])
    window.until(lambda said: said.startswith("mine – Cloud Designer"), "title")
    os.kill(window.process.pid, signal.SIGKILL)
    window.process.wait(HUNG_S)
    again = Window(desktop, path)
    opened = again.ask("project")
    assert opened["rows"] == full["rows"]
    assert not opened["modified"]
    assert {way: kind for way, (kind, _) in opened["rows"].items()} == rows(path)


def test_that_a_container_is_dragged_into_another_and_alt_keeps_it(window: Window, desktop: Desktop) -> None:
    ask = window.ask
    window.drag(ask("kind", "region"), ask("corner"))
    window.drag(ask("kind", "zone"), ask("element", "region-1", "body"))
    window.drag(ask("kind", "data_center"), ask("element", "zone-1", "body"))
    window.drag(ask("kind", "host"), ask("element", "zone-1", "header"))
    window.until(lambda names: "region-1/zone-1/host-1" in names)
    start = set(window.names())
    window.drag(ask("element", "host-1"), ask("element", "dc-1", "body"))
    window.until(lambda names: "region-1/zone-1/dc-1/host-1" in names)
    window.keys("ctrl+z")
    window.until(lambda names: names == start)
    # By keyboard: select the data center, place a rack into it, delete it again.
    window.click(ask("element", "dc-1"))
    window.keys("ctrl+k")
    window.type("rack")
    window.keys("Return")
    window.until(lambda names: "region-1/zone-1/dc-1/rack-1" in names)
    window.keys("Delete")
    window.until(lambda names: names == start)


def test_that_a_blueprint_is_dragged_refused_and_placed_and_a_preset_made_of_a_part_of_it(window: Window) -> None:
    ask = window.ask
    window.drag(ask("entry", "ESXi N+1 with two datastores"), ask("corner"))
    window.until(lambda said: said.startswith("Press Run, then fail esx-2"), "toast")
    window.until(lambda names: {"own-dc", "own-dc/rack-1/esx-2/erp-3", "own-dc/ds-1/erp-1.vmdk"} <= names)
    assert ask("project")["steps"] == 1
    before = ask("project")
    window.drag(ask("entry", "Three-zone web shop"), ask("element", "own-dc"), hold=True)
    window.until(lambda said: said == "Users can only stand on the drawing itself", "reason")
    window.desktop.xdotool("mouseup", 1)
    window.until(lambda said: said == before, "project")

    # A rack of it is saved as a preset by keys, and the preset Find it in the palette to be dragged.
    window.click(ask("element", "rack-1"))
    window.until(lambda said: said == ["rack-1"], "selected")
    window.keys("ctrl+b")
    window.until(lambda said: said == "Save as Preset", "dialog")
    window.type("Tall rack")
    window.keys("Return")
    window.until(lambda said: said == "", "dialog")
    window.drag(ask("entry", "Tall rack"), ask("element", "own-dc"))
    window.until(lambda names: "own-dc/rack-3" in names)
    assert ask("project")["rows"]["own-dc/rack-3"][1]["preset"] == "Tall rack"
