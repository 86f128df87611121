"""The manual as rows of text: every kind with what it does, every concept with where to find it in the program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache

from designer.assets import asset
from designer.model.fields import form_fields
from designer.model.kind import Kind, Kinds, LinkKinds
from designer.words import tr

KIND_HEAD = ("Kind", "Stands in", "Holds", "In a run", "Links", "Figures and their sources")
CONCEPT_HEAD = ("Concept", "In this program", "How")


def shown(kinds: Kinds) -> list[Kind]:
    """The kinds in the manual: those that are drawn, and others that act in a run."""
    return [kind for kind in kinds.values() if kind.in_palette or kind.name in ("design", "trace")]


def kind_row(kind: Kind, kinds: Kinds, links: LinkKinds) -> tuple[str, ...]:
    """The row of a kind, under the titles of `KIND_HEAD`."""
    ways = [
        f"{tr(link.label)} ({_labels(kinds, link.targets)})"
        for link in links.values()
        if kind.name in link.sources and link.targets
    ]
    figures = [
        f"{tr(spec.title)}: {spec.source}" + (f" ({spec.confidence})" if spec.confidence else "")
        for spec in form_fields(kind.table)
        if spec.source
    ]
    holds = [other.name for other in shown(kinds) if kind.name in other.inside]
    texts = (_labels(kinds, kind.inside), _labels(kinds, holds), tr(kind.help), "; ".join(ways), "; ".join(figures))
    return (tr(kind.label), *(text or "–" for text in texts))


def _labels(kinds: Kinds, names: Iterable[str]) -> str:
    return ", ".join(tr("the design" if name == "design" else kinds[name].noun) for name in names)


@cache
def concepts() -> Sequence[tuple[str, tuple[str, ...], str]]:
    """Every concept, the names of its kinds, and where to find it in the program."""
    read = json.loads(asset("help/concepts.json").read_text("utf-8"))["concepts"]
    return tuple((row["concept"], tuple(row["kinds"]), row["where"]) for row in read)


def concept_row(concept: tuple[str, tuple[str, ...], str], kinds: Kinds) -> tuple[str, ...]:
    """The row of a concept, under the titles of `CONCEPT_HEAD`."""
    name, stand_for, where = concept
    return tr(name), ", ".join(tr(kinds[kind].label) for kind in stand_for if kind in kinds), tr(where)
