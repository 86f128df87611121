"""Three-way merge: two versions of one design, merged by id and field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal

from designer.catalog import KINDS, LINKS
from designer.errors import FileError, RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, Link, clone
from designer.model.fields import field_specs
from designer.model.project import Project
from designer.model.standing import broken, to_recheck
from designer.model.tree import Tree
from designer.store.file.content import content_of
from designer.store.file.graph import check_graph
from designer.store.history.compare import DRAWING, Going, Row, RowNames, changed_fields, in_words
from designer.words import tr

Side = Literal["mine", "theirs"]
Words = tuple[str, str, str]
"""The subject of a conflict, mine, theirs."""
RULE = "rule"
"""The `field` of a conflict that tells of a broken rule: there is nothing to choose."""
_STRIDE = 500
_TOLD = 2
"""Fields that are named of a row that one side changed and the other removed."""


@dataclass(frozen=True)
class Conflict:
    """A conflict: `key` names it, `taken` says which side is in the merged design.

    `about` is its subject, `mine` and `theirs` describe each side; both are empty where there is nothing to choose, and
    `sentence` only tells what was done.
    """

    id: int
    field: str
    sentence: str
    taken: Side
    about: str = ""
    mine: str = ""
    theirs: str = ""

    @property
    def open(self) -> bool:
        """Whether mine or theirs can be chosen."""
        return bool(self.mine or self.theirs)

    @property
    def key(self) -> tuple[int, str]:
        """The same in each merge of the same three designs."""
        return self.id, self.field


@dataclass(frozen=True)
class Merged:
    """The merged design, and its conflicts."""

    rows: list[Row]
    conflicts: list[Conflict]


Choose = Callable[[tuple[int, str]], Side | None]
"""The chosen side of a conflict's key; None leaves it to the rules: mine, and keeping before removing."""


def merge(
    base: Iterable[Row],
    mine: Iterable[Row],
    theirs: Iterable[Row],
    choose: Choose = lambda key: None,
    going: Going = lambda part: None,
) -> Merged:
    """Merge two versions of `base`.

    Where both changed the same field, `choose` decides by the conflict's key. What one removed and the other changed
    stays, with its content; places in the drawing are mine and make room where they must. Without a base, each
    difference is a conflict. `going` gets the progress and may raise to end the merge. Raises FileError where the
    result would be no design.
    """
    work = _Merge(list(base), list(mine), list(theirs), choose, going)
    work.rows()
    work.parents()
    work.links()
    going(0.6)
    project = work.drawn()
    rows = project.rows()
    work.rules(project)
    going(0.9)
    try:
        check_graph(content_of(rows))
    except RuleError as error:
        raise FileError(tr("The two cannot be merged: {0} Correct that in one of them first.", error)) from None
    return Merged(rows, list(work.conflicts.values()))


