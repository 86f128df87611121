"""The fewest hosts that do, by HiGHS: an optimum, or the best that was found and a bound, as far as it got."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import highspy

from designer.errors import RuleError
from designer.study.fewest.policies import POLICIES, pack
from designer.study.fewest.problem import HostUse, Problem, bounds, fits
from designer.words import tr

MOST_S = 60.0
"""Seconds that the solver searches without another wish."""
OnProgress = Callable[[float], bool]
"""Is told how far the search is (0 to 1). False ends the search with what is known; what it raises ends it, too."""


@dataclass(frozen=True)
class Fewest:
    """How few hosts do: never fewer than `bound`, surely `best`; equal where `best` is proven.

    `by_policy`: the hosts of each policy (None: it leaves a VM without one). `bound_by`: the bound of each resource.
    """

    present: int
    bound: int
    best: int
    by_policy: dict[str, int | None]
    bound_by: dict[str, int]
    packing: HostUse
    seconds: float

    @property
    def proven(self) -> bool:
        """Whether no packing has fewer hosts."""
        return self.bound >= self.best


def fewest(
    problem: Problem,
    most_s: float = MOST_S,
    on_progress: OnProgress | None = None,
    on_known: Callable[[Fewest], object] | None = None,
) -> Fewest:
    """How few hosts do. The solver is asked where the best policy uses more than the bound; `on_known` is told before
    what is known without it.

    Raises RuleError where a VM fits on no host, or where all do not fit and no more is known.
    """
    began = time.perf_counter()
    check_each(problem)
    by_bound = bounds(problem)
    low = max(by_bound.values())
    made = {name: pack(problem, name) for name in POLICIES}
    known = [packing for packing in made.values() if packing is not None]
    best = min(known, key=lambda packing: packing.hosts) if known else None
    counts = {name: packing.hosts if packing is not None else None for name, packing in made.items()}

    def answer(packing: HostUse) -> Fewest:
        seconds = time.perf_counter() - began
        return Fewest(len(problem.bins), low, packing.hosts, counts, by_bound, packing, seconds)

    if best is not None and on_known is not None:
        on_known(answer(best))
    if best is None or best.hosts > low:
        found, proven = _Search(problem, best, most_s, on_progress or (lambda part: True)).run()
        low, best = max(low, proven), found if best is None or (found and found.hosts < best.hosts) else best
    if best is None:
        raise RuleError(
            tr("Its VMs do not fit on these hosts.") if low > len(problem.bins)
            else tr("No packing was found in {0:.0f} s; give it more time.", most_s)
        )  # fmt: skip
    return answer(best)


def check_each(problem: Problem) -> None:
    """Check that there is a host for each VM alone. Raises RuleError."""
    if not problem.bins:
        raise RuleError(tr("There is no host."))
    for n, item in enumerate(problem.items):
        if not any(fits(problem, n, b, [0.0] * len(host.has), ()) for b, host in enumerate(problem.bins)):
            names = ", ".join(problem.names.get(vm, str(vm)) for vm in item.vms[:3])
            more = tr(" and {0:,} more", len(item.vms) - 3) if len(item.vms) > 3 else ""
            raise RuleError(tr("{0} fits on no host.", names + more))


class _Silent(highspy.Highs):
    """A solver that prints nothing: since 1.16 a first one names itself on standard output when it is made."""

    def enableCallbacks(self) -> None:
        """The first call of its constructor after which something can be set."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class _Search:
    """An integer program: a variable says whether a host is used, others how many VMs of a sort are on it.

    Equal VMs are counted, not told apart, and of equal hosts the first are used first: that leaves the solver few
    packings that are the same.
    """

    def __init__(self, problem: Problem, best: HostUse | None, most_s: float, on_progress: OnProgress) -> None:
        self._problem, self._most_s, self._tell = problem, most_s, on_progress
        make: Any = _Silent
        self._highs = make()
        for name, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", 0), ("time_limit", most_s),
            ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.999),
        ):  # fmt: skip
            self._highs.setOptionValue(name, value)
        self._event = highspy.cb.HighsCallbackType.kCallbackMipInterrupt
        self._inf, self._integer = highspy.kHighsInf, highspy.HighsVarType.kInteger
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._infeasible = highspy.HighsModelStatus.kInfeasible
        self._stopped: BaseException | None = None
        self._classes = self._equal_items()
        self._bins = self._useful_bins(best.hosts if best is not None else len(problem.bins))
        self._best = best

    def _equal_items(self) -> list[list[int]]:
        """Items in classes of equal ones: the same needs, allowed hosts and rules."""
        found: dict[Any, list[int]] = {}
        for n, item in enumerate(self._problem.items):
            found.setdefault((item.needs, item.allowed, tuple(self._problem.rules_of(n))), []).append(n)
        return list(found.values())

    def _useful_bins(self, most: int) -> list[int]:
        """Hosts that an optimum may use: of equal ones no more than the best packing has, and all that are named."""
        named = {host for item in self._problem.items for host in item.allowed or ()}
        count: dict[Any, int] = {}
        chosen = []
        for n, host in enumerate(self._problem.bins):
            key = host.id if host.id in named else (host.sort, host.has)
            count[key] = count.get(key, 0) + 1
            if count[key] <= most:
                chosen.append(n)
        return chosen

    def run(self) -> tuple[HostUse | None, int]:
        """The packing that was found (None: no better one) and the proven bound. Raises what progress raised."""
        self._build()
        began = time.perf_counter()

        def look(event: Any, text: str, said: Any, answer: Any, data: Any) -> None:
            try:
                answer.user_interrupt = not self._tell(min((time.perf_counter() - began) / self._most_s, 1.0))
            except BaseException as error:  # the solver is C: it is asked to end, and the error is raised here
                self._stopped = error
                answer.user_interrupt = True

        self._highs.setCallback(look, None)
        self._highs.startCallback(self._event)
        self._highs.run()
        if self._stopped is not None:
            raise self._stopped
        return self._answer()

    def _build(self) -> None:
        problem, bins, classes = self._problem, self._bins, self._classes
        for _ in bins:
            self._variable(1.0, 1.0)
        for b in bins:
            for members in classes:
                allowed = problem.items[members[0]].allowed
                may = allowed is None or problem.bins[b].id in allowed
                self._variable(float(len(members)) if may else 0.0, 0.0)
        for c, members in enumerate(classes):
            count = float(len(members))
            self._row(count, count, [(self._x(n, c), 1.0) for n in range(len(bins))])
        for n, b in enumerate(bins):
            self._rows_of_bin(n, b)
        for n, (one, other) in enumerate(pairwise(bins)):
            if self._alike(one, other):
                self._row(0.0, self._inf, [(n, 1.0), (n + 1, -1.0)])
        low, high = self._range()
        self._row(low, high, [(n, 1.0) for n in range(len(bins))])

    def _range(self) -> tuple[float, float]:
        """From the bound to one fewer than is known; where nothing is known, to all."""
        low = float(max(bounds(self._problem).values()))
        return low, float(self._best.hosts - 1) if self._best is not None else self._inf

    def _rows_of_bin(self, n: int, b: int) -> None:
        problem, host = self._problem, self._problem.bins[b]
        for r, has in enumerate(host.has):
            if math.isfinite(has):
                terms = [(self._x(n, c), problem.items[m[0]].needs[host.sort][r]) for c, m in enumerate(self._classes)]
                self._row(-self._inf, 0.0, [*(term for term in terms if term[1]), (n, -has)])
            else:
                for c, members in enumerate(self._classes):
                    self._row(-self._inf, 0.0, [(self._x(n, c), 1.0), (n, -float(len(members)))])
        for group in problem.apart:
            terms = [(self._x(n, c), 1.0) for c, members in enumerate(self._classes) if members[0] in group]
            self._row(-self._inf, 0.0, [*terms, (n, -1.0)])

    def _alike(self, one: int, other: int) -> bool:
        named = {host for item in self._problem.items for host in item.allowed or ()}
        a, b = self._problem.bins[one], self._problem.bins[other]
        return (a.sort, a.has) == (b.sort, b.has) and not {a.id, b.id} & named

    def _x(self, n: int, c: int) -> int:
        return len(self._bins) + n * len(self._classes) + c

    def _variable(self, most: float, cost: float) -> None:
        column = self._highs.getNumCol()
        self._highs.addVar(0.0, most)
        self._highs.changeColCost(column, cost)
        self._highs.changeColIntegrality(column, self._integer)

    def _row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        columns, values = zip(*terms) if terms else ((), ())
        self._highs.addRow(low, high, len(columns), list(columns), list(values))

    def _answer(self) -> tuple[HostUse | None, int]:
        """What the solver knows. Nothing better than is known: what is known is an optimum."""
        status = self._highs.getModelStatus()
        if status == self._infeasible:
            return None, self._best.hosts if self._best is not None else len(self._problem.bins) + 1
        info = self._highs.getInfo()
        bound = info.mip_dual_bound
        low = math.ceil(bound - 1e-6) if math.isfinite(bound) and abs(bound) < 1e9 else 0
        if info.primal_solution_status != 2:
            return None, low
        values = self._highs.getSolution().col_value
        made = HostUse()
        left = [list(members) for members in self._classes]
        for n, b in enumerate(self._bins):
            for c in range(len(self._classes)):
                for _ in range(round(values[self._x(n, c)])):
                    made.on.setdefault(b, []).append(left[c].pop())
        return made, made.hosts if status == self._optimal else low
