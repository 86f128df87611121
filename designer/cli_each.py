"""`cloud-designer fail-each`: which failures a design holds."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path

import click

from designer import units
from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NO_FILE, opened
from designer.cli_terminal import end_of_progress, interruptible, progress, say_lines, stop
from designer.errors import DesignerError
from designer.settings import cache_dir
from designer.study.build import build
from designer.study.each.answer import KINDS, EachAnswer
from designer.study.each.printed import as_json, summary, up_text, verdict_text, why_text

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
