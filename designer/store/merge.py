"""Three-way merge: what two people made of one design, put together by id, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from designer.catalog import KINDS, LINKS
from designer.errors import FileError, RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, Link, clone, values
from designer.model.fields import field_specs
from designer.model.project import Project
from designer.store.check import check_graph
from designer.store.compare import DRAWING, Names, Row, changed_fields, in_words
from designer.store.content import content_of

Side = Literal["mine", "theirs"]


@dataclass(frozen=True)
class Conflict:
    """Where both changed the same: `key` names it, `taken` says whose is in the merged design."""

    id: int
    field: str
    sentence: str
    taken: Side

    @property
    def key(self) -> tuple[int, str]:
        """The same in each merge of the same three designs."""
        return self.id, self.field


@dataclass(frozen=True)
class Merged:
    """The merged design, and where a choice had to be made."""

    rows: list[Row]
    conflicts: list[Conflict]


Choose = Callable[[tuple[int, str]], Side | None]
"""Whose a conflict's key takes; None leaves it to the rules: mine, and what stays rather than what goes."""


def merge(base: Iterable[Row], mine: Iterable[Row], theirs: Iterable[Row], choose: Choose = lambda key: None) -> Merged:
    """Put together what two made of `base`. Where both changed the same field `choose` decides by the conflict's key.

    What one removed and the other changed stays; places in the drawing are mine, and make room where they must.
    Raises FileError where the result would be no design.
    """
    work = _Merge(list(base), list(mine), list(theirs), choose)
    work.rows()
    work.parents()
    work.links()
    rows = work.drawn()
    try:
        check_graph(content_of(rows))
    except RuleError as error:
        raise FileError(f"The two cannot be merged: {error} Correct that in one of them first.") from None
    return Merged(rows, work.conflicts)


