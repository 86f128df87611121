"""`cloud-designer replay`: play published outages, and compare what the runs say with what happened."""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from markupsafe import Markup

from designer.catalog.scenarios.outages import PublishedOutage, published_outages, told_outages
from designer.cli_simulate import must_save, must_write, write_out
from designer.cli_terminal import NumberRange, end_of_progress, interruptible, progress, say_lines, stop
from designer.commands.scenarios.outages import LEAD_S, placed_outage
from designer.errors import DesignerError, RuleError
from designer.model.project import Project
from designer.report.blocks import Report
from designer.report.pages import page
from designer.report.reality import outage_section
from designer.store.file import project_file
from designer.study.replay.asks import ASKS
from designer.study.replay.book import Parameters, drawn, parameters, with_value
from designer.study.replay.played import says
from designer.study.replay.score import (
    HIT,
    NONE,
    OutageSays,
    ReplayRow,
    ReplayScore,
    compared,
    digest_of,
    score_of,
    silent,
)
from designer.study.replay.steps import STEPS, OutageCourse, course_of

EXIT_BELOW, EXIT_BAD_INPUT, EXIT_NO_FILE, EXIT_INTERRUPTED = 1, 2, 3, 130
FORMAT, VERSION = "cloud-designer-replay", 1
TEST = "test"

_HELP = """Play published outages, told only what caused them, and compare what the runs say with what happened.

Each answer is a hit within its band, early or late. Mechanisms (boot waves, hands, heat, launches) have one set of
parameters for all outages (--parameters lists it).

\b
Examples:
    cloud-designer replay --all
    cloud-designer replay aws-2012-06-14
    cloud-designer replay aws-2012-06-14 --save outage.clouddesign
    cloud-designer replay --all --report outages.html
    cloud-designer replay --all --least 0.8

\b
Exit codes: 0 it was played; 1 fewer answers are hits than --least asks for; 2 an option or a record is wrong; 3 a file
cannot be read or written; 130 interrupted.
"""


@click.command("replay", help=_HELP)
@click.argument("name", required=False)
@click.option("--all", "whole", is_flag=True, help="Play all outages and print the score.")
@click.option("--list", "lists", is_flag=True, help="List the outages.")
@click.option("--parameters", "shows_parameters", is_flag=True, help="List the parameters of the mechanisms.")
@click.option("--mechanisms", "shows_mechanisms", is_flag=True, help="List what a record may tell and ask.")
@click.option("--vary", is_flag=True, help="Also score with each assumed parameter at the ends of its range.")
@click.option(
    "--draws",
    type=click.IntRange(0, 1000),
    default=0,
    help="Also score this many times with all parameters drawn at random.",
)
@click.option(
    "--published", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file of what was observed."
)
@click.option(
    "--told", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file of what is told to runs."
)
@click.option("--save", type=click.Path(path_type=Path), help="Write the design and scenario of NAME to this file.")
@click.option(
    "--report",
    "page_out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a page (HTML) with each outage as a line of time: told, observed, simulated.",
)
@click.option(
    "--least",
    type=NumberRange(0.0, 1.0),
    default=0.0,
    help="Exit with 1 where less than this part of what was observed is hit; what has no answer is not.",
)
@click.option("--json", "json_out", metavar="FILE", help="Write the answer as JSON; - for standard output.")
def replay(
    name: str | None,
    whole: bool,
    lists: bool,
    shows_parameters: bool,
    shows_mechanisms: bool,
    vary: bool,
    draws: int,
    published: Path | None,
    told: Path | None,
    save: Path | None,
    page_out: Path | None,
    least: float,
    json_out: str | None,
) -> None:
    """Play published outages."""
    must_write(json_out, page_out)
    must_save(save)
    if shows_parameters:
        say_lines(_parameter_lines(parameters()))
        return
    if shows_mechanisms:
        say_lines(_mechanism_lines())
        return
    try:
        known, records = published_outages(published), told_outages(told)
        if lists or not (whole or name):
            say_lines(f"{one.id}  {one.use}  {one.operator}, {one.place}" for one in known.values())
            return
        chosen = known if whole else {str(name): _named(known, str(name))}
        with interruptible(_progress) as tell:
            said = played(chosen, records, parameters(), tell)
            ends = varied(chosen, records, said, tell) if vary else []
            scores = [score_of_draw(chosen, records, number, tell) for number in range(1, draws + 1)]
        if save is not None:
            _save(records, chosen, str(name), save)
        if page_out is not None:
            write_out(page_out, whole_page(chosen, records, said))
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    rows = [row for one in said for row in compared(chosen[one.id], one)]
    digest = digest_of(said, parameters())
    if json_out is not None:
        write_out(json_out, json.dumps(as_json(rows, said, ends, scores, digest), allow_nan=False))
    if json_out != "-":
        one = str(name)
        say_lines(
            as_lines(rows, digest, ends, scores)
            if whole
            else outage_lines(known[one], records.get(one, {}), said[0], rows)
        )
    if sum(row.verdict == HIT for row in rows) < least * len(rows):
        raise SystemExit(EXIT_BELOW)


