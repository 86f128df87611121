"""`cloud-designer right-size`, `rebalance` and `move-estate`: the sizes that would do after a run, the moves that help
most, and an estate at a provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_NO_FILE, must_save, opened
from designer.cli_terminal import NumberRange, say, say_lines, stop
from designer.commands.sizing.applying import move_to_provider, resize
from designer.commands.sizing.applying import rebalance as make_moves
from designer.errors import DesignerError, FileError
from designer.model.project import Project, snapshot
from designer.results import open_run
from designer.store.file import project_file
from designer.study.sizing.advice import Sizing, Wanted, asked_of, sizing_of
from designer.study.sizing.apart import NinesChanged, moves_of, nines_around
from designer.study.sizing.moves import FEW, Rebalance
from designer.study.sizing.moving import EstateMove, estate_move

JSON_VERSION, MOST = 1, 40
_PATH: Any = click.Path(path_type=Path)
_CPU = NumberRange(0.05, 1.0)
_SIZE = """Say after a run which VMs have too much or too little, what would do, and which hosts could be off.

A VM is under-used where it asks for less than 40% of its CPU 95% of the time, over-used above 90%; what would do is
the cheapest type that its place offers at which it asks for --cpu at most, with as much memory (--memory: the part of
it that is needed; a run does not tell that of rented VMs). A host could be off where its VMs fit elsewhere in its
cluster and one spare host stays on.

\b
Exit codes: 0 told; 2 an option is wrong, or a rule forbids the change; 3 the file cannot be read or written, or holds
no run.
"""
_REBALANCE = """Say after a run which few moves of VMs to other hosts help most, and what each is for.

One after the other, each time the move that lowers most, in this order: the CPU that hosts are asked for above what
they have, by what each VM asks for 95% of the time; the memory that VMs have above what hosts have; how many members of
a service, or VMs of a rule that wants them apart, share a host; how unevenly hosts are loaded. VMs move among the hosts
of their cluster, without one among those of their data center or zone, where rules, storage and room allow it. A move
takes away 1% of its host that was missing, or 5% of the load of the fuller host, or parts VMs; else it is not told.

\b
Exit codes: 0 told; 2 an option is wrong, or a rule forbids the change; 3 the file cannot be read or written, or holds
no run.
"""
_MOVE = """Say what the VMs on own hosts become at the provider: an instance type for each, the cost and the nines of
services before and after.

With --run, by what they asked for 95% of the time; without, by all the CPU that they have.