@dataclass
class _Merge:
    base_rows: list[Row]
    my_rows: list[Row]
    their_rows: list[Row]
    choose: Choose
    merged: dict[int, Row] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = {row.id: row for row in self.base_rows}
        self.mine = {row.id: row for row in self.my_rows}
        self.theirs = {row.id: row for row in self.their_rows}
        self.names = Names({**self.base, **self.theirs, **self.mine})

    def rows(self) -> None:
        """Every row of either, its fields merged."""
        for row_id in dict.fromkeys([*self.mine, *self.theirs, *self.base]):
            base, mine, theirs = self.base.get(row_id), self.mine.get(row_id), self.theirs.get(row_id)
            if mine is None or theirs is None:
                kept = self._one_sided(base, mine, theirs)
            elif type(mine) is not type(theirs):
                kept = self._pick(
                    row_id, "", f"{self.names.who(mine)} is another kind of thing in theirs", mine, theirs
                )
            else:
                kept = self._fields(base if type(base) is type(mine) else None, mine, theirs)
            if kept is not None:
                self.merged[row_id] = kept

    def _one_sided(self, base: Row | None, mine: Row | None, theirs: Row | None) -> Row | None:
        """A row that one of the two has not: new, or removed by the other."""
        held = mine if mine is not None else theirs
        if held is None:
            return None
        if base is None:
            return clone(held)
        changed = set(changed_fields(base, held)) - set(DRAWING) if type(base) is type(held) else {"kind"}
        if not changed:
            return None
        has: Side = "mine" if mine is not None else "theirs"
        taken = self.choose((held.id, "")) or has
        they, other = ("you", "they") if has == "mine" else ("they", "you")
        end = "it stays" if taken == has else "it is gone"
        self._note(held.id, "", f"{self.names.who(held)}: {other} removed it, {they} changed it; {end}", taken)
        return clone(held) if taken == has else None

    def _fields(self, base: Row | None, mine: Row, theirs: Row) -> Row:
        before = values(base) if base is not None else {}
        merged: dict[str, Any] = {}
        other = values(theirs)
        for name, my_value in values(mine).items():
            their_value = other[name]
            merged[name] = my_value
            if my_value == their_value or (name in before and their_value == before[name]):
                continue
            if name in before and my_value == before[name]:
                merged[name] = their_value
            elif name not in DRAWING:
                merged[name] = self._pick(
                    mine.id, name, self._both(mine, name, my_value, their_value), my_value, their_value
                )
        return clone(mine, **merged)

    def _both(self, row: Row, name: str, mine: Any, theirs: Any) -> str:
        spec = field_specs(type(row)).get(name)
        if name == "parent":
            words = self.names.called(mine), self.names.called(theirs)
        else:
            words = in_words(mine, spec, self.names), in_words(theirs, spec, self.names)
        title = spec.title if spec is not None else name
        return f"{self.names.who(row)}: {title} is {words[0]} in yours, {words[1]} in theirs"

    def _pick(self, row_id: int, name: str, sentence: str, mine: Any, theirs: Any) -> Any:
        taken = self.choose((row_id, name)) or "mine"
        self._note(row_id, name, sentence, taken)
        return mine if taken == "mine" else theirs

    def _note(self, row_id: int, name: str, sentence: str, taken: Side) -> None:
        self.conflicts.append(Conflict(row_id, name, f"{sentence}.", taken))

    def parents(self) -> None:
        """What something stands in comes back when one of the two had removed it."""
        waiting = [row for row in self.merged.values() if isinstance(row, Element)]
        while waiting:
            row = waiting.pop()
            if row.parent in self.merged:
                continue
            lost = next((side[row.parent] for side in (self.mine, self.theirs, self.base) if row.parent in side), None)
            if not isinstance(lost, Element):
                raise FileError(f"The two cannot be merged: what {self.names.who(row)} stands in is in neither.")
            who, kept_for = self.names.who(lost), self.names.called(row.id)
            taken: Side = "mine" if lost.id in self.mine else "theirs"
            self._note(lost.id, "", f"{who} was removed by one of you; it stays, because {kept_for} is in it", taken)
            self.merged[lost.id] = clone(lost)
            waiting.append(lost)

    def links(self) -> None:
        """Links whose ends are there, none twice, no more at one element than may be: mine before theirs."""
        for link in [row for row in self.base.values() if isinstance(row, Link) and row.id not in self.merged]:
            # It went with one of its ends on one side, and that end stays.
            lacking = [side for side in (self.mine, self.theirs) if link.id not in side]
            ends_went = all(not {link.source, link.target} <= side.keys() for side in lacking)
            if len(lacking) == 1 and ends_went and {link.source, link.target} <= self.merged.keys():
                self.merged[link.id] = clone(link)
        present: set[tuple[str, int, int]] = set()
        at: dict[tuple[str, int], int] = {}
        for link in [row for row in self.merged.values() if isinstance(row, Link)]:
            ends = (link.kind, link.source, link.target)
            rule = LINKS.get(link.kind)
            lost = link.source not in self.merged or link.target not in self.merged
            most = rule.per_source if rule is not None else None
            full = most is not None and at.get(ends[:2], 0) >= most
            if lost or full or ends in present:
                del self.merged[link.id]
                if ends not in present:
                    why = "one of its ends was removed" if lost else "each of you added another"
                    taken: Side = "theirs" if link.id in self.mine else "mine"
                    self._note(link.id, "", f"{self.names.who(link)} was left out: {why}", taken)
                continue
            present.add(ends)
            at[ends[:2]] = at.get(ends[:2], 0) + 1

    def drawn(self) -> list[Row]:
        """The merged rows in order; where both changed the drawing, elements make room for each other."""
        project = Project(KINDS, LINKS, list(self.merged.values()))
        if self._differs(self.mine) and self._differs(self.theirs):
            moved = [i for i in project.elements if i != ROOT_ID and self._moved(i)]
            with project.edit("Merge"):
                layout.settle(project, {project.elements[i].parent for i in moved})
                for element_id in moved:
                    if project.kind(element_id).drawn:
                        layout.make_way(project, element_id)
                layout.settle(project, {project.elements[i].parent for i in moved})
        return project.rows()

    def _differs(self, side: dict[int, Row]) -> bool:
        """Whether the drawing of the merged design is another one than that of a side."""
        drawn = {i: row for i, row in side.items() if not isinstance(row, Link)}
        here = {i: row for i, row in self.merged.items() if not isinstance(row, Link)}
        return drawn.keys() != here.keys() or any(_place(here[i]) != _place(row) for i, row in drawn.items())

    def _moved(self, element_id: int) -> bool:
        here = _place(self.merged[element_id])
        mine, theirs = self.mine.get(element_id), self.theirs.get(element_id)
        return mine is None or theirs is None or _place(mine) != here or _place(theirs) != here


def _place(row: Row) -> tuple[Any, ...]:
    held = row.__dict__
    return tuple(held.get(name) for name in ("parent", *DRAWING))
