"""How many nines the services of a design have, as a table or JSON, for people and pipelines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, find, must_write, opened, write_out
from designer.cli_terminal import NumberRange, end_of_progress, interruptible, progress, say_lines, stop, warn
from designer.commands.strengthen import strengthenings
from designer.errors import DesignerError, RuleError
from designer.model.element import id_text
from designer.model.project import Project
from designer.study.availability.answer import (
    METHODS,
    YEAR_H,
    Bought,
    Contribution,
    ServiceAvailability,
    Study,
    bought,
    ranked,
)
from designer.study.availability.found import NoNines
from designer.study.availability.words import MOST_NAIVE, band, credit_text, percent, slo_text, span, too_good

JSON_VERSION = 1
EXIT_MISSED = 1
METHOD_NAMES = {method.replace(" ", "-") or "auto": method for method in METHODS}
MOST_TOLD = 6
"""Most causes, changes and unknowns that are told of a service as text; JSON has all."""

_HELP = """Say how many nines the services of a design have, and what one change would buy.

Availability is that of the long run, from the MTBF and MTTR of all that a service stands on. What several members
share is counted once; beside it stands the naive figure, as if they shared nothing. The range comes of how well the
MTBF and MTTR are known.

A service has no answer, and is told why, where its members never carry its peak. Histories (--method monte-carlo) show
no outage of what fails too rarely, and a biased sample (rare-event) does not tell how often a year misses an SLO.