\b
Exit codes: 0 told; 2 an option is wrong, or a rule forbids the move; 3 the file cannot be read or written, or holds no
such run.
"""


@click.command("right-size", help=_SIZE)
@click.argument("file", type=_PATH)
@click.option("--run", "label", metavar="LABEL", default="newest", help="The saved run; default: the newest.")
@click.option("--cpu", type=_CPU, default=0.6, help="How full VMs may be 95% of the time; default 0.6.")
@click.option("--memory", type=_CPU, default=1.0, help="The part of their memory that VMs need; default 1.")
@click.option("--apply", "out", type=_PATH, metavar="OUT", help="Apply all and write the design to a file.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def right_size(file: Path, label: str, cpu: float, memory: float, out: Path | None, as_json: bool) -> None:
    """Right-size after a run."""
    project = opened(file)

    def work() -> list[str]:
        run = open_run(file, None if label == "newest" else label)
        found = sizing_of(project, run, Wanted(cpu_frac=cpu, ram_frac=memory))
        if out is not None:
            resize(project, *found.changes)
        told = {"version": JSON_VERSION, "saved_usd_month": found.saved_usd, **asdict(found)}
        return json.dumps(told, indent=1).split("\n") if as_json else _sizes(project, found)

    _tell(work, project, out)


def _tell(work: Callable[[], list[str]], project: Project, out: Path | None) -> None:
    must_save(out)
    try:
        say_lines(work())
        if out is not None:
            project_file.save(out, project.rows())
            say(f"{out} is written.")
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)


def _sizes(project: Project, found: Sizing) -> list[str]:
    lines = []
    for one in found.vms[:MOST]:
        who = one.name if len(one.vms) == 1 else f"{one.name} and {len(one.vms) - 1:,} like it"
        now, then = (one.now, one.type) if one.type else ("", f"{one.vcpus} vCPU{'s' * (one.vcpus != 1)}")
        money = (
            "" if one.usd is None or one.usd_after is None else f", {one.usd - one.usd_after:+,.2f} USD a month saved"
        )
        shrinks = " (its load is a trace and changes with its size)" if one.by_trace else ""
        lines.append(f"{one.verdict:<6}{one.p95:>5.0%}  {who}: {now + ' -> ' if now else ''}{then}{money}{shrinks}")
    for host in found.hosts:
        money = f", {host.usd:,.2f} USD a month" if host.usd is not None else ""
        energy = f", {host.kwh:,.0f} kWh" if host.kwh is not None else ""
        lines.append(f"off   {host.p95:>5.0%}  {host.name}: {len(host.moves):,} VMs fit elsewhere{energy}{money}")
    if len(found.vms) > MOST:
        lines.append(f"and {len(found.vms) - MOST:,} more VMs")
    saved = "no price is known" if found.saved_usd is None else f"{found.saved_usd:,.2f} USD a month saved"
    lines.append(f"{len(found.vms):,} sizes, {len(found.hosts):,} hosts off: {saved}")
    return lines


@click.command("rebalance", help=_REBALANCE)
@click.argument("file", type=_PATH)
@click.option("--run", "label", metavar="LABEL", default="newest", help="The saved run; default: the newest.")
@click.option("--moves", "most", type=click.IntRange(1, 100), default=FEW, help=f"Most moves; default {FEW}.")
@click.option("--apply", "out", type=_PATH, metavar="OUT", help="Make the moves and write the design to a file.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def rebalance(file: Path, label: str, most: int, out: Path | None, as_json: bool) -> None:
    """Rebalance after a run."""
    project = opened(file)

    def work() -> list[str]:
        run = open_run(file, None if label == "newest" else label)
        found = moves_of(project, asked_of(run)[0], most, lambda part: None)
        if out is not None:
            make_moves(project, found.places)
        moves = [{**asdict(move), "why": move.why} for move in found.moves]
        told = {"version": JSON_VERSION, "moves": moves, "more": found.more, "looked_at_hosts": found.looked}
        return json.dumps(told, indent=1).split("\n") if as_json else _rebalanced(found)

    _tell(work, project, out)


def _rebalanced(found: Rebalance) -> list[str]:
    looked = f"only the {found.looked:,} worst hosts of each cluster were examined"
    only = [looked] if found.looked else []
    if not found.moves:
        return ["nothing to do: no move helps", *only]
    lines = [f"{move.name}: {move.source.name} -> {move.target.name}: {move.why}" for move in found.moves]
    count = f"{len(found.moves):,} move{'s' * (len(found.moves) != 1)}, by what VMs ask for 95% of the time"
    return [*lines, f"{count}; {'more would help' if found.more else 'no other helps'}", *only]


@click.command("move-estate", help=_MOVE)
@click.argument("file", type=_PATH)
@click.option("--region", required=True, metavar="CODE", help="The region of the provider, like eu-central-1.")
@click.option("--run", "label", metavar="LABEL", help="Size by a saved run; newest: the last.")
@click.option("--cpu", type=_CPU, default=0.6, help="How full instances may be 95% of the time; default 0.6.")
@click.option("--zones", type=click.IntRange(1, 6), default=2, help="Over how many zones; default 2.")
@click.option("--apply", "out", type=_PATH, metavar="OUT", help="Make the move and write the design to a file.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def move_estate(
    file: Path, region: str, label: str | None, cpu: float, zones: int, out: Path | None, as_json: bool
) -> None:
    """Move an estate to a provider."""
    project = opened(file)

    def work() -> list[str]:
        run = open_run(file, None if label == "newest" else label) if label else None
        found = estate_move(project, region, run, Wanted(cpu_frac=cpu), zones)
        there = project if out is not None else snapshot(project)
        nines = nines_around(there, lambda design: move_to_provider(design, found.types, region, zones))
        if as_json:
            told = {"version": JSON_VERSION, **asdict(found), "nines": [asdict(one) for one in nines]}
            return json.dumps(told, indent=1).split("\n")
        return [*_moves(found), *map(_nines, nines)]

    _tell(work, project, out)


def _nines(one: NinesChanged) -> str:
    before, after = ("none" if value is None else f"{value:.2f}" for value in (one.before, one.after))
    return f"nines   {before:>6} -> {after:>6}  {one.service}"


def _moves(found: EstateMove) -> list[str]:
    lines = [f"{count:>6,}  {name}" for name, count in found.counts]
    missing = [one.name for one in found.vms if not one.type]
    if missing:
        lines.append(f"{len(missing):>6,}  without a type that does, or not Linux: {', '.join(missing[:5])}")
    unknown = f", {found.before.unknown:,} prices not known" if found.before.unknown else ""
    if found.before.unpriced:
        lines.append(f"before  {'no price':>14}  for {len(found.hosts):,} own hosts")
    else:
        lines.append(f"before  {found.before.usd:>14,.2f}  USD a month for {len(found.hosts):,} own hosts{unknown}")
    between = f", {found.after.low:,.2f} to {found.after.high:,.2f}" if found.after.low != found.after.high else ""
    lines.append(f"after   {found.after.usd:>14,.2f}  USD a month for instances on demand{between}")
    return [*lines, "by a run" if found.of_run else "by all the CPU that they have, not by a run"]
