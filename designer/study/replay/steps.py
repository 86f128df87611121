"""From what is told of an outage to timed events: its own, and those that follow by the mechanisms of its steps.

A step reads numbers of its row and of the book, notes moments and figures, and may let hosts or others fail and come
back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.catalog.scenarios.outages import name_in
from designer.errors import RuleError
from designer.study.replay import mechanisms as by
from designer.study.replay.book import Book, Parameters
from designer.words import tr


@dataclass(frozen=True)
class ToldEvent:
    """What happens to an element of the design (by name), `at_min` minutes after the start."""

    at_min: float
    what: str
    name: str


@dataclass
class OutageCourse:
    """All that is told to a run, and the book of moments and figures."""

    told: Mapping[str, Any]
    book: Book
    events: list[ToldEvent] = field(default_factory=list)

    def hosts(self, of: str) -> list[str]:
        """The names of the hosts of a part of the design."""
        part = self.told.get("parts", {}).get(of)
        if part is None:
            raise RuleError(tr("The record of the outage has no part named “{0}”.", of))
        return [name_in(of, n + 1) for n in range(int(part["hosts"]))]

    def down(self, name: str, from_min: float, until_min: float = math.inf) -> None:
        """Let something fail, and come back where it does."""
        self.events.append(ToldEvent(from_min, "fail", name))
        if until_min < math.inf:
            self.events.append(ToldEvent(until_min, "recover", name))


Row = Mapping[str, Any]


def _moment(course: OutageCourse, row: Row) -> None:
    """`name` is a moment, `at`."""
    course.book.put(row["name"], course.book.of(row, "at"))


def _boots(course: OutageCourse, row: Row) -> None:
    """Hosts of a part, `of`, that come back after `from`: in waves, or by hand rack by rack (`by`: racks). Some are
    stuck (the share `stuck`) and wait for hands, or for a fix at `fixed` and then boot in waves. The disks of a share
    `unchecked` are read through first. They stand for `fleet` machines; `staff` people come. Gives `name`.all and
    .dead."""
    book, hosts = course.book, course.hosts(row["of"])
    start, count = book.of(row, "from"), len(hosts)
    fleet = book.of(row, "fleet", "people.fleet")
    host_min, at_once = book["boots.host_min"], book["boots.at_once"]
    if row.get("by") == "racks":
        racks = math.ceil(fleet / book["people.rack_hosts"])
        staff = book.count(row, "staff", "people.staff")
        up = [one + host_min for one in by.drawn_out(count, racks, book["people.rack_min"], staff)]
    else:
        up = by.waves(count, at_once, host_min)
    stuck = math.floor(book.of(row, "stuck", "boots.stuck") * count + 0.5)
    if stuck and "fixed" in row:
        late = [book.of(row, "fixed") - start + one for one in by.waves(stuck, at_once * count / stuck, host_min)]
    else:
        jobs = round(fleet * stuck / count)
        begin = host_min + book["people.notice_min"]
        staff = book.count(row, "staff", "people.staff")
        late = [begin + one for one in by.drawn_out(stuck, jobs, book["people.fix_min"], staff)]
    up = [max(one, other) for one, other in zip(up, [0.0] * (count - stuck) + late, strict=True)]
    unchecked = math.floor(book.of(row, "unchecked", 0.0) * count + 0.5)
    sound = by.checked(unchecked, book["storage.disk_gb"], book["storage.read_mb_s"], book["storage.checks_at_once"])
    for n, one in enumerate(sound):
        up[n] = max(up[n], host_min + one)
    for name, after in zip(hosts, up, strict=True):
        course.down(name, start, start + after)
    book.put(f"{row['name']}.all", start + max(up))
    book.put(f"{row['name']}.dead", fleet * book["boots.dead"])


def _layers(course: OutageCourse, row: Row) -> None:
    """`name` is when `count` layers of applications, or units of storage, are started and checked by hand, one after
    the other after `from`."""
    book = course.book
    book.put(row["name"], book.of(row, "from") + book.of(row, "count") * book["people.layer_min"])


def _down(course: OutageCourse, row: Row) -> None:
    """An element, `of` (or a list), is down after `from` until `until`, or for good; `hosts`: those of a part."""
    book, of = course.book, row["of"]
    until = book.of(row, "until") if "until" in row else math.inf
    for name in [of] if isinstance(of, str) else of:
        for one in course.hosts(name) if row.get("hosts") else [name]:
            course.down(one, book.of(row, "from"), until)


def _heat(course: OutageCourse, row: Row) -> None:
    """When storage and hosts of a hall reach their limits (`name`.storage, .hosts) while a part `left` of its cooling
    is there after `from`; when it is cool again (.cool), if all is back at `until`; the load to be shed (.shed)."""
    book, name = course.book, row["name"]
    left, start = book.of(row, "left"), book.of(row, "from")
    rate, tau, at = book["heat.warming_k_min"], book["heat.tau_min"], book["heat.set_c"]
    book.put(f"{name}.storage", start + by.warmed(book["heat.storage_c"] - at, left, rate, tau))
    limit = book["heat.host_c"] - at
    shut = book.put(f"{name}.hosts", start + by.warmed(limit, left, rate, tau))
    book.put(f"{name}.shed", 1.0 - left)
    if "until" in row:
        until = book.of(row, "until")
        after = by.cooled(limit, book["heat.restart_c"] - at, max(until - shut, 0.0), rate, tau)
        book.put(f"{name}.cool", until + after)


def _launches(course: OutageCourse, row: Row) -> None:
    """A pool of launch servers that all zones of `region` share, while a part `dead` of its calls, after `from` until
    `until`, waits for what does not answer. `name`.fails: 1 where that is more than it can do; launches fail then."""
    book = course.book
    busy = by.slowed_pool(
        book["launches.load"], book.of(row, "dead"), book["launches.timeout_s"], book["launches.usual_s"]
    )
    fails = book.put(f"{row['name']}.fails", float(busy > 1.0))
    if fails:
        _control(course, row["region"], book.of(row, "from"), book.of(row, "until"))


def _control(course: OutageCourse, region: str, from_min: float, until_min: float) -> None:
    course.events.append(ToldEvent(from_min, "fail_control", region))
    course.events.append(ToldEvent(until_min, "recover_control", region))


def _no_launches(course: OutageCourse, row: Row) -> None:
    """No launch of `region` succeeds after `from` until `until`."""
    _control(course, row["region"], course.book.of(row, "from"), course.book.of(row, "until"))


def _leases(course: OutageCourse, row: Row) -> None:
    """`name` is when all leases of a fleet are renewed; what they need is healthy at `from`, people throttle at
    `throttled`."""
    book = course.book
    share, timeout = book["launches.renewed_min"], book["launches.lease_timeout_min"]
    book.put(row["name"], by.renewed(book.of(row, "from"), book.of(row, "throttled"), share, timeout))


def _backlog(course: OutageCourse, row: Row) -> None:
    """`name` is when a service has caught up with what was kept for it after `from` until `until`."""
    book = course.book
    book.put(row["name"], by.caught_up(book.of(row, "from"), book.of(row, "until"), book["launches.load"]))


def _storm(course: OutageCourse, row: Row) -> None:
    """Copies that all look for space at once, while a share `isolated` of volumes is: what is stuck (`name`.stuck),
    whether that heals alone (.heals), and when, new space coming at `space`, no more than `target` is stuck
    (.refilled)."""
    book, name = course.book, row["name"]
    isolated = book.of(row, "isolated", "storage.isolated")
    stuck = book.put(f"{name}.stuck", by.stuck_share(isolated, book["storage.free"]))
    book.put(f"{name}.heals", float(stuck == 0.0))
    rest = by.refilled(stuck, book.of(row, "target"), book["storage.copied_h"])
    book.put(f"{name}.refilled", book.of(row, "space") + rest)


def _rollout(course: OutageCourse, row: Row) -> None:
    """Elements, `of`, that are down after `from` and come back one after the other once all is `ready`."""
    book, ready = course.book, course.book.of(row, "ready")
    for n, name in enumerate(row["of"]):
        course.down(name, book.of(row, "from"), ready + (n + 1) * book["network.rollout_min"])


def _jobs(course: OutageCourse, row: Row) -> None:
    """`name` is when `count` jobs of people that take `each` are done, by `staff`, begun at `from`."""
    book = course.book
    jobs = [book.of(row, "each")] * book.count(row, "count")
    book.put(row["name"], book.of(row, "from") + max(by.hands(jobs, book.count(row, "staff", "people.staff"))))


def _rebuild(course: OutageCourse, row: Row) -> None:
    """`name` is when servers are built anew, begun at `from`: what must be there first takes `first`, then waves as
    long as the `longest` of them takes."""
    book = course.book
    parts = math.ceil(1.0 / book["boots.at_once"] - 1e-9)
    last = max(by.waves(parts, book["boots.at_once"], book.of(row, "longest")))
    book.put(row["name"], book.of(row, "from") + book.of(row, "first", 0.0) + last)


def _spares(course: OutageCourse, row: Row) -> None:
    """Hosts of parts, `of`, that are destroyed at `from`, and replaced as spares are delivered."""
    book = course.book
    hosts = [name for of in row["of"] for name in course.hosts(of)]
    day = 24.0 * 60.0
    times = by.delivered(len(hosts), book["site.spares_lead_d"] * day, book["site.spares_span_d"] * day)
    for name, after in zip(hosts, times, strict=True):
        course.down(name, book.of(row, "from"), book.of(row, "from") + after)


STEPS: dict[str, Callable[[OutageCourse, Row], None]] = {
    "moment": _moment, "boots": _boots, "layers": _layers, "down": _down, "heat": _heat, "launches": _launches,
    "no_launches": _no_launches, "leases": _leases, "backlog": _backlog, "storm": _storm, "rollout": _rollout,
    "jobs": _jobs, "rebuild": _rebuild, "spares": _spares,
}  # fmt: skip
"""The mechanisms by the name that records call them."""


def course_of(told: Mapping[str, Any], known: Parameters, given: Mapping[str, Any] | None = None) -> OutageCourse:
    """The events of what is told of an outage, and its moments and figures. Raises RuleError where something lacks."""
    course = OutageCourse(told, Book(known, given))
    for row in told.get("steps", ()):
        step = STEPS.get(row.get("step", ""))
        if step is None:
            raise RuleError(tr("No mechanism is called “{0}”.", row.get("step", "")))
        step(course, row)
    return course
