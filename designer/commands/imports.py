"""Adds what was read from other programs' files to the design. Each function is one undo step."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from designer.catalog.kinds.saved.trace import Trace, pack
from designer.collector import collector_off
from designer.errors import RuleError
from designer.exchange.matching import Matching, by_place, match
from designer.exchange.traces.loads import listed
from designer.exchange.traces_csv import Traces
from designer.model import boxes, layout
from designer.model.amounts import CELL_LIMIT, ELEMENT_LIMIT
from designer.model.boxes import Rect
from designer.model.element import NAME_LIMIT, ROOT_ID, Element, make, new_id
from designer.model.project import Project
from designer.words import tr, trn

HOSTS_PER_RACK = 20
PART_BYTES = CELL_LIMIT - (1 << 20)
"""Most bytes of a trace that is attached as one element: packed it may take as many."""
MOST_SAMPLE_S = 86_400.0
"""Longest recording step that a design can have."""

Fields = Mapping[str, Any]
Match = Literal["name", "place"]


@dataclass(frozen=True)
class Attached:
    """Which VMs follow which rows of the traces, and which VMs and traces are left over."""

    origin: str
    vms: int
    matching: Matching
    above: int = 0
    """Samples of more than the whole CPU of their VM."""

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        number = trn("{0:,} VM", "{0:,} VMs", len(self.matching.rows))
        how = tr("by name") if self.matching.by_name else tr("in row order")
        if not self.matching.by_name and self.vms > len(set(self.matching.rows.values())):
            how += tr(", starting again from the first row after the last")
        said = tr("Attached {0} to {1}, {2}.", number, self.origin, how)
        if self.matching.left_vms:
            said += tr(" VMs without a trace keep their own load: {0}.", listed(self.matching.left_vms))
        if self.matching.left_traces:
            said += tr(" Traces without a VM: {0}.", listed(self.matching.left_traces))
        if self.above:
            said += tr(" {0:,} samples are more than their VM has, and count as full.", self.above)
        return said


@dataclass(frozen=True)
class Imported:
    """The result of an import: the data center, and what happened to the traces."""

    center: int
    hosts: int
    vms: int
    most_vcpus_per_core: float
    attached: Attached | None = None

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        said = tr(
            "Imported {0} and {1}", trn("{0:,} host", "{0:,} hosts", self.hosts), trn("{0:,} VM", "{0:,} VMs", self.vms)
        )
        said += tr(", at most {0:.3g} vCPUs a core.", self.most_vcpus_per_core) if self.vms else "."
        return said + (f" {self.attached.sentence}" if self.attached is not None else "")


def add_trace(project: Project, values: np.ndarray, step_s: float, origin: str) -> int:
    """Add a recorded trace (rows x samples; uint8 percents or float64 fractions) to the design; return its id.

    Raises RuleError where the traces of the design would be larger than a run can load.
    """
    with project.edit(tr("Import {0}", origin)):
        name = origin.partition(".")[0][:NAME_LIMIT] or "trace"
        packed = pack(values, [one for one in project.elements.values() if isinstance(one, Trace)])
        return project.add(
            make(project.kinds["trace"].table, {"name": name, "step_s": step_s, "origin": origin, **packed})
        )


def attach_traces(project: Project, vm_ids: Iterable[int], traces: Traces, how: Match = "name") -> Attached:
    """Add a trace and let VMs follow it: by name; in row order (drawing order of the VMs) where the file names no
    rows or where `how` asks for it.

    A VM without a trace keeps its own load. Raises DesignerError when there is no VM, a VM has two traces, or no name
    matches.
    """
    chosen = [i for i in vm_ids if project.elements[i].kind == "vm" and not project.elements[i].__dict__["template"]]
    if not chosen:
        raise RuleError(tr("There is no VM for the traces; place some VMs or import them from a file."))
    matching = _matched([project.elements[i].__dict__["name"] for i in chosen], traces, how)
    with project.edit(tr("Attach traces of {0}", traces.origin)):
        sizes = {n: project.elements[chosen[n]].__dict__ for n in matching.rows}
        following, above = _following(project, sizes, matching.rows, traces)
        for n, fields in following.items():
            project.set(chosen[n], trace_shift=0, **fields)
    return Attached(traces.origin, len(chosen), matching, above)


def add_in_parts(project: Project, values: np.ndarray, step_s: float, origin: str) -> list[tuple[int, int]]:
    """Add a trace, or several where one element could not hold it; return trace and place of each row."""
    rows = max(1, PART_BYTES // max(1, values.itemsize * values.shape[1]))
    return [
        (trace, place)
        for first in range(0, len(values), rows)
        for part in (values[first : first + rows],)
        for trace in (add_trace(project, part, step_s, origin),)
        for place in range(len(part))
    ]


def _following(
    project: Project, sizes: Mapping[int, Fields], rows: Mapping[int, int], traces: Traces
) -> tuple[dict[int, Fields], int]:
    """Add the traces; return the fields by which each VM follows its row, and how many samples were above the whole
    CPU of their VM. `sizes`: the fields of each VM, keyed as `rows`. Raises RuleError for requests: no load of VMs."""
    if traces.scale == "rps":
        raise RuleError(
            tr("{0} tells requests of services, which are no load of VMs; attach it to services.", traces.origin)
        )
    values, places, above = _of_vms(sizes, rows, traces)
    cpu = add_in_parts(project, values, traces.step_s, traces.origin)
    found: dict[int, Fields] = {}
    for n, place in places.items():
        found[n] = {"demand": "trace", "trace": cpu[place][0], "trace_row": cpu[place][1]}
    if traces.memory is not None:
        ram = add_in_parts(project, traces.memory, traces.step_s, tr("memory of {0}", traces.origin))
        for n, row in rows.items():
            found[n] = {
                **found[n], "memory_use": "trace", "memory_trace": ram[row][0], "memory_trace_row": ram[row][1]
            }  # fmt: skip
    return found, above


def _of_vms(
    sizes: Mapping[int, Fields], rows: Mapping[int, int], traces: Traces
) -> tuple[np.ndarray, Mapping[int, int], int]:
    """The values as fractions of the CPU of each VM, the row of each by its key, and how many samples were above its
    whole CPU. A row that two VMs of different size follow is there for each."""
    if traces.scale == "vm":
        return traces.values, rows, 0
    made: list[np.ndarray] = []
    places: dict[int, int] = {}
    above = 0
    for n, row in rows.items():
        whole = sizes[n]["vcpus"] * (sizes[n]["mhz"] if traces.scale == "mhz" else 1.0)
        part = traces.values[row] / whole
        above += int((part > 1.0).sum())
        places[n] = len(made)
        made.append(np.minimum(part, 1.0))
    return np.vstack(made) if made else traces.values[:0], places, above


def _matched(names: Sequence[str], traces: Traces, how: Match) -> Matching:
    if how == "name" and traces.named:
        return match(names, traces.names, traces.origin)
    if how == "name" and len(traces.names) == 1 and traces.names[0] in names:  # one machine's file, named after it
        return match(names, traces.names, traces.origin)
    return by_place(names, len(traces.names))


def import_machines(
    project: Project,
    hosts: Sequence[Fields],
    vms: Sequence[Fields],
    traces: Traces | None = None,
    name: str = "imported",
    how: Match = "name",
) -> Imported:
    """Add a data center of hosts (in racks) with their VMs, as one undo step.

    A VM's `host` names its host; without it, the VM goes to the host with the most free memory that takes it. A VM's
    `trace_row`, or else its name, gives its row of the traces. With traces, the run gets their length and step. Raises
    DesignerError that names the VM.
    """
    if len(project.elements) + len(hosts) + len(vms) > ELEMENT_LIMIT:
        raise RuleError(
            tr("{0:,} machines are too many; a design holds at most {1:,}.", len(hosts) + len(vms), ELEMENT_LIMIT)
        )
    homes = _homes(hosts, vms)
    rows, attached = _rows_of(vms, traces, how) if traces is not None else ([None] * len(vms), None)
    with (
        collector_off(),
        project.edit(
            tr(
                "Import {0} and {1}",
                trn("{0:,} host", "{0:,} hosts", len(hosts)),
                trn("{0:,} VM", "{0:,} VMs", len(vms)),
            )
        ),
    ):
        made = _Fleet(project, hosts, vms, homes, NOT_OF_A_VM if traces is not None else NOT_OF_A_VM | {"trace_shift"})
        if traces is not None and attached is not None:
            span_h = traces.values.shape[1] * traces.step_s / 3600.0
            project.set(ROOT_ID, until_h=span_h, sample_s=min(max(traces.step_s, 1.0), MOST_SAMPLE_S))
            followed = {n: row for n, row in enumerate(rows) if row is not None}
            sizes = {n: made.vms[n].__dict__ for n in followed}
            following, above = _following(project, sizes, followed, traces)
            for n, fields in following.items():
                made.vms[n].__dict__.update(fields)
            attached = replace(attached, above=above)
        center = made.add(name[:NAME_LIMIT])
    return Imported(center, len(hosts), len(vms), _most_vcpus_per_core(hosts, vms, homes), attached)


def _rows_of(vms: Sequence[Fields], traces: Traces, how: Match) -> tuple[list[int | None], Attached]:
    """The row of the traces of each VM; None for a VM that keeps its own load."""
    rows: list[int | None] = [vm.get("trace_row") for vm in vms]
    for vm, row in zip(vms, rows):
        if row is not None and row >= traces.values.shape[0]:
            raise RuleError(
                tr("VM {0} asks for trace row {1:,}; there are {2:,}.", vm.get("name", ""), row, traces.values.shape[0])
            )
    rest = [n for n, row in enumerate(rows) if row is None]
    running = [n for n in rest if not vms[n].get("template")]
    if any(row is not None for row in rows):
        for n in rest:
            rows[n] = n % traces.values.shape[0] if not traces.named else None
        matching = Matching({n: row for n, row in enumerate(rows) if row is not None}, by_name=False)
    else:
        named = any("name" in vms[n] for n in running)
        names = [_name("vm", vms[n], n) for n in running]
        matching = _matched(names, traces, how if named else "place") if running else Matching({}, True)
        for n, row in matching.rows.items():
            rows[running[n]] = row
    return rows, Attached(traces.origin, len(running), matching)


def _homes(hosts: Sequence[Fields], vms: Sequence[Fields]) -> list[int]:
    """The index of each VM's host. Raises RuleError: unknown host, VM larger than its host or than any host."""
    if not hosts:
        raise RuleError(tr("There are no hosts to put the VMs on."))
    at: dict[str, int] = {}
    shared: dict[str, int] = {}
    for n, host in enumerate(hosts):
        key = str(host.get("name", n)).casefold()
        shared[key] = shared.get(key, 0) + 1
        at[key] = n
    threads = [host["cores"] * host.get("threads_per_core", 1) for host in hosts]
    memory = [float(host["ram_mib"]) for host in hosts]
    most_threads, most_mib = max(threads), max(memory)
    fleet = _Free(threads, memory)
    homes = []
    for n, vm in enumerate(vms):
        if vm["vcpus"] > most_threads or vm["ram_mib"] > most_mib:
            raise RuleError(
                tr(
                    "{0} asks for {1:,} vCPUs and {2:,.0f} MiB; no host is that large (most: {3:,} threads, "
                    "{4:,.0f} MiB).",
                    _who(vm, n),
                    vm["vcpus"],
                    vm["ram_mib"],
                    most_threads,
                    most_mib,
                )
            )
        named = vm.get("host")
        if named:
            key = named.casefold()
            if key not in at:
                raise RuleError(tr("{0} stands on host {1}, which is not among the hosts.", _who(vm, n), named))
            if shared[key] > 1:
                raise RuleError(
                    tr("{0} stands on host {1}; {2:,} hosts have that name.", _who(vm, n), named, shared[key])
                )
            home = at[key]
            if vm["vcpus"] > threads[home] or vm["ram_mib"] > memory[home]:
                raise RuleError(tr("{0} is larger than its host {1}.", _who(vm, n), named))
        else:
            home = fleet.find(vm["vcpus"], vm["ram_mib"])
            if home < 0:
                raise RuleError(
                    tr(
                        "{0} fits on no host: none with {1:,} threads or more has {2:,.0f} MiB free.",
                        _who(vm, n),
                        vm["vcpus"],
                        vm["ram_mib"],
                    )
                )
        if not vm.get("template") and vm.get("powered_on", True):
            fleet.take(home, vm["ram_mib"])
        homes.append(home)
    return homes


