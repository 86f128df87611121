"""The flat tables that the kernels read and write.

A *load* is what asks for CPU: VMs first, then the applications in them. A *unit* is what VMs stand on: hosts first,
then domains (the provider's capacity there). A *tick* is a span in which no demand changes. A record array holds side
by side what belongs to one load or unit, so that a kernel takes one array in place of twenty: it compiles much faster.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONSTANT, PERCENTS, FRACTIONS, CURVE, MEMBER = 0, 1, 2, 3, 4
"""What a load follows: one value, a trace of whole percents, a trace of fractions, a day curve, its service."""

RESERVED, PROPORTIONAL, MAX_MIN, WEIGHTED, PROVIDER = 0, 1, 2, 3, 4
"""Sharing rules; PROVIDER: the provider's capacity, which is never short."""

BINS = 201
"""Bins of the load histogram of a VM: multiples of 0.5%, so whole percents fall on their own."""

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the field's letter for an integer array
B = NDArray[np.bool_]

LOAD = np.dtype(
    [
        ("size", "f8"),  # MHz: vCPUs x clock
        ("vcpus", "f8"),
        ("shares", "f8"),  # its own; 0: the default of its host times `level`
        ("level", "f8"),
        ("ram_mib", "f8"),
        ("most", "f8"),  # MHz: the most that its vCPUs get on the provider's capacity
        ("floor", "f8"),  # MHz: its reservation
        ("limit", "f8"),  # MHz
        ("mean", "f8"),  # of a day curve, or the constant: a fraction
        ("id", "u8"),
        ("first_app", "i4"),  # the load that is its first application
        ("apps", "i4"),  # how many there are
        ("apps_size", "f8"),  # MHz: of them all; 1 where there are none
        ("parts", "i4"),  # 1: applications, a limit, a pool or waiting, so it may have less than it asks for
        ("service", "i4"),  # -1: none
        ("kind", "i4"),
        ("prefer_ht", "i4"),
        ("course", "i4"),  # row of `Demand.courses`
    ],
    align=True,
)

COURSE = np.dtype(
    [
        ("swing", "f8"),  # of a day curve
        ("peak_h", "f8"),
        ("noise", "f8"),
        ("scale", "f8"),  # of a trace
        ("offset", "i8"),  # where its row begins in the bank
        ("zone", "i4"),  # row of `Ticks.hour`
        ("steps", "i4"),  # row of `Ticks.sample`
        ("length", "i4"),  # samples
        ("shift", "i4"),  # sample at the start of the run
    ],
    align=True,
)

UNIT = np.dtype(
    [
        ("capacity", "f8"),  # MHz for VMs
        ("thread_mhz", "f8"),  # the most a vCPU may ask for
        ("vcpu_mhz", "f8"),  # the most a vCPU gets: less than a thread where the hypervisor takes a part of each
        ("vm_shares", "f8"),  # default shares of a VM, and of each of its vCPUs
        ("vcpu_shares", "f8"),
        ("node_cores", "f8"),  # of a NUMA node
        ("node_threads", "f8"),
        ("node_mib", "f8"),
        ("numa_loss", "f8"),  # the part of its vCPUs' MHz that a VM loses that fits no node
        ("own_per_vcpu", "f8"),  # 1: shares of a VM's own count for each vCPU; 0: for the VM
        ("rule", "i4"),
        ("has_power", "i4"),
        ("above", "i4"),  # the domain that it stands in, counted from the first domain; -1: none
    ],
    align=True,
)


POOL = np.dtype(
    [
        ("shares", "f8"),
        ("floor", "f8"),  # MHz reserved
        ("limit", "f8"),  # MHz at most
        ("above", "i8"),  # the pool that it is in; -1: none
    ],
    align=True,
)

POOL_PART = np.dtype(
    [
        ("fraction", "f8"),  # of the pool that is on the unit
        ("demand", "f8"),  # MHz
        ("floor", "f8"),
        ("given", "f8"),
    ],
    align=True,
)

CLAIM = np.dtype(
    [
        ("demand", "f8"),  # MHz
        ("weight", "f8"),
        ("floor", "f8"),  # its reservation
        ("given", "f8"),
        ("cap", "f8"),  # the most it may have of what it asks for
        ("least", "f8"),  # what it asks for at least: all of that while work of it waits, else 0
        ("who", "i8"),  # in a pool: which VM of the unit, or -1 - the row of a pool
    ],
    align=True,
)

CREDIT = np.dtype(
    [
        ("load", "i8"),  # the VM
        ("unit", "i8"),  # the unit of the provider on which it runs; -1: it runs on none
        ("unlimited", "i8"),
        ("told", "i8"),  # 1: the log tells that it went on without credits
        ("earn", "f8"),  # credits a second
        ("most", "f8"),  # that are kept, and that may be owed
        ("a_mhz", "f8"),  # credits a second that a MHz takes
        ("at_s", "f8"),  # until when the rest is worked out
        ("balance", "f8"),  # earned credits
        ("launch", "f8"),  # launch credits
        ("surplus", "f8"),  # credits owed
        ("charged", "f8"),  # credits beyond the most that may be owed
        ("gone_s", "f8"),  # when there was none left for the first time; NaN: never
        ("charged_s", "f8"),  # when charging began
        ("cap", "f8"),  # MHz that the VM may have
        ("when_s", "f8"),  # when that is to be decided again
        ("kept_s", "f8"),  # how long the balance of a stopped one is kept
        ("off_s", "f8"),  # when someone stopped it; NaN: it is not stopped
    ],
    align=True,
)
"""The CPU credits of a burstable VM."""

