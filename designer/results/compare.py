"""`cloud-designer compare`: designs or saved runs side by side, with one seed, so that differences are real."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NO_FILE, opened
from designer.cli_terminal import end_of_progress, interruptible, progress, say, say_lines, stop, warn
from designer.errors import DesignerError, FileError
from designer.model.element import id_text
from designer.report.compared import cells, comparison_report, heads, shows
from designer.report.comparing import (
    WHOLE,
    Measures,
    chosen_scenarios,
    compared,
    finding_changes,
    run_figures,
    undominated,
)
from designer.report.ordering import measures_in_order, order_json, order_lines
from designer.results import open_run
from designer.results.report import ENDS
from designer.results.what_if import scenario_named
from designer.store.file.faults import must_take, shown

JSON_VERSION = 1
_PATH: Any = click.Path(path_type=Path)
_HELP = """Compare designs, or saved runs of one, figure by figure: cost, nines, findings, a run, downtime by scenario.

All are run and played with one seed; random streams go by element, so a difference is one of the designs. Elements are
the same by id, or by name. What to measure first is told, too: the assumed MTBF or MTTR that, within its range, would
change which design is up for longer. With -o the comparison is a report, with cost against nines and the runs over each
other.

\b
Examples:
    cloud-designer compare before.clouddesign after.clouddesign
    cloud-designer compare one.clouddesign two.clouddesign three.clouddesign -o designs.html
    cloud-designer compare shop.clouddesign --run monday --run tuesday

\b
Exit codes: 0 they are compared; 2 an option or a design is wrong; 3 a file cannot be read or written; 130 interrupted.
"""


@click.command("compare", help=_HELP)
@click.argument("files", type=_PATH, nargs=-1, required=True)
@click.option("--scenario", "names", multiple=True, metavar="NAME",
              help="Scenarios to play; default: those of the designs, or the first of the library.")  # fmt: skip
@click.option("--run", "labels", multiple=True, metavar="LABEL", help="Compare saved runs of one file. Twice or more.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The seed of all; default: that of the first design.")
@click.option("--all", "every", is_flag=True, help="Print also what is the same.")
@click.option("--json", "as_text", is_flag=True, help="Print JSON.")
@click.option("-o", "--out", type=_PATH, help="Write a report, .html or .pdf.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def compare(
    files: tuple[Path, ...], names: tuple[str, ...], labels: tuple[str, ...], seed: int | None, every: bool,
    as_text: bool, out: Path | None, quiet: bool,
) -> None:  # fmt: skip
    """Compare designs or runs."""
    if out is not None and out.suffix.lower() not in ENDS:
        raise click.UsageError(f"OUT ends in {' or '.join(ENDS)}.")
    if (len(files) < 2 and len(labels) < 2) or (labels and len(files) > 1):
        raise click.UsageError("Name two designs or more, or one and two of its saved runs or more.")
    shows = sys.stderr.isatty() and not quiet
    try:
        if out is not None:
            must_take(out)
        with interruptible((lambda part: progress(f"compared {part:4.0%}")) if shows else None) as told:
            found, used = _runs(files[0], labels) if labels else _designs(files, names, seed, told)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was compared.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    titles = list(labels) if labels else titles_of(files)
    if as_text:
        say_lines(json.dumps(as_json(titles, found, used), indent=2, allow_nan=False).split("\n"))
    elif out is None:
        say_lines(as_lines(titles, found, every))
    if out is not None:
        _write(titles, found, used, out)


def titles_of(files: Sequence[Path]) -> list[str]:
    """The names of files without their ends; of alike ones with their folder."""
    alike = Counter(file.stem for file in files)
    return [str(file.with_suffix("")) if alike[file.stem] > 1 else file.stem for file in files]


def _designs(files: Sequence[Path], names: Sequence[str], seed: int | None, told: Any) -> tuple[list[Measures], int]:
    projects = [opened(file) for file in files]
    for name in names:
        scenario_named(projects[0], name)
    used = int(projects[0].root.__dict__["seed"]) if seed is None else seed
    return measures_in_order(projects, list(names) or chosen_scenarios(projects), used, told), used


def _runs(file: Path, labels: Sequence[str]) -> tuple[list[Measures], int]:
    found: list[Measures] = []
    seed = 0
    for label in labels:
        one, run = Measures(), open_run(file, label)
        run_figures(run, one)
        if found and run.spec.seed != seed:
            warn(f"{label} has another seed than {labels[0]}, so its load differs by chance.")
        seed = seed if found else run.spec.seed
        found.append(one)
    return found, seed


def as_lines(titles: Sequence[str], found: Sequence[Measures], every: bool) -> list[str]:
    """A table, then the findings that only one has, and which designs no other beats."""
    rows = [row for row in compared(found) if every or shows(row)]
    table = [heads(titles)]
    for group, some in groupby(rows, key=lambda row: row.key.group):
        told = [cells(row) for row in some]
        table += [[f"{group}:", *[""] * (len(table[0]) - 1)], *([f"  {line[0]}", *line[1:]] for line in told)]
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    lines = ["  ".join(c.ljust(w) if n < 2 else c.rjust(w) for n, (c, w) in enumerate(zip(line, widths))).rstrip()
             for line in table]  # fmt: skip
    if not rows:
        lines = ["All figures are the same."]
    for title, one in zip(titles[1:], found[1:]):
        gone, new = finding_changes(found[0], one)
        lines += [f"Not in {title}: {finding.text}" for finding in gone]
        lines += [f"Only in {title}: {finding.text}" for finding in new]
    best = [title for title, good in zip(titles, undominated(found)) if good]
    if best and len(titles) > 2:
        lines.append(f"No other has more nines for less: {', '.join(best)}.")
    for title, one in zip(titles[1:], found[1:]):
        lines += order_lines(titles[0], title, one.order)
    return [*lines, *(f"{title}: {note}" for title, one in zip(titles, found) for note in one.notes)]


def as_json(titles: Sequence[str], found: Sequence[Measures], seed: int) -> dict[str, Any]:
    """All figures and differences; null where one does not have it."""
    return {
        "version": JSON_VERSION,
        "seed": seed,
        "compared": list(titles),
        "rows": [
            {
                "group": row.key.group,
                "element": id_text(row.key.element) if row.key.element != WHOLE else None,
                "name": row.name,
                "figure": row.key.what,
                "unit": row.key.unit,
                "values": list(row.values),
                "differences": list(row.differences),
            }
            for row in compared(found)
        ],
        "findings": [
            {"gone": [one.text for one in gone], "new": [one.text for one in new]}
            for gone, new in (finding_changes(found[0], one) for one in found[1:])
        ],
        "undominated": undominated(found),
        "order": [order_json(one.order) for one in found[1:]],
        "notes": [one.notes for one in found],
    }


def _write(titles: Sequence[str], found: Sequence[Measures], seed: int, out: Path) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import_module("designer.cli").stop_at_bad_binding()
    try:
        import_module("designer.app").write_report(None, comparison_report(titles, found, seed), out)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    say(f"Wrote {shown(out)}.", err=True)
