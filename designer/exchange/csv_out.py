"""Tables as CSV text for spreadsheets: no cell with foreign text becomes a formula; what is no number is empty."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""First characters of text that a spreadsheet runs."""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV, one header line, lines ended by a line feed."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; a missing number is empty."""
    if isinstance(cell, str) and cell[:1] in FORMULAS:
        return "'" + cell
    if hasattr(cell, "dtype"):
        cell = cell.item()
    return "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else cell


def plain(text: str) -> str:
    """A text as it was before `safe`."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULAS) else text
