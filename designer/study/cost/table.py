"""The rows of a bill as one reads it: what is alike in a zone, a service or a kind is one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from designer.catalog.reference.prices import Price
from designer.model.project import Project
from designer.study.cost.groups import By, key_of
from designer.study.cost.lines import CostLine, CostSum, Mark, total
from designer.words import mark, tr

SIGNS = {"list": "", "derived": "~", "yours": "•", "none": ""}
"""What stands before a figure."""
NO_PRICE = mark("No price")


@dataclass(frozen=True)
class CostRow:
    """Lines of one group for one thing at one price."""

    group: str
    what: str
    kind: str
    """The kind of the elements."""
    quantity: float
    unit: str
    price: Price | None
    mark: Mark
    sum: CostSum
    elements: tuple[int, ...]

    @property
    def usd(self) -> float | None:
        """USD a month; None without a price."""
        return None if self.price is None else self.sum.usd

    @property
    def source(self) -> str:
        """Where the price is from and of which day."""
        return tr(NO_PRICE) if self.price is None else self.price.source


@dataclass(frozen=True)
class GroupedLines:
    """Lines of a bill, the group of each, and what rows tell of the design: another thread can make rows of it."""

    lines: tuple[CostLine, ...]
    groups: tuple[int | str, ...]
    names: dict[int | str, str]
    kinds: dict[int, str]
    """The kind of each element, by its id."""


def grouped(project: Project, lines: Iterable[CostLine], by: By) -> GroupedLines:
    """Some lines by group."""
    every, elements = tuple(lines), project.elements
    groups = tuple(map(key_of(project, by), every))
    names = {group: elements[group].name if isinstance(group, int) else group for group in set(groups)}
    return GroupedLines(every, groups, names, {line.element: elements[line.element].kind for line in every})


def rows_of(project: Project, lines: Iterable[CostLine], by: By) -> list[CostRow]:
    """The rows of some lines, the dearest first, then what has no price."""
    return rows_in(grouped(project, lines, by))


def rows_in(some: GroupedLines) -> list[CostRow]:
    """The rows of lines by group, the dearest first, then what has no price; equal ones by what they are for."""
    found: dict[tuple[object, ...], list[CostLine]] = {}
    names: dict[tuple[object, ...], str] = {}
    for line, group in zip(some.lines, some.groups, strict=True):
        price = (line.price.usd, line.price.source) if line.price is not None else None
        key = (group, line.what, line.unit, price, line.yours)
        found.setdefault(key, []).append(line)
        names[key] = some.names[group]
    rows = [_row(names[key], some.kinds[lines[0].element], lines) for key, lines in found.items()]
    return sorted(rows, key=lambda row: (row.price is None, -round(row.sum.usd, 6), row.what, row.group))


def _row(group: str, kind: str, lines: list[CostLine]) -> CostRow:
    first = lines[0]
    elements = tuple(dict.fromkeys(line.element for line in lines))
    quantity = sum(line.quantity for line in lines)
    return CostRow(group, tr(first.what), kind, quantity, first.unit, first.price, first.mark, total(lines), elements)


def left_out(lines: Iterable[CostLine]) -> list[tuple[str, int]]:
    """What has no price and is not in the total, with how often, the most first."""
    return Counter(tr(line.what) for line in lines if line.price is None).most_common()
