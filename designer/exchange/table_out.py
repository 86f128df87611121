"""Large tables as files, written in pieces: CSV, workbooks, Parquet, JSON.

A file is written beside its place and takes it when it is whole; nothing is left of one that was given up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from designer.errors import ExportFileError
from designer.exchange.csv_out import csv_text
from designer.words import tr

Block = Mapping[str, Any]
"""Some rows: the values of each column, of equal length."""
TEXT = "text"
"""The unit of a column of texts."""
SHEET_ROWS, SHEET_NAME, CELL_TEXT = 1_048_576, 31, 32_767
"""Most rows of a sheet of a workbook, letters of its name, and letters of a cell."""
FORMAT, VERSION = "cloud-designer-table", 1


def write_csv(path: Path, units: Mapping[str, str], blocks: Iterable[Block]) -> None:
    """Write a table as CSV; `units` has the unit of each column. Unknown numbers are empty, and no text becomes a
    formula. Raises ExportFileError."""
    with whole(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_text(list(units), ()))
        for block in blocks:
            _write_rows(file, [_cells(block[name], units[name] == TEXT) for name in units])


def _write_rows(file: TextIO, columns: list[list[str]]) -> None:
    for row in zip(*columns, strict=True):
        file.write(",".join(row) + "\n")


def _cells(values: Sequence[Any], is_text: bool) -> list[str]:
    """A column as cells. A text is quoted once, however many rows have it."""
    if not is_text:
        numbers = values.tolist() if hasattr(values, "tolist") else values
        return ["" if value is None or value != value else repr(value) for value in numbers]
    quoted: dict[str, str] = {}
    for value in values:
        if value not in quoted:
            quoted[value] = csv_text([value], ())[:-1]
    return [quoted[value] for value in values]


def write_json(path: Path, units: Mapping[str, str], blocks: Iterable[Block]) -> None:
    """Write a table as JSON, a list of values a column; unknown numbers are null. Raises ExportFileError."""
    columns: dict[str, list[Any]] = {name: [] for name in units}
    for block in blocks:
        for name, column in columns.items():
            values = block[name]
            known = values.tolist() if hasattr(values, "tolist") else list(values)
            column += [None if isinstance(value, float) and math.isnan(value) else value for value in known]
    found = {"format": FORMAT, "version": VERSION, "units": dict(units), "columns": columns}
    with whole(path) as partial:
        partial.write_text(json.dumps(found, allow_nan=False) + "\n", "utf-8")


def write_parquet(path: Path, units: Mapping[str, str], blocks: Iterable[Block]) -> None:
    """Write a table as Parquet; each column names its unit in its metadata. Raises ExportFileError, also where pyarrow
    is not installed."""
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise ExportFileError(
            tr("Parquet files need pyarrow: pip install 'cloud-designer[parquet]'. CSV files need nothing more.")
        ) from None
    kinds = {name: arrow.string() if unit == TEXT else arrow.float64() for name, unit in units.items()}
    fields = [arrow.field(name, kinds[name], metadata={"unit": unit}) for name, unit in units.items()]
    schema = arrow.schema(fields, metadata={"format": FORMAT, "version": str(VERSION)})
    with (
        whole(path) as partial,
        partial.open("wb") as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        for block in blocks:
            columns = [arrow.array(block[name], kinds[name], from_pandas=True) for name in units]
            writer.write_table(arrow.Table.from_arrays(columns, schema=schema))


def write_xlsx(path: Path, units: Mapping[str, str], blocks: Iterable[Block]) -> None:
    """Write a table as a workbook of one sheet. Raises ExportFileError."""
    write_workbook(path, {"table": (units, blocks)})


def write_workbook(path: Path, tables: Mapping[str, tuple[Mapping[str, str], Iterable[Block]]]) -> None:
    """Write tables as the sheets of a workbook: texts are texts, never formulas; unknown numbers are empty. Raises
    ExportFileError, also for more rows than a sheet has."""
    writer = import_module("xlsxwriter")  # not needed to start
    with whole(path) as partial, partial.open("wb") as file:
        book = writer.Workbook(file, {"constant_memory": True})
        head = book.add_format({"bold": True})
        try:
            for name, (units, blocks) in tables.items():
                sheet = book.add_worksheet(name[:SHEET_NAME])
                sheet.freeze_panes(1, 1)
                for column, title in enumerate(units):
                    sheet.write_string(0, column, title, head)
                _write_sheet(path, sheet, units, blocks)
        finally:
            book.close()


def _write_sheet(path: Path, sheet: Any, units: Mapping[str, str], blocks: Iterable[Block]) -> None:
    texts = [unit == TEXT for unit in units.values()]
    row = 0
    for block in blocks:
        for cells in zip(*(_listed(block[name]) for name in units), strict=True):
            row += 1
            if row >= SHEET_ROWS:
                raise ExportFileError(
                    tr("{0}: a sheet has at most {1:,} rows; write CSV or Parquet.", path.name, SHEET_ROWS)
                )
            for column, (cell, is_text) in enumerate(zip(cells, texts)):
                if is_text:
                    sheet.write_string(row, column, cell[:CELL_TEXT])
                elif cell is not None and math.isfinite(cell):
                    sheet.write_number(row, column, cell)


def _listed(values: Any) -> list[Any]:
    return values.tolist() if hasattr(values, "tolist") else list(values)


WRITERS: dict[str, Callable[[Path, Mapping[str, str], Iterable[Block]], None]] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".parquet": write_parquet,
    ".json": write_json,
}
"""What writes a table, by the end of the file's name."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """The path of a file that takes the place of `path` at the end; nothing is left of it where that fails."""
    partial = path.with_name(f".{path.name}.part")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise ExportFileError(tr("{0} cannot be written: {1}.", path, (error.strerror or str(error)).lower())) from None
    finally:
        partial.unlink(missing_ok=True)
