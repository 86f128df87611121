"""All that a report tells of a design, in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from designer import __version__
from designer.catalog.scenarios.events import ScenarioEvent
from designer.checks.check import Finding
from designer.errors import DesignerError
from designer.model.project import Project
from designer.report import answers, design
from designer.report.blocks import DRAWING, Report, Section, TextBlock
from designer.study.headless import run_headless
from designer.words import tr

Tell = Callable[[float], object]
DESIGNED, STUDIED, PLAYED, LOST = 0.1, 0.4, 0.7, 0.9
"""The parts of the work after which the design is read, availability is known, scenarios are
played, and regions are lost."""


def worked_sections(
    project: Project,
    scenarios: Mapping[str, Sequence[ScenarioEvent]] | None,
    met: Sequence[Finding] | None,
    tell: Tell,
) -> list[Section]:
    """The sections of a design but its drawing. `scenarios`: by name; None: those of the design. `met`: the findings of
    the run that the report shows; None: the design is run, too. What `tell` raises ends the work.
    """
    found = [design.inventory(project), design.cost(project)]
    tell(DESIGNED)
    found.append(answers.availability(project, _within(tell, DESIGNED, STUDIED)))
    chosen = answers.own_scenarios(project) if scenarios is None else scenarios
    found.append(answers.scenarios(project, chosen, _within(tell, STUDIED, PLAYED)))
    lost = answers.disasters(project, _within(tell, PLAYED, LOST))
    found += [] if lost is None else [lost]
    if met is None:
        section, met = _own_run(project, _within(tell, LOST, 1.0))
        found.append(section)
    found.insert(1, design.findings(project, met))
    found.append(design.assumptions(project))
    return found


def _within(tell: Tell, low: float, high: float) -> Tell:
    return lambda part: tell(low + (high - low) * part)


def _own_run(project: Project, tell: Tell) -> tuple[Section, list[Finding]]:
    """A run of the design as it stands, and its findings."""
    try:
        done = run_headless(project, on_progress=tell)
    except DesignerError as error:
        return Section("run", tr("Run"), (TextBlock((str(error),)),)), []
    told = answers.run_section(done.results, tr("A run without events, made for this report"))
    return told, answers.run_findings(done)


def assembled(project: Project, title: str, found: Sequence[Section], run: Section | None = None) -> Report:
    """The report of a design: its drawing first, then what was found; `run` stands before the assumptions."""
    parts = list(found)
    if run is not None:
        parts.insert(len(parts) - 1, run)
    about = [str(project.root.__dict__["note"])] if str(project.root.__dict__["note"]).strip() else []
    drawing = Section(DRAWING, tr("Drawing"), (TextBlock(about),) if about else ())
    made = tr("Made on {0} by Cloud Designer {1}; seed {2}.", time.strftime("%Y-%m-%d %H:%M"), __version__,
              project.root.__dict__["seed"])  # fmt: skip
    return Report(title, made, (drawing, *parts))
