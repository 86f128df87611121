"""CSV files of other programs as rows of text: any usual separator and encoding, each row with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from designer.errors import ImportFileError
from designer.exchange.text_file import kind_of, lines_of

SEPARATORS = ",;\t|"
LOOKED_AT = 20
"""Rows that are read to find the separator and the shape of a file."""
ENCODINGS = {"cp1252": "Windows-1252", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
Row = tuple[int, list[str]]
"""The line on which a row begins, and its cells."""


class CsvTable:
    """A CSV file. Iterate over its rows without blank ones; each time the file is read again, a block at a time."""

    def __init__(self, path: Path) -> None:
        """Read the first rows. Raises ImportFileError."""
        self.path, self.name = path, path.name
        self._encoding, self.quoted = kind_of(path)
        self.said = [f"the text is in {ENCODINGS[self._encoding]}"] if self._encoding in ENCODINGS else []
        start = list(islice(lines_of(path, self._encoding), 4 * LOOKED_AT))
        self._skipped, self.separator = _preface(start)
        if not self.separator:
            self.separator = _separator([line for line in start[self._skipped :] if line.strip()][:LOOKED_AT])
        self.head: list[Row] = list(islice(self, LOOKED_AT))
        if not self.head:
            raise ImportFileError(f"{self.name} is empty.")

    def __iter__(self) -> Iterator[Row]:
        text = lines_of(self.path, self._encoding)
        for _ in range(self._skipped):
            next(text, None)
        reader, line = csv.reader(text, delimiter=self.separator), self._skipped + 1
        try:
            for row in reader:
                if any(map(str.strip, row)):
                    yield line, row
                line = self._skipped + reader.line_num + 1
        except csv.Error as error:
            raise ImportFileError(f"{self.name} is not a CSV file: {error}.") from None

    @property
    def header(self) -> list[str]:
        """The first row, without spaces around its cells."""
        return [cell.strip() for cell in self.head[0][1]]

    def wrong(self, line: int, text: str) -> ImportFileError:
        """An error that names the file and a line."""
        return ImportFileError(f"{self.name}, line {line:,}: {text}")

    def fitted(self, line: int, row: list[str], width: int, where: str = "the header has") -> list[str]:
        """A row of a number of cells; empty ones at its end are dropped. Raises ImportFileError for another number."""
        if len(row) == width:
            return row
        if len(row) > width and not any(map(str.strip, row[width:])):
            return row[:width]
        hint = ""
        if self.separator == "," and len(row) > width:
            hint = " Are there decimal commas? Then save it with semicolons between cells."
        raise self.wrong(line, f"{len(row):,} cells where {where} {width:,}.{hint}")


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

    def cells(separator: str) -> int:
        try:
            return min((len(row) for row in csv.reader(lines, delimiter=separator) if row), default=0)
        except csv.Error:
            return 0

    return max(SEPARATORS, key=cells)
