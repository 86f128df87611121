"""How many nines each service of a design has, why, how sure that is, and what one change would buy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from designer.engine.reliability.answer import EXACT, MONTE_CARLO, RARE
from designer.engine.reliability.exact import TooLarge
from designer.engine.spec import Spec
from designer.errors import DesignerError, SpecError
from designer.model.kind import Kinds
from designer.model.project import Project, snapshot
from designer.study.availability.credits import MONTH_H, SlaCredit, credit_of, promise_of
from designer.study.availability.derive import derive
from designer.study.availability.solving import LongRun, Solved
from designer.study.availability.structure import DesignStructure, FallibleComponent, ServiceNeeds, independent
from designer.study.availability.year import downtimes
from designer.study.build import build
from designer.study.cost.bill import bill_of
from designer.words import mark, tr

YEAR_H = 8760.0
REL_ERROR = 0.01
"""Half of the 95% interval of a sampled answer, as a part of it."""
BAD = 0.95
"""The part of the years that are better than a bad one."""
AUTOMATIC = ""
METHODS = (AUTOMATIC, EXACT, MONTE_CARLO, RARE)
"""How an availability may be asked for; by itself the program is exact where it can be."""
MOST_DRAWN = 50_000
"""Most years that are drawn for the chance that one misses an SLO."""
GAIN = 0.005
"""A change that buys fewer nines than this buys nothing."""
DRAWING = 0.5
"""The part of the work that is told while something is drawn."""
SMALL = 0.01
"""What counts for less of the downtime is scaled in proportion; above it is solved again."""
BEHIND = ("power_feed", "ups", "generator")
"""What is one in a structure: a feed with all that bridges its outages."""
ALONE = 0.05
"""Outages that are as long as a repair, but for this part of it, end with that repair and have its law."""
Tell = Callable[[float], bool]
"""Is told the part of the work that is done; returns whether to go on."""


class Ended(Exception):
    """The work was ended from outside; what is there stays."""


@dataclass(frozen=True)
class Contribution:
    """What takes a service down: parts that are alike, and their hours of its downtime a year."""

    label: str
    ids: tuple[int, ...]
    hours: float


@dataclass(frozen=True)
class Unknown:
    """A mean time that is known within a factor only, and what the service's downtime is at both ends."""

    kind: str
    field: str
    factor: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """By how many times the downtime differs between the ends."""
        return max(self.high, 1e-300) / max(self.low, 1e-300)


@dataclass(frozen=True)
class Bought:
    """What one change would buy: the part of the time for which the service is then down."""

    title: str
    kind: str
    ids: tuple[int, ...]
    down: float
    outages_h: float
    gained: float
    """Nines more than now."""
    meets: bool
    usd_month: float | None = None
    """What it costs a month more; None where a price is unknown."""


@dataclass
class ServiceAvailability:
    """The availability of a service, in the long run. `down` and the others are parts of the time."""

    id: int
    name: str
    slo_frac: float
    members: int
    needed: int
    down: float
    outages_h: float
    naive: float
    low: float
    high: float
    method: str
    why: str
    error: float = 0.0
    """Half of the 95% interval of `down`, as a part of it; 0: exact."""
    missed: float | None = None
    """How probably a year misses the SLO; None without one, or where that was not asked."""
    bad_year_h: float = 0.0
    """Hours of downtime that one year in twenty exceeds."""
    credit: SlaCredit | None = None
    """What the provider gives back by its SLA; None where it promises nothing, or that was not asked."""
    contributions: list[Contribution] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    changes: list[Bought] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def nines(self) -> float:
        """The nines of the availability: 3.5 is 99.97%."""
        return nines(self.down)

    @property
    def downtime_h(self) -> float:
        """Hours a year."""
        return self.down * YEAR_H

    @property
    def helpful(self) -> list[Bought]:
        """The changes that buy something."""
        return [one for one in self.changes if one.gained >= GAIN]

    @property
    def allowed(self) -> float:
        """The part of the time for which the SLO lets it be down."""
        return 1.0 - self.slo_frac

    @property
    def misses(self) -> bool:
        """Whether it is down for longer than its SLO allows."""
        return bool(self.slo_frac) and self.down > self.allowed

    @property
    def mean_outage_h(self) -> float:
        """How long an outage takes."""
        return self.down / self.outages_h if self.outages_h > 0.0 else 0.0


def nines(down: float) -> float:
    """The nines of an unavailability; at most 20."""
    return min(-math.log10(down), 20.0) if down > 0.0 else 20.0


