"""Power and heat of data centers: who draws watts beside hosts, what feeds can carry, how halls warm."""

from __future__ import annotations

import math
from typing import Literal

from designer.engine.spec.row import record

Split = Literal["", "vcpus", "memory"]


@record
class Ups:
    """The UPS of a feed: it holds `energy_j`, which the load of the feed empties and `recharge_w` fills again while the
    feed has power (0: it is full at once). Without `energy_j` it lasts `lasts_s` at any load.

    `id` is its domain, which can fail alone, or that of its feed.
    """

    id: int
    energy_j: float = 0.0
    recharge_w: float = 0.0
    lasts_s: float = 0.0


@record
class Generator:
    """A generator: once a feed of it loses its utility, it starts with `start_probability` and supplies `start_s`
    later, for `fuel_s`; it has all its fuel again when no feed needs it. Whether it starts comes from the stream
    (seed, id, "generator").

    `id` is its domain, which can fail alone, or that of its feed.
    """

    id: int
    start_s: float = 15.0
    start_probability: float = 1.0
    fuel_s: float = math.inf


@record
class Feed:
    """What a power feed (a domain) can carry, and what bridges an outage of its utility.

    What it feeds takes equal parts from all its feeds that supply power. Once the feed carries more than `limit_w` (0:
    no limit is asked) for `trip_s`, it trips: it has failed, and supplies nothing at once. Without parts it supplies
    after a failure as its domain says.
    """

    id: int
    limit_w: float = 0.0
    trip_s: float = 0.0
    ups: tuple[Ups, ...] = ()
    generators: tuple[Generator, ...] = ()


@record
class CoolingUnit:
    """A cooling unit (a domain) carries up to `capacity_w` of heat out of a `hall`. It cools `restart_s` after it has
    power again; those that people restart (`by_hand`) do so one after the other in each hall.
    """

    id: int
    hall: int
    capacity_w: float
    restart_s: float = 0.0
    by_hand: bool = False


@record
class Hall:
    """A data center (a domain) as what draws watts and becomes warm. At an IT load of `design_w` (0: the nameplates of
    all that stands in it) it draws `pue` times as much: a part `cooling_frac` of the surplus is for cooling, the rest
    is lost; a part `fixed_frac` of it is drawn at any load.

    With cooling units, `C dT/dt = P_it - P_cool(T)`: C is such that it warms by `warming_k_s` at `design_w` without
    cooling; cooling carries all heat up to its capacity, and the building more the warmer it is, with the time constant
    `tau_s`. It is never colder than `set_c`. At `shutdown_c` its hosts shut down. Once it is at most `restart_c` warm
    and cooled again, `restart_hosts` of them (0: all) are switched on each `restart_every_s`.
    """

    id: int
    pue: float = 1.0
    fixed_frac: float = 0.0
    cooling_frac: float = 0.0
    design_w: float = 0.0
    set_c: float = 24.0
    warming_k_s: float = 2.0 / 60.0
    tau_s: float = 3600.0
    shutdown_c: float = 45.0
    restart_c: float = 27.0
    restart_hosts: int = 0
    restart_every_s: float = 0.0


@record
class Draw:
    """What a domain that is no host draws while it is up: a network device, a storage array."""

    id: int
    watts: float


@record
class Power:
    """Power and heat of a run. The idle watts of a host are `split` among its VMs by vCPUs or memory, the rest by what
    they use of its CPU (empty: nothing is told of VMs).
    """

    feeds: tuple[Feed, ...] = ()
    halls: tuple[Hall, ...] = ()
    cooling: tuple[CoolingUnit, ...] = ()
    draws: tuple[Draw, ...] = ()
    split: Split = ""
