"""The event log in sentences: what happens to many at one instant is told once, with its cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from designer import units
from designer.engine.result.log import HAPPENED, Entries, LogEntry
from designer.engine.spec import Application, Spec
from designer.engine.spec.packed import values_of
from designer.engine.tables.tree import slot_id
from designer.study.element_names import ElementNames
from designer.words import tr, trn
from designer.words.reasons import told

I = NDArray[np.int64]  # noqa: E741

OWN = (
    "policy_broken",
    "policy_kept",
    "failed",
    "recovered",
    "dropping",
    "served",
    "refused",
    "cut",
    "supplied",
    "moving",
    "moved",
    "emptied",
    "refilled",
    "draining",
    "maintained",
    "opened",
    "memory_state",
    "backlogged",
    "drained",
    "scaled",
    "zone_away",
    "zone_back",
    "all_sent",
    "some_sent",
    "no_capacity",
    "control_failed",
    "control_recovered",
    "narrowed",
    "widened",
    "delayed",
    "undelayed",
    "throttled",
    "unthrottled",
    "sold_out",
    "restocked",
    "dns_stale",
    "dns_fresh",
    "dns_waits",
    "tripped",
    "unstarted",
    "overheated",
    "cooled",
    "degraded",
    "whole",
    "rebuilding",
    "rebuilt",
    "unrebuilt",
    "unavailable",
    "available",
)
"""Events that are told of each element by itself."""

SENTENCES = {
    "running": ("{1} is running", "{1} are running"),
    "launched": ("{1} launches {0} instance", "{1} launches {0} instances"),
    "noticed": ("{3} stops sending to {1}", "{3} stops sending to {1}"),
    "dropping": ("{1} drops requests", "{1} drop requests"),
    "moving": ("{1} fails over", "{1} fail over"),
    "moved": ("{1} is up in {2}", "{1} are up in {2}"),
    "led_away": ("{1} leads no users to {2} any more", "{1} lead no users to {2} any more"),
    "led_back": ("{1} leads users to {2} again", "{1} lead users to {2} again"),
    "slowed": ("{1} waits for {2}", "{1} wait for {2}"),
    "unslowed": ("{1} waits no more", "{1} wait no more"),
    "emptied": ("{1} has used up its burst balance", "{1} have used up their burst balance"),
    "refilled": ("{1} has its burst balance back", "{1} have their burst balance back"),
    "failed": ("{1} failed", "{1} failed"),
    "recovered": ("{1} is up again", "{1} are up again"),
    "down": ("{1} went down", "{1} went down"),
    "detected": ("{1} is found dead", "{1} are found dead"),
    "restarting": ("{1} restarts", "{1} restart"),
    "waiting": ("{1} waits for a place", "{1} wait for a place"),
    "lost": ("{1} is lost", "{1} are lost"),
    "terminated": ("{1} terminated", "{1} terminated"),
    "replaced": ("{1} terminated; the group is replacing it", "{1} terminated; the group is replacing them"),
    "refused": ("{1} was refused", "{1} were refused"),
    "served": ("{1} serves all requests", "{1} serve all requests"),
    "cut": ("{1} gives no more", "{1} give no more"),
    "killed": ("{1} is killed", "{1} are killed"),
    "blocked": ("No request reaches {1}", "No request reaches {1}"),
    "spent": ("{1} used up its CPU credits", "{1} used up their CPU credits"),
    "supplied": ("{1} gives again, though it is down", "{1} give again, though they are down"),
    "offline": ("{1} does not reach the internet", "{1} do not reach the internet"),
    "online": ("{1} reaches the internet again", "{1} reach the internet again"),
    "unreached": ("{1} is cut off from the network", "{1} are cut off from the network"),
    "reached": ("{1} is reached again", "{1} are reached again"),
    "backlogged": ("Requests to {1} wait", "Requests to {1} wait"),
    "trusted": ("{3} sends to {1} again", "{3} sends to {1} again"),
    "scaled": ("{1} wants {0} instance", "{1} wants {0} instances"),
    "zone_away": ("DNS leads no users of {1} to {2} any more", "DNS leads no users of {1} to {2} any more"),
    "zone_back": ("DNS leads users of {1} to {2} again", "DNS leads users of {1} to {2} again"),
    "all_sent": ("All members of {1} get requests", "All members of {1} get requests"),
    "control_failed": ("The control plane of {1} failed", "The control plane of {1} failed"),
    "control_recovered": ("The control plane of {1} works again", "The control plane of {1} works again"),
    "narrowed": ("{1} carries less", "{1} carry less"),
    "widened": ("{1} carries all again", "{1} carry all again"),
    "delayed": ("{1} delays round trips", "{1} delay round trips"),
    "undelayed": ("{1} delays round trips no more", "{1} delay round trips no more"),
    "throttled": ("Launches in {1} are throttled", "Launches in {1} are throttled"),
    "unthrottled": ("Launches in {1} are as usual again", "Launches in {1} are as usual again"),
    "sold_out": ("The provider has no capacity left in {1}", "The provider has no capacity left in {1}"),
    "restocked": ("The provider has capacity in {1} again", "The provider has capacity in {1} again"),
    "dns_stale": ("What {1} says goes stale", "What {1} say goes stale"),
    "dns_fresh": ("Users follow {1} again", "Users follow {1} again"),
    "dns_waits": ("DNS of {1} cannot be changed", "DNS of {1} cannot be changed"),
    "no_capacity": ("{1} finds no capacity in {2}", "{1} find no capacity in {2}"),
    "some_sent": ("Healthy members of {1} alone get requests", "Healthy members of {1} alone get requests"),
    "drained": ("No request to {1} waits any more", "No request to {1} waits any more"),
    "queued": ("{1} waits to boot", "{1} wait to boot"),
    "starting": ("{1} powers on", "{1} power on"),
    "isolated": ("{1} is isolated", "{1} are isolated"),
    "no_majority": ("{1} is without a majority", "{1} are without a majority"),
    "rejoined": ("{1} is with its cluster again", "{1} are with their cluster again"),
    "stopped": ("{1} is stopped", "{1} are stopped"),
    "degraded": ("{1} misses copies", "{1} miss copies"),
    "whole": ("{1} has all copies again", "{1} have all copies again"),
    "rebuilding": ("{1} makes the data of {2} again", "{1} make the data of {2} again"),
    "rebuilt": ("{1} has made the data of {2} again", "{1} have made the data of {2} again"),
    "unrebuilt": ("{1} cannot make lost copies again", "{1} cannot make lost copies again"),
    "unavailable": ("Data of {1} is out of reach", "Data of {1} is out of reach"),
    "available": ("All data of {1} is in reach again", "All data of {1} is in reach again"),
    "policy_broken": ("{1} breaks its admission policy", "{1} break their admission policies"),
    "policy_kept": ("{1} keeps its admission policy again", "{1} keep their admission policies again"),
    "no_writes": ("{1} takes no writes", "{1} take no writes"),
    "writes": ("{1} takes writes again", "{1} take writes again"),
    "fenced": ("{1} resets itself", "{1} reset themselves"),
    "fenced_off": ("{1} is switched off by its cluster", "{1} are switched off by their cluster"),
    "unfenced": ("Nobody confirms that {1} is off", "Nobody confirms that {1} are off"),
    "started": ("{1} is up", "{1} are up"),
    "migrating": ("{1} migrates", "{1} migrate"),
    "migrated": ("{1} migrated", "{1} migrated"),
    "unmoved": ("{1} is not migrated", "{1} are not migrated"),
    "draining": ("{1} is drained", "{1} are drained"),
    "maintained": ("{1} is in maintenance", "{1} are in maintenance"),
    "opened": ("{1} takes VMs again", "{1} take VMs again"),
    "powered_off": ("{1} is switched off", "{1} are switched off"),
    "powered_on": ("{1} is switched on", "{1} are switched on"),
    "tripped": ("{1} trips at {2}", "{1} trip at {2}"),
    "unstarted": ("{1} does not start", "{1} do not start"),
    "overheated": ("{1} is {2} warm", "{1} are {2} warm"),
    "cooled": ("{1} is cool again", "{1} are cool again"),
}
"""By event, what is told of one and of many: {0} is how many, {1} who, {2} where (or for what), {3} their service."""

MEMORY_TOLD = {
    "": ("{0} takes no memory back", ""),
    "high": ("{0} has memory enough", "Memory state high"),
    "clear": ("{0} shares equal pages", "Memory state clear"),
    "soft": ("{0} inflates balloons", "Memory state soft"),
    "hard": ("{0} compresses and swaps", "Memory state hard"),
    "low": ("{0} compresses and swaps", "Memory state low"),
    "merging": ("{0} merges equal pages", "Its memory is nearly full"),
    "ballooning": ("{0} inflates balloons", "More than 80% of its memory is in use"),
    "swapping": ("{0} swaps", "Its VMs have more memory than it has"),
    "short": ("{0} is short of memory", "Its VMs ask for more than it has"),
}
"""What a host, {0}, does in each state of its memory, and the detail of its event."""


@dataclass(frozen=True)
class LogRow:
    """One line of the event log; `ids` are all its elements, `cause` the serial of the row that caused it."""

    serial: int
    time_s: float
    what: str
    element_id: int
    name: str
    cause: int
    text: str
    detail: str
    ids: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many elements it is about."""
        return len(self.ids)