def _progress(part: float) -> None:
    if sys.stderr.isatty():
        progress(f"played {part:4.0%}")
        if part >= 1:
            end_of_progress()


def _named(known: Mapping[str, PublishedOutage], name: str) -> PublishedOutage:
    if name not in known:
        raise RuleError(f"No outage is called {name}; --list lists them.")
    return known[name]


def _save(
    records: Mapping[str, Mapping[str, Any]], known: Mapping[str, PublishedOutage], name: str, path: Path
) -> None:
    if name not in records or name not in known:
        raise RuleError("--save writes one outage that has a record; name it.")
    project, _ = design_of(records[name], parameters(), known[name].given)
    project_file.save(path, project.rows())


def whole_page(
    chosen: Mapping[str, PublishedOutage], records: Mapping[str, Mapping[str, Any]], said: Sequence[OutageSays]
) -> str:
    """A page that shows outages that were played, each as a line of time."""
    shown = [one for one in said if one.digest]
    sections = [
        outage_section(chosen[one.id], told, course_of(told, parameters(), chosen[one.id].given), one)
        for one, told in ((one, records[one.id]) for one in shown)
    ]
    rows = [row for one in shown for row in compared(chosen[one.id], one)]
    return page(Report("Was it ever so in reality?", " ".join(_score_lines(rows)), sections), Markup(""))


def design_of(
    told: Mapping[str, Any], book: Parameters, given: Mapping[str, Any] | None = None
) -> tuple[Project, OutageCourse]:
    """The design of what is told of an outage with its scenario, and what its mechanisms found. Raises RuleError."""
    try:
        course = course_of(told, book, given)
        events = [(event.at_min, event.what, event.name) for event in course.events]
        return placed_outage(told, course.book.number, events, course.book.of(told, "until")), course
    except KeyError as error:
        raise RuleError(f"The record of the outage lacks {error}.") from None
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        raise RuleError("The record of the outage has parts of a wrong form.") from None


def played(
    chosen: Mapping[str, PublishedOutage],
    records: Mapping[str, Mapping[str, Any]],
    book: Parameters,
    tell: Callable[[float], object] | None = None,
) -> list[OutageSays]:
    """What runs say of outages; of one without a record, or whose record lacks something, why nothing."""
    found = []
    for number, (outage, published) in enumerate(chosen.items()):
        if tell is not None:
            tell(number / len(chosen))
        told = records.get(outage)
        if told is None:
            found.append(silent(outage, "nothing is told of it"))
            continue
        try:
            project, course = design_of(told, book, published.given)
            found.append(says(told, course, project, LEAD_S))
        except DesignerError as error:
            found.append(silent(outage, str(error)))
    if tell is not None:
        tell(1.0)
    return found


Varied = tuple[str, float, ReplayScore]


def varied(
    chosen: Mapping[str, PublishedOutage],
    records: Mapping[str, Mapping[str, Any]],
    said: Sequence[OutageSays],
    tell: Callable[[float], object] | None = None,
) -> list[Varied]:
    """The score of the test outages with each parameter at either end of its range, the others as they are."""
    book, found = parameters(), []
    for done, (name, parameter) in enumerate(book.items()):
        for value in (parameter.low, parameter.high):
            if tell is not None:
                tell(done / len(book))
            touched = {one.id: chosen[one.id] for one in said if name in one.used and value != parameter.value}
            anew = {one.id: one for one in played(touched, records, with_value(book, name, value))}
            again = [anew.get(one.id, one) for one in said]
            rows = [row for one in again for row in compared(chosen[one.id], one)]
            found.append((name, value, score_of(row for row in rows if row.use == TEST)))
    return found


def score_of_draw(
    chosen: Mapping[str, PublishedOutage],
    records: Mapping[str, Mapping[str, Any]],
    number: int,
    tell: Callable[[float], object] | None = None,
) -> ReplayScore:
    """The score of the test outages with all parameters drawn at random from their ranges; an outage that
    cannot be played with these is missed."""
    said = played(chosen, records, drawn(parameters(), number), tell)
    rows = [row for one in said for row in compared(chosen[one.id], one)]
    return score_of(row for row in rows if row.use == TEST)


# -- text