\b
Exit codes: 0 all services keep their SLO; 1 one misses it, or is never up; 2 an option or the design is wrong, or one
with an SLO has no answer; 3 the file cannot be read or written; 130 interrupted.
"""


@click.command("availability", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--service", "services", multiple=True, metavar="NAME_OR_ID", help="A service; again for more. Else all.")
@click.option("--rel-error", type=NumberRange(1e-4, 0.5), default=0.01, show_default=True,
              help="Half of the 95% interval of an answer that is sampled, as a part of it.")  # fmt: skip
@click.option("--method", type=click.Choice(list(METHOD_NAMES)), default="auto", show_default=True,
              help="How to compute it; auto is exact where the structure allows.")  # fmt: skip
@click.option("--changes/--no-changes", default=True, help="Whether to compute what changes would buy; default yes.")
@click.option("--json", "json_out", metavar="FILE", help="Write the answer as JSON; - for standard output.")
@click.option("--quiet", is_flag=True, help="No table and no progress.")
def availability(
    file: Path,
    services: tuple[str, ...],
    rel_error: float,
    method: str,
    changes: bool,
    json_out: str | None,
    quiet: bool,
) -> None:
    """Print how many nines services have."""
    must_write(json_out)
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        study = Study(project)
        ids = _asked(project, services) or [one.id for one in study.services]
        if not ids:
            raise RuleError("The design has no service; draw one, and link its members to it.")
        with interruptible(_told if shows else None) as tell:
            ask = partial(study.availability, rel_error=rel_error, method=METHOD_NAMES[method])
            found, missing = _answers(project, ask, ids, changes, tell, bool(services))
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if json_out is not None:
        write_out(json_out, json.dumps(as_json(project, found, missing), allow_nan=False))
    if not quiet and json_out != "-":
        say_lines(as_lines(project, found))
    promised = [needs for one in missing if (needs := study.structure.services[one.id]).slo_frac]
    if any(one.misses for one in found) or any(needs.refusal for needs in promised):
        raise SystemExit(EXIT_MISSED)
    if promised:
        raise SystemExit(EXIT_BAD_INPUT)


def _asked(project: Project, names: tuple[str, ...]) -> list[int]:
    ids = [find(project, name) for name in names]
    for one in ids:
        if project.elements[one].kind != "service":
            raise RuleError(f"{project.elements[one].name} is no service.")
    return ids


def _told(part: float) -> None:
    progress(f"computed {part:4.0%}")


def _answers(
    project: Project,
    ask: Callable[..., ServiceAvailability],
    ids: list[int],
    changes: bool,
    tell: Callable[[float], bool],
    named: bool,
) -> tuple[list[ServiceAvailability], list[NoNines]]:
    """The answer of each service, in order, and those without one, which are warned of; one that was named must have
    one.
    """
    found, missing = list[ServiceAvailability](), list[NoNines]()
    half = 0.5 if changes else 1.0
    for number, one in enumerate(ids):

        def so_far(part: float, done: int = number) -> bool:
            return tell((done + part * half) / len(ids))

        try:
            answer = ask(one, so_far)
        except DesignerError as error:
            if named:
                raise
            warn(error)
            missing.append(NoNines(one, project.elements[one].name, str(error)))
            continue
        offers = strengthenings(project, one) if changes else []
        got: list[Bought] = []
        for done, offer in enumerate(offers):
            got += bought(project, [answer], offer).values()
            tell((number + 0.5 + 0.5 * (done + 1) / len(offers)) / len(ids))
        answer.changes = ranked(got)
        found.append(answer)
    return found, missing


def as_lines(project: Project, found: list[ServiceAvailability]) -> list[str]:
    """A line a service, then of each what takes it down, what to measure first and what changes would buy."""
    if not found:
        return ["No service has an answer."]
    titles = ("Service", "SLO", "Available", "Down a year", "Range", "Outages a year", "Each", "Years missed", "Naive")
    rows = [titles, *(_row(one) for one in found)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(titles))]
    lines = ["  ".join(cell.ljust(w) if not n else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths)))
             for row in rows]  # fmt: skip
    for one in found:
        lines += ["", *_details(project, one)]
    return lines


def _row(one: ServiceAvailability) -> tuple[str, ...]:
    slo = slo_text(one.slo_frac) or "none"
    missed = "" if one.missed is None else f"{one.missed:.0%}"
    name = f"{one.name} (misses its SLO)" if one.misses else one.name
    each = span(one.mean_outage_h) if one.outages_h else ""
    times = (span(one.downtime_h), band(one), f"{one.outages_h * YEAR_H:.2g}", each, missed)
    naive = too_good(one)
    told = "the same" if naive < 1.05 else f"{naive:,.2g}x too good" if naive < MOST_NAIVE else "> 1e6x too good"
    return name, slo, percent(one.down), *times, told


def _details(project: Project, one: ServiceAvailability) -> list[str]:
    lines = [f"{one.name}: {one.needed:,} of {one.members:,} members carry its peak. {one.why}", *one.notes]
    if one.credit is not None:
        lines.append(f"  {credit_text(one.credit)}")
    if _large(one):
        lines.append("  What takes it down, a year:")
        lines += [f"    {span(cause.hours):>9}  {cause.label}" for cause in _large(one)]
    if one.helpful:
        lines.append("  What one change would buy:")
        for change in one.helpful[:MOST_TOLD]:
            meets = ", meets the SLO" if change.meets and one.misses else ""
            usd = "" if change.usd_month is None else f", {change.usd_month:+,.0f} USD a month"
            lines.append(f"    {span(change.down * YEAR_H):>9}  {change.gained:+.2f} nines  {change.title}{usd}{meets}")
    elif one.changes:
        lines.append("  No one change on offer would help.")
    if one.unknowns:
        first = one.unknowns[0]
        ends = f"{span(first.low * YEAR_H)} to {span(first.high * YEAR_H)} a year"
        what = _named(project, first.kind, first.field)
        lines.append(f"  Measure first: {what}; within a factor of {first.factor:g} it makes {ends}.")
    return lines


def _large(one: ServiceAvailability) -> list[Contribution]:
    """What takes a service down for more than a thousandth of its downtime."""
    return [cause for cause in one.contributions[:MOST_TOLD] if cause.hours > one.downtime_h / 1000.0]


def _named(project: Project, kind: str, field: str) -> str:
    return f"the {'MTBF' if field == 'mtbf_h' else 'MTTR'} of {project.kinds[kind].plural}"


def as_json(project: Project, found: list[ServiceAvailability], missing: list[NoNines]) -> dict[str, Any]:
    """The answers, and why services have none; parts of the time are fractions, times are hours a year."""
    return {
        "version": JSON_VERSION,
        "services": [_service_json(project, one) for one in found],
        "without_answer": [{"id": id_text(one.id), "name": one.name, "why": one.why} for one in missing],
    }


def _service_json(project: Project, one: ServiceAvailability) -> dict[str, Any]:
    return {
        "id": id_text(one.id),
        "name": one.name,
        "slo_frac": one.slo_frac,
        "misses_slo": one.misses,
        "members": one.members,
        "needed": one.needed,
        "availability": 1.0 - one.down,
        "unavailability": one.down,
        "nines": one.nines,
        "unavailability_low": one.low,
        "unavailability_high": one.high,
        "naive_unavailability": one.naive,
        "downtime_h_year": one.downtime_h,
        "outages_year": one.outages_h * YEAR_H,
        "mean_outage_h": one.mean_outage_h,
        "chance_year_misses_slo": one.missed,
        "bad_year_h": one.bad_year_h,
        "provider_sla": one.credit and vars(one.credit) | {"back_usd_year": one.credit.back_usd_year},
        "method": one.method,
        "why": one.why,
        "rel_error": one.error,
        "notes": one.notes,
        "contributions": [
            {"label": cause.label, "elements": [id_text(i) for i in cause.ids], "downtime_h_year": cause.hours}
            for cause in one.contributions
        ],
        "unknowns": [
            {
                "kind": u.kind,
                "field": u.field,
                "factor": u.factor,
                "unavailability_low": u.low,
                "unavailability_high": u.high,
            }
            for u in one.unknowns
        ],
        "changes": [
            {
                "title": c.title,
                "elements": [id_text(i) for i in c.ids if i in project.elements],
                "unavailability": c.down,
                "outages_year": c.outages_h * YEAR_H,
                "nines_gained": c.gained,
                "meets_slo": c.meets,
                "usd_month": c.usd_month,
            }
            for c in one.changes
        ],
    }
