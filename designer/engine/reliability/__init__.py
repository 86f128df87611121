"""How often it fails: services on components with laws of failure and repair, asked for their availability.

A service of two VMs in two zones, one of which must be up:

>>> from designer.engine.reliability import Ask, Component, Exponential, System, Unit, parallel, series, solve
>>> zones = [Component(f"zone {z}", Exponential(17520.0), Exponential(6.0)) for z in "ab"]
>>> vms = [Component(f"vm {z}", Exponential(2000.0), Exponential(2.0)) for z in "ab"]
>>> web = parallel(*(series(Unit(f"zone {z}"), Unit(f"vm {z}")) for z in "ab"))
>>> answer = solve(System((*zones, *vms), {"web": web}), Ask("web"))
>>> answer.method, f"{answer.figures['unavailability'].value:.6g}", f"{answer.figures['outages_year'].value:.4g}"
('exact', '1.7983e-06', '0.01307')

Hours everywhere, ids are what the design has. A structure is `Unit` (a component is up), `AtLeast(k, parts)`, `series`,
`parallel`, `paths` and `Running` (at least k of a `Fleet` run); one component may stand in many places. `Crew` repairs
one after another, `Shock` hits several at once, a `Fleet` has spares, standby, coverage and crews. `Ask(service)` is
the long run; `Ask(service, horizon_h=8760.0, slo_h=4.38)` a year from all up and new.
VMs that restart on other hosts stand in `cluster` (`Restarts`, `what_if`), their long run in `restart_chain` (exact)
and `restarting` (histories); requests behind a load balancer in `balancing`.
Nothing here loads the compiler until something is sampled.
"""

from designer.engine.reliability.answer import EXACT, METHODS, MONTE_CARLO, RARE, UNITS, Availability, Interval
from designer.engine.reliability.chooser import replay, solve
from designer.engine.reliability.laws import (
    Exponential,
    Fixed,
    Gamma,
    Law,
    Lognormal,
    Resampled,
    Uniform,
    Weibull,
    law_of,
)
from designer.engine.reliability.system import (
    YEAR_H,
    Ask,
    AtLeast,
    Component,
    Crew,
    Fleet,
    Node,
    Running,
    Shock,
    System,
    Unit,
    check_system,
    narrowed,
    parallel,
    paths,
    series,
)

__all__ = [
    "EXACT",
    "METHODS",
    "MONTE_CARLO",
    "RARE",
    "UNITS",
    "YEAR_H",
    "Ask",
    "AtLeast",
    "Availability",
    "Component",
    "Crew",
    "Exponential",
    "Fixed",
    "Fleet",
    "Gamma",
    "Interval",
    "Law",
    "Lognormal",
    "Node",
    "Resampled",
    "Running",
    "Shock",
    "System",
    "Uniform",
    "Unit",
    "Weibull",
    "check_system",
    "law_of",
    "narrowed",
    "parallel",
    "paths",
    "replay",
    "series",
    "solve",
]
