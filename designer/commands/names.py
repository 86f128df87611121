"""Names of copies: a taken name continues the series of its neighbors."""

from __future__ import annotations

from collections.abc import Container

from designer.model.element import NAME_LIMIT
from designer.model.project import Project

FREE = ("note",)
"""Kinds whose elements may share a name: nothing refers to them by name."""


class NameSeries:
    """The names of a design by kind: `own` gives a copy its name and takes it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._taken: dict[str, set[str]] = {}
        self._last: dict[tuple[str, str], int] = {}

    def own(self, kind: str, name: str) -> str:
        """The name where no other of its kind has it, else the next of its series: `host-19` after `host-18`. What has
        no name gets one: sentences need it."""
        if kind in FREE:
            return name
        name = name if name.strip() else f"{self._project.kinds[kind].prefix or kind}-1"
        taken = self._of_kind(kind)
        if name in taken:
            stem, number, width = _parts(name)
            last = max(self._last.get((kind, stem), 0), number)
            name = f"{stem[: NAME_LIMIT - 20]}{last + 1:0{width}}"
        self._take(kind, name)
        return name

    def _of_kind(self, kind: str) -> set[str]:
        if kind not in self._taken:
            self._taken[kind] = set()
            for element in self._project.of_kind(kind):
                self._take(kind, element.name)
        return self._taken[kind]

    def _take(self, kind: str, name: str) -> None:
        self._taken[kind].add(name)
        stem, number, _ = _parts(name)
        self._last[kind, stem] = max(self._last.get((kind, stem), 0), number)


def next_of(name: str, taken: Container[str]) -> str:
    """A name where it is free, else the next free one of its series."""
    stem, number, width = _parts(name)
    while name in taken:
        number += 1
        name = f"{stem[: NAME_LIMIT - 20]}{number:0{width}}"
    return name


def _parts(name: str) -> tuple[str, int, int]:
    """The text before a name's last number, that number (1 without one), and its width where it is padded."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :][-18:]
    stem = name[: len(name) - len(digits)]
    if not digits:
        return f"{name}-", 1, 0
    return stem, int(digits), len(digits) if digits.startswith("0") else 0
