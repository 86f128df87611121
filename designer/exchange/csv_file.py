"""Reading CSV files of other programs: packed or not, any usual separator, errors that name the line."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from designer.errors import ImportFileError

LARGEST = 2 * 2**30
"""Most bytes of text that are read, unpacked."""
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file as text, blank ones left out; `lines` holds the line on which each begins."""

    name: str
    rows: list[list[str]]
    lines: list[int]

    def wrong(self, row: int, text: str) -> ImportFileError:
        """An error that names the file and the line of a row."""
        return ImportFileError(f"{self.name}, line {self.lines[row]}: {text}")


def read_table(path: Path) -> Table:
    """The rows of a file (.csv, also .gz and .xz). Raises ImportFileError."""
    text = read_text(path)
    first_lines = [line for line in re.split(r"[\r\n]+", text.lstrip("\r\n "), maxsplit=2)[:2] if line]
    rows, lines, line = [], [], 1
    try:
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator_of(first_lines))
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportFileError(f"{path.name} is not a CSV file: {error}.") from None
    if not rows:
        raise ImportFileError(f"{path.name} is empty.")
    return Table(path.name, rows, lines)


def read_text(path: Path) -> str:
    """The text of a file, unpacked. Raises ImportFileError."""
    try:
        with _opened(path) as stream:
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise ImportFileError(f"{path} is not there.") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ImportFileError(f"{path.name} cannot be read: {error}.") from None
    if len(raw) > LARGEST:
        raise ImportFileError(f"{path.name} is larger than {LARGEST // 2**30} GiB unpacked; split it.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path.name} is not text in UTF-8 (byte {error.start:,}); save it as CSV.") from None


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile | lzma.LZMAFile:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rb")
    if path.suffix.lower() == ".xz":
        return lzma.open(path, "rb")
    return path.open("rb")


def separator_of(lines: Sequence[str]) -> str:
    """The separator that each of some lines has most of."""
    return max(SEPARATORS, key=lambda separator: min((line.count(separator) for line in lines), default=0))


def header_of(table: Table) -> list[str]:
    """The names of the first row, small letters, words joined with an underscore."""
    return ["_".join(cell.strip().lower().replace("-", " ").split()) for cell in table.rows[0]]
