"""Exact long-run figures of structures of independent components, whatever their laws.

Parts that share nothing are convolved; what several parts share is conditioned on, first what most of them share, so a
tree of zones, racks and hosts costs little more than its size. All sums are of positive numbers: unavailabilities keep
their digits however small. The frequency of outages is the derivative of the availability in the direction of the
components' own frequencies (Birnbaum): one pass gives both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.reliability.system import AtLeast, Component, Id, Node, Running

Array = NDArray[np.float64]
ROWS = 1 << 16
"""How many states of what is shared are looked at in one array."""
WORK = 300_000_000
"""Numbers that an exact answer may compute before it is given up: some seconds."""
WORK_OF_PARTS = 1_000_000_000
"""Numbers that it may take to tell, beside an answer, what each part has in it."""
WORK_OF_SHARES = 30_000_000
"""Numbers that shares of outages, which are told beside an answer, may take."""


class TooLarge(Exception):
    """The parts share too much for an exact answer in reasonable time."""


@dataclass(frozen=True)
class Triple:
    """Probabilities of up and of down, and how the first changes in each direction (the last axis)."""

    up: Array
    down: Array
    change: Array


@dataclass(frozen=True)
class _Gate:
    k: int
    parts: tuple[_Gate | int, ...]
    mask: int


@dataclass(frozen=True)
class Long:
    """Long-run figures of a structure; the frequency is of outages, per hour."""

    availability: float
    unavailability: float
    outages_h: float

    @property
    def mean_outage_h(self) -> float:
        """How long an outage takes."""
        return self.unavailability / self.outages_h if self.outages_h > 0 else 0.0


def component_triple(component: Component) -> tuple[float, float, float]:
    """Long-run probabilities of up and down, and failures per hour, of a component by itself."""
    if component.up is None:
        return 1.0, 0.0, 0.0
    up, down = component.up.mean_h, component.down.mean_h if component.down is not None else np.inf
    return up / (up + down), 1.0 / (1.0 + up / down), 1.0 / (up + down)


class Structure:
    """A structure ready to be asked: leaves by number, `numbers` by their ids."""

    def __init__(self, node: Node, independent: bool = False) -> None:
        """independent: each leaf is a component of its own, also where the same one stands in several places."""
        self.numbers: dict[tuple[str, Id], int] = {}
        self.leaves: list[tuple[str, Id]] = []
        self._independent = independent
        self.root = self._compiled(node)

    def _compiled(self, node: Node) -> _Gate | int:
        if isinstance(node, AtLeast):
            parts = tuple(self._compiled(part) for part in node.of)
            mask = 0
            for part in parts:
                mask |= _mask(part)
            return _Gate(node.k, parts, mask)
        key = ("fleet", f"{node.fleet}\0{node.k}") if isinstance(node, Running) else ("unit", node.id)
        if self._independent or key not in self.numbers:
            self.numbers[key] = len(self.leaves)
            self.leaves.append(key)
        return self.numbers[key]

    def triple(self, up: Array, down: Array, change: Array, work: int = WORK) -> Triple:
        """Figures of the structure for leaves with these probabilities (n) and changes (n x directions)."""
        return _Evaluation(up, down, change, work).value(self.root)

    def repeated(self) -> list[int]:
        """Leaves that stand in several places."""
        often = [0] * len(self.leaves)

        def visit(part: _Gate | int) -> None:
            if isinstance(part, int):
                often[part] += 1
            else:
                for inner in part.parts:
                    visit(inner)

        visit(self.root)
        return [leaf for leaf, count in enumerate(often) if count > 1]

    def counts(self, up: Array, down: Array) -> Array:
        """The probability that exactly 0, 1, 2 ... of the topmost parts are up."""
        parts = self.root.parts if isinstance(self.root, _Gate) else (self.root,)
        counts, _ = _Evaluation(up, down, np.zeros((len(up), 1))).counts(parts)
        return np.asarray([float(c) for c in counts])


def _mask(part: _Gate | int) -> int:
    return 1 << part if isinstance(part, int) else part.mask


class _Evaluation:
    def __init__(self, up: Array, down: Array, change: Array, most: int = WORK) -> None:
        self.most = most
        self.directions = change.shape[-1]
        self.up: list[Array] = [np.asarray(one) for one in up]
        self.down: list[Array] = [np.asarray(one) for one in down]
        self.change: list[Array] = [np.asarray(one) for one in change]
        self.free = 0
        for n, one in enumerate(self.down):
            if one.ndim == 0 or np.any((one > 0.0) & (one < 1.0)):
                self.free |= 1 << n
        self.depth = self.up[0].ndim if self.up else 0
        self.rows = self.up[0].size if self.up else 1
        self.work = 0

    def value(self, part: _Gate | int) -> Triple:
        """Figures of a part under what is conditioned on."""
        if isinstance(part, int):
            return Triple(self.up[part], self.down[part], self.change[part])
        if part.k == len(part.parts):
            return self._all(part.parts)
        if part.k == 1:
            return self._any(part.parts)
        counts, changes = self.counts(part.parts)
        down, up = sum(counts[: part.k]), sum(counts[part.k :])
        if np.mean(down) < 0.5:
            return Triple(np.asarray(up), np.asarray(down), np.asarray(-sum(changes[: part.k])))
        return Triple(np.asarray(up), np.asarray(down), np.asarray(sum(changes[part.k :])))

    def _all(self, parts: Sequence[_Gate | int]) -> Triple:
        up, down, change = np.asarray(1.0), np.asarray(0.0), np.zeros(1)
        for cluster in self._clusters(parts):
            one = self.value(cluster[0]) if len(cluster) == 1 else self._conditioned_triple(cluster, len(cluster))
            self._count(one.up)
            change = change * one.up[..., None] + up[..., None] * one.change
            up, down = up * one.up, down + up * one.down
        return Triple(up, down, change)

    def _any(self, parts: Sequence[_Gate | int]) -> Triple:
        up, down, change = np.asarray(0.0), np.asarray(1.0), np.zeros(1)
        for cluster in self._clusters(parts):
            one = self.value(cluster[0]) if len(cluster) == 1 else self._conditioned_triple(cluster, 1)
            self._count(one.up)
            change = change * one.down[..., None] + down[..., None] * one.change
            up, down = up + down * one.up, down * one.down
        return Triple(up, down, change)

    def counts(self, parts: Sequence[_Gate | int]) -> tuple[list[Array], list[Array]]:
        """The probability that exactly 0, 1, 2 ... parts are up, and its changes."""
        counts, changes = [np.asarray(1.0)], [np.zeros(1)]
        for cluster in self._clusters(parts):
            if len(cluster) == 1:
                one = self.value(cluster[0])
                more, more_changes = [one.down, one.up], [-one.change, one.change]
            else:
                more, more_changes = self._conditioned_counts(cluster)
            size = len(counts) + len(more) - 1
            total, total_change = [np.asarray(0.0)] * size, [np.zeros(1)] * size
            for i, (a, da) in enumerate(zip(counts, changes)):
                for j, (b, db) in enumerate(zip(more, more_changes)):
                    total[i + j] = total[i + j] + a * b
                    total_change[i + j] = total_change[i + j] + da * b[..., None] + a[..., None] * db
                    self._count(total[i + j])
            counts, changes = total, total_change
        return counts, changes

    def _count(self, array: Array) -> None:
        self.work += array.size * self.directions
        if self.work > self.most:
            raise TooLarge

    def _clusters(self, parts: Sequence[_Gate | int]) -> list[list[_Gate | int]]:
        """Parts that share nothing that is still open stand in different clusters."""
        clusters: list[tuple[int, list[_Gate | int]]] = []
        for part in parts:
            mask, members = _mask(part) & self.free, [part]
            apart = []
            for cluster in clusters:
                if cluster[0] & mask:
                    mask |= cluster[0]
                    members = cluster[1] + members
                else:
                    apart.append(cluster)
            clusters = [*apart, (mask, members)]
        return [members for _, members in clusters]

    def _shared(self, cluster: Sequence[_Gate | int]) -> list[int]:
        """What most parts of a cluster share."""
        often: dict[int, int] = {}
        for part in cluster:
            mask = _mask(part) & self.free
            while mask:
                low = mask & -mask
                often[low.bit_length() - 1] = often.get(low.bit_length() - 1, 0) + 1
                mask ^= low
        most = max(often.values())
        return [leaf for leaf, count in often.items() if count == most]

    def _conditioned_triple(self, cluster: Sequence[_Gate | int], k: int) -> Triple:
        gate = _Gate(k, tuple(cluster), 0)
        shared, (weight, weight_change), kept = self._begin(cluster)
        one = self.value(gate)
        self._end(shared, kept)
        self._count(weight)
        up, down = (weight * one.up).sum(axis=0), (weight * one.down).sum(axis=0)
        moved = weight[..., None] * one.change
        if np.mean(down) < 0.5:
            change = (moved - weight_change * one.down[..., None]).sum(axis=0)
        else:
            change = (moved + weight_change * one.up[..., None]).sum(axis=0)
        return Triple(up, down, change)

    def _conditioned_counts(self, cluster: Sequence[_Gate | int]) -> tuple[list[Array], list[Array]]:
        shared, (weight, weight_change), kept = self._begin(cluster)
        counts, changes = self.counts(cluster)
        self._end(shared, kept)
        self._count(weight)
        return (
            [(weight * c).sum(axis=0) for c in counts],
            [(weight_change * c[..., None] + weight[..., None] * d).sum(axis=0) for c, d in zip(counts, changes)],
        )

    def _begin(self, cluster: Sequence[_Gate | int]) -> tuple[list[int], tuple[Array, Array], list[Triple]]:
        """Condition on what the parts share: a new first axis, with a row for each state of it, and their weights."""
        room = (ROWS // self.rows).bit_length() - 1
        if room < 1:
            raise TooLarge
        shared = self._shared(cluster)[:room]
        rows = 1 << len(shared)
        weight, change = np.ones((rows,) + (1,) * self.depth), np.zeros((rows,) + (1,) * self.depth + (1,))
        kept = []
        for n, leaf in enumerate(shared):
            bits = ((np.arange(rows) >> n & 1) == 0).astype(float).reshape((rows,) + (1,) * self.depth)
            chance = np.where(bits > 0, self.up[leaf], self.down[leaf])
            moved = np.where(bits[..., None] > 0, self.change[leaf], -self.change[leaf])
            change = change * chance[..., None] + weight[..., None] * moved
            weight = weight * chance
            kept.append(Triple(self.up[leaf], self.down[leaf], self.change[leaf]))
            self.up[leaf], self.down[leaf], self.change[leaf] = bits, 1.0 - bits, np.zeros(1)
            self.free &= ~(1 << leaf)
        self.depth += 1
        self.rows *= rows
        return shared, (weight, change), kept

    def _end(self, shared: Sequence[int], kept: Sequence[Triple]) -> None:
        self.depth -= 1
        self.rows >>= len(shared)
        for leaf, one in zip(shared, kept):
            self.up[leaf], self.down[leaf], self.change[leaf] = one.up, one.down, one.change
            self.free |= 1 << leaf


def long_run(
    node: Node, leaves: Mapping[tuple[str, Id], tuple[float, float, float]], independent: bool = False
) -> Long:
    """Figures of a structure whose leaves have these probabilities of up and down and failures per hour."""
    structure = Structure(node, independent)
    values = np.array([leaves[key] for key in structure.leaves])
    one = structure.triple(values[:, 0], values[:, 1], values[:, 2:])
    return Long(float(one.up), float(one.down), float(one.change[..., 0]))


def shares_of_outages(
    node: Node, leaves: Mapping[tuple[str, Id], tuple[float, float, float]]
) -> dict[tuple[str, Id], float]:
    """The fraction of outages that begin with the failure of each leaf, largest first."""
    structure = Structure(node)
    values = np.array([leaves[key] for key in structure.leaves])
    one = structure.triple(values[:, 0], values[:, 1], np.diag(values[:, 2]), WORK_OF_SHARES)
    each = np.broadcast_to(one.change, (len(values),))
    total = float(each.sum())
    found = {key: float(each[n]) / total if total > 0 else 0.0 for n, key in enumerate(structure.leaves)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
