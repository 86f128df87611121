"""Ready values of known machines, hypervisors, instance types and regions, read from `resources/catalog/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from designer.assets import asset

Origin = tuple[str, str]
"""Where a value comes from, and its confidence (A, B or C)."""


@dataclass(frozen=True)
class Preset:
    """Ready values for fields of a kind, with where they come from (confidence A, B or C).

    `origins` says it of single fields, where they differ.
    """

    name: str
    fields: Mapping[str, Any]
    source: str
    confidence: str
    summary: str = ""
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def origin(self, name: str) -> Origin:
        """Where the value of one field comes from."""
        return self.origins.get(name, (self.source, self.confidence))


@dataclass(frozen=True)
class PresetList:
    """The presets of a field of a kind; the field holds the chosen preset's name."""

    kind: str
    field: str
    presets: Mapping[str, Preset]


@cache
def preset_lists() -> dict[tuple[str, str], PresetList]:
    """The presets by kind and field; the first list of a kind is its main one."""
    main = json.loads(asset("catalog/presets.json").read_text("utf-8"))
    read = [{"kind": kind, **held} for kind, held in main.items() if isinstance(held, dict)]
    read.append(json.loads(asset("catalog/hypervisors.json").read_text("utf-8")))
    return {(held["kind"], held["field"]): _list(held) for held in read}


def _list(held: Mapping[str, Any]) -> PresetList:
    presets = {
        row["name"]: Preset(
            row["name"],
            row["fields"],
            row.get("source") or held["source"],
            row.get("confidence") or held["confidence"],
            row.get("summary", ""),
            {name: (source, confidence) for name, (source, confidence) in row.get("origins", {}).items()},
        )
        for row in held["presets"]
    }
    return PresetList(held["kind"], held["field"], presets)


def preset_list(kind: str, field_name: str = "") -> PresetList | None:
    """The presets of a field of a kind, or of its main one; None when it has none."""
    return next((held for (k, f), held in preset_lists().items() if k == kind and field_name in ("", f)), None)


def presets(kind: str, field_name: str = "") -> Mapping[str, Preset]:
    """The presets of a field of a kind, or of its main one, by name; empty when it has none."""
    found = preset_list(kind, field_name)
    return found.presets if found else {}


def preset_of(element: Any, fills: str = "") -> Preset | None:
    """The preset an element was made from, or None; with `fills` the one that gives that field its value."""
    for (kind, name), held in preset_lists().items():
        if kind == element.kind:
            found = held.presets.get(element.__dict__[name])
            if found is not None and (not fills or fills in found.fields):
                return found
    return None
