"""The events of a scenario as data: what may happen, to which kinds, and how a list is kept as text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from designer.errors import RuleError
from designer.foreign import json_of
from designer.model.tree import Tree
from designer.words import listed, mark, tr

MOST_EVENTS = 1_000
"""Most events of a scenario."""
TEXT_LIMIT = 400_000
"""Most characters of a list of events in a file."""
LATEST_S = 366.0 * 86_400.0
"""The latest time of an event, s."""

FAILING = (
    "region", "zone", "data_center", "power_feed", "ups", "generator", "cooling", "rack", "host", "switch", "router",
    "firewall", "storage_array", "datastore", "vm", "volume", "subnet", "nat_gateway", "database",
)  # fmt: skip
"""Kinds that an event by rule makes fail; an event on an element may name any that can fail."""


@dataclass(frozen=True)
class EventAction:
    """What may happen, and its title in a list. `verb` joins it with a name in a sentence, `verbs` with several where
    that differs; `ends` is what ends it (empty: nothing does).

    `kinds` are those it may hit. `value` is the title of its number (empty: it has none), within `least` and `most`.
    `lasts_s`: how long it lasts unless another time is said (0: it may go on).
    """

    what: str
    title: str
    verb: str
    kinds: tuple[str, ...]
    ends: str = ""
    value: str = ""
    usual: float = 0.0
    least: float = 0.0
    most: float = math.inf
    lasts_s: float = 0.0
    verbs: str = ""

    def told(self, names: Sequence[str], most: int = 0) -> str:
        """That it happens to some elements: "a and b fail"; at most `most` names (0: all)."""
        return tr(self.verbs if len(names) > 1 and self.verbs else self.verb, listed(names, most))


_WITH_HOSTS, _ANY = ("region", "zone", "data_center", "rack"), (*FAILING, "private_link")
_ROWS = (
    EventAction("fail", mark("Fails"), mark("{0} fails"), _ANY, "recover", verbs=mark("{0} fail")),
    EventAction("restore", mark("Is restored"), mark("{0} is restored from its backup"),
                ("volume", "datastore", "database"), verbs=mark("{0} are restored from their backups")),
    EventAction("recover", mark("Recovers"), mark("{0} recovers"), _ANY, verbs=mark("{0} recover")),
    EventAction(
        "fail_part", mark("Part of its hosts fails"), mark("a part of the hosts of {0} fails"), _WITH_HOSTS,
        "recover_part", mark("Part of its hosts"), 0.3, 0.0, 1.0,
    ),
    EventAction(
        "recover_part", mark("Its hosts recover"), mark("the hosts of {0} recover"), _WITH_HOSTS, "",
        mark("Part of its hosts"), 0.3, 0.0, 1.0,
    ),
    EventAction("drain", mark("Is drained"), mark("{0} is drained"), ("host",), "open", verbs=mark("{0} are drained")),
    EventAction("open", mark("Maintenance ends"), mark("the maintenance of {0} ends"), ("host",)),
    EventAction(
        "upgrade", mark("Is upgraded"), mark("{0} is upgraded"), ("host",), "open", mark("Minutes off at its end"),
        20.0, 0.0, 1440.0, 3600.0, verbs=mark("{0} are upgraded"),
    ),
    EventAction(
        "fail_control", mark("Control plane fails"), mark("the control plane of {0} fails"), ("region",),
        "recover_control", verbs=mark("the control planes of {0} fail"),
    ),
    EventAction(
        "recover_control", mark("Control plane recovers"), mark("the control plane of {0} recovers"), ("region",),
        verbs=mark("the control planes of {0} recover"),
    ),
    EventAction(
        "no_start", mark("Does not start"), mark("{0} does not start when it is needed"), ("generator",), "recover",
        verbs=mark("{0} do not start when they are needed"),
    ),
    EventAction(
        "surge", mark("Load surges"), mark("the load of {0} surges"), ("service", "user_population"), "calm",
        mark("Times the usual load"), 2.0, 0.0, 1000.0,
    ),
    EventAction("calm", mark("Load is calm again"), mark("the load of {0} is calm again"),
                ("service", "user_population")),
    EventAction(
        "degrade", mark("Bandwidth drops"), mark("{0} carries less"), ("private_link", "rack", "host"), "undegrade",
        mark("Part of its bandwidth left"), 0.1, 0.0001, 1.0, verbs=mark("{0} carry less"),
    ),
    EventAction("undegrade", mark("Bandwidth is back"), mark("{0} carries all again"),
                ("private_link", "rack", "host"), verbs=mark("{0} carry all again")),
    EventAction(
        "delay", mark("Round trips take longer"), mark("round trips over {0} take longer"),
        ("private_link", "rack", "data_center"), "undelay", mark("Longer by, ms"), 50.0, 0.001, 60_000.0,
    ),
    EventAction("undelay", mark("Round trips are as usual"), mark("round trips over {0} are as usual again"),
                ("private_link", "rack", "data_center")),
    EventAction(
        "throttle", mark("Launches are throttled"), mark("launches in {0} are throttled"), ("region",), "unthrottle",
        mark("Launches a minute"), 1.0, 0.001, 100_000.0,
    ),
    EventAction("unthrottle", mark("Launches are as usual"), mark("launches in {0} are as usual again"), ("region",)),
    EventAction(
        "sell_out", mark("Provider has no capacity"), mark("the provider has no capacity in {0}"), ("zone", "region"),
        "restock",
    ),
    EventAction("restock", mark("Provider has capacity"), mark("the provider has capacity in {0} again"),
                ("zone", "region")),
    EventAction("stale", mark("Answers go stale"), mark("what {0} says goes stale"), ("dns_name",), "fresh",
                verbs=mark("what {0} say goes stale")),
    EventAction("fresh", mark("Answers are fresh"), mark("users follow {0} again"), ("dns_name",)),
    EventAction("stop", mark("Is stopped"), mark("{0} is stopped"), ("vm",), "start", verbs=mark("{0} are stopped")),
    EventAction("start", mark("Is started"), mark("{0} is started"), ("vm",), verbs=mark("{0} are started")),
    EventAction("reboot", mark("Is rebooted"), mark("{0} is rebooted"), ("vm",), verbs=mark("{0} are rebooted")),
    EventAction("terminate", mark("Is terminated"), mark("{0} is terminated"), ("vm",),
                verbs=mark("{0} are terminated")),
    EventAction("move", mark("Moves to another host"), mark("{0} moves to another host"), ("vm",),
                verbs=mark("{0} move to other hosts")),
)  # fmt: skip
ACTIONS: dict[str, EventAction] = {action.what: action for action in _ROWS}
"""All that may happen, by its name in files."""

OVER = {
    ("surge", 1.0): "calm", ("degrade", 1.0): "undegrade", ("delay", 0.0): "undelay", ("throttle", 0.0): "unthrottle",
}  # fmt: skip
"""What ends an event, by how a run tells it: as the event with a number that changes nothing."""
PICKS = ("any", "all", "each", "theirs")
"""What a rule picks of a kind: any one (by the seed); all; each in turn, the next when the one before is over; all that
stand in, hold, or are linked to what the events before hit."""


@dataclass(frozen=True)
class ScenarioEvent:
    """An event: `at_s` seconds since the start, `what` happens to an element or link (`target`), or, by rule, to what
    `pick` picks of a `kind`. It ends by itself after `for_s` (0: it does not). `value` is the number of its action.
    """

    at_s: float
    what: str
    target: int = 0
    kind: str = ""
    pick: str = ""
    value: float = 0.0
    for_s: float = 0.0

    @property
    def by_rule(self) -> bool:
        """Whether it hits what a rule picks."""
        return not self.target


def event_error(event: ScenarioEvent) -> str | None:
    """What is wrong with an event, as a sentence without its full stop, or None."""
    action = ACTIONS.get(event.what)
    if action is None:
        return tr("nothing is called “{0}”", event.what[:40])
    if not 0.0 <= event.at_s <= LATEST_S or not 0.0 <= event.for_s <= LATEST_S:
        return tr("an event is at 0 to {0:,.0f} s, and lasts no longer", LATEST_S)
    if event.for_s and not action.ends:
        return tr("nothing ends “{0}”", event.what)
    if action.value and not action.least <= event.value <= action.most:
        return tr("“{0}” is {1:g}; it is {2:g} to {3:g}", tr(action.value), event.value, action.least, action.most)
    if event.what == "upgrade" and event.for_s <= event.value * 60.0:
        return tr("an upgrade drains a host before it is off: let it last longer than the host is off")
    if not event.by_rule:
        return None
    if event.pick not in PICKS:
        return tr("an event names an element, or a kind and which of them: {0}", ", ".join(PICKS))
    if event.kind not in action.kinds:
        return tr("“{0}” happens to {1}, not to “{2}”", event.what, ", ".join(action.kinds), event.kind[:40])
    if event.pick == "each" and not event.for_s:
        return tr("what happens to each in turn must end: say for how long it lasts")
    return None


def events_text(events: Iterable[ScenarioEvent]) -> str:
    """Events as text for a file, in order of time. Raises RuleError where one is wrong or there are too many."""
    rows = sorted(events, key=lambda event: event.at_s)
    if len(rows) > MOST_EVENTS:
        raise RuleError(tr("A scenario has at most {0:,} events.", MOST_EVENTS))
    for event in rows:
        if error := event_error(event):
            raise RuleError(f"{error[:1].upper()}{error[1:]}.")
    usual = ScenarioEvent(0.0, "")
    told = [
        {name: value for name, value in vars(event).items() if name in ("at_s", "what") or value != vars(usual)[name]}
        for event in rows
    ]
    return json.dumps(told, separators=(",", ":"))


def events_of(text: str) -> tuple[ScenarioEvent, ...]:
    """The events of a text. Raises RuleError with the reason where it holds none."""
    try:
        found = json_of(text, 20 * MOST_EVENTS)
    except ValueError:
        found = None
    if not isinstance(found, list) or len(found) > MOST_EVENTS:
        raise RuleError(tr("its events are damaged"))
    return tuple(event_of(row) for row in found)


_TEXTS, _NUMBERS = ("what", "kind", "pick"), ("at_s", "value", "for_s")


def event_of(row: Any) -> ScenarioEvent:
    """An event of plain values. Raises RuleError with the reason."""
    known = {"target", *_TEXTS, *_NUMBERS}
    if not isinstance(row, dict) or not {"at_s", "what"} <= row.keys() <= known:
        raise RuleError(tr("its events are damaged"))
    texts = {name: row.get(name, "") for name in _TEXTS}
    numbers = {name: row.get(name, 0.0) for name in _NUMBERS}
    target = row.get("target", 0)
    sound = all(isinstance(text, str) for text in texts.values()) and type(target) is int and 0 <= target < 1 << 63
    if not sound or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers.values()):
        raise RuleError(tr("its events are damaged"))
    at_s, value, for_s = (float(numbers[name]) for name in ("at_s", "value", "for_s"))
    event = ScenarioEvent(at_s, texts["what"], target, texts["kind"], texts["pick"], value, for_s)
    if error := event_error(event):
        raise RuleError(error)
    return event


def last_s(events: Sequence[ScenarioEvent]) -> float:
    """When the last of some events begins or ends, but for what happens to each in turn."""
    return max((event.at_s + event.for_s for event in events), default=0.0)


def events_of_run(tree: Tree, happened: Iterable[tuple[float, str, int, float]]) -> tuple[list[ScenarioEvent], int]:
    """What happened in a run (time in s, what, to which id, its number) as events of a scenario, and how many are left
    out since what they hit is not in a design.
    """
    found, left = [], 0
    for time_s, what, target, value in happened:
        what, value = (OVER[what, value], 0.0) if (what, value) in OVER else (what, value)
        if (target in tree.elements or target in tree.links) and what in ACTIONS:
            found.append(ScenarioEvent(time_s, what, target, value=value))
        else:
            left += 1
    return found, left
