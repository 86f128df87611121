"""The steps of undo of the open design on the disk, so that they outlive a killed program.

An edit leaves one line of JSON: what it did to the history. An added row is only named: what it held follows from the
design when the steps after it are taken back.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from designer.errors import DesignerError, RuleError
from designer.foreign import copy, json_of
from designer.memory import must_have
from designer.model.element import Element, Link, make, values
from designer.model.fields import check_row, check_value
from designer.model.history import Added, Changed, History, Op, Removed, Step
from designer.model.project import Project
from designer.store.file.copies import private_folder
from designer.store.file.reading import guard
from designer.store.file.schema import tables
from designer.store.working.fitting import fits

NAME = "steps-{}"
TABLE = 'CREATE TABLE "step" ("edit" INTEGER PRIMARY KEY, "what" TEXT NOT NULL) STRICT'
PUT = 'INSERT OR REPLACE INTO steps."step" ("edit", "what") VALUES (?, ?)'
FORGET = 'DELETE FROM steps."step" WHERE "edit" < ?'
MOST_ROWS, MOST_CHANGED = 2_000, 20_000
"""A step that removes or changes more is not kept, nor those before it: writing it down would hold the window."""
BYTES_LIMIT, VALUES_LIMIT = 32 << 20, 1_000_000
"""Most bytes and values of all lines: before there are more, the steps that are kept begin anew."""
FILE_LIMIT = 2 * BYTES_LIMIT
"""Largest file of steps that is read: what was forgotten leaves room in it."""
VALUE_BYTES = 100
"""About how much memory a value takes at most while lines are read."""
DEADLINE_S = 10.0
TEXT_LIMIT = 10_000
"""Most letters of what a step is called."""
BEGIN = json.dumps({"begin": True})
"""The history begins anew."""
Row = Element | Link


class StepLog:
    """Says after each edit what it did to the history of a project.

    The steps from `_first` to `_top` of the history are in the lines; what reaches beyond them cannot be said.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self.begin()

    def begin(self, lines: Sequence[str] = ()) -> None:
        """Take the present history as said by these lines, or, without any, as not said."""
        self._note()
        self._first = 0 if lines else self._position
        self._top = len(self._steps) if lines else self._position
        self._bytes, self._values = sum(map(len, lines)), sum(map(_values_in, lines))

    def _note(self) -> None:
        history = self._project.history
        self._steps, self._position = list(history.steps), history.position
        self._ops = len(history.steps[history.position - 1].ops) if history.position else 0

    def line(self, done: str | None = None) -> str:
        """What happened since the last call, as a line; `BEGIN` where it cannot be said, and nothing before it is
        needed any more. `done`: what `done_line` says of the last step, where that is at hand."""
        text = self._found(done)
        self._note()
        self._bytes, self._values = self._bytes + len(text), self._values + _values_in(text)
        if not text or self._bytes > BYTES_LIMIT or self._values > VALUES_LIMIT:
            self.begin()
            return BEGIN
        return text

    def _found(self, done: str | None) -> str:
        """The line, empty where it cannot be said."""
        history, before, old = self._project.history, self._position, self._steps
        position, steps = history.position, history.steps
        known = position <= len(old) and all(one is other for one, other in zip(steps[:position], old))
        if known and position == before and position and len(steps[position - 1].ops) > self._ops:
            self._top = position
            return _written("join", steps[position - 1], self._ops) if position > self._first else ""
        if known:
            return self._moved(position) if self._first <= position <= self._top else ""
        if position == before + 1 == len(steps) and all(one is other for one, other in zip(steps[:before], old)):
            self._top = position
            return done_line(steps[before]) if done is None else done
        return ""

    def _moved(self, position: int) -> str:
        """Steps were undone or redone. Rows that an undone step had added are gone: they are written down."""
        elements, links = self._project.elements, self._project.links
        rows = {
            op.row.id: op.row
            for step in self._steps[position : self._position]
            for op in step.ops
            if isinstance(op, Added) and op.row.id not in elements and op.row.id not in links
        }
        if len(rows) > MOST_ROWS:
            return ""
        return _text({"to": position - self._first, "rows": [_row(row) for row in rows.values()]})


def done_line(step: Step) -> str:
    """The line of a step that was done; empty where that is too much to be said."""
    return _written("do", step, 0)


def _values_in(line: str) -> int:
    """About how many values a line of JSON holds."""
    return line.count(",") + line.count("[") + line.count("{")


def _written(what: str, step: Step, first: int) -> str:
    ops = step.ops[first:]
    sorts = Counter(map(type, ops))
    if sorts[Removed] > MOST_ROWS or sorts[Changed] > MOST_CHANGED:
        return ""
    return _text({what: step.text, "ops": [_op(op) for op in ops]})


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, default=_plain)


def _op(op: Op) -> Any:
    if isinstance(op, Added):
        return op.row.__dict__["id"]
    return ["-", _row(op.row)] if isinstance(op, Removed) else ["=", op.id, op.fields]


def _row(row: Row) -> Any:
    return [type(row).__tablename__, values(row)]


def _plain(value: object) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


# -- on the disk


def attach(base: sqlite3.Connection, path: Path, lines: Iterable[tuple[int, str]]) -> None:
    """Give the connection of a working copy a new file for steps beside it, with these lines."""
    base.execute("ATTACH DATABASE ? AS steps", (str(path),))
    base.execute("PRAGMA steps.synchronous=OFF")  # after a power cut the design is there, perhaps without its steps
    base.execute("PRAGMA steps.journal_mode=WAL")
    base.execute(TABLE.replace('"step"', 'steps."step"', 1))
    base.executemany(PUT, lines)


