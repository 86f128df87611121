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


def rows_of(project: Project, lines: Iterable[CostLine], by: By) -> list[CostRow]:
    """The rows of some lines, the dearest first, then what has no price."""
    key = key_of(project, by)
    found: dict[tuple[object, ...], list[CostLine]] = {}
    for line in lines:
        price = (line.price.usd, line.price.source) if line.price is not None else None
        found.setdefault((key(line), line.what, line.unit, price, line.yours), []).append(line)
    rows = [_row(project, group[0], some) for group, some in found.items()]
    return sorted(rows, key=lambda row: (row.price is None, -row.sum.usd, row.group, row.what))


def _row(project: Project, group: object, lines: list[CostLine]) -> CostRow:
    first = lines[0]
    name = project.elements[group].name if isinstance(group, int) else str(group)
    elements = tuple(dict.fromkeys(line.element for line in lines))
    quantity = sum(line.quantity for line in lines)
    kind = project.elements[first.element].kind
    return CostRow(name, tr(first.what), kind, quantity, first.unit, first.price, first.mark, total(lines), elements)


def left_out(lines: Iterable[CostLine]) -> list[tuple[str, int]]:
    """What has no price and is not in the total, with how often, the most first."""
    return Counter(tr(line.what) for line in lines if line.price is None).most_common()
