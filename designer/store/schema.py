"""The tables of a project file: one a kind, links, and meta; their SQL is SQLModel's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable
from sqlmodel import Field, SQLModel

from designer.catalog import KINDS
from designer.model.element import Element, Link
from designer.model.fields import field_specs
from designer.store.versions import KNOWN

APPLICATION_ID = 0x43446573
"""At byte 68 of every project file: "CDes"."""
VERSION = 3
"""`user_version` of the files we write; a newer one is refused by its number."""


class Meta(SQLModel, table=True):
    """Facts about the file: revision, document_id, save_id, parent_save_id, ancestors_0 ..., written_by, min_reader,
    sha256."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True, max_length=40)
    value: str = Field(default="", max_length=400)


@dataclass(frozen=True)
class Table:
    """One table: the class of its rows, its columns in order, and which of them hold what."""

    name: str
    row: type[SQLModel]
    columns: tuple[str, ...]
    types: tuple[type, ...]
    choices: tuple[frozenset[str], ...]
    ddl: str

    def place(self, column: str) -> int:
        """Where a column stands."""
        return self.columns.index(column)

    @property
    def insert(self) -> str:
        """The statement that adds a row."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        return f'INSERT INTO "{self.name}" ({names}) VALUES ({", ".join("?" * len(self.columns))})'

    def select(self, columns: Iterable[str]) -> str:
        """The statement that reads some columns of all rows, in order of their key, the first of them."""
        names = ", ".join(f'"{column}"' for column in columns)
        return f'SELECT {names} FROM "{self.name}" ORDER BY 1'

    @property
    def defaults(self) -> dict[str, Any]:
        """What each column holds where nothing else is said."""
        return {column: self.row.model_fields[column].get_default() for column in self.columns}


@cache
def tables() -> dict[str, Table]:
    """All tables by name, meta first, links last."""
    rows: list[type[SQLModel]] = [Meta, *(kind.table for kind in KINDS.values()), Link]
    return {table.name: table for table in map(_table, rows)}


def _table(row: type[SQLModel]) -> Table:
    made = row.__table__  # type: ignore[attr-defined]
    ddl = str(CreateTable(made).compile(dialect=sqlite.dialect())).strip()
    columns = tuple(column.name for column in made.columns)
    types = tuple(_type(row, column) for column in columns)
    specs = field_specs(row)
    choices = tuple(frozenset(specs[column].choices if column in specs else ()) for column in columns)
    return Table(made.name, row, columns, types, choices, ddl)


def _type(row: type[SQLModel], column: str) -> type:
    spec = field_specs(row).get(column)
    if spec is not None:
        return spec.type
    return int if column == "id" else str


def expected(version: int) -> dict[str, frozenset[str]]:
    """The tables, with their columns, that a file of a version must have."""
    if version in KNOWN:
        return {name: frozenset(columns.split()) for name, columns in KNOWN[version].items()}
    return {table.name: frozenset(table.columns) for table in tables().values()}


@cache
def table_of(row: type[Element] | type[Link]) -> Table:
    """The table of a class of rows."""
    return next(table for table in tables().values() if table.row is row)
