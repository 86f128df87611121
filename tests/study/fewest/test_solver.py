"""How few hosts do: cases with known answers, and small packings at random beside a search over all of them."""

from __future__ import annotations

import random

import pytest

from designer.errors import RuleError
from designer.study.fewest.policies import POLICIES, pack
from designer.study.fewest.problem import Bin, HostUse, Parcel, Problem, bounds, fits
from designer.study.fewest.solver import Fewest, fewest

INF = float("inf")


def problem(has: tuple[float, float], needs: list[tuple[float, float]], hosts: int = 0, **more: object) -> Problem:
    """VMs by vCPUs and memory, on equal hosts; as many as VMs where no number is given."""
    items = tuple(Parcel((n,), ((*need, 0.0),)) for n, need in enumerate(needs))
    bins = tuple(Bin(100 + n, 0, (*has, INF)) for n in range(hosts or len(needs)))
    return Problem(items, bins, **more)  # type: ignore[arg-type]


def is_sound(given: Problem, made: HostUse) -> bool:
    """Whether each VM is on one host, and each host takes its VMs."""
    placed = sorted(item for items in made.on.values() for item in items)
    for host, items in made.on.items():
        taken = [0.0] * len(given.bins[host].has)
        others: list[int] = []
        for item in items:
            if not fits(given, item, host, taken, others):
                return False
            needs = given.items[item].needs[given.bins[host].sort]
            taken, others = [t + n for t, n in zip(taken, needs, strict=True)], [*others, item]
    return placed == list(range(len(given.items)))


def least(given: Problem) -> int | None:
    """The fewest hosts, by a search over all packings."""
    best: list[int | None] = [None]

    def place(item: int, on: dict[int, list[int]], taken: list[list[float]]) -> None:
        if best[0] is not None and len(on) >= best[0]:
            return
        if item == len(given.items):
            best[0] = len(on)
            return
        for n, host in enumerate(given.bins):
            if fits(given, item, n, taken[n], on.get(n, [])):
                needs = given.items[item].needs[host.sort]
                after = [list(row) for row in taken]
                after[n] = [t + need for t, need in zip(taken[n], needs, strict=True)]
                place(item + 1, {**on, n: [*on.get(n, []), item]}, after)

    place(0, {}, [[0.0] * len(host.has) for host in given.bins])
    return best[0]


def test_that_three_hosts_do_where_the_largest_first_takes_four() -> None:
    given = problem((INF, 32.0), [(1.0, float(gib)) for gib in (20, 20, 16, 10, 6, 6, 6, 6, 6)])
    found = fewest(given)
    assert (found.best, found.bound, found.proven) == (3, 3, True)
    assert (found.by_policy["first fit"], found.by_policy["best fit"]) == (4, 4)
    assert found.bound_by["memory"] == 3
    assert is_sound(given, found.packing)


def test_that_cpu_and_memory_together_ask_for_more_than_each_alone() -> None:
    vms = [(10.0, 8.0)] * 3 + [(2.0, 40.0)] * 3 + [(5.0, 20.0)] * 2
    found = fewest(problem((16.0, 64.0), vms))
    assert (found.bound_by["vCPUs"], found.bound_by["memory"]) == (3, 3)
    assert (found.best, found.bound, found.proven) == (4, 4, True)


def test_that_rules_part_vms_and_pins_hold_them() -> None:
    vms = [(1.0, 1.0)] * 5
    assert fewest(problem((16.0, 64.0), vms)).best == 1
    apart = fewest(problem((16.0, 64.0), vms, apart=(frozenset({0, 1, 2}),)))
    assert (apart.best, apart.bound_by["affinity rules"]) == (3, 3)
    items = [Parcel((n,), ((1.0, 1.0, 0.0),), frozenset({100 + n}) if n < 2 else None) for n in range(5)]
    pinned = Problem(tuple(items), tuple(Bin(100 + n, 0, (16.0, 64.0, INF)) for n in range(5)))
    found = fewest(pinned)
    assert (found.best, found.proven) == (2, True)
    assert is_sound(pinned, found.packing)


