"""The blast radius of an element, from the structure of a design alone: what falls with it, what is reached no more,
and which hosts its VMs may restart on. Nothing is simulated, and no room is asked for.

An index of the design is made once; a question is a few passes over its arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.catalog.rules.hosting import recovery_at
from designer.catalog.spec_builder import FEEDING, NETWORK, SpecBuilder
from designer.model.element import ROOT_ID
from designer.model.project import Project

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
NONE, HOME, ZONE, CLUSTER, GROUP = range(5)
"""Where a VM restarts: nowhere, where it stands, in its zone, in its cluster, wherever its group launches."""
_RULES = {"none": NONE, "same_zone": ZONE, "cluster": CLUSTER, "replace": GROUP}
NOT_FALLING = ("region", "design", "note", "preset", "blueprint", "trace", "mute")
"""Kinds of which no blast radius is asked: they are no parts that fail."""


@dataclass(frozen=True)
class BlastRadius:
    """What the failure of an element hits: ids of what `falls` (outermost only) and of what is `unreached` (outermost
    only), and hosts that may take VMs over (`takes`). Counts of VMs: `vms` fall, of them `restart` elsewhere,
    `replaced` by their group, the others stay down; `cut` run on unreached. `services`: id, members lost,
    members in all.
    """

    id: int
    falls: tuple[int, ...]
    unreached: tuple[int, ...]
    takes: tuple[int, ...]
    hosts: int
    vms: int
    restart: int
    replaced: int
    cut: int
    services: tuple[tuple[int, int, int], ...]

    @property
    def stays(self) -> int:
        """VMs that fall and restart nowhere."""
        return self.vms - self.restart - self.replaced


class BlastIndex:
    """The structure of a design as arrays: a row an element, parents first, a subtree is a slice."""

    def __init__(self, project: Project) -> None:
        elements = project.elements
        ids = list(project.subtree(ROOT_ID))
        self.ids = np.array(ids, np.int64)
        self.row_of: dict[int, int] = {i: n for n, i in enumerate(ids)}
        kinds = [elements[i].kind for i in ids]
        self._kinds = kinds
        self.parent = np.array([self.row_of.get(elements[i].__dict__["parent"], -1) for i in ids], np.int64)
        self._end = _ends(self.parent)
        self._is_host = np.array([kind == "host" for kind in kinds], np.bool_)
        self._is_vm = np.array([
            kind == "vm" and elements[i].__dict__["powered_on"] and not elements[i].__dict__["template"]
            for i, kind in zip(ids, kinds)
        ], np.bool_)  # fmt: skip
        builder = SpecBuilder(project)
        self._fed = self._groups(project, FEEDING, builder.feeds)
        self._wired = self._groups(project, NETWORK, builder.network)
        self._needs = self._volumes(project)
        self._cluster, self._zone = self._scopes(project, builder)
        self._rule = self._rules(project)
        self._member, self._service = self._members(project)
        self.services: list[int] = [service.id for service in project.of_kind("service")]
        self._sizes = np.bincount(self._service[self._is_vm[self._member]], minlength=len(self.services))

    # -- the index

    def _groups(self, project: Project, links: Mapping[str, str], groups_of: object) -> list[tuple[int, list[Rows]]]:
        """Elements with the groups of others of which one must be there each."""
        ends = {
            link.target if links[link.kind] == "target" else link.source
            for link in project.links.values()
            if link.kind in links
        }
        made = []
        for i in sorted(ends, key=lambda i: self.row_of.get(i, -1)):
            if i in self.row_of:
                groups = [np.array([self.row_of[j] for j in group], np.int64) for group in groups_of(i)]  # type: ignore[operator]
                if groups:
                    made.append((self.row_of[i], groups))
        return made

    def _volumes(self, project: Project) -> tuple[Rows, Rows]:
        """VMs, and the volumes that each of them cannot do without."""
        pairs = [
            (self.row_of[link.target], self.row_of[link.source])
            for link in project.links.values()
            if link.kind == "attached_to" and link.target in self.row_of and link.source in self.row_of
        ]
        found = np.array(pairs, np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def _scopes(self, project: Project, builder: SpecBuilder) -> tuple[Rows, Rows]:
        """Of each row the cluster of its host (or data center, where that has none), and its zone; -1: none."""
        size = len(self._kinds)
        cluster, zone = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
        for n, kind in enumerate(self._kinds):
            above = int(self.parent[n])
            zone[n] = n if kind == "zone" else (zone[above] if above >= 0 else -1)
            cluster[n] = n if kind == "data_center" else (cluster[above] if above >= 0 else -1)
            if kind == "host":
                of = builder.target(int(self.ids[n]), "in_cluster")
                cluster[n] = self.row_of.get(of, cluster[n]) if of else cluster[n]
        return cluster, zone

    def _rules(self, project: Project) -> NDArray[np.uint8]:
        """Where each VM restarts."""
        elements, rules = project.elements, np.zeros(len(self._kinds), np.uint8)
        joined = [link for link in project.links.values() if link.kind == "in_cluster"]
        clustered = {link.source for link in joined}
        without_ha = {link.source for link in joined if not elements[link.target].__dict__["ha"]}
        kept = {link.source for link in project.links.values() if link.kind == "instance"}
        usual: dict[tuple[int, bool], int] = {}
        for n in np.flatnonzero(self._is_vm).tolist():
            fields = elements[int(self.ids[n])].__dict__
            rule = _RULES.get(fields["recovery"])
            if rule is None:
                place, in_group = fields["parent"], int(self.ids[n]) in kept
                if (place, in_group) not in usual:
                    usual[place, in_group] = _RULES[recovery_at(elements[place].kind, place in clustered, in_group)]
                rule = usual[place, in_group]
            rules[n] = NONE if rule == CLUSTER and fields["parent"] in without_ha else rule
        return rules

    def _members(self, project: Project) -> tuple[Rows, Rows]:
        """VMs that serve (rows), and the number of the service of each."""
        at = {service.id: n for n, service in enumerate(project.of_kind("service"))}
        pairs = [
            (self.row_of[link.source], at[link.target])
            for link in project.links.values()
            if link.kind == "member" and link.target in at and link.source in self.row_of
        ]
        found = np.array(pairs, np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    # -- the question

    def radius(self, element_id: int) -> BlastRadius | None:
        """The blast radius of an element; None where it is no part that fails."""
        row = self.row_of.get(element_id)
        if row is None or (self._kinds[row] in NOT_FALLING and self._kinds[row] != "region"):
            return None
        down = np.zeros(self.ids.size, np.bool_)
        down[row : self._end[row]] = True
        self._spread(down, self._fed)
        vms, volumes = self._needs
        down[vms[down[volumes]]] = True
        cut = down.copy()
        self._spread(cut, self._wired)
        cut &= ~down
        fallen = np.flatnonzero(down & self._is_vm)
        takes, moves = self._restarts(fallen, down | cut)
        replaced = int((self._rule[fallen] == GROUP).sum())
        lost = self._service[(down | cut)[self._member] & self._is_vm[self._member]]
        counts = np.bincount(lost, minlength=len(self.services))
        return BlastRadius(
            element_id, self._outermost(down), self._outermost(cut), tuple(self.ids[takes].tolist()),
            int((down & self._is_host).sum()), int(fallen.size), moves, replaced, int((cut & self._is_vm).sum()),
            tuple((self.services[n], int(counts[n]), int(self._sizes[n])) for n in np.flatnonzero(counts).tolist()),
        )  # fmt: skip

    def _spread(self, down: Flags, groups: list[tuple[int, list[Rows]]]) -> None:
        """Take down what has a group of which all are down, and what stands in it, until nothing follows."""
        more = True
        while more:
            more = False
            for row, members in groups:
                if not down[row] and any(down[group].all() for group in members):
                    down[row : self._end[row]] = more = True

    def _restarts(self, fallen: Rows, gone: Flags) -> tuple[Rows, int]:
        """The hosts on which fallen VMs may restart, and how many VMs have one."""
        up = np.flatnonzero(self._is_host & ~gone)
        rule, takes, moves = self._rule[fallen], np.zeros(self.ids.size, np.bool_), 0
        on_host = self._is_host[self.parent[fallen]]
        for which, scope in ((CLUSTER, self._cluster), (ZONE, self._zone)):
            at, counts = np.unique(scope[self.parent[fallen[(rule == which) & on_host]]], return_counts=True)
            there = np.isin(at, scope[up]) & (at >= 0)
            moves += int(counts[there].sum())
            takes[up[np.isin(scope[up], at[there])]] = True
        return np.flatnonzero(takes), moves

    def _outermost(self, flags: Flags) -> tuple[int, ...]:
        rows = np.flatnonzero(flags)
        above = self.parent[rows]
        return tuple(self.ids[rows[(above < 0) | ~flags[above]]].tolist())


def _ends(parent: Rows) -> Rows:
    """For each row the row after its subtree, of rows in depth-first order."""
    end = np.arange(1, parent.size + 1)
    for n in range(parent.size - 1, 0, -1):
        above = parent[n]
        if end[n] > end[above]:
            end[above] = end[n]
    return end
