"""The scenarios that ship: each is drawn from a real event, and hits by rule, so it fits any design with such parts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from designer.assets import asset
from designer.catalog.scenarios.events import ScenarioEvent, event_of


@dataclass(frozen=True)
class ShippedScenario:
    """A scenario of the library: what it asks, its events, and the real event that it is drawn from."""

    name: str
    asks: str
    events: tuple[ScenarioEvent, ...]
    source: str
    confidence: str


@cache
def shipped_scenarios() -> dict[str, ShippedScenario]:
    """The library by name."""
    rows = json.loads(asset("catalog/scenarios.json").read_text("utf-8"))["scenarios"]
    return {
        row["name"]: ShippedScenario(
            row["name"], row["asks"], tuple(map(event_of, row["events"])), row["source"], row["confidence"]
        )
        for row in rows
    }