def _who(vm: Fields, n: int) -> str:
    return tr("VM {0}", vm.get("name", n))


class _Free:
    """The hosts by their free memory, the emptiest first, the first in the list among equals."""

    def __init__(self, threads: Sequence[int], memory: Sequence[float]) -> None:
        self._threads, self._free = threads, list(memory)
        self._heap = [(-free, n) for n, free in enumerate(memory)]
        heapq.heapify(self._heap)

    def find(self, vcpus: int, ram_mib: float) -> int:
        """The host that takes a VM, -1 without one."""
        narrow, found = [], -1
        while self._heap and found < 0 and -self._heap[0][0] >= ram_mib:
            free, n = heapq.heappop(self._heap)
            if -free != self._free[n]:
                continue  # an older entry
            narrow.append((free, n))
            if self._threads[n] >= vcpus:
                found = n
        for entry in narrow:
            heapq.heappush(self._heap, entry)
        return found

    def take(self, host: int, ram_mib: float) -> None:
        """Add a VM to the count."""
        self._free[host] -= ram_mib
        heapq.heappush(self._heap, (-self._free[host], host))


def _most_vcpus_per_core(hosts: Sequence[Fields], vms: Sequence[Fields], homes: Sequence[int]) -> float:
    """The most vCPUs of running VMs per core on any host."""
    vcpus = [0] * len(hosts)
    for vm, home in zip(vms, homes):
        if not vm.get("template") and vm.get("powered_on", True):
            vcpus[home] += vm["vcpus"]
    return float(max((taken / host["cores"] for taken, host in zip(vcpus, hosts)), default=0.0))


