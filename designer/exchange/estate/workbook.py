"""Workbooks (.xlsx, .xlsm): the rows of each sheet, never more than a limit; formulas are not run."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.going import Going, part_of, told, unheard
from designer.exchange.text_file import LARGEST, RATIO, RATIO_FROM
from designer.words import tr


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def sheet_names(path: Path) -> list[str]:
    """The names of the sheets. Raises ImportFileError."""
    _must_be_sane(path)
    calamine = import_module("python_calamine")  # not needed to start
    try:
        return list(calamine.CalamineWorkbook.from_path(path).sheet_names)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def sheets(path: Path, going: Going = unheard) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    """Name and rows of each sheet; numbers, booleans and texts as they are. Raises ImportFileError."""
    _must_be_sane(path)
    calamine = import_module("python_calamine")  # not needed to start
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        for n, name in enumerate(book.sheet_names):
            of_sheet = part_of(going, n / len(book.sheet_names), (n + 1) / len(book.sheet_names))
            of_sheet(0.0)
            sheet = book.get_sheet_by_name(name)
            yield name, told(sheet.iter_rows(), of_sheet, sheet.height)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _must_be_sane(path: Path) -> None:
    """Refuse a workbook whose parts unpack to far more than they are, before they are unpacked."""
    try:
        with zipfile.ZipFile(path) as packed:
            sizes = [(one.file_size, one.compress_size) for one in packed.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    unpacked, kept = sum(one for one, _ in sizes), sum(one for _, one in sizes)
    if unpacked > LARGEST or (unpacked > RATIO_FROM and unpacked > RATIO * max(kept, 1)):
        raise ImportFileError(
            tr("{0} unpacks to {1:,} MiB, more than a workbook of VMs holds.", path.name, unpacked // 2**20)
        )


def _unreadable(path: Path, error: Exception) -> ImportFileError:
    return ImportFileError(tr("{0} is no readable workbook: {1}.", path.name, str(error)[:200]))
