"""Scenarios of a design: save a list of events under a name, and change it; each is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable

from designer.catalog.scenarios.events import FAILING, ScenarioEvent, events_text
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr

FIRST_S = 3600.0
"""When the first event of a new scenario happens."""


def save_scenario(project: Project, name: str, events: Iterable[ScenarioEvent], note: str = "") -> int:
    """Save events as a scenario of the design under a name that none has yet (empty: a free one); its id. Raises
    RuleError.
    """
    name = name or edit.next_name(project, "scenario")
    if any(row.name == name for row in project.of_kind("scenario")):
        raise RuleError(tr("A scenario named {0} is already in the design; choose another name.", name))
    return edit.place(project, "scenario", name=name, events=events_text(events), note=note)


def begin_scenario(project: Project, ids: Iterable[int]) -> int:
    """A new scenario in which some elements fail after an hour; those that cannot are left out. Raises RuleError."""
    chosen = [i for i in ids if i in project.elements and project.elements[i].kind in FAILING]
    events = [ScenarioEvent(FIRST_S, "fail", i) for i in chosen]
    return save_scenario(project, edit.next_name(project, "scenario"), events)


def copy_scenario(project: Project, scenario: int) -> int:
    """A copy of a scenario under a free name; its id. Raises RuleError."""
    row = project.elements[scenario].__dict__
    taken, number = {one.name for one in project.of_kind("scenario")}, 2
    while (name := tr("{0} ({1})", row["name"], number)) in taken:
        number += 1
    return edit.place(project, "scenario", name=name, events=row["events"], note=row["note"])


def change_events(project: Project, scenario: int, events: Iterable[ScenarioEvent]) -> None:
    """Give a scenario other events. Raises RuleError."""
    edit.change(project, [scenario], {"events": events_text(events)})
