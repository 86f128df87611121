"""Whether columns are a design: every value, then the tree and the links.

Saving and opening use the same rules. Whole columns are checked; only for a wrong one are its values checked one by
one, to name the wrong value.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from typing import Any

import numpy as np

from designer.catalog import KINDS, LINKS
from designer.errors import RuleError
from designer.model.amounts import CELL_LIMIT, DATA_LIMIT, ELEMENT_LIMIT, LINK_LIMIT, TEXT_LIMIT
from designer.model.element import ROOT_ID
from designer.model.fields import check_value
from designer.model.kind import why_not_inside
from designer.store.file.content import Column, Content, count
from designer.store.file.faults import shown
from designer.store.file.schema import Table, table_of, tables

PIECE = 4_096
"""Texts that are checked together."""
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
            alike = table.types[place] is not bytes and values.count(values[0]) == len(values)
            times = len(values) if alike else 1
            h.update(f"{table.columns[place]}\n".encode())
            try:
                settled, pieces = _settled(table, place, values[:1] if alike else values)
                for piece in pieces:
                    h.update(piece * times)
            except (TypeError, OverflowError, UnicodeEncodeError, RuleError):
                _blame(table, columns, place)
                raise RuleError(f"{name}: its {table.columns[place]} holds a value that no design has.") from None
            columns[place] = list(settled) * times if times > 1 else settled
    return h.hexdigest()


def check_sums(content: Content) -> None:
    """Check that what is saved can be opened again. Raises RuleError that names the limit. Opening checks the same
    before it reads a row.

    An opening asks the same of a file before it reads a row, and an edit of what it brings (`model.amounts`).
    """
    if (links := count(content, "link")) > LINK_LIMIT:
        raise RuleError(f"It holds {links:,} links; the most is {LINK_LIMIT:,}.")
    for kind, what, most in ((str, "text", TEXT_LIMIT), (bytes, "packed data", DATA_LIMIT)):
        columns = [v for table in tables().values() if table.name != "meta" for v in _of_type(table, content, kind)]
        size = sum(sum(map(len, values)) for values in columns)
        if kind is str and 4 * size > most:  # a character takes up to four bytes
            size = sum(len(text.encode()) for values in columns for text in values)
        if size > most:
            raise RuleError(f"It holds {size / 2**20:,.1f} MiB of {what}; the most is {most >> 20}.")


def _of_type(table: Table, content: Content, kind: type) -> Iterator[Column]:
    return compress(content[table.name], [column_type is kind for column_type in table.types])


def _settled(table: Table, place: int, values: Column) -> tuple[Column, Iterable[bytes]]:
    """A column as a file returns it, and its bytes. Raises one of several errors when a value is wrong."""
    column, kind = table.columns[place], table.types[place]
    if kind is str:
        choices = table.choices[place]
        if choices and not choices.issuperset(values):
            raise RuleError("a text")
        check_value(table.row, column, max(values, key=len), "")
        return values, _texts(values)
    if kind is bytes:
        lengths = array("q", map(len, values))
        if max(lengths) > CELL_LIMIT or set(map(type, values)) != {bytes}:
            raise RuleError("a piece of data")
        return values, (lengths.tobytes(), *values)
    if kind is float:
        numbers = np.frombuffer(array("d", values)) + 0.0
    else:
        numbers = np.frombuffer(array("q", values), np.int64)
    low, high = numbers.min().item(), numbers.max().item()
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuleError("not a number")
    if kind is bool:
        if low < 0 or high > 1:
            raise RuleError("neither true nor false")
    elif column == "id":
        if low < 1:
            raise RuleError("an id")
    else:
        check_value(table.row, column, low, "")
        check_value(table.row, column, high, "")
    return numbers.tolist(), (numbers.astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes(),)


def _texts(values: Column) -> Iterator[bytes]:
    """Texts in pieces, each closed by NUL, which no text may hold. Raises RuleError or UnicodeEncodeError."""
    for first in range(0, len(values), PIECE):
        piece = values[first : first + PIECE]
        text = "\0".join(piece) + "\0"
        if text.count("\0") != len(piece):
            raise RuleError("a text")
        yield text.encode()


def _blame(table: Table, columns: list[Column], place: int) -> None:
    """Raise RuleError for the first value of a column that is wrong."""
    column, kind = table.columns[place], table.types[place]
    for number, value in enumerate(columns[place]):
        who = _who(table, columns, number)
        if not isinstance(value, _TAKEN[kind]):
            found = "nothing" if value is None else type(value).__name__
            raise RuleError(f"{who} has {found} where its {column} should be.")
        if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
            raise RuleError(f"The {column} of {who} holds a character that text cannot hold.")
        if isinstance(value, bytes) and len(value) > CELL_LIMIT:
            raise RuleError(f"The {column} of {who} is larger than {CELL_LIMIT >> 20} MiB.")
        if kind is int and not -(2**63) <= value < 2**63:
            raise RuleError(f"The {column} of {who} has more than 63 bits.")
        if column == "id" and value < 1:
            raise RuleError(f"{who} has the id {value}.")
        check_value(table.row, column, bool(value) if kind is bool and value in (0, 1) else value, who)


def _who(table: Table, columns: list[Column], number: int) -> str:
    """The name of a row in a sentence."""
    name = columns[table.place("name")][number] if "name" in table.columns else None
    if not isinstance(name, str) or not name:
        name = f"{table.name} {columns[0][number]!r}"
    return shown(name[:80]) if len(name) <= 80 else f"{shown(name[:80])}…"


def check_graph(content: Content) -> None:
    """Check that the elements are one tree with legal parents, and that links join legal ends. Raises RuleError."""
    kind_of: dict[int, str] = {}
    parents: dict[str, tuple[Sequence[int], Sequence[int]]] = {}
    for kind in KINDS.values():
        table = table_of(kind.table)
        if columns := content[table.name]:
            parents[kind.name] = columns[table.place("id")], columns[table.place("parent")]
            kind_of.update(zip(parents[kind.name][0], repeat(kind.name)))
    elements = sum(len(ids) for ids, _ in parents.values())
    if elements > ELEMENT_LIMIT:
        raise RuleError(f"It holds {elements:,} elements; the most is {ELEMENT_LIMIT:,}.")
    _check_ids(content, kind_of, elements)
    if parents.get("design") != ([ROOT_ID], [ROOT_ID]):
        raise RuleError("It does not hold exactly one design.")
    for name, (ids, above) in parents.items():
        if name != "design" and not set(map(kind_of.get, above)) <= set(KINDS[name].inside):
            _blame_parent(content, kind_of, name, ids, above)
    _check_no_circle(list(parents.values()), elements)
    _check_links(content, kind_of)


def _check_ids(content: Content, kind_of: dict[int, str], elements: int) -> None:
    ids = set(kind_of).union(*content["link"][:1])
    if len(ids) < elements + count(content, "link"):
        every = Counter(i for name, columns in content.items() if columns and name != "meta" for i in columns[0])
        raise RuleError(f"Two elements in it have the id {every.most_common(1)[0][0]}.")


def _blame_parent(
    content: Content, kind_of: dict[int, str], kind: str, ids: Sequence[int], parents: Sequence[int]
) -> None:
    table = table_of(KINDS[kind].table)
    for number, (here, above) in enumerate(zip(ids, parents)):
        who = _who(table, content[table.name], number)
        if above not in kind_of:
            raise RuleError(f"The container of {who} is missing.")
        if above == here:
            raise RuleError(f"{who} stands in itself.")
        if why := why_not_inside(KINDS, kind, kind_of[above]):
            raise RuleError(f"{who} stands in a {KINDS[kind_of[above]].noun}; {why}.")


def _check_no_circle(parents: Sequence[tuple[Sequence[int], Sequence[int]]], elements: int) -> None:
    """Each pass finds what stands in a found element; a circle is never found."""
    found = {ROOT_ID}
    while len(found) < elements:
        before = len(found)
        for ids, above in parents:
            found.update(compress(ids, map(found.__contains__, above)))
        if len(found) == before:
            raise RuleError("Some elements stand in each other in a circle.")


def _check_links(content: Content, kind_of: dict[int, str]) -> None:
    if not content["link"]:
        return
    _, kinds, sources, targets, _ = content["link"]
    for kind in sorted(set(kinds)):
        rule = LINKS.get(kind)
        if rule is None:
            raise RuleError(f"It holds a link of the kind “{shown(kind, 60)}”, which this version does not know.")
        of_kind = [kind == other for other in kinds]
        starts, ends = list(compress(sources, of_kind)), list(compress(targets, of_kind))
        found = set(map(kind_of.get, starts)), set(map(kind_of.get, ends))
        if None in found[0] or None in found[1]:
            raise RuleError(f"One end of a link “{rule.label}” is missing.")
        if not (found[0] <= set(rule.sources) and found[1] <= set(rule.targets)):
            raise RuleError(f"A link “{rule.label}” joins elements that it may not join.")
        if len(set(starts)) == len(starts):
            continue
        if len(set(zip(starts, ends))) < len(starts):
            raise RuleError(f"Two links “{rule.label}” join the same two elements.")
        most = max(Counter(starts).values())
        if rule.per_source is not None and most > rule.per_source:
            raise RuleError(f"{most} links “{rule.label}” start at one element.")