class Study:
    """A design whose services are asked, one after the other."""

    def __init__(self, project: Project, spec: Spec | None = None) -> None:
        self.project = project
        self.spec = build(project) if spec is None else spec
        self.structure = derive(project, self.spec)
        self._scaled: dict[tuple[str, str, float], Sequence[FallibleComponent]] = {}

    @property
    def services(self) -> list[ServiceNeeds]:
        """What can be asked about."""
        return list(self.structure.services.values())

    def availability(
        self,
        service_id: int,
        tell: Tell = lambda part: True,
        rel_error: float = REL_ERROR,
        method: str = AUTOMATIC,
    ) -> ServiceAvailability:
        """All about a service but what changes would buy. Raises Ended where `tell` says so, SpecError without answer.

        rel_error: half of the interval of an answer that is sampled, by its value. method: one of `METHODS`.
        """
        needs, parts = self._serving(service_id), self.structure.parts
        solved = Solved(needs.node)
        if method in (MONTE_CARLO, RARE) and not solved.always:
            return self._sampled(needs, solved, rel_error, method, tell)
        groups, keys = _grouped(solved, parts)
        try:
            now = solved.long_run(parts, groups)
        except TooLarge:
            return self._sampled(needs, solved, rel_error, method, tell)
        _go_on(tell, 0.3)
        downs = [part.unavailability for part in parts]
        found = ServiceAvailability(
            id=service_id,
            name=needs.name,
            slo_frac=needs.slo_frac,
            members=needs.members,
            needed=needs.needed,
            down=now.down,
            outages_h=now.outages_h,
            naive=independent(needs.node, downs),
            low=now.down,
            high=now.down,
            method=mark("exact"),
            why=tr("Exact: each of its {0:,} parts fails and is repaired by itself, and what they share is counted "
                   "once.", len(solved.numbers)),
            notes=list(needs.notes),
        )  # fmt: skip
        found.contributions = _contributions(self.project.kinds, parts, groups, keys, now)
        found.unknowns = self._unknowns(solved, groups, keys, now, tell)
        causes = self._causes(solved, groups, keys, now)
        years = downtimes(causes, YEAR_H)
        found.credit = credit_of(promise_of(self.project, self.spec, service_id), causes)
        found.bad_year_h = float(years[int(BAD * len(years))])
        if needs.slo_frac:
            found.missed = float((years > found.allowed * YEAR_H).mean())
        found.low, found.high = _band(now.down, found.unknowns)
        return found

    def _serving(self, service_id: int) -> ServiceNeeds:
        """What a service needs. Raises SpecError where it is never up, or never at its peak."""
        needs = self.structure.services[service_id]
        if needs.refusal:
            raise SpecError(needs.refusal)
        return needs

    def _sampled(
        self, needs: ServiceNeeds, solved: Solved, rel_error: float, method: str, tell: Tell
    ) -> ServiceAvailability:
        """The answer that the engine finds, where it is asked for by a method, or too much is shared for all the
        questions of an exact one: without the band of the inputs; what takes it down is told by the outages that each
        part begins. `tell` ends what is drawn.
        """
        parts = self.structure.parts
        found = solved.by_solver(parts, needs.name, rel_error, method, lambda _: not tell(DRAWING))
        down, outages = found.figures["unavailability"], found.figures["outages_h"]
        if found.method == MONTE_CARLO and not outages.value:
            raise SpecError(tr("{0} has no outage in {1:,} histories: it fails too rarely to be drawn. Ask by the "
                               "method of rare events.", needs.name, found.replicas))  # fmt: skip
        downs = [part.unavailability for part in parts]
        groups, keys = _grouped(solved, parts)
        begun = [0.0] * len(keys)
        for number, share in found.shares.items():
            begun[groups[int(number)]] += share
        begins = LongRun(down.value, outages.value, tuple(begun))
        notes = [
            tr("Its range covers the sampling error only, not the ranges of the mean times.")
            if method else
            tr("Its range leaves out the ranges of the mean times: too much is shared to try each.")
        ]  # fmt: skip
        notes += [tr("Its hours are divided by the outages that each part begins.")] if found.shares else []
        if not found.whole:
            notes.append(tr("It was stopped before its interval was as narrow as ordered."))
        missed, why = self._missed(needs, solved, found.method, tell)
        return ServiceAvailability(
            id=needs.id,
            name=needs.name,
            slo_frac=needs.slo_frac,
            members=needs.members,
            needed=needs.needed,
            down=down.value,
            outages_h=outages.value,
            naive=independent(needs.node, downs),
            low=down.low,
            high=down.high,
            method=found.method,
            why=found.why,
            error=down.rel_error,
            missed=missed,
            credit=self._credit(needs, solved, found.method, tell),
            contributions=_contributions(self.project.kinds, parts, groups, keys, begins) if found.shares else [],
            notes=[*needs.notes, *notes, *why],
        )

    def _missed(self, needs: ServiceNeeds, solved: Solved, method: str, tell: Tell) -> tuple[float | None, list[str]]:
        """How probably a year misses the SLO of a service, or why that is not known."""
        if not needs.slo_frac or method == EXACT:
            return None, []

        slo_h = (1.0 - needs.slo_frac) * YEAR_H
        try:
            return solved.missed(self.structure.parts, needs.name, slo_h, method, _until_drawn(tell)), []
        except SpecError as error:
            return None, [str(error)]

    def _credit(self, needs: ServiceNeeds, solved: Solved, method: str, tell: Tell) -> SlaCredit | None:
        """What the provider gives back, by histories of a month; None where it promises nothing or none are drawn."""
        promise = promise_of(self.project, self.spec, needs.id)
        if promise is None or method != MONTE_CARLO:
            return None
        parts, ends = self.structure.parts, _until_drawn(tell)
        often = [solved.missed(parts, needs.name, most_h, method, ends, MONTH_H) for most_h in promise.allowed_h]
        return promise.credit(often)

    def _causes(
        self, solved: Solved, groups: Mapping[int, int], keys: Sequence[Key], now: LongRun
    ) -> list[tuple[float, float, str]]:
        """What begins outages: how many an hour, how long they last on average, and the law of that."""
        total, found = sum(now.by_group), []  # a weight may be below 0 by rounding: that group takes nothing down
        laws = {group: self.structure.parts[number].repair_law for number, group in groups.items()}
        for group, (key, weight, often) in enumerate(zip(keys, now.by_group, now.often_by_group, strict=True)):
            if often > 0.0 and weight > 0.0 and total > 0.0:
                lasts_h = now.down * weight / total / often
                alone = abs(lasts_h - key[3]) < ALONE * key[3]
                found.append((often, lasts_h, laws[group] if alone else "exponential"))
        return found

    def _unknowns(
        self, solved: Solved, groups: Mapping[int, int], keys: Sequence[Key], now: LongRun, tell: Tell
    ) -> list[Unknown]:
        """The mean times that are known within a factor, by how much they decide, the most first."""
        weight: dict[str, float] = {}
        for key, one in zip(keys, now.by_group, strict=True):
            weight[key[0]] = weight.get(key[0], 0.0) + one
        behind = {"ups", "generator"} & self.structure.kinds if weight.get("power_feed") else set()
        asked = [(kind, name) for kind in sorted({*weight, *behind}) for name in ("mtbf_h", "mttr_h")]
        found = []
        for number, (kind, name) in enumerate(asked):
            factor = self.factor(kind, name)
            if factor > 1.0 and now.down > 0.0:
                ends = [self._at(solved, kind, name, by, weight, now) for by in (factor, 1.0 / factor)]
                found.append(Unknown(kind, name, factor, min(ends), max(ends)))
            _go_on(tell, 0.3 + 0.7 * (number + 1) / len(asked))
        return sorted(found, key=lambda one: -one.spread)

    def factor(self, kind: str, name: str) -> float:
        """Within which factor a mean time of a kind is known: that of the element that is known worst."""
        field_name = name.replace("_h", "_factor")
        return max((float(one.__dict__[field_name]) for one in self.project.of_kind(kind)), default=1.0)

    def _at(self, solved: Solved, kind: str, name: str, by: float, weight: Mapping[str, float], now: LongRun) -> float:
        """How long the service is down where a mean time of a kind is `by` times what is told."""
        share = weight.get(kind, 0.0)
        if share < SMALL and kind not in ("ups", "generator"):
            return float(now.down * by ** (share if name == "mttr_h" else -share))
        if name == "mtbf_h" and kind not in BEHIND:
            parts: Sequence[FallibleComponent] = [
                replace(part, mtbf_h=part.mtbf_h * by) if part.kind == kind else part for part in self.structure.parts
            ]
            return solved.long_run(parts).down
        key = kind, name, by
        if key not in self._scaled:
            self._scaled[key] = derive(self.project, self.spec, {(kind, name): by}).parts
        parts = self._scaled[key]
        return solved.long_run(parts).down if len(parts) == len(self.structure.parts) else now.down

    def down(self, service_id: int) -> LongRun:
        """The long run of a service alone. Raises SpecError without one."""
        return Solved(self._serving(service_id).node).long_run(self.structure.parts)


