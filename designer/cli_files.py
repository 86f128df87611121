"""`cloud-designer dump | load | diff | merge | check-file`: project files for scripts and for git."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import must_save
from designer.cli_terminal import UNLINK, UNLINKS, say, stop, warn
from designer.errors import FileError
from designer.model.element import Element, Link
from designer.store.exchange.dump import dump as lines_of
from designer.store.exchange.load import load_text
from designer.store.file import project_file
from designer.store.file.faults import shown
from designer.store.file.project_file import LinkedFileError, Loaded, Stamp
from designer.store.history.compare import compare
from designer.store.history.merge import Merged, Side, merge
from designer.store.working.lock import lock_file

EXIT_DIFFERENT, EXIT_NO_FILE = 1, 3
Rows = list[Element | Link]
_PATH: Any = click.Path(path_type=Path)

_DUMP_HELP = """Print a design as sorted text, one element or link a line. `cloud-designer load` reads it back.

\b
So that git shows what changed in a design, once for each user:
    git config --global diff.clouddesign.textconv "cloud-designer dump --brief"
and once for each repository, in .gitattributes:
    *.clouddesign diff=clouddesign merge=clouddesign

\b
Exit codes: 0 printed; 3 the file cannot be read.
"""
_LOAD_HELP = """Make a design of the text that `cloud-designer dump` printed.

\b
    cloud-designer dump shop.clouddesign > shop.txt
    cloud-designer load shop.txt -o shop.clouddesign
Lines may stand in any order; fields that are left out have their defaults.

\b
Exit codes: 0 written; 3 the text cannot be read, is no design, or the file cannot be written (nothing was written).
"""
_DIFF_HELP = """Show the differences of two designs as sentences, or with --open in a window.

\b
So that git shows two states of a design drawn side by side, once for each user:
    git config --global difftool.clouddesign.cmd 'cloud-designer diff "$LOCAL" "$REMOTE" --open'
and then: git difftool --tool=clouddesign HEAD~1 -- shop.clouddesign

\b
Exit codes: 0 they are the same, or were shown; 1 they differ; 2 there is no display for --open; 3 a file cannot be
read.
"""
_MERGE_HELP = """Merge two versions of a design, and write the result to a file.

Where both changed the same, it takes MINE (or the side of --take) and says so; the drawing makes room. With
--open a window shows each conflict with both sides and the result, before anything is written.

\b
So that git merges designs, once for each user:
    git config --global merge.clouddesign.driver "cloud-designer merge %O %A %B -o %A"
    git config --global merge.clouddesign.recursive binary
and once for each repository, in .gitattributes:
    *.clouddesign diff=clouddesign merge=clouddesign
(The second line is for branches that merged each other: where they decided differently, there is a conflict.)

\b
After a conflict git holds the design with MINE taken, which opens as any other. To choose in the window, once for each
user:
    git config --global mergetool.clouddesign.cmd \\
        'cloud-designer merge "$BASE" "$LOCAL" "$REMOTE" -o "$MERGED" --open'
    git config --global mergetool.clouddesign.trustExitCode true
and then: git mergetool --tool=clouddesign

\b
Exit codes: 0 merged; 1 merged, with conflicts, or the window was closed and nothing was written; 2 there is no display
for --open; 3 a file cannot be read, merged or written (nothing was written).
"""
_CHECK_HELP = """Check project files with all checks of opening.

\b
Exit codes: 0 all are sound; 1 one was changed after it was saved, or was left open; 3 one cannot be read.
"""


def _opened(file: Path, load: Callable[[Path], Loaded] = project_file.load) -> Loaded:
    try:
        loaded = load(file)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    for warning in loaded.warnings:
        warn(warning)
    return loaded


@click.command("dump", help=_DUMP_HELP)
@click.argument("file", type=_PATH)
@click.option("--brief", is_flag=True, help="Print size and sum of packed data (traces) in place of the data.")
def dump(file: Path, brief: bool) -> None:
    """Print a design as sorted text."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    for line in lines_of(_opened(file).rows, brief):
        say(line)


@click.command("load", help=_LOAD_HELP)
@click.argument("text", type=_PATH)
@click.option("-o", "--out", type=_PATH, required=True, help="The file to write.")
@UNLINK
def load(text: Path, out: Path, unlink: bool) -> None:
    """Make a design of its text."""
    must_save(out)
    try:
        project_file.save(out, load_text(text), unlink=unlink)
    except LinkedFileError as error:
        stop(f"{error} {UNLINKS}", EXIT_NO_FILE)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    say(f"Wrote {shown(out)}.")


