"""Boxes that a file puts beyond the drawing are brought into bounds on opening, and that is said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from designer.assets import asset
from designer.model.boxes import BOX_LIMITS
from designer.model.element import Element
from designer.store.file import project_file

FIELDS, VALUES = ("x", "y", "w", "h"), (1e8, 1e12, 1.7e308, 10**15)


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        *(("vm", field, value) for field in FIELDS for value in VALUES),
        *((table, field, value) for table in ("region", "zone") for field, value in zip(FIELDS, VALUES)),
    ],
)
def test_that_a_box_beyond_the_drawing_is_brought_into_bounds_and_said(
    tmp_path: Path, table: str, field: str, value: float
) -> None:
    path = tmp_path / "far.clouddesign"
    path.write_bytes(asset("examples/web-shop.clouddesign").read_bytes())
    base = sqlite3.connect(path)
    base.execute(f"UPDATE {table} SET {field} = ?", (value,))
    if field in ("x", "y"):
        base.execute(f"UPDATE {table} SET {field} = -{field} WHERE id % 2")
    base.commit()
    base.close()
    loaded = project_file.load(path)
    boxes = [row for row in loaded.rows if isinstance(row, Element)]
    assert all(abs(row.__dict__[name]) <= most for row in boxes for name, most in BOX_LIMITS.items())
    assert any("far.clouddesign held boxes outside of the drawing" in text for text in loaded.warnings)
    project_file.save(tmp_path / "again.clouddesign", loaded.rows)
    assert not any("boxes" in text for text in project_file.load(tmp_path / "again.clouddesign").warnings)
