"""`cloud-designer what-if`: play a scenario on a design; tell what fell, why, how it came back and what it cost."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from designer import units
from designer.catalog.kinds.saved.scenario import scenario_events, scenarios_by_name
from designer.catalog.rules.flows import called
from designer.catalog.scenarios.events import ScenarioEvent
from designer.catalog.scenarios.library import shipped_scenarios
from designer.catalog.scenarios.targets import target_error
from designer.cli_simulate import must_write, opened, write_out
from designer.cli_terminal import end_of_progress, interruptible, progress, say_lines, stop
from designer.errors import DesignerError, RuleError
from designer.model.project import Project
from designer.results.receipt import receipt_of
from designer.study.scenarios.answer import ScenarioAnswer, answer_of
from designer.study.scenarios.play import play
from designer.study.scenarios.printed import as_json, as_lines
from designer.words import tr

EXIT_MISSED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130

_HELP = """Play a scenario on a design: say what was cut, what fell with it and why, how it came back, what each service
lost, and whether recovery needed something that died.

A scenario is one that is saved in FILE, or one of the library by its name; --list names all and says which fit.

\b
Examples:
    cloud-designer what-if shop.clouddesign --list
    cloud-designer what-if shop.clouddesign --scenario "A zone goes dark" --json -

\b
Exit codes: 0 every service keeps its SLO; 1 a service misses its SLO; 2 an option or the design is wrong, or the
scenario cannot happen in it; 3 the file cannot be read or written; 130 interrupted.
"""


@click.command("what-if", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scenario", "name", metavar="NAME", help="The scenario to play.")
@click.option("--list", "lists", is_flag=True, help="List the scenarios of the file and of the library.")
@click.option("--until", help="Length of the run; default: that of the design, and an hour after the last event.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed, also of what rules pick; default: the design's.")
@click.option("--json", "json_out", metavar="FILE", help="Write the answer as JSON; - for standard output.")
@click.option("--receipt", type=click.Path(path_type=Path), metavar="FILE",
              help="Write a receipt, from which `reproduce` makes the same run again.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="No text and no progress.")
def what_if(
    file: Path,
    name: str | None,
    lists: bool,
    until: str | None,
    seed: int | None,
    json_out: str | None,
    receipt: Path | None,
    quiet: bool,
) -> None:
    """Play a scenario."""
    must_write(json_out, receipt)
    project = opened(file)
    if lists or name is None:
        if name is None and not lists:
            stop(tr("Name a scenario with --scenario; --list lists them."), EXIT_BAD_INPUT)
        say_lines(listed(project))
        return
    try:
        answer, told = _answer(project, name, until, seed, quiet)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)
    if receipt is not None:
        write_out(receipt, told.removesuffix("\n"))
    if json_out is not None:
        write_out(json_out, json.dumps(as_json(answer), allow_nan=False))
    if not quiet and json_out != "-":
        say_lines(as_lines(answer))
    if answer.misses_slo:
        raise SystemExit(EXIT_MISSED)


def _answer(
    project: Project, name: str, until: str | None, seed: int | None, quiet: bool
) -> tuple[ScenarioAnswer, str]:
    """The answer of a scenario, and its receipt."""
    events = scenario_named(project, name)
    until_s = None if until is None else units.read_span_s(until)
    with interruptible(None if quiet else _progress) as told:
        played = play(project, name, events, until_s=until_s, seed=seed, on_progress=told)
    answer = answer_of(played, {i: called(project, i) for i in {hit.id for hit in played.hits} if i in project.links})
    done = played.done
    return answer, receipt_of(project, done.spec, done.digest, scenario=name).text()


def _progress(part: float) -> None:
    if sys.stderr.isatty():
        progress(f"played {part:4.0%}")
        if part >= 1:
            end_of_progress()


def own_scenarios(project: Project) -> list[Any]:
    """The scenarios that are saved in a design."""
    return scenarios_by_name(project.of_kind("scenario"))


def scenario_named(project: Project, name: str) -> Sequence[ScenarioEvent]:
    """The events of a scenario of a design, or of the library, by its name. Raises RuleError."""
    own = [row for row in own_scenarios(project) if row.name == name]
    if len(own) > 1:
        raise RuleError(tr("{0} scenarios of the design are named {1}; rename all but one.", len(own), name))
    if own:
        return scenario_events(own[0])
    found = shipped_scenarios().get(name)
    if found is None:
        raise RuleError(tr("No scenario is named {0}; what-if --list lists them.", name))
    return found.events


def why_not(project: Project, events: Sequence[ScenarioEvent]) -> str:
    """Why a scenario cannot happen in a design; empty where it may."""
    return next((error for event in events if (error := target_error(project, event))), "")


def listed(project: Project) -> list[str]:
    """The scenarios of a design and of the library, and why some cannot happen in it."""
    lines = []
    for row in own_scenarios(project):
        wrong = why_not(project, scenario_events(row))
        lines.append(f"{row.name}{f' (cannot happen: {wrong})' if wrong else ''}")
    for shipped in shipped_scenarios().values():
        wrong = why_not(project, shipped.events)
        lines.append(f"{shipped.name}  [library]{f' (cannot happen here: {wrong})' if wrong else ''}")
        lines += [f"    {shipped.asks}", f"    {shipped.source} ({shipped.confidence})"]
    return lines
