"""The tables of a project file: one a kind, links, and meta; their SQL is SQLModel's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable
from sqlmodel import Field, SQLModel

from designer.catalog import KINDS
from designer.model.element import Element, Link
from designer.model.fields import field_specs
from designer.store.file.versions import KNOWN

MAGIC = b"SQLite format 3\0"
APPLICATION_ID = 0x43446573
"""At byte 68 of every project file: "CDes"."""
VERSION = 11
"""`user_version` of the files we write; the number of a newer one is refused."""


class Meta(SQLModel, table=True):
    """Facts about the file: revision, document_id, save_id, parent_save_id, ancestors_0 ..., written_by, min_reader,
    sha256."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True, max_length=40)
    value: str = Field(default="", max_length=400)


class ViewRow(SQLModel, table=True):
    """The view of the last save: zoom, layers, selection ..., and the order of the runs; no part of the design."""

    __tablename__ = "view"

    name: str = Field(primary_key=True, max_length=40)
    value: str = Field(default="", max_length=400_000)


class RunRow(SQLModel, table=True):
    """A saved run: its input, how far it went, its fingerprint."""

    __tablename__ = "run"

    id: int = Field(primary_key=True, ge=1)
    label: str = Field(default="", max_length=200)
    pinned: bool = False
    made_s: float = Field(default=0.0, ge=0, le=1e12)
    seed: int = 1
    until_s: float = Field(default=0.0, gt=0, le=1e12)
    sample_s: float = Field(default=0.0, gt=0, le=1e12)
    time_s: float = Field(default=0.0, ge=0, le=1e12)
    state: str = Field(default="", max_length=20)
    digest: str = Field(default="", max_length=64)
    design_sha256: str = Field(default="", max_length=64)
    spec_sha256: str = Field(default="", max_length=64)
    result_version: int = Field(default=0, ge=0)


class RunEventRow(SQLModel, table=True):
    """An event that was injected into a run; it allows to replay and branch the run."""

    __tablename__ = "run_event"

    run: int = Field(primary_key=True, ge=1)
    number: int = Field(primary_key=True, ge=0)
    time_s: float = Field(default=0.0, ge=0, le=1e12)
    what: str = Field(default="", max_length=20)
    element: int = 0
    value: float = Field(default=0.0, ge=0, le=1e12)


class RunFigureRow(SQLModel, table=True):
    """One figure of the result of a run; `element` 0 is the whole design."""

    __tablename__ = "run_figure"

    run: int = Field(primary_key=True, ge=1)
    number: int = Field(primary_key=True, ge=0)
    element: int = 0
    name: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=200)
    value: float = 0.0
    unit: str = Field(default="", max_length=20)


class RunBlockRow(SQLModel, table=True):
    """A piece of a recorded column, compressed; `part` counts the pieces."""

    __tablename__ = "run_block"

    run: int = Field(primary_key=True, ge=1)
    name: str = Field(primary_key=True, max_length=40)
    part: int = Field(primary_key=True, ge=0)
    dtype: str = Field(default="", max_length=8)
    shape: str = Field(default="", max_length=80)
    checksum: int = Field(default=0, ge=0)
    data: bytes = b""


@dataclass(frozen=True)
class SchemaTable:
    """One table: the class of its rows, its columns in order, their types and choices."""

    name: str
    row: type[SQLModel]
    columns: tuple[str, ...]
    types: tuple[type, ...]
    choices: tuple[frozenset[str], ...]
    ddl: str

    @cached_property
    def row_limit(self) -> int:
        """Most bytes of a row, its packed data left out: what its texts may hold in UTF-8, and room for numbers."""
        specs = field_specs(self.row)
        texts = [name for name, kind in zip(self.columns, self.types) if kind is str]
        longest = [(specs[name].max_length if name in specs else None) or _max_length(self.row, name) for name in texts]
        return max(1 << 16, 4 * sum(longest) + 16 * len(self.columns))

    def place(self, column: str) -> int:
        """The index of a column."""
        return self.columns.index(column)

    @cached_property
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
        """The default of each column."""
        return {column: self.row.model_fields[column].get_default() for column in self.columns}


@cache
def tables() -> dict[str, SchemaTable]:
    """All tables by name, meta first, links last."""
    rows: list[type[SQLModel]] = [Meta, *(kind.table for kind in KINDS.values()), Link]
    return {table.name: table for table in map(_table, rows)}


@cache
def side_tables() -> dict[str, SchemaTable]:
    """The tables beside the design, by name: the view and runs. They are no part of the content's hash."""
    rows: list[type[SQLModel]] = [ViewRow, RunRow, RunEventRow, RunFigureRow, RunBlockRow]
    return {table.name: table for table in map(_table, rows)}


def _table(row: type[SQLModel]) -> SchemaTable:
    made = row.__table__  # type: ignore[attr-defined]
    ddl = str(CreateTable(made).compile(dialect=sqlite.dialect())).strip()
    columns = tuple(column.name for column in made.columns)
    types = tuple(_type(row, column) for column in columns)
    specs = field_specs(row)
    choices = tuple(frozenset(specs[column].choices if column in specs else ()) for column in columns)
    return SchemaTable(made.name, row, columns, types, choices, ddl)


def _type(row: type[SQLModel], column: str) -> type:
    spec = field_specs(row).get(column)
    if spec is not None:
        return spec.type
    return int if column == "id" else str


def _max_length(row: type[SQLModel], column: str) -> int:
    """The longest text of a column that is no form field; a word of a choice is shorter."""
    limits = (getattr(part, "max_length", None) for part in row.model_fields[column].metadata)
    return next((limit for limit in limits if limit is not None), 100)


def expected(version: int) -> dict[str, frozenset[str]]:
    """The tables, with their columns, that a file of a version must have."""
    if version in KNOWN:
        return {name: frozenset(columns.split()) for name, columns in KNOWN[version].items()}
    return {table.name: frozenset(table.columns) for table in tables().values()}


@cache
def table_of(row: type[Element] | type[Link]) -> SchemaTable:
    """The table of a class of rows."""
    return next(table for table in tables().values() if table.row is row)
