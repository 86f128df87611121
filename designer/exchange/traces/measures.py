"""A row a sample, with a column that says what each row measures: which of the measures is the load."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.csv_table import CsvTable
from designer.exchange.grid import Floats, Ints
from designer.exchange.numbers import Numbers
from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.titles import LOADS, Title, title_of
from designer.exchange.traces.loads import listed
from designer.exchange.traces.shape import is_number
from designer.words import tr

MEASURE_TITLES = frozenset((
    "metric", "metricid", "metricname", "counter", "counterid", "countername", "measure", "measurement", "field",
    "variable", "indicator", "item", "itemname", "sensor", "statistic",
))  # fmt: skip
"""Titles of columns that say what a row measures."""
OF_LOAD = frozenset(("cpu", "usage", "util", "utilization", "utilisation", "load", "percent", "pct", "average", "avg",
                     "mean", "total", "used", "host", "vm", "guest", "virtual", "machine"))  # fmt: skip
"""Words of which the name of the CPU's load is made."""
MOST_MEASURES = 200
"""A column of more texts than these says something else."""
REPEATED_S = 3600.0
"""Rows of one VM and time within this span of a longer file are the hour that a clock change repeats."""
SELDOM = 0.01
"""The part of all rows below which rows of one VM and time are not several measures."""


class MeasureColumns:
    """Notes, row by row, the texts of the columns that may say what a row measures."""

    def __init__(self, table: CsvTable, titles: Iterable[Title], used: set[int], load: Title) -> None:
        """`used`: the columns of names, times and loads; `load`: the title of the last."""
        self._table, self._titles, self._says_cpu = table, list(titles), load.key.startswith("cpu")
        head = [row for _, row in table.head[1:]]
        self._texts: dict[int, dict[str, int]] = {
            n: {}
            for n in range(len(self._titles))
            if n not in used and any(len(row) > n and _is_text(row[n]) for row in head)
        }
        self._found = {n: array("i") for n in self._texts}

    def add(self, row: list[str]) -> None:
        """Note one more row."""
        for n in tuple(self._texts):
            known = self._texts[n]
            self._found[n].append(known.setdefault(row[n].strip(), len(known)))
            if len(known) > MOST_MEASURES:
                del self._texts[n], self._found[n]

    def chosen(self, who: Ints, when: Floats, answers: Answers) -> NDArray[np.bool_] | None:
        """Which rows tell the load; None where no column says what they measure. Raises OpenQuestionError where several
        measures may be the load."""
        column = self._column(who, when)
        if column is None:
            return None
        texts, title = list(self._texts[column]), self._titles[column].text
        loads = [text for text in texts if is_load(text)]
        if answers.measure:
            loads = [text for text in texts if text.casefold() == answers.measure.strip().casefold()]
            if not loads:
                raise ImportFileError(tr("{0} has no “{1}” in “{2}”.", self._table.name, answers.measure, title))
        if len(loads) != 1:
            sentence = tr("{0}: which of {1} in “{2}” is the load?", self._table.name,
                          listed([f"“{text}”" for text in texts]), title)  # fmt: skip
            raise OpenQuestionError(sentence, "measure")
        if len(texts) == 1:
            return None
        others = listed([text for text in texts if text != loads[0]])
        self._table.said.append(tr("“{0}” in “{1}” is the load; not used: {2}", loads[0], title, others))
        return np.asarray(np.array(self._found[column]) == self._texts[column][loads[0]])

    def _column(self, who: Ints, when: Floats) -> int | None:
        """The column that says what rows measure: by its title, or as it alone tells apart rows of one VM and time. A
        title that names the CPU's load says it already, where a VM and time have one row."""
        doubled = _doubled(who, when)
        if _is_noise(when[doubled], when):
            doubled = doubled[:0]
        for n in self._texts:
            if self._titles[n].key in MEASURE_TITLES and (doubled.size or not self._says_cpu):
                return n
        for n, found in self._found.items() if doubled.size else ():
            if _doubled(who, when, np.array(found)).size < doubled.size / 2:
                return n
        return None


def _is_noise(doubled: Floats, when: Floats) -> bool:
    """Whether rows of one VM and time are a repeated hour of a clock change, or too few to be several measures."""
    if doubled.size < SELDOM * when.size:
        return True
    return bool(np.ptp(doubled) <= REPEATED_S < np.ptp(when) / 2)


def is_load(text: str) -> bool:
    """Whether the name of a measure is that of the CPU's load, or of requests: "cpu.usage.average", "RequestCount"."""
    title = title_of(text)
    return title.key in LOADS or ("cpu" in title.words and OF_LOAD.issuperset(title.words))


def _doubled(*columns: NDArray[np.int64] | Floats | NDArray[np.int32]) -> Ints:
    """Which rows are equal to another in some columns, but the first of each."""
    order = np.lexsort(columns)
    same = np.ones(max(order.size - 1, 0), np.bool_)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    return np.asarray(order[1:][same])


def _is_text(cell: str) -> bool:
    return bool(cell.strip()) and not is_number(cell, Numbers())
