"""Times of samples: numbers in a unit that title and size name, or dates."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
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
SHORTEST_STEP_S = 0.1
"""A shorter step, of a time whose unit nobody names, is rather one in days, as spreadsheets count, or in hours."""
LATEST_S = 1e15
"""Farthest time from 0 that is taken for one."""
EPOCHS: tuple[tuple[float, TimeUnit], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (1e8, "s"))
"""The least number that is a moment of our years in each unit since 1970."""

DAY_S = 86_400.0
_OF_DAY = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?")


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


def times_of_day(texts: Sequence[str]) -> list[float] | None:
    """Seconds of times of the day in order, as 09:30 or 09:30:00; one that is no later than the one before it is of the
    next day. None where a text is none."""
    found: list[float] = []
    for text in texts:
        parts = _OF_DAY.fullmatch(text.strip())
        if parts is None:
            return None
        at = int(parts[1]) * 3600.0 + int(parts[2]) * 60.0 + int(parts[3] or 0)
        found.append(at + (DAY_S * (1 + (found[-1] - at) // DAY_S) if found and found[-1] >= at else 0.0))
    return found


def seconds_of(table: ForeignFile, times: Times, title: Title, answers: Answers) -> Floats:
    """Times in seconds. Raises OpenQuestionError when their unit is open."""
    found = np.array(times.found)
    if times.plain and times.plain < found.size:
        raise ImportFileError(tr("{0}: some cells of “{1}” are dates and others are numbers.", table.name, title.text))
    if not times.plain:
        return found
    if answers.time_unit is None and not title.time_unit and (dated := compact_dates(found)) is not None:
        return dated
    seconds = np.asarray(found * TIME_UNITS[_time_unit(table, found, title, answers)])
    if not np.all(np.abs(seconds) < LATEST_S):
        raise ImportFileError(tr("{0}: “{1}” holds a number that is no moment.", table.name, title.text))
    return seconds


def compact_dates(numbers: Floats) -> Floats | None:
    """Seconds since 1970 of numbers that all are dates written in one go, as 20260131 or 20260131093000; else None."""
    if not numbers.size or not np.all(np.rint(numbers) == numbers):
        return None
    for digits in (8, 12, 14):
        if np.all((numbers >= 10.0 ** (digits - 1)) & (numbers < 10.0**digits)):
            break
    else:
        return None
    rest = numbers.astype(np.int64) * 10 ** (14 - digits)
    parts = []
    for _ in range(5):
        rest, part = np.divmod(rest, 100)
        parts.append(part)
    second, minute, hour, day, month = parts
    sound = (rest >= 1970) & (rest < 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24)
    if not np.all(sound & (minute < 60) & (second < 60)):
        return None
    months = ((rest - 1970) * 12 + month - 1).astype("M8[M]")
    days = months.astype("M8[D]") + (day - 1)
    if not np.all(days.astype("M8[M]") == months):
        return None
    return np.asarray(days.astype(np.int64) * 86_400.0 + hour * 3600.0 + minute * 60.0 + second)


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
    if (
        not says
        and not size
        and not answers.step_s
        and not (not gaps.size or SHORTEST_STEP_S <= usual <= LONGEST_STEP_S)
    ):
        apart = tr("{0:,.0f} days", usual / 86400) if usual > LONGEST_STEP_S else tr("{0:.3g} s", usual)
        raise OpenQuestionError(
            tr(
                "{0}: “{1}” names no unit, and in seconds its samples would be {2} apart.",
                table.name,
                title.text,
                apart,
            ),
            "time_unit",
        )
    return says or size or "s"
