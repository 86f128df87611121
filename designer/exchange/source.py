"""A foreign file in errors: its name, and a place in it."""

from __future__ import annotations

from designer.errors import ImportFileError
from designer.words import tr


class ForeignFile:
    """A file by name. Its places are lines, or other numbers that count from 1."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[str] = []

    def wrong(self, line: int, text: str) -> ImportFileError:
        """An error that names the file and a line."""
        return ImportFileError(tr("{0}, line {1:,}: {2}", self.name, line, text))
