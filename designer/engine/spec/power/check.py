"""Whether what a spec says of power and heat has a meaning."""

from __future__ import annotations

import math
from collections.abc import Set
from typing import get_args

from designer.engine.spec.check_numbers import check_numbers, check_word
from designer.engine.spec.power.records import Feed, Hall, Power, Split
from designer.errors import SpecError


def check_power(power: Power, names: dict[int, str]) -> None:
    """Raise SpecError for the first thing of power that has no meaning; `names` are those of the domains."""
    check_word(power, "The design", "split", get_args(Split))
    every: tuple[list[int], ...] = (
        [feed.id for feed in power.feeds], [hall.id for hall in power.halls],
        [unit.id for unit in power.cooling], [draw.id for draw in power.draws],
    )  # fmt: skip
    for ids in every:
        _check_there(set(ids), names)
        if len(set(ids)) < len(ids):
            raise SpecError("Power is given twice for one element.")
    for feed in power.feeds:
        _check_feed(feed, names)
    for hall in power.halls:
        _check_hall(hall, names[hall.id])
    for unit in power.cooling:
        check_numbers(unit, names[unit.id], ("capacity_w",), above=True)
        check_numbers(unit, names[unit.id], ("restart_s",))
        if unit.hall not in {hall.id for hall in power.halls}:
            raise SpecError(f"{names[unit.id]} cools {unit.hall}, of which no power is given.")
    for draw in power.draws:
        check_numbers(draw, names[draw.id], ("watts",))


def _check_there(ids: Set[int], names: dict[int, str]) -> None:
    missing = sorted(ids - names.keys())
    if missing:
        raise SpecError(f"Power is given for {missing[0]}, which is not there.")


def _check_feed(feed: Feed, names: dict[int, str]) -> None:
    check_numbers(feed, names[feed.id], ("limit_w", "trip_s"))
    _check_there({ups.id for ups in feed.ups} | {generator.id for generator in feed.generators}, names)
    for ups in feed.ups:
        check_numbers(ups, names[ups.id], ("energy_j", "recharge_w", "lasts_s"))
    for generator in feed.generators:
        check_numbers(generator, names[generator.id], ("start_s",))
        if not 0 <= generator.start_probability <= 1:
            raise SpecError(f"{names[generator.id]}: it starts with a probability from 0 to 1.")
        if not generator.fuel_s > 0:
            raise SpecError(f"{names[generator.id]}: its fuel must last longer than 0 s.")


def _check_hall(hall: Hall, name: str) -> None:
    check_numbers(hall, name, ("design_w", "restart_hosts", "restart_every_s"))
    check_numbers(hall, name, ("warming_k_s", "tau_s"), above=True)
    if not 1.0 <= hall.pue < math.inf:
        raise SpecError(f"{name}: its PUE must be at least 1, not {hall.pue:g}.")
    if not (0 <= hall.fixed_frac <= 1 and 0 <= hall.cooling_frac <= 1):
        raise SpecError(f"{name}: parts of what it draws beside IT are from 0 to 1.")
    if not hall.set_c <= hall.restart_c < hall.shutdown_c < math.inf:
        raise SpecError(
            f"{name}: {hall.set_c:g} °C in normal operation, at most {hall.restart_c:g} °C to switch hosts on again, "
            f"{hall.shutdown_c:g} °C at which they shut down: these must rise in this order."
        )
