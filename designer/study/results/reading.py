"""What a run tells, read by element: each series as an array with its times and unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.errors import RuleError
from designer.study.results.quantities import (
    BATTERY,
    DESIGN,
    FEED,
    HALL,
    LIMIT,
    OF_VMS,
    PLACE,
    REQUEST,
    SERVICE,
    VM,
    Quantity,
    series_of,
)
from designer.study.results.vm_loads import VmLoads
from designer.study.series import Cells, RunSeries
from designer.study.summary import Summary, VmFigures, summarize
from designer.words import tr

F = NDArray[np.float64]
_KINDS_OF_POWER = {HALL: "data_center", FEED: "power_feed", BATTERY: "ups"}
WHOLE_DESIGN = 0
"""The id under which the whole design is asked for."""


@dataclass(frozen=True)
class Owners:
    """What has a quantity: id, kind and name of each."""

    ids: Sequence[int]
    kinds: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True)
class ElementSeries:
    """A quantity of an element over a run: `values[k]` holds from `edges_s[k]` to `edges_s[k + 1]`, seconds since the
    start of the run. NaN: nothing was up, or it is not known.
    """

    id: int
    name: str
    kind: str
    quantity: Quantity
    edges_s: F
    values: F

    @property
    def unit(self) -> str:
        """The unit of the values; "fraction": parts of 1."""
        return self.quantity.unit

    @property
    def time_s(self) -> F:
        """When each value begins to hold."""
        return self.edges_s[:-1]


class RunResults:
    """The results of a run, so far as it is. Elements are found by id (an int) or by name."""

    def __init__(
        self,
        spec: Spec,
        series: RunSeries,
        vms: VmFigures | None,
        names: Mapping[int, str],
        loads: VmLoads | None = None,
    ) -> None:
        self.spec, self.series_read, self.vms, self.loads, self._names = spec, series, vms, loads, names
        self._owners: dict[str, Owners] = {}

    @cached_property
    def summary(self) -> Summary:
        """The table of the whole run: an element a row."""
        return summarize(self.series_read, self.spec, self.vms, self._names)

    # -- what there is

    def named(self, name: str) -> list[int]:
        """The ids of elements with a name."""
        return self._found(lambda i, called: called == name)

    def named_id(self, element_id: int | None) -> list[int]:
        """An id where the run tells of its element."""
        return self._found(lambda i, called: i == element_id)

    def _found(self, wanted: Callable[[int, str], bool]) -> list[int]:
        sorts = dict.fromkeys(of.of for of in self.quantities)
        pairs = (pair for sort in sorts for pair in zip(self.owners(sort).ids, self.owners(sort).names))
        return list(dict.fromkeys(i for i, name in pairs if wanted(i, name)))

    @property
    def edges_s(self) -> F:
        """Edges of the recording steps (steps + 1), seconds since the start."""
        return self.series_read.edges_s

    @cached_property
    def quantities(self) -> list[Quantity]:
        """The quantities that this run tells step by step."""
        kept = set() if self.loads is None else {VM} if self.loads.spreads is None else {VM, PLACE}
        return [of for of in series_of(self.spec) if of.kept != REQUEST or of.of in kept]

    @cached_property
    def figures(self) -> list[Quantity]:
        """The quantities of VMs over the whole run."""
        return [of for of in OF_VMS if self.vms is not None and self.vms.column(of).size]

    def owners(self, of: str) -> Owners:
        """What has the quantities of places, services, VMs, limits or the design."""
        if of not in self._owners:
            self._owners[of] = self._owners_of(of)
        return self._owners[of]

    def _owners_of(self, of: str) -> Owners:
        series = self.series_read
        if of == PLACE:
            return Owners(series.ids.tolist(), series.kinds, series.names)
        if of == SERVICE:
            return Owners(series.service_ids, ["service"] * len(series.service_ids), series.service_names)
        if of == LIMIT:
            return self._limited
        if of in _KINDS_OF_POWER:
            ids = series.power_ids(of)
            return Owners(ids, [_KINDS_OF_POWER[of]] * len(ids), series.power_names[of])
        if of == VM:
            ids = self._vm_ids
            return Owners(ids, ["vm"] * len(ids), [self._names.get(i, str(i)) for i in ids])
        return Owners([WHOLE_DESIGN], ["design"], ["design"])

    @cached_property
    def _vm_ids(self) -> list[int]:
        return self.vms.ids.tolist() if self.vms is not None else self._with_steps()

    def _with_steps(self) -> list[int]:
        """VMs of which something is recorded in each step."""
        return list(dict.fromkeys((*self.series_read.credit_ids, *self.series_read.backlog_ids)))

    @cached_property
    def _limited(self) -> Owners:
        kinds = {host.id: "host" for host in self.spec.hosts} | {d.id: d.kind for d in self.spec.domains}
        limits = {limit.of: limit for limit in self.spec.limits}
        found = [kinds.get(i, "link" if limit.between else "vm") for i, limit in limits.items()]
        return Owners(list(limits), found, [limit.name for limit in limits.values()])

    # -- reading

    def table(self, quantity: Quantity) -> tuple[NDArray[np.int64], Cells]:
        """A quantity step by step: which of its `owners` have it, and its values (steps x these)."""
        series, of = self.series_read, quantity.of
        if quantity.kept == REQUEST and self.loads is not None:
            if of == VM:
                return np.arange(len(self._vm_ids)), self.loads.loads
            return np.arange(series.ids.size), self.loads.spread[int(quantity.part)]
        if of == PLACE:
            return np.arange(series.ids.size), series[quantity.name]
        if of == SERVICE:
            told = series.answers[quantity.part] if quantity.resource == "response" else getattr(series, quantity.name)
            return np.arange(len(series.service_ids)), told
        if of in _KINDS_OF_POWER:
            return np.arange(len(series.power_ids(of))), series.power_of(quantity)
        if of == LIMIT:
            which = [n for n, one in enumerate(self.spec.limits) if f"{one.counts}:{one.way}" == quantity.part]
            at = {i: n for n, i in enumerate(self._limited.ids)}
            return np.array([at[self.spec.limits[n].of] for n in which], np.int64), series.limit_fill[:, which]
        if of == DESIGN:
            states = quantity.part.isdigit()
            told = series.counts[:, int(quantity.part)] if states else getattr(series, quantity.part)
            return np.zeros(1, np.int64), told[:, None]
        at = {i: n for n, i in enumerate(self._vm_ids)}
        having = series.backlog_ids if quantity.part == "backlogs_s" else series.credit_ids
        return np.array([at[i] for i in having], np.int64), getattr(series, quantity.part)

    def series(self, quantity: str, element: int | str | None = None) -> ElementSeries:
        """A quantity of an element (None: of the whole design) step by step.

        Raises RuleError where this run does not tell it, or the name is not that of one element.
        """
        wanted = [of for of in self.quantities if of.name == quantity]
        if not wanted:
            raise RuleError(
                tr("The run tells no {0}. It tells {1}.", quantity, ", ".join(of.name for of in self.quantities))
            )
        for of in wanted:
            columns = self.owners(of.of)
            which, cells = self.table(of)
            called = WHOLE_DESIGN if of.of == DESIGN and element is None else element
            found = [k for k, n in enumerate(which.tolist()) if called in (columns.ids[n], columns.names[n])]
            if len(found) > 1:
                raise RuleError(tr("{0} elements are named {1}; name one by its id.", len(found), element))
            for k in found:
                n, values = int(which[k]), np.array(cells[:, k], np.float64)
                return ElementSeries(columns.ids[n], columns.names[n], columns.kinds[n], of, self.edges_s, values)
        raise RuleError(tr("The run tells no {0} of {1}.", quantity, tr("the design") if element is None else element))

    def figure(self, quantity: str, vm: int | str) -> float:
        """A quantity of a VM over the whole run. Raises RuleError where the run does not tell it."""
        of = next((of for of in self.figures if of.name == quantity), None)
        columns = self.owners(VM)
        found = [n for n, row in enumerate(zip(columns.ids, columns.names)) if vm in row]
        if of is None or self.vms is None or len(found) != 1:
            raise RuleError(tr("The run tells no {0} of {1}.", quantity, vm))
        return float(self.vms.column(of)[found[0]])