@dataclass
class _Merge:
    base_rows: list[Row]
    my_rows: list[Row]
    their_rows: list[Row]
    choose: Choose
    going: Going
    merged: dict[int, Row] = field(default_factory=dict)
    conflicts: dict[tuple[int, str], Conflict] = field(default_factory=dict)
    stays: dict[Side, list[int]] = field(default_factory=lambda: {"mine": [], "theirs": []})

    def __post_init__(self) -> None:
        self.base = {row.id: row for row in self.base_rows}
        self.mine = {row.id: row for row in self.my_rows}
        self.theirs = {row.id: row for row in self.their_rows}
        self.names = RowNames({**self.base, **self.theirs, **self.mine})

    def rows(self) -> None:
        """Every row of either, its fields merged."""
        every = dict.fromkeys([*self.mine, *self.theirs, *self.base])
        for number, row_id in enumerate(every):
            if number % _STRIDE == 0:
                self.going(0.5 * number / len(every))
            base, mine, theirs = self.base.get(row_id), self.mine.get(row_id), self.theirs.get(row_id)
            if mine is None or theirs is None:
                kept = self._one_sided(base, mine, theirs)
            elif type(mine) is not type(theirs):
                kept = self._pick(row_id, "", self._kinds(mine, theirs), mine, theirs)
            else:
                kept = self._fields(base if type(base) is type(mine) else None, mine, theirs)
            if kept is not None:
                self.merged[row_id] = kept
        for side, stays in ((self.mine, self.stays["mine"]), (self.theirs, self.stays["theirs"])):
            tree = Tree(side.values()) if stays else None
            for element_id in stays:
                assert tree is not None
                self._with_content(element_id, tree)

    def _with_content(self, element_id: int, side: Tree) -> None:
        """The content of an element that stays though one side removed it stays too, unless it was chosen to go."""
        for below in side.subtree(element_id):
            chosen = self.conflicts.get((below, ""))
            parent_stays = side.elements[below].parent in self.merged
            if below not in self.merged and chosen is None and parent_stays and below in self.base:
                self.merged[below] = clone(side.elements[below])

    def _one_sided(self, base: Row | None, mine: Row | None, theirs: Row | None) -> Row | None:
        """A row that only one side has: new, or removed by the other."""
        kept = mine if mine is not None else theirs
        if kept is None:
            return None
        if base is None:
            return clone(kept)
        alike = type(base) is type(kept)
        changed = [name for name in changed_fields(base, kept) if name not in DRAWING] if alike else ["kind"]
        if not changed:
            return None
        has: Side = "mine" if mine is not None else "theirs"
        taken = self.choose((kept.id, "")) or has
        end = tr("it stays") if taken == has else tr("it is removed")
        who = self.names.who(kept)
        made, removed = self._made(base, kept, changed) if alike else tr("changed"), tr("removed")
        if has == "mine":
            said, words = tr("{0}: they removed it, you changed it; {1}", who, end), (who, made, removed)
        else:
            said, words = tr("{0}: you removed it, they changed it; {1}", who, end), (who, removed, made)
        self._note(kept.id, "", said, taken, words)
        if taken != has:
            return None
        if isinstance(kept, Element):
            self.stays[has].append(kept.id)
        return clone(kept)

    def _made(self, base: Row, kept: Row, changed: Sequence[str]) -> str:
        """What was done to a row that the other side removed: the first changed fields."""
        titles = {name: spec.title for name, spec in field_specs(type(kept)).items()}
        told = [
            f"{titles.get(name, name)} {self._both(kept, name, kept.__dict__[name], base.__dict__[name])[1]}"
            for name in changed[:_TOLD]
        ]
        more = [tr("{0} more", len(changed) - _TOLD)] if len(changed) > _TOLD else []
        return tr("changed: {0}", ", ".join([*told, *more]))

    def _fields(self, base: Row | None, mine: Row, theirs: Row) -> Row:
        before = base.__dict__ if base is not None else None
        fields = mine.__dict__
        merged: dict[str, Any] = {}
        for name, (my_value, their_value) in changed_fields(mine, theirs).items():
            if before is not None and their_value == before[name]:
                continue
            if before is not None and my_value == before[name]:
                merged[name] = their_value
            elif name not in DRAWING:
                words = self._both(mine, name, fields[name], their_value)
                merged[name] = self._pick(mine.id, name, words, my_value, their_value)
        return clone(mine, **merged)

    def _both(self, row: Row, name: str, mine: Any, theirs: Any) -> Words:
        spec = field_specs(type(row)).get(name)
        if name in ("parent", "source", "target"):
            words = self.names.called(mine), self.names.called(theirs)
        else:
            words = in_words(mine, spec, self.names), in_words(theirs, spec, self.names)
            if words[0] == words[1]:
                words = in_words(mine, spec, self.names, exact=True), in_words(theirs, spec, self.names, exact=True)
        return f"{self.names.who(row)}: {spec.title if spec is not None else name}", *words

    def _kinds(self, mine: Row, theirs: Row) -> Words:
        first, second = (self.names.who(row) for row in (mine, theirs))
        return tr("{0}: it", first), f"{first[:1].lower()}{first[1:]}", f"{second[:1].lower()}{second[1:]}"

    def _pick(self, row_id: int, name: str, words: Words, mine: Any, theirs: Any) -> Any:
        taken = self.choose((row_id, name)) or "mine"
        self._note(row_id, name, tr("{0} is {1} in yours, {2} in theirs", words[0], words[1], words[2]), taken, words)
        return mine if taken == "mine" else theirs

    def _note(self, row_id: int, name: str, sentence: str, taken: Side, words: Words = ("", "", "")) -> None:
        """The last note on a row or field counts."""
        self.conflicts[row_id, name] = Conflict(row_id, name, f"{sentence}.", taken, *words)

    def parents(self) -> None:
        """The container of a kept element is restored when one side removed it."""
        waiting = [row for row in self.merged.values() if isinstance(row, Element)]
        while waiting:
            row = waiting.pop()
            if row.parent in self.merged:
                continue
            lost = next((side[row.parent] for side in (self.mine, self.theirs, self.base) if row.parent in side), None)
            if not isinstance(lost, Element):
                raise FileError(
                    tr("The two cannot be merged: the container of {0} is in neither.", self.names.who(row))
                )
            who, kept_for = self.names.who(lost), self.names.called(row.id)
            taken: Side = "mine" if lost.id in self.mine else "theirs"
            self._note(
                lost.id, "", tr("{0} was removed by one of you; it stays, because {1} is in it", who, kept_for), taken
            )
            self.merged[lost.id] = clone(lost)
            waiting.append(lost)

    def links(self) -> None:
        """Links with both ends present, none twice, no more at one element than allowed: mine before theirs."""
        for link in [row for row in self.base.values() if isinstance(row, Link) and row.id not in self.merged]:
            # It went with one of its ends on one side, and that end stays.
            lacking = [side for side in (self.mine, self.theirs) if link.id not in side]
            ends_went = all(not {link.source, link.target} <= side.keys() for side in lacking)
            if len(lacking) == 1 and ends_went and {link.source, link.target} <= self.merged.keys():
                self.merged[link.id] = clone(link)
        present: set[tuple[str, int, int]] = set()
        at: dict[tuple[str, int], list[Link]] = {}
        for link in [row for row in self.merged.values() if isinstance(row, Link)]:
            ends = (link.kind, link.source, link.target)
            siblings = at.setdefault(ends[:2], [])
            rule = LINKS.get(link.kind)
            most = rule.per_source if rule is not None else None
            if ends in present:
                del self.merged[link.id]
            elif not {link.source, link.target} <= self.merged.keys():
                del self.merged[link.id]
                taken: Side = "theirs" if link.id in self.mine else "mine"
                why = tr("one of its ends was removed")
                self._note(link.id, "", tr("{0} was left out: {1}", self.names.who(link), why), taken)
            elif most is None or len(siblings) < most or self._other_goes(link, siblings):
                present.add(ends)
                siblings.append(link)

    def _other_goes(self, link: Link, siblings: list[Link]) -> bool:
        """Decide which of two links stays where only one is allowed: mine, unless theirs is chosen; true when the
        other was removed."""
        other = siblings[-1]
        names = [self.names.called(one.target) for one in (other, link)]
        chosen = self.choose((link.id, "")) or "mine"
        stays, goes = (other, link) if chosen == "mine" else (link, other)
        del self.merged[goes.id]
        sentence = tr("{0} was left out: each of you added another", self.names.who(goes))
        about = tr("{0} from {1}", self.names.who(stays).split(" from ")[0], self.names.called(link.source))
        self._note(link.id, "", sentence, chosen, (about, tr("leads to {0}", names[0]), tr("leads to {0}", names[1])))
        if goes is other:
            siblings.remove(other)
        return goes is other

    def drawn(self) -> Project:
        """The merged design; where both changed the drawing, elements make room for each other."""
        project = Project(KINDS, LINKS, list(self.merged.values()))
        if self._differs(self.mine) and self._differs(self.theirs):
            moved = [i for i in project.elements if i != ROOT_ID and self._moved(i)]
            with project.edit("Merge"):
                layout.settle(project, {project.elements[i].parent for i in moved})
                for element_id in moved:
                    if project.kind(element_id).drawn:
                        layout.make_way(project, element_id)
                layout.settle(project, {project.elements[i].parent for i in moved})
        return project

    def rules(self, project: Project) -> None:
        """Tell the rules of placing and linking that the merged design breaks, and that neither of the two breaks."""
        ids: dict[int, None] = {}
        for side in (self.mine, self.theirs):
            alike = {i: row for i, row in self.merged.items() if i in side and type(side[i]) is type(row)}
            fields = {i: changed_fields(side[i], row) for i, row in alike.items()}
            changed = {i: names for i, names in fields.items() if names}
            ids |= to_recheck(project, KINDS, LINKS, changed, self.merged.keys() - alike.keys())
        found = dict(broken(project, KINDS, LINKS, ids))
        for side in (self.mine, self.theirs) if found else ():
            for row_id, _ in broken(Tree(side.values()), KINDS, LINKS, [i for i in found if i in side]):
                found.pop(row_id, None)
        for row_id, sentence in sorted(found.items(), key=itemgetter(1)):
            self._note(row_id, RULE, tr("{0}: the merged design breaks this rule", sentence[:-1]), "mine")

    def _differs(self, side: dict[int, Row]) -> bool:
        """Whether the drawing of the merged design differs from that of a side."""
        drawn = {i: row for i, row in side.items() if not isinstance(row, Link)}
        here = {i: row for i, row in self.merged.items() if not isinstance(row, Link)}
        return drawn.keys() != here.keys() or any(_place(here[i]) != _place(row) for i, row in drawn.items())

    def _moved(self, element_id: int) -> bool:
        here = _place(self.merged[element_id])
        mine, theirs = self.mine.get(element_id), self.theirs.get(element_id)
        return mine is None or theirs is None or _place(mine) != here or _place(theirs) != here


def _place(row: Row) -> tuple[Any, ...]:
    fields = row.__dict__
    return tuple(fields.get(name) for name in ("parent", *DRAWING))
