"""The report of an import as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from designer.errors import ImportFileError
from designer.exchange.csv_out import csv_text
from designer.words import tr

HEADER = ("sort", "what", "who")


def write_report(path: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write what was guessed, made up and left out, a row each. Raises ImportFileError."""
    try:
        path.write_text(csv_text(HEADER, rows), "utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImportFileError(tr("{0} cannot be written: {1}.", path, reason)) from None
