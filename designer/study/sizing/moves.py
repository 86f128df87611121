"""The advice to rebalance: moves of VMs to other hosts, and what each is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from designer.words import tr

Purpose = Literal["cpu", "memory", "apart", "even"]
PURPOSES: tuple[Purpose, ...] = ("cpu", "memory", "apart", "even")
"""What a move is for, the most urgent first: a host is asked for more CPU than it has; its VMs have more memory than it
has; VMs that do the same work share it; another host has less to do."""
FEW = 5
"""Most moves that are told."""


@dataclass(frozen=True)
class HostChange:
    """A host, and the part of its CPU that its VMs ask for at their 95th percentiles, and of its memory that they have,
    before and after a move."""

    id: int
    name: str
    cpu: float
    cpu_after: float
    ram: float
    ram_after: float


@dataclass(frozen=True)
class HostMove:
    """A VM that moves to another host. `shared`: the names of the services or rules whose VMs it parts, of which
    `sharing` stand on its host before."""

    vm: int
    name: str
    source: HostChange
    target: HostChange
    purpose: Purpose
    shared: tuple[str, ...] = ()
    sharing: int = 0

    @property
    def why(self) -> str:
        """What the move is for, with the figure before and after."""
        left, taken = self.source, self.target
        if self.purpose == "cpu":
            return tr("{0} is asked for {1:.0%} of its CPU, then for {2:.0%}", left.name, left.cpu, left.cpu_after)
        if self.purpose == "memory":
            return tr("VMs have {1:.0%} of the memory of {0}, then {2:.0%}", left.name, left.ram, left.ram_after)
        if self.purpose == "apart":
            return tr("{1:,} VMs of {0} stand on {2}, then {3:,}",
                      ", ".join(self.shared), self.sharing, left.name, self.sharing - 1)  # fmt: skip
        return tr("{0} goes from {1:.0%} to {2:.0%} of its CPU, {3} from {4:.0%} to {5:.0%}",
                  left.name, left.cpu, left.cpu_after, taken.name, taken.cpu, taken.cpu_after)  # fmt: skip


@dataclass(frozen=True)
class Rebalance:
    """The moves that help most, in turn: a later one may need the room that an earlier one makes. `more`: another one
    would help. `looked`: how many hosts of a cluster, the worst off, were looked at; 0: all in need."""

    moves: tuple[HostMove, ...] = ()
    more: bool = False
    looked: int = 0

    @property
    def places(self) -> list[tuple[int, int]]:
        """Each VM that moves, with the host to which it moves."""
        return [(move.vm, move.target.id) for move in self.moves]
