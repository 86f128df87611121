"""Requests as a fluid: they come, wait in order, are served, are given up and come again; step by step.

Time goes in cells of one length. What arrives in a cell is decided when its timeout is over: it is answered in time
where it was served by then, and what is late is served all the same, in vain (who gave up is not known to the server).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import brief_door, inlined, part
from designer.engine.service.queue import BLOCKED, FIGURES, LATE, LONGEST, MEAN, P50, P95, P99, figures
from designer.engine.spec import Queueing
from designer.engine.spec.cells import LEAST_RING, MORE, cells

JITTERS = 8
"""In how many parts a delay by chance is spread."""
ROUNDING = 1e-9

F = NDArray[np.float64]

RULE = np.dtype(
    [
        ("cell_s", "f8"),
        ("timeout_s", "f8"),
        ("room", "f8"),  # requests that may wait
        ("places", "f8"),  # those that the formula asks for: without a queue any, and the surplus alone is refused
        ("budget", "f8"),  # retries, a part of the requests
        ("most", "f8"),  # attempts a second that the load balancer passes
        ("variation", "f8"),  # of the time that work takes, squared
        ("timeout_cells", "i8"),  # 0: nothing is ever late
        ("retries", "i8"),
        ("jitter", "i8"),  # 1: a delay is any time up to it
        ("random", "i8"),  # 1: single requests come and take time by chance (M/G/c), 0: a fluid and nothing else
    ],
    align=True,
)

LINE = np.dtype(
    [
        ("time_s", "f8"),
        ("backlog", "f8"),
        ("came", "f8"),  # let in since the beginning
        ("done", "f8"),  # served since then
        ("failed_s", "f8"),  # when an attempt failed last
        ("empty_s", "f8"),  # when the last one that waited was served; inf: some wait
        ("longest_s", "f8"),  # the longest wait
        ("cell", "i8"),
        ("served_cell", "i8"),  # where the search begins for who was served when
        ("head_cell", "i8"),  # the first of which some wait
        # what held when `known` was filled
        ("arriving", "f8"),
        ("capacity", "f8"),
        ("workers", "i8"),
    ],
    align=True,
)

COUNTED = (
    "fresh", "attempts", "answered", "late", "refused", "lost", "worked", "backlog_s",
    "mean_s", "p50_s", "p95_s", "p99_s", "known_s", "p99_most", "limited",
)  # fmt: skip
"""What is counted: requests, attempts, answers in time, attempts that are late and refused, requests of which all
attempts fail, work done; the integrals of the backlog and of the response times over the time in which they are known;
the longest p99; the attempts that the load balancer drops.
"""
TALLY = np.dtype([(name, "f8") for name in COUNTED])


class Queue(NamedTuple):
    """The requests of one service: a record of `LINE`; of the cells in a ring what came of each attempt, all that came
    and was served up to their end, and the attempts that come again then; delays in cells; what the formula said when
    it was last asked.
    """

    now: NDArray[Any]
    came: F  # cell x attempt
    came_until: F
    done_until: F
    again: F  # cell x attempt
    delay: NDArray[np.int64]
    known: F


@part
def _put_off(line: Queue, cell: int, attempt: int, failed: float, rule: Any, tally: Any) -> None:
    """Let an attempt that failed come again, or count its request as lost."""
    if failed <= 0.0:
        return
    if attempt >= rule.retries:
        tally.lost += failed
        return
    ring, delay = line.again.shape[0], line.delay[attempt]
    if rule.jitter == 0 or delay == 0:
        line.again[(cell + 1 + delay) % ring, attempt + 1] += failed
        return
    for n in range(JITTERS):
        later = int((n + 0.5) * delay / JITTERS)
        line.again[(cell + 1 + later) % ring, attempt + 1] += failed / JITTERS


@part
def _ask(line: Queue, now: Any, arriving: float, capacity: float, workers: int, rule: Any) -> None:
    """Keep in `known` what the formula of the queue says."""
    if capacity <= 0.0 or (now.arriving == arriving and now.capacity == capacity and now.workers == workers):
        return
    now.arriving, now.capacity, now.workers = arriving, capacity, workers
    figures(arriving, capacity, workers, rule.timeout_s, rule.places, rule.variation, line.known)


@part
def _decide(line: Queue, now: Any, rule: Any, tally: Any) -> None:
    """Decide, at the end of a cell, about what came a timeout before."""
    ring, n, d = line.came.shape[0], now.cell, now.cell - rule.timeout_cells
    total = 0.0
    for j in range(line.came.shape[1]):
        total += line.came[d % ring, j]
    if total <= 0.0:
        return
    begin = line.done_until[(n - 1) % ring] - line.came_until[(d - 1) % ring]
    end = line.done_until[n % ring] - line.came_until[d % ring]
    slack = ROUNDING * (1.0 + total)
    good = 1.0
    if begin < -slack or end < -slack:
        good = 0.0
        if begin * end < 0.0:
            good = max(begin, end) / abs(end - begin)
    late = 0.0
    if good > 0.0 and rule.random == 1:
        late = _late(line, now, rule, d)
    tally.answered += total * good * (1.0 - late)
    failing = 1.0 - good * (1.0 - late)
    if failing > 0.0:
        if failing > ROUNDING:
            now.failed_s = now.time_s
        tally.late += total * failing
        for j in range(line.came.shape[1]):
            _put_off(line, n, j, line.came[d % ring, j] * failing, rule, tally)
    for j in range(line.came.shape[1]):
        line.came[d % ring, j] = 0.0


@part
def _late(line: Queue, now: Any, rule: Any, d: int) -> float:
    """The part of what came in a cell, and was served in time on average, that is late by chance: what its wait leaves
    of the timeout is asked of the chance of that formula.
    """
    ring = line.came.shape[0]
    middle = 0.5 * (line.came_until[(d - 1) % ring] + line.came_until[d % ring])
    e = max(now.served_cell, d)
    while e < now.cell and line.done_until[e % ring] < middle - ROUNDING * (1.0 + middle):
        e += 1
    now.served_cell = e
    before, after = line.done_until[(e - 1) % ring], line.done_until[e % ring]
    into = min(max((middle - before) / (after - before), 0.0), 1.0) if after > before else 0.5
    wait_s = max((e - d + into - 0.5) * rule.cell_s, 0.0)
    if wait_s <= 0.5 * rule.cell_s:
        return float(line.known[LATE])
    left, mean = rule.timeout_s - wait_s, line.known[MEAN]
    if left <= 0.0:
        return 1.0
    # Behind a backlog the chance of its own is that of one exponential time with the mean of the formula.
    return max(math.exp(-left / mean), line.known[LATE]) if mean > 0.0 else 0.0


@part
def _look_at_head(line: Queue, now: Any, rule: Any) -> None:
    """Note, at the end of a cell, how long the first in the queue has waited."""
    ring, n = line.came.shape[0], now.cell
    head = max(now.head_cell, n - ring + 2)
    while head <= n and line.came_until[head % ring] <= now.done + ROUNDING:
        head += 1
    now.head_cell = head
    if now.backlog > 0.0 and head <= n:
        before, until = line.came_until[(head - 1) % ring], line.came_until[head % ring]
        into = min(max((now.done - before) / (until - before), 0.0), 1.0) if until > before else 0.0
        now.longest_s = max(now.longest_s, (n + 1 - head - into) * rule.cell_s)


@inlined
def _behind(wait_s: float, figure: int, over: bool, known: F) -> float:
    """A figure behind a backlog that takes `wait_s`."""
    found = wait_s + known[figure]
    return float(min(found, known[LONGEST + figure]) if over else found)


@part
def _count_times(line: Queue, now: Any, before: float, capacity: float, dt: float, tally: Any, random: int) -> None:
    """Add the response times of a span to their integrals: backlog / capacity + what the formula says; while more
    comes than is served, no more than where as many wait as may.
    """
    tally.backlog_s += 0.5 * (before + now.backlog) * dt
    if capacity <= 0.0:
        return
    wait_s = 0.5 * (before + now.backlog) / capacity
    tally.known_s += dt
    now.longest_s = max(now.longest_s, max(before, now.backlog) / capacity)
    if random == 1:
        over = now.arriving >= now.capacity
        tally.mean_s += _behind(wait_s, MEAN, over, line.known) * dt
        tally.p50_s += _behind(wait_s, P50, over, line.known) * dt
        tally.p95_s += _behind(wait_s, P95, over, line.known) * dt
        p99_s = _behind(wait_s, P99, over, line.known)
        tally.p99_s += p99_s * dt
        tally.p99_most = max(tally.p99_most, p99_s)
    else:
        tally.mean_s += wait_s * dt


@part
def _span(line: Queue, now: Any, dt: float, fresh: float, capacity: float, workers: int, dead: float, rule: Any,
          tally: Any) -> None:  # fmt: skip
    """Let requests come and be served for a part of a cell."""
    at, attempts = now.cell % line.came.shape[0], line.came.shape[1]
    again = 0.0
    for j in range(1, attempts):
        again += line.again[at, j] / rule.cell_s
    allowed = 1.0
    if again > rule.budget * fresh:
        allowed = rule.budget * fresh / again
    arriving = fresh + allowed * again
    alive = 1.0 - dead
    if arriving > rule.most:
        alive *= rule.most / arriving
        tally.limited += (arriving - rule.most) * dt
    asked = arriving * alive if rule.places < np.inf else min(arriving * alive, capacity)
    _ask(line, now, asked, capacity, workers, rule)
    came, served, before = arriving * alive * dt, capacity * dt, now.backlog
    let_in = came
    if rule.random == 1 and before <= 0.0 and came <= served and capacity > 0.0:
        let_in = came * (1.0 - line.known[BLOCKED])
    let_in = max(min(let_in, rule.room - before + served), 0.0)
    full = rule.random == 1 and came > served and capacity > 0.0 and before >= rule.room * (1.0 - ROUNDING)
    if full:  # it stays so; by chance a worker may still have nothing to do
        let_in = min(let_in, came * (1.0 - line.known[BLOCKED]))
    share = let_in / (arriving * dt) if arriving * dt > 1e-290 else 1.0
    tally.fresh += fresh * dt
    tally.attempts += arriving * dt
    if rule.timeout_cells == 0:
        tally.answered += let_in
    for j in range(attempts):
        each = fresh if j == 0 else allowed * line.again[at, j] / rule.cell_s
        if j > 0:
            tally.lost += (1.0 - allowed) * line.again[at, j] / rule.cell_s * dt
        if rule.timeout_cells > 0:
            line.came[at, j] += each * dt * share
        if share < 1.0:
            refused = each * dt * (1.0 - share)
            tally.refused += refused
            if refused > ROUNDING * each * dt:
                now.failed_s = now.time_s
            _put_off(line, now.cell, j, refused, rule, tally)
    done = let_in if full else min(before + let_in, served)
    now.came += let_in
    now.done += done
    now.backlog = before + let_in - done
    tally.worked += done
    if now.backlog <= ROUNDING * (1.0 + let_in):
        now.backlog, now.done = 0.0, now.came
        if before > 0.0:
            now.empty_s = now.time_s + min(before / max(capacity - let_in / dt, 1e-300), dt)
    else:
        now.empty_s = np.inf
    _count_times(line, now, before, capacity, dt, tally, rule.random)


@brief_door
def carry(
    line: Queue, end_s: float, fresh: float, capacity: float, workers: int, dead: float, rules: NDArray[Any],
    tallies: NDArray[Any],
) -> None:  # fmt: skip
    """Carry a line on to a time, with what holds until then: fresh requests and capacity a second, workers, and the
    part of the requests that goes to members that do not answer.
    """
    now, rule, tally = line.now[0], rules[0], tallies[0]
    ring = line.came.shape[0]
    while now.time_s < end_s:
        edge_s = (now.cell + 1) * rule.cell_s
        stop_s = min(edge_s, end_s)
        if stop_s > now.time_s:
            _span(line, now, stop_s - now.time_s, fresh, capacity, workers, dead, rule, tally)
            now.time_s = stop_s
        if stop_s < edge_s:
            continue
        at = now.cell % ring
        line.came_until[at], line.done_until[at] = now.came, now.done
        for j in range(1, line.again.shape[1]):
            line.again[at, j] = 0.0
        _look_at_head(line, now, rule)
        if rule.timeout_cells > 0:
            _decide(line, now, rule, tally)
        now.cell += 1
        now.time_s = max(now.time_s, edge_s)


def rule_of(
    timeout_s: float = math.inf, retries: int = 0, backoff_s: float = 0.0, most_backoff_s: float = math.inf,
    jitter: bool = False, budget: float = math.inf, room: float = math.inf, random: bool = True,
    most: float = math.inf, variation: float = 1.0,
) -> tuple[NDArray[Any], NDArray[np.int64]]:  # fmt: skip
    """The rule of clients, and their delays in cells: each backoff is twice the one before."""
    rule = np.zeros(1, RULE)
    found = cells(timeout_s, retries, backoff_s, most_backoff_s)
    given = found.cell_s, timeout_s, room, room or math.inf, budget, most, variation
    rule[0] = (*given, found.of_timeout, retries, int(jitter), int(random))
    return rule, np.array(found.delays or (0,), np.int64)


def rule_for(queueing: Queueing, most: float = math.inf) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The rule of the clients of a service whose load balancer passes `most` attempts a second, and their delays in
    cells.
    """
    q = queueing
    return rule_of(
        q.timeout_s, q.retries, q.backoff_s, q.most_backoff_s, q.jitter, q.budget, q.waiting, most=most,
        variation=q.variation,
    )  # fmt: skip