def test_that_what_fits_nowhere_is_named_and_too_much_is_refused() -> None:
    with pytest.raises(RuleError, match="big fits on no host"):
        fewest(problem((4.0, 8.0), [(1.0, 9.0)], names={0: "big"}))
    with pytest.raises(RuleError, match="do not fit on these hosts"):
        fewest(problem((4.0, 8.0), [(1.0, 5.0)] * 3, hosts=2))
    with pytest.raises(RuleError, match="There is no host"):
        fewest(Problem((), ()))


def test_that_no_vms_need_no_host() -> None:
    found = fewest(Problem((), (Bin(100, 0, (4.0, 8.0, INF)),)))
    assert (found.best, found.bound, found.proven) == (0, 0, True)


def hard(seed: int = 3, vms: int = 60) -> Problem:
    """VMs for which no policy reaches the bound."""
    rng = random.Random(seed)
    return problem((100.0, 100.0), [(float(rng.randint(20, 70)), float(rng.randint(10, 60))) for _ in range(vms)])


def test_that_a_search_that_is_canceled_ends_with_that() -> None:
    class Enough(Exception):
        pass

    told: list[float] = []

    def stop(part: float) -> bool:
        told.append(part)
        raise Enough

    with pytest.raises(Enough):
        fewest(hard(), most_s=600.0, on_progress=stop)
    assert len(told) == 1


def test_that_a_search_that_is_stopped_gives_what_is_known() -> None:
    given = hard(5, 120)
    found = fewest(given, most_s=600.0, on_progress=lambda part: False)
    assert found.bound < found.best <= min(count for count in found.by_policy.values() if count)
    assert not found.proven
    assert is_sound(given, found.packing)


def test_that_a_search_that_is_cut_off_gives_a_bound_and_a_packing() -> None:
    given = hard(5, 200)
    found = fewest(given, most_s=0.05)
    assert found.bound <= found.best <= min(count for count in found.by_policy.values() if count)
    assert found.bound >= max(found.bound_by.values())
    assert is_sound(given, found.packing)


def some(seed: int) -> Problem:
    """A small packing at random: hosts of two sorts, rules, pins."""
    rng = random.Random(seed)
    count = rng.randint(1, 7)
    bins = tuple(
        Bin(100 + n, n % 2, (float(rng.choice([8, 12])), float(rng.choice([16, 24])), rng.choice([INF, 9.0])))
        for n in range(rng.randint(2, 4))
    )
    items = []
    for n in range(count):
        need = (float(rng.randint(1, 6)), float(rng.randint(1, 12)), float(rng.randint(0, 3)))
        allowed = frozenset(host.id for host in bins if rng.random() < 0.6) if rng.random() < 0.2 else None
        items.append(Parcel((n,), (need, (need[0], need[1] + 1.0, need[2])), allowed or None))
    apart = tuple(frozenset(rng.sample(range(count), min(count, 2))) for _ in range(rng.randint(0, 2)))
    return Problem(tuple(items), bins, tuple(group for group in apart if len(group) > 1))


def answer(given: Problem) -> Fewest | None:
    try:
        return fewest(given)
    except RuleError:
        return None


@pytest.mark.parametrize("seed", range(24))
def test_that_it_is_the_optimum_of_a_search_over_all_packings(seed: int) -> None:
    given = some(seed)
    best, found = least(given), answer(given)
    if best is None:
        assert found is None
        return
    assert found is not None
    assert (found.best, found.bound) == (best, best)
    assert is_sound(given, found.packing)
    assert max(bounds(given).values()) <= best
    for policy in POLICIES:
        made = pack(given, policy)
        assert made is None or (is_sound(given, made) and made.hosts >= best)


def test_that_the_same_question_has_the_same_answer() -> None:
    one, other = fewest(hard(8, 24)), fewest(hard(8, 24))
    assert (one.best, one.bound, one.packing.on) == (other.best, other.bound, other.packing.on)
