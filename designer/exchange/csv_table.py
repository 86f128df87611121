"""CSV files of other programs as rows of text: any usual separator and encoding, each row with its line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from designer.errors import ImportFileError
from designer.exchange.going import Going, told, unheard
from designer.exchange.source import ForeignFile
from designer.exchange.text_file import kind_of, lines_of
from designer.words import mark, tr

SEPARATORS = ",;\t|"
LOOKED_AT = 20
"""Rows that are read to find the separator and the shape of a file."""
MOST_COLUMNS = 600_000
"""Most cells of a row: a year has 525,600 minutes."""
HEAD_CELLS = 200_000
"""Most cells, or characters, of the first rows that are looked at."""
MOST_BLANK = 100_000
"""Most blank rows beside as many others."""
ENCODINGS = {"cp1252": "Windows-1252", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
T = TypeVar("T")
Row = tuple[int, list[str]]
"""The line on which a row begins, and its cells."""


class CsvTable(ForeignFile):
    """A CSV file. Iterate over its rows without blank ones; each time the file is read again, a block at a time."""

    def __init__(self, path: Path, going: Going = unheard) -> None:
        """Read the first rows. `going` hears how far each reading is. Raises ImportFileError."""
        super().__init__(path.name)
        self._about = 1.0
        self._going: Going = unheard
        self.path, self._titles, self._passed = path, list[str](), 0
        self._encoding, self.quoted = kind_of(path)
        self.said = [tr("the text is in {0}", ENCODINGS[self._encoding])] if self._encoding in ENCODINGS else []
        start = list(_until(islice(lines_of(path, self._encoding), 4 * LOOKED_AT), len, HEAD_CELLS))
        self._skipped, self.separator = _preface(start)
        if not self.separator:
            self.separator = _separator([line for line in start[self._skipped :] if line.strip()][:LOOKED_AT])
        self.head: list[Row] = list(_until(islice(self, LOOKED_AT), lambda row: len(row[1]), HEAD_CELLS))
        if not self.head:
            raise ImportFileError(tr("{0} is empty.", self.name))
        self._going, self._about = going, len(start) * path.stat().st_size / max(1, sum(map(len, start)))

    def entitle(self, titles: list[str], passed: int = 0) -> None:
        """Give the table a header in place of its first rows."""
        self._titles, self._passed = titles, passed
        self.head = [(0, titles), *self.head[passed:]]

    def __iter__(self) -> Iterator[Row]:
        if self._titles:
            yield 0, self._titles
        yield from told(islice(self._rows(), self._passed, None), self._going, self._about)

    def _rows(self) -> Iterator[Row]:
        text = lines_of(self.path, self._encoding)
        for _ in range(self._skipped):
            next(text, None)
        cells = [0]
        reader, line = csv.reader(self._counted(text, cells), delimiter=self.separator), self._skipped + 1
        blank = 0
        try:
            for row in reader:
                cells[0] = 0
                if any(map(str.strip, row)):
                    blank -= 1
                    yield line, row
                else:
                    blank += 1
                    if blank > MOST_BLANK:
                        raise self._no_table(tr("more than {0:,} blank rows", MOST_BLANK))
                line = self._skipped + reader.line_num + 1
        except csv.Error as error:
            raise ImportFileError(tr("{0} is not a CSV file: {1}.", self.name, error)) from None

    def _counted(self, lines: Iterator[str], cells: list[int]) -> Iterator[str]:
        """The lines, counting the cells of the row that is being read, before they are made."""
        for line in lines:
            cells[0] += line.count(self.separator) + 1
            if cells[0] > MOST_COLUMNS:
                raise self._no_table(tr("a row of more than {0:,} cells", MOST_COLUMNS))
            yield line

    def _no_table(self, what: str) -> ImportFileError:
        return ImportFileError(tr("{0} is no table: it has {1}.", self.name, what))

    @property
    def header(self) -> list[str]:
        """The first row, without spaces around its cells."""
        return [cell.strip() for cell in self.head[0][1]]

    def fitted(self, line: int, row: list[str], width: int, where: str = mark("the header has")) -> list[str]:
        """A row of a number of cells; empty ones at its end are dropped. Raises ImportFileError for another number."""
        if len(row) == width:
            return row
        if len(row) > width and not any(map(str.strip, row[width:])):
            return row[:width]
        hint = ""
        if self.separator == "," and len(row) > width:
            hint = tr(" Are there decimal commas? Then save it with semicolons between cells.")
        raise self.wrong(line, tr("{0:,} cells where {1} {2:,}.{3}", len(row), tr(where), width, hint))


def _until(rows: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[T]:
    """The rows up to the one with which their sizes together pass a limit; two at least, for a header and its body."""
    total = 0
    for number, row in enumerate(rows):
        yield row
        total += size(row)
        if number and total > most:
            return


def _preface(lines: list[str]) -> tuple[int, str]:
    """How many lines precede the table (`#TYPE` of PowerShell, `sep=;` of Excel), and the separator they name."""
    skipped, separator = 0, ""
    for line in lines:
        text = line.strip()
        if text.upper().startswith("#TYPE "):
            skipped += 1
        elif text.lower().startswith("sep=") and len(text) <= 5:
            skipped, separator = skipped + 1, text[4:] or "\t"
        else:
            break
    return skipped, separator if separator in SEPARATORS else ""


def _separator(lines: list[str]) -> str:
    """The separator with which the first rows have most cells, in all of them."""

    begins = [line[:HEAD_CELLS] for line in lines]

    def cells(separator: str) -> int:
        try:
            return min((len(row) for row in csv.reader(begins, delimiter=separator) if row), default=0)
        except csv.Error:
            return 0

    return max(SEPARATORS, key=cells)
