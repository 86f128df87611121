"""An action as a row, and the conditions under which rows are enabled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designer.catalog.rules.flows import MAY_FAIL
from designer.study.states import RunState
from designer.ui.shell.context import Context

When = Callable[[Context], bool]


def always(context: Context) -> bool:
    """Return True."""
    return True


@dataclass(frozen=True)
class Action:
    """One action. `toggled` returns whether it is on; `separate` draws a line above it."""

    id: str
    text: str
    menu: str
    run: Callable[[Context], object]
    key: str = ""
    icon: str = ""
    when: When = always
    separate: bool = False
    toggled: When | None = None


def selected(context: Context) -> bool:
    """Return whether something is selected."""
    return bool(context.session.selection)


def elements_selected(context: Context) -> bool:
    """Return whether an element is selected."""
    return context.session.chosen.elements > 0


def several_selected(context: Context) -> bool:
    """Return whether two elements or more, and no links, are selected."""
    session = context.session
    return len(session.selection) > 1 and session.chosen.elements == len(session.selection)


def one_selected(context: Context) -> bool:
    """Return whether exactly one element is selected."""
    chosen = context.session.selection
    return len(chosen) == 1 and chosen[0] in context.session.project.elements


def kind_selected(kind: str, context: Context) -> bool:
    """Return whether an element of a kind is selected."""
    return kind in context.session.chosen.counts


def in_run(context: Context) -> bool:
    """Return whether there is a run that goes on or has finished."""
    run = context.session.run
    return run is not None and (run.active or run.state is RunState.FINISHED)


def selected_in_run(context: Context) -> bool:
    """Return whether an element, or a link that can be cut, is selected and there is a run."""
    links, chosen = context.session.project.links, context.session.selection
    cuttable = any(links[i].kind in MAY_FAIL for i in chosen if i in links)
    return in_run(context) and (cuttable or elements_selected(context))
