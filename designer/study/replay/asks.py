"""What a record asks of a run: shares of VMs up, times, services, figures of mechanisms, and comparisons of these.

A question is a row with `ask`; times are minutes since the start of the outage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from designer.catalog.scenarios.outages import name_in
from designer.errors import RuleError
from designer.study.frames import ElementState
from designer.study.replay.book import Book
from designer.study.scenarios.answer import FALLS
from designer.study.scenarios.play import Played
from designer.words import mark, tr

Row = Mapping[str, Any]
Turn = tuple[float, int]
"""A minute, and whether something falls (-1) or rises (1)."""
LEAST = 1e-9
"""Minutes and shares that differ by less are the same."""


class RunReading:
    """A run of an outage, to be asked."""

    def __init__(self, told: Row, book: Book, played: Played, lead_s: float) -> None:
        self._told, self.book, self._lead_s = told, book, lead_s
        self._done = played.done
        self._ids = {name: i for i, name in played.done.names.items()}
        self._turns = self._vm_turns(FALLS)
        self._reach = self._vm_turns((*FALLS, "unreached"), ("running", "reached"))

    def _vm_turns(self, falls: tuple[str, ...], rises: tuple[str, ...] = ("running",)) -> dict[int, list[Turn]]:
        """When each VM falls (-1) and rises (1), in order of time."""
        found: dict[int, list[Turn]] = {}
        for entry in self._done.result.log:
            if entry.time_s > 0.0 and (entry.what in falls or entry.what in rises):
                found.setdefault(entry.id, []).append((self._minute(entry.time_s), -1 if entry.what in falls else 1))
        return found

    def _minute(self, time_s: float) -> float:
        return (time_s - self._lead_s) / 60.0

    def _hosts(self, of: Any) -> list[str]:
        parts = self._told["parts"]
        names = [of] if isinstance(of, str) else list(of)
        if not set(names) <= parts.keys():
            raise RuleError(tr("The record of the outage has no part named “{0}”.", ", ".join(names)))
        return [name_in(name, n + 1) for name in names for n in range(int(parts[name]["hosts"]))]

    def share(self, of: Any, at_min: float, reached: bool = False) -> float:
        """The share of the VMs of parts that run (and are reached) just after a minute."""
        turns = self._reach if reached else self._turns
        ups = [self._is_up(turns.get(self._ids[name_in(host, "vm")], []), at_min) for host in self._hosts(of)]
        return sum(ups) / len(ups)

    @staticmethod
    def _is_up(turns: list[Turn], at_min: float) -> bool:
        past = [kind for minute, kind in turns if minute <= at_min + LEAST]
        return not past or past[-1] > 0

    def _instants(self, of: Any) -> list[float]:
        hosts = self._hosts(of)
        ids = [self._ids[name_in(host, "vm")] for host in hosts]
        return sorted({minute for i in ids for turns in (self._turns, self._reach) for minute, _ in turns.get(i, [])})

    def first(self, of: Any, holds: Callable[[float], bool], from_min: float, reached: bool = False) -> float:
        """The first minute from one on at which a share of running VMs is as asked; inf: never in the run."""
        times = [from_min, *(one for one in self._instants(of) if one > from_min)]
        return next((one for one in times if holds(self.share(of, one, reached))), math.inf)

    def curve(self) -> tuple[tuple[float, float], ...]:
        """From each minute on at which it changes, the share of all VMs that run."""
        parts = list(self._told.get("parts", ()))
        return tuple((minute, self.share(parts, minute)) for minute in self._instants(parts))

    def least(self, of: Any, from_min: float, until_min: float = math.inf) -> float:
        """The least share of running VMs from a minute until another."""
        times = (one for one in self._instants(of) if from_min < one <= until_min)
        return min(self.share(of, one) for one in [from_min, *times])

    def served(self, service: str, at_min: float) -> float:
        """The part of its requests that a service answers in the recording step around a minute."""
        series = self._done.series
        n = series.service_names.index(service) if service in series.service_names else -1
        if n < 0:
            raise RuleError(tr("The record of the outage has no element named {0}.", service))
        step = int(np.searchsorted(series.edges_s, self._lead_s + at_min * 60.0, side="right")) - 1
        step = min(max(step, 0), series.asked_rps.shape[0] - 1)
        asked = float(series.asked_rps[step, n])
        return min(float(series.served_rps[step, n]) / asked, 1.0) if asked > 0.0 else 1.0

    def dropping(self, service: str) -> tuple[float, float]:
        """The first and last minute at which a service drops requests; inf: it does not, or never ends."""
        turns = [
            (self._minute(entry.time_s), entry.what)
            for entry in self._done.result.log
            if entry.id == self._ids.get(service) and entry.what in ("dropping", "served")
        ]
        begins = [minute for minute, what in turns if what == "dropping"]
        ends = [minute for minute, what in turns if what == "served"]
        over = bool(turns) and turns[-1][1] == "served"
        return min(begins, default=math.inf), ends[-1] if over else math.inf

    def hottest(self, part: str) -> float:
        """The highest temperature of a hall, °C."""
        series = self._done.series
        power = series.power
        if power is None or self._ids.get(part) not in power.hall_ids.tolist():
            raise RuleError(tr("The hall {0} has no cooling, and no temperature.", part))
        column = power.hall_ids.tolist().index(self._ids[part])
        return float(np.nanmax(power.hall_c_most[:, column]))

    def hosts_down(self, of: Any, at_min: float) -> float:
        """The share of the hosts of parts that are down just after a minute."""
        moment = self._done.simulation.moment(self._lead_s + at_min * 60.0)
        wanted = {self._ids[host] for host in self._hosts(of)}
        status = {int(i): int(code) for i, code in zip(moment.ids, moment.status, strict=True)}
        return sum(status[i] == ElementState.FAILED for i in wanted) / len(wanted)

    def waits(self, group: str) -> float:
        """Minutes until a group launches an instance that runs; inf: it does not."""
        runs = [
            self._minute(entry.time_s)
            for entry in self._done.result.log
            if entry.what == "running" and self._done.name(entry.id).startswith(f"{group}+")
        ]
        return min(runs, default=math.inf)


def _share(run: RunReading, row: Row) -> float:
    return run.share(row["of"], run.book.of(row, "at"), bool(row.get("reached")))


def _lost(run: RunReading, row: Row) -> float:
    return 1.0 - _least(run, row)


def _least(run: RunReading, row: Row) -> float:
    return run.least(row["of"], run.book.of(row, "from", 0.0), run.book.of(row, "until", math.inf))


def _until_share(run: RunReading, row: Row) -> float:
    start, share = run.book.of(row, "from", 0.0), run.book.of(row, "share")
    return run.first(row["of"], lambda up: up >= share - LEAST, start, bool(row.get("reached"))) - start


def _first_loss(run: RunReading, row: Row) -> float:
    start = run.book.of(row, "from", 0.0)
    return run.first(row["of"], lambda up: up < 1.0 - LEAST, start) - start


def _served(run: RunReading, row: Row) -> float:
    return run.served(row["of"], run.book.of(row, "at"))


def _drops_from(run: RunReading, row: Row) -> float:
    return run.dropping(row["of"])[0] - run.book.of(row, "from", 0.0)


def _drops_until(run: RunReading, row: Row) -> float:
    return run.dropping(row["of"])[1] - run.book.of(row, "from", 0.0)


def _figure(run: RunReading, row: Row) -> float:
    return run.book.of(row, "of") - run.book.of(row, "from", 0.0)


def _divided(run: RunReading, row: Row) -> float:
    below = answer(run, row["by"])
    return answer(run, row["of"]) / below if below else math.inf


@dataclass(frozen=True)
class RunQuestion:
    """A question that records may ask: how it is answered, and what its row says, in words."""

    answer: Callable[[RunReading, Row], float]
    what: str


ASKS: dict[str, RunQuestion] = {
    "share": RunQuestion(
        _share, mark("the share of the VMs of parts, `of`, that run `at` a minute, and are `reached`")
    ),
    "least": RunQuestion(_least, mark("the least share of them that runs after `from` until `until`")),
    "lost": RunQuestion(_lost, mark("what is missing to all of them then")),
    "first_loss": RunQuestion(_first_loss, mark("minutes after `from` until the first of them does not run")),
    "until_share": RunQuestion(_until_share, mark("minutes after `from` until a `share` of them runs (is `reached`)")),
    "hosts_down": RunQuestion(
        lambda run, row: run.hosts_down(row["of"], run.book.of(row, "at")),
        mark("the share of the hosts of parts, `of`, that is down `at` a minute"),
    ),
    "served": RunQuestion(_served, mark("the part of its requests that a service, `of`, answers `at` a minute")),
    "drops_from": RunQuestion(_drops_from, mark("minutes after `from` until a service, `of`, drops requests")),
    "drops_until": RunQuestion(_drops_until, mark("minutes after `from` until it drops none any more")),
    "hottest": RunQuestion(
        lambda run, row: run.hottest(row["of"]), mark("the highest temperature of a part, `of`, °C")
    ),
    "launched": RunQuestion(
        lambda run, row: run.waits(row["of"]), mark("the minute at which a group, `of`, has a new instance that runs")
    ),
    "figure": RunQuestion(_figure, mark("a moment or figure, `of`, less `from`")),
    "divided": RunQuestion(_divided, mark("one answer, `of`, divided `by` another")),
    "minus": RunQuestion(
        lambda run, row: answer(run, row["of"]) - answer(run, row["by"]), mark("one answer, `of`, less another, `by`")
    ),
    "times": RunQuestion(
        lambda run, row: math.prod(answer(run, one) for one in row["of"]), mark("the product of answers, `of`")
    ),
    "less": RunQuestion(
        lambda run, row: float(answer(run, row["of"]) < answer(run, row["than"])),
        mark("whether one answer, `of`, is less `than` another"),
    ),
    "all": RunQuestion(
        lambda run, row: float(all(answer(run, one) for one in row["of"])), mark("whether all answers, `of`, are yes")
    ),
}
"""The questions by the name that records call them."""


def answer(run: RunReading, row: Any) -> float:
    """What a run says to a question; a plain number, or one of the book, is itself."""
    if not isinstance(row, dict) or "ask" not in row:
        return run.book.number(row)
    ask = ASKS.get(row["ask"])
    if ask is None:
        raise RuleError(tr("No question is called “{0}”.", row["ask"]))
    try:
        return ask.answer(run, row)
    except KeyError as error:
        raise RuleError(tr("The question “{0}” lacks {1}.", row["ask"], error)) from None
    except (TypeError, ValueError, ArithmeticError):
        raise RuleError(tr("The question “{0}” has parts of a wrong form.", row["ask"])) from None