Key = tuple[str, str, float, float]
"""What parts have in common that are told of as one: kind, how they fail, and both mean times."""


def _until_drawn(tell: Tell) -> Callable[[Any], bool]:
    """Whether enough histories are drawn, or no more are asked for."""
    return lambda drawn: drawn.replicas >= MOST_DRAWN or not tell(DRAWING)


def _grouped(solved: Solved, parts: Sequence[FallibleComponent]) -> tuple[dict[int, int], list[Key]]:
    keys: dict[Key, int] = {}
    groups = {}
    for number in solved.numbers:
        part = parts[number]
        groups[number] = keys.setdefault((part.kind, part.what, part.mtbf_h, part.mttr_h), len(keys))
    return groups, list(keys)


def _contributions(
    kinds: Kinds, parts: Sequence[FallibleComponent], groups: Mapping[int, int], keys: Sequence[Key], now: LongRun
) -> list[Contribution]:
    """The hours of downtime a year by what causes them; those of parts that must fail together are divided."""
    total = sum(now.by_group)
    members: list[list[FallibleComponent]] = [[] for _ in keys]
    for number, group in groups.items():
        members[group].append(parts[number])
    found = []
    for key, some, weight in zip(keys, members, now.by_group, strict=True):
        hours = now.down * YEAR_H * (weight / total if total > 0.0 else 0.0)
        found.append(Contribution(_label(kinds, key, some), tuple(dict.fromkeys(one.id for one in some)), hours))
    return sorted(found, key=lambda one: -one.hours)


