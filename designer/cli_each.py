"""`fail-each` and `headroom`: which failures a design holds, and with how many more VMs it still does."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path

import click

from designer import units
from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NO_FILE, find, opened
from designer.cli_terminal import end_of_progress, interruptible, progress, say_lines, stop
from designer.engine.spec import Vm
from designer.errors import DesignerError, RuleError
from designer.model.element import id_text
from designer.model.project import Project
from designer.settings import cache_dir
from designer.study.build import build
from designer.study.each.answer import KINDS, EachAnswer
from designer.study.each.printed import JSON_VERSION, as_json, summary, up_text, verdict_text, why_text

EXIT_LEFT_BEHIND = 1

_HELP = """Fail each zone, data center, power feed, rack and host in turn, and list what does not come back.

Each failure is played with the rules of a run (detection, HA, capacity, affinity) until it is repaired; the worst
comes first. N+1 holds where all VMs come back without the failed element.

\b
Exit codes: 0 every VM comes back; 1 some failure leaves VMs behind; 2 an option or the design is wrong; 3 the file
cannot be read or written; 130 interrupted.
"""


@click.command("fail-each", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--maintenance", is_flag=True, help="Also fail each while any one host is in maintenance.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="What is failed; default: all. Again for more."
)
@click.option("--at", default="00:10", metavar="TIME", help="When it fails, since the start; default 00:10.")
@click.option("--repair", default="04:00", metavar="TIME", help="How long it stays down; default 04:00.")
@click.option("--json", "json_out", metavar="FILE", help="Write the result as JSON; - for standard output.")
@click.option("--quiet", is_flag=True, help="No table and no progress.")
def fail_each_command(
    file: Path, maintenance: bool, kinds: tuple[str, ...], at: str, repair: str, json_out: str | None, quiet: bool
) -> None:
    """Print what becomes of each failure."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    from designer.study.each.search import fail_each

    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        at_s, repair_s = units.read_span_s(at), units.read_span_s(repair)
        with interruptible(_tell if shows else None) as going:
            found = fail_each(build(project), kinds or KINDS, maintenance, at_s, repair_s, going)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if json_out is not None:
        _write(json.dumps(as_json(found), indent=2), json_out)
    if not quiet and json_out != "-":
        say_lines(lines(found))
    if found.left_behind:
        raise SystemExit(EXIT_LEFT_BEHIND)


def lines(answer: EachAnswer) -> list[str]:
    """A line an element, the worst first, then the verdicts."""
    names, made = answer.names, [summary(answer), ""]
    if answer.falls:
        made.append(f"{'What fails':<28}{'fall':>7}{'stay down':>11}{'in maint.':>11}{'hottest':>9}  up again")
    for fall in answer.falls:
        other = "" if fall.meanwhile is None else f"{len(fall.meanwhile.stays):,}"
        hottest = "–" if math.isnan(fall.hottest) else f"{fall.hottest:.0%}"
        name = f"{names.get(fall.id, '')} ({fall.kind.replace('_', ' ')})"
        made.append(f"{name:<28}{fall.fell:>7,}{len(fall.stays):>11,}{other:>11}{hottest:>9}  {up_text(fall)}")
        if fall.why:
            made.append(f"{'':4}{why_text(fall.why)}")
        if fall.meanwhile is not None and fall.meanwhile.breaks and not fall.stays:
            one = fall.meanwhile
            made.append(
                f"{'':4}with {names.get(one.host_id, '')} in maintenance (and {one.breaks - 1} more of {one.tried} "
                f"hosts): {why_text(one.why)}"
            )
        down = [
            f"{names.get(i, '')} {units.text(seconds, 's', 3)}"
            for (i, _), seconds in zip(answer.services, fall.down_s, strict=True)
            if seconds > 0.0
        ]
        if down:
            made.append(f"{'':4}downtime: {', '.join(down)}")
    if answer.verdicts:
        made += ["", *(verdict_text(verdict, names) for verdict in answer.verdicts)]
    return made


def _write(text: str, target: str) -> None:
    if target == "-":
        say_lines(text.split("\n"))
        return
    try:
        Path(target).write_text(text + "\n", "utf-8")
    except OSError as error:
        stop(f"{target} cannot be written: {(error.strerror or str(error)).lower()}.", EXIT_NO_FILE)


def _tell(part: float) -> None:
    progress(f"tried {part:4.0%}")


_HEADROOM_HELP = """Say how many more VMs of a profile fit so that N+1 still holds, and when growth ends it.

N+1: when any one host fails, all VMs that fall restart on others. VMs are added where the fewest vCPUs a core are given
away.

\b
Exit codes: 0 N+1 holds with one more; 1 it does not; 2 an option or the design is wrong; 3 the file cannot be read;
130 interrupted.
"""


@click.command("headroom", help=_HEADROOM_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vm", "like", metavar="NAME_OR_ID", help="The VM that the new ones are like.")
@click.option("--vcpus", type=click.IntRange(1, 1024), default=2, help="vCPUs of a new VM; default 2.")
@click.option("--ram", default="4G", metavar="SIZE", help="Memory of a new VM; default 4G.")
@click.option("--in", "inside", multiple=True, metavar="NAME_OR_ID", help="Only hosts in this place. Again for more.")
@click.option("--growth", type=click.FloatRange(0.0, 1000.0), default=0.0, help="Growth of the VMs in a month, %.")
@click.option("--json", "as_text", is_flag=True, help="Print JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def headroom_command(
    file: Path, like: str | None, vcpus: int, ram: str, inside: tuple[str, ...], growth: float, as_text: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Print the headroom."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    from designer.study.each.headroom import headroom

    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        spec, hosts = build(project), _hosts(project, inside)
        if like is None:
            profile = Vm(1, 0, vcpus, 2500.0, units.read(ram, "MiB"), recovery="cluster")
        else:
            chosen = find(project, like)
            profile = next((vm for vm in spec.vms if vm.id == chosen), Vm(0, 0, 1, 1.0, 1.0))
            if profile.id != chosen:
                raise RuleError(f"{like} is no VM.")
        with interruptible(_tell if shows else None) as going:
            found = headroom(spec, profile, growth / 100.0, hosts, going)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    names = {host.id: host.name for host in spec.hosts}
    if as_text:
        row = {
            "version": JSON_VERSION, "fits": found.fits, "holds": found.holds, "vms": found.vms,
            "worst": {"id": id_text(found.worst), "name": names[found.worst]} if found.worst else None,
            "months": found.months if math.isfinite(found.months) else None, "as_a_run": found.by_rules,
        }  # fmt: skip
        say_lines([json.dumps(row)])
    else:
        ends = f" The failure of {names[found.worst]} ends it." if found.worst else ""
        say_lines([f"{found.fits:,} more VMs fit; with {found.holds:,} of them N+1 still holds.{ends}"])
        if math.isfinite(found.months):
            say_lines([f"At {growth:g} % growth a month it ends after {found.months:.1f} months."])
        if not found.by_rules:
            say_lines(["Rules that go by a load (balancing, scaling, memory taken back, breakers) were not asked."])
    if not found.holds:
        raise SystemExit(EXIT_LEFT_BEHIND)


def _hosts(project: Project, inside: tuple[str, ...]) -> set[int]:
    """The hosts in some places, or of some clusters; none where none is named: all count. Raises RuleError."""
    found: set[int] = set()
    for name in inside:
        top = find(project, name)
        here = {i for i in project.subtree(top) if project.elements[i].kind == "host"}
        here |= set(project.sources(top, "in_cluster"))
        if not here:
            raise RuleError(f"{name} has no hosts.")
        found |= here
    return found
