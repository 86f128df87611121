"""The differences of two designs, by the ids of their elements, each as values and as a sentence."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from operator import eq
from typing import Any, Literal

from designer import units
from designer.catalog import KINDS, LINKS
from designer.model.element import ROOT_ID, Element, Link, id_from_text, id_text
from designer.model.fields import FieldSpec, field_specs
from designer.words import tr

Row = Element | Link
What = Literal["added", "removed", "changed"]
Sort = Literal["added", "removed", "changed", "moved"]
SORTS: tuple[Sort, ...] = ("added", "removed", "changed", "moved")
Going = Callable[[float], None]
"""A progress callback (0 to 1), which may raise to end the work."""
_STRIDE = 500
"""Rows between two calls."""
DRAWING = ("x", "y", "w", "h", "hug", "rank", "placed")
"""Fields of the drawing: told in one sentence, and never a conflict."""
_TEXT_LIMIT = 60


@dataclass(frozen=True)
class Difference:
    """One difference: {field: (old, new)} of what changed, empty when the whole element or link was added or
    removed.

    `who` is the element or link as the head of the sentence, `told` the rest of it.
    """

    id: int
    what: What
    who: str
    told: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The whole sentence."""
        return f"{self.who} {self.told}."

    @property
    def drawing_only(self) -> bool:
        """Whether only its place or size in the drawing changed."""
        return self.what == "changed" and set(self.fields) <= set(DRAWING)

    @property
    def sort(self) -> Sort:
        """The sort of the difference: like `what`, with changes of the drawing only as their own sort."""
        return "moved" if self.drawing_only else self.what


def compare(old: Iterable[Row], new: Iterable[Row], going: Going = lambda part: None) -> list[Difference]:
    """All differences: removed, added, changed; in the order of the given rows."""
    before, after = {row.id: row for row in old}, {row.id: row for row in new}
    names_before, names_after, order = RowNames(before), RowNames(after), _Order(before, after)
    found = [
        Difference(row.id, "removed", names_before.who(row), tr("was removed"))
        for row in before.values()
        if not _same_thing(row, after.get(row.id))
    ]
    found += [
        Difference(row.id, "added", names_after.who(row), tr("was added{0}", names_after.where(row)))
        for row in after.values()
        if not _same_thing(row, before.get(row.id))
    ]
    for number, row in enumerate(after.values()):
        if number % _STRIDE == 0:
            going(number / len(after))
        if _same_thing(row, before.get(row.id)):
            found.extend(_changes(before[row.id], row, names_before, names_after, order))
    return found


class _Order:
    """What of the drawing follows from something else that is told: cells and stacked boxes stand as their order among
    their siblings says, and a container that fits its content is as large as that asks for."""

    def __init__(self, before: Mapping[int, Row], after: Mapping[int, Row]) -> None:
        self._before, self._after = before, after
        self._siblings: dict[int, list[int]] | None = None
        self._moved: dict[int, set[int]] = {}

    def follows(self, old: Row, new: Row) -> set[str]:
        """The fields of the drawing that follow for this element."""
        if isinstance(old, Link) or isinstance(new, Link) or old.id == ROOT_ID:
            return set()
        fits = KINDS[new.kind].container and old.hug and new.hug
        found = {"w", "h"} if fits else set()
        parent = self._after.get(new.parent)
        flow = KINDS[parent.kind].box.flow if isinstance(parent, Element) else "free"
        if flow in ("grid", "stack"):
            found |= {"x", "y", "w"} | ({"h"} if flow == "grid" else set())
            if old.parent != new.parent or new.id not in self._moved_in(new.parent):
                found.add("rank")
        return found

    def _moved_in(self, parent: int) -> set[int]:
        """The fewest children that changed their place among those that stand there in both designs."""
        if self._siblings is None:
            self._siblings = {}
            for row in self._after.values():
                there = self._before.get(row.id)
                if isinstance(row, Element) and isinstance(there, Element) and there.parent == row.parent:
                    self._siblings.setdefault(row.parent, []).append(row.id)
        if parent not in self._moved:
            ids = self._siblings.get(parent, [])
            then, now = (sorted(ids, key=partial(_place, rows)) for rows in (self._before, self._after))
            self._moved[parent] = set(ids) - _in_order(then, now)
        return self._moved[parent]


def _place(rows: Mapping[int, Row], row_id: int) -> tuple[int, int]:
    return rows[row_id].__dict__["rank"], row_id


def _in_order(then: list[int], now: list[int]) -> set[int]:
    """As many as possible that follow one another alike in two orders: the longest rising run of places."""
    place = {one: n for n, one in enumerate(then)}
    ends: list[int] = []  # of the runs of each length, the one that ends with the lowest place: its place
    before: dict[int, int | None] = {}
    for spot in map(place.__getitem__, now):
        length = bisect_left(ends, spot)
        before[spot] = ends[length - 1] if length else None
        ends[length : length + 1] = [spot]
    kept, at = set(), ends[-1] if ends else None
    while at is not None:
        kept.add(then[at])
        at = before[at]
    return kept


def count(found: Iterable[Difference]) -> dict[Sort, int]:
    """How many elements and links differ in each way; one that changed and moved counts as changed."""
    told = Counter(marks(found).values())
    return {sort: told[sort] for sort in SORTS}


