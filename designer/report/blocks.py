"""What a report is made of: sections of figures, tables, plots and lines, as plain data of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

DRAWING = "drawing"
"""The anchor of the section that shows the drawing, which is painted by the window's painter."""


@dataclass(frozen=True)
class FactsBlock:
    """Pairs of a name and a value that are read at a glance."""

    sort: ClassVar[str] = "facts"
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class TableBlock:
    """A table. `right`: the numbers of the columns of figures; `note` stands below it."""

    sort: ClassVar[str] = "grid"
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True)
class PlotBlock:
    """A picture as SVG of a size in px; `title` is also what a screen reader says."""

    sort: ClassVar[str] = "figure"
    title: str
    svg: str
    width: int
    height: int


@dataclass(frozen=True)
class TextBlock:
    """Paragraphs; `title` stands above them, `listed` makes them items of a list."""

    sort: ClassVar[str] = "lines"
    lines: Sequence[str]
    title: str = ""
    listed: bool = False


Block = FactsBlock | TableBlock | PlotBlock | TextBlock


@dataclass(frozen=True)
class Section:
    """A part of a report with a title; `anchor` is its name in links."""

    anchor: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


@dataclass(frozen=True)
class Report:
    """A whole report. `made` says when and by what it was made."""

    title: str
    made: str
    sections: Sequence[Section]
