"""What the colors of the drawing can show of a run, with the scale of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer import units
from designer.study.frames import Frame
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World


@dataclass(frozen=True)
class Coloring:
    """A sort of color. `top`: the value of the last color; None: the highest value there is, rounded up.

    `unit`: empty for shares. `source`: the field of a frame; empty for what is read elsewhere. `told` says whose value
    is written beside the color: of all, of VMs or of hosts.
    """

    title: str
    tip: str
    source: str = ""
    top: float | None = 1.0
    unit: str = ""
    told: str = "all"


COLORINGS = {
    "heat": Coloring(
        "CPU utilization",
        "What VMs ask for, as a part of what they stand on has. Above 100% something is missing.",
        "heat",
    ),
    "used": Coloring(
        "CPU given", "What VMs are given, as a part of what they stand on has. It never exceeds 100%.", "used"
    ),
    "steal": Coloring(
        "Steal", "Steal: CPU time a VM could have used, had the host not given it to other VMs.", "steal", 0.2
    ),
    "throttled": Coloring(
        "Throttled",
        "CPU that a VM wants beyond a limit of its own: it would miss it on an idle host, too.",
        "throttled",
        0.5,
    ),
    "overhead": Coloring(
        "Overhead",
        "CPU that the hypervisor itself uses: a VM would miss it alone on its host.",
        "overhead",
        0.2,
    ),
    "waiting": Coloring(
        "Waiting", "Work that a VM cannot do because it waits for its disks or the network.", "waiting", 0.5
    ),
    "disk": Coloring(
        "Disk",
        "How full the fullest limit is that the disk operations of a VM go through: volume, instance, array.",
        "disk",
    ),
    "network": Coloring(
        "Network",
        "How full the fullest limit is that the traffic of a VM goes through: instance, NIC, uplink of a rack, link.",
        "wire",
    ),
    "memory": Coloring(
        "Memory",
        "The memory of each VM: what its host gives it where it takes memory back, else all that is configured. A "
        "host drawn small has the mean of its VMs.",
        top=None,
        unit="MiB",
        told="vm",
    ),
    "active": Coloring(
        "Active memory",
        "What each VM uses of its memory, where its host takes memory back.",
        "active",
        None,
        "MiB",
        "vm",
    ),
    "power": Coloring(
        "Power",
        "The power that a host takes. Its VMs have the color of their host.",
        "power_w",
        None,
        "W",
        "host",
    ),
    "temperature": Coloring(
        "Temperature",
        "How warm the data center is in which a host stands, where cooling units with a heat capacity cool it.",
        "warmth_c",
        None,
        "°C",
    ),
    "state": Coloring(
        "State",
        "Whether a VM runs, restarts, waits, has failed, is lost, in maintenance or off, each by its color.",
    ),
}
"""By their names in saved views."""


@dataclass(frozen=True)
class Shown:
    """The values of one moment: `load` by world row as a part of `top` (NaN: no data)."""

    name: str
    load: NDArray[np.float32]
    top: float

    @property
    def coloring(self) -> Coloring:
        """What is shown."""
        return COLORINGS[self.name]

    @property
    def by_state(self) -> bool:
        """Whether each state has a color of its own, instead of values on a scale."""
        return self.name == "state"

    def words(self, part: float) -> str:
        """A part of the scale as text: "40%", "16 GiB"."""
        value, unit = part * self.top, self.coloring.unit
        return units.text(value, unit, 2) if unit else f"{value * 100:.0f}%"

    def says(self, world: World, row: int) -> str:
        """What is written beside the color of a row; empty without data, and where the value is of something else."""
        load = float(self.load[row])
        told = {"all": True, "vm": bool(world.is_vm[row]), "host": bool(world.is_host[row])}[self.coloring.told]
        return self.words(load) if told and not math.isnan(load) else ""


def shown_of(name: str, world: World, frame: Frame, mapping: Mapping) -> Shown:
    """What a frame shows by a coloring. Raises KeyError for an unknown name."""
    coloring = COLORINGS[name]
    if name == "state":
        return Shown(name, np.full(world.ids.size, np.nan, np.float32), 1.0)
    if name == "memory":
        granted = mapping.spread(frame.memory("granted"), np.nan)
        known = world.is_vm & ~np.isnan(granted)
        values = _with_means(world, np.where(known, granted, memory_of(world, mapping)))
    elif name == "active":
        active = mapping.spread(frame.memory("active"), np.nan)
        values = _with_means(world, np.where(world.is_vm, active, np.float32(np.nan)))
    else:
        values = mapping.spread(getattr(frame, coloring.source), np.nan)
        if coloring.told == "host":
            values = _with_means(world, _from_hosts(world, values))
    counted = world.is_vm if coloring.told == "vm" else world.is_host
    top = coloring.top if coloring.top is not None else round_up(values[counted], coloring.unit)
    return Shown(name, values if top == 1.0 else (values / np.float32(top)).astype(np.float32), top)


def memory_of(world: World, mapping: Mapping) -> NDArray[np.float32]:
    """The memory of each VM in MiB (NaN for all else), read once for the rows of a mapping."""
    if mapping.memory_mib is None:
        mapping.memory_mib = np.full(world.ids.size, np.nan, np.float32)
        elements = world.project.elements
        for row in np.flatnonzero(world.is_vm).tolist():
            mapping.memory_mib[row] = elements[int(world.ids[row])].__dict__.get("ram_mib", math.nan)
    return mapping.memory_mib


def round_up(values: NDArray[np.float32], unit: str) -> float:
    """The end of a scale for some values: the next of 1, 2 or 5 times a power of ten, or for memory the next power of
    two; 1 without values."""
    known = values[~np.isnan(values)]
    most = float(known.max()) if known.size else 0.0
    if most <= 0:
        return 1.0
    if unit == "MiB":
        return 2.0 ** math.ceil(math.log2(most) - 1e-6)
    step = 10.0 ** math.floor(math.log10(most))
    return next(step * n for n in (1, 2, 5, 10) if step * n >= most * (1 - 1e-6))


def _from_hosts(world: World, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hosts keep their values, VMs have that of their host, and all else has none."""
    own = np.where(world.is_host, values, np.float32(np.nan))
    above = world.parent
    found = own.copy()
    while (above >= 0).any():
        missing = np.isnan(found) & world.is_vm & (above >= 0)
        found[missing] = own[above[missing]]
        above = np.where(above >= 0, world.parent[above], -1)
    return found


def _with_means(world: World, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same, and in what has no value and holds VMs with one, their mean."""
    known = world.is_vm & ~np.isnan(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0), dtype=np.float64)])
    counts = np.concatenate([[0], np.cumsum(known)])
    rows = np.flatnonzero(~world.is_vm & np.isnan(values))
    count = counts[world.end[rows]] - counts[rows]
    means = values.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        means[rows] = (sums[world.end[rows]] - sums[rows]) / count
    return means
