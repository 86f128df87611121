"""What is read from other programs' files becomes part of the design: each function is one step of undo."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from designer.catalog.kinds.kept.trace import pack
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import NAME_LIMIT, ROOT_ID, Element, make
from designer.model.project import Project

HOSTS_PER_RACK = 20
MOST_SAMPLE_S = 86_400.0
"""Longest recording step that a design can have."""
RACK_WIDE = 2.2
"""How much wider than high a data center with many racks is drawn."""

Fields = Mapping[str, Any]


def add_trace(project: Project, values: np.ndarray, step_s: float, origin: str) -> int:
    """Put a recorded trace (rows x samples; uint8 percents or float64 fractions) into the design; its id."""
    with project.edit(f"Import {origin}"):
        name = origin.partition(".")[0][:NAME_LIMIT] or "trace"
        return project.add(
            make(project.kinds["trace"].table, {"name": name, "step_s": step_s, "origin": origin, **pack(values)})
        )


def attach_traces(
    project: Project, vm_ids: Iterable[int], values: np.ndarray, names: Sequence[str], step_s: float, origin: str
) -> str:
    """Add a trace and let VMs follow it: by name where all names are VMs' names, else row after row in drawing order.

    Returns a sentence that says how. Raises RuleError when there is no VM, or names leave VMs without a row
    or with two.
    """
    chosen = [i for i in vm_ids if project.elements[i].kind == "vm" and not project.elements[i].__dict__["template"]]
    if not chosen:
        raise RuleError("There is no VM to attach the traces to; place some VMs or import them from a file.")
    rows = {name: n for n, name in enumerate(names)}
    by_name = {i: rows[project.elements[i].name] for i in chosen if project.elements[i].name in rows}
    counts = Counter(names)
    for name in (project.elements[i].name for i in by_name):
        if counts[name] > 1:
            raise RuleError(f"{counts[name]:,} traces of {origin} are named {name}; give each its own name.")
    if len(by_name) == len(chosen):
        at, how = by_name, "by name"
    elif by_name:
        first = next(i for i in chosen if i not in by_name)
        raise RuleError(
            f"{len(by_name):,} of {len(chosen):,} VMs have a trace of their name, {project.elements[first].name} has "
            "none; select only the VMs that have one, or rename the traces."
        )
    else:
        at = {element_id: n % len(names) for n, element_id in enumerate(chosen)}
        how = "row after row" + (", from the first row again when they ended" if len(chosen) > len(names) else "")
    with project.edit(f"Attach traces of {origin}"):
        trace = add_trace(project, values, step_s, origin)
        for element_id, row in at.items():
            project.set(element_id, demand="trace", trace=trace, trace_row=row, trace_shift=0)
    return f"Attached {len(chosen):,} VMs to {origin}, {how}."


def import_machines(
    project: Project,
    hosts: Sequence[Fields],
    vms: Sequence[Fields],
    trace: tuple[np.ndarray, float, str] | None = None,
    name: str = "imported",
) -> int:
    """Make a data center of hosts (in racks) with their VMs, as one step of undo; the data center's id.

    A VM's `host` names where it stands; without one it goes to the host with the most free memory that takes it.
    `trace` is (values, step in seconds, name of the file); a VM's `trace_row` tells its row, else its place in the
    list. With a trace the run is set to its length and step. Raises RuleError that names the VM.
    """
    homes = _homes(hosts, vms)
    with project.edit(f"Import {len(hosts):,} hosts and {len(vms):,} VMs"):
        trace_id = add_trace(project, *trace) if trace is not None else 0
        if trace is not None:
            values, step_s, _ = trace
            span_h = values.shape[1] * step_s / 3600.0
            project.set(ROOT_ID, until_h=span_h, sample_s=min(max(step_s, 1.0), MOST_SAMPLE_S))
        beyond = layout.needed_size(project, ROOT_ID)[0]  # beside all there is, so that growing moves nothing
        center = _add(project, "data_center", ROOT_ID, {"name": name[:NAME_LIMIT], "x": beyond})
        racks = _add_racks(project, center, hosts)
        ids = [_add_host(project, racks[n], n, host) for n, host in enumerate(hosts)]
        for n, vm in enumerate(vms):
            _add_vm(project, ids[homes[n]], n, vm, trace_id, trace[0].shape[0] if trace is not None else 0)
        layout.settle(project, ids)
        _spread(project, center, list(dict.fromkeys(racks)))
    return center


def _homes(hosts: Sequence[Fields], vms: Sequence[Fields]) -> list[int]:
    """The index of each VM's host. Raises RuleError: unknown host, VM larger than its host or than any."""
    if not hosts:
        raise RuleError("There are no hosts to put the VMs on.")
    at = {str(host.get("name", n)): n for n, host in enumerate(hosts)}
    known = Counter(str(host.get("name", n)) for n, host in enumerate(hosts))
    threads = [host["cores"] * host.get("threads_per_core", 1) for host in hosts]
    free = np.array([float(host["ram_mib"]) for host in hosts])
    homes = []
    for n, vm in enumerate(vms):
        who = f"VM {vm.get('name', n)}"
        if vm["vcpus"] > max(threads) or vm["ram_mib"] > max(host["ram_mib"] for host in hosts):
            raise RuleError(
                f"{who} asks for {vm['vcpus']:,} vCPUs and {vm['ram_mib']:,.0f} MiB; no host is that large (most: "
                f"{max(threads):,} threads, {max(h['ram_mib'] for h in hosts):,.0f} MiB)."
            )
        if vm.get("host"):
            if vm["host"] not in at:
                raise RuleError(f"{who} stands on host {vm['host']}, which is not among the hosts.")
            if known[vm["host"]] > 1:
                raise RuleError(f"{who} stands on host {vm['host']}; {known[vm['host']]:,} hosts have that name.")
            home = at[vm["host"]]
            if vm["vcpus"] > threads[home] or vm["ram_mib"] > hosts[home]["ram_mib"]:
                raise RuleError(f"{who} is larger than its host {vm['host']}.")
        else:
            fits = np.array([vm["vcpus"] <= most for most in threads]) & (free >= vm["ram_mib"])
            if not fits.any():
                raise RuleError(
                    f"{who} fits on no host any more: none of {vm['vcpus']:,} threads or more has "
                    f"{vm['ram_mib']:,.0f} MiB free."
                )
            home = int(np.where(fits, free, -1.0).argmax())
        free[home] -= vm["ram_mib"]
        homes.append(home)
    return homes


