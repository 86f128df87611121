"""Names of copies: a taken name continues the series of its neighbors."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from designer.model.element import NAME_LIMIT
from designer.model.project import Project

_DOMAIN = re.compile(r"[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*")
"""The domain behind the name of a machine; an address or a version has none."""
FREE = ("note",)
"""Kinds whose elements may share a name: nothing refers to them by name."""


class Series:
    """Taken names. What it costs to take one more does not grow with their number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken: set[str] = set()
        self._last: dict[tuple[str, str], int] = {}
        for name in taken:
            self._take(name)

    def own(self, name: str) -> str:
        """The name where it is free, else the next of its series: `host-19` after `host-18`. It is taken then."""
        if name in self._taken:
            stem, number, width, domain = _parts(name)
            number = max(self._last.get((stem, domain), 0), number)
            while name in self._taken:
                number += 1
                name = f"{stem}{number:0{width}}{domain}"
            self._last[stem, domain] = number
        self._take(name)
        return name

    def _take(self, name: str) -> None:
        self._taken.add(name)
        stem, number, _, domain = _parts(name)
        self._last[stem, domain] = max(self._last.get((stem, domain), 0), number)


class NameSeries:
    """The names of a design by kind: `own` gives a copy its name and takes it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._series: dict[str, Series] = {}

    def own(self, kind: str, name: str) -> str:
        """The name where no other of its kind has it, else the next of its series. What has no name gets one:
        sentences need it."""
        if kind in FREE:
            return name
        name = name if name.strip() else f"{self._project.kinds[kind].prefix or kind}-1"
        if kind not in self._series:
            self._series[kind] = Series(element.__dict__["name"] for element in self._project.of_kind(kind))
        return self._series[kind].own(name)


def next_of(name: str, taken: Container[str]) -> str:
    """A name where it is free, else the next free one of its series."""
    stem, number, width, domain = _parts(name)
    while name in taken:
        number += 1
        name = f"{stem}{number:0{width}}{domain}"
    return name


def _parts(name: str) -> tuple[str, int, int, str]:
    """The text before a name's last number, that number (1 without one), its width where it is padded, and the domain
    behind it: the number of `esx-01.lab.local` is 1."""
    label, dot, domain = name.partition(".")
    if not (dot and label[-1:].isdecimal() and _DOMAIN.fullmatch(domain)):
        label, domain = name, ""
    digits = label[len(label.rstrip("0123456789")) :][-18:]
    stem, rest = label[: len(label) - len(digits)], dot * bool(domain) + domain
    stem = stem if digits else f"{stem}-"
    width = len(digits) if digits.startswith("0") else 0
    return stem[: max(NAME_LIMIT - 20 - len(rest), 0)], int(digits or 1), width, rest
