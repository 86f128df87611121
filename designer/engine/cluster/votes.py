"""Votes of a cluster: what a majority is, what a device adds to it, and which part of a cluster goes on."""

from __future__ import annotations

from collections.abc import Sequence


def majority(votes: int) -> int:
    """The votes that a part of a cluster needs (pve-docs pvecm.adoc)."""
    return votes // 2 + 1


def device_votes(nodes: int) -> int:
    """The votes of a QDevice: 1 for an even number of nodes, one less than the nodes for an odd one (pvecm.adoc)."""
    return 1 if nodes % 2 == 0 else nodes - 1


def may_fail(nodes: int, device: int = 0, device_up: bool = True) -> int:
    """How many nodes may fail; -1: not even all of them suffice. `device`: the votes of the QDevice."""
    return max(nodes + device * device_up - majority(nodes + device), -1)


def standing_with(sides: Sequence[int], seen: Sequence[bool]) -> int | None:
    """The side with which a device stands: of those that see it the largest, of equal ones the first."""
    found = [n for n, sees in enumerate(seen) if sees and sides[n]]
    return min(found, key=lambda n: (-sides[n], n), default=None)


def quorate_side(sides: Sequence[int], total: int, device: int = 0, device_with: int | None = None) -> int | None:
    """The side that has the majority of all votes; `sides` are the votes of nodes, `device` those of the device."""
    for n, votes in enumerate(sides):
        if votes + device * (device_with == n) >= majority(total):
            return n
    return None
