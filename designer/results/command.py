"""`cloud-designer results`: what a saved run tells, as a table to read or as a CSV, Parquet or JSON file."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from designer import units
from designer.cli_simulate import must_write
from designer.cli_terminal import end_of_progress, interruptible, plain, progress, say, say_lines, stop
from designer.engine.result.blocks import SavedRun
from designer.errors import DesignerError, ExportFileError, FileError, RuleError
from designer.exchange.table_out import WRITERS
from designer.model.element import id_from_text, id_text
from designer.results import RunResults, results_of, run_named, saved_runs
from designer.study.results.tables import Chosen, blocks, choose, figure_blocks

EXIT_BAD_INPUT, EXIT_NO_FILE, EXIT_INTERRUPTED = 2, 3, 130
_PATH: Any = click.Path(path_type=Path)
_HELP = """Read the results of a run that is saved in a project file.

Without an option it lists the saved runs, and what the newest tells: quantities with unit, how a container has each,
and of what. --csv, --xlsx, --parquet and --json write a table with a row for each element and recording step and a
column for each quantity; a container's row is that of all that stands in it at that time. --figures writes the figures
of the whole run instead.

\b
Examples:
    cloud-designer results shop.clouddesign --kind host --quantity power_w --csv watts.csv
    cloud-designer results shop.clouddesign --element ap-south-1a --parquet zone.parquet
    cloud-designer results shop.clouddesign --figures --csv figures.csv

\b
Exit codes: 0 written or listed; 2 an option is wrong, or the run tells nothing of the kind; 3 a file cannot be read or
written, or holds no such run; 130 interrupted.
"""


@click.command("results", help=_HELP)
@click.argument("file", type=_PATH)
@click.option("--run", "label", metavar="LABEL", help="The newest run with this label; default: the newest.")
@click.option("--element", "elements", multiple=True, metavar="NAME_OR_ID", help="Only this element. Repeatable.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only elements of this kind. Repeatable.")
@click.option("--quantity", "quantities", multiple=True, metavar="NAME", help="Only this quantity. Repeatable.")
@click.option("--figures", is_flag=True, help="Write the figures of the whole run, not those of each step.")
@click.option("--csv", "csv_out", type=_PATH, metavar="OUT", help="Write a CSV file.")
@click.option("--xlsx", "xlsx_out", type=_PATH, metavar="OUT", help="Write a workbook.")
@click.option("--parquet", "parquet_out", type=_PATH, metavar="OUT", help="Write a Parquet file (needs pyarrow).")
@click.option("--json", "json_out", type=_PATH, metavar="OUT", help="Write a JSON file.")
def results(
    file: Path,
    label: str | None,
    elements: Sequence[str],
    kinds: Sequence[str],
    quantities: Sequence[str],
    figures: bool,
    csv_out: Path | None,
    xlsx_out: Path | None,
    parquet_out: Path | None,
    json_out: Path | None,
) -> None:
    """Read the results of a saved run."""
    wanted = {".csv": csv_out, ".xlsx": xlsx_out, ".parquet": parquet_out, ".json": json_out}
    must_write(*wanted.values())
    try:
        runs = saved_runs(file)
        run = results_of(run_named(runs, label, file.name))
        outs = {end: out for end, out in wanted.items() if out is not None}
        if not outs:
            say_lines(_listed(runs, run))
            return
        chosen = None if figures else choose(run, _ids(run, elements), kinds, quantities)
        with interruptible(_progress if sys.stderr.isatty() else None) as told:
            for end, out in outs.items():
                _write(run, chosen, out, end, told)
                say(f"{out}: {_size(run, chosen)}")
    except (FileError, ExportFileError) as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)


def _progress(part: float) -> None:
    progress(f"written {part:4.0%}")
    if part >= 1:
        end_of_progress()


def _write(run: RunResults, chosen: Chosen | None, out: Path, end: str, told: Any) -> None:
    """Write the steps of what is chosen, or the figures of the whole run."""
    heads, pieces = figure_blocks(run) if chosen is None else (chosen.units, blocks(run, chosen))

    def blocks_told() -> Any:
        for part, block in pieces:
            yield block
            told(part)

    WRITERS[end](out, heads, blocks_told())


def _size(run: RunResults, chosen: Chosen | None) -> str:
    if chosen is None:
        return "the figures of the run"
    rows = len(chosen.elements) * (run.edges_s.size - 1)
    return f"{rows:,} rows, {len(chosen.quantities)} quantities of {len(chosen.elements):,} elements"


def _ids(run: RunResults, named: Sequence[str]) -> list[int]:
    """The ids of elements that are named, or given by an id as people see it. Raises RuleError."""
    found = []
    for name in named:
        those = run.named(name) or run.named_id(id_from_text(name))
        if not those:
            raise RuleError(f"The run tells nothing of an element named {name}.")
        if len(those) > 1:
            ids = ", ".join(map(id_text, those))
            raise RuleError(f"{len(those)} elements are named {name}; name one by its id: {ids}.")
        found += those
    return found


def _listed(runs: Sequence[SavedRun], run: RunResults) -> list[str]:
    """The saved runs, and what one of them tells."""
    lines = ["Saved runs, the newest last:"]
    for saved in runs:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(saved.made_s))
        shown = "" if saved.blocks else ", figures only"
        lines.append(f"  {made}  {units.clock_text(saved.time_s)}  {saved.label or '(no label)'}{shown}")
    lines += ["", "It tells of each recording step:"]
    rows = [("quantity", "unit", "of", "in a container", "")]
    rows += [(of.name, of.unit or "-", of.of, of.sums or "-", of.title) for of in run.quantities]
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    lines += ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0))).rstrip() for row in rows]
    return [plain(line) for line in lines]
