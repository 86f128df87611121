"""The results of a run as a table, some rows at once: a row an element and recording step, a column a quantity."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.errors import RuleError
from designer.model.element import id_text
from designer.study.results.quantities import Quantity
from designer.study.results.reading import RunResults
from designer.study.series import Cells
from designer.study.summary import SummaryRow
from designer.words import tr

CELLS_AT_ONCE = 1 << 18
"""Numbers that are read together: 2 MiB."""
ROWS_AT_ONCE = 1_000
"""Rows of the table of figures that are made together."""
KEYS = ("time_s", "id", "kind", "name")
"""The columns before the quantities: when the step begins, and whose row it is."""
Block = dict[str, Sequence[Any] | NDArray[Any]]


@dataclass(frozen=True)
class Chosen:
    """The rows and columns of a table: elements by id with kind and name, and quantities."""

    elements: dict[int, tuple[str, str]]
    quantities: Sequence[Quantity]

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column."""
        return {"time_s": "s", **dict.fromkeys(KEYS[1:], "text"), **{of.name: of.unit for of in self.quantities}}


def choose(
    run: RunResults,
    elements: Collection[int] = (),
    kinds: Collection[str] = (),
    names: Collection[str] = (),
) -> Chosen:
    """The rows and columns of some elements or kinds, and some quantities; none named: all. Rows come in the order of
    the quantities: first what has the first.

    Raises RuleError where the run does not tell such a quantity, or nothing of these elements.
    """
    known = {of.name for of in run.quantities}
    for name in names:
        if name not in known:
            raise RuleError(tr("The run tells no {0}. It tells {1}.", name, ", ".join(sorted(known))))
    wanted = [of for of in run.quantities if not names or of.name in names]
    found: dict[int, tuple[str, str]] = {}
    had = []
    for of in wanted:
        owners = run.owners(of.of)
        rows = [(owners.ids[n], owners.kinds[n], owners.names[n]) for n in run.table(of)[0].tolist()]
        mine = {i: (kind, name) for i, kind, name in rows if _is_chosen(i, kind, elements, kinds)}
        if mine:
            had.append(of)
            found |= {i: row for i, row in mine.items() if i not in found}
    if not found:
        raise RuleError(tr("The run tells nothing of this kind. Choose other elements or quantities."))
    return Chosen(found, had)


def _is_chosen(element_id: int, kind: str, elements: Collection[int], kinds: Collection[str]) -> bool:
    return (not elements or element_id in elements) and (not kinds or kind in kinds)


def blocks(run: RunResults, chosen: Chosen) -> Iterator[tuple[float, Block]]:
    """Yield the table in pieces of some elements, all steps of each; with the part of it that is done then."""
    steps, ids = run.edges_s.size - 1, list(chosen.elements)
    many = max(1, CELLS_AT_ONCE // max(1, steps * (len(chosen.quantities) + len(KEYS))))
    tables: list[tuple[str, dict[int, int], Cells]] = []
    for of in chosen.quantities:
        which, cells = run.table(of)
        owners = run.owners(of.of).ids
        tables.append((of.name, {owners[n]: k for k, n in enumerate(which.tolist())}, cells))
    for first in range(0, len(ids), many):
        some = ids[first : first + many]
        rows = np.repeat(np.arange(len(some)), steps)
        block: Block = {"time_s": np.tile(run.edges_s[:-1], len(some))}
        kinds, names = zip(*(chosen.elements[i] for i in some))
        for key, values in (("id", [id_text(i) for i in some]), ("kind", kinds), ("name", names)):
            block[key] = [values[n] for n in rows.tolist()]
        for name, at, cells in tables:
            block[name] = _values(at, cells, some, steps)
        yield (first + len(some)) / len(ids), block


def _values(at: dict[int, int], cells: Cells, ids: Sequence[int], steps: int) -> NDArray[np.float64]:
    """The values of some elements, one element after the other; NaN of those that do not have the quantity."""
    found = np.full((len(ids), steps), np.nan)
    rows = [n for n, i in enumerate(ids) if i in at]
    if rows:
        found[rows] = np.asarray(cells[:, np.array([at[ids[n]] for n in rows])], np.float64).T
    return found.reshape(-1)


FIGURE_UNITS = {"id": "text", "kind": "text", "name": "text", "figure": "text", "value": "", "unit": "text"}


def figure_blocks(run: RunResults) -> tuple[dict[str, str], Iterator[tuple[float, Block]]]:
    """The figures of a run over its whole length: the columns with their units, and the table in pieces."""
    return FIGURE_UNITS, _figures(run.summary)


def _figures(table: Sequence[SummaryRow]) -> Iterator[tuple[float, Block]]:
    for first in range(0, len(table), ROWS_AT_ONCE):
        rows = [
            (id_text(row.id), row.kind, row.name, title, value, unit)
            for row in table[first : first + ROWS_AT_ONCE]
            for title, (value, unit) in row.values.items()
        ]
        yield min(first + ROWS_AT_ONCE, len(table)) / len(table), dict(zip(FIGURE_UNITS, map(list, zip(*rows))))
