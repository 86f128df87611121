"""What policies make of a packing that place one VM after the other, the largest first, and never move one."""

from __future__ import annotations

from collections.abc import Callable

from designer.study.fewest.problem import HostUse, Problem, fits

Weigh = Callable[[list[float], tuple[float, ...]], float]
"""What a host counts by what would be taken there and what it has; the least is taken."""


def _fill(taken: list[float], has: tuple[float, ...]) -> float:
    """The parts of a host that are taken, together; what has no limit does not count."""
    return sum(t / h for t, h in zip(taken, has, strict=True) if 0.0 < h < float("inf"))


POLICIES: dict[str, Weigh] = {
    "first fit": lambda taken, has: 0.0,
    "best fit": lambda taken, has: -_fill(taken, has),
    "worst fit": _fill,
}
"""By its name, how a policy chooses among the hosts that are used already; a new host is taken where none fits."""


def size(problem: Problem, item: int) -> float:
    """How large an item is: the greatest part of the first host that it takes of any resource."""
    has, needs = problem.bins[0].has, problem.items[item].needs[problem.bins[0].sort]
    return max(n / h if 0.0 < h < float("inf") else 0.0 for n, h in zip(needs, has, strict=True))


def pack(problem: Problem, policy: str) -> HostUse | None:
    """The packing of a policy; None where it leaves a VM without a host."""
    made, weigh = HostUse(), POLICIES[policy]
    taken = [[0.0] * len(host.has) for host in problem.bins]
    order = sorted(range(len(problem.items)), key=lambda n: (problem.items[n].allowed is None, -size(problem, n), n))
    for item in order:
        used = [n for n, items in made.on.items() if items]
        free = [n for n in range(len(problem.bins)) if n not in made.on]
        able = [n for n in used if fits(problem, item, n, taken[n], made.on[n])]
        able = able or [n for n in free if fits(problem, item, n, taken[n], ())][:1]
        if not able:
            return None
        chosen = min(able, key=lambda n: (weigh(taken[n], problem.bins[n].has), n))
        made.on.setdefault(chosen, []).append(item)
        needs = problem.items[item].needs[problem.bins[chosen].sort]
        taken[chosen] = [t + n for t, n in zip(taken[chosen], needs, strict=True)]
    return made
