"""What hangs on which network devices, and the links between zones: tables made of a checked spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.engine.tables.tree import Fed, fed_of

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]

CARRIES = ("region", "zone", "data_center", "rack", "subnet", "switch", "router", "firewall")
"""Kinds of domains that pass on the traffic of others."""


class Wiring(NamedTuple):
    """A row a unit. A unit hangs on its devices: groups `own[u]:own[u + 1]`, of each one is enough, devices
    `device[first[g]:first[g + 1]]`. One without devices hangs on the unit `attach` (the number of units: the outside).

    A `leaf` passes no traffic on; leaves are in `order`. `bridges` (n x 3) are links: their unit, and the zones they
    join. The edges `bound` of the needs of VMs lead to units `via` the network: `stores`, which the host of the
    VM must reach, else places that the outside must reach.
    """

    attach: I
    own: I
    first: I
    device: I
    leaf: B
    order: I
    bridges: I
    bound: I
    via: B
    stores: B


def wiring_of(spec: Spec, unit_at: Mapping[int, int], parent: I, needs: Fed) -> Wiring | None:
    """The network of a run; None where nothing hangs on a device and no link joins zones."""
    links = [domain for domain in spec.domains if domain.ends]
    rows = [*(host.network for host in spec.hosts), *(domain.network for domain in spec.domains)]
    if not links and not any(rows):
        return None
    units, hosts = parent.size, len(spec.hosts)
    fed = fed_of(unit_at, rows)
    own = np.searchsorted(fed.needs, np.arange(units + 1)).astype(np.int64)
    first = np.searchsorted(fed.group, np.arange(fed.needs.size + 1)).astype(np.int64)
    leaf = np.array([*([True] * hosts), *(domain.kind not in CARRIES for domain in spec.domains)], np.bool_)
    while (below := ~leaf & (parent >= 0) & leaf[parent]).any():
        leaf |= below
    attach = _attach(parent, own, first, fed.feed)
    bridges = [[unit_at[link.id], unit_at[link.ends[0]], unit_at[link.ends[1]]] for link in links]
    via, stores = _via(spec, parent, own)
    groups = np.unique(needs.group[via[needs.feed]])
    return Wiring(
        attach, own, first, fed.feed, leaf, _order(leaf, attach, own, first, fed.feed),
        np.array(bridges, np.int64).reshape(-1, 3), np.flatnonzero(np.isin(needs.group, groups)), via, stores,
    )  # fmt: skip


def _attach(parent: I, own: I, first: I, device: I) -> I:
    """What a unit without devices hangs on: what it stands in. A device that connects what it stands in (a switch its
    rack) hangs on what that stands in.
    """
    outside = parent.size
    attach = np.where(parent >= 0, parent, outside)
    for u in np.unique(device).tolist():
        above = int(parent[u])
        while above >= 0 and u in _depends(above, own, first, device):
            above = int(parent[above])
        attach[u] = above if above >= 0 else outside
    return attach


def _depends(unit: int, own: I, first: I, device: I) -> set[int]:
    """The devices on which a unit hangs, those on which they hang, and so on."""
    found: set[int] = set()
    new = [unit]
    while new:
        u = new.pop()
        for d in device[first[own[u]] : first[own[u + 1]]].tolist():
            if d not in found:
                found.add(d)
                new.append(d)
    return found


def _order(leaf: B, attach: I, own: I, first: I, device: I) -> I:
    """The leaves, those first on which others hang."""
    units = leaf.size
    bare = own[1:] == own[:-1]
    owner = np.repeat(np.arange(units), first[own[1:]] - first[own[:-1]])
    among_leaves = np.append(leaf, False)
    depth = np.zeros(units + 1, np.int64)
    for _ in range(units):
        before = depth.copy()
        rows = np.flatnonzero(leaf & bare)
        depth[rows] = np.where(among_leaves[attach[rows]], before[attach[rows]] + 1, 0)
        np.maximum.at(depth, owner, np.where(leaf[owner] & among_leaves[device], before[device] + 1, 0))
        if np.array_equal(depth, before):
            break
    rows = np.flatnonzero(leaf)
    return rows[np.argsort(depth[rows], kind="stable")]


def _via(spec: Spec, parent: I, own: I) -> tuple[B, B]:
    """Which units VMs need over the network; which of them are storage that the host of the VM must reach."""
    hosts, kinds = len(spec.hosts), [*([""] * len(spec.hosts)), *(domain.kind for domain in spec.domains)]
    via, stores = np.zeros(parent.size, np.bool_), np.zeros(parent.size, np.bool_)
    for u in range(hosts, parent.size):
        above = int(parent[u])
        store = u if kinds[u] == "datastore" else above if above >= 0 and kinds[above] == "datastore" else -1
        stores[u] = store >= 0 and own[store] != own[store + 1]
        via[u] = stores[u] or kinds[u] == "subnet"
    return via, stores
