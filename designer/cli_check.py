"""What is asked of a design: its findings (`check`), how few hosts would do (`fewest-hosts`), if a service recovers
from a pause (`collapse`), which failures it holds (`fail-each`), and with how many more VMs (`headroom`).
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from designer import __version__, units
from designer.checks.check import SEVERITIES, Finding, Severity
from designer.checks.live import divided, findings_of
from designer.checks.registry import BY_ID, CHECKS
from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, find, must_write, opened, write_out
from designer.cli_terminal import NumberRange, end_of_progress, interruptible, progress, say, say_lines, stop
from designer.engine.spec import Vm
from designer.errors import DesignerError, RuleError
from designer.model.element import id_text
from designer.model.project import Project
from designer.settings import cache_dir
from designer.study.build import build
from designer.study.collapse import CollapseMap, collapse_map
from designer.study.each.answer import KINDS, EachAnswer
from designer.study.each.printed import as_json as each_json
from designer.study.each.printed import headroom_lines, summary, up_text, verdict_text, why_text
from designer.study.fewest.answer import as_lines as told_lines
from designer.study.fewest.design import hosts_in, problem_of
from designer.study.fewest.problem import Problem
from designer.study.fewest.solver import MOST_S, Fewest, fewest

JSON_VERSION = 1
EXIT_FOUND = EXIT_NO_ANSWER = 1

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SARIF_LEVELS = {"high": "error", "medium": "warning", "low": "note"}

_HELP = """List the findings of a design, the worst first. Muted ones are counted and not listed; sarif tells them as
suppressed, with their reasons.

\b
Exit codes: 0 nothing as severe as --fail-on was found; 1 something was; 2 an option is wrong; 3 the file cannot be
read.
"""


@click.command("check", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "how", type=click.Choice(["text", "json", "sarif"]), default="text", help="How to print them."
)
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 when a finding is at least this severe.")
def check_design(file: Path, how: str, fail_on: Severity | None) -> None:
    """Print the findings of a design."""
    project = opened(file)
    found, muted = divided(findings_of(project, CHECKS), project)
    if how == "sarif":
        say_lines(as_sarif(project, file, found, muted).split("\n"))
    else:
        say_lines(as_json(project, found, muted).split("\n") if how == "json" else as_lines(found, len(muted)))
    worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on else ()
    if any(finding.severity in worst for finding in found):
        raise SystemExit(EXIT_FOUND)


def as_lines(found: list[Finding], muted: int = 0) -> list[str]:
    """A finding on two or three lines: severity, id and sentence; its evidence; its fix."""
    lines = []
    for finding in found:
        lines.append(f"{finding.severity:<6}  {finding.check:<7}  {finding.text}")
        lines += [f"{'':17}{text}" for text in (finding.detail, finding.fix and f"Fix: {finding.fix}") if text]
    counts = [sum(finding.severity == severity for finding in found) for severity in SEVERITIES]
    told = ", ".join(f"{count:,} {severity}" for count, severity in zip(counts, SEVERITIES, strict=True) if count)
    silent = f"; {muted:,} muted" if muted else ""
    return [*lines, f"{len(found):,} finding{'' if len(found) == 1 else 's'}{told and f': {told}'}{silent}"]


def as_json(project: Project, found: list[Finding], muted: list[tuple[Finding, str]]) -> str:
    """The findings with their checks' reasons and sources, elements by id and name; muted ones with their reasons."""

    def row(finding: Finding) -> dict[str, Any]:
        check = BY_ID[finding.check]
        return {
            "check": finding.check,
            "title": check.title,
            "severity": finding.severity,
            "text": finding.text,
            "detail": finding.detail,
            "why": check.why,
            "source": check.source,
            "fix": finding.fix,
            "elements": [
                {"id": id_text(i), "kind": project.elements[i].kind, "name": project.elements[i].name}
                for i in finding.elements
            ],
        }

    silent = [{**row(finding), "muted": reason} for finding, reason in muted]
    return json.dumps(
        {"version": JSON_VERSION, "findings": [row(finding) for finding in found], "muted": silent}, indent=2
    )


