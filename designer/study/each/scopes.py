"""Where VMs of elements may restart: failures whose VMs look at other hosts do not meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.vms import CLUSTER, NONE


class Scopes:
    """Says whether the maintenance of a host changes nothing of what becomes of a failed element."""

    def __init__(self, spec: Spec, tables: Tables) -> None:
        self._tables = tables
        t, hosts = tables, tables.hosts
        rules = t.recovery[: t.first_app]
        plain = not (spec.groups or spec.affinities or spec.placements or spec.stocks or spec.starts or spec.limits)
        plain = plain and t.wiring is None and bool(np.isin(rules, (CLUSTER, NONE)).all())
        plain = plain and not np.isfinite(t.limits.addresses).any() and bool((t.home[: t.designed] < hosts).all())
        self._plain = plain and not any(domain.replicas for domain in spec.domains)
        self._at = {i: n for n, i in enumerate(t.unit_ids.tolist())}
        self._reached: dict[int, NDArray[np.int64]] = {}

    def independent(self, element_id: int, host_id: int) -> bool:
        """Whether the VMs of both restart among other hosts, by no rule that joins them."""
        if not self._plain:
            return False
        host = self._at[host_id]
        return not bool((self._clusters(element_id) == self._tables.cluster[host]).any())

    def _judging(self, units: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The clusters that judge their hosts by some of the units: a witness, a datastore, an isolation address."""
        t = self._tables
        found = []
        for row in t.judged.rows if t.judged is not None else ():
            by = [row.addresses, *row.by_store.values(), np.array([row.witness] if row.witness >= 0 else [], np.int64)]
            if units[np.concatenate(by)].any():
                found.append(t.unit_ids.size + row.n)
        return np.array(found, np.int64)

    def _clusters(self, element_id: int) -> NDArray[np.int64]:
        """The clusters of all hosts that an element may take along."""
        found = self._reached.get(element_id)
        if found is None:
            t, units = self._tables, np.zeros(self._tables.unit_ids.size, np.bool_)
            units[self._at[element_id]] = True
            before = -1
            while (count := int(units.sum())) != before:
                before = count
                units |= (t.parent >= 0) & units[t.parent]
                units[t.fed.needs[t.fed.group[units[t.fed.feed]]]] = True
            found = self._reached[element_id] = np.unique(
                np.concatenate([t.cluster[: t.hosts][units[: t.hosts]], self._judging(units)])
            )
        return found
