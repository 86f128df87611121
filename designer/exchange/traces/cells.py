"""The cells of a table of traces as loads and times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from designer.exchange.csv_table import CsvTable
from designer.exchange.grid import Floats
from designer.exchange.numbers import Numbers, is_missing, numbers_of
from designer.exchange.questions import Answers
from designer.exchange.traces.dates import Dates
from designer.exchange.traces.times import LATEST_S, moment_of
from designer.words import tr


class CellReader:
    """Reads cells of a table. `numbers`: how its numbers are written; `percent`: a cell had a percent sign.

    Raises OpenQuestionError where the decimal sign is open.
    """

    def __init__(self, table: CsvTable, answers: Answers) -> None:
        self.table, self.percent = table, False
        self.dates = Dates(table, (cell for _, row in table for cell in row), answers)
        self.numbers: Numbers = numbers_of(table, _open_cells(table), answers)

    def value(self, line: int, text: str, what: str) -> float:
        """The number of a cell, NaN where there is none. Raises ImportFileError."""
        if is_missing(text):
            return math.nan
        try:
            value, factor = self.numbers.with_unit(text, "fraction")
        except ValueError:
            raise self.table.wrong(line, tr("“{0}” ({1}) is not a number.", text.strip()[:40], what)) from None
        if not math.isfinite(value):
            raise self.table.wrong(line, tr("{0} is “{1}”; a load must be a finite number.", what, text.strip()[:40]))
        self.percent = self.percent or factor is not None
        return value

    def row(self, line: int, cells: Sequence[str], first: int) -> Floats:
        """The numbers of a row; `first` is the number of its first column."""
        whole = "".join(cells)
        if self.numbers.decimal == "point" and whole.isascii() and "_" not in whole and "n" not in whole.lower():
            try:
                loads = np.fromiter(map(float, cells), np.float64, len(cells))
                if np.isfinite(loads).all():
                    return loads
            except ValueError:
                pass
        return np.array([self.value(line, cell, tr("column {0}", n)) for n, cell in enumerate(cells, first)])

    def moment(self, line: int, text: str) -> tuple[float, bool]:
        """The time of a cell, and whether it is a number. Raises ImportFileError."""
        moment = moment_of(text, self.numbers, self.dates)
        if moment is None:
            raise self.table.wrong(
                line, tr("“{0}” is neither a number of seconds nor a date and time.", text.strip()[:40])
            )
        if not abs(moment[0]) < LATEST_S * (1e9 if moment[1] else 1):
            raise self.table.wrong(line, tr("“{0}” is no moment.", text.strip()[:40]))
        return moment


def _open_cells(table: CsvTable) -> Iterator[tuple[int, str]]:
    """All cells in which a decimal sign may stand, where the separator leaves one open."""
    if table.separator == "," and not table.quoted:
        return
    for line, row in table:
        yield from ((line, cell) for cell in row if "," in cell or "." in cell)
