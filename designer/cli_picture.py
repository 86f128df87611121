"""`cloud-designer picture`: a design as PNG, SVG or PDF, without a window."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from designer.catalog import KINDS, LINKS
from designer.cli_terminal import say, stop, warn
from designer.commands import select
from designer.errors import DesignerError, FileError, RuleError
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.faults import shown

EXIT_REFUSED, EXIT_NO_FILE = 1, 3
_PATH: Any = click.Path(path_type=Path)
_HELP = """Write a picture of a design.

OUT ends in .png, .svg or .pdf. The picture is light, and shows the whole drawing as the window does at 100 %.

\b
Exit codes: 0 written; 1 there is nothing to show, or the picture is too large; 2 an option is wrong; 3 a file cannot be
read or written.
"""


@click.command("picture", help=_HELP)
@click.argument("file", type=_PATH)
@click.argument("out", type=_PATH)
@click.option("--only", "rule", default="", help='Only elements that a search finds, with their content: "kind:rack".')
@click.option("--zoom", type=click.FloatRange(5, 800), default=100.0, show_default=True, help="Zoom in percent.")
@click.option("--sharpness", type=click.FloatRange(0.5, 8), default=2.0, show_default=True,
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
