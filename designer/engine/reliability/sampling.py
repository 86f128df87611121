"""Monte Carlo: whole histories are drawn until the interval is as narrow as asked for.

Replicas are drawn in chunks of a fixed size and merged in their order; the rule that stops looks at the prefix of
chunks, so the answer and its digest are the same for any number of workers. Each replica can be drawn again alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from designer.engine.chance import key
from designer.engine.reliability import kernels
from designer.engine.reliability.answer import Interval
from designer.engine.reliability.system import YEAR_H, Id, System
from designer.engine.reliability.tables import gates_of, key_of_id, laws_of, parts_of

FAILURES = 7
"""Purpose: the histories of components."""
CHUNK_FAILURES = 400_000
"""Failures drawn in a chunk, about: 20 ms."""
LEAST_OUTAGES = 50.0
"""Outages that must be seen before an interval is believed."""
LEAST_REPLICAS = 200
MOST_CHUNKS = 4000
Z95 = 1.959963984540054
Floats = NDArray[np.float64]
_NONE: Mapping[Id, tuple[Id, float]] = {}


class Sampler(Protocol):
    """Draws replicas of a system."""

    chunk: int
    horizon_h: float

    def draw(self, first: int, count: int) -> Floats:
        """Downtime and outages of each replica from `first` on (replica x service x 2)."""
        ...


class SuspectBins(NamedTuple):
    """How many parts what is down in each bin may take, a row a screen, and which bins are suspect."""

    held: NDArray[np.int16]
    flags: NDArray[np.uint8]


class HistoryScratch(NamedTuple):
    """What the loops write on the way."""

    lanes: NDArray[np.uint64]
    times: Floats
    what: NDArray[np.int64]
    held: NDArray[np.int64]
    first: NDArray[np.int64]
    stack: NDArray[np.int64]
    since: Floats


@lru_cache(maxsize=1)
def ziggurats() -> tuple[Floats, NDArray[np.uint64]]:
    """Tables of the kernels, made once."""
    return kernels.ziggurat_tables()


class Histories:
    """Draws histories of independent components, for one or several services at once."""

    def __init__(
        self,
        system: System,
        services: list[str],
        horizon_h: float,
        fresh: bool,
        seed: int,
        shorter: Mapping[Id, tuple[Id, float]] = _NONE,
    ) -> None:
        """fresh: all up and new at 0; else as in the long run. `shorter`: components that fail with another one that
        stands before them, and are down for at most that number of hours.
        """
        self.laws = laws_of(system.components, shorter)
        self.gates, _ = gates_of(system, services)
        self.keys = np.array([key_of_id(c.id) for c in system.components], np.uint64)
        self.seed = key(seed, FAILURES)
        self.services = len(services)
        self.horizon_h, self.fresh = horizon_h, fresh
        self.expected = max(1.0, sum(horizon_h / cycle_h(c.up, c.down) for c in system.components))
        self.chunk = max(4, 4 * round(CHUNK_FAILURES / self.expected / 4.0)) if self.expected > 16 else 24000
        self.bins = 1 << max(4, min(14, math.ceil(math.log2(1.5 * self.expected))))
        self.rows = int(2.0 * self.expected + 20.0 * math.sqrt(self.expected)) + 64
        self.drawn = 0

    def draw(self, first: int, count: int) -> Floats:
        """Downtime and outages of each replica from `first` on (replica x service x 2)."""
        return self._drawn(first, count)[0]

    def down_times(self, replica: int) -> list[tuple[float, float, int]]:
        """When what was down in one replica: begin and end in hours, and the number of the component, in order of time.
        An end may lie behind the horizon.
        """
        _, begins, ends, whose = self._drawn(replica, 1)
        return sorted(zip(begins.tolist(), ends.tolist(), whose.tolist(), strict=True))

    def _drawn(self, first: int, count: int) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
        """Totals of replicas, and the down times in the last of them: begins, ends, whose."""
        while True:
            rows, n = self.rows, len(self.keys)
            begins, ends, whose = np.zeros(rows), np.zeros(rows), np.zeros(rows, np.int64)
            totals = np.zeros((count, self.services, 2))
            held = parts_of(self.gates, n)
            scratch = HistoryScratch(
                np.zeros((n, 4), np.uint64), np.zeros(2 * rows), np.zeros(2 * rows, np.int64), held,
                np.zeros(n + 1, np.int64), np.zeros((len(held) + 1, 2), np.int64), np.zeros(self.services),
            )  # fmt: skip
            bins = SuspectBins(np.zeros((len(self.gates.enough), self.bins), np.int16), np.zeros(self.bins, np.uint8))
            drawn = kernels.histories(
                first, count, self.fresh, self.horizon_h, self.keys, self.seed, self.laws, self.gates, *ziggurats(),
                begins, ends, whose, bins, scratch, totals,
            )  # fmt: skip
            if drawn != kernels.FULL:
                self.drawn += drawn
                last = int(scratch.first[n])
                return totals, begins[:last], ends[:last], whose[:last]
            self.rows = 2 * rows


def cycle_h(up: object, down: object) -> float:
    """The mean time from failure to failure; infinite where one of both never ends."""
    means = [getattr(law, "mean_h", math.inf) for law in (up, down)]
    return float(sum(means))


@dataclass(frozen=True)
class SampleSums:
    """Sums over replicas of one service: of downtime d, outages n, and whether the promise was broken."""

    replicas: int
    sums: Floats
    digest: str
    whole: bool

    def mean(self, column: int) -> Interval:
        """The mean of a column of `COLUMNS`, normal interval."""
        value = self.sums[column] / self.replicas
        spread = max(0.0, self.sums[column + SQUARES] / self.replicas - value * value)
        half = Z95 * math.sqrt(spread / max(1, self.replicas - 1))
        return Interval(float(value), float(value - half), float(value + half))

    def fraction(self, column: int) -> Interval:
        """A probability, with the interval of Wilson (1927)."""
        n, p = self.replicas, float(self.sums[column]) / self.replicas
        middle = (p + Z95 * Z95 / (2 * n)) / (1 + Z95 * Z95 / n)
        half = Z95 / (1 + Z95 * Z95 / n) * math.sqrt(p * (1 - p) / n + Z95 * Z95 / (4 * n * n))
        return Interval(p, middle - half, middle + half)

    def mean_outage(self) -> Interval:
        """Downtime by outages: a ratio, whose interval follows from how the two vary together."""
        n = self.replicas
        d, o, dd, oo, do = (float(self.sums[i]) / n for i in (0, 1, SQUARES, SQUARES + 1, PRODUCT))
        if o == 0.0:
            return Interval(math.nan, math.nan, math.nan)
        ratio = d / o
        spread = max(0.0, dd - d * d - 2 * ratio * (do - d * o) + ratio * ratio * (oo - o * o))
        half = Z95 * math.sqrt(spread / max(1, n - 1)) / o
        return Interval(ratio, ratio - half, ratio + half)


COLUMNS = ("downtime", "outages", "any", "missed")
SQUARES = len(COLUMNS)
PRODUCT = 2 * SQUARES


def sums_of(drawn: Floats, slo_h: float) -> Floats:
    """The sums of `SampleSums` over replicas of one service, of which `drawn` is as `Sampler.draw` gives it."""
    d, o = drawn[:, 0, 0], drawn[:, 0, 1]
    columns = np.array([d, o, (o > 0).astype(float), (d > slo_h).astype(float)])
    return np.concatenate([columns.sum(axis=1), (columns**2).sum(axis=1), [(d * o).sum()]])


def sample(
    sampler: Sampler,
    rel_error: float,
    slo_h: float = math.inf,
    column: int = 0,
    workers: int = 1,
    chunks: int = MOST_CHUNKS,
    watch: Callable[[SampleSums], bool] | None = None,
) -> SampleSums:
    """Draw chunks until the interval of a column is as narrow as asked for, `chunks` are drawn, or `watch` says True.

    watch: is shown what there is after each chunk.
    """
    total: Floats | None = None
    digest = hashlib.blake2b(digest_size=8)
    drawn = SampleSums(0, np.zeros(PRODUCT + 1), "", False)
    for done, sums in enumerate(_in_order(sampler, slo_h, workers, chunks), 1):
        total = sums if total is None else total + sums
        digest.update(sums.tobytes())
        drawn = SampleSums(done * sampler.chunk, total, digest.hexdigest(), False)
        if _is_enough(drawn, rel_error, column):
            return SampleSums(drawn.replicas, total, drawn.digest, True)
        if watch is not None and watch(drawn):
            break
    return drawn


def _is_enough(drawn: SampleSums, rel_error: float, column: int) -> bool:
    seen = drawn.sums[1] if column < 2 else min(drawn.sums[column], drawn.replicas - drawn.sums[column])
    if drawn.replicas < LEAST_REPLICAS or seen < LEAST_OUTAGES:
        return False
    return drawn.mean(column).rel_error <= rel_error


def _in_order(sampler: Sampler, slo_h: float, workers: int, chunks: int) -> Iterator[Floats]:
    if workers <= 1:
        for n in range(chunks):
            yield sums_of(sampler.draw(n * sampler.chunk, sampler.chunk), slo_h)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[Future[Floats]] = []
        n = 0
        try:
            while n < chunks or waiting:
                while n < chunks and len(waiting) < 2 * workers:
                    waiting.append(pool.submit(sampler.draw, n * sampler.chunk, sampler.chunk))
                    n += 1
                yield sums_of(waiting.pop(0).result(), slo_h)
        finally:
            for future in waiting:
                future.cancel()


def figures(drawn: SampleSums, horizon_h: float, fresh: bool, with_slo: bool) -> dict[str, Interval]:
    """What was drawn, by name."""
    down, often = drawn.mean(0), drawn.mean(1)

    def times(one: Interval, factor: float) -> Interval:
        return Interval(one.value * factor, one.low * factor, one.high * factor)

    def complement(one: Interval) -> Interval:
        return Interval(1.0 - one.value, 1.0 - one.high, 1.0 - one.low)

    share = times(down, 1.0 / horizon_h)
    if fresh:
        found = {
            "expected_downtime_h": down,
            "interval_availability": complement(share),
            "p_outage": drawn.fraction(2),
        }
        return {**found, "p_slo_missed": drawn.fraction(3)} if with_slo else found
    return {
        "availability": complement(share),
        "unavailability": share,
        "outages_h": times(often, 1.0 / horizon_h),
        "mean_outage_h": drawn.mean_outage(),
        "downtime_h_year": times(share, YEAR_H),
        "outages_year": times(often, YEAR_H / horizon_h),
    }