def as_sarif(project: Project, file: Path, found: list[Finding], muted: list[tuple[Finding, str]]) -> str:
    """The findings as SARIF 2.1.0 (OASIS), for the code scanning of pipelines: the file is the place, elements are
    logical places. Muted ones are suppressed."""

    def result(finding: Finding, reason: str | None = None) -> dict[str, Any]:
        places = [
            {"name": project.elements[i].name, "fullyQualifiedName": id_text(i), "kind": project.elements[i].kind}
            for i in finding.elements
        ]
        where = {"physicalLocation": {"artifactLocation": {"uri": quote(file.as_posix())}}, "logicalLocations": places}
        made: dict[str, Any] = {
            "ruleId": finding.check,
            "level": SARIF_LEVELS[finding.severity],
            "message": {"text": f"{finding.text}. {finding.detail}".strip()},
            "locations": [where],
            "partialFingerprints": {"element/v1": f"{finding.check}:{id_text(finding.elements[0])}"},
        }
        if reason is not None:
            made["suppressions"] = [{"kind": "inSource", "justification": reason}]
        return made

    ids = dict.fromkeys(finding.check for finding in (*found, *(one for one, _ in muted)))
    driver = {
        "name": "Cloud Designer",
        "version": __version__,
        "rules": [
            {
                "id": check.id,
                "shortDescription": {"text": check.title},
                "fullDescription": {"text": check.why},
                "help": {"text": check.source},
                "defaultConfiguration": {"level": SARIF_LEVELS[check.severity]},
            }
            for check in map(BY_ID.__getitem__, ids)
        ],
    }
    results = [*(result(one) for one in found), *(result(one, reason) for one, reason in muted)]
    run = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


_FEWEST_HELP = """Say how few hosts would do for the VMs that run in a design, or in some of its elements.

VMs are packed onto the hosts that are there, by vCPUs, memory and reservations, affinity rules and pins. The answer is
an optimum, or the best that was found and a bound, beside what first, best and worst fit make of it.

\b
Exit codes: 0 there is an answer; 1 there is none; 2 an option is wrong; 3 the file cannot be read.
"""


