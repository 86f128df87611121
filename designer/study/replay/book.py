"""What is told of an outage, to be looked up: parameters of mechanisms, and the moments and figures found so far."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from designer.assets import asset
from designer.errors import RuleError
from designer.words import tr


@dataclass(frozen=True)
class MechanismParameter:
    """A parameter that all outages share: value, the range it may have, unit, what it is, its source and confidence."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    what: str
    source: str
    confidence: str


Parameters = Mapping[str, MechanismParameter]


@cache
def parameters() -> Parameters:
    """The parameters of all mechanisms by name."""
    rows = json.loads(asset("catalog/mechanisms.json").read_text("utf-8"))["parameters"]
    return {row["name"]: MechanismParameter(**row) for row in rows}


def with_value(book: Parameters, name: str, value: float) -> dict[str, MechanismParameter]:
    """The parameters with another value of one."""
    return {**book, name: replace(book[name], value=value)}


RISING = ("heat.set_c", "heat.restart_c", "heat.storage_c", "heat.host_c")
"""Parameters of which each is above the one before: a hall that has cooled down is warmer than it is kept."""


def drawn(book: Parameters, number: int) -> dict[str, MechanismParameter]:
    """The parameters, each drawn evenly from its range: the draw of that number, the same each time. What contradicts
    itself is drawn again."""
    chance = random.Random(number)
    while True:
        made = {name: replace(one, value=chance.uniform(one.low, one.high)) for name, one in sorted(book.items())}
        values = [made[name].value for name in RISING if name in made]
        if values == sorted(values):
            return made


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?")


def given_number(name: str, value: Any) -> float:
    """The number that a given value is, or its words begin with; the mean of a range. Raises RuleError: it has none."""
    if isinstance(value, bool | int | float):
        return float(value)
    found = _NUMBER.search(str(value))
    if found is None:
        raise RuleError(tr("The value of {0} is no number: {1}.", name, value))
    low = float(found[1])
    return (low + float(found[2])) / 2.0 if found[2] else low


class Book:
    """Numbers by name: what was published as `given` (“given.repair_time”), parameters, and what `put` notes: moments
    (minutes since the start of the outage) and figures."""

    def __init__(self, known: Parameters, given: Mapping[str, Any] | None = None) -> None:
        self._known, self._given = known, given or {}
        self.found: dict[str, float] = {}
        self.used: set[str] = set()
        """The parameters that were looked up."""

    def put(self, name: str, value: float) -> float:
        """Note a moment or figure."""
        self.found[name] = value
        return value

    def __getitem__(self, name: str) -> float:
        if name in self.found:
            return self.found[name]
        if name in self._known:
            self.used.add(name)
            return self._known[name].value
        of, _, told = name.partition(".")
        if of == "given" and told in self._given:
            return given_number(told, self._given[told])
        raise RuleError(tr("The record of the outage has nothing named {0}.", name))

    def number(self, told: Any) -> float:
        """A number as a record tells it: plain, the name of one, the sum of a list, or {"times": [...]}."""
        if isinstance(told, bool | int | float):
            return float(told)
        if isinstance(told, str):
            return self[told]
        if isinstance(told, list):
            return sum(self.number(one) for one in told)
        if isinstance(told, dict) and told.keys() == {"times"}:
            product = 1.0
            for one in told["times"]:
                product *= self.number(one)
            return product
        raise RuleError(tr("A number is plain, a name, a list to be added, or “times” with a list."))

    def of(self, row: Mapping[str, Any], name: str, usual: Any = None) -> float:
        """A number of a row by its name. Raises RuleError where it is not told."""
        told = row.get(name, usual)
        if told is None:
            raise RuleError(tr("The record of the outage lacks “{0}” for its step “{1}”.", name, row.get("step", "")))
        return self.number(told)

    def count(self, row: Mapping[str, Any], name: str, usual: Any = None) -> int:
        """A whole number of a row by its name."""
        return round(self.of(row, name, usual))
