"""Rare outages: sampled where they happen, and weighed by how rarely that is.

Where components are independent, what parts share is drawn down far more often than it is (the draw is fitted by cross
entropy, de Boer and others 2005), and all that stands in one part alone is integrated out: any laws do. Where crews,
shocks or fleets couple them, cycles from all up to all up are drawn with failures forced (balanced failure biasing,
Shahabuddin 1994): all laws must be exponential. Both are unbiased.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from designer.engine.reliability.answer import Interval
from designer.engine.reliability.chains import Builder, State
from designer.engine.reliability.closed import leaves_of, year_figures
from designer.engine.reliability.exact import Long, Structure
from designer.engine.reliability.system import System

ROWS = 4096
"""States drawn in a chunk."""
PILOTS = 4
CYCLES = 500
"""Cycles drawn in a chunk."""
FORCED = 0.5
"""How often a biased cycle goes on with a failure."""
Z95 = 1.959963984540054
LEAST_CHUNKS = 8
MOST_CHUNKS = 4000
PILOT, MAIN, CRUDE = 8, 9, 10
"""Purposes of streams."""
Floats = NDArray[np.float64]
Watch = Callable[[int], bool] | None


def stream(seed: int, purpose: int, chunk: int) -> Generator:
    """The random numbers of a chunk."""
    return Generator(Philox(key=np.array([purpose, seed], np.uint64), counter=np.array([0, 0, 0, chunk], np.uint64)))


class WeighedSums:
    """Running sums of two figures and of their squares, merged in order."""

    def __init__(self) -> None:
        self.count = 0
        self.totals = np.zeros(2)
        self.squares = np.zeros(2)
        self.digest = hashlib.blake2b(digest_size=8)

    def add(self, rows: Floats) -> None:
        """Add rows of both figures."""
        self.count += len(rows)
        self.totals += rows.sum(axis=0)
        self.squares += (rows**2).sum(axis=0)
        self.digest.update(self.totals.tobytes())

    def mean(self, column: int) -> float:
        """Of a figure."""
        return float(self.totals[column]) / self.count

    def rel_half(self, column: int) -> float:
        """Half of the width of the 95% interval of a figure, by its mean."""
        mean = self.mean(column)
        spread = max(0.0, float(self.squares[column]) / self.count - mean * mean)
        return Z95 * math.sqrt(spread / self.count) / mean if mean > 0 else math.inf


class Shared:
    """Draws what several parts of a structure share, and integrates out the rest."""

    def __init__(self, system: System, service: str, seed: int) -> None:
        self.seed = seed
        self.structure = Structure(system.services[service])
        leaves = leaves_of(system, service)
        self.values = np.array([leaves[key] for key in self.structure.leaves])
        chances = self.values[:, 1]
        self.drawn = np.array([n for n in self.structure.repeated() if 0.0 < chances[n] < 1.0], np.int64)
        self.chance = np.maximum(chances[self.drawn], 0.2)
        for pilot in range(PILOTS):
            self._fit(pilot)

    def _fit(self, pilot: int) -> None:
        down, weight, found = self._rows(stream(self.seed, PILOT, pilot))
        worth = weight * found[0]
        if worth.sum() > 0:
            own = self.values[self.drawn, 1]
            fitted = (worth @ down) / worth.sum()
            self.chance = np.clip(0.8 * fitted + 0.1 * self.chance, np.minimum(own, 0.5), 0.95)

    def _rows(self, rng: Generator) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
        """States of what is shared (1: down), their weights, and unavailability and outages per hour in each."""
        own = self.values[self.drawn, 1]
        every = rng.random((ROWS, len(self.drawn))) < self.chance
        first, back = _different(every)
        down = every[first].astype(float)
        rows = len(down)
        weight = np.where(down > 0, own / self.chance, (1.0 - own) / (1.0 - self.chance)).prod(axis=1)
        up_of, down_of = (np.repeat(self.values[:, n : n + 1], rows, axis=1) for n in (0, 1))
        change = np.repeat(self.values[:, 2:3, None], rows, axis=1)
        up_of[self.drawn], down_of[self.drawn], change[self.drawn] = 1.0 - down.T, down.T, 0.0
        one = self.structure.triple(up_of, down_of, change)
        often = self.values[self.drawn, 2]
        score = np.where(down > 0, often / own, -often / (1.0 - own)).sum(axis=1)
        found = np.broadcast_to(one.down, (rows,))
        failing = np.broadcast_to(one.change[..., 0], (rows,)) + score * found
        return every.astype(float), weight[back], (found[back], failing[back])

    def rows(self, chunk: int) -> Floats:
        """Unavailability and outages per hour of drawn states."""
        _, weight, (down, often) = self._rows(stream(self.seed, MAIN, chunk))
        return np.column_stack([weight * down, weight * often])


def _different(rows: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each kind, and which of these each row is."""
    width = rows.shape[1]
    if width > 64:
        return np.arange(len(rows)), np.arange(len(rows))
    numbers = rows @ (np.uint64(1) << np.arange(width, dtype=np.uint64)) if width else np.zeros(len(rows), np.uint64)
    _, first, back = np.unique(numbers, return_index=True, return_inverse=True)
    return first, back.ravel()