@click.command("fewest-hosts", help=_FEWEST_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--in", "inside", multiple=True, help="The name or id of an element; its hosts count. Again for more.")
@click.option("--seconds", type=NumberRange(0.1, 86_400.0), default=MOST_S, help="The most time to search.")
@click.option("--json", "as_text", is_flag=True, help="Print JSON, with the host of each VM.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def fewest_hosts(file: Path, inside: tuple[str, ...], seconds: float, as_text: bool, quiet: bool) -> None:
    """Print how few hosts would do."""
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        tops = [find(project, name) for name in inside]
    except RuleError as error:
        stop(error, EXIT_BAD_INPUT)
    try:
        problem = problem_of(project, hosts_in(project, tops))
        with interruptible(_searching if shows else None) as told:
            found = fewest(problem, seconds, told)
    except RuleError as error:
        stop(error, EXIT_NO_ANSWER)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if as_text:
        say(json.dumps(fewest_json(problem, found)))
    else:
        say_lines(told_lines(problem, found))


def _searching(part: float) -> None:
    progress(f"searching … {part * 100:.0f}%")


def fewest_json(problem: Problem, found: Fewest) -> dict[str, object]:
    """The answer, and the VMs of each host that is used."""
    hosts = {
        id_text(problem.bins[host].id): [id_text(vm) for item in items for vm in problem.items[item].vms]
        for host, items in sorted(found.packing.on.items())
        if items
    }
    return {
        "version": JSON_VERSION,
        "hosts": found.present,
        "best": found.best,
        "bound": found.bound,
        "proven": found.proven,
        "policies": found.by_policy,
        "bounds": found.bound_by,
        "notes": list(problem.notes),
        "packing": hosts,
    }


_COLLAPSE_HELP = """Show whether a service recovers from a pause, by its load and by the retries of its clients.

A cell is the time from the end of the pause until requests are answered in time again; “never”: a retry storm stays.

\b
Exit codes: 0 the map is made; 2 an option or the design is wrong; 3 the file cannot be read or written;
130 interrupted.
"""


@click.command("collapse", help=_COLLAPSE_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--service", metavar="NAME_OR_ID", help="The service; not needed where there is one.")
@click.option("--pause", default="1", help="For how long nothing is served, a span like 1 or 00:01; default 1 s.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the map as CSV, in seconds.")
@click.option("--quiet", is_flag=True, help="No table and no progress.")
def collapse(file: Path, service: str | None, pause: str, csv_file: Path | None, quiet: bool) -> None:
    """Print the collapse map of a service."""
    must_write(csv_file)
    project = opened(file)
    try:
        with interruptible(_worked_out if sys.stderr.isatty() and not quiet else None) as told:
            made = collapse_map(build(project), _service(project, service), units.read_span_s(pause), on_progress=told)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)
    if not quiet and sys.stderr.isatty():
        end_of_progress()
    if csv_file is not None:
        write_out(csv_file, map_csv(made).removesuffix("\n"))
    if not quiet:
        say_lines(map_lines(made))


def _worked_out(part: float) -> None:
    progress(f"worked out {part:4.0%}")


def _service(project: Project, name: str | None) -> int:
    """The id of the service that is meant. Raises RuleError."""
    services = project.of_kind("service")
    if name is not None:
        found = find(project, name)
        if project.elements[found].kind != "service":
            raise RuleError(f"{project.elements[found].name} is no service.")
        return found
    if len(services) != 1:
        raise RuleError(f"The design has {len(services)} services; name one with --service.")
    return services[0].id


def map_lines(made: CollapseMap) -> list[str]:
    """The map as text: a line for each count of retries."""
    lines = [
        f"{made.service}: recovery after a pause of {units.text(made.pause_s, 's')}; capacity "
        f"{units.text(made.capacity_rps, 'req/s', 4)}",
        "",
        f"{'load':>10}" + "".join(f"{load:>9.0%}" for load in made.loads),
    ]
    for count, row in zip(made.retries, made.recovery_s, strict=True):
        cells = ("never" if math.isinf(cell) else units.text(float(cell), "s", 3) for cell in row)
        lines.append(f"{f'{count} retries' if count != 1 else '1 retry':>10}" + "".join(f"{cell:>9}" for cell in cells))
    return lines


def map_csv(made: CollapseMap) -> str:
    """The map as CSV: retries, load and seconds until recovery (empty: never)."""
    rows = ["retries,load_frac,recovery_s"]
    for count, row in zip(made.retries, made.recovery_s.tolist(), strict=True):
        rows += [
            f"{count},{load:g},{'' if math.isinf(s) else f'{s:.6g}'}" for load, s in zip(made.loads, row, strict=True)
        ]
    return "\n".join(rows) + "\n"


_EACH_HELP = """Fail each zone, data center, power feed, rack and host in turn, and list what does not come back.

Each failure is played with the rules of a run (detection, HA, capacity, affinity) until it is repaired; the worst
comes first. N+1 holds where all VMs come back without the failed element.

\b
Exit codes: 0 every VM comes back; 1 some failure leaves VMs behind; 2 an option or the design is wrong; 3 the file
cannot be read or written; 130 interrupted.
"""


@click.command("fail-each", help=_EACH_HELP)
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
    must_write(json_out)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    from designer.study.each.search import fail_each

    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        at_s, repair_s = units.read_span_s(at), units.read_span_s(repair)
        with interruptible(_tell_tried if shows else None) as going:
            found = fail_each(build(project), kinds or KINDS, maintenance, at_s, repair_s, going)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if json_out is not None:
        write_out(json_out, json.dumps(each_json(found), indent=2))
    if not quiet and json_out != "-":
        say_lines(each_lines(found))
    if found.left_behind:
        raise SystemExit(EXIT_FOUND)


def each_lines(answer: EachAnswer) -> list[str]:
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


def _tell_tried(part: float) -> None:
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
@click.option("--growth", type=NumberRange(0.0, 1000.0), default=0.0, help="Growth of the VMs in a month, %.")
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
        spec, hosts = build(project), _hosts_of(project, inside)
        if not spec.hosts:
            raise RuleError("The design has no host.")
        if like is None:
            profile = Vm(1, 0, vcpus, 2500.0, units.read(ram, "MiB"), recovery="cluster")
        else:
            chosen = find(project, like)
            profile = next((vm for vm in spec.vms if vm.id == chosen), Vm(0, 0, 1, 1.0, 1.0))
            if profile.id != chosen:
                raise RuleError(f"{like} is no VM.")
        with interruptible(_tell_tried if shows else None) as going:
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
        say_lines(headroom_lines(found, names, growth / 100.0))
    if not found.holds:
        raise SystemExit(EXIT_FOUND)


def _hosts_of(project: Project, inside: tuple[str, ...]) -> set[int]:
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