def _label(kinds: Kinds, key: Key, some: Sequence[FallibleComponent]) -> str:
    kind, what = kinds[key[0]], key[1]
    named = some[0].name if len(some) == 1 else kind.counted(len(some))
    if not what:
        return named
    return tr("{0}: {1}", named, tr(what))


def _band(down: float, unknowns: Sequence[Unknown]) -> tuple[float, float]:
    """The band of a figure whose inputs are known within factors, independently: they are added in quadrature."""
    if down <= 0.0:
        return down, down
    less = sum(math.log(down / one.low) ** 2 for one in unknowns if 0.0 < one.low < down)
    more = sum(math.log(one.high / down) ** 2 for one in unknowns if one.high > down)
    return down * math.exp(-math.sqrt(less)), min(down * math.exp(math.sqrt(more)), 1.0)


class ChangeOffer(Protocol):
    """A change of a design that may help: its title, the kind and elements it is about, and what makes it."""

    @property
    def title(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def ids(self) -> tuple[int, ...]: ...

    def apply(self, project: Project) -> None: ...


def bought(project: Project, now: Sequence[ServiceAvailability], offer: ChangeOffer) -> dict[int, Bought]:
    """What a change would buy each of some services, made once on a copy of the design; without those of which there is
    no answer then, and empty where the design refuses the change.
    """
    changed = snapshot(project)
    try:
        offer.apply(changed)
        study = Study(changed)
    except DesignerError:
        return {}
    usd = _dearer(project, changed)
    found = {}
    for one in now:
        try:
            then = study.down(one.id)
        except (DesignerError, TooLarge, KeyError):
            continue
        meets = bool(one.slo_frac) and then.down <= one.allowed
        gained = nines(then.down) - one.nines
        found[one.id] = Bought(offer.title, offer.kind, offer.ids, then.down, then.outages_h, gained, meets, usd)
    return found


def _dearer(now: Project, then: Project) -> float | None:
    """By how much a design costs more a month than another; None where more prices are unknown."""
    before, after = bill_of(now).total, bill_of(then).total
    return after.usd - before.usd if after.unknown <= before.unknown else None


def ranked(changes: Sequence[Bought]) -> list[Bought]:
    """Changes by what they buy, the most first."""
    return sorted(changes, key=lambda one: one.down)


def _go_on(tell: Tell, part: float) -> None:
    if not tell(part):
        raise Ended


__all__ = [
    "AUTOMATIC",
    "EXACT",
    "METHODS",
    "MONTE_CARLO",
    "RARE",
    "Bought",
    "ChangeOffer",
    "Contribution",
    "DesignStructure",
    "Ended",
    "ServiceAvailability",
    "Study",
    "Unknown",
    "bought",
    "nines",
    "ranked",
]
