"""`cloud-designer sweep`: parameters of a design vary over a grid; each point has nines, downtime and cost."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, find, must_write, opened, write_out
from designer.cli_terminal import NumberRange, end_of_progress, interruptible, progress, say_lines, stop
from designer.commands.varying.knobs import knob_of
from designer.errors import DesignerError, RuleError
from designer.exchange.csv_out import csv_text
from designer.model.element import id_text
from designer.model.project import Project
from designer.model.sent import rows_of
from designer.study.availability.answer import YEAR_H, nines
from designer.study.availability.words import percent, span
from designer.study.sweep.answer import SweepAxis, Swept, SweptPoint, SweptService
from designer.study.sweep.sweeping import sweep

JSON_VERSION = 1
_HELP = """Vary a design over a grid, and say how many nines its services have at each point, and what it costs a month.

--vary names a field of a kind and its values, in the unit of the field or with one: host.mttr_h=1,2,4. A rule in
brackets chooses among the kind, as in the search: host[in:zone-a].overcommit=1,1.5,2. KIND.count varies how many there
are: zone.count=1..3 copies the last zone, or takes the last ones away; a further host is empty, and VMs of a host that
goes move to those that stay.

Points are computed by processes of this machine, or by the workers of a Dask cluster (--scheduler; pip install
'cloud-designer[dask]' there and here). The figures and their digest are the same for any number of them. A process that
dies costs its chunk only, which another computes again.

\b
Examples:
    cloud-designer sweep shop.clouddesign --vary zone.count=1..3 --vary host.mttr_h=1,2,4
    cloud-designer sweep shop.clouddesign --vary cluster.detect_s=5,15,60 --scheduler tcp://node-1:8786 --csv out.csv

\b
Exit codes: 0 the sweep is done; 2 an option or the design is wrong; 3 a file cannot be read or written; 130
interrupted.
"""


@click.command("sweep", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vary", "varied", multiple=True, required=True, metavar="KIND.FIELD=VALUES",
              help="What varies; again for another axis, the last varies first.")  # fmt: skip
@click.option("--service", "names", multiple=True, metavar="NAME_OR_ID", help="A service; again for more. Else all.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes of this machine; default: one a core.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786.")
@click.option("--rel-error", type=NumberRange(1e-4, 0.5), default=0.01, show_default=True,
              help="Half of the 95% interval of an answer that is sampled, as a part of it.")  # fmt: skip
@click.option("--json", "json_out", metavar="FILE", help="Write the points as JSON; - for standard output.")
@click.option("--csv", "csv_out", metavar="FILE", help="Write a row for each point and service as CSV.")
@click.option("--quiet", is_flag=True, help="No table and no progress.")
def sweep_command(
    file: Path,
    varied: Sequence[str],
    names: Sequence[str],
    workers: int | None,
    scheduler: str,
    rel_error: float,
    json_out: str | None,
    csv_out: str | None,
    quiet: bool,
) -> None:
    """Vary a design over a grid."""
    must_write(json_out, csv_out)
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        axes = [SweepAxis(*knob_of(project, text)) for text in varied]
        twice = [axis.knob.title for n, axis in enumerate(axes) if axis.knob in [one.knob for one in axes[:n]]]
        if twice:
            raise RuleError(f"{twice[0]} varies twice; give it all its values at once.")
        with interruptible(_told if shows else None) as tell:
            found = sweep(rows_of(project), axes, _services(project, names), tell, rel_error=rel_error,
                          workers=workers or 0, scheduler=scheduler)  # fmt: skip
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if csv_out is not None:
        head, *rows = table(found)
        write_out(csv_out, csv_text(head, rows).removesuffix("\n"))
    if json_out is not None:
        write_out(json_out, json.dumps(as_json(found), allow_nan=False))
    if "-" not in (json_out, csv_out) and not quiet:
        say_lines(as_lines(found))


def _told(part: float) -> None:
    progress(f"computed {part:4.0%}")


def _services(project: Project, names: Sequence[str]) -> list[int]:
    ids = [find(project, name) for name in names] or [one.id for one in project.of_kind("service")]
    for one in ids:
        if project.elements[one].kind != "service":
            raise RuleError(f"{project.elements[one].name} is no service.")
    if not ids:
        raise RuleError("The design has no service; draw one, and link its members to it.")
    return ids


def _rows(found: Swept) -> Iterator[tuple[SweptPoint, SweptService | None, str]]:
    """Each point with each of its services, and why there is no answer."""
    for point in found.points:
        yield from ((point, one, one.reason) for one in point.services)
        if point.reason:
            yield point, None, point.reason


def table(found: Swept) -> list[Sequence[Any]]:
    """A head, then a row for each point and service; empty cells are not known."""
    titles = ("service", "unavailability", "unavailability_low", "unavailability_high", "nines", "downtime_h_year",
              "outages_year", "misses_slo", "usd_month", "unknown_prices", "reason")  # fmt: skip
    rows: list[Sequence[Any]] = [(*found.titles, *titles)]
    for point, one, reason in _rows(found):
        name = one.name if one is not None else ""
        figures: Sequence[Any] = [None] * 7
        if one is not None and not reason:
            figures = (one.down, one.low, one.high, nines(one.down), one.down * YEAR_H, one.outages_h * YEAR_H,
                       "yes" if one.misses else "no")  # fmt: skip
        rows.append((*point.values, name, *figures, point.usd_month, point.unknown_prices, reason))
    return rows


def as_lines(found: Swept) -> list[str]:
    """The points as a table, and the digest."""
    lines = [[*found.titles, "Service", "Available", "Down a year", "Outages a year", "USD a month"]]
    for point, one, reason in _rows(found):
        row = [f"{value:g}" for value in point.values]
        if one is None or reason:
            lines.append([*row, one.name if one is not None else "", reason, "", "", ""])
            continue
        name = f"{one.name} (misses its SLO)" if one.misses else one.name
        usd = "" if point.usd_month is None else f"{point.usd_month:,.0f}{' + ?' if point.unknown_prices else ''}"
        lines.append([*row, name, percent(one.down), span(one.down * YEAR_H), f"{one.outages_h * YEAR_H:.2g}", usd])
    widths = [max(len(line[n]) for line in lines if not _told_why(line, n)) for n in range(len(lines[0]))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    unknown = [] if all(not p.unknown_prices for p in found.points) else ["+ ?: some of it has no known price."]
    return [*shown, *unknown, f"Digest: {found.digest}"]


def _told_why(line: Sequence[str], column: int) -> bool:
    """Whether a cell holds a reason, which may be longer than its column."""
    return column == len(line) - 4 and not line[-3]


def as_json(found: Swept) -> dict[str, Any]:
    """The points; parts of the time are fractions, times are hours a year."""
    return {
        "version": JSON_VERSION,
        "digest": found.digest,
        "axes": list(found.titles),
        "points": [
            {
                "values": list(point.values),
                "usd_month": point.usd_month,
                "unknown_prices": point.unknown_prices,
                "reason": point.reason or None,
                "services": [_service_json(one) for one in point.services],
            }
            for point in found.points
        ],
    }


def _service_json(one: SweptService) -> dict[str, Any]:
    told: dict[str, Any] = {"id": id_text(one.id), "name": one.name, "reason": one.reason or None}
    if not one.reason:
        told |= {
            "unavailability": one.down,
            "unavailability_low": one.low,
            "unavailability_high": one.high,
            "nines": nines(one.down),
            "downtime_h_year": one.down * YEAR_H,
            "outages_year": one.outages_h * YEAR_H,
            "method": one.method,
            "misses_slo": one.misses,
        }
    return told
