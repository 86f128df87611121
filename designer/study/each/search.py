"""Fail each element in turn, alone and while one host is in maintenance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from designer.engine.spec import Cluster, Domain, Host, Service, Spec
from designer.engine.trial import Trials, covers
from designer.study.each.answer import KINDS, EachAnswer, Fall, Meanwhile
from designer.study.each.failing import Base, elements_of, left_behind, reasons
from designer.study.each.scopes import Scopes
from designer.study.each.verdicts import verdicts_of

AT_S = 600.0
"""When elements fail: what boots and what checks its members at the beginning is over then."""
REPAIR_S = 4.0 * 3600.0
"""How long a failed element is down, unless another time is asked for."""
DRAIN_S = 3600.0
"""How long a host is drained before something fails, in a full run."""

Tell = Callable[[float], object]


def fail_each(
    spec: Spec,
    kinds: Iterable[str] = KINDS,
    maintenance: bool = False,
    at_s: float = AT_S,
    repair_s: float = REPAIR_S,
    on_progress: Tell | None = None,
) -> EachAnswer:
    """What becomes of a design when each of its elements fails, the worst first.

    `on_progress` is told the part done; where it returns False the answer is of what was tried until then. Raises
    SpecError.
    """
    until_s = at_s + repair_s + (DRAIN_S if maintenance else 0.0)
    spec = replace(spec.with_events(()), until_s=until_s, keep_vm_series=False)
    named = elements_of(spec, kinds)
    hosts = [host.id for host in spec.hosts] if maintenance else []
    done, of = 0, len(named) * (1 + len(hosts))
    alone = Base(replace(spec, until_s=at_s + repair_s), at_s)
    falls: list[Fall] = []
    going = True
    for element_id, kind in named:
        if not going:
            break
        falls.append(alone.fail(element_id, kind))
        done += 1
        going = on_progress is None or on_progress(done / max(of, 1)) is not False
    if going and hosts and falls:
        pairs = _Pairs(spec, alone, at_s, repair_s)
        found: dict[int, list[tuple[int, int]]] = {fall.id: [] for fall in falls}
        for host_id in hosts:
            for fall in falls:
                if fall.id != host_id:
                    found[fall.id].append((host_id, len(pairs.ask(fall, host_id))))
                done += 1
            if on_progress is not None and on_progress(done / of) is False:
                break
        falls = [replace(fall, meanwhile=pairs.worst(fall, found[fall.id])) for fall in falls]
    ordered = tuple(sorted(falls, key=lambda fall: fall.rank))
    verdicts = verdicts_of(spec, ordered, maintenance and done == of)
    return EachAnswer(alone.services, ordered, verdicts, at_s, repair_s, of, done, maintenance, names_of(spec))


class _Pairs:
    """What fails while a host is in maintenance: by the rules alone where no rule goes by a load, else by full runs."""

    def __init__(self, spec: Spec, alone: Base, at_s: float, repair_s: float) -> None:
        self._alone, self._repair_s = alone, repair_s
        self._full = None if covers(spec, alone.tables) else Base(spec, at_s)
        self._scopes = Scopes(spec, alone.tables)
        self._host = 0
        if self._full is None:
            self._trials = Trials(spec, at_s)
            self._begin = self._kept = self._trials.keep()

    def ask(self, fall: Fall, host_id: int) -> tuple[int, ...]:
        """The VMs that do not come back when an element fails while a host is in maintenance."""
        if self._full is not None:
            return self._full.in_maintenance(fall.id, host_id, DRAIN_S)[0]
        if self._scopes.independent(fall.id, host_id):
            return fall.stays
        return self._stays(fall, host_id)

    def _stays(self, fall: Fall, host_id: int) -> tuple[int, ...]:
        trials = self._trials
        if host_id != self._host:
            trials.restore(self._begin)
            trials.maintain(host_id)
            self._host, self._kept = host_id, trials.keep()
        trials.restore(self._kept)
        trials.happen("fail", [fall.id], self._repair_s)
        rows = left_behind(trials.tables, self._alone.before, trials.runs)
        return tuple(trials.tables.vm_ids[rows].tolist())

    def worst(self, fall: Fall, found: Sequence[tuple[int, int]]) -> Meanwhile | None:
        """What is told of an element of whose pairs it is `found` how many VMs do not come back, by host."""
        if not found:
            return None
        host_id = max(found, key=lambda one: (one[1], -one[0]))[0]
        if self._full is not None:
            stays, why = self._full.in_maintenance(fall.id, host_id, DRAIN_S)
        else:
            stays = self._stays(fall, host_id)
            why = reasons(self._trials.entries(), stays) if stays else ()
        return Meanwhile(host_id, stays, why, sum(stays > 0 for _, stays in found), len(found))


def names_of(spec: Spec) -> dict[int, str]:
    """The names of all that an answer names, VMs left out."""
    named: list[Domain | Host | Service | Cluster] = [*spec.domains, *spec.hosts, *spec.services, *spec.clusters]
    return {row.id: row.name or str(row.id) for row in named}
