"""A tree that knows its kinds: what may stand where, what may be linked, and checks of many new rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from designer.errors import RuleError
from designer.model.columns import check_rows
from designer.model.element import Element, Link, clone
from designer.model.kind import Kind, Kinds, LinkKinds, why_not_inside
from designer.model.tree import Tree
from designer.words import tr


@cache
def _reading(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Any]:
    """What tells elements apart that are asked for a place: their parent, and the fields with these names."""
    return itemgetter("parent", *names)


class RuledTree(Tree):
    """Elements and links with the rules of their kinds; the rules only answer, a Project writes."""

    def __init__(self, kinds: Kinds, link_kinds: LinkKinds, rows: Iterable[Element | Link]) -> None:
        self.kinds = kinds
        self.link_kinds = link_kinds
        super().__init__(rows)

    def kind(self, element_id: int) -> Kind:
        """The kind of an element."""
        return self.kinds[self.elements[element_id].kind]

    def why_not(self, kind: str, parent_id: int, element: Element | None = None) -> str | None:
        """Why an element of a kind may not stand in a parent, or None when it may (asked while hovering)."""
        parent = self.elements.get(parent_id)
        if parent is None:
            return tr("Its container no longer exists")
        reason = why_not_inside(self.kinds, kind, parent.kind)
        rules = self.kinds[kind]
        if reason or (rules.placement_error is None and rules.value_error is None):
            return reason
        row = element or rules.table(**self.defaults_in(kind, parent_id))
        reason = rules.value_error(row) if rules.value_error is not None else None
        return reason or (rules.placement_error(self, row, parent) if rules.placement_error is not None else None)

    def how_many(self, row: Element, count: int) -> tuple[int, str | None]:
        """How many new elements equal to a row, at most `count`, its parent takes one after the other, and why it
        refuses the next one (None when it takes all). The cost grows with the result, not with `count`."""
        reason = self.why_not(row.kind, row.__dict__["parent"], row)
        if reason or self.kinds[row.kind].placement_error is None:
            return (0, reason) if reason else (count, None)
        taken, refused, step = min(1, count), count + 1, 16
        while refused - taken > 1:  # twice as many each time, then halved between what is taken and what is refused
            asked = min(taken + step, count) if refused > count else (taken + refused) // 2
            why = self._why_not_last(row, asked)
            taken, refused, reason = (taken, asked, why) if why else (asked, refused, reason)
            step *= 2
        return taken, reason

    def _why_not_last(self, row: Element, count: int) -> str | None:
        """Why the last of `count` new elements equal to a row may not stand in its parent when the others do."""
        others = [clone(row, id=-n) for n in range(1, count)]
        self._enter(others)
        try:
            return self.why_not(row.kind, row.__dict__["parent"], row)
        finally:
            self._leave(others)

    def defaults_in(self, kind: str, parent_id: int) -> Mapping[str, Any]:
        """Values of a new element of a kind in a parent that replace its defaults."""
        given = self.kinds[kind].defaults_in
        return given(self, self.elements[parent_id]) if given is not None else {}

    def why_no_link(self, kind: str, source_id: int, target_id: int) -> str | None:
        """Why a link of a kind may not join two elements, or None when it may."""
        rule = self.link_kinds.get(kind)
        source, target = self.elements.get(source_id), self.elements.get(target_id)
        if rule is None or source is None or target is None:
            return tr("One end of the link no longer exists")
        if source.kind not in rule.sources or target.kind not in rule.targets:
            joined = tr("{0} with {1}", self.kinds[source.kind].noun, self.kinds[target.kind].noun)
            return tr("“{0}” does not join a {1}", rule.label, joined)
        present = [k for k in self.links_of(source_id, kind) if k.source == source_id]
        if any(k.target == target_id for k in present):
            return tr("{0} already has this link to {1}", source.name, target.name)
        if rule.per_source is not None and len(present) >= rule.per_source:
            return tr("{0} already has its link “{1}”", source.name, rule.label)
        return rule.link_error(self, source, target) if rule.link_error is not None else None

    def called(self, row: Element) -> str:
        """The name of an element in a sentence."""
        return str(row.__dict__["name"]) or self.kinds[row.kind].label

    # -- new rows

    def _let_in(self, rows: Sequence[Element]) -> None:
        """Add new elements.

        Raises RuleError for the first refused one; then none is added. A rule about siblings is asked when all are
        there: what it allows then, it allows one after the other. Only where it refuses, each is asked by itself, so
        the sentence names the first.
        """
        self._must_have_places(rows)
        check_rows(rows, self.called)
        self._rank_newcomers(rows)
        self._enter(rows)
        refused = self._refusing(rows)
        if not refused:
            return
        self._leave(rows)
        for done, row in enumerate(rows):
            fields = row.__dict__
            reason = self.why_not(row.kind, fields["parent"], row) if fields["parent"] in refused else None
            if reason:
                self._leave(rows[:done])
                raise RuleError(tr("{0} cannot be placed here: {1}.", self.called(row), reason))
            self._enter([row])

    def _must_have_places(self, rows: Sequence[Element]) -> None:
        """Raise RuleError where an id is taken, a parent is missing, or a kind may not stand in another."""
        known: dict[int, str] = {}
        seen: set[tuple[str, str]] = set()
        for row in rows:
            fields = row.__dict__
            element_id, parent = fields["id"], fields["parent"]
            if element_id in self.elements or element_id in self.links or element_id in known:
                raise RuleError(tr("{0}: its id is already in the design.", self.called(row)))
            above = known.get(parent) or (self.elements[parent].kind if parent in self.elements else "")
            reason = None if above else tr("Its container no longer exists")
            if above and (row.kind, above) not in seen:
                reason = why_not_inside(self.kinds, row.kind, above)
                seen.add((row.kind, above))
            if reason:
                raise RuleError(tr("{0} cannot be placed here: {1}.", self.called(row), reason))
            known[element_id] = row.kind

    def _rank_newcomers(self, rows: Sequence[Element]) -> None:
        """Rank new elements without a rank after the present ones."""
        last: dict[int, int | None] = {}
        for row in rows:
            fields = row.__dict__
            parent = fields["parent"]
            if parent not in last:
                siblings = self.children(parent)
                last[parent] = self.elements[siblings[-1]].__dict__["rank"] if siblings else None
            highest = last[parent]
            if highest is not None and not fields["rank"]:
                fields["rank"] = highest + 1
            last[parent] = fields["rank"] if highest is None else max(highest, fields["rank"])

    def _refusing(self, rows: Sequence[Element]) -> set[int]:
        """The parents that refuse one of the new elements, all of which are present."""
        seen: set[tuple[str, Any]] = set()
        refusing: set[int] = set()
        for row in rows:
            kind, fields = self.kinds[row.kind], row.__dict__
            if kind.value_error is not None and kind.value_error(row):
                refusing.add(fields["parent"])
            if kind.placement_error is None:
                continue
            if kind.placement_reads is not None:
                key = kind.name, _reading(kind.placement_reads)(fields)
                if key in seen:
                    continue
                seen.add(key)
            if kind.placement_error(self, row, self.elements[fields["parent"]]):
                refusing.add(fields["parent"])
        return refusing

    def _let_in_link(self, link: Link) -> None:
        """Add a new link. Raises RuleError."""
        reason = self.why_no_link(link.kind, link.source, link.target)
        if reason:
            raise RuleError(f"{reason}.")
        check_rows([link])
        self._enter([link])
