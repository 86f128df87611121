"""Years of a design, drawn one after the other: how the downtime of each service is spread, and how sure that is.

The same years for all services: what fails in one of them fails for all. Loads the compiler.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from designer.engine.reliability.answer import Interval
from designer.engine.reliability.laws import Exponential
from designer.engine.reliability.sampling import LEAST_OUTAGES, Floats, Histories, SampleSums, sums_of
from designer.engine.reliability.system import Component, Id, System, check_system
from designer.study.availability.answer import YEAR_H, Study
from designer.study.availability.bad_years import BadYear, PartDown, YearEvents, followed
from designer.study.availability.histogram import EDGES_H, ServiceYears, YearsDrawn
from designer.study.availability.solving import Solved, engine_node, repair_law
from designer.study.availability.structure import FallibleComponent, ServiceNeeds

REL_ERROR = 0.03
"""Half of the 95% interval of the mean downtime of a year, as a part of it, at which a service needs no more years."""
MOST_YEARS = 500_000
SEED = 13
WORST = 5
"""Worst years of each service that are kept, to be looked into and played."""
Tell = Callable[[YearsDrawn], bool]


def draw_years(
    study: Study,
    services: Sequence[ServiceNeeds],
    tell: Tell,
    seed: int = SEED,
    rel_error: float = REL_ERROR,
    most: int = MOST_YEARS,
) -> YearsDrawn:
    """Draw years as they are in the long run until the mean downtime of every service is known so well, `most` are
    drawn, or `tell`, which is shown what there is after each chunk, says False. Services without an answer are left
    out. Raises SpecError.
    """
    sampler = YearSampler(study, services, seed)
    drawn = _Drawn(sampler, seed)
    if sampler.histories is None:
        return drawn.shown(True)
    while drawn.years < most:
        drawn.add(sampler.histories.draw(drawn.years, min(sampler.histories.chunk, most - drawn.years)))
        if drawn.enough(rel_error):
            return drawn.shown(True)
        if not tell(drawn.shown(False)):
            return drawn.shown(False)
    return drawn.shown(True)


class YearSampler:
    """Draws years of services. What restarts elsewhere is down when the part under it is, for less time; so a year is a
    list of failures of elements, and any of them is drawn again alone by its number.
    """

    def __init__(self, study: Study, services: Sequence[ServiceNeeds], seed: int = SEED) -> None:
        parts = study.structure.parts
        self.events = YearEvents(study.project, study.spec)
        nodes = [(needs, Solved(needs.node)) for needs in services if not needs.refusal]
        self.nodes = {needs.id: solved.node for needs, solved in nodes if not solved.always}
        self.services = [needs for needs, solved in nodes if not solved.always]
        self.seed, self.histories = seed, None
        if not self.services:
            return
        numbers = sorted({n for _, solved in nodes if not solved.always for n in solved.numbers})
        bases = {_name(base): base for n in numbers for base in (parts[n].base or parts[n],)}
        self.names = {n: _name(parts[n]) for n in numbers}
        self.parts = [*bases.values(), *(parts[n] for n in numbers if parts[n].base is not None)]
        """By the number of the component: first what fails by itself, then what is down for less time with it."""
        components = tuple(Component(_name(one), Exponential(one.mtbf_h), repair_law(one)) for one in self.parts)
        shorter: dict[Id, tuple[Id, float]] = {
            _name(one): (_name(one.base), one.mttr_h) for one in self.parts if one.base is not None
        }
        of = {str(one.id): engine_node(self.nodes[one.id], self.names.__getitem__) for one in self.services}
        system = System(components, of)
        check_system(system)
        self.histories = Histories(system, list(of), YEAR_H, False, seed, shorter)


def _name(part: FallibleComponent) -> str:
    """What the luck of a part goes by: its element and how it fails, so that another part changes nothing of it."""
    return f"{part.id}/{part.what}/{part.mttr_h!r}"


def bad_year(sampler: YearSampler, service_id: int, number: int) -> BadYear:
    """A year of a service, drawn again alone: what failed in it, and the outages with what caused them."""
    assert sampler.histories is not None
    rows = sampler.histories.down_times(number)
    downs = [PartDown(begin_h, min(end_h, YEAR_H), sampler.parts[c]) for begin_h, end_h, c in rows]
    by_name = {name: n for n, name in sampler.names.items()}
    changes = [(begin_h, end_h, by_name.get(_name(sampler.parts[c]), -1)) for begin_h, end_h, c in rows]
    node = sampler.nodes[service_id]
    outages = followed(node, changes, [one.part for one in downs], YEAR_H)
    events, left = sampler.events.of(one for one in downs if one.part.base is None)
    return BadYear(service_id, number, sampler.seed, outages, tuple(events), left)


class _Drawn:
    """The sums and histograms of all services, and a digest of the years in their order."""

    def __init__(self, sampler: YearSampler, seed: int) -> None:
        services = sampler.services
        self._sampler, self._services, self._seed, self.years = sampler, services, seed, 0
        self._worst: list[list[tuple[float, int]]] = [[] for _ in services]
        self._told: dict[tuple[int, int], BadYear] = {}
        self._sums = [np.zeros(9) for _ in services]
        self._counts = [np.zeros(len(EDGES_H), np.int64) for _ in services]
        self._digest = hashlib.blake2b(digest_size=8)

    def add(self, rows: Floats) -> None:
        """Add years: the downtime and outages of each service."""
        first = self.years
        self.years += len(rows)
        self._digest.update(np.ascontiguousarray(rows).tobytes())
        for n, needs in enumerate(self._services):
            slo_h = (1.0 - needs.slo_frac) * YEAR_H if needs.slo_frac else np.inf
            self._sums[n] = self._sums[n] + sums_of(rows[:, n : n + 1], slo_h)
            down_h = rows[:, n, 0]
            bins = np.searchsorted(EDGES_H, down_h, side="right")
            self._keep_worst(n, first, down_h)
            self._counts[n] += np.bincount(np.minimum(bins, len(EDGES_H) - 1), minlength=len(EDGES_H))

    def _keep_worst(self, n: int, first: int, down_h: Floats) -> None:
        """Keep the years of most downtime of a service; of equal ones the first."""
        kept = self._worst[n]
        least_h = -kept[-1][0] if len(kept) == WORST else 0.0
        rows = np.flatnonzero(down_h > least_h)
        if rows.size:
            kept += [(-float(down_h[row]), first + int(row)) for row in rows]
            self._worst[n] = sorted(kept)[:WORST]

    def _bad_years(self, n: int) -> tuple[BadYear, ...]:
        """The worst years of a service, each looked into once."""
        found = []
        for _, number in self._worst[n]:
            if (n, number) not in self._told:
                self._told[n, number] = bad_year(self._sampler, self._services[n].id, number)
            found.append(self._told[n, number])
        return tuple(found)

    def enough(self, rel_error: float) -> bool:
        """Whether the mean downtime of every service is known well enough."""
        return all(sums[1] >= LEAST_OUTAGES and self._mean(sums).rel_error <= rel_error for sums in self._sums)

    def _mean(self, sums: Floats) -> Interval:
        return SampleSums(self.years, sums, "", False).mean(0)

    def shown(self, whole: bool) -> YearsDrawn:
        """What there is by now."""
        made: list[ServiceYears] = []
        for needs, sums, counts in zip(self._services, self._sums, self._counts, strict=True):
            if not self.years:
                break
            all_of = SampleSums(self.years, sums, "", False)
            missed = all_of.fraction(3) if needs.slo_frac else None
            made.append(
                ServiceYears(
                    needs.id,
                    all_of.mean(0),
                    all_of.mean(1),
                    missed,
                    int(sums[1]),
                    tuple(counts.tolist()),
                    self._bad_years(len(made)),
                )
            )
        return YearsDrawn(self.years, tuple(made), self._seed, self._digest.hexdigest(), whole)
