"""Dates as vendors write them: "12:00 AM 21 July 2026", "04.11.2015 22:29:20", "7/21/2026 0:05".

ISO dates are read without a parser; of others dateutil reads the words. Which of two numbers is the day is never
guessed: a dot says the day comes first, a number above 12 is a day, and where nothing tells, it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module

from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.source import ForeignFile
from designer.words import tr

_NUMBERS = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})\b", re.ASCII)
"""A date of numbers whose year comes last."""
_LIKE_DATE = re.compile(r"[\d:./,+ T-]*[A-Za-z.]{0,9}[\d:./,+ TZ-]*(?:[A-Za-z]{2,9}[\d:./,+ Z-]*){0,3}", re.ASCII)
LONGEST = 60


class Dates:
    """Reads dates of one file. `cells`: where evidence of the order of day and month is sought, when it is needed."""

    def __init__(self, source: ForeignFile, cells: Iterable[str], answers: Answers) -> None:
        self._source, self._cells = source, cells
        self._first: str = answers.date_order or ""

    def read(self, text: str) -> float | None:
        """A date and time as seconds since 1970, in UTC where it names no zone; None for anything else. Raises
        OpenQuestionError where day and month may change places."""
        found = iso(text)
        if found is not None:
            return found
        if len(text) > LONGEST or not text.isascii() or not _LIKE_DATE.fullmatch(text):
            return None
        numbers = _NUMBERS.search(text)
        if numbers is None:
            return _parsed(text, False)
        if numbers[2] == ".":
            return _parsed(text, True)
        return _parsed(text, self._order(text) == "day")

    def _order(self, text: str) -> str:
        """Which comes first in the file, day or month."""
        if not self._first:
            self._first = next((order for cell in self._cells if (order := _sure(cell))), "") or "open"
        if self._first == "open":
            raise OpenQuestionError(
                tr("{0}: in “{1}” the day or the month may come first.", self._source.name, text[:LONGEST]),
                "date_order",
            )
        return self._first


def _sure(text: str) -> str:
    """Which must come first in a date; empty where both may."""
    numbers = _NUMBERS.search(text) if len(text) <= LONGEST else None
    if numbers is None or numbers[2] == ".":
        return ""
    return "day" if int(numbers[1]) > 12 else "month" if int(numbers[3]) > 12 else ""


def iso(text: str) -> float | None:
    """A date and time of ISO 8601 as seconds since 1970; None for anything else."""
    try:
        moment = datetime.fromisoformat(text) if text.isascii() else None
    except ValueError:
        return None
    return None if moment is None else _seconds(moment)


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@lru_cache(maxsize=200_000)
def _parsed(text: str, day_first: bool) -> float | None:
    """What dateutil makes of a text; None where it is no date with a year."""
    if not any(c.isdigit() for c in text):
        return None
    parser = import_module("dateutil.parser")  # not needed to start
    try:
        # Two defaults that share no part: where they lead to two moments, the text lacks a part of a date.
        one, other = (parser.parse(text, dayfirst=day_first, default=datetime(year, month, day))
                      for year, month, day in ((2000, 1, 1), (2001, 2, 2)))  # fmt: skip
    except (ValueError, OverflowError, AttributeError, TypeError):
        return None
    return _seconds(one) if one == other else None
