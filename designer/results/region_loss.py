"""`cloud-designer region-loss`: lose each region in a run, and compare with the RTO and RPO that services want."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, opened
from designer.cli_terminal import end_of_progress, interruptible, progress, say_lines, stop
from designer.errors import DesignerError
from designer.model.element import id_text
from designer.study.scenarios.region_loss import COLUMNS, RegionLoss, cells_of, region_losses, verdict

JSON_VERSION = 1
EXIT_MISSED = 1
_HELP = """Lose each region of a design in a run, for good; compare what comes back, when and with which data, with the
strategy, RTO and RPO of its services.

The run knows only what is drawn. Strategies that people carry out (backup, pilot light) are back at the earliest after
the shortest time of their kind; a warm standby or active-active must come back in the run.

\b
Exit codes: 0 all services keep what is wanted; 1 one misses it; 2 the design is wrong, or has no region; 3 the file
cannot be read; 130 interrupted.
"""


@click.command("region-loss", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed; default: that of the design.")
@click.option("--json", "as_text", is_flag=True, help="Print JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def region_loss(file: Path, seed: int | None, as_text: bool, quiet: bool) -> None:
    """Lose each region in turn."""
    project = opened(file)
    if not project.of_kind("region"):
        stop("The design has no region.", EXIT_BAD_INPUT)
    shows = sys.stderr.isatty() and not quiet
    try:
        with interruptible((lambda part: progress(f"lost {part:4.0%}")) if shows else None) as told:
            found = region_losses(project, seed, told)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; there is no answer.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    say_lines(json.dumps(as_json(found), indent=2).split("\n") if as_text else as_lines(found))
    if any(row.misses for row in found):
        raise SystemExit(EXIT_MISSED)


def as_lines(found: Sequence[RegionLoss]) -> list[str]:
    """A table, then whose data is lost."""
    if not found:
        return ["No service is served or has data in a region."]
    table = [COLUMNS, *map(cells_of, found)]
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]
    lost = dict.fromkeys((row.region, name) for row in found for name in row.data)
    return [*lines, *(f"With {region} goes data of {name}." for region, name in lost)]


def as_json(found: Sequence[RegionLoss]) -> dict[str, Any]:
    """All rows; null: it is not back, its data is gone, or nothing is wanted."""
    return {
        "version": JSON_VERSION,
        "losses": [
            {
                "region": row.region,
                "service": row.service,
                "id": id_text(row.service_id),
                "strategy": row.strategy,
                "rto_wanted_s": row.wanted_rto_s or None,
                "rpo_wanted_s": row.wanted_rpo_s or None,
                "rto_s": row.rto_s,
                "rto_planned_s": row.planned_s,
                "rpo_s": row.rpo_s,
                "has_data": row.has_data,
                "data_of": list(row.data),
                "misses": row.misses,
                "verdict": verdict(row),
            }
            for row in found
        ],
    }
