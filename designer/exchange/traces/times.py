"""Times of samples: numbers in a unit that title and size name, or dates."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime

import numpy as np

from designer.errors import ImportFileError
from designer.exchange.grid import Floats
from designer.exchange.numbers import Numbers
from designer.exchange.questions import TIME_UNITS, TIME_WORDS, Answers, OpenQuestionError, TimeUnit
from designer.exchange.source import ForeignFile
from designer.exchange.titles import Title
from designer.exchange.traces.dates import Dates, iso
from designer.words import tr

LONGEST_STEP_S = 86_400.0
"""A longer step, of a time whose unit nobody names, is rather one in milliseconds."""
LATEST_S = 1e15
"""Farthest time from 0 that is taken for one."""
EPOCHS: tuple[tuple[float, TimeUnit], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (1e8, "s"))
"""The least number that is a moment of our years in each unit since 1970."""


class Times:
    """The times of a column as they are read: numbers as they stand, dates as seconds."""

    def __init__(self) -> None:
        self.found, self.plain = array("d"), 0

    def add(self, moment: tuple[float, bool]) -> None:
        """Take one more."""
        self.found.append(moment[0])
        self.plain += moment[1]


def moment_of(text: str, numbers: Numbers, dates: Dates | None = None) -> tuple[float, bool] | None:
    """A number as it is (True), a date and time as seconds since 1970 (False); None for anything else. `dates` reads
    those that are not of ISO, and may raise OpenQuestionError."""
    compact = text.strip()
    try:
        return numbers.read(compact), True
    except ValueError:
        pass
    found = iso(compact) if dates is None else dates.read(compact)
    return None if found is None else (found, False)


def seconds_of(table: ForeignFile, times: Times, title: Title, answers: Answers) -> Floats:
    """Times in seconds. Raises OpenQuestionError when their unit is open."""
    found = np.array(times.found)
    if times.plain and times.plain < found.size:
        raise ImportFileError(tr("{0}: some cells of “{1}” are dates and others are numbers.", table.name, title.text))
    if not times.plain:
        return found
    seconds = np.asarray(found * TIME_UNITS[_time_unit(table, found, title, answers)])
    if not np.all(np.abs(seconds) < LATEST_S):
        raise ImportFileError(tr("{0}: “{1}” holds a number that is no moment.", table.name, title.text))
    return seconds


def _time_unit(table: ForeignFile, times: Floats, title: Title, answers: Answers) -> str:
    """The unit of times that are numbers, by title and size. Raises OpenQuestionError when they disagree."""
    if answers.time_unit is not None:
        return answers.time_unit
    says, least = title.time_unit, float(times.min())
    size = next((unit for low, unit in EPOCHS if least >= low), "")
    if says and size and says != size:
        year = datetime.fromtimestamp(least * TIME_UNITS[size], UTC).year
        raise OpenQuestionError(
            tr(
                "{0}: “{1}” says {2}, but {3:.0f} is a time of {4} in {5}.",
                table.name,
                title.text,
                TIME_WORDS[says],
                least,
                year,
                TIME_WORDS[size],
            ),
            "time_unit",
        )
    if not says and not size and title.unit:
        raise OpenQuestionError(
            tr("{0}: “{1}” is in no unit of time that is known.", table.name, title.text), "time_unit"
        )
    gaps = np.sort(np.diff(np.unique(times)))
    usual = float(gaps[(gaps.size - 1) // 2]) if gaps.size else 0.0
    if not says and not size and usual > LONGEST_STEP_S and not answers.step_s:
        raise OpenQuestionError(
            tr(
                "{0}: “{1}” names no unit, and in seconds its samples would be {2:,.0f} days apart.",
                table.name,
                title.text,
                usual / 86400,
            ),
            "time_unit",
        )
    return says or size or "s"
