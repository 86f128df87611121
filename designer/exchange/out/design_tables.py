"""The elements of a design as tables, one a kind, whose columns are named after the fields; hosts and VMs as
`import --hosts --vms` reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.catalog import KINDS
from designer.errors import ExportFileError
from designer.exchange.table_out import TEXT, WRITERS, Block, write_workbook
from designer.model.element import Element, id_text
from designer.model.fields import FieldSpec, field_specs
from designer.model.tree import Tree
from designer.words import tr

ENDS = (".xlsx", ".csv", ".parquet", ".json")
"""The ends of names of files that hold tables."""
Table = tuple[Mapping[str, str], list[Block]]
WHERE = {"host": ("rack",), "vm": ("host",)}
"""Kinds of which the nearest container of a kind has a column of its own."""


def tables(tree: Tree) -> dict[str, Table]:
    """A table of each kind that the design holds: units by column, and the columns."""
    found: dict[str, Table] = {}
    for name, kind in KINDS.items():
        rows = tree.of_kind(name)
        if not rows or name == "design":
            continue
        specs = [spec for spec in field_specs(kind.table).values() if _told(spec)]
        units = dict.fromkeys(("name", "id", "in", "in_id", *WHERE.get(name, ())), TEXT)
        block: dict[str, Any] = {
            "name": [row.name for row in rows],
            "id": [id_text(row.id) for row in rows],
            "in": [tree.elements[row.parent].name for row in rows],
            "in_id": [id_text(row.parent) for row in rows],
            **{above: [_above(tree, row, above) for row in rows] for above in WHERE.get(name, ())},
        }
        for spec in specs:
            units[spec.name] = TEXT if _is_text(spec) else spec.unit
            values = [row.__dict__[spec.name] for row in rows]
            block[spec.name] = [_text(spec, value) for value in values] if _is_text(spec) else values
        found[name] = units, [block]
    return found


def write_tables(tree: Tree, path: Path) -> list[Path]:
    """Write the tables of a design; return the files: a workbook, or one a kind named after it. Raises
    ExportFileError."""
    found = tables(tree)
    if not found:
        raise ExportFileError(tr("The design holds nothing that a table would list."))
    if path.suffix.lower() == ".xlsx":
        write_workbook(path, found)
        return [path]
    write = WRITERS[path.suffix.lower()]
    written = []
    for kind, (units, blocks) in found.items():
        written.append(path.with_name(f"{path.stem}-{kind}{path.suffix}"))
        write(written[-1], units, blocks)
    return written


def _told(spec: FieldSpec) -> bool:
    return spec.editor != "hidden" and spec.type is not bytes and spec.name != "name"


def _is_text(spec: FieldSpec) -> bool:
    return spec.type in (str, bool) or spec.editor.startswith("reference:")


def _text(spec: FieldSpec, value: Any) -> str:
    if spec.type is bool:
        return "true" if value else "false"
    if spec.type is int:
        return id_text(value) if value > 0 else ""
    return str(value)


def _above(tree: Tree, row: Element, kind: str) -> str:
    """The name of the nearest container of a kind; empty without one."""
    over: Sequence[Element] = [tree.elements[i] for i in tree.ancestors(row.id)]
    return next((one.name for one in over if one.kind == kind), "")
