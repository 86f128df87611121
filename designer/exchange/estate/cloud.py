"""An estate at a provider: regions, zones, networks, instances and what stands beside them, put into an inventory.

AWS tells zones by name (eu-west-1a) or id (euw1-az1), and things by ids of its own; each is put once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from designer.catalog.presets.shipped import DEDICATED, known_preset
from designer.catalog.reference.ec2 import Offer, ec2
from designer.catalog.rules.values import Network, network
from designer.exchange.estate.inventory import Inventory
from designer.words import tr

DEFAULT_REGION = "us-east-1"
UNKNOWN_SIZE = {"vcpus": 2, "ram_mib": 4096.0}
"""The size of an instance whose type is not told or not known."""
EBS = frozenset(("gp2", "gp3", "io2", "st1", "sc1"))


@cache
def _region_by_zone() -> dict[str, str]:
    """The code of the region of each zone that is known, by its name and by its id."""
    return {said: code for code, region in ec2().regions.items() for zone in region.zones for said in zone}


@dataclass
class Cloud:
    """Builds the inventory of an estate in regions of AWS. Returns of `put` functions are keys of the inventory."""

    inventory: Inventory
    home: str = ""
    """The region of what names none; empty: not known."""
    _zones: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Region, name and id of a zone, by its key."""
    _ids: dict[tuple[str, str], str] = field(default_factory=dict)
    """The id of each zone by region and name: which name has which id differs from account to account."""
    _waiting: list[tuple[str, str, str]] = field(default_factory=list)

    def region(self, code: str = "") -> str:
        """A region by its code; the home region where none is told."""
        if not code:
            code = self.home
        if not code:
            code = self.home = DEFAULT_REGION
            self.inventory.remark("guessed", tr("No region is told: {0}.", DEFAULT_REGION))
        preset = known_preset("region", "code", code)
        fields = {} if preset is None else preset.fields
        return self.inventory.put("region", f"region:{code}", "", code, **{**fields, "code": code, "provider": "aws"})

    def zone(self, name: str = "", zone_id: str = "", code: str = "") -> str:
        """A zone by its name or id; the first of the region where neither is told."""
        code = self.region_of(name, zone_id) or code or self.home
        above = self.region(code)
        code = above.removeprefix("region:")
        known = ec2().regions.get(code)
        by_name = dict(known.zones) if known is not None else {}
        if not name and not zone_id:
            name = next(iter(by_name), f"{code}a")
            self.inventory.remark("guessed", tr("No zone is told: {0}.", name))
        zone_id = zone_id or self._ids.get((code, name)) or by_name.get(name, "")
        name = name or next((one for one, of in by_name.items() if of == zone_id), zone_id)
        key = f"zone:{code}:{zone_id or name}"
        self._zones[key] = code, name, zone_id
        self._ids.setdefault((code, name), zone_id)
        return self.inventory.put("zone", key, above, name, zone_id=zone_id)

    def region_of(self, name: str, zone_id: str) -> str:
        """The code of the region that a zone's name or id belongs to; empty where it is not known."""
        found = _region_by_zone().get(name) or _region_by_zone().get(zone_id)
        return found or (name[:-1] if name[:-1] in ec2().regions else "")

    def vpc(self, known: str, name: str = "", cidr: str = "", code: str = "") -> str:
        """A network."""
        called = name or known
        return self.inventory.put(
            "vpc", f"id:{known}", self.region(code), called, known, cidr=self._range(cidr, called)
        )

    def subnet(
        self, known: str, zone: str, name: str = "", vpc: str = "", cidr: str | None = None, **fields: Any
    ) -> str:
        """A subnet in a zone, in a network that is told by its id."""
        ranged = self._range(cidr, name or known)
        key = self.inventory.put("subnet", f"id:{known}", zone, name or known, known, cidr=ranged, **fields)
        if vpc:
            self.tie("in_vpc", key, f"id:{vpc}")
        return key

    def _range(self, cidr: str | None, name: str) -> str | None:
        """A range of addresses; one that is only known when it is made is left out."""
        if cidr and network(cidr) is None:
            self.inventory.remark(
                "left_out", tr("A range of addresses that the export does not tell as a network."), name
            )
            return None
        return cidr or None

    def zone_of(self, key: str) -> str:
        """The zone that a part stands in; empty without one."""
        while key and key not in self._zones:
            key = self.inventory.parts[key].parent if key in self.inventory.parts else ""
        return key

    def host(self, known: str, zone: str, family: str, name: str = "", **fields: Any) -> str:
        """A dedicated host of a family."""
        preset = known_preset("host", "model", family + DEDICATED)
        filled = {} if preset is None else {**preset.fields, "model": family + DEDICATED}
        nitro = known_preset("host", "hypervisor", "AWS Nitro")
        virtual = {} if nitro is None else {**nitro.fields, "hypervisor": "AWS Nitro"}
        if preset is None:
            self.inventory.remark("guessed", tr("A dedicated host of a family that is not known: {0}.", family), known)
        told = {title: value for title, value in fields.items() if value is not None}
        return self.inventory.put("host", f"id:{known}", zone, name or known, known, **{**virtual, **filled, **told})

    def instance(self, known: str, place: str, kind: str, name: str = "", **fields: Any) -> str:
        """An instance of a type in a zone, a subnet or on a host. A type that its zone does not offer is left out,
        its size stays."""
        code, _, zone_id = self._zones.get(self.zone_of(place), ("", "", ""))
        preset = known_preset("vm", "instance_type", kind)
        filled = dict(UNKNOWN_SIZE) if preset is None else {**preset.fields, "instance_type": kind}
        called = name or known
        if preset is None:
            self.inventory.remark(
                "guessed", tr("An instance type that is not known ({0}): 2 vCPUs, 4 GiB.", kind or "-"), called
            )
        elif ec2().had(kind, code, zone_id or None) is Offer.NO:
            del filled["instance_type"]
            self.inventory.remark(
                "warning", tr("Its zone does not offer {0} in the catalog: it keeps the size alone.", kind), called
            )
        return self.inventory.put("vm", f"id:{known}", place, called, known, **{**filled, **fields})

    def volume(self, known: str, place: str, size_gib: float | None, kind: str, name: str = "", **more: Any) -> str:
        """A volume in a zone or an instance."""
        if size_gib is None or size_gib < 1:
            self.inventory.remark("left_out", tr("A volume without a size."), name or known)
            return ""
        if kind not in EBS:
            self.inventory.remark("guessed", tr("A volume of type {0} counts as gp3.", kind or "-"), name or known)
            kind = "gp3"
        return self.inventory.put(
            "volume", f"id:{known}", place, name or known, known, type=kind, size_gib=float(size_gib), **more
        )

    def other(self, kind: str, known: str, place: str, name: str = "", **fields: Any) -> str:
        """Another kind of element, known by an id."""
        return self.inventory.put(kind, f"id:{known}", place, name or known, known, **fields)

    def tie(self, kind: str, source: str, target: str) -> None:
        """Link two parts by their keys when all are known; one that never comes is told."""
        self._waiting.append((kind, source, target))

    def tie_all(self, kind: str, source: str, targets: Iterable[str]) -> None:
        """Link a part to each of some ids."""
        for target in dict.fromkeys(targets):
            self.tie(kind, source, f"id:{target}")

    def finish(self) -> Inventory:
        """Make the links whose ends are there, and return the inventory."""
        parts = self.inventory.parts
        self._hold_subnets()
        for kind, source, target in self._waiting:
            if source in parts and target in parts:
                self.inventory.join(kind, source, target)
            else:
                gone = target if source in parts else source
                self.inventory.remark("left_out", tr("A link to what is not in the files."), gone.partition(":")[2])
        return self.inventory

    def _hold_subnets(self) -> None:
        """Give each network whose addresses are not told the fewest that hold those of its subnets."""
        parts = self.inventory.parts
        held: dict[str, list[str]] = {}
        for kind, source, target in self._waiting:
            if kind == "in_vpc" and {source, target} <= parts.keys() and "cidr" not in parts[target].fields:
                held.setdefault(target, []).append(parts[source].fields.get("cidr", ""))
        for key, ranges in held.items():
            if found := _around(filter(None, map(network, ranges))):
                parts[key].fields["cidr"] = found
                said = tr("The addresses of a network are not told: the fewest that hold its subnets.")
                self.inventory.remark("guessed", said, parts[key].name)


def _around(ranges: Iterable[Network]) -> str:
    """The smallest network that holds all of some, of one version of IP; empty without one."""
    first, *others = sorted(ranges, key=lambda one: (one.prefixlen, int(one.network_address))) or (None,)
    if first is None or any(one.version != first.version for one in others):
        return ""
    bits = max((int(one.network_address) ^ int(first.network_address)).bit_length() for one in (first, *others))
    return str(first.supernet(new_prefix=min(first.prefixlen, first.max_prefixlen - bits)))
