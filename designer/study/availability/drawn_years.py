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
from designer.engine.reliability.system import Component, System, check_system
from designer.study.availability.histogram import EDGES_H, ServiceYears, YearsDrawn
from designer.study.availability.solving import Solved, engine_node, repair_law
from designer.study.availability.structure import FallibleComponent, ServiceNeeds

YEAR_H = 8760.0
REL_ERROR = 0.03
"""Half of the 95 % interval of the mean downtime of a year, as a part of it, at which a service needs no more years."""
MOST_YEARS = 500_000
SEED = 13
Tell = Callable[[YearsDrawn], bool]


def draw_years(
    parts: Sequence[FallibleComponent],
    services: Sequence[ServiceNeeds],
    tell: Tell,
    seed: int = SEED,
    rel_error: float = REL_ERROR,
    most: int = MOST_YEARS,
) -> YearsDrawn:
    """Draw years as they are in the long run until the mean downtime of every service is known so well, `most` are
    drawn, or `tell`, which is shown what there is after each chunk, says False. Raises SpecError.
    """
    nodes = [(needs, Solved(needs.node)) for needs in services]
    kept = [(needs, solved) for needs, solved in nodes if not solved.always]
    drawn = _Drawn([needs for needs, _ in kept], seed)
    if not kept:
        return drawn.shown(True)
    numbers = sorted({number for _, solved in kept for number in solved.numbers})
    names = {number: _name(parts[number]) for number in numbers}
    components = tuple(Component(names[n], Exponential(parts[n].mtbf_h), repair_law(parts[n])) for n in numbers)
    of = {str(needs.id): engine_node(solved.node, names.__getitem__) for needs, solved in kept}
    system = System(components, of)
    check_system(system)
    histories = Histories(system, list(of), YEAR_H, False, seed)
    while drawn.years < most:
        drawn.add(histories.draw(drawn.years, min(histories.chunk, most - drawn.years)))
        if drawn.enough(rel_error):
            return drawn.shown(True)
        if not tell(drawn.shown(False)):
            return drawn.shown(False)
    return drawn.shown(True)


def _name(part: FallibleComponent) -> str:
    """What the luck of a part goes by: its element and how it fails, so that another part changes nothing of it."""
    return f"{part.id}/{part.what}/{part.mttr_h!r}"


class _Drawn:
    """The sums and histograms of all services, and a digest of the years in their order."""

    def __init__(self, services: Sequence[ServiceNeeds], seed: int) -> None:
        self._services, self._seed, self.years = services, seed, 0
        self._sums = [np.zeros(9) for _ in services]
        self._counts = [np.zeros(len(EDGES_H), np.int64) for _ in services]
        self._digest = hashlib.blake2b(digest_size=8)

    def add(self, rows: Floats) -> None:
        """Add years: the downtime and outages of each service."""
        self.years += len(rows)
        self._digest.update(np.ascontiguousarray(rows).tobytes())
        for n, needs in enumerate(self._services):
            slo_h = (1.0 - needs.slo_frac) * YEAR_H if needs.slo_frac else np.inf
            self._sums[n] = self._sums[n] + sums_of(rows[:, n : n + 1], slo_h)
            down_h = rows[:, n, 0]
            bins = np.searchsorted(EDGES_H, down_h, side="right")
            self._counts[n] += np.bincount(np.minimum(bins, len(EDGES_H) - 1), minlength=len(EDGES_H))

    def enough(self, rel_error: float) -> bool:
        """Whether the mean downtime of every service is known well enough."""
        return all(sums[1] >= LEAST_OUTAGES and self._mean(sums).rel_error <= rel_error for sums in self._sums)

    def _mean(self, sums: Floats) -> Interval:
        return SampleSums(self.years, sums, "", False).mean(0)

    def shown(self, whole: bool) -> YearsDrawn:
        """What there is by now."""
        made = []
        for needs, sums, counts in zip(self._services, self._sums, self._counts, strict=True):
            if not self.years:
                break
            all_of = SampleSums(self.years, sums, "", False)
            missed = all_of.fraction(3) if needs.slo_frac else None
            made.append(
                ServiceYears(needs.id, all_of.mean(0), all_of.mean(1), missed, int(sums[1]), tuple(counts.tolist()))
            )
        return YearsDrawn(self.years, tuple(made), self._seed, self._digest.hexdigest(), whole)
