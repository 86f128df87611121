"""Ready values of known machines, instance types and regions, read from `resources/catalog/presets.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from designer.assets import asset


@dataclass(frozen=True)
class Preset:
    """Ready values for fields of a kind, with where they come from (confidence A, B or C)."""

    name: str
    fields: Mapping[str, Any]
    source: str
    confidence: str
    summary: str = ""


@dataclass(frozen=True)
class PresetList:
    """The presets of a kind; `field` is the field that holds the chosen preset's name."""

    field: str
    presets: Mapping[str, Preset]


@cache
def preset_lists() -> dict[str, PresetList]:
    """The presets by kind."""
    read = json.loads(asset("catalog/presets.json").read_text("utf-8"))
    return {kind: _list(held) for kind, held in read.items() if isinstance(held, dict)}


def _list(held: Mapping[str, Any]) -> PresetList:
    presets = {
        row["name"]: Preset(
            row["name"],
            row["fields"],
            row.get("source") or held["source"],
            row.get("confidence") or held["confidence"],
            row.get("summary", ""),
        )
        for row in held["presets"]
    }
    return PresetList(held["field"], presets)


def presets(kind: str) -> Mapping[str, Preset]:
    """The presets of a kind by name; empty when it has none."""
    found = preset_lists().get(kind)
    return found.presets if found else {}


def preset_of(element: Any) -> Preset | None:
    """The preset an element was made from, or None."""
    found = preset_lists().get(element.kind)
    return found.presets.get(element.__dict__[found.field]) if found else None
