"""Published outages: what is told of each to a run, and, apart from that, what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from designer.assets import asset
from designer.errors import RuleError
from designer.words import tr


@dataclass(frozen=True)
class OutageAnswer:
    """What was observed: a quantity, its value (a number or yes and no) with the band in which a run agrees."""

    quantity: str
    what: str
    value: float | bool
    band: tuple[float, float] | None
    unit: str
    why: str
    confidence: str
    lacks: str = ""
    """What the model lacks where its answer differs."""


@dataclass(frozen=True)
class PublishedOutage:
    """What was published of an outage: milestones (minute or minutes, what, confidence), answers, sources."""

    id: str
    operator: str
    place: str
    start: str
    use: str
    chain: tuple[str, ...]
    given: Mapping[str, Any]
    """What a run is told, by name: numbers, or words with one (“about 174”)."""
    milestones: tuple[tuple[tuple[float, float], str, str], ...]
    answers: tuple[OutageAnswer, ...]
    sources: tuple[str, ...]


def name_in(*words: str | int) -> str:
    """What an element of an outage's design is called: host 3 of a part is “part 3”, its VM “part 3 vm”."""
    return " ".join(map(str, words))


def published_outages(path: Path | None = None) -> dict[str, PublishedOutage]:
    """The published outages by id: those that are shipped, or of a file. Raises RuleError where that is none."""
    return {row["id"]: _published(row) for row in _rows(path or asset("catalog/outages.json"))}


def told_outages(path: Path | None = None) -> dict[str, Mapping[str, Any]]:
    """What is told of each outage to a run: design, steps and questions, without what was observed."""
    return {row["id"]: row for row in _rows(path or asset("catalog/replays.json"))}


@cache
def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))
        rows = found["outages"] if "outages" in found else found["events"]
        if all(isinstance(row, dict) and isinstance(row["id"], str) for row in rows):
            return list(rows)
    except (ValueError, KeyError, TypeError):
        pass
    raise RuleError(tr("{0} is no file of outages: it has a list “outages” of rows, each with an id.", path.name))


def _published(row: Mapping[str, Any]) -> PublishedOutage:
    try:
        return PublishedOutage(
            row["id"],
            row["operator"],
            row["place"],
            row["start"],
            row["use"],
            tuple(row["cause_chain"]),
            {one["name"]: one["value"] for one in row.get("given", ())},
            tuple((_span(one["at_min"]), one["what"], one["confidence"]) for one in row["milestones"]),
            tuple(_answer(one) for one in row["answers"]),
            tuple(_source(one) for one in row["sources"]),
        )
    except (KeyError, TypeError, ValueError):
        raise RuleError(tr("The published outage {0} is damaged.", row["id"][:40])) from None


def _answer(one: Mapping[str, Any]) -> OutageAnswer:
    band = None if one["band"] is None else (float(one["band"][0]), float(one["band"][1]))
    texts = one["unit"], one["why"], one["confidence"], one.get("lacks", "")
    return OutageAnswer(one["quantity"], one["what"], one["value"], band, *texts)


def _span(told: Any) -> tuple[float, float]:
    return (float(told[0]), float(told[1])) if isinstance(told, list) else (float(told), float(told))


def _source(one: Mapping[str, Any]) -> str:
    return f"{one['publisher']}: {one['title']} ({one['date']}), {one['url']}"
