"""A drawn year played as a what-if, by the rules of a run."""

from __future__ import annotations

from collections.abc import Callable

from designer.model.element import ROOT_ID
from designer.model.project import Project, snapshot
from designer.study.availability.bad_years import YEAR_H, BadYear
from designer.study.scenarios.play import Played, play
from designer.words import tr

STEP_S = 3600.0
"""The recording step of a year; events happen at their instants all the same."""


def year_design(project: Project) -> Project:
    """A design whose run is a year long, in steps of an hour."""
    made = snapshot(project)
    with made.edit(tr("A year")):
        made.set(ROOT_ID, until_h=YEAR_H, sample_s=STEP_S)
    return made


def year_name(year: BadYear) -> str:
    """What a year is called in a list."""
    return tr("Year {0:,}", year.number)


def play_year(project: Project, year: BadYear, on_progress: Callable[[float], object] | None = None) -> Played:
    """Play a year to its end in this process. Raises RuleError, SpecError."""
    return play(year_design(project), year_name(year), year.events, until_s=YEAR_H * 3600.0, on_progress=on_progress)