class Cycles:
    """Draws cycles of a chain from all up to all up."""

    def __init__(self, system: System, service: str, seed: int) -> None:
        self.builder = Builder(system, system.services[service])
        self.seed = seed
        self.known: dict[State, tuple[list[State], Floats, NDArray[np.bool_], bool]] = {}

    def _after(self, state: State) -> tuple[list[State], Floats, NDArray[np.bool_], bool]:
        if state not in self.known:
            rates: dict[State, float] = {}
            for often, after in self.builder.moves(state):
                if after != state:
                    rates[after] = rates.get(after, 0.0) + often
            worse = np.array([self.builder.lost(after) > self.builder.lost(state) for after in rates])
            self.known[state] = list(rates), np.array(list(rates.values())), worse, self.builder.is_up(state)
        return self.known[state]

    def rows(self, chunk: int, biased: bool) -> Floats:
        """Downtime and outages (biased), or length and 1 (crude), of cycles."""
        rng = stream(self.seed, MAIN if biased else CRUDE, chunk)
        return np.array([self._cycle(rng, biased) for _ in range(CYCLES)])

    def _cycle(self, rng: Generator, biased: bool) -> tuple[float, float]:
        start = state = self.builder.start()
        weight, spent, outages, hit = 1.0, 0.0, 0.0, False
        while True:
            states, rates, worse, is_up = self._after(state)
            total = float(rates.sum())
            spent += weight / total if not (biased and is_up) else 0.0
            chances = rates / total
            if biased and not hit:
                forced = _forced(chances, worse)
                n = int(np.searchsorted(np.cumsum(forced), rng.random() * (1.0 - 1e-15)))
                weight *= chances[n] / forced[n]
            else:
                n = int(np.searchsorted(np.cumsum(chances), rng.random() * (1.0 - 1e-15)))
            state = states[min(n, len(states) - 1)]
            if is_up and not self._after(state)[3]:
                hit = True
                outages += weight
            if state == start:
                return spent, outages if biased else 1.0


def _forced(chances: Floats, worse: NDArray[np.bool_]) -> Floats:
    """Failures alike, and as often as repairs."""
    if worse.all():
        return np.full(len(chances), 1.0 / len(chances))
    if not worse.any():
        return chances
    share = chances[~worse].sum()
    return np.asarray(np.where(worse, FORCED / worse.sum(), (1.0 - FORCED) * chances / share))


def sample_shared(
    system: System, service: str, rel_error: float, seed: int, watch: Watch = None
) -> tuple[dict[str, Interval], int, str, bool]:
    """Long-run figures of a service on independent components; how many states were drawn, digest, whether whole."""
    sampler, sums, whole = Shared(system, service, seed), WeighedSums(), False
    for chunk in range(MOST_CHUNKS):
        sums.add(sampler.rows(chunk))
        if chunk + 1 >= LEAST_CHUNKS and max(sums.rel_half(0), sums.rel_half(1)) <= rel_error:
            whole = True
            break
        if watch is not None and watch(sums.count):
            break
    return _figures(sums, 0.0), sums.count, sums.digest.hexdigest(), whole


def sample_cycles(
    system: System, service: str, rel_error: float, seed: int, watch: Watch = None
) -> tuple[dict[str, Interval], int, str, bool]:
    """Long-run figures of a coupled service with exponential laws. Raises NotExponential."""
    sampler, down, length, whole = Cycles(system, service, seed), WeighedSums(), WeighedSums(), False
    for chunk in range(MOST_CHUNKS):
        down.add(sampler.rows(chunk, biased=True))
        if chunk % 4 == 0:
            length.add(sampler.rows(chunk, biased=False))
        wide = max(math.hypot(down.rel_half(n), length.rel_half(0)) for n in (0, 1))
        if chunk + 1 >= LEAST_CHUNKS and wide <= rel_error:
            whole = True
            break
        if watch is not None and watch(down.count):
            break
    down.totals /= length.mean(0)
    down.squares /= length.mean(0) ** 2
    return _figures(down, length.rel_half(0)), down.count + length.count, down.digest.hexdigest(), whole


def _figures(sums: WeighedSums, more: float) -> dict[str, Interval]:
    """By name; `more` is a relative half width that all share."""
    found = Long(1.0 - sums.mean(0), sums.mean(0), sums.mean(1))
    wide = [math.hypot(sums.rel_half(n), more) for n in (0, 1)]
    widths = {"unavailability": wide[0], "downtime_h_year": wide[0], "outages_h": wide[1], "outages_year": wide[1]}
    widths["mean_outage_h"] = wide[0] + wide[1]
    figures = {}
    for name, value in year_figures(found).items():
        half = found.unavailability * wide[0] if name == "availability" else value * widths[name]
        figures[name] = Interval(value, value - half, value + half)
    return figures


__all__ = ["Cycles", "Shared", "sample_cycles", "sample_shared"]
