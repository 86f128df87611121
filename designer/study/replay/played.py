"""Play an outage as a run, and put to it what its record asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designer.catalog.kinds.saved.scenario import scenario_events
from designer.errors import DesignerError
from designer.model.project import Project
from designer.study.replay.asks import RunReading, answer
from designer.study.replay.score import OutageSays
from designer.study.replay.steps import OutageCourse
from designer.study.scenarios.play import play


def says(told: Mapping[str, Any], course: OutageCourse, project: Project, lead_s: float) -> OutageSays:
    """Play the outage of a design (its one scenario), and put to the run what its record asks."""
    events = scenario_events(project.of_kind("scenario")[0])
    until_s = float(project.root.__dict__["until_h"]) * 3600.0
    played = play(project, str(told["id"]), events, until_s=until_s)
    run = RunReading(told, course.book, played, lead_s)
    values, refused = {}, {}
    for quantity, question in told.get("asks", {}).items():
        try:
            values[quantity] = answer(run, question)
        except DesignerError as error:
            refused[quantity] = str(error)
    book = course.book
    return OutageSays(
        str(told["id"]), values, refused, played.done.digest, dict(book.found), frozenset(book.used), run.curve()
    )
