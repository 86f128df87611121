"""Rows of a design as plain columns by table, and back; only here does `store` bypass the row objects."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from designer.model.element import Element, Link, make
from designer.store.file.schema import Table, tables

Column = list[Any] | tuple[Any, ...]
Content = dict[str, list[Column]]
"""Columns by table name: in the table's order, all of one length, sorted by the first; none where there are no rows.

A column that an older file does not know is empty beside a first one that is not, until `check.settle` fills it.
"""

TOGETHER = 32
"""Rows added by one statement: most of the cost of an insertion is the statement's, not the row's."""


def content_of(rows: Iterable[Element | Link]) -> Content:
    """The values of elements and links by table."""
    by_class: defaultdict[type, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_class[type(row)].append(row.__dict__)
    content: Content = {}
    for table in tables().values():
        ordered = sorted(map(itemgetter(*table.columns), by_class[table.row]), key=itemgetter(0))
        cells, columns = list(chain.from_iterable(ordered)), len(table.columns)
        content[table.name] = [cells[place::columns] for place in range(columns)] if cells else []
    return content


def rows_of(content: Content) -> list[Element | Link]:
    """The elements and links of given values; truth values become bools again."""
    rows: list[Element | Link] = []
    for table in tables().values():
        if not issubclass(table.row, (Element, Link)) or not content[table.name]:
            continue
        columns = [
            map(bool, values) if kind is bool else values for kind, values in zip(table.types, content[table.name])
        ]
        make(table.row, {})  # readies the class
        new, names = table.row.__new__, table.columns
        for values in zip(*columns):
            row = new(table.row)
            row.__dict__.update(zip(names, values))
            rows.append(row)
    return rows


def insert(base: sqlite3.Connection, table: Table, columns: list[Column]) -> None:
    """Add rows, many with one statement. Most fields of most elements have their default: such a column is written
    once, not once a row."""
    if not columns:
        return
    said = ["", *(_literal(values) for values in columns[1:])]  # the key is bound, so there is a row for each
    names = ", ".join(f'"{column}"' for column in table.columns)
    row = f"({', '.join(one or '?' for one in said)})"
    given = [values for values, one in zip(columns, said) if not one]
    left = chain.from_iterable(zip(*given))
    statements, rest = divmod(len(columns[0]), TOGETHER)
    for rows, times in ((TOGETHER, statements), (1, rest)):
        sql = f'INSERT INTO "{table.name}" ({names}) VALUES {", ".join([row] * rows)}'
        base.executemany(sql, (tuple(islice(left, rows * len(given))) for _ in range(times)))


def _literal(values: Column) -> str:
    """SQL for the one value of a column, where it has only one with an exact and short form; else empty."""
    value = values[0]
    if type(value) is str and len(value) <= 40 and value.isascii() and value.isprintable() and "'" not in value:
        said = f"'{value}'"
    elif type(value) in (int, float) and abs(value) < 2**53 and value == int(value):
        said = str(value)
    else:
        return ""
    return said if values.count(value) == len(values) else ""


def count(content: Content, table: str) -> int:
    """How many rows a table has."""
    return len(content[table][0]) if content[table] else 0
