"""Rules about which VMs stand together and which apart, and whether such rules contradict one another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, get_args

from designer.engine.spec.packed import values_of
from designer.engine.spec.records import Affinity, AffinityLevel, Vm, Wants
from designer.errors import SpecError

LEVELS = get_args(AffinityLevel)
"""The levels, the finest first: what is on one host is in one rack, and what is in one rack is in one zone."""
WANTS = get_args(Wants)

Pinned = Mapping[int, Collection[int]]
"""The hosts to which VMs are pinned, by VM."""


class _Joined:
    """VMs that must stand together, directly or through others, at one level."""

    def __init__(self, rules: Iterable[Affinity]) -> None:
        self._above: dict[int, int] = {}
        self._by: dict[int, Affinity] = {}
        for rule in rules:
            for vm in rule.vms[1:]:
                self._join(rule.vms[0], vm, rule)

    def _join(self, one: int, other: int, rule: Affinity) -> None:
        for vm in (one, other):
            self._by.setdefault(vm, rule)
        one, other = self.head(one), self.head(other)
        if one != other:
            self._above[max(one, other)] = min(one, other)

    def head(self, vm: int) -> int:
        """The VM that stands for all that are together with one."""
        while (up := self._above.get(vm)) is not None:
            self._above[vm] = vm = self._above.get(up, up)  # a long way is halved for whoever asks next
        return vm

    def rule_of(self, vm: int) -> Affinity:
        """A rule that keeps a VM with others."""
        return self._by[vm]

    def groups(self) -> list[list[int]]:
        """The VMs that are together, in groups."""
        found: dict[int, list[int]] = {}
        for vm in self._by:
            found.setdefault(self.head(vm), []).append(vm)
        return list(found.values())


def contradiction(rules: Sequence[Affinity], pinned: Pinned, name: Callable[[int], str]) -> tuple[str, int] | None:
    """What contradicts, in a sentence without its full stop, and the rule it concerns; None: no two rules contradict.

    Only strict rules and pins are asked. Of VMs that are together at a level, none are apart at it or at a coarser one.
    """
    strict = [rule for rule in rules if rule.strict]
    for n, level in enumerate(LEVELS):
        joined = _Joined(rule for rule in strict if rule.wants == "together" and LEVELS.index(rule.level) <= n)
        for rule in strict:
            if rule.wants == "apart" and rule.level == level:
                pair = _same(rule.vms, joined.head)
                if pair is not None:
                    other = joined.rule_of(pair[1])
                    return (
                        f"{rule.name} keeps {name(pair[0])} and {name(pair[1])} apart by {level}, and {other.name} "
                        f"keeps them together by {other.level}"
                    ), rule.id
    return _pinned_apart(strict, pinned, name)


def _pinned_apart(rules: Sequence[Affinity], pinned: Pinned, name: Callable[[int], str]) -> tuple[str, int] | None:
    """The first rule about hosts that pins contradict."""
    joined = _Joined(rule for rule in rules if rule.wants == "together" and rule.level == "host")
    for group in joined.groups():
        held = [vm for vm in group if pinned.get(vm)]
        if held and not set.intersection(*(set(pinned[vm]) for vm in held)):
            rule = joined.rule_of(held[-1])
            return (
                f"{rule.name} keeps {name(held[0])} and {name(held[-1])} on one host, and they are pinned to different "
                "ones"
            ), rule.id
    for rule in rules:
        if rule.wants == "apart" and rule.level == "host":
            pair = _same([vm for vm in rule.vms if len(pinned.get(vm, ())) == 1], lambda vm: next(iter(pinned[vm])))
            if pair is not None:
                return (
                    f"{rule.name} keeps {name(pair[0])} and {name(pair[1])} on different hosts, and both are pinned to "
                    "the same one"
                ), rule.id
    return None


def _same(vms: Iterable[int], place: Callable[[int], Any]) -> tuple[int, int] | None:
    """The first two VMs that have the same place."""
    seen: dict[Any, int] = {}
    for vm in vms:
        first = seen.setdefault(place(vm), vm)
        if first != vm:
            return first, vm
    return None


def check_affinities(rules: Sequence[Affinity], names: Mapping[int, str]) -> None:
    """Raise SpecError for the first rule that has no meaning or contradicts others; `names` are those of all VMs."""
    for rule in rules:
        who = f"Affinity rule {rule.name or rule.id}"
        if rule.wants not in WANTS or rule.level not in LEVELS:
            raise SpecError(f"{who} wants its VMs “{rule.wants}” by “{rule.level}”, which has no meaning.")
        missing = [vm for vm in rule.vms if vm not in names]
        if missing:
            raise SpecError(f"{who} names {missing[0]}, which is no VM.")
        if len(set(rule.vms)) < len(rule.vms):
            raise SpecError(f"{who} names a VM twice.")
    found = contradiction(rules, {}, lambda vm: names[vm])
    if found:
        raise SpecError(f"{found[0]}.")


def names_of(vms: Sequence[Vm]) -> dict[int, str]:
    """The names of VMs by id."""
    return {i: name or str(i) for i, name in zip(values_of(vms, "id"), values_of(vms, "name"), strict=True)}