def marks(found: Iterable[Difference]) -> dict[int, Sort]:
    """In which way each element or link differs."""
    sorts: dict[int, Sort] = {}
    for one in found:
        if sorts.get(one.id, "moved") == "moved":
            sorts[one.id] = one.sort
    return sorts


def in_short(found: Iterable[Difference]) -> str:
    """The amount of differences in a few words: "3 added, 1 changed"."""
    told = [f"{number:,} {sort}" for sort, number in count(found).items() if number]
    return ", ".join(told) or tr("nothing changed")


def _same_thing(row: Row, other: Row | None) -> bool:
    return type(row) is type(other)


def changed_fields(old: Row, new: Row) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, in declared order, as (old, new)."""
    before, now, names = old.__dict__, new.__dict__, _names(type(new))
    if all(map(eq, map(before.__getitem__, names), map(now.__getitem__, names))):
        return {}
    return {name: (before[name], now[name]) for name in names if now[name] != before[name]}


@cache
def _names(table: type[Row]) -> tuple[str, ...]:
    return tuple(table.model_fields)


def _changes(old: Row, new: Row, before: RowNames, after: RowNames, order: _Order) -> Iterator[Difference]:
    fields = changed_fields(old, new)
    if not fields:
        return
    who = before.who(old)
    for name, pair in fields.items():
        if name not in DRAWING:
            yield Difference(new.id, "changed", who, _change(new, name, pair, before, after), {name: pair})
    drawing = {name: pair for name, pair in fields.items() if name in DRAWING}
    if drawing:
        drawing = {name: pair for name, pair in drawing.items() if name not in order.follows(old, new)}
    if set(drawing) == {"placed"} and "parent" not in fields:
        how = tr("is placed by hand") if drawing["placed"][1] else tr("is no longer placed by hand")
        yield Difference(new.id, "changed", who, how, drawing)
    elif drawing and "parent" not in fields:
        moved = {"x", "y", "rank"} & set(drawing)
        how = tr("was moved") if moved and not {"w", "h"} & set(drawing) else tr("has another size")
        yield Difference(new.id, "changed", who, tr("{0} in the drawing", how), drawing)
    elif drawing:
        yield Difference(new.id, "changed", who, tr("stands elsewhere in the drawing"), drawing)


def _change(row: Row, name: str, pair: tuple[Any, Any], before: RowNames, after: RowNames) -> str:
    old, new = pair
    if name == "parent":
        return tr("was moved from {0} to {1}", before.called(old), after.called(new))
    if name == "name":
        return tr("is now named “{0}”", _short(new))
    if name in ("source", "target"):
        now, then = after.called(new), before.called(old)
        return tr("leads from {0}, not {1}", now, then) if name == "source" else tr("leads to {0}, not {1}", now, then)
    spec = field_specs(type(row)).get(name)
    title = spec.title if spec is not None else name
    now, then = in_words(new, spec, after), in_words(old, spec, before)
    if now == then:
        now, then = in_words(new, spec, after, exact=True), in_words(old, spec, before, exact=True)
    return tr("has {0} {1}, before {2}", title, now, then)


def in_words(value: Any, spec: FieldSpec | None, names: RowNames, exact: bool = False) -> str:
    """A field's value as people read it; `exact` gives every digit and character."""
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if spec is not None and spec.editor.startswith("reference:"):
        return names.referred(value) if value else tr("nothing")
    if isinstance(value, (int, float)):
        unit = spec.unit if spec is not None else ""
        return units.exact_text(value, unit) if exact else units.text(value, unit)
    if isinstance(value, bytes):
        return tr("other data of {0:,} bytes", len(value)) if exact else tr("{0:,} bytes of data", len(value))
    return f"“{value if exact else _short(value)}”" if value else tr("nothing")


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= _TEXT_LIMIT else f"{shown[:_TEXT_LIMIT]}…"


class RowNames:
    """The names of the rows of one design."""

    def __init__(self, rows: Mapping[int, Row]) -> None:
        self._rows = rows

    def who(self, row: Row) -> str:
        """A row at the head of a sentence: "VM web-1", "The link “Member of service” from VM web-1 to ..."."""
        if isinstance(row, Link):
            rule = LINKS.get(row.kind)
            label = tr(rule.label) if rule else row.kind
            return tr("The link “{0}” from {1} to {2}", label, self.called(row.source), self.called(row.target))
        if row.id == ROOT_ID:
            return tr("The design")
        label = tr(KINDS[row.kind].label)
        return f"{label} {_short(row.name)}" if row.name else f"{label} {id_text(row.id)}"

    def called(self, row_id: int) -> str:
        """The name of an element within a sentence."""
        row = self._rows.get(row_id)
        if row is None:
            return tr("a removed element")
        text = self.who(row)
        first = text.split(" ", 1)[0]
        return text if first.isupper() else text[:1].lower() + text[1:]

    def where(self, row: Row) -> str:
        """The container of a row, as the end of a sentence."""
        if isinstance(row, Link):
            return ""
        return tr(" in {0}", self.called(row.parent))

    def referred(self, value: Any) -> str:
        """The element that a field refers to."""
        element_id = value if isinstance(value, int) else id_from_text(str(value))
        if element_id is not None and element_id in self._rows:
            return self.called(element_id)
        return tr("a removed element")
