"""A design as sorted text, one element or link a line, for text tools (git diff, grep); `load` reads it back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from designer.catalog import KINDS
from designer.model.element import Element, Link, id_text, values
from designer.model.fields import field_specs

DATA = "base64"
"""The name under which packed data stands in the text."""
_ORDER = {name: number for number, name in enumerate(KINDS)}


def dump(rows: Iterable[Element | Link], brief: bool = False) -> Iterator[str]:
    """Lines: kind, id, and the fields that are not at their default as JSON; by kind, then by id. `brief`: of packed
    data, as traces have, only size and sum."""
    for row in sorted(rows, key=lambda row: (_ORDER.get(_kind(row), len(_ORDER)), row.id)):
        yield f"{_kind(row)} {id_text(row.id)} {_printable(json.dumps(_fields(row, brief), ensure_ascii=False))}"


def _kind(row: Element | Link) -> str:
    return "link" if isinstance(row, Link) else row.kind


def _fields(row: Element | Link, brief: bool) -> dict[str, Any]:
    fields = values(row)
    if isinstance(row, Link):
        ends = {"source": id_text(row.source), "target": id_text(row.target)}
        return {"kind": row.kind, **ends, **({"role": row.role} if row.role else {})}
    found: dict[str, Any] = {"name": row.name, "in": id_text(row.parent)}
    for name, spec in field_specs(type(row)).items():
        value = fields[name]
        if name in ("name", "parent") or value == spec.default:
            continue
        if isinstance(value, bytes):
            value = _brief(value) if brief else {DATA: base64.b64encode(value).decode()}
        elif spec.editor.startswith("reference:") and value > 0:
            value = id_text(value)
        found[name] = value
    return found


def _brief(data: bytes) -> str:
    return f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}"


def _printable(text: str) -> str:
    """Text with characters that could hide or turn text in a terminal escaped as in ASCII JSON."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