OF_LOADS = ("got", "asked", "throttled", "waiting", "overhead", "steal")
OF_UNITS = (*OF_LOADS, "capacity", "size", "power_w")
OF_FLOWS = ("disk_asked", "disk_served", "wire_asked", "wire_served", "to_zones", "to_regions", "to_outside")
OF_WORK = ("allocated", "throttled", "waiting", "overhead", "steal", "running", "most")
OF_VMS = (*OF_WORK, *OF_FLOWS)
LOAD_SUMS, FLOW_SUMS, LOAD_RATES, UNIT_RATES = (
    np.dtype([(name, "f8") for name in names]) for names in (OF_WORK, OF_FLOWS, OF_LOADS, OF_UNITS)
)


class Demand(NamedTuple):
    """What loads ask for: a record of `LOAD` each; the day curves and rows of traces that they follow, a record of
    `COURSE` each, which loads share; and the values of all traces one after the other. `kept` (load x tick; no rows
    where nothing is kept) are the MHz that loads of their own demand ask for while they are not idle, where flows have
    worked it out: in the ticks `spans[r, 0]` up to before `spans[r, 1]`.
    """

    rows: NDArray[Any]
    courses: NDArray[Any]
    percents: NDArray[np.uint8]
    fractions: F
    kept: F
    spans: I

    @property
    def size(self) -> F:
        """vCPUs x clock of each load, MHz."""
        size: F = self.rows["size"]
        return size

    @property
    def kind(self) -> NDArray[np.int32]:
        """What each load follows."""
        kind: NDArray[np.int32] = self.rows["kind"]
        return kind


class Ticks(NamedTuple):
    """Time: tick edges (t + 1), the recording row of each, its sample in each trace step, its hour in each zone."""

    edges: F
    row: I
    sample: I  # steps x t
    hour: F  # zones x t
    rate: F  # services x t: requests a second


class Units(NamedTuple):
    """What VMs stand on: a record of `UNIT` each; `watts` (units x points) at equal steps of load."""

    rows: NDArray[Any]
    watts: F


class Pools(NamedTuple):
    """Resource pools, those first in which others are: a record of `POOL` each, vCPUs of their running VMs; and the
    pool `of` each load (-1: none).
    """

    rows: NDArray[Any]
    vcpus: F
    of: I

    @property
    def above(self) -> I:
        """The pool that each is in (-1: none)."""
        above: I = self.rows["above"]
        return above


UNLIKE, UNKNOWN = -1, -2


class Now(NamedTuple):
    """The state that holds between events: service weights, idle loads, pools, credits, and the VMs that run on each
    unit, in the order of their rows: `vms[first[u]:first[u] + members[u]]`.
    """

    up: NDArray[np.bool_]
    first: I
    members: I
    vms: I
    last_s: F
    weight: F
    work: F
    idle: NDArray[np.bool_]
    pools: Pools
    pace: F  # VM: the part of its work that it can do, while it waits for the rest
    caps: F  # MHz that each load may have by its CPU credits, or empty
    busy: F  # unit: MHz that it spends on migrations
    io_mhz: F  # unit: MHz that its hypervisor takes for disks and the network
    sent: F  # row: the part of what its size would bring it that its service sends a member (0: nothing)
    behind: F  # of loads of which work waits, which ask for all that they may have: MHz that they would do if they had
    # to wait for nothing but CPU; 0: none waits; empty where none keeps any
    tests: NDArray[np.bool_]  # unit: it is not up, but powered and in its self-test: it draws idle watts
    alike: I  # unit: a VM on it, if all ask for the same as members of one service; else UNLIKE, or UNKNOWN


class Shifts(NamedTuple):
    """Instants at which services began to send their members other parts of the requests, and what is put off for it:
    such an instant touches every unit with a member, whose figures are worked out later, piece by piece.

    The first `noted` rows: when, and the weights before (`at_s`, `weight`: one row more, for the weights now). Requests
    that a unit serves are counted until `served_s`, its other figures until `Now.last_s`, which is never later.
    """

    at_s: F
    weight: F  # instant x service
    noted: I
    served_s: F  # unit


class Peaks(NamedTuple):
    """The most that units are asked for, of what they have: row x unit `heat`. Until rows are final, in parts of a MHz
    (asked for, had): what each domain (x tick) has as a tick begins, without the domains in it, what each unit had last
    (its tick first; the fourth of a domain: whether it, or what is in it, had any), and `noted` changes within ticks
    (the unit first). `order`: the domains, the deepest first.
    """

    heat: F
    begin: I  # domain x tick x 2
    last: I  # unit x 4
    at_s: F
    changes: I  # change x 3
    noted: I
    order: I


