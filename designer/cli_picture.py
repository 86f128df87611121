"""`cloud-designer picture | export`: a design as PNG, SVG or PDF, and for other programs, without a window."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from designer.catalog import KINDS, LINKS
from designer.cli_simulate import must_write
from designer.cli_terminal import NumberRange, say, stop, warn
from designer.commands import select
from designer.errors import DesignerError, FileError, RuleError
from designer.exchange.estate.report import write_report
from designer.exchange.out.door import ENDS, write
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.faults import shown

EXIT_REFUSED, EXIT_NO_FILE = 1, 3
_PATH: Any = click.Path(path_type=Path)
_HELP = """Write a picture of a design.

OUT ends in .png, .svg or .pdf. The picture is light, and shows the whole drawing as the window does at 100%.

\b
Exit codes: 0 written; 1 there is nothing to show, or the picture is too large; 2 an option is wrong; 3 a file cannot be
read or written.
"""

_EXPORT_HELP = """Write a design for other programs, by the end of OUT's name.

\b
    .xlsx                    a workbook, a sheet for each kind of element
    .csv, .parquet, .json    a file for each kind, named after it: OUT-host.csv, OUT-vm.csv ...
                             (cloud-designer import --hosts --vms reads these two back)
    .yaml, .template         CloudFormation: a template a region, and what it cannot express
    .drawio                  a drawing for draw.io, containers in containers
The text of `cloud-designer dump` holds everything, and `cloud-designer load` reads it back.

\b
Exit codes: 0 written; 1 the design holds nothing of that sort; 2 an option is wrong; 3 a file cannot be read.
"""


@click.command("picture", help=_HELP)
@click.argument("file", type=_PATH)
@click.argument("out", type=_PATH)
@click.option("--only", "rule", default="", help='Only elements that a search finds, with their content: "kind:rack".')
@click.option("--zoom", type=NumberRange(5, 800), default=100.0, show_default=True, help="Zoom in percent.")
@click.option("--sharpness", type=NumberRange(0.5, 8), default=2.0, show_default=True,
              help="Pixels of a PNG file for each pixel of a usual screen.")  # fmt: skip
@click.option("--dark", is_flag=True, help="Use the dark colors.")
def picture(file: Path, out: Path, rule: str, zoom: float, sharpness: float, dark: bool) -> None:
    """Write a picture of a design."""
    try:
        loaded = project_file.load(file)
        for warning in loaded.warnings:
            warn(warning)
        project = Project(KINDS, LINKS, loaded.rows)
        chosen = select.matching(project, rule) if rule else []
        if rule and not chosen:
            raise RuleError(f"Nothing matches {shown(rule)}.")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        import_module("designer.cli").stop_at_bad_binding()
        size = import_module("designer.app").write_picture(project, chosen, out, file.stem, zoom / 100, sharpness, dark)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_REFUSED)
    say(f"{shown(out)}: {size}")


@click.command("export", help=_EXPORT_HELP)
@click.argument("file", type=_PATH)
@click.argument("out", type=_PATH)
@click.option("--report", type=_PATH, help="Write what was guessed, made up and left out as CSV.")
def export(file: Path, out: Path, report: Path | None) -> None:
    """Write a design for other programs."""
    if out.suffix.lower() not in ENDS:
        raise click.UsageError(f"OUT ends in {', '.join(ENDS)}.")
    must_write(report)
    try:
        loaded = project_file.load(file)
        for warning in loaded.warnings:
            warn(warning)
        written = write(Project(KINDS, LINKS, loaded.rows), out, file.stem)
        if report is not None:
            write_report(report, written.report)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_REFUSED)
    for sort, what, who in written.report:
        say(f"{sort}: {what} {who}".rstrip())
    say(f"Wrote {', '.join(shown(path) for path in written.files)}.")
