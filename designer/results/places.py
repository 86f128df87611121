"""`cloud-designer regions` and `latency`: which region is best for some users, and how long they wait for answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from designer import units
from designer.catalog.reference.ec2 import ec2
from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_NO_FILE, opened
from designer.cli_terminal import say_lines, stop
from designer.errors import DesignerError, FileError, RuleError
from designer.results import open_run
from designer.study.places.ranking import WAYS, By, Crowd, RankedRegion, crowds_of, rank, residency_of
from designer.study.places.waiting import waits_of

JSON_VERSION, MOST = 1, 10
NOTHING = "-"
_REGIONS = """Rank the provider's regions for the users of a design, or for users near some places.

The round trip is measured between regions, or fitted to the distance; price is that of instances compared with
us-east-1; carbon that of the grid. Regions outside the countries where data stays come last. * marks a region that no
other beats in latency, price and carbon together.

\b
Examples:
    cloud-designer regions shop.clouddesign --by carbon
    cloud-designer regions --near ap-south-1=300 --near eu-central-1=100 --data-in DE,FR

\b
Exit codes: 0 ranked; 2 an option is wrong, or no users have a place; 3 the file cannot be read.
"""
_LATENCY = """Say how long users wait for the services of a design.

As drawn: the way to the service and back, and the hops behind its entry, where each member takes as many requests.
With --run also what requests waited at the service in a saved run.

\b
Exit codes: 0 told; 2 the design has no meaning, or no users have a place; 3 the file cannot be read.
"""


@click.command("regions", help=_REGIONS)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--near", multiple=True, metavar="CODE[=RPS]", help="Users near a region's city, and requests a second.")
@click.option("--by", type=click.Choice(WAYS), default="latency", help="What counts first; default latency.")
@click.option(
    "--data-in", metavar="COUNTRIES", help="Where data stays, like DE,FR or EU; default: as the services say."
)
@click.option("--all", "whole", is_flag=True, help=f"All regions, not the first {MOST}.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def regions(file: Path | None, near: Sequence[str], by: By, data_in: str | None, whole: bool, as_json: bool) -> None:
    """Rank regions for users."""
    project = opened(file) if file is not None else None
    try:
        crowds = [_crowd(text) for text in near] or (crowds_of(project) if project is not None else [])
        if not crowds:
            raise RuleError("No users have a place: set where they live (Lives near), or name places by --near.")
    except RuleError as error:
        stop(error, EXIT_BAD_INPUT)
    stays = data_in if data_in is not None else residency_of(project) if project is not None else ""
    found = rank(crowds, by, stays)
    shown = found if whole or as_json else found[:MOST]
    told = json.dumps(_told(crowds, stays, shown), indent=1).split("\n") if as_json else _lines(crowds, stays, shown)
    say_lines(told)


def _crowd(text: str) -> Crowd:
    code, _, rps = text.partition("=")
    if code not in ec2().regions:
        raise RuleError(f"“{code}” is not the code of a region; write one like eu-central-1.")
    try:
        return Crowd(code, code, float(rps) if rps else 1.0)
    except ValueError:
        raise RuleError(f"“{rps}” is no number of requests a second.") from None


def _lines(crowds: Sequence[Crowd], stays: str, found: Sequence[RankedRegion]) -> list[str]:
    head = ["region", "mean", *(crowd.name for crowd in crowds if len(crowds) > 1), "price", "g CO2e/kWh", "country"]
    rows = [head]
    for one in found:
        waits = [f"{ms:,.0f} ms" for ms in one.waits_ms if len(crowds) > 1]
        price, grid = one.region.price_ratio, one.region.grid_g_per_kwh
        rows.append([
            f"{'*' if one.best else ' '} {one.code}, {one.region.place}", f"{one.mean_ms:,.0f} ms", *waits,
            NOTHING if price is None else f"{price:.3f}", NOTHING if grid is None else f"{grid:,.0f}",
            f"{one.region.country or NOTHING}{_may(one)}",
        ])  # fmt: skip
    lines = _columns(rows)
    return [*lines, f"Data stays in {stays}."] if stays else lines


def _may(one: RankedRegion) -> str:
    return "" if one.allowed else "  not known whether data may be there" if one.allowed is None else "  not allowed"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(c.ljust(w) if not n else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths))) for row in rows]


def _told(crowds: Sequence[Crowd], stays: str, found: Sequence[RankedRegion]) -> dict[str, Any]:
    return {
        "version": JSON_VERSION,
        "users": [{"name": c.name, "near": c.near, "rps": c.rps, "access_ms": c.access_ms} for c in crowds],
        "data_in": stays,
        "regions": [
            {
                "code": one.code, "mean_ms": one.mean_ms, "ms": list(one.waits_ms), "country": one.region.country,
                "price_ratio": one.region.price_ratio, "grid_g_per_kwh": one.region.grid_g_per_kwh,
                "allowed": one.allowed, "best": one.best,
            }
            for one in found
        ],
    }  # fmt: skip


@click.command("latency", help=_LATENCY)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--run", "label", metavar="LABEL", help="Also as in a saved run; newest: the last.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def latency(file: Path, label: str | None, as_json: bool) -> None:
    """Tell the latency of users."""
    project = opened(file)
    try:
        found = waits_of(project, open_run(file, None if label == "newest" else label) if label else None)
        if not found:
            raise RuleError("No users of a service have a place: set where they live (Lives near).")
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    if as_json:
        told = {"version": JSON_VERSION, "waits": [asdict(wait) for wait in found]}
        say_lines(json.dumps(told, indent=1).split("\n"))
        return
    rows = [["users to service", "way", "hops", "mean", "99%"]]
    rows += [
        [f"{w.users_name} to {w.service_name}", *map(_text, (w.way_s, w.hops_s, w.mean_s, w.p99_s))] for w in found
    ]
    say_lines(_columns(rows))


def _text(seconds: float | None) -> str:
    return NOTHING if seconds is None else units.text(seconds, "s", 3)
