"""Rows of a design as plain tuples by table, and back; the only place where `store` goes around the row objects."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from designer.model.element import Element, Link, make
from designer.store.schema import Table, tables

Content = dict[str, list[tuple[Any, ...]]]
"""Rows by table name, columns in the table's order, sorted by key."""


def content_of(rows: Iterable[Element | Link]) -> Content:
    """The values of elements and links by table."""
    by_class: dict[type, list[dict[str, Any]]] = {}
    for row in rows:
        by_class.setdefault(type(row), []).append(row.__dict__)
    content: Content = {}
    for table in tables().values():
        held = by_class.get(table.row, [])
        values = itemgetter(*table.columns)
        content[table.name] = sorted((values(row) for row in held), key=itemgetter(0))
    return content


def rows_of(content: Content) -> list[Element | Link]:
    """The elements and links whose values are given; truth values become bools again."""
    rows: list[Element | Link] = []
    for table in tables().values():
        if not issubclass(table.row, (Element, Link)):
            continue
        bools = [column for column, kind in zip(table.columns, table.types) if kind is bool]
        for values in content.get(table.name, ()):
            fields = dict(zip(table.columns, values))
            for column in bools:
                fields[column] = bool(fields[column])
            rows.append(make(table.row, fields))
    return rows


def digest(content: Content) -> str:
    """A fingerprint of all values (meta left out): finds a single flipped digit, which SQLite does not."""
    h = hashlib.sha256()
    for name in sorted(content):
        if name != "meta":
            h.update(name.encode())
            h.update(marshal.dumps([_plain(tables()[name], row) for row in content[name]], 2))
    return h.hexdigest()


def _plain(table: Table, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Truth values as 0 and 1, as SQLite gives them back."""
    if bool not in table.types:
        return row
    return tuple([int(value) if value is True or value is False else value for value in row])
