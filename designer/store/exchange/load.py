"""A design from the sorted text that `dump` writes: every line is checked, and the whole again when it is saved."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from designer.catalog import KINDS
from designer.errors import FileError, RuleError
from designer.foreign import bytes_of
from designer.model.element import Element, Link, id_from_text, make
from designer.model.fields import check_value, field_specs
from designer.store.exchange.dump import DATA
from designer.store.file.faults import shown, unreadable
from designer.words import tr

LARGEST = 1 << 30
"""Most bytes of a text."""
LINK_FIELDS = frozenset(("kind", "source", "target", "role"))


def load_text(path: Path) -> list[Element | Link]:
    """The rows of a text file. Raises FileError that names the line."""
    try:
        lines = bytes_of(path, LARGEST).decode().splitlines()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    try:
        return rows_of(lines)
    except RuleError as error:
        raise FileError(f"{shown(path)}, {error}") from None


def rows_of(lines: Iterable[str]) -> list[Element | Link]:
    """The elements and links of lines; blank lines are passed over. Raises RuleError that names the line."""
    rows: list[Element | Link] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.append(_row(line))
            except RuleError as error:
                raise RuleError(tr("line {0:,}: {1}", number, error)) from None
    return rows


def _row(line: str) -> Element | Link:
    kind, _, rest = line.partition(" ")
    known, _, text = rest.partition(" ")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or (kind != "link" and kind not in KINDS):
        raise RuleError(tr("it is no line of a dump: a kind, an id and fields in JSON."))
    return _link(_id(known), fields) if kind == "link" else _element(kind, _id(known), fields)


def _id(text: Any) -> int:
    found = id_from_text(text) if isinstance(text, str) and text.isascii() else None
    if found is None or not 0 < found < 1 << 63:
        raise RuleError(tr("“{0}” is no id.", shown(str(text), 60)))
    return found


def _link(known: int, fields: dict[str, Any]) -> Link:
    if set(fields) - LINK_FIELDS or not isinstance(fields.get("kind"), str):
        raise RuleError(tr("a link has a kind, a source, a target and perhaps a role."))
    role = check_value(Link, "role", fields.get("role", ""), tr("the link"))
    ends = {name: _id(fields.get(name)) for name in ("source", "target")}
    return make(Link, {"id": known, "kind": fields["kind"], "role": role, **ends})


def _element(kind: str, known: int, fields: dict[str, Any]) -> Element:
    table = KINDS[kind].table
    specs = field_specs(table)
    given: dict[str, Any] = {"id": known, "parent": _id(fields.pop("in", None))}
    who = str(fields.get("name", kind))
    for name, value in fields.items():
        spec = specs.get(name)
        if spec is not None and spec.type is bytes:
            value = _data(value, name)
        elif spec is not None and spec.editor.startswith("reference:") and isinstance(value, str):
            value = _id(value)
        given[name] = check_value(table, name, value, who)
    return make(table, given)


def _data(value: Any, name: str) -> bytes:
    """Packed data as `dump` writes it."""
    try:
        return base64.b64decode(str(value[DATA]), validate=True)
    except (ValueError, TypeError, KeyError):
        raise RuleError(tr("{0} holds no data: a brief dump leaves it out; dump the design whole.", name)) from None
