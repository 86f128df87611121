"""`cloud-designer dump | diff | merge | check-file`: project files for scripts and for git."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from designer.errors import FileError
from designer.model.element import Link
from designer.store import project_file
from designer.store.compare import compare
from designer.store.dump import dump as lines_of
from designer.store.faults import shown
from designer.store.merge import Side, merge
from designer.store.project_file import Loaded

EXIT_DIFFERENT, EXIT_NO_FILE = 1, 3
_PATH: Any = click.Path(path_type=Path)

_DUMP_HELP = """Print a design as sorted text, one element or link a line.

\b
So that git shows what changed in a design, once for each user:
    git config --global diff.clouddesign.textconv "cloud-designer dump"
and once for each repository, in .gitattributes:
    *.clouddesign diff=clouddesign merge=clouddesign

\b
Exit codes: 0 printed; 3 the file cannot be read.
"""
_DIFF_HELP = """Say in sentences what differs between two designs.

\b
Exit codes: 0 they are the same; 1 they differ; 3 a file cannot be read.
"""
_MERGE_HELP = """Put together what two people made of one design, and write it to a file.

Where both changed the same, it takes MINE (or what --take says) and tells it; places in the drawing make room.

\b
So that git merges designs, once for each user:
    git config --global merge.clouddesign.driver "cloud-designer merge %O %A %B -o %A"
and once for each repository, in .gitattributes:
    *.clouddesign diff=clouddesign merge=clouddesign
After a conflict open the design, look at what was told, save, and `git add` it.

\b
Exit codes: 0 merged; 1 merged, with conflicts; 3 a file cannot be read, merged or written (nothing was written).
"""
_CHECK_HELP = """Open files with all checks and say whether they are sound.

\b
Exit codes: 0 all are sound; 1 one was changed after it was saved, or was left open; 3 one cannot be read.
"""


def _stop(sentence: str) -> NoReturn:
    click.echo(f"cloud-designer: {sentence}", err=True)
    raise SystemExit(EXIT_NO_FILE)


def _opened(file: Path) -> Loaded:
    try:
        loaded = project_file.load(file)
    except FileError as error:
        _stop(str(error))
    for warning in loaded.warnings:
        click.echo(f"cloud-designer: {warning}", err=True)
    return loaded


@click.command("dump", help=_DUMP_HELP)
@click.argument("file", type=_PATH)
def dump(file: Path) -> None:
    """Print a design as sorted text."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    for line in lines_of(_opened(file).rows):
        click.echo(line)


@click.command("diff", help=_DIFF_HELP)
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--no-drawing", is_flag=True, help="Leave out what only moved or grew in the drawing.")
def diff(old: Path, new: Path, no_drawing: bool) -> None:
    """Say what differs between two designs."""
    found = compare(_opened(old).rows, _opened(new).rows)
    told = [one.sentence for one in found if not (no_drawing and one.drawing_only)]
    for sentence in told:
        click.echo(sentence)
    if told:
        raise SystemExit(EXIT_DIFFERENT)


@click.command("merge", help=_MERGE_HELP)
@click.argument("base", type=_PATH)
@click.argument("mine", type=_PATH)
@click.argument("theirs", type=_PATH)
@click.option("-o", "--out", type=_PATH, required=True, help="The file to write; it may be one of the three.")
@click.option("--take", type=click.Choice(["mine", "theirs"]), help="Whose to take where both changed the same.")
def merge_files(base: Path, mine: Path, theirs: Path, out: Path, take: Side | None) -> None:
    """Put together what two people made of one design."""
    mine_file, their_file = _opened(mine), _opened(theirs)
    base_rows = [] if _is_empty(base) else _opened(base).rows
    try:
        merged = merge(base_rows, mine_file.rows, their_file.rows, lambda key: take)
        revision = max(mine_file.stamp.revision, their_file.stamp.revision)
        before = replace(mine_file.stamp, revision=revision, place="", seen=())
        project_file.save(out, merged.rows, before)
    except FileError as error:
        _stop(str(error))
    for conflict in merged.conflicts:
        click.echo(f"conflict: {conflict.sentence}", err=True)
    if merged.conflicts:
        raise SystemExit(EXIT_DIFFERENT)


def _is_empty(path: Path) -> bool:
    """Git gives an empty file where there is no common ancestor."""
    try:
        return path.stat().st_size == 0
    except (OSError, ValueError):
        return False


@click.command("check-file", help=_CHECK_HELP)
@click.argument("files", type=_PATH, nargs=-1, required=True)
def check_file(files: tuple[Path, ...]) -> None:
    """Say whether files are sound."""
    code = 0
    for file in files:
        try:
            loaded = project_file.load(file)
        except FileError as error:
            click.echo(f"cloud-designer: {error}", err=True)
            code = EXIT_NO_FILE
            continue
        links = sum(isinstance(row, Link) for row in loaded.rows)
        click.echo(
            f"{shown(file)}: sound, {len(loaded.rows) - links:,} elements, {links:,} links, save "
            f"{loaded.stamp.revision:,}, written by {shown(loaded.stamp.written_by) or 'nobody'}"
        )
        for warning in loaded.warnings:
            click.echo(f"cloud-designer: {warning}", err=True)
            code = code or EXIT_DIFFERENT
    if code:
        raise SystemExit(code)