def line_of(rule: NDArray[Any], delay: NDArray[np.int64], time_s: float = 0.0) -> Queue:
    """A line in which nobody waits."""
    ring = max(int(rule["timeout_cells"][0]) + int(delay.max()) + MORE, LEAST_RING)
    attempts = int(rule["retries"][0]) + 1
    now = np.zeros(1, LINE)
    now["failed_s"] = -np.inf
    line = Queue(
        now, np.zeros((ring, attempts)), np.zeros(ring), np.zeros(ring), np.zeros((ring, attempts)), delay,
        np.zeros(FIGURES),
    )  # fmt: skip
    begin_at(line, rule, time_s)
    return line


def begin_at(line: Queue, rule: NDArray[Any], time_s: float) -> None:
    """Begin a line anew at a time: nobody waits, nothing comes again."""
    now = line.now[0]
    cell_s = float(rule["cell_s"][0])
    cell = int(time_s / cell_s)
    cell += (cell + 1) * cell_s <= time_s
    now["time_s"], now["cell"] = time_s, cell
    now["served_cell"] = now["head_cell"] = cell
    now["backlog"] = now["came"] = now["done"] = 0.0
    for column in (line.came, line.came_until, line.done_until, line.again):
        column[:] = 0.0


def undecided(line: Queue) -> float:
    """Requests that wait for an answer, or are on their way again."""
    return float(line.came.sum() + line.again.sum())