def read(path: Path, edits: int) -> list[str]:
    """The lines of a file of steps up to an edit; none where one is missing, or the file cannot be read or holds
    anything else."""
    try:
        with private_folder(2 * FILE_LIMIT) as folder:
            for end in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    copy(path.with_name(path.name + end), folder / f"copy.db{end}", FILE_LIMIT)
            with contextlib.closing(sqlite3.connect((folder / "copy.db").as_uri() + "?mode=rw", uri=True)) as base:
                guard(base, time.monotonic() + DEADLINE_S, BYTES_LIMIT)
                lines = _lines(base, edits)
    except (OSError, sqlite3.Error, ValueError, TypeError, OverflowError, DesignerError, MemoryError):
        return []
    whole = bool(lines) and lines[-1][0] == edits and lines[-1][0] - lines[0][0] == len(lines) - 1
    return [what for _, what in lines] if whole else []


def _lines(base: sqlite3.Connection, edits: int) -> list[tuple[int, str]]:
    """Edits and their lines, in order. Raises ValueError where the file is no file of steps, or holds too much, and
    DesignerError where there is no memory for it."""
    found = base.execute("SELECT type, name, substr(sql, 1, 1000) FROM sqlite_master LIMIT 2").fetchall()
    if found != [("table", "step", TABLE)]:
        raise ValueError("no file of steps")
    if base.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise ValueError("damaged")
    size = base.execute('SELECT total(length(CAST("what" AS BLOB))) FROM "step"').fetchone()[0]
    if size > BYTES_LIMIT:
        raise ValueError("too much")
    must_have(size + VALUE_BYTES * min(size, VALUES_LIMIT))
    rows = base.execute('SELECT "edit", "what" FROM "step" WHERE "edit" <= ? ORDER BY "edit"', (edits,))
    return [(int(edit), str(what)) for edit, what in rows]


# -- back into the history


@dataclass
class _Kept:
    """A step as it was written, and the rows that undoing it removed."""

    text: str
    ops: list[Any]
    rows: dict[int, Row] = field(default_factory=dict)


def history_of(rows: Iterable[Row], lines: Sequence[str]) -> History | None:
    """The history that was written, for a recovered design of these rows; None where it does not fit them."""
    state = {row.id: row for row in rows}
    made = History()
    try:
        kept, position = _followed(lines)
        later = _forward(kept[position:], dict(state))
        earlier = _backward(kept[:position], dict(state))
        made.steps, made.position, made.clean = [*earlier, *later], len(earlier), None
        return made if fits(state.values(), made) else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuleError, MemoryError):
        return None


def _followed(lines: Sequence[str]) -> tuple[list[_Kept], int]:
    """The steps that were there in the end, and how many of them were done."""
    steps: list[_Kept] = []
    position, left = 0, VALUES_LIMIT
    for line in lines:
        what, left = json_of(line, left), left - _values_in(line)
        if "do" in what:
            if not isinstance(what["do"], str) or len(what["do"]) > TEXT_LIMIT:
                raise ValueError("no text of a step")
            steps[position:] = [_Kept(what["do"], list(what["ops"]))]
            position += 1
        elif "join" in what:
            del steps[position:]
            if not steps:
                raise ValueError("no step to join")
            steps[position - 1].ops.extend(what["ops"])
        elif "to" in what:
            if type(what["to"]) is not int or not 0 <= what["to"] <= len(steps):
                raise ValueError("no such step")
            rows = {row.id: row for row in map(_read_row, what["rows"])}
            for step in steps[what["to"] : position]:
                step.rows = rows
            position = what["to"]
        elif what["begin"]:
            steps, position = [], 0
    return steps, position


def _read_row(written: Any) -> Row:
    name, fields = written
    table = tables()[name].row
    fields = {key: _unpacked(value) for key, value in fields.items()}
    made: Row = make(table, check_row(table, fields, name))  # type: ignore[assignment]
    return made


def _unpacked(value: Any) -> Any:
    return base64.b64decode(value["base64"], validate=True) if isinstance(value, dict) else value


def _backward(steps: Sequence[_Kept], state: dict[int, Row]) -> list[Step]:
    """Done steps, from the last to the first: each is taken back from the rows that were there after it."""
    made: list[Step] = []
    for kept in reversed(steps):
        ops: list[Op] = []
        for written in reversed(kept.ops):
            if type(written) is int:
                ops.append(Added(state.pop(written)))
            elif written[0] == "-":
                row = _read_row(written[1])
                state[row.id] = row
                ops.append(Removed(row))
            else:
                ops.append(_changed(written, state))
        made.append(Step(kept.text, ops[::-1]))
    return made[::-1]


def _forward(steps: Sequence[_Kept], state: dict[int, Row]) -> list[Step]:
    """Undone steps, from the first to the last."""
    made: list[Step] = []
    for kept in steps:
        ops: list[Op] = []
        for written in kept.ops:
            if type(written) is int:
                state[written] = kept.rows[written]
                ops.append(Added(kept.rows[written]))
            elif written[0] == "-":
                ops.append(Removed(state.pop(written[1][1]["id"])))
            else:
                ops.append(_changed(written, state))
        made.append(Step(kept.text, ops))
    return made


def _changed(written: Any, state: dict[int, Row]) -> Changed:
    _, row_id, fields = written
    table = type(state[row_id])
    both = {
        name: tuple(check_value(table, name, _unpacked(value), table.__name__) for value in pair)
        for name, pair in fields.items()
    }
    if any(len(pair) != 2 for pair in both.values()) or "id" in both:
        raise ValueError("no change of a field")
    return Changed(row_id, both)
