"""How a table of traces is laid out: by its titles and first rows, or by what was answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

from designer.errors import ImportFileError
from designer.exchange.csv_table import CsvTable
from designer.exchange.numbers import Numbers
from designer.exchange.questions import Answers, OpenQuestionError, Shape
from designer.exchange.titles import LOADS, NAMES, TIMES, surest, title_of
from designer.exchange.traces.dates import Dates
from designer.exchange.traces.times import moment_of
from designer.words import tr


class Layout:
    """Titles of a table, and what they and the answers say of its columns."""

    def __init__(self, table: CsvTable, answers: Answers) -> None:
        self.table, self.answers = table, answers
        self.titles = [title_of(cell) for cell in table.header]

    def shape(self) -> Shape:
        """How the file is laid out, by its titles and first rows. Raises OpenQuestionError."""
        titles, given = self.titles, self.answers
        if given.name_column or (given.time_column and given.load_column and self._surest(NAMES) is None):
            return "long" if given.name_column else "machine"
        answered = (given.name_column, NAMES), (given.time_column, TIMES), (given.load_column, LOADS)
        name, time, load = (
            self.column(title, known, "") if title else self._surest(known) for title, known in answered
        )
        first_time = time == 0 or titles[0].is_time or self._under_is_date()
        if name is not None and time is not None and load is not None:
            return "long"
        if first_time and (not is_number(self.table.header[-1], Numbers()) or self._under_is_time()):
            return self._columns_or_machine()
        if load is not None and time is not None and name is None and not first_time:
            return self._columns_or_machine()
        if self._repeats_names():
            self._ask_columns(name, time, load)
        return "rows"

    def _surest(self, known: Sequence[str]) -> int | None:
        """The column whose title is the surest known one, or None. A column with empty cells names no VMs."""
        titles = self.titles
        if known is NAMES:
            rows = [row for _, row in self.table.head[1:]]
            gaps = {n for n in range(len(titles)) if any(n < len(row) and not row[n].strip() for row in rows)}
            titles = [title_of("") if n in gaps else title for n, title in enumerate(titles)]
        return surest(titles, known)

    def _columns_or_machine(self) -> Shape:
        given = self.answers.time_column
        time = self.column(given, TIMES, "time") if given else None
        others = [title for n, title in enumerate(self.titles) if n != time and not title.is_time]
        measures = [title for title in others if title.is_measure]
        if not measures:
            return "columns"
        loads = [title for title in others if title.key in LOADS]
        if loads and len(measures) == len(others):
            return "machine"
        named = ", ".join(f"“{title.text}”" for title in measures[:3])
        raise OpenQuestionError(
            tr("{0}: {1} may be VMs, or measures of one VM.", self.table.name, named), "shape", "load_column"
        )

    def samples(self, first: int) -> slice:
        """The columns of samples under a header in which a row is a VM. Raises OpenQuestionError where they may be
        measures."""
        if self.answers.load_column:
            load = self.column(self.answers.load_column, LOADS, "load")
            return slice(load, load + 1)
        titles = [title for title in self.titles[first:] if title.text]
        texts = [title.text for title in titles]
        loads = [title for title in titles if title.key in LOADS]
        measures = [title for title in titles if title.is_measure and title not in loads]
        one_kind = all(alike(texts[0], text) for text in texts) or all(moment_of(text, Numbers()) for text in texts)
        if not self.answers.shape and (measures if len(titles) == 1 else loads or measures or not one_kind):
            named = ", ".join(f"“{text}”" for text in texts[:3])
            raise OpenQuestionError(
                tr(
                    "{0}: {1} may be samples of each VM one after the other, or measures of it.", self.table.name, named
                ),
                "load_column",
                "shape",
            )
        return slice(first, self.filled())

    def filled(self) -> int:
        """How many columns hold anything: a separator at the end of each line makes one that does not."""
        stop = len(self.titles)
        while stop > 1 and not self.titles[stop - 1].text:
            if any(row[stop - 1].strip() for _, row in self.table if len(row) >= stop):
                break
            stop -= 1
        return stop

    def _repeats_names(self) -> bool:
        """True when the first column holds the same text again: no file of a row a VM does."""
        body = [row[0].strip() for _, row in self.table.head[1:]]
        words = [cell for cell in body if cell and not is_number(cell, Numbers())]
        return len(self.titles) > 2 and len(set(words)) < len(words)

    def _ask_columns(self, *found: int | None) -> NoReturn:
        missing = [what for what, place in zip(("name", "time", "load"), found) if place is None]
        titles = ", ".join(f"“{title.text}”" for title in self.titles[:8])
        raise OpenQuestionError(
            tr(
                "{0} has a row a sample; which of {1} is the VM's {2}?",
                self.table.name,
                titles,
                tr(" and the ").join(missing),
            ),
            *(f"{what}_column" for what in missing),
        )

    def _under_is_time(self) -> bool:
        return len(self.table.head) > 1 and moment_of(self.table.head[1][1][0], Numbers(), self._dates()) is not None

    def _under_is_date(self) -> bool:
        """Whether the first cell under the first title is a date: that is a time, whatever its title says."""
        if len(self.table.head) < 2:
            return False
        text = self.table.head[1][1][0]
        found = moment_of(text, Numbers()) or moment_of(text, Numbers(), self._dates())
        return found is not None and not found[1]

    def _dates(self) -> Dates:
        return Dates(self.table, (cell for _, row in self.table for cell in row), self.answers)

    def column(self, title: str, known: Sequence[str], what: str) -> int:
        """The column of an answered title, or of the surest known one. Raises OpenQuestionError."""
        if title:
            places = [n for n, found in enumerate(self.titles) if found.text.lower() == title.strip().lower()]
            if not places:
                raise ImportFileError(tr("{0} has no column “{1}”.", self.table.name, title))
            return places[0]
        place = self._surest(known)
        if place is None:
            titles = ", ".join(f"“{found.text}”" for found in self.titles[:8])
            raise OpenQuestionError(
                tr("{0}: which of {1} is the {2}?", self.table.name, titles, what), f"{what}_column"
            )
        return place


def alike(one: str, other: str) -> bool:
    """True for names that differ in their numbers only, as those of samples do."""
    return re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other)


def is_number(text: str, numbers: Numbers) -> bool:
    """True for a cell that is a number, perhaps with a percent sign."""
    try:
        numbers.with_unit(text, "fraction")
    except ValueError:
        return False
    return True
