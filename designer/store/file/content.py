"""Rows of a design as plain columns by table, and back; only here does `store` bypass the row objects."""

from __future__ import annotations

import sqlite3
import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, islice
from itertools import count as count_from
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np

from designer.model.element import Element, Link, make
from designer.store.file.schema import SchemaTable, tables

Column: TypeAlias = "list[Any] | tuple[Any, ...] | array[Any]"
Content = dict[str, list[Column]]
"""Columns by table name: in the table's order, all of one length, sorted by the first; none where there are no rows.

Numbers are arrays where they differ: a list where all are equal, or where one is no number (`check.settle` names it).

A column that an older file does not know is empty beside a first one that is not, until `check.settle` fills it.
"""

TURNED = 256
"""Rows whose values are turned into columns together."""
TOGETHER = 32
"""Rows added by one statement: most of the cost of an insertion is the statement's, not the row's."""


def content_of(rows: Iterable[Element | Link]) -> Content:
    """The values of elements and links by table."""
    by_class: defaultdict[type, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_class[type(row)].append(row.__dict__)
    return {table.name: _columns(table, by_class[table.row]) for table in tables().values()}


def _columns(table: SchemaTable, rows: list[dict[str, Any]]) -> list[Column]:
    """The values of rows, by column, sorted by the first."""
    if not rows:
        return []
    turned = _turned(table, rows)
    columns = [values if alike(values) else numbers_of(kind, values) for kind, values in zip(table.types, turned)]
    keys = columns[0]
    if not isinstance(keys, array):
        return columns
    ids = np.frombuffer(keys, np.int64)
    if (ids[1:] >= ids[:-1]).all():
        return columns
    order = ids.argsort(kind="stable")
    in_order = itemgetter(*order.tolist())
    return [
        _taken(values, order) if isinstance(values, array) else values if alike(values) else in_order(values)
        for values in columns
    ]


def _turned(table: SchemaTable, rows: list[dict[str, Any]]) -> list[list[Any]]:
    """The values of rows by column, turned in pieces that stay in the processor's cache, in the order in which the rows
    lie in memory."""
    columns: list[list[Any]] = [[] for _ in table.columns]
    values_of = itemgetter(*table.columns)
    for first in range(0, len(rows), TURNED):
        for column, values in zip(columns, zip(*map(values_of, rows[first : first + TURNED]))):
            column.extend(values)
    return columns


def numbers_of(kind: type, values: Column) -> Column:
    """A column of numbers as an array; any other, and one with a value that is no number of its kind, as it is."""
    if kind not in (int, bool, float) or isinstance(values, array):
        return values
    code = "d" if kind is float else "q"
    try:
        return array(code, struct.pack(f"{len(values)}{code}", *values))
    except (struct.error, OverflowError):
        return values


def _taken(values: array[Any], order: np.ndarray[Any, np.dtype[np.int64]]) -> array[Any]:
    return array(values.typecode, np.frombuffer(values, values.typecode)[order].tobytes())


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


def insert(base: sqlite3.Connection, table: SchemaTable, columns: list[Column]) -> None:
    """Add rows, many with one statement. Most fields of most elements have their default: such a value is given once a
    statement, not once a row."""
    if not columns:
        return
    shared = tuple(place > 0 and alike(values) for place, values in enumerate(columns))
    given = [values for values, one in zip(columns, shared) if not one]
    once = tuple(values[0] for values, one in zip(columns, shared) if one)
    left = chain.from_iterable(zip(*given))
    statements, rest = divmod(len(columns[0]), TOGETHER)
    for rows, times in ((TOGETHER, statements), (1, rest)):
        if not times:
            continue
        each = rows * len(given)
        values = zip(*[islice(left, times * each)] * each)
        base.executemany(_insertion(table.name, table.columns, shared, rows), (once + some for some in values))


@lru_cache(64)
def _insertion(table: str, columns: tuple[str, ...], shared: tuple[bool, ...], rows: int) -> str:
    """The statement that adds some rows, of which some columns share one value: these are bound first. Most saves need
    those of the save before."""
    own, once = count_from(sum(shared) + 1), count_from(1)
    first = [f"?{next(once)}" if one else "" for one in shared]
    made = ("(" + ", ".join(one or f"?{next(own)}" for one in first) + ")" for _ in range(rows))
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES {", ".join(made)}'


def alike(values: Column) -> bool:
    """Whether all values of a column, which has some, are equal; most others show it in three."""
    first = values[0]
    return bool(first == values[-1] == values[len(values) // 2]) and values.count(first) == len(values)


def count(content: Content, table: str) -> int:
    """How many rows a table has."""
    return len(content[table][0]) if content[table] else 0
