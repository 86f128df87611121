"""Whether elements are one tree with legal parents, and links join legal ends; on arrays, as a design may hold a
million links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.catalog import KINDS, LINKS
from designer.errors import RuleError
from designer.model.amounts import ELEMENT_LIMIT
from designer.model.element import ROOT_ID
from designer.model.kind import LinkKind, why_not_inside
from designer.store.file.check import who_of
from designer.store.file.content import Content
from designer.store.file.faults import shown
from designer.store.file.schema import SchemaTable, table_of
from designer.words import tr

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class _Elements:
    """All elements: their kinds in order, where the rows of each begin (and the last ends), ids and parents.

    `order` sorts the ids.
    """

    kinds: list[str]
    begins: list[int]
    ids: Numbers
    parents: Numbers
    order: Numbers

    def rows_of(self, ids: Numbers) -> Numbers:
        """The row of each id; -1 where no element has it."""
        known = self.ids[self.order]
        places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return np.where(known[places] == ids, self.order[places], -1)

    def kinds_at(self, rows: Numbers) -> set[str | None]:
        """The kinds of the elements at some rows; None where a row is -1."""
        places = np.searchsorted(self.begins, rows, "right") - 1  # -1 stands before the first
        counts = np.bincount(places + 1, minlength=len(self.kinds) + 1)
        return {kind for kind, n in zip([None, *self.kinds], counts.tolist()) if n}


def check_graph(content: Content) -> None:
    """Check that the elements are one tree with legal parents, and that links join legal ends. Raises RuleError."""
    elements = _elements(content)
    if len(elements.ids) > ELEMENT_LIMIT:
        raise RuleError(tr("It holds {0:,} elements; the most is {1:,}.", len(elements.ids), ELEMENT_LIMIT))
    _check_ids(content, elements)
    first = slice(*elements.begins[:2])
    if elements.kinds[:1] != ["design"] or elements.ids[first].tolist() != [ROOT_ID]:
        raise RuleError(tr("It does not hold exactly one design."))
    if elements.parents[first].tolist() != [ROOT_ID]:
        raise RuleError(tr("It does not hold exactly one design."))
    above = elements.rows_of(elements.parents)
    for kind, begin, end in zip(elements.kinds[1:], elements.begins[1:], elements.begins[2:]):
        if not elements.kinds_at(above[begin:end]) <= set(KINDS[kind].inside):
            _blame_parent(content, elements, kind, begin, above[begin:end])
    _check_no_circle(above)
    _check_links(content, elements)


def check_links(content: Content) -> None:
    """Check that links join legal ends, each pair once. Raises RuleError, and others where ids are no numbers."""
    _check_links(content, _elements(content))


def _elements(content: Content) -> _Elements:
    """All elements, the design's row first."""
    kinds, ids, parents, begins = [], [], [], [0]
    for name in sorted(KINDS, key="design".__ne__):
        table = table_of(KINDS[name].table)
        if columns := content[table.name]:
            kinds.append(name)
            ids.append(np.array(columns[table.place("id")], np.int64))
            parents.append(np.array(columns[table.place("parent")], np.int64))
            begins.append(begins[-1] + len(ids[-1]))
    if not ids:
        raise RuleError(tr("It does not hold exactly one design."))
    every = np.concatenate(ids)
    return _Elements(kinds, begins, every, np.concatenate(parents), every.argsort(kind="stable"))


def _check_ids(content: Content, elements: _Elements) -> None:
    links = np.array(content["link"][0] if content["link"] else [], np.int64)
    ids = np.sort(np.concatenate((elements.ids, links)))
    if (ids[1:] == ids[:-1]).any():
        every = Counter(i for name, columns in content.items() if columns and name != "meta" for i in columns[0])
        raise RuleError(tr("Two elements in it have the id {0}.", every.most_common(1)[0][0]))


def _blame_parent(content: Content, elements: _Elements, kind: str, begin: int, above: Numbers) -> None:
    table: SchemaTable = table_of(KINDS[kind].table)
    for number, row in enumerate(above.tolist()):
        who = who_of(table, content[table.name], number)
        if row < 0:
            raise RuleError(tr("The container of {0} is missing.", who))
        if row == begin + number:
            raise RuleError(tr("{0} stands in itself.", who))
        (parent,) = elements.kinds_at(above[number : number + 1])
        if parent is not None and (why := why_not_inside(KINDS, kind, parent)):
            raise RuleError(tr("{0} stands in a {1}; {2}.", who, tr(KINDS[parent].noun), why))


def _check_no_circle(above: Numbers) -> None:
    """Each pass looks twice as far up: in the end every element sees the design, or its circle."""
    for _ in range(len(above).bit_length()):
        above = above[above]
    if above.any():
        raise RuleError(tr("Some elements stand in each other in a circle."))


def _check_links(content: Content, elements: _Elements) -> None:
    if not content["link"]:
        return
    _, kinds, sources, targets, _ = content["link"]
    starts, ends = (elements.rows_of(np.array(ids, np.int64)) for ids in (sources, targets))
    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    number_of = np.fromiter(map(numbers.__getitem__, kinds), np.int64, len(kinds))
    for kind, number in numbers.items():
        rule = LINKS.get(kind)
        if rule is None:
            raise RuleError(tr("It holds a link of the kind “{0}”, which this version does not know.", shown(kind, 60)))
        of_kind = number_of == number
        _check_kind(elements, rule, starts[of_kind], ends[of_kind])


def _check_kind(elements: _Elements, rule: LinkKind, starts: Numbers, ends: Numbers) -> None:
    """Check the links of one kind, given by the rows of their ends."""
    found = elements.kinds_at(starts), elements.kinds_at(ends)
    if None in found[0] or None in found[1]:
        raise RuleError(tr("One end of a link “{0}” is missing.", tr(rule.label)))
    if not (found[0] <= set(rule.sources) and found[1] <= set(rule.targets)):
        raise RuleError(tr("A link “{0}” joins elements that it may not join.", tr(rule.label)))
    pairs = np.sort(starts * len(elements.ids) + ends)
    if (pairs[1:] == pairs[:-1]).any():
        raise RuleError(tr("Two links “{0}” join the same two elements.", tr(rule.label)))
    most = int(np.bincount(starts).max())
    if rule.per_source is not None and most > rule.per_source:
        raise RuleError(tr("{0} links “{1}” start at one element.", most, tr(rule.label)))