class Story:
    """Tells the log of a run of a spec."""

    def __init__(self, spec: Spec) -> None:
        self._names = ElementNames(spec.vms)
        for rows in (spec.domains, spec.hosts, spec.services, spec.dns_names, spec.groups, spec.clusters):
            for row in rows:
                self._names.add(row.id, row.name)
        ids: list[int] = list(values_of(spec.vms, "id"))
        groups, services, apps = (values_of(spec.vms, name) for name in ("group", "service", "apps"))
        self._group_of: dict[int, int] = {i: group for i, group in zip(ids, groups, strict=True) if group}
        self._service_of: dict[int, int] = {i: service for i, service in zip(ids, services, strict=True) if service}
        for app in chain.from_iterable(apps):
            self._name_app(app, app.id, "")
        for group in spec.groups:
            for slot in range(group.most if group.template else 0):
                made = slot_id(group.id, slot)
                self._names.add(made, f"{group.name or 'group'}+{slot + 1}")
                self._group_of[made] = group.id
                if group.template and group.template.service:
                    self._service_of[made] = group.template.service
                for n, app in enumerate(group.template.apps if group.template else ()):
                    self._name_app(app, slot_id(made, n), tr(" in {0}", self._names[made]))
        self._hosts = _numbers(host.id for host in spec.hosts)
        self._groups, self._services = _Table(self._group_of), _Table(self._service_of)
        self._row_of: dict[int, int] = {}
        self._what_of: dict[int, tuple[str, str]] = {}

    def _name_app(self, app: Application, element_id: int, where: str) -> None:
        self._names.add(element_id, (app.name or str(app.id)) + where)
        if app.service:
            self._service_of[element_id] = app.service

    @property
    def names(self) -> ElementNames:
        """All names by id."""
        return self._names

    def name(self, element_id: int) -> str:
        """The name of an element or of a launched instance."""
        return self._names.get(element_id, str(element_id))

    def tell(self, entries: Entries | Iterable[LogEntry]) -> Iterator[LogRow]:
        """Rows for entries, in order; entries of one call are never joined with those of another."""
        told = entries if isinstance(entries, Entries) else Entries.of(entries)
        if not told.id.size:
            return
        other = (np.diff(told.time_s) != 0.0) | (np.diff(told.what) != 0)
        ends = [*(np.flatnonzero(other) + 1).tolist(), told.id.size]
        for begin, end in zip([0, *ends], ends):
            for rows in self._alike(told, begin, end):
                yield self._row(told, rows)

    def _alike(self, told: Entries, begin: int, end: int) -> list[I]:
        """Entries of one event at one instant, those of one detail and one theme together, in the order of the first
        of each.
        """
        if end - begin == 1:
            return [np.array([begin])]
        detail, theme = told.detail[begin:end], self._themes(HAPPENED[told.what[begin]], told.id[begin:end])
        order = np.lexsort((theme, detail))  # stable
        other = (np.diff(detail[order]) != 0) | (np.diff(theme[order]) != 0)
        parts = np.split(order, np.flatnonzero(other) + 1)
        return [part + begin for part in sorted(parts, key=lambda part: int(part[0]))]

    def _themes(self, what: str, ids: I) -> I:
        """By what entries of an event are told apart: their group, their service, or each of them for itself."""
        if what in OWN:
            return ids
        of = self._groups if what in BY_GROUP else self._services if what in ("noticed", "trusted") else None
        themes = of.get(ids) if of is not None else np.zeros(ids.size, np.int64)
        return np.where(np.isin(ids, self._hosts), _HOSTS, themes)

    def _row(self, told: Entries, rows: I) -> LogRow:
        first, ids = told.entry(int(rows[0])), told.id[rows]
        self._row_of.update(dict.fromkeys(told.serial[rows].tolist(), first.serial))
        cause = self._row_of.get(first.cause, 0)
        text, detail = self._sentence(first, ids, told.place[rows], float(told.value[rows].max()))
        self._what_of[first.serial] = (first.what, text)
        if not detail and cause:
            detail = tr("Cause: {0}", self._what_of[cause][1])
        name = self.name(first.id)
        return LogRow(first.serial, first.time_s, first.what, first.id, name, cause, text, detail, tuple(ids.tolist()))

    def _sentence(self, first: LogEntry, ids: I, where: I, most: float) -> tuple[str, str]:
        """The sentence of an event of some elements at some places, and its detail; `most`: of their values."""
        name, who, many = self.name(first.id), self._who(ids), ids.size
        why = told(first.detail)
        places = self._places(where)
        if first.what == "memory_state":
            does, state = MEMORY_TOLD[first.detail]
            return tr(does, name), tr(state)
        match first.what:
            case "running":
                detail = tr("on {0}", places) if places else ""
            case "restarting" if places:
                detail = tr("on {0}", places)
            case "launched":
                who, detail = self.name(self._group_of.get(first.id, 0)), tr("in {0}", places)
            case "dropping":
                rate = units.text(first.value, "req/s")
                detail = tr("{0} are not served", rate) + (f": {why}" if why else "")
            case "migrating" if not first.detail:
                detail = tr("to {0}", places)
            case "migrated":
                still = units.text(most, "s")
                detail = trn("to {1}, {2} at a standstill", "to {1}, at most {2} at a standstill", many, places, still)
            case "moving":
                detail = tr("from {0}", places)
            case "rebuilding" | "rebuilt":
                detail = units.text(first.value, "GiB", 3)
            case "slowed":
                less = tr("each does less of its work than it is asked for")
                return trn(*SENTENCES["slowed"], many, who, why), less if many > 1 else _does(first.value)
            case "tripped" | "overheated":
                value = units.text(first.value, "W" if first.what == "tripped" else "°C", 4)
                return trn(*SENTENCES[first.what], many, name, value), _begun(why, first.detail)
            case "scaled":
                return trn(*SENTENCES["scaled"], int(first.value), name), _begun(why, first.detail)
            case "noticed" | "trusted":
                detail = ""
            case _:
                detail = _begun(why, first.detail)
        service = self.name(self._service_of.get(first.id, 0))
        replaced = "replaced" if first.what == "terminated" and not first.detail else first.what
        return trn(*SENTENCES[replaced], many, name if first.what in OWN else who, places, service), detail

    def _who(self, ids: I) -> str:
        if ids.size == 1:
            return self.name(int(ids[0]))
        if np.isin(ids[0], self._hosts):
            return trn("{0} host", "{0} hosts", ids.size)
        groups = np.unique(self._groups.get(ids))
        if groups.size == 1 and groups[0]:
            name = self.name(int(groups[0]))
            return trn("{0} instance of {1}", "{0} instances of {1}", ids.size, name)
        return trn("{0} VM", "{0} VMs", ids.size)

    def _places(self, where: I) -> str:
        ids, first = np.unique(where, return_index=True)
        names = list(dict.fromkeys(self.name(i) for i in ids[np.argsort(first)].tolist() if i))
        few = ", ".join(names[:3])
        return tr("{0} and {1} more", few, len(names) - 3) if len(names) > 3 else few