class Histogram(NamedTuple):
    """Seconds that each load was at each level (load x bin), in a quarter of the memory that the seconds would take.

    A tick of the usual width `step_s` adds 1 to `ticks`; 256 of them are 1 in `carry`. All else is seconds: those of
    the first `noted` levels of a load are in `few`, at the levels `bins`; once there are more, all are in `seconds`, in
    the row `at` of the load (-1: it has none yet). `used`: how many rows of `seconds` are, how often was carried.
    """

    ticks: NDArray[np.uint8]
    carry: NDArray[np.uint8]
    noted: NDArray[np.uint8]
    bins: NDArray[np.uint8]
    few: NDArray[np.float32]
    seconds: NDArray[np.float32]
    at: NDArray[np.int32]
    used: I
    step_s: np.float32


SPARSE = ("throttled", "waiting", "overhead", "steal", "capacity", "size", "placed_mib", "asked")
"""What is kept sparsely, in the order of its columns."""
_COLUMNS: Any = np.arange(len(SPARSE))
THROTTLED, WAITING, OVERHEAD, STEAL, CAPACITY, SIZE, _PLACED, ASKED = _COLUMNS
"""Columns of `Sparse`; typed as `ZERO` is."""
PAGE = 8
"""Rows of a page."""


class Sparse(NamedTuple):
    """Columns of row x unit that are 0, or the same, nearly everywhere: what a unit has of PAGE rows takes a page only
    where it is neither. Until a row is over it is open: then it is compared with what is usual. What VMs asked for is
    compared with what they got.
    """

    at: NDArray[np.int32]  # column x part x unit: 0: all 0; n: its page; -n: n rows are usual, those after them 0
    pages: F  # page x PAGE; the first is no one's
    usual: F  # column x unit: what the unit had in its first row
    open_value: F  # column x unit
    open_row: NDArray[np.int32]  # column x unit, -1: none
    used: I  # how many pages are


class Sums(NamedTuple):
    """What is integrated. Row x unit (MHz s; energy W s): what VMs asked for, what they got, and why not all of it;
    service x tick (requests); load (MHz s; s); load x bin (s, see `Histogram`).
    """

    allocated: F
    energy: F
    sparse: Sparse
    served: F  # services x tick: requests
    instant: F  # services x tick: served at the tick's beginning, requests a second
    vms: NDArray[Any]  # load: a record of `LOAD_SUMS`: MHz s; s that it ran; the most MHz it got
    flows: NDArray[Any]  # load: a record of `FLOW_SUMS`: operations, Mbit; it takes no memory until flows write there
    vm_bins: Histogram
    vm_series: NDArray[np.float32]  # load x row, or empty
    used_most: F  # unit: the most that VMs got, of what it has
    peaks: Peaks


def sum_of(sums: Sums, name: str) -> NDArray[Any]:
    """A figure by the name of its column in a saved run: those of loads begin with `vm_`."""
    of_vms = name.removeprefix("vm_")
    of = sums.flows if of_vms in OF_FLOWS else sums.vms
    found: NDArray[Any] = of[of_vms] if of_vms in OF_VMS else getattr(sums, name)
    return found


class Rates(NamedTuple):
    """What holds at one moment, MHz (`power_w`: W): a record of `LOAD_RATES` for each load, of `UNIT_RATES` for each
    unit; `vm_own`: what each load got, a VM without the applications in it.
    """

    loads: NDArray[Any]
    units: NDArray[Any]
    vm_own: F


class Scratch(NamedTuple):
    """Where the ticks of a unit are worked out: VM x tick, tick, VM."""

    demand: F  # VM x tick: what each asks for, at most what it may have; then what it gets
    fresh: F  # VM x tick: the same without work that waits; empty where none does
    total: F  # tick: their sum
    throttled: F  # tick
    waiting: F  # tick
    overhead: F  # tick
    dt: F  # tick: seconds
    part: F  # tick: of one application
    whole: F  # tick: of a VM and all in it
    asked: F  # tick: what the VMs ask for, together
    beyond: F  # tick: what the applications of a VM ask for beyond their load, to work off what waits
    one: F  # VM: what each gets in a tick where that is simple
    counts: NDArray[np.uint16]  # 2 x bin: ticks that two VMs were at each level, all 0 but while they are counted
    at: NDArray[np.uint8]  # 2 x tick: the level of each
    services: I  # VM: the services of which a unit has members
    vms: NDArray[Any]  # VM: a record of `CLAIM`
    pools: NDArray[Any]  # pool: a record of `POOL_PART`
    in_pool: NDArray[Any]  # VM or pool in one pool: a record of `CLAIM`


def brief(column: NDArray[Any]) -> NDArray[Any]:
    """A copy of a column; one value stands for all where they are equal."""
    same = column.size > 1 and bool((column == column[0]).all())
    return (column[:1] if same else column).copy()
