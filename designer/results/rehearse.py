"""`cloud-designer rehearse`: play the steps of a change, and ask N+1 between every two of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from designer.cli_simulate import must_write, opened, write_out
from designer.cli_terminal import end_of_progress, interruptible, progress, say_lines, stop
from designer.errors import DesignerError
from designer.results.what_if import scenario_named
from designer.study.scenarios.rehearsal.printed import as_json, as_lines
from designer.study.scenarios.rehearsal.search import rehearse

EXIT_BREAKS, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130

_HELP = """Rehearse a change: play the steps of a scenario, and between every two of them let each host that is up fail
for four hours. Say after which step N+1 does not hold, which VMs would not come back, and why.

A step breaks N+1 where VMs do not run after it, or the failure of a host leaves more VMs behind than before the change.
A scenario is one that is saved in FILE, or one of the library by its name; `what-if --list` names all.

\b
Example:
    cloud-designer rehearse shop.clouddesign --scenario "Each host is upgraded in turn" --json -

\b
Exit codes: 0 no step breaks N+1; 1 a step breaks it; 2 an option or the design is wrong, or the scenario cannot happen
in it; 3 the file cannot be read or written; 130 interrupted.
"""


@click.command("rehearse", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scenario", "name", metavar="NAME", required=True, help="The scenario whose events are the steps.")
@click.option("--json", "json_out", metavar="FILE", help="Write the answer as JSON; - for standard output.")
@click.option("--quiet", is_flag=True, help="No text and no progress.")
def rehearse_command(file: Path, name: str, json_out: str | None, quiet: bool) -> None:
    """Rehearse a change."""
    must_write(json_out)
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        with interruptible(_told if shows else None) as tell:
            found = rehearse(project, name, scenario_named(project, name), on_progress=tell)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    if json_out is not None:
        write_out(json_out, json.dumps(as_json(found), allow_nan=False))
    if not quiet and json_out != "-":
        say_lines(as_lines(found))
    if found.broken:
        raise SystemExit(EXIT_BREAKS)


def _told(part: float) -> None:
    progress(f"rehearsed {part:4.0%}")