class _Fleet:
    """The rows of a data center: racks, hosts and VMs with their boxes, ready to add at once."""

    def __init__(
        self,
        project: Project,
        hosts: Sequence[Fields],
        vms: Sequence[Fields],
        homes: Sequence[int],
        left_out: frozenset[str],
    ) -> None:
        self._project, self._left_out = project, left_out
        self.center = self._row("data_center", ROOT_ID, {})
        self.racks: list[Element] = []
        self._in_rack: list[list[Element]] = []
        self.hosts = self._of_hosts(hosts)
        self.vms = self._of_vms(vms, homes)

    def _row(self, kind: str, parent: int, fields: Fields, rank: int = 0) -> Element:
        row = make(self._project.kinds[kind].table, fields)
        row.__dict__.update(id=new_id(), parent=parent, rank=rank)
        return row

    def _of_hosts(self, hosts: Sequence[Fields]) -> list[Element]:
        width = len(str(math.ceil(len(hosts) / HOSTS_PER_RACK)))
        at: dict[str, int] = {}
        made = []
        for n, host in enumerate(hosts):
            name = str(host.get("rack") or f"rack-{n // HOSTS_PER_RACK + 1:0{width}}")
            if name not in at:
                at[name] = len(self.racks)
                units = {"name": name, "units_u": 60 if host.get("rack") else 42}
                self.racks.append(self._row("rack", self.center.__dict__["id"], units, len(self.racks)))
                self._in_rack.append([])
            placed = self._in_rack[at[name]]
            fields = {key: value for key, value in host.items() if key not in ("rack", "name")}
            fields["name"] = _name("host", host, n)
            placed.append(self._row("host", self.racks[at[name]].__dict__["id"], fields, len(placed)))
            made.append(placed[-1])
        return made

    def _of_vms(self, vms: Sequence[Fields], homes: Sequence[int]) -> list[Element]:
        self._on_host: list[list[Element]] = [[] for _ in self.hosts]
        table, left_out, made = self._project.kinds["vm"].table, self._left_out, []
        for n, (vm, home) in enumerate(zip(vms, homes)):
            host, placed = self.hosts[home].__dict__, self._on_host[home]
            row = make(table, {"mhz": host["mhz"]})
            fields = row.__dict__
            for name, value in vm.items():
                if name not in left_out:
                    fields[name] = value
            fields["name"], fields["id"], fields["parent"] = _name("vm", vm, n), new_id(), host["id"]
            fields["rank"] = len(placed)
            placed.append(row)
            made.append(row)
        return made

    def add(self, name: str) -> int:
        """Lay everything out beside the present design and add it; return the id of the data center."""
        project, kinds = self._project, self._project.kinds
        grids: dict[int, tuple[list[Fields], tuple[float, float]]] = {}
        for host, vms in zip(self.hosts, self._on_host):
            if len(vms) not in grids:
                cells = layout.cells_of(kinds["host"].box, len(vms))
                grids[len(vms)] = [cell._asdict() for cell in cells], layout.holding(kinds["host"].box, cells)
            places, size = grids[len(vms)]
            for vm, place in zip(vms, places):
                vm.__dict__.update(place)
            _box(host, *size)
        for rack, hosts in zip(self.racks, self._in_rack):
            width = max(host.__dict__["w"] for host in hosts)
            heights = [host.__dict__["h"] for host in hosts]
            spots = layout.stacked(kinds["rack"].box, width, heights)
            placed = [Rect(*spot, width, height) for spot, height in zip(spots, heights)]
            _put(hosts, placed)
            _box(rack, *layout.holding(kinds["rack"].box, placed))
        box = kinds["data_center"].box
        sizes = [(rack.__dict__["w"], rack.__dict__["h"]) for rack in self.racks]
        spots = boxes.in_rows(sizes, box.gap, layout.ROWS_SHAPE)
        inside = [Rect(box.padding + x, box.header + box.padding + y, *size) for (x, y), size in zip(spots, sizes)]
        _put(self.racks, inside)
        size = layout.holding(box, inside)
        spot = layout.free_spot(project, ROOT_ID, size)
        self.center.__dict__.update(name=name, x=spot[0], y=spot[1], w=size[0], h=size[1])
        project.add_many([self.center, *self.racks, *self.hosts, *self.vms])
        layout.settle(project, [ROOT_ID])
        return int(self.center.__dict__["id"])


NOT_OF_A_VM = frozenset(("host", "name", "trace_row"))
"""Columns of a VM's row that are no fields of a VM."""


def _put(rows: Sequence[Element], placed: Sequence[Rect]) -> None:
    for row, box in zip(rows, placed):
        row.__dict__.update(x=box.x, y=box.y, w=box.w, h=box.h)


def _box(row: Element, width: float, height: float) -> None:
    row.__dict__.update(w=width, h=height)


def _name(kind: str, row: Fields, n: int) -> str:
    """The name from the file; a bare number gets the kind's name in front."""
    name = str(row.get("name", n))
    return f"{kind}-{name}" if name.isdigit() else name
