"""Reading CSV files of other programs: packed or not, any usual separator, errors that name the line."""

from __future__ import annotations

import csv
import gzip
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from designer.errors import ImportFileError

LARGEST = 2 * 2**30
"""Most bytes of text that are read, unpacked."""
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file as text; `first_line` is the line number of row 0."""

    name: str
    rows: list[list[str]]
    first_line: int = 1

    def wrong(self, row: int, text: str) -> ImportFileError:
        """An error that names the file and the line of a row."""
        return ImportFileError(f"{self.name}, line {self.first_line + row}: {text}")


def read_table(path: Path) -> Table:
    """The rows of a file (.csv, also .gz and .xz). Raises ImportFileError."""
    text = read_text(path)
    if not text.strip():
        raise ImportFileError(f"{path.name} is empty.")
    separator = separator_of(text[: text.find("\n")] if "\n" in text else text)
    lines = text.splitlines()
    try:
        rows = [row for row in csv.reader(lines, delimiter=separator) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ImportFileError(f"{path.name} is not a CSV file: {error}.") from None
    first = next(n for n, line in enumerate(lines, 1) if line.strip(separator + " "))
    return Table(path.name, rows, first)


def read_text(path: Path) -> str:
    """The text of a file, unpacked. Raises ImportFileError."""
    try:
        with _opened(path) as stream:
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise ImportFileError(f"{path} is not there.") from None
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise ImportFileError(f"{path.name} cannot be read: {error}.") from None
    if len(raw) > LARGEST:
        raise ImportFileError(f"{path.name} is larger than {LARGEST // 2**30} GiB unpacked; split it.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path.name} is not text in UTF-8 (byte {error.start:,}); save it as CSV.") from None


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile | lzma.LZMAFile:
    if path.suffix == ".gz":
        return gzip.open(path, "rb")
    if path.suffix == ".xz":
        return lzma.open(path, "rb")
    return path.open("rb")


def separator_of(line: str) -> str:
    """The separator that a line has most of."""
    return max(SEPARATORS, key=line.count)


def header_of(table: Table) -> list[str]:
    """The names of the first row, small letters, words joined with an underscore."""
    return ["_".join(cell.strip().lower().replace("-", " ").split()) for cell in table.rows[0]]


def numbered(table: Table, skip: int) -> Iterator[tuple[int, list[str]]]:
    """Rows after the header with their index."""
    return ((n, row) for n, row in enumerate(table.rows) if n >= skip)
