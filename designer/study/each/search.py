"""Fail each element in turn, alone and while one host is in maintenance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from designer.engine.spec import Cluster, Domain, Host, Service, Spec
from designer.engine.trial import Trials, covers
from designer.study.each.answer import KINDS, EachAnswer, Fall, Meanwhile, Reasons
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
SoFar = Callable[[Callable[[], EachAnswer]], object]


def fail_each(
    spec: Spec,
    kinds: Iterable[str] = KINDS,
    maintenance: bool = False,
    at_s: float = AT_S,
    repair_s: float = REPAIR_S,
    on_progress: Tell | None = None,
    on_found: SoFar | None = None,
) -> EachAnswer:
    """What becomes of a design when each of its elements fails, the worst first.

    `on_progress` is told the part done; where it returns False the answer is of what was tried until then. `on_found`
    is given, again and again, what makes the answer so far. Raises SpecError.
    """
    until_s = at_s + repair_s + (DRAIN_S if maintenance else 0.0)
    spec = replace(spec.with_events(()), until_s=until_s, keep_vm_series=False)
    named = elements_of(spec, kinds)
    hosts = [host.id for host in spec.hosts] if maintenance else []
    done, of = 0, len(named) * (1 + len(hosts))
    alone = Base(replace(spec, until_s=at_s + repair_s), at_s)
    falls: list[Fall] = []
    names, pairs = names_of(spec), None

    def so_far() -> EachAnswer:
        told = falls if pairs is None else [replace(fall, meanwhile=pairs.worst(fall)) for fall in falls]
        ordered = tuple(sorted(told, key=lambda fall: fall.rank))
        verdicts = verdicts_of(spec, ordered, maintenance and done == of)
        return EachAnswer(alone.services, ordered, verdicts, at_s, repair_s, of, done, maintenance, names)

    def ended() -> bool:
        if on_found is not None:
            on_found(so_far)
        return on_progress is not None and on_progress(done / max(of, 1)) is False

    for element_id, kind in named:
        falls.append(alone.fail(element_id, kind))
        done += 1
        if ended():
            return so_far()
    if hosts and falls:
        pairs = _Pairs(spec, alone, at_s, repair_s)
        for host_id in hosts:
            for fall in falls:
                if fall.id != host_id:
                    pairs.ask(fall, host_id)
                done += 1
            if ended():
                break
    return so_far()


class _Pairs:
    """What fails while a host is in maintenance: by the rules alone where no rule goes by a load, else by full runs."""

    def __init__(self, spec: Spec, alone: Base, at_s: float, repair_s: float) -> None:
        self._alone, self._repair_s = alone, repair_s
        self._full = None if covers(spec, alone.tables) else Base(spec, at_s)
        self._scopes = Scopes(spec, alone.tables)
        self._host = 0
        self._asked: dict[int, int] = {}
        self._breaks: dict[int, int] = {}
        self._worst: dict[int, tuple[int, tuple[int, ...], Reasons | None]] = {}
        """Of each element the worst host so far, the VMs that then do not come back, and why: None, not asked yet."""
        if self._full is None:
            self._trials = Trials(spec, at_s)
            self._begin = self._kept = self._trials.keep()

    def ask(self, fall: Fall, host_id: int) -> None:
        """Find the VMs that do not come back when an element fails while a host is in maintenance."""
        why: Reasons | None = None
        if self._full is not None:
            stays, why = self._full.in_maintenance(fall.id, host_id, DRAIN_S)
        elif self._scopes.independent(fall.id, host_id):
            stays = fall.stays
        else:
            stays = self._stays(fall, host_id)
        self._asked[fall.id] = self._asked.get(fall.id, 0) + 1
        self._breaks[fall.id] = self._breaks.get(fall.id, 0) + bool(stays)
        known = self._worst.get(fall.id)
        if known is None or (len(stays), -host_id) > (len(known[1]), -known[0]):
            self._worst[fall.id] = host_id, stays, why

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

    def worst(self, fall: Fall) -> Meanwhile | None:
        """What is told of an element: of the worst host to have in maintenance, so far."""
        if fall.id not in self._worst:
            return None
        host_id, stays, why = self._worst[fall.id]
        if why is None:
            stays = self._stays(fall, host_id)
            why = reasons(self._trials.log, stays)
            self._worst[fall.id] = host_id, stays, why
        return Meanwhile(host_id, stays, why, self._breaks[fall.id], self._asked[fall.id])


def names_of(spec: Spec) -> dict[int, str]:
    """The names of all that an answer names, VMs left out."""
    named: list[Domain | Host | Service | Cluster] = [*spec.domains, *spec.hosts, *spec.services, *spec.clusters]
    return {row.id: row.name or str(row.id) for row in named}
