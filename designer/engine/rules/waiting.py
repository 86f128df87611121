"""Why VMs wait for a place, or are refused one, in words; VMs with the same reason are told together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from designer.engine import capacity
from designer.engine.rules import placement
from designer.engine.rules.placement import CLUSTER, HOME, Placement
from designer.engine.spec import Stock
from designer.engine.state.motion import OPEN

Rows = NDArray[np.int64]


def why_waiting(door: Placement, rows: Rows, why: int, came: Rows, scope: Rows) -> Iterator[tuple[Rows, str]]:
    """VMs (rows) for which there was no place, with the reason; `came` is the unit from which each of all VMs comes."""
    t, origin = door.tables, came[rows]
    alone = (scope == HOME) & (origin < t.hosts)
    place = np.where(alone, origin, np.where(scope == CLUSTER, t.cluster[origin], t.zone[origin]))
    missed = door.state.missed(rows) if why == placement.CUT_OFF else np.full(rows.size, -1)
    own = np.where(alone, rows, -1)
    for these in _alike(np.stack([place, t.reach[rows], missed, t.placement[rows], own], axis=1)):
        one, v = these[0], int(rows[these[0]])
        if missed[one] >= 0:
            yield rows[these], f"it needs {t.name(missed[one])}, which is down"
        elif alone[one]:
            yield rows[these], _why_not_home(door, why, v, came)
        else:
            yield rows[these], _reason(door, why, int(place[one]), v)


def _alike(table: NDArray[np.int64]) -> list[Rows]:
    """The rows of a table in groups of equal ones, the smallest first. Most tables have few different rows."""
    groups, left = [], np.arange(len(table))
    while left.size:
        same = (table[left] == table[left[0]]).all(axis=1)
        groups.append(left[same])
        left = left[~same]
    return sorted(groups, key=lambda group: table[group[0]].tolist())


def _reason(door: Placement, why: int, place: int, v: int) -> str:
    t = door.tables
    where = "in reach"
    if place >= t.unit_ids.size and why == placement.NO_HOST:
        none = door.without_majority.get(place - t.unit_ids.size)
        if none:
            return none
    if place >= t.unit_ids.size:
        where = f"in {t.spec.clusters[place - t.unit_ids.size].name or 'its cluster'}"
    elif place >= t.hosts:
        where = f"in {t.spec.domains[place - t.hosts].name or 'its zone'}"
    if t.reach[v] >= 0:
        where += f" that {t.does[t.reach[v]]}"
    if why == placement.NO_HOST and t.hosts <= place < t.unit_ids.size and _is_sold_out(door, place):
        return f"the provider has no capacity left {where}"
    if why in (capacity.NOT_IN_GROUP, capacity.AGAINST_RULE):
        return f"{_ruler(door, why, v)} allows no host {where} with room"
    if why == capacity.NO_STOCK:
        return f"the provider has no {_stock(door, v, place).name} left {where}"
    return {
        placement.NO_HOST: f"nothing {where} that could take it is up",
        capacity.OUT_OF_REACH: f"nothing {where} that could take it is up",
        capacity.NO_MEMORY: f"no host {where} has enough free memory",
        capacity.NO_CPU: f"no host {where} has enough free vCPUs",
        capacity.NO_RESERVATION: f"no host {where} can reserve {t.reserved_mhz[v]:,.0f} MHz",
        capacity.NO_ADDRESS: f"nothing {where} has a free address",
    }[why]


def _why_not_home(door: Placement, why: int, v: int, came: Rows) -> str:
    """Why the unit that a VM comes from does not take it, when it may go nowhere else."""
    unit = int(came[v])
    if why == placement.NO_HOST:
        return f"{door.tables.name(unit)} {_why_closed(door, unit)}"
    others = door.taken_without(np.array([v]), came)
    taken = float(others.ram_mib[unit]), float(others.vcpus[unit]), float(others.mhz[unit])
    return no_capacity_text(door, why, v, unit, taken)


def _why_closed(door: Placement, unit: int) -> str:
    """Why a unit takes no VM at all."""
    if not door.state.up[unit]:
        return "is down"
    return "is cut off from the network" if door.state.mode[unit] == OPEN else "takes no VMs"


def no_capacity_text(door: Placement, why: int, v: int, unit: int, taken: tuple[float, float, float]) -> str:
    """Why a unit does not take a VM beside what is already taken (MiB, vCPUs, MHz reserved)."""
    t, name = door.tables, door.tables.name(unit)
    taken_mib, taken_vcpus, taken_mhz = taken
    if why == capacity.OUT_OF_REACH:
        return f"{name} is no place that {t.does[t.reach[v]]}"
    if why == capacity.NO_MEMORY:
        has = float(t.limits.ram_mib[unit])
        left, needed = max(has - taken_mib, 0.0), door.needs_mib(v, unit)
        return f"{name} has {left:,.0f} of {has:,.0f} MiB left; it needs {needed:,.0f}"
    if why == capacity.NO_CPU:
        has, what = float(t.limits.vcpus[unit]), "vCPUs"
        if unit < t.hosts and t.spec.hosts[unit].sharing == "reserved":
            what = "threads"
        return f"{name} has {max(has - taken_vcpus, 0.0):,.0f} of {has:,.0f} {what} left; it needs {t.vcpus[v]:,.0f}"
    if why == capacity.NO_RESERVATION:
        has = float(t.limits.mhz[unit])
        return (
            f"{name} has {max(has - taken_mhz, 0.0):,.0f} of {has:,.0f} MHz left to reserve; it reserves "
            f"{t.reserved_mhz[v]:,.0f}"
        )
    if why == capacity.NO_ADDRESS:
        place = int(t.ways.address[v]) if t.ways.address[v] >= 0 else unit
        return f"{t.name(place)} has {t.limits.addresses[place]:,.0f} addresses and all are taken"
    if why == capacity.NO_STOCK:
        stock = _stock(door, v, int(t.zone[unit]))
        return f"the provider has {stock.most:,} {stock.name} in {t.name(int(t.zone[unit]))}, and all are taken"
    return f"{name} is not where {_ruler(door, why, v)} allows it"


def why_no_launch(door: Placement, why: int, v: int) -> str:
    """Why none of the places of a group takes one more instance."""
    if why == capacity.OUT_OF_REACH:
        return f"none of its subnets that are up {door.tables.does[door.tables.reach[v]]}"
    if why == capacity.NO_ADDRESS:
        return "its subnets have no free address"
    if why in (capacity.NOT_IN_GROUP, capacity.AGAINST_RULE):
        return f"{_ruler(door, why, v)} allows no more in its subnets"
    if why == capacity.NO_STOCK:
        return f"the provider has no {_stock(door, v, -1).name} left in its zones"
    places = door.tables.spec.groups[int(door.tables.group[v])].places
    if any(_is_sold_out(door, door.tables.unit_of(place)) for place in places):
        return "the provider has no capacity left in its zones"
    return "none of its subnets is up"


def _is_sold_out(door: Placement, unit: int | None) -> bool:
    """Whether a place on the provider's capacity is up, and the provider has none left there."""
    return unit is not None and bool(door.state.reached[unit] and door.state.sold_out[unit])


def _stock(door: Placement, v: int, zone: int) -> Stock:
    """What the provider has for a VM in a zone (a unit), or else in the first zone."""
    t = door.tables
    stocks = [t.spec.stocks[n] for n in stocks_of(door, v)]
    return next((stock for stock in stocks if zone >= 0 and stock.zone == t.unit_ids[zone]), stocks[0])


def stocks_of(door: Placement, v: int) -> list[int]:
    """Which stocks of the provider a VM takes from."""
    rules = door.tables.affinity
    return [n - rules.stocks for n in rules.of[rules.first[v] : rules.first[v + 1]].tolist() if n >= rules.stocks]


def _ruler(door: Placement, why: int, v: int) -> str:
    """The placement group that forbids a VM a place, or the first of its strict affinity rules."""
    t = door.tables
    if why == capacity.AGAINST_RULE:
        rules = t.affinity.of[t.affinity.first[v] : t.affinity.first[v + 1]]
        rule = t.spec.affinities[int(rules[t.affinity.strict[rules]][0])]
        return rule.name or "its affinity rule"
    return t.spec.placements[t.placement[v]].name or "its placement group"
