"""The event log in sentences: what happens to many at one instant is told once, with its cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby

from designer import units
from designer.engine.result.log import LogEntry
from designer.engine.spec import Application, Spec
from designer.engine.spec.packed import values_of
from designer.engine.tables.tree import slot_id
from designer.study.element_names import ElementNames

OWN = (
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
    "memory_state",
)
"""Events that are told of each element by itself."""


MEMORY_TOLD = {
    "": ("takes no memory back", ""),
    "high": ("has memory enough", "Memory state high"),
    "clear": ("shares equal pages", "Memory state clear"),
    "soft": ("inflates balloons", "Memory state soft"),
    "hard": ("compresses and swaps", "Memory state hard"),
    "low": ("compresses and swaps", "Memory state low"),
    "merging": ("merges equal pages", "Its memory is nearly full"),
    "ballooning": ("inflates balloons", "More than 80 % of its memory is in use"),
    "swapping": ("swaps", "Its VMs have more memory than it has"),
    "short": ("is short of memory", "Its VMs ask for more than it has"),
}
"""What a host does in each state of its memory, and the detail of its event."""


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
                    self._name_app(app, slot_id(made, n), f" in {self._names[made]}")
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

    def tell(self, entries: Iterable[LogEntry]) -> Iterator[LogRow]:
        """Rows for entries, in order; entries of one call are never joined with those of another."""
        for _, together in groupby(entries, key=lambda e: (e.time_s, e.what)):
            themes: dict[tuple[str, int], list[LogEntry]] = {}
            for entry in together:
                themes.setdefault((entry.detail, self._theme(entry)), []).append(entry)
            for same in themes.values():
                yield self._row(same)

    def _theme(self, entry: LogEntry) -> int:
        if entry.what in (
            "launched",
            "lost",
            "terminated",
            "running",
            "restarting",
            "waiting",
            "offline",
            "online",
            "unreached",
            "reached",
        ):
            return self._group_of.get(entry.id, 0)
        if entry.what == "noticed":
            return self._service_of.get(entry.id, 0)
        return entry.id if entry.what in OWN else 0

    def _row(self, entries: list[LogEntry]) -> LogRow:
        first = entries[0]
        for entry in entries:
            self._row_of[entry.serial] = first.serial
        cause = self._row_of.get(first.cause, 0)
        text, detail = self._sentence(first, entries)
        self._what_of[first.serial] = (first.what, text)
        if not detail and cause:
            detail = f"Cause: {self._what_of[cause][1]}"
        return LogRow(
            first.serial,
            first.time_s,
            first.what,
            first.id,
            self.name(first.id),
            cause,
            text,
            detail,
            tuple(e.id for e in entries),
        )

    def _sentence(self, first: LogEntry, entries: list[LogEntry]) -> tuple[str, str]:
        name, who = self.name(first.id), self._who(entries)
        group = self.name(self._group_of[first.id]) if first.id in self._group_of else ""
        places = self._places(entries)
        plural = len(entries) > 1
        if first.what == "running":
            return f"{who} {'are' if plural else 'is'} running", f"on {places}" if places else ""
        if first.what == "launched":
            return f"{group} launches {len(entries)} instance{'s' if plural else ''}", f"in {places}"
        if first.what == "noticed":
            service = self.name(self._service_of.get(first.id, 0))
            return f"{service} no longer sends requests to {who}", ""
        if first.what == "dropping":
            why = f": {first.detail}" if first.detail else ""
            return f"{name} drops requests", f"{units.text(first.value, 'req/s')} are not served{why}"
        if first.what in ("moving", "moved"):
            moving = first.what == "moving"
            return f"{name} fails over" if moving else f"{name} is up in {places}", f"from {places}" if moving else ""
        if first.what in ("led_away", "led_back"):
            led = "no users to {} any more" if first.what == "led_away" else "users to {} again"
            return f"{name} leads {led.format(places)}", _begun(first.detail)
        if first.what == "slowed":
            part = "each does less of its work than it is asked for" if plural else _does(first.value)
            return f"{who} wait{'' if plural else 's'} for {first.detail}", part
        if first.what == "memory_state":
            does, why = MEMORY_TOLD[first.detail]
            return f"{name} {does}", why
        sentences = {
            "unslowed": f"{who} wait{'' if plural else 's'} no more",
            "emptied": f"{name} has used up its burst balance",
            "refilled": f"{name} has its burst balance back",
            "failed": f"{name} failed",
            "recovered": f"{name} is up again",
            "down": f"{who} went down",
            "detected": f"{who} {'are' if plural else 'is'} found dead",
            "restarting": f"{who} restart{'' if plural else 's'}",
            "waiting": f"{who} wait{'' if plural else 's'} for a place",
            "lost": f"{who} {'are' if plural else 'is'} lost",
            "terminated": f"{who} terminated"
            + ("" if first.detail else f"; the group is replacing {'them' if plural else 'it'}"),
            "refused": f"{name} was refused",
            "served": f"{name} serves all requests",
            "cut": f"{name} gives no more",
            "killed": f"{who} {'are' if plural else 'is'} killed",
            "blocked": f"No request reaches {who}",
            "spent": f"{who} used up {'their' if plural else 'its'} CPU credits",
            "supplied": f"{name} gives again, though it is down",
            "offline": f"{who} {'do' if plural else 'does'} not reach the internet",
            "online": f"{who} {'reach' if plural else 'reaches'} the internet again",
            "unreached": f"{who} {'are' if plural else 'is'} cut off from the network",
            "reached": f"{who} {'are' if plural else 'is'} reached again",
        }
        detail = _begun(first.detail)
        if first.what == "restarting" and places:
            detail = f"on {places}"
        return sentences[first.what], detail

    def _who(self, entries: list[LogEntry]) -> str:
        if len(entries) == 1:
            return self.name(entries[0].id)
        groups = {self._group_of.get(e.id, 0) for e in entries}
        if len(groups) == 1 and 0 not in groups:
            return f"{len(entries)} instances of {self.name(groups.pop())}"
        return f"{len(entries)} VMs"

    def _places(self, entries: list[LogEntry]) -> str:
        names = list(dict.fromkeys(self.name(e.place) for e in entries if e.place))
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _does(part: float) -> str:
    """How much of its work a VM does, in words."""
    return f"it does {part * 100:.0f} % of its work"


_WORDS = ("it ", "its ", "no ", "none ", "nothing ", "cut off ", "users ", "the firewall ")
"""With what the details of a log begin that do not begin with the name of an element."""


def _begun(detail: str) -> str:
    """A detail as the beginning of a sentence; a name stays as people write it."""
    return detail[:1].upper() + detail[1:] if detail.startswith(_WORDS) else detail
