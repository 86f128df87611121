"""Large tables as files: the same numbers come back, texts are no formulas, and nothing is left of what failed."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from designer.errors import ExportFileError
from designer.exchange.table_out import WRITERS, Block

UNITS = {"time_s": "s", "name": "text", "power_w": "W"}
NAMES = ["web", "=cmd|x", 'a "b", c', "-1", "\tx", "", "line\nbreak"]
VALUES = [0.1, 1e-300, math.nan, -0.0, 1 / 3, 12.0, 1e22]


def blocks() -> Iterator[Block]:
    for part in (slice(0, 3), slice(3, 7)):
        yield {"time_s": np.arange(7.0)[part], "name": NAMES[part], "power_w": np.array(VALUES)[part]}


def same(found: list[float | None]) -> bool:
    known = [math.nan if value is None else value for value in found]
    return np.array_equal(np.array(known), np.array(VALUES), equal_nan=True)


def test_that_csv_gives_every_number_back_and_no_formula(tmp_path: Path) -> None:
    WRITERS[".csv"](tmp_path / "out.csv", UNITS, blocks())
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["web", "'=cmd|x", 'a "b", c', "'-1", "'\tx", "", "line\nbreak"]
    assert same([float(row["power_w"]) if row["power_w"] else None for row in rows])
    assert [row["time_s"] for row in rows[:2]] == ["0.0", "1.0"]


def test_that_parquet_gives_every_number_and_text_back_with_units(tmp_path: Path) -> None:
    WRITERS[".parquet"](tmp_path / "out.parquet", UNITS, blocks())
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert table.column("name").to_pylist() == NAMES
    assert same(table.column("power_w").to_pylist())
    assert {field.name: (str(field.type), field.metadata[b"unit"].decode()) for field in table.schema} == {
        "time_s": ("double", "s"), "name": ("string", "text"), "power_w": ("double", "W")
    }  # fmt: skip


def test_that_json_gives_every_number_back_with_units(tmp_path: Path) -> None:
    WRITERS[".json"](tmp_path / "out.json", UNITS, blocks())
    found = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (found["format"], found["units"], found["columns"]["name"]) == ("cloud-designer-table", UNITS, NAMES)
    assert same(found["columns"]["power_w"])


@pytest.mark.parametrize("end", WRITERS)
def test_that_nothing_is_left_of_a_file_that_was_given_up(tmp_path: Path, end: str) -> None:
    (tmp_path / f"out{end}").write_text("before")

    def given_up() -> Iterator[Block]:
        yield from blocks()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        WRITERS[end](tmp_path / f"out{end}", UNITS, given_up())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {f"out{end}": "before"}


@pytest.mark.parametrize("end", WRITERS)
def test_that_a_folder_that_is_not_there_is_told_by_name(tmp_path: Path, end: str) -> None:
    out = tmp_path / "none" / f"out{end}"
    with pytest.raises(ExportFileError) as refusal:
        WRITERS[end](out, UNITS, blocks())
    assert str(refusal.value) == f"{out} cannot be written: no such file or directory."


def test_that_parquet_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportFileError) as refusal:
        WRITERS[".parquet"](tmp_path / "out.parquet", UNITS, blocks())
    assert str(refusal.value) == (
        "Parquet files need pyarrow: pip install 'cloud-designer[parquet]'. CSV files need nothing more."
    )
