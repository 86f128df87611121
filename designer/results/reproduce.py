"""`cloud-designer reproduce`: play again what a receipt says, and compare what comes of it."""

from __future__ import annotations

from pathlib import Path

import click

from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NO_FILE, opened
from designer.cli_terminal import interruptible, say_lines, stop
from designer.errors import DesignerError, RuleError
from designer.foreign import bytes_of
from designer.results.receipt import MOST_BYTES, differences, must_fit, read_receipt, same
from designer.study.headless import run_headless

EXIT_DIFFERS = 1

_HELP = """Play again what a receipt says, on the design FILE, and compare what comes of it.

A receipt is what `simulate --receipt` and `what-if --receipt` write.

\b
Exit codes: 0 the result is the same, bit for bit; 1 it differs; 2 the receipt is none, or cannot be played on
this design; 3 a file cannot be read; 130 interrupted.
"""


@click.command("reproduce", help=_HELP)
@click.argument("receipt", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--quiet", is_flag=True, help="No text.")
def reproduce(receipt: Path, file: Path, quiet: bool) -> None:
    """Play a receipt again."""
    try:
        told = read_receipt(bytes_of(receipt, MOST_BYTES))
    except OSError as error:
        stop(f"{receipt} cannot be read: {(error.strerror or str(error)).lower()}.", EXIT_NO_FILE)
    except RuleError as error:
        stop(error, EXIT_BAD_INPUT)
    project = opened(file)
    try:
        must_fit(told, project)
        with interruptible(None):
            done = run_headless(project, until_s=told.until_s, seed=told.seed, events=told.events)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was compared.", EXIT_INTERRUPTED)
    found = differences(told, project, done.digest)
    if not quiet:
        say_lines(found or [same(told, done.digest)])
    if found:
        raise SystemExit(EXIT_DIFFERS)
