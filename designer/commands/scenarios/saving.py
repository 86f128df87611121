"""Scenarios of a design: save a list of events under a name, and change it; each is one step of undo."""

from __future__ import annotations

from collections.abc import Iterable

from designer.catalog.scenarios.events import ScenarioEvent, events_text
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr


def save_scenario(project: Project, name: str, events: Iterable[ScenarioEvent], note: str = "") -> int:
    """Save events as a scenario of the design under a name that none has yet; its id. Raises RuleError."""
    if any(row.name == name for row in project.of_kind("scenario")):
        raise RuleError(tr("A scenario named {0} is already in the design; choose another name.", name))
    return edit.place(project, "scenario", name=name, events=events_text(events), note=note)


def change_events(project: Project, scenario: int, events: Iterable[ScenarioEvent]) -> None:
    """Give a scenario other events. Raises RuleError."""
    edit.change(project, [scenario], {"events": events_text(events)})