class _Table:
    """A number for each of some ids, 0 for all others; asked for many at once."""

    def __init__(self, known: Mapping[int, int]) -> None:
        ids, numbers = _numbers(known), _numbers(known.values())
        order = np.argsort(ids)
        self._ids, self._numbers = ids[order], numbers[order]

    def get(self, ids: I) -> I:
        """The number of each id."""
        if not self._ids.size:
            return np.zeros(ids.size, np.int64)
        at = np.minimum(np.searchsorted(self._ids, ids), self._ids.size - 1)
        return np.where(self._ids[at] == ids, self._numbers[at], 0)


def _numbers(values: Iterable[int]) -> I:
    return np.fromiter(values, np.int64)


def _does(part: float) -> str:
    """How much of its work a VM does, in words."""
    return tr("it does {0:.0f}% of its work", part * 100)


BY_GROUP = (
    "launched", "lost", "terminated", "running", "restarting", "waiting", "offline", "online", "unreached", "reached",
)  # fmt: skip
"""Events that are told of the members of each group together."""
_HOSTS = -1
"""The theme of hosts, which are told apart from VMs."""
_THINGS = ("firewall ", "control ", "provider ", "hosts ")
_WORDS = ("it ", "its ", "no ", "none ", "nothing ", "cut off ", "recovery ", "users ")
"""With what the details of a log begin that do not begin with the name of an element."""


def _begun(detail: str, english: str) -> str:
    """A detail as the beginning of a sentence; a name stays as people write it."""
    things = english.startswith("the ") and english.startswith(_THINGS, len("the "))
    return detail[:1].upper() + detail[1:] if things or english.startswith(_WORDS) else detail
