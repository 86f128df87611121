"""What an export of another program holds, as parts of a design, with what was guessed, made up and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from designer.errors import ImportFileError
from designer.model.amounts import ELEMENT_LIMIT
from designer.words import mark, tr

Sort = Literal["guessed", "made_up", "left_out", "warning"]
SORTS: dict[Sort, str] = {
    "guessed": mark("Guessed"),
    "made_up": mark("Made up"),
    "left_out": mark("Left out"),
    "warning": mark("Note"),
}
MOST_SHOWN = 8
"""Most examples of one remark that are named."""


@dataclass(frozen=True, slots=True)
class Part:
    """An element to place: a kind of the catalog, the key of the part that it stands in (empty: the design), and the
    values of its fields. `foreign_id` is the exporting program's own id, by which a later export finds it again."""

    kind: str
    key: str
    parent: str
    name: str
    fields: dict[str, Any]
    foreign_id: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """A link to make: its kind and the keys of its ends."""

    kind: str
    source: str
    target: str


@dataclass
class Remarks:
    """What was done to what, by sort and sentence: the names of those concerned."""

    remarks: dict[tuple[Sort, str], list[str]] = field(default_factory=dict, kw_only=True)

    def remark(self, sort: Sort, sentence: str, who: str = "") -> None:
        """Note what was done, and to whom."""
        self.remarks.setdefault((sort, sentence), []).append(who)

    def report(self) -> list[tuple[str, str, str]]:
        """What was guessed, made up and left out: rows of sort, sentence, and those concerned."""
        return [
            (tr(SORTS[sort]), sentence, _listed([one for one in who if one]))
            for order in SORTS
            for (sort, sentence), who in self.remarks.items()
            if sort == order
        ]


@dataclass
class Inventory(Remarks):
    """An estate as it was read. `tool` is the exporting program, `origin` the file or files."""

    tool: str
    origin: str
    parts: dict[str, Part] = field(default_factory=dict)
    joins: list[Join] = field(default_factory=list)

    def put(self, kind: str, key: str, parent: str, name: str, foreign_id: str = "", **fields: Any) -> str:
        """Add a part, or keep the one that has its key; a field that is None is left at its default. Returns the
        key. Raises ImportFileError for more parts than a design holds."""
        if key not in self.parts:
            if len(self.parts) >= ELEMENT_LIMIT:
                raise ImportFileError(tr("{0}: a design holds at most {1:,} elements.", self.origin, ELEMENT_LIMIT))
            known = {title: value for title, value in fields.items() if value is not None}
            self.parts[key] = Part(kind, key, parent, name, known, foreign_id)
        return key

    def join(self, kind: str, source: str, target: str) -> None:
        """Add a link."""
        self.joins.append(Join(kind, source, target))

    def count(self, kind: str) -> int:
        """How many parts are of a kind."""
        return sum(part.kind == kind for part in self.parts.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many parts there are, by kind."""
        return dict(Counter(part.kind for part in self.parts.values()))


def _listed(names: Iterable[str]) -> str:
    """Names for people: the first few, and how many more."""
    every = list(names)
    shown = ", ".join(every[:MOST_SHOWN])
    return tr("{0} and {1:,} more", shown, len(every) - MOST_SHOWN) if len(every) > MOST_SHOWN else shown
