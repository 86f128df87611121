"""`cloud-designer bad-years`: the worst of many drawn years of each service, why, and one of them as a scenario."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from designer import units
from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, find, must_write, opened, write_out
from designer.cli_terminal import end_of_progress, interruptible, progress, say, say_lines, stop, warn
from designer.commands.scenarios.saving import save_scenario
from designer.errors import DesignerError, RuleError, SpecError
from designer.model.element import id_text
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.availability.answer import Ended, Study
from designer.study.availability.bad_years import BadYear
from designer.study.availability.drawn_years import MOST_YEARS, SEED, YearSampler, bad_year, draw_years
from designer.study.availability.playing import play_year
from designer.study.availability.words import span
from designer.study.scenarios.answer import ServiceAnswer, services_of

JSON_VERSION = 1
HOUR_S = 3600.0
Tell = Callable[[float], bool]

_HELP = """Draw many years of a design, and list the worst of each service: how long it was down and why.

A year is a list of failures of elements, drawn from their MTBF, MTTR and laws. It has a number: with the same seed and
design, --year draws it again alone. --play plays it by the rules of a run (restarts, capacity, boot waves, batteries)
and says for how long each service dropped requests. --save-scenario saves its failures in FILE as a scenario, which the
window and what-if play.

\b
Examples:
    cloud-designer bad-years shop.clouddesign
    cloud-designer bad-years shop.clouddesign --service shop --year 38426 --play --save-scenario "Year 38,426"

\b
Exit codes: 0 the years are drawn; 2 an option or the design is wrong; 3 the file cannot be read or written; 130
interrupted.
"""


@click.command("bad-years", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--service", "names", multiple=True, metavar="NAME_OR_ID", help="A service; again for more. Else all.")
@click.option("--years", "most", type=click.IntRange(1, MOST_YEARS), default=MOST_YEARS, show_default=True,
              help="Years to draw at most; fewer do where the mean downtime is known within 3%.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=SEED, show_default=True, help="Seed of the years.")
@click.option("--year", "number", type=click.IntRange(0, 2**40), metavar="NUMBER", help="One year alone.")
@click.option("--play", "plays", is_flag=True, help="Play the year of --year as a run.")
@click.option("--save-scenario", "scenario", metavar="NAME", help="Save the year of --year as a scenario in FILE.")
@click.option("--json", "json_out", metavar="FILE", help="Write the years as JSON; - for standard output.")
@click.option("--quiet", is_flag=True, help="No text and no progress.")
def bad_years(
    file: Path,
    names: Sequence[str],
    most: int,
    seed: int,
    number: int | None,
    plays: bool,
    scenario: str | None,
    json_out: str | None,
    quiet: bool,
) -> None:
    """List the worst drawn years."""
    if number is None and (plays or scenario is not None):
        stop("Name a year with --year; it is played or saved.", EXIT_BAD_INPUT)
    must_write(json_out)
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    played: list[ServiceAnswer] = []
    try:
        with interruptible(_told if shows else None) as tell:
            found = _years(project, names, most, seed, number, tell)
            if plays:
                done = play_year(project, found[0], tell)
                played = services_of(done.done, 0.0, list(done.done.result.log))
        if scenario is not None:
            _save(file, scenario, found[0])
    except (DesignerError, Ended) as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if json_out is not None:
        write_out(json_out, json.dumps(as_json(project, found, played), allow_nan=False))
    if not quiet and json_out != "-":
        say_lines(as_lines(project, found, number is not None))
        say_lines(_played_lines(played))
        if scenario is not None:
            say(f"Saved the scenario “{scenario}” in {file.name}.")


def _told(part: float) -> None:
    progress(f"done {part:4.0%}")


def _years(
    project: Project, names: Sequence[str], most: int, seed: int, number: int | None, tell: Tell
) -> list[BadYear]:
    """The worst years of services, or one year of each. Raises RuleError, SpecError."""
    study = Study(project)
    ids = [find(project, name) for name in names] or list(study.structure.services)
    for one in ids:
        if one not in study.structure.services:
            raise RuleError(f"{project.elements[one].name} is no service.")
    if not ids:
        raise RuleError("The design has no service; draw one, and link its members to it.")
    asked = list(study.structure.services.values())
    ids = _answered(study, ids)
    if number is not None:
        sampler = YearSampler(study, asked, seed)
        kept = [one for one in ids if one in sampler.nodes]
        if not kept:
            raise RuleError("Nothing that fails takes the service down.")
        return [bad_year(sampler, one, number) for one in kept]
    drawn = draw_years(study, asked, lambda so_far: tell(so_far.years / most), seed, most=most)
    return [year for one in ids if (of := drawn.of(one)) is not None for year in of.worst]


def _answered(study: Study, ids: Sequence[int]) -> list[int]:
    """The services of some that have an answer; the others are told of. Raises SpecError where none has."""
    refused = [study.structure.services[one].refusal for one in ids]
    if all(refused):
        raise SpecError(refused[0])
    for reason in filter(None, refused):
        warn(reason)
    return [one for one, reason in zip(ids, refused, strict=True) if not reason]


def _save(file: Path, name: str, year: BadYear) -> None:
    """Save a year as a scenario in a project file, with all else that it holds."""
    loaded = project_file.load_whole(file)
    project = opened(file)
    save_scenario(project, name, year.events, f"Year {year.number:,} drawn with seed {year.seed}: {year.told}.")
    project_file.save(file, project.rows(), loaded.stamp, aside=loaded.aside)


def as_lines(project: Project, found: Sequence[BadYear], whole: bool) -> list[str]:
    """A line a year, with its outages where it was asked for alone."""
    lines: list[str] = []
    for year in found:
        name = project.elements[year.service].name
        why = f": {year.told}" if year.told else ""
        count = f"{len(year.outages):,} outage{'s' * (len(year.outages) != 1)}"
        lines.append(f"{name}  year {year.number:<8} {span(year.down_h):>8} down in {count}{why}")
        if whole:
            lines += [f"    at {units.clock_text(one.begin_h * HOUR_S)}  {span(one.hours):>8}  {one.told}"
                      for one in year.outages]  # fmt: skip
    if whole and found:
        left = f"; {found[0].left_out:,} more are no events of a run" if found[0].left_out else ""
        lines.append(f"{len(found[0].events):,} failures of elements in the year{left}.")
    return lines or ["Nothing that fails takes a service down."]


def _played_lines(played: Sequence[ServiceAnswer]) -> list[str]:
    return [f"Played as a run: {one.name} drops requests for {span(one.dropping_s / HOUR_S)}, "
            f"{span(one.down_s / HOUR_S)} as time without any answer." for one in played]  # fmt: skip


def as_json(project: Project, found: Sequence[BadYear], played: Sequence[ServiceAnswer]) -> dict[str, Any]:
    """The years; times are hours from the beginning of the year, and seconds in events."""
    return {
        "version": JSON_VERSION,
        "years": [
            {
                "service": project.elements[year.service].name,
                "number": year.number,
                "seed": year.seed,
                "down_h": year.down_h,
                "outages": [
                    {"begin_h": one.begin_h, "end_h": one.end_h, "causes": [id_text(i) for i in one.ids],
                     "why": one.told}
                    for one in year.outages
                ],
                "events": [
                    {"at_s": e.at_s, "what": e.what, "target": id_text(e.target), "for_s": e.for_s}
                    for e in year.events
                ],
                "left_out": year.left_out,
            }
            for year in found
        ],
        "played": [
            {"service": one.name, "dropping_s": one.dropping_s, "down_s": one.down_s} for one in played
        ],
    }  # fmt: skip
