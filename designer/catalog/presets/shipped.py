"""Ready values of known machines, hypervisors, instance types and regions, read from `resources/catalog/`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from designer.assets import asset
from designer.catalog.reference.ec2 import DedicatedHost, Ec2Region, InstanceType, ec2

DEDICATED = " dedicated host"
"""The end of a host model's name when the model is a dedicated-host family: "m5 dedicated host"."""

Origin = tuple[str, str]
"""Where a value comes from, and its confidence (A, B or C)."""


@dataclass(frozen=True)
class ShippedPreset:
    """Ready values for fields of a kind, with their source (confidence A, B or C).

    `origins` holds the source of fields that differ.
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
    presets: Mapping[str, ShippedPreset]


@cache
def preset_lists() -> dict[tuple[str, str], PresetList]:
    """The presets by kind and field; the first list of a kind is its main one."""
    main = json.loads(asset("catalog/presets.json").read_text("utf-8"))
    read = [{"kind": kind, **listed} for kind, listed in main.items() if isinstance(listed, dict)]
    read.append(json.loads(asset("catalog/hypervisors.json").read_text("utf-8")))
    return {(listed["kind"], listed["field"]): _list(listed) for listed in read}


def _list(listed: Mapping[str, Any]) -> PresetList:
    presets = {
        row["name"]: ShippedPreset(
            row["name"],
            row["fields"],
            row.get("source") or listed["source"],
            row.get("confidence") or listed["confidence"],
            row.get("summary", ""),
            {name: (source, confidence) for name, (source, confidence) in row.get("origins", {}).items()},
        )
        for row in listed["presets"]
    }
    return PresetList(listed["kind"], listed["field"], presets)


def preset_list(kind: str, field_name: str = "") -> PresetList | None:
    """The presets of a field of a kind, or of its main field; None without presets."""
    return next((listed for (k, f), listed in preset_lists().items() if k == kind and field_name in ("", f)), None)


def presets(kind: str, field_name: str = "") -> Mapping[str, ShippedPreset]:
    """The presets by name of a field of a kind, or of its main field; empty without presets."""
    found = preset_list(kind, field_name)
    return found.presets if found else {}


def known_preset(kind: str, field_name: str, name: str) -> ShippedPreset | None:
    """The preset of a name, from one of the lists or from the EC2 catalog (instance types, dedicated hosts,
    regions)."""
    found = presets(kind, field_name).get(name)
    if found is not None or not name:
        return found
    if (kind, field_name) == ("vm", "instance_type"):
        return _of_type(name)
    if (kind, field_name) == ("host", "model") and name.endswith(DEDICATED):
        return _of_dedicated_host(name.removesuffix(DEDICATED))
    if (kind, field_name) == ("region", "code"):
        return _of_region(name)
    return None


@cache
def _of_type(name: str) -> ShippedPreset | None:
    found = ec2().types.get(name)
    return None if found is None else ShippedPreset(name, type_fields(found), ec2().sources["types"], "B")


@cache
def _of_region(code: str) -> ShippedPreset | None:
    found = ec2().regions.get(code)
    return None if found is None else ShippedPreset(code, region_fields(found), ec2().sources["regions"], "B")


@cache
def _of_dedicated_host(family: str) -> ShippedPreset | None:
    found = ec2().dedicated_hosts.get(family)
    if found is None:
        return None
    return ShippedPreset(family + DEDICATED, dedicated_fields(found), ec2().sources["dedicated_hosts"], "B")


def type_fields(kind: InstanceType) -> dict[str, Any]:
    """The VM fields that an instance type fills. The clock is left out where it is unknown."""
    filled: dict[str, Any] = {"vcpus": kind.vcpus, "ram_mib": float(kind.mem_mib)}
    if kind.mhz is not None:
        filled = {"vcpus": kind.vcpus, "mhz": kind.mhz, "ram_mib": float(kind.mem_mib)}
    return {**filled, "guest_os": "macos"} if any(arch.endswith("_mac") for arch in kind.arch) else filled


def region_fields(region: Ec2Region) -> dict[str, Any]:
    """The region fields that a catalog region fills beside its code; the time zone where it is known."""
    return {"provider": "aws", **({"time_zone": region.time_zone} if region.time_zone is not None else {})}


def dedicated_fields(host: DedicatedHost) -> dict[str, Any]:
    """The host fields that a dedicated-host family fills. Power is unknown and stays unchanged."""
    clocks = [kind.mhz for kind in ec2().types.values() if kind.family == host.family and kind.mhz is not None]
    filled: dict[str, Any] = {"cores": host.cores, "threads_per_core": max(1, round(host.vcpus / host.cores))}
    if clocks:
        filled["mhz"] = max(clocks)
    return {**filled, "ram_mib": host.mem_mib, "sharing": "reserved"}


def preset_of(element: Any, fills: str = "") -> ShippedPreset | None:
    """The preset of an element, or None; with `fills`, the preset that gives that field its value."""
    for kind, name in preset_lists():
        if kind == element.kind:
            found = known_preset(kind, name, element.__dict__[name])
            if found is not None and (not fills or fills in found.fields):
                return found
    return None


def common_preset(elements: Sequence[Any], fills: str) -> ShippedPreset | None:
    """The preset that gives a field its value in all elements, or None."""
    found = preset_of(elements[0], fills)
    return found if found is not None and all(preset_of(other, fills) is found for other in elements[1:]) else None
