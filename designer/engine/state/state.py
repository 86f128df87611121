"""The changing side of a run as arrays: the state of VMs and units, what the rules remember, and what an instant
touched."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.state.links import Links, UnitArrays, count_needs, first_missed, links_of, spread
from designer.engine.state.members import Members, rising
from designer.engine.state.motion import OPEN, Motion
from designer.engine.state.reach import Reached
from designer.engine.tables.tabulate import Tables
from designer.engine.wiring.wires import Wires

RUNNING, RESTARTING, WAITING, FAILED, LOST, MAINTENANCE, OFF, REFUSED, ABSENT = range(9)
"""How a VM is; the first eight are shown, ABSENT is an instance of a group that is not launched yet or terminated."""

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


def _states(*states: int) -> B:
    """For each state of a VM whether it is one of some: `ALIVE[status]` is five times as fast as a search."""
    found = np.zeros(ABSENT + 1, np.bool_)
    found[list(states)] = True
    return found


ALIVE, DEAD, HOLDING = _states(RUNNING, RESTARTING), _states(FAILED, LOST), _states(RUNNING, RESTARTING, FAILED)
LIVE, FREE = _states(RUNNING, RESTARTING, FAILED, WAITING), _states(ABSENT, LOST)
"""VMs that are well, that are dead, that hold memory and vCPUs; members that a group counts, slots that are free."""
ADDRESSED, STANDING = ~_states(REFUSED, ABSENT), ~_states(REFUSED, ABSENT, OFF)
"""VMs that keep an address, and that keep a rack of their placement group."""


_MANY, _FEW = 1000, 200
_NO_ROWS = np.zeros(0, np.int64)


def _rising(parts: list[I], size: int) -> I:
    """Rows (of `size`), each once, rising; many are marked, which is faster than sorting them."""
    if not parts:
        return _NO_ROWS
    if len(parts) == 1 and parts[0].size == 1 and parts[0][0] >= 0:
        return parts[0]
    if sum([part.size for part in parts]) * 16 < size:
        return rising(parts)
    found = np.zeros(size, np.bool_)
    for part in parts:
        found[part] = True
    return np.flatnonzero(found)


OF_VMS = ("status", "unit", "believed", "sent", "pace", "balloon", "to")
OF_UNITS = ("failed", "since_s", "dark", "replica", "moving", "up", "mode", "busy", "io_mhz")
SEEN = (*OF_VMS, *OF_UNITS)
"""What a look at a moment needs; the rest is what the rules remember."""
REMEMBERED = (
    "io_pace",
    "memory_pace",
    "move_pace",
    "epoch",
    "silent",
    "origin",
    "cause",
    "why",
    "missing",
    "given",
    "failure",
    "supply",
    "starved",
    "extra",
    "desired",
    "new",
    "fail_open",
    "dry",
    "held",
    "asked",
    "control_down",
    "control_failure",
    "control_s",
    "control_due",
    "launch_s",
    "sold_out",
    "carried",
    "carried_turn",
    "delay_ms",
    "delay_turn",
    "zone_held",
    "zone_found_s",
    "all_sent",
    "zone_in",
    "zone_seen",
    "zone_turn",
    "queued",
    "lost_s",
    "was_primary",
    "cast_out",
    "turn",
    "votes",
    "voted",
    "primary",
    "broken",
    "hot",
    "fences",
    "fenced",
)
KEPT = (*SEEN, *REMEMBERED)
"""All of a state: a copy of these arrays is the state."""


class UpDown(NamedTuple):
    """Units that fell (`up` is False now) or rose, the seed by which each did, and the same of VMs that miss something
    that they need from now on (`missing` above 0), or nothing any more.
    """

    units: I
    by: I
    vms: I
    vms_by: I


class State(Reached, Motion):
    """A row a VM, a row a unit. `unit` is -1 for a VM that stands nowhere. An application has the state of its VM; its
    own row only says whether its service holds it for healthy (`believed`), and how much it sends it (`sent`: the part
    of what the size of a member would bring it). `pace` is the part of its work that a VM can
    do, while it waits for the rest: for disk and wire (`io_pace`), for memory (`memory_pace`), for its migration
    (`move_pace`) to the unit `to` (-1: none). `balloon` is what the daemon of Proxmox has taken from it, MiB.

    A unit that is down gives to what it feeds no more when it is `dark`, or at once when it holds nothing. A database
    is up while the unit of its `replica` is (-1: it is none), and not while it is `moving` to another. A host takes
    VMs by its `mode`, and spends `busy` MHz on migrations; its hypervisor takes `io_mhz` for disks and the
    network.

    The rules remember of VMs: `epoch` and `silent`, which rise when what was planned for a VM, or for a member of a
    service, holds no more; the unit of its `origin`, the log entry of its `cause`, `why` it waits, how many groups of
    its needs are `missing`, whether it is `queued` to boot where it stands, whether it is `new` to its service. Of
    groups: who is `starved`, and how many instances it launched to balance its zones (`extra`), how many it wants
    (`desired`), which stocks of the provider it found empty (`dry`); `unbalanced` are those to be looked at in this
    instant. Of units: the entry of its `failure`, and
    `supply`, which rises when a feed falls or rises, or a host begins to test itself or stops; of hosts, whether each
    is down because its hall was too `hot`. Of hosts of judged
    clusters: since when each is lost to its cluster (`lost_s`, -1: it is not), whether it was the primary then
    (`was_primary`), whether it runs without its cluster (`cast_out`), and `turn`, which rises when that changes; who
    `votes`, and who `voted` before the last judgment; whether its management board says that it is off (`fenced`), and
    `fences`, which rises when that one is asked, or no more. Of clusters: the `primary`, and whether what it keeps
    free is `broken`. Of services: whether a balancer that finds none healthy sends to all (`fail_open`), and one with a
    rule of its own that finds too few (`all_sent`); which of its zones are in DNS (`zone_in`), which would be
    (`zone_seen`), which wait for a control plane (`zone_held`), when that was found (`zone_found_s`), and `zone_turn`,
    which rises when that changes. Of control planes, by the unit of their region: whether each is down
    (`control_down`) and the entry of that (`control_failure`), from when on it lets the next VM boot (`control_s`) and
    for when that is planned (`control_due`), and how long after one it lets the next boot (`launch_s`, 0: at once). Of
    units, whether the provider has no capacity left there (`sold_out`), the part of their bandwidth that they carry
    (`carried`), and `carried_turn`, which rises when that changes; how much longer round trips over them take
    (`delay_ms`), and `delay_turn`. Of VMs: what is `held` for a control plane, and in which order they `asked` to boot.
    """

    def __init__(self, tables: Tables, links: Links | None = None) -> None:
        vms, units = len(tables.vms), tables.unit_ids.size
        self.tables = tables
        self.links = links_of(tables) if links is None else links
        self.status = np.full(vms, ABSENT, np.uint8)
        self.unit = np.full(vms, -1, np.int64)
        self.believed = np.zeros(vms, np.bool_)
        self.sent = np.zeros(vms)
        self.pace, self.io_pace, self.memory_pace, self.move_pace = (np.ones(vms) for _ in range(4))
        self.to = np.full(vms, -1, np.int64)
        self.balloon = np.zeros(vms)
        self.failed = np.zeros(units, np.bool_)
        self.since_s = np.full(units, np.nan)
        self.up = np.ones(units, np.bool_)
        self.dark = np.zeros(units, np.bool_)
        self.replica = np.full(units, -1, np.int64)
        for unit, places in tables.replicas.items():
            self.replica[unit] = places[0]
        self.moving, self.hot = (np.zeros(units, np.bool_) for _ in range(2))
        self.mode, self.busy, self.io_mhz = np.zeros(units, np.uint8), np.zeros(units), np.zeros(units)
        self.epoch, self.silent, self.cause, self.why, self.missing = (np.zeros(vms, np.int64) for _ in range(5))
        self.origin = tables.home.copy()
        self.failure, self.supply = np.zeros(units, np.int64), np.zeros(units, np.int64)
        self.given = np.diff(self.links.needs.first)
        self.starved = np.zeros(len(tables.spec.groups), np.bool_)
        self.extra = np.zeros(len(tables.spec.groups), np.int64)
        self.dry = np.zeros((len(tables.spec.groups), len(tables.spec.stocks)), np.bool_)
        self.new = np.zeros(vms, np.bool_)
        self.held, self.asked = np.zeros(vms, np.uint8), np.zeros(vms, np.int64)
        self.control_down, self.control_failure = np.zeros(units, np.bool_), np.zeros(units, np.int64)
        self.control_s, self.control_due = np.zeros(units), np.full(units, -1.0)
        self.launch_s, self.sold_out = np.zeros(units), np.zeros(units, np.bool_)
        self.carried, self.carried_turn = np.ones(units), np.zeros(1, np.int64)
        self.delay_ms, self.delay_turn = np.zeros(units), np.zeros(1, np.int64)
        self.fail_open, self.all_sent = (np.zeros(len(tables.spec.services), np.bool_) for _ in range(2))
        zones = sum(one.zones.size for one in tables.balanced)
        self.zone_in, self.zone_seen = np.ones(zones, np.bool_), np.ones(zones, np.bool_)
        self.zone_turn, self.zone_held = np.zeros(zones, np.int64), np.zeros(zones, np.bool_)
        self.zone_found_s = np.zeros(zones)
        self.zones_turned = False
        self.desired = np.array([group.desired for group in tables.spec.groups], np.int64)
        self.unbalanced = np.zeros(len(tables.spec.groups), np.bool_)
        self.queued = np.zeros(vms, np.bool_)
        self.lost_s, self.turn = np.full(units, -1.0), np.zeros(units, np.int64)
        self.was_primary, self.cast_out = np.zeros(units, np.bool_), np.zeros(units, np.bool_)
        self.fences, self.fenced = np.zeros(units, np.int64), np.zeros(units, np.uint8)
        self.votes, self.voted = np.ones(units, np.bool_), np.ones(units, np.bool_)
        self.primary = np.full(len(tables.spec.clusters), -1, np.int64)
        self.broken = np.zeros(len(tables.spec.clusters), np.bool_)
        self.capacity_grew, self.settled_by, self.ups_changed = False, 0, True
        self._standing = Members(self.unit, units)
        self.housed, self.turned, self.became = 0, 0, 0
        """These rise when VMs take other room, when units rise or fall, and when VMs are in another state."""
        self._unplaced: list[I] = []
        self._rehoused, self._resized = np.ones(vms, np.bool_), np.ones(units + 1, np.bool_)
        self._rehouse_all()
        quorums = [(u, tables.replicas[u], needed) for u, needed in tables.quorums.items()]
        self.wires = None if tables.wiring is None else Wires(tables.wiring, tables.hosts, quorums)
        self._stalled: B | None = None
        self.forget()

    # -- what an instant touches

    def forget(self) -> None:
        """Start an instant: nothing is touched yet."""
        self._vms: list[I] = []
        self._units: list[I] = []

    def be(self, rows: I, status: int) -> None:
        """Set the state of VMs."""
        self.status[rows] = status
        self.became += 1
        self._rehouse(rows, self.unit[rows])
        self._vms.append(rows)

    def stand(self, rows: I, units: I | int) -> None:
        """Put VMs on units (-1: nowhere)."""
        self._rehouse(rows, self.unit[rows])
        self.unit[rows] = units
        self._rehouse(rows, self.unit[rows])
        self._vms.append(rows)
        self.stood(rows)

    def believe(self, rows: I, believed: B | bool) -> None:
        """Send requests of services to members (rows of VMs and applications), or stop."""
        self.believed[rows] = believed
        self.send(rows, np.asarray(believed, np.float64))

    def send(self, rows: I, part: NDArray[np.float64]) -> None:
        """Send members a part of what their size would bring them."""
        if rows.size < _MANY or (self.sent[rows] != part).any():  # zeros that stay so take no memory
            self.sent[rows] = part
        self._vms.append(rows)

    @property
    def takes(self) -> B:
        """Which units are reached and take VMs."""
        takes: B = self.reached & (self.mode == OPEN)
        return takes

    def fill_balloon(self, rows: I, mib: NDArray[np.float64]) -> None:
        """Let the daemon of Proxmox take memory from VMs."""
        changed = self.balloon[rows] != mib
        self.balloon[rows] = mib
        self._vms.append(rows[changed])

    def touch_units(self, units: I) -> None:
        """Mark units as touched."""
        self._units.append(units)

    @property
    def touched_vms(self) -> I:
        """Rows that this instant touched, rising."""
        return _rising(self._vms, self.status.size)

    @property
    def touched_units(self) -> I:
        """Units that this instant touched, rising."""
        return _rising(self._units, self.up.size)

    def standing_on(self, units: I) -> I:
        """The VMs that stand on units, in whatever state, rising."""
        return self.standing.of(units)

    @property
    def standing(self) -> Members:
        """The VMs that stand on each unit, in whatever state."""
        if self._unplaced:
            rows = _rising(self._unplaced, self.status.size)
            self._unplaced.clear()
            self._standing.move(rows, self.unit[rows])
        return self._standing

    # -- who is up

    def fall(self, seeds: I, *, failed: bool) -> UpDown:
        """Make units fail one after the other, or feeds stop supplying (they are dark)."""
        return self._changed(seeds, *spread(seeds, False, failed, self.links.units, self._arrays()))

    def rise(self, seeds: I, *, recovered: bool) -> UpDown:
        """Make failed units recover one after the other, or failed feeds supply again."""
        return self._changed(seeds, *spread(seeds, True, recovered, self.links.units, self._arrays()))

    def _changed(self, seeds: I, units: I, by: I) -> UpDown:
        self.touch_units(seeds)
        if not units.size:
            return UpDown(units, by, units, units)
        self.touch_units(units)
        self._ups_change(units)
        return UpDown(units, by, *count_needs(units, by, self.links.needs, self.up, self.given, self.missing))

    def _ups_change(self, units: I | None = None) -> None:
        """Take into account that units fell or rose (None: any may have)."""
        self.ups_changed, self._stalled = True, None
        self.turned += 1
        if self.wires is not None:
            self.wires.forget(units)

    def stop(self, seeds: I) -> UpDown:
        """Make units fall that have not failed: they move."""
        failed = self.failed[seeds]
        changed = self.fall(seeds, failed=True)
        self.failed[seeds] = failed
        return changed

    def _arrays(self) -> UnitArrays:
        return UnitArrays(self.up, self.failed, self.moving, self.dark, self.replica)

    def settle_anew(self) -> None:
        """Work out from scratch who is up: not failed, all it stands in is up, of each group of feeds one gives, and a
        database has a replica. The same as what `fall` and `rise` keep.
        """
        self.up[:] = ~self.failed & ~self.moving
        fed, placed, before = self.tables.fed, np.flatnonzero(self.replica >= 0), -1
        while (up := int(np.count_nonzero(self.up))) != before:
            before = up
            for level in reversed(self.tables.levels):
                self.up[level.units] &= self.up[self.tables.parent[level.units]]
            self.up[fed.missing(self.up | (self.tables.holds & ~self.dark))] = False
            self.up[placed] &= self.up[self.replica[placed]]

    @property
    def cut(self) -> B:
        """Which VMs miss something that they need."""
        cut: B = self.missing > 0
        return cut

    def missed(self, rows: I) -> I:
        """For cut-off VMs, what they miss: the outermost unit that is down around one they need."""
        missed: I = first_missed(rows, self.links.needs, self.up)
        parent = self.tables.parent
        above = parent[missed]
        while (higher := (above >= 0) & ~self.up[above]).any():
            missed = np.where(higher, above, missed)
            above = np.where(higher, parent[missed], -1)
        return missed

    def working(self, rows: I) -> B:
        """Which rows work: VMs that run and are not idle, and the applications in them."""
        works: B = (self.status[self.tables.inside[rows]] == RUNNING) & ~self.idle(rows)
        return works

    # -- copies

    def copy(self) -> dict[str, NDArray[np.generic]]:
        """A copy of the state by name of array; rows, entries and counts take 4 bytes there, and what is the same for
        all of many is there once. What is `sent` is there of those rows only (`sent_at`) that get another part than
        all or nothing.
        """
        apart = np.flatnonzero(self.sent != self.believed)
        columns = {name: getattr(self, name) for name in KEPT} | {"sent": self.sent[apart], "sent_at": apart}
        copied = {
            name: (column[:1] if column.size > _FEW and (column == column[0]).all() else column).astype(
                np.int32 if column.dtype == np.int64 else column.dtype
            )
            for name, column in columns.items()
        }
        return copied | {"capacity_grew": np.array(self.capacity_grew)}

    def restore(self, saved: dict[str, NDArray[np.generic]]) -> None:
        """Restore what `copy` returned."""
        for name in KEPT:
            getattr(self, name)[:] = saved["believed" if name == "sent" else name]
        self.sent[saved["sent_at"]] = saved["sent"]
        self.capacity_grew = bool(saved["capacity_grew"])
        self._standing = Members(self.unit, self.up.size)
        self._rehouse_all()
        self._ups_change()
        self._unplaced.clear()
        self.forget()