def _add(project: Project, kind: str, parent: int, fields: dict[str, Any]) -> int:
    box = layout.size_in(project, kind, parent)
    row: Element = make(project.kinds[kind].table, {"parent": parent, "w": box[0], "h": box[1], **fields})
    return project.add(row)


def _add_racks(project: Project, center: int, hosts: Sequence[Fields]) -> list[int]:
    """The rack of each host: named in the file, or filled one after the other."""
    width = len(str(math.ceil(len(hosts) / HOSTS_PER_RACK)))
    racks: dict[str, int] = {}
    made = []
    for n, host in enumerate(hosts):
        name = str(host.get("rack") or f"rack-{n // HOSTS_PER_RACK + 1:0{width}}")
        if name not in racks:
            racks[name] = _add(project, "rack", center, {"name": name, "units_u": 60 if host.get("rack") else 42})
        made.append(racks[name])
    return made


def _add_host(project: Project, rack: int, n: int, host: Fields) -> int:
    fields = {key: value for key, value in host.items() if key not in ("rack", "name")}
    return _add(project, "host", rack, {"name": _name("host", host, n), **fields})


def _add_vm(project: Project, host: int, n: int, vm: Fields, trace_id: int, rows: int) -> None:
    fields = {key: value for key, value in vm.items() if key not in ("host", "name")}
    if trace_id:
        fields = {"trace_row": n % rows, **fields, "demand": "trace", "trace": trace_id}
        if fields["trace_row"] >= rows:
            raise RuleError(f"VM {vm.get('name', n)} asks for trace row {fields['trace_row']}; there are {rows:,}.")
    else:
        fields = {key: value for key, value in fields.items() if not key.startswith("trace_")}
    fields.setdefault("mhz", project.elements[host].__dict__["mhz"])
    _add(project, "vm", host, {"name": _name("vm", vm, n), **fields})


def _name(kind: str, row: Fields, n: int) -> str:
    """The name in the file; a bare number gets the kind's name in front."""
    name = str(row.get("name", n))
    return f"{kind}-{name}" if name.isdigit() else name


def _spread(project: Project, center: int, racks: list[int]) -> None:
    """Set racks in rows, and let the data center enclose them in a free place of the design."""
    box = project.kind(center).box
    boxes = [layout.rect_of(project, rack) for rack in racks]
    wide = math.sqrt(sum(b.w * b.h for b in boxes) * RACK_WIDE)
    x, y, high = box.padding, box.header + box.padding, 0.0
    for rack, here in zip(racks, boxes):
        if x > box.padding and x + here.w > wide:
            x, y, high = box.padding, y + high + box.gap, 0.0
        project.set(rack, x=x, y=y)
        x, high = x + here.w + box.gap, max(high, here.h)
    layout.settle(project, [center])
    size = project.elements[center]
    spot = layout.free_spot(project, ROOT_ID, (size.w, size.h), None, frozenset([center]))
    project.set(center, x=spot[0], y=spot[1])