def as_lines(
    rows: Sequence[ReplayRow], digest: str, ends: Sequence[Varied] = (), draws: Sequence[ReplayScore] = ()
) -> list[str]:
    """The table of all answers, misses with their reasons, and the score."""
    titles = ("Outage", "Quantity", "Observed", "Band", "Said", "Verdict", "Times")
    cells = [titles, *(_cells(row) for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(titles))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    misses = [row for row in rows if row.verdict != HIT]
    if misses:
        lines += ["", "Why not:"]
        lines += [f"  {row.outage}, {row.answer.quantity}: {row.reason or 'not known'}" for row in misses]
    lines += ["", *_score_lines(rows)]
    if ends:
        lines += ["", "Numbers within their bands with a parameter at the ends of its range:"]
        lines += [f"  {name} = {value:g}: {score.numbers_hit} of {score.numbers}" for name, value, score in ends]
    if draws:
        hits = sorted(score.numbers_hit for score in draws)
        lines += ["", f"Numbers within their bands with all parameters drawn at random, {len(hits)} times:"]
        lines += [f"  {hits[0]} to {hits[-1]} of {draws[0].numbers}, median {statistics.median(hits):g}"]
    return [*lines, f"digest {digest}"]


def _score_lines(rows: Sequence[ReplayRow]) -> list[str]:
    lines = []
    for use in dict.fromkeys(row.use for row in rows):
        score = score_of(row for row in rows if row.use == use)
        if score.numbers or score.choices:
            part = f" ({score.numbers_hit / score.numbers:.0%})" if score.numbers else ""
            lines.append(
                f"{use}: {score.numbers_hit} of {score.numbers} numbers within their bands{part}; "
                f"{score.choices_hit} of {score.choices} of yes or no"
            )
    return lines


def _cells(row: ReplayRow) -> tuple[str, ...]:
    one, times = row.answer, row.factor
    band = "" if one.band is None else f"{one.band[0]:g} to {one.band[1]:g}"
    observed = _told(one.value, one.unit, row.numeric)
    said = "" if row.said is None else _told(row.said, one.unit, row.numeric)
    return row.outage, one.quantity, observed, band, said, row.verdict, "" if times is None else f"{times:.2g}"


def _told(value: float | bool, unit: str, numeric: bool) -> str:
    if not numeric:
        return "yes" if value else "no"
    return "never" if math.isinf(value) else f"{value:.3g} {unit}"


def outage_lines(
    outage: PublishedOutage, told: Mapping[str, Any], said: OutageSays, rows: Sequence[ReplayRow]
) -> list[str]:
    """An outage: what happened when, the moments of the run beside it, its answers and sources."""
    lines = [f"{outage.id}: {outage.operator}, {outage.place}, from {outage.start}"]
    lines += [f"{title}: {told[key]}." for key, title in (("told", "Told"), ("assumed", "Assumed")) if key in told]
    lines += ["", "Observed, minutes; the part of the run's VMs that is up then:"]
    for (low, high), what, confidence in outage.milestones:
        up = "" if not said.running else f"{said.running_at(high):>6.0%}"
        lines.append(f"  {f'{low:g}' if low == high else f'{low:g} to {high:g}':>14}  {up}  {what} ({confidence})")
    if said.moments:
        lines += ["", "Moments and figures of the run's mechanisms:"]
        lines += [f"  {value:>14,.5g}  {name}" for name, value in said.moments.items()]
    lines += ["", *as_lines(rows, said.digest[:32] or "none"), "", "Sources:"]
    return [*lines, *(f"  {source}" for source in outage.sources)]


def _parameter_lines(book: Parameters) -> list[str]:
    lines = []
    for one in book.values():
        known = f"{one.low:g} to {one.high:g}; {one.confidence}"
        lines += [f"{one.name} = {one.value:g} {one.unit} ({known}): {one.what}", f"    {one.source}"]
    return lines


def _mechanism_lines() -> list[str]:
    lines = ['Steps of a record (minutes; a number is plain, a name, a list to be added, or {"times": [...]}):']
    lines += [f"  {name}: {' '.join((step.__doc__ or '').split())}" for name, step in STEPS.items()]
    lines += ["", "Questions of a record; a part is a number or a question again:"]
    return [*lines, *(f"  {name}: {ask.what}" for name, ask in ASKS.items())]


def as_json(
    rows: Sequence[ReplayRow],
    said: Sequence[OutageSays],
    ends: Sequence[Varied],
    draws: Sequence[ReplayScore],
    digest: str,
) -> dict[str, Any]:
    """All of it as plain values."""
    uses = dict.fromkeys(row.use for row in rows)
    return {
        "format": FORMAT,
        "version": VERSION,
        "digest": digest,
        "score": {use: vars(score_of(row for row in rows if row.use == use)) for use in uses},
        "answers": [_json_row(row) for row in rows],
        "moments": {one.id: {name: _finite(value) for name, value in one.moments.items()} for one in said},
        "varied": [{"parameter": name, "value": value, **vars(score)} for name, value, score in ends],
        "draws": [vars(score) for score in draws],
        "parameters": {name: vars(one) for name, one in parameters().items()},
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _json_row(row: ReplayRow) -> dict[str, Any]:
    one = row.answer
    return {
        "outage": row.outage, "use": row.use, "quantity": one.quantity, "what": one.what, "observed": one.value,
        "band": one.band, "unit": one.unit, "said": _finite(row.said), "never": row.said == math.inf,
        "verdict": row.verdict, "times": row.factor, "reason": row.reason, "answered": row.verdict != NONE,
    }  # fmt: skip
