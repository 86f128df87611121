"""A foreign file in errors: its name, and a place in it."""

from __future__ import annotations

from designer.errors import ImportFileError
from designer.words import tr


class ForeignFile:
    """A file by name. Its places are lines, or `series` that count from 1."""

    def __init__(self, name: str, series: bool = False) -> None:
        self.name, self._series = name, series
        self.said: list[str] = []

    def place(self, number: int) -> str:
        """A place in words: "line 3"."""
        return tr("series {0:,}", number) if self._series else tr("line {0:,}", number)

    def wrong(self, line: int, text: str) -> ImportFileError:
        """An error that names the file and a place."""
        return ImportFileError(tr("{0}, {1}: {2}", self.name, self.place(line), text))
