"""Whether steps of undo fit a design: each of them leads from a sound design to a sound one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.model.amounts import ELEMENT_LIMIT, LINK_LIMIT
from designer.model.element import ROOT_ID, Element, Link, clone
from designer.model.history import Added, Changed, History, Op, Step, inverse
from designer.model.kind import why_not_inside

Row = Element | Link
ENDS = ("source", "target")


def fits(rows: Iterable[Row], history: History) -> bool:
    """Whether the steps of a history can be undone and redone from a design of these rows, one after the other."""
    given = {row.id: row for row in rows}
    done, undone = history.steps[: history.position], history.steps[history.position :]
    back = [[inverse(op) for op in reversed(step.ops)] for step in reversed(done)]
    return _Walk(given, done).goes(back) and _Walk(given, undone).goes(step.ops for step in undone)


class _Walk:
    """A design that operations lead through: its rows with their values there, and how often each id is named."""

    def __init__(self, rows: dict[int, Row], steps: Sequence[Step]) -> None:
        self._rows = dict(rows)
        self._changed: dict[int, dict[str, Any]] = {}
        self._elements = 0
        self._named = Counter[int]()
        self._links = Counter[Any]()
        self._counts_links = any(isinstance(self._row_of(op), Link) for step in steps for op in step.ops)
        for row in rows.values():
            self._note(row, 1)
        self._touched: set[int] = set()

    def _row_of(self, op: Op) -> Row | None:
        return self._rows.get(op.id) if isinstance(op, Changed) else op.row

    def goes(self, steps: Iterable[Sequence[Op]]) -> bool:
        """Whether all operations can be done, and the design is sound after each step."""
        for ops in steps:
            self._touched = set()
            if not all(map(self._do, ops)) or not self._sound():
                return False
        return True

    def _note(self, row: Row, times: int) -> None:
        """Note what a row names: its container or its ends."""
        if isinstance(row, Element):
            self._elements += times
            self._named[self._value(row, "parent")] += times
            return
        source, target = (self._value(row, end) for end in ENDS)
        self._named[source] += times
        self._named[target] += times
        if self._counts_links:
            kind = self._value(row, "kind")
            self._links[kind, source, target] += times
            self._links[kind, source] += times

    def _value(self, row: Row, name: str) -> Any:
        changed = self._changed.get(row.__dict__["id"])
        return changed[name] if changed is not None and name in changed else row.__dict__[name]

    def _do(self, op: Op) -> bool:
        """Do an operation; False where it does not fit."""
        row_id = op.id if isinstance(op, Changed) else op.row.__dict__["id"]
        self._touched.add(row_id)
        if isinstance(op, Changed):
            return self._change(op)
        if row_id == ROOT_ID or (row_id in self._rows) is isinstance(op, Added):
            return False
        if isinstance(op, Added):
            self._rows[row_id] = op.row
            self._note(op.row, 1)
        else:
            self._note(self._rows.pop(row_id), -1)
            self._changed.pop(row_id, None)
        return True

    def _change(self, op: Changed) -> bool:
        row = self._rows.get(op.id)
        if row is None or any(self._value(row, name) != old for name, (old, _) in op.fields.items()):
            return False
        self._note(row, -1)
        self._changed.setdefault(op.id, {}).update((name, new) for name, (_, new) in op.fields.items())
        self._note(row, 1)
        return True

    def _sound(self) -> bool:
        """Whether what a step touched is as in a design that can be saved."""
        if self._elements > ELEMENT_LIMIT or len(self._rows) - self._elements > LINK_LIMIT:
            return False
        for row_id in self._touched:
            row = self._rows.get(row_id)
            if row is None:
                if self._named[row_id]:
                    return False
            elif not (self._stands(row) if isinstance(row, Element) else self._joins(row)):
                return False
        return True

    def _stands(self, row: Element) -> bool:
        """Whether an element has a legal container, and its kind finds nothing wrong."""
        above = self._value(row, "parent")
        if row.__dict__["id"] == ROOT_ID:
            return bool(above == ROOT_ID)
        container, load_error = self._rows.get(above), KINDS[row.kind].load_error
        if not isinstance(container, Element) or why_not_inside(KINDS, row.kind, container.kind):
            return False
        if load_error is not None and load_error(KINDS, clone(row, **self._changed.get(row.id, {}))):
            return False
        passed = {row.__dict__["id"]}
        while above != ROOT_ID:
            container = self._rows.get(above)
            if above in passed or container is None:
                return False
            passed.add(above)
            above = self._value(container, "parent")
        return True

    def _joins(self, row: Link) -> bool:
        """Whether a link joins legal ends, once."""
        kind, source, target = (self._value(row, name) for name in ("kind", *ENDS))
        rule, ends = LINKS.get(kind), (self._rows.get(source), self._rows.get(target))
        if rule is None or not all(isinstance(end, Element) for end in ends):
            return False
        kinds = [end.kind for end in ends if end is not None]
        most = rule.per_source is None or self._links[kind, source] <= rule.per_source
        return kinds[0] in rule.sources and kinds[1] in rule.targets and most and self._links[kind, source, target] == 1
