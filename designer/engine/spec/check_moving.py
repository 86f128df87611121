"""Whether migrations of hosts and balancers of clusters have a meaning."""

from __future__ import annotations

from typing import get_args

from designer.engine.spec.check_numbers import check_numbers, check_word
from designer.engine.spec.moving import BalanceRule, Balancing, Choice, CopyRule, Migration, Overload
from designer.errors import SpecError

LEAST_PERIOD_S = 1.0
"""How often a balancer may look at most."""
_COPY_RULES = get_args(CopyRule)
_WORDS = {"rule": get_args(BalanceRule), "overload": get_args(Overload), "choice": get_args(Choice)}


def check_migration(who: str, migration: Migration | None) -> None:
    """Raise SpecError for the first thing of a host's migration that has no meaning."""
    if migration is None:
        return
    of = "of its migration"
    check_word(migration, who, "rule", _COPY_RULES, of)
    check_numbers(migration, who, ("mbps", "at_once", "downtime_s", "timeout_s_gib"), above=True, of=of)
    check_numbers(migration, who, ("core_per_gbps",), of=of)


def check_balancing(who: str, balancing: Balancing | None) -> None:
    """Raise SpecError for the first thing of a cluster's balancer that has no meaning."""
    if balancing is None:
        return
    of = "of its balancer"
    for name, known in _WORDS.items():
        check_word(balancing, who, name, known, of)
    check_numbers(balancing, who, ("every_s", "threshold", "margin", "cooldown_s", "wake_s"), of=of)
    check_numbers(balancing, who, ("hold",), above=True, of=of)
    if balancing.every_s < LEAST_PERIOD_S:
        raise SpecError(f"{who}: its balancer must look once in 1 s or longer, not {balancing.every_s:g} s.")
