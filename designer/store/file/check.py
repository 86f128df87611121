"""Whether the values of columns are those of a design; `graph` asks the same of the tree and the links.

Saving and opening use the same rules. Whole columns are checked; only for a wrong one are its values checked one by
one, to name the wrong value.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.errors import RuleError
from designer.model.amounts import CELL_LIMIT, DATA_LIMIT, LINK_LIMIT, TEXT_LIMIT
from designer.model.fields import check_value
from designer.store.file.content import Column, Content, alike, count, numbers_of
from designer.store.file.faults import shown
from designer.store.file.schema import SchemaTable, tables
from designer.words import tr

PIECE, PIECE_CHARACTERS = 4_096, 1 << 20
"""Texts that are checked together, and characters: one odd character makes all of a piece four times as large."""
KNOWN_CHARACTERS = 100
"""Longest text that is remembered as settled."""
_TAKEN: dict[type, tuple[Any, ...]] = {
    int: (int,),
    bool: (bool, int),
    float: (float, int),
    str: (str,),
    bytes: (bytes,),
}


def settle(content: Content) -> str:
    """Check every value, replace it with what a file returns (0.0 for -0.0, 2.0 for 2, 1 for True), and return a
    fingerprint of all.

    It finds a single flipped digit, which SQLite does not. Columns that an older file lacks take their defaults and are
    no part of it. Raises RuleError that names the element and the field.
    """
    h = hashlib.sha256()
    for name in sorted(content):
        table, columns = tables()[name], content[name]
        if columns:
            h.update(f"{name} {len(columns[0])}\n".encode())
        for place, values in enumerate(columns):
            if not values:  # the file is older than the column
                columns[place] = [table.defaults[table.columns[place]]] * len(columns[0])
                continue
            # Most fields of most elements are at their default: one value, that many times.
            one = table.types[place] is not bytes and alike(values)
            h.update(f"{table.columns[place]}\n".encode())
            try:
                if one and not (isinstance(values[0], str) and len(values[0]) > KNOWN_CHARACTERS):
                    settled, data = _one(name, table.columns[place], values[0])
                    h.update(data * len(values))
                    columns[place] = [settled] * len(values)
                    continue
                columns[place], pieces = _settled(table, place, values)
                for piece in pieces:
                    h.update(piece)
            except (TypeError, OverflowError, UnicodeEncodeError, RuleError):
                _blame(table, columns, place)
                raise RuleError(
                    tr("{0}: its {1} holds a value that no design has.", name, table.columns[place])
                ) from None
    return h.hexdigest()


@lru_cache(8_192, typed=True)
def _one(name: str, column: str, value: Any) -> tuple[Any, bytes]:
    """A value of a column as a file returns it, and its bytes. The same few stand in most designs. Raises one of
    several errors when it is wrong."""
    table = tables()[name]
    settled, pieces = _settled(table, table.place(column), [value])
    return settled[0], b"".join(pieces)


def check_sums(content: Content) -> None:
    """Check that what is saved can be opened again. Raises RuleError that names the limit.

    An opening asks the same of a file before it reads a row, and an edit of what it brings (`model.amounts`).
    """
    if (links := count(content, "link")) > LINK_LIMIT:
        raise RuleError(tr("It holds {0:,} links; the most is {1:,}.", links, LINK_LIMIT))
    for kind, what, most in ((str, tr("text"), TEXT_LIMIT), (bytes, tr("packed data"), DATA_LIMIT)):
        columns = [v for table in tables().values() if table.name != "meta" for v in _of_type(table, content, kind)]
        some = [(values[:1], len(values)) if alike(values) else (values, 1) for values in columns]
        size = sum(times * sum(map(len, values)) for values, times in some)
        if kind is str and 4 * size > most:  # a character takes up to four bytes
            size = sum(times * sum(len(text.encode()) for text in values) for values, times in some)
        if size > most:
            raise RuleError(tr("It holds {0:,.1f} MiB of {1}; the most is {2}.", size / 2**20, what, most >> 20))


def _of_type(table: SchemaTable, content: Content, kind: type) -> Iterator[Column]:
    return compress(content[table.name], [column_type is kind for column_type in table.types])


def _settled(table: SchemaTable, place: int, values: Column) -> tuple[Column, Iterable[bytes]]:
    """A column as a file returns it, and its bytes. Raises one of several errors when a value is wrong."""
    column, kind = table.columns[place], table.types[place]
    if kind is str:
        choices = table.choices[place]
        if choices and not choices.issuperset(values):
            raise RuleError("a text")
        longest = max(values, key=len)
        check_value(table.row, column, longest, "")
        return values, _texts(values, len(longest))
    if kind is bytes:
        lengths = array("q", map(len, values))
        if max(lengths) > CELL_LIMIT or set(map(type, values)) != {bytes}:
            raise RuleError("data")
        return values, (lengths.tobytes(), *values)
    made = numbers_of(kind, values)
    if not isinstance(made, array):
        raise RuleError("not a number")
    numbers: NDArray[Any] = np.frombuffer(made, made.typecode)
    if kind is float:
        numbers = numbers + 0.0  # of -0.0 too
        made = array("d", numbers.tobytes())
    low, high = numbers.min().item(), numbers.max().item()
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuleError("not a number")
    if kind is bool:
        if low < 0 or high > 1:
            raise RuleError("bool")
    elif column == "id":
        if low < 1:
            raise RuleError("id")
    else:
        check_value(table.row, column, low, "")
        check_value(table.row, column, high, "")
    return made, (numbers.astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes(),)


def _texts(values: Column, longest: int) -> Iterator[bytes]:
    """Texts in pieces, each closed by NUL, which no text may hold. Raises RuleError or UnicodeEncodeError."""
    together = max(1, min(PIECE, PIECE_CHARACTERS // (longest + 1)))
    for first in range(0, len(values), together):
        piece = values[first : first + together]
        text = "\0".join(piece) + "\0"
        if text.count("\0") != len(piece):
            raise RuleError("a text")
        yield text.encode()


def _blame(table: SchemaTable, columns: list[Column], place: int) -> None:
    """Raise RuleError for the first value of a column that is wrong."""
    column, kind = table.columns[place], table.types[place]
    for number, value in enumerate(columns[place]):
        who = who_of(table, columns, number)
        if not isinstance(value, _TAKEN[kind]):
            found = tr("nothing") if value is None else type(value).__name__
            raise RuleError(tr("{0} has {1} where its {2} should be.", who, found, column))
        if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
            raise RuleError(tr("The {0} of {1} holds a character that text cannot hold.", column, who))
        if isinstance(value, bytes) and len(value) > CELL_LIMIT:
            raise RuleError(tr("The {0} of {1} is larger than {2} MiB.", column, who, CELL_LIMIT >> 20))
        if kind is int and not -(2**63) <= value < 2**63:
            raise RuleError(tr("The {0} of {1} has more than 63 bits.", column, who))
        if column == "id" and value < 1:
            raise RuleError(tr("{0} has the id {1}.", who, value))
        check_value(table.row, column, bool(value) if kind is bool and value in (0, 1) else value, who)


def who_of(table: SchemaTable, columns: list[Column], number: int) -> str:
    """The name of a row in a sentence."""
    name = columns[table.place("name")][number] if "name" in table.columns else None
    if not isinstance(name, str) or not name:
        name = f"{table.name} {columns[0][number]!r}"
    return shown(name[:80]) if len(name) <= 80 else f"{shown(name[:80])}…"
