"""What a cluster judges of its hosts by its type: who goes on, and where its VMs restart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.cluster.votes import device_votes, majority, quorate_side, standing_with
from designer.engine.spec import ClusterRule

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


class Hosts(NamedTuple):
    """The hosts of a cluster: who is `up`; hosts that reach each other have the same `part`; who is `reached` from
    outside, reaches the `witness` (None: there is none), and has a vote (`voting`; Hyper-V changes that, and a cluster
    of two nodes that keep the majority alone).
    """

    up: B
    part: I
    reached: B
    witness: B | None
    voting: B


class Verdict(NamedTuple):
    """Which hosts go `on`; the part in which VMs of each host restart (`goes_to`, -1: nowhere); who votes from now on;
    the votes of the largest part and those it needs (0: the cluster has no votes).
    """

    on: B
    goes_to: I
    voting: B
    votes: int = 0
    needs: int = 0


def judge(rule: ClusterRule, hosts: Hosts, two_node: bool = False) -> Verdict:
    """What a cluster of a type judges of its hosts; of a `two_node` cluster each keeps the majority alone."""
    if two_node:
        return _by_turn(hosts)
    return _by_heartbeats(hosts) if rule == "vsphere" else _by_votes(rule, hosts)


def _parts(hosts: Hosts) -> list[I]:
    """The hosts that are up, by part: the first host's part first."""
    order: dict[int, list[int]] = {}
    for n in np.flatnonzero(hosts.up).tolist():
        order.setdefault(int(hosts.part[n]), []).append(n)
    return [np.array(rows, np.int64) for rows in order.values()]


def _by_heartbeats(hosts: Hosts) -> Verdict:
    """Parts run on without a majority. A host alone, whom nobody outside reaches either, is isolated."""
    on = hosts.up.copy()
    parts = _parts(hosts)
    for rows in parts:
        if rows.size == 1 and hosts.up.size > 1 and not hosts.reached[rows[0]]:
            on[rows] = False
    going = [rows for rows in parts if on[rows[0]]]
    goes_to = np.full(hosts.up.size, -1, np.int64)
    if going:
        goes_to[:] = hosts.part[max(going, key=len)[0]]
        for rows in going:
            goes_to[hosts.part == hosts.part[rows[0]]] = hosts.part[rows[0]]
    return Verdict(on, goes_to, hosts.voting)


def _by_turn(hosts: Hosts) -> Verdict:
    """Of two nodes that lost each other the first goes on that did so before, alone. A node that comes up waits until
    both are there (`wait_for_all` of corosync); `voting` are those that go on.
    """
    on, goes_to = np.zeros(hosts.up.size, np.bool_), np.full(hosts.up.size, -1, np.int64)
    parts = _parts(hosts)
    going = [rows for rows in parts if hosts.voting[rows].any() or rows.size == hosts.up.size]
    if going:
        on[going[0]] = True
        goes_to[:] = hosts.part[going[0][0]]
    most = max(map(len, parts), default=0)
    return Verdict(on, goes_to, on.copy(), most, 1 if going else hosts.up.size)


def _by_votes(rule: ClusterRule, hosts: Hosts) -> Verdict:
    """The part with the majority of all votes goes on. Under Hyper-V who left loses its vote, and the witness votes
    where that makes the votes odd; without one the last host that votes gives up its vote.
    """
    dynamic = rule == "hyperv"
    voting = hosts.voting.copy() if dynamic else np.ones(hosts.up.size, np.bool_)
    device = 0
    if dynamic and np.count_nonzero(voting) % 2 == 0:
        if hosts.witness is not None and (hosts.witness & hosts.up).any():
            device = 1
        elif voting.any():
            voting[np.flatnonzero(voting)[-1]] = False
    elif not dynamic and hosts.witness is not None:
        device = device_votes(hosts.up.size)
    parts = _parts(hosts)
    sides = [int(np.count_nonzero(voting[rows])) for rows in parts]
    sizes = [len(rows) for rows in parts]
    seen = [hosts.witness is not None and bool(hosts.witness[rows].any()) for rows in parts]
    with_device = standing_with(sizes, seen)
    total = int(np.count_nonzero(voting)) + device
    side = quorate_side(sides, total, device, with_device)
    most = max((v + device * (with_device == n) for n, v in enumerate(sides)), default=0)
    on, goes_to = np.zeros(hosts.up.size, np.bool_), np.full(hosts.up.size, -1, np.int64)
    if side is not None:
        on[parts[side]] = True
        goes_to[:] = hosts.part[parts[side][0]]
    return Verdict(on, goes_to, on.copy() if dynamic and side is not None else hosts.voting, most, majority(total))
