"""The load of databases over a run so far: requests of services that its primary served, and reads of its replicas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.result.dropped import fluid_services
from designer.engine.spec import Spec
from designer.engine.tables.needs import database_users

F = NDArray[np.float64]


class ReplicaLoad(NamedTuple):
    """A replica of a database: requests that it served in each final recording step, of services that write, and of
    services that only read.
    """

    database: int
    place: int
    writes: F
    reads: F


class DatabaseResult:
    """The load of the databases that services use; `noted` and `served` as in `DatabaseUse`."""

    def __init__(
        self, spec: Spec, store: Store, noted: Sequence[tuple[float, int, int, int]], served: Sequence[F]
    ) -> None:
        self._spec, self._store, self._noted, self._served = spec, store, noted, served

    @property
    def replicas(self) -> list[ReplicaLoad]:
        """The load of each replica."""
        edges_s = np.minimum(np.arange(self._store.filled + 1) * self._spec.sample_s, self._spec.until_s)
        return loads_of(self._spec, self._store, self._noted, self._served, edges_s)


def loads_of(
    spec: Spec, store: Store, noted: Sequence[tuple[float, int, int, int]], served: Sequence[F], edges_s: F
) -> list[ReplicaLoad]:
    """The load of each replica in recording steps with these edges."""
    rows, places = edges_s.size - 1, {domain.id: domain.replicas for domain in spec.domains}
    if not noted or not rows:
        return []
    total = np.zeros((rows + 1, len(spec.services)))
    np.cumsum(_work(spec, store, rows), axis=0, out=total[1:])
    found = []
    for base, (writes, reads) in database_users(spec).items():
        count = len(places[base])
        load = np.zeros((2, rows, count))
        mine = [n for n, row in enumerate(noted) if row[1] == base]
        ends = [noted[n][0] for n in mine[1:]] + [float(edges_s[-1])]
        after = [served[n] for n in mine[1:]] + [total[-1]]
        for n, end_s, until in zip(mine, ends, after, strict=True):
            begin_s, _, writer, readers = noted[n]
            first, last = (int(np.searchsorted(edges_s, at, side="right")) - 1 for at in (begin_s, end_s))
            for k in range(first, min(last + 1, rows)):
                begin = served[n] if begin_s > edges_s[k] else total[k]
                end = until if end_s < edges_s[k + 1] else total[k + 1]
                done = np.maximum(end - begin, 0.0)
                if writer >= 0:
                    load[0, k, writer] += done[writes].sum()
                read = [p for p in range(count) if readers >> p & 1]
                load[1, k, read] += done[reads].sum() / max(len(read), 1)
        found += [ReplicaLoad(base, place, load[0, :, p], load[1, :, p]) for p, place in enumerate(places[base])]
    return found


def _work(spec: Spec, store: Store, rows: int) -> F:
    """Requests for which members of services worked in each step (steps x services)."""
    work = np.array(store.arrays["served"][:rows])
    fluid = fluid_services(spec)
    if fluid.any():
        work[:, fluid] = np.array(store.arrays["service_worked"][:rows])[:, fluid]
    return work
