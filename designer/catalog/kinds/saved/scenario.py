"""A scenario saved in the design: timed events under a name, to be run again. Its note says what it asks."""

from collections.abc import Iterable
from typing import ClassVar

from designer.catalog.scenarios.events import TEXT_LIMIT, ScenarioEvent, events_of
from designer.errors import RuleError
from designer.model.element import Element, field
from designer.model.kind import Kind, Kinds
from designer.words import tr


class Scenario(Element, table=True):
    """A scenario; its name and what it asks (the note) are the element's."""

    kind: ClassVar[str] = "scenario"

    events: str = field("[]", "Events", editor="hidden", max_length=TEXT_LIMIT)


def scenarios_by_name(elements: Iterable[Element]) -> list[Element]:
    """Scenarios as they are listed: a file keeps no order of them."""
    return sorted(elements, key=lambda row: (row.name.casefold(), row.id))


def scenario_events(row: Element) -> tuple[ScenarioEvent, ...]:
    """The events of a scenario in a design. Raises RuleError where they are damaged."""
    fields = row.__dict__
    try:
        return events_of(fields["events"])
    except RuleError as error:
        raise RuleError(tr("The scenario “{0}” cannot be read: {1}.", fields["name"], error)) from None


def _load_error(kinds: Kinds, row: Element) -> str | None:
    try:
        scenario_events(row)
    except RuleError as error:
        return str(error)
    return None


SCENARIO = Kind(
    "scenario",
    "Scenario",
    "scenario.svg",
    Scenario,
    inside=("design",),
    prefix="scenario",
    plural="scenarios",
    drawn=False,
    in_palette=False,
    help="Timed events under a name: what fails when, and comes back. Run it to see what follows.",
    load_error=_load_error,
)