@click.command("diff", help=_DIFF_HELP)
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--no-drawing", is_flag=True, help="Leave out changes of position and size in the drawing.")
@click.option("--open", "in_window", is_flag=True, help="Show both in a window, with the differences marked.")
def diff(old: Path, new: Path, no_drawing: bool, in_window: bool) -> None:
    """Show the differences of two designs."""
    before, after = _rows(old), _rows(new)
    if in_window:
        titles = shown(old.name), shown(new.name)
        _windows().show_difference(before, after, titles)
        return
    found = compare(before, after)
    told = [one.sentence for one in found if not (no_drawing and one.drawing_only)]
    for sentence in told:
        say(sentence)
    if told:
        raise SystemExit(EXIT_DIFFERENT)


@click.command("merge", help=_MERGE_HELP)
@click.argument("base", type=_PATH)
@click.argument("mine", type=_PATH)
@click.argument("theirs", type=_PATH)
@click.option("-o", "--out", type=_PATH, required=True, help="The file to write; it may be one of the three.")
@click.option("--take", type=click.Choice(["mine", "theirs"]), help="Which side to take where both changed the same.")
@click.option("--open", "in_window", is_flag=True, help="Choose in a window which side to take.")
@UNLINK
def merge_files(
    base: Path, mine: Path, theirs: Path, out: Path, take: Side | None, in_window: bool, unlink: bool
) -> None:
    """Merge two versions of a design."""
    must_save(out)
    mine_file, their_file = (_opened(file, project_file.load_whole) for file in (mine, theirs))
    base_rows = _rows(base)
    try:
        if in_window:
            merged = _chosen(out, base_rows, mine_file, their_file)
        else:
            merged = merge(base_rows, mine_file.rows, their_file.rows, lambda key: take)
        stamp = _of_both(mine_file.stamp, their_file.stamp)
        project_file.save(out, merged.rows, stamp, aside=mine_file.aside, unlink=unlink)
    except LinkedFileError as error:
        stop(f"{error} {UNLINKS}", EXIT_NO_FILE)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    if not in_window:
        _tell_conflicts(merged, take or "mine")


def _of_both(mine: Stamp, theirs: Stamp) -> Stamp:
    """The stamp under which a merge of two is saved."""
    revision = max(mine.revision, theirs.revision)
    return replace(mine, revision=revision, ancestors=project_file.joined(mine, theirs), place="", seen=())


def _chosen(out: Path, base: Rows, mine: Loaded, theirs: Loaded) -> Merged:
    """The user's choices in a window. Exits where there is no display, or when it is closed."""
    windows = _windows()
    try:
        lock = lock_file(out)
    except OSError:
        lock = None
    try:
        merged: Merged | None = windows.ask_merge(base, mine.rows, theirs.rows, shown(out.name))
    finally:
        if lock is not None:
            lock.release()
    if merged is None:
        warn(f"The merge was canceled; {shown(out.name)} is unchanged.")
        raise SystemExit(EXIT_DIFFERENT)
    return merged


def _tell_conflicts(merged: Merged, taken: Side) -> None:
    """Print each conflict and how to choose; the exit code tells git that somebody has to look."""
    for conflict in merged.conflicts:
        say(f"conflict: {conflict.sentence}", err=True)
    if merged.conflicts:
        many = f"{len(merged.conflicts):,} conflict{'s' if len(merged.conflicts) > 1 else ''}"
        warn(
            f"{many}, {taken} was taken. To choose in a window: git mergetool --tool=clouddesign, or this command "
            "again with --open."
        )
        raise SystemExit(EXIT_DIFFERENT)


def _windows() -> Any:
    """The door to windows. Exits where there is no display."""
    cli = import_module("designer.cli")
    cli.stop_at_bad_binding()
    if not cli.has_display():
        stop("there is no display for --open. Set DISPLAY, or leave it out.", cli.EXIT_NO_DISPLAY)
    return import_module("designer.app")


def _rows(path: Path) -> Rows:
    """The rows of a file; none of an empty one, which git gives where there is no such file on one side."""
    try:
        empty = path == Path(os.devnull) or (path.is_file() and path.stat().st_size == 0)
    except (OSError, ValueError):
        empty = False
    return [] if empty else _opened(path).rows


@click.command("check-file", help=_CHECK_HELP)
@click.argument("files", type=_PATH, nargs=-1, required=True)
def check_file(files: tuple[Path, ...]) -> None:
    """Check whether files are sound."""
    code = 0
    for file in files:
        try:
            loaded = project_file.load(file)
        except FileError as error:
            warn(error)
            code = EXIT_NO_FILE
            continue
        links = sum(isinstance(row, Link) for row in loaded.rows)
        say(
            f"{shown(file)}: sound, {len(loaded.rows) - links:,} elements, {links:,} links, save "
            f"{loaded.stamp.revision:,}, written by {shown(loaded.stamp.written_by) or 'nobody'}"
        )
        for warning in loaded.warnings:
            warn(warning)
            code = code or EXIT_DIFFERENT
    if code:
        raise SystemExit(code)
