"""An estate of own hosts: data centers, clusters, hosts and VMs as most tools tell them, put into an inventory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from designer.catalog.presets.shipped import presets
from designer.exchange.estate.inventory import Inventory
from designer.words import tr

USUAL_MHZ = 2400.0
"""The clock of a host whose export has none."""
USUAL_CORES = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024)
USUAL_GIB = (32, 64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 4096, 8192, 16384)
"""Sizes of hosts that are made up: the least that holds what runs there."""
VCPUS_PER_CORE = 4.0
"""vCPUs for each core of a host that is made up."""


@dataclass
class _Load:
    """What stands on a host: vCPUs and memory of its VMs, and the largest of them."""

    vcpus: int = 0
    ram_mib: float = 0.0
    largest: int = 0


@dataclass
class Owned:
    """Builds the inventory of an estate of own hosts. Names are told apart without case."""

    inventory: Inventory
    hypervisor: str = ""
    _load: dict[str, _Load] = field(default_factory=dict)
    _wanted: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Hosts that VMs name: name, cluster, data center."""

    def center(self, name: str) -> str:
        """The key of a data center."""
        name = name or tr("Data center")
        return self.inventory.put("data_center", f"dc:{name.casefold()}", "", name)

    def cluster(self, name: str, center: str) -> str:
        """The key of a cluster in a data center; empty without a name."""
        if not name:
            return ""
        above = self.center(center)
        return self.inventory.put("cluster", f"cluster:{above}:{name.casefold()}", above, name)

    def host(self, name: str, center: str, cluster: str, cores: int | None, ram_mib: float | None, **more: Any) -> str:
        """Put a host: cores, memory in MiB, and other fields. What is missing of its size is made up when the VMs are
        known."""
        key = f"host:{name.casefold()}"
        above = self.center(center)
        fields = {**self._virtual(), **more, "cores": cores, "ram_mib": ram_mib}
        if fields.get("mhz") is None:
            fields["mhz"] = USUAL_MHZ
            self.inventory.remark("guessed", tr("No clock is told: {0:,.0f} MHz.", USUAL_MHZ), name)
        known = key in self.inventory.parts
        self.inventory.put("host", key, above, name, **fields)
        joined = self.cluster(cluster, center)
        if joined and not known:
            self.inventory.join("in_cluster", key, joined)
        return key

    def vm(self, key: str, name: str, host: str, place: tuple[str, str], foreign_id: str = "", **fields: Any) -> str:
        """Put a VM on a host of a name; `place` is its cluster and data center. A host that is not told is made up.
        Of a VM that is listed twice the first counts."""
        if key in self.inventory.parts:
            self.inventory.remark("left_out", tr("A VM that is listed twice; the first counts."), name)
            return key
        cluster, center = place
        if not host:
            host = tr("host of {0}", cluster) if cluster else tr("host not told")
            self.inventory.remark("guessed", tr("No host is told; it stands on one that was made up."), name)
        at = f"host:{host.casefold()}"
        self._wanted.setdefault(at, (host, cluster, center))
        load = self._load.setdefault(at, _Load())
        load.largest = max(load.largest, int(fields.get("vcpus") or 1))
        if fields.get("powered_on") is not False and not fields.get("template"):
            load.vcpus += int(fields.get("vcpus") or 1)
            load.ram_mib += float(fields.get("ram_mib") or 0.0)
        return self.inventory.put("vm", key, at, name, foreign_id, **fields)

    def finish(self) -> Inventory:
        """Make up the hosts that VMs name and the sizes that hosts have not, and return the inventory."""
        parts = self.inventory.parts
        for at, (name, cluster, center) in self._wanted.items():
            if at not in parts:
                self.inventory.remark("made_up", tr("VMs name a host that the export does not list."), name)
                self.host(name, center, cluster, None, None, mhz=USUAL_MHZ)
        for at, part in parts.items():
            if part.kind == "host":
                self._size(at)
        return self.inventory

    def _size(self, at: str) -> None:
        """Give a host the sizes that it has not: the least usual ones that hold its VMs."""
        fields, load = self.inventory.parts[at].fields, self._load.get(at, _Load())
        name = self.inventory.parts[at].name
        if "cores" not in fields:
            wanted = max(load.largest, load.vcpus / VCPUS_PER_CORE)
            fields["cores"] = next((size for size in USUAL_CORES if size >= wanted), USUAL_CORES[-1])
            self.inventory.remark("made_up", tr("Cores of a host, for what runs on it."), name)
        if "ram_mib" not in fields:
            wanted = load.ram_mib / 1024 * 1.2
            fields["ram_mib"] = 1024.0 * next((size for size in USUAL_GIB if size >= wanted), USUAL_GIB[-1])
            self.inventory.remark("made_up", tr("Memory of a host, for what runs on it."), name)

    def _virtual(self) -> dict[str, Any]:
        """What the hypervisor fills of a host; no limit of vCPUs a core: the estate runs with the ratio it has."""
        found = presets("host", "hypervisor").get(self.hypervisor)
        return {} if found is None else {**found.fields, "hypervisor": self.hypervisor, "overcommit": 0.0}
