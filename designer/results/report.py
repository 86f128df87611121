"""`cloud-designer report`: a design and what was found out about it, as one page or as PDF, without a window."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NO_FILE, opened
from designer.cli_terminal import end_of_progress, interruptible, progress, say, stop
from designer.errors import DesignerError, FileError, RuleError
from designer.report.answers import run_findings, run_section
from designer.report.contents import assembled, worked_sections
from designer.results import done_of, run_named, saved_runs
from designer.results.what_if import scenario_named
from designer.store.file.faults import must_take, shown

_PATH: Any = click.Path(path_type=Path)
ENDS = (".html", ".pdf")
_HELP = """Write a report of a design: its drawing, inventory, findings, cost, how many nines its services have, what
scenarios do to it, plots of a run, and what it takes for granted, with sources.

OUT ends in .html (one page that needs no other file) or .pdf. The run is the newest that is saved in FILE; without one
the design is run for the report.

\b
Exit codes: 0 written; 2 an option is wrong; 3 a file cannot be read or written; 130 interrupted.
"""


@click.command("report", help=_HELP)
@click.argument("file", type=_PATH)
@click.option("-o", "--out", type=_PATH, required=True, help="The file to write.")
@click.option("--scenario", "names", multiple=True, metavar="NAME",
              help="A scenario of the design or the library; again for more. Default: all of the design.")  # fmt: skip
@click.option("--run", "label", metavar="LABEL", help="The newest saved run with this label.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def report(file: Path, out: Path, names: tuple[str, ...], label: str | None, quiet: bool) -> None:
    """Write a report of a design."""
    if out.suffix.lower() not in ENDS:
        raise click.UsageError(f"OUT ends in {' or '.join(ENDS)}.")
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    try:
        must_take(out)
        chosen = {name: scenario_named(project, name) for name in names} if names else None
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except RuleError as error:
        stop(error, EXIT_BAD_INPUT)
    try:
        runs = saved_runs(file)
        saved = run_named(runs, label, file.name) if label or any(run.blocks for run in runs) else None
        done = done_of(saved) if saved is not None else None
        run = run_section(done.results, saved.label or "The saved run") if saved is not None and done else None
        with interruptible(_told if shows else None) as told:
            found = worked_sections(project, chosen, run_findings(done) if done is not None else None, told)
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        import_module("designer.cli").stop_at_bad_binding()
        import_module("designer.app").write_report(project, assembled(project, file.stem, found, run), out)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    say(f"Wrote {shown(out)}.")


def _told(part: float) -> None:
    progress(f"worked out {part:4.0%}")
