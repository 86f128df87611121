"""Pre-copy: memory is sent while the VM runs, then what it wrote meanwhile, and so on; the rest while it stands still.

Round 1 sends all memory, each round after it what was written in the round before. When to stop is the rule of the
hypervisor. Python calls these functions, and compiled loops do. Sources: QEMU migration/migration.c and ram.c
(threshold, auto-converge), Xen xg_sr_save.c and, before 4.7, xc_domain_save.c (rounds, 50 pages), a book on Hyper-V
(five passes), Clark et al., NSDI 2005 (writable working set).
"""

from __future__ import annotations

import math
from typing import NamedTuple, get_args

from designer.engine.spec.moving import CopyRule

PAGE_MIB = 4096 / 2**20
XEN_ROUNDS, XEN_PAGES = 5, 50
"""Xen today: rounds at most; fewer dirty pages than this are sent in one round more, then it stops."""
CLASSIC_ROUNDS, CLASSIC_FACTOR = 29, 3.0
"""Xen before 4.7: further rounds at most; sent at most, in multiples of the memory."""
HYPERV_ROUNDS = 5
VMOTION_S = 1.0
"""Seconds within which vMotion switches over: general knowledge."""
VMOTION_HALVES = 0.5
"""vMotion slows a VM down until each round sends at most this part of the round before: an assumption."""
TRIGGER, FIRST, STEP, MOST = 0.5, 0.2, 0.1, 0.99
"""QEMU slows a VM down that twice wrote this part of what was sent: at first by, then by more, at most by."""
NEVER = 0.999
"""A VM that writes this part of what is sent, or more, takes a thousand copies of its memory: it does not converge."""
PLAIN_FRAC, PLAIN_PACE, PLAIN_COST = 0.5, 0.9, 0.1
"""CloudSim: part of the bandwidth that a migration takes, part of its work that the VM does, part of what it asks for
that the host that takes it in spends.
"""


class GuestMemory(NamedTuple):
    """The memory of a VM, what it writes a second at full pace, and within how much memory (MiB)."""

    memory_mib: float
    dirty_mib_s: float
    hot_mib: float = math.inf


RULES: tuple[CopyRule, ...] = get_args(CopyRule)
KVM, XEN, XEN_CLASSIC, VMOTION, HYPERV, PLAIN = range(6)
"""The numbers of rules, in the order of `RULES`."""


class Stop(NamedTuple):
    """When a hypervisor stops the VM to send the rest, by the number of its rule."""

    rule: int
    downtime_s: float = 0.3
    converge: bool = False


def stop_of(rule: CopyRule, downtime_s: float = 0.3, converge: bool = False) -> Stop:
    """When a hypervisor stops the VM to send the rest, by its rule."""
    return Stop(RULES.index(rule), downtime_s, converge)


class Copy(NamedTuple):
    """A copy under way: rounds that are over, MiB of this one and MiB left of them, MiB written in it and MiB sent so
    far; the part of its pace that the VM has, how often in a row it wrote too much, and whether this round is the last
    one live. Once it is `stopped` the VM stands still: what is left is sent, then it runs on the other host.
    """

    rounds: int
    round_mib: float
    left_mib: float
    written_mib: float = 0.0
    sent_mib: float = 0.0
    pace: float = 1.0
    high: int = 0
    last: bool = False
    stopped: bool = False


class Outcome(NamedTuple):
    """What a whole migration takes at one bandwidth."""

    converges: bool
    rounds_live: int
    sent_mib: float
    duration_s: float
    downtime_s: float
    least_pace: float


def begun(guest: GuestMemory, stop: Stop, mib_s: float) -> Copy:
    """A copy as it begins at a bandwidth."""
    small = (stop.rule == KVM or stop.rule == VMOTION) and guest.memory_mib < mib_s * _limit_s(stop)
    pace = PLAIN_PACE if stop.rule == PLAIN else 1.0
    return Copy(0, guest.memory_mib, guest.memory_mib, 0.0, 0.0, pace, 0, False, small)


def _limit_s(stop: Stop) -> float:
    return VMOTION_S if stop.rule == VMOTION else stop.downtime_s


def _advanced(copy: Copy, guest: GuestMemory, mib_s: float, span_s: float) -> Copy:
    """A copy after a span of time within its present round, or while the VM stands still."""
    c, sent, written = copy, min(mib_s * span_s, copy.left_mib), copy.written_mib
    if not c.stopped:
        written = min(c.written_mib + guest.dirty_mib_s * c.pace * span_s, guest.memory_mib, guest.hot_mib)
    return Copy(c.rounds, c.round_mib, c.left_mib - sent, written, c.sent_mib + sent, c.pace, c.high, c.last, c.stopped)


def next_round(copy: Copy, guest: GuestMemory, stop: Stop, mib_s: float) -> Copy:
    """The copy after a round of which nothing is left: another round, or the VM stands still."""
    rounds, rest = copy.rounds + 1, copy.written_mib
    stops, last = _stops(copy, rounds, rest, guest, stop, mib_s)
    pace, high = copy.pace, copy.high
    if not stops:
        pace, high = _slowed(copy, rest, guest, stop, mib_s)
    return Copy(rounds, rest, rest, 0.0, copy.sent_mib, pace, high, last, stops)


def _stops(copy: Copy, rounds: int, rest: float, guest: GuestMemory, stop: Stop, mib_s: float) -> tuple[bool, bool]:
    """Whether the VM is stopped after a round, and whether the round after it is the last one live."""
    if stop.rule == PLAIN:
        return True, False
    if stop.rule == KVM or stop.rule == VMOTION:
        return rest < mib_s * _limit_s(stop), False
    if stop.rule == XEN:
        if copy.last or rounds >= XEN_ROUNDS:
            return True, False
        return False, rest < XEN_PAGES * PAGE_MIB
    if stop.rule == XEN_CLASSIC:
        few, much = (
            copy.round_mib < XEN_PAGES * PAGE_MIB,
            copy.sent_mib > CLASSIC_FACTOR * guest.memory_mib * (1.0 + 1e-12),
        )
        return rounds >= CLASSIC_ROUNDS or few or much, False
    return rounds >= HYPERV_ROUNDS or rest < PAGE_MIB, False


def _slowed(copy: Copy, rest: float, guest: GuestMemory, stop: Stop, mib_s: float) -> tuple[float, int]:
    """The pace of the VM in the next round, and how often in a row it wrote too much."""
    if stop.rule == KVM and stop.converge:
        high = copy.high + 1 if rest > TRIGGER * copy.round_mib else copy.high
        if high < 2:
            return copy.pace, high
        return (1.0 - FIRST if copy.pace == 1.0 else max(copy.pace - STEP, 1.0 - MOST)), 0
    if stop.rule == VMOTION and rest > VMOTION_HALVES * copy.round_mib:
        return min(copy.pace, VMOTION_HALVES * mib_s / guest.dirty_mib_s), 0
    return copy.pace, copy.high


def converges(guest: GuestMemory, stop: Stop, mib_s: float) -> bool:
    """Whether a copy ends by itself at a bandwidth."""
    if stop.rule != KVM or stop.converge or guest.dirty_mib_s < NEVER * mib_s:
        return True
    return min(guest.memory_mib, guest.hot_mib) < mib_s * stop.downtime_s or guest.memory_mib < mib_s * stop.downtime_s


def until_change(copy: Copy, guest: GuestMemory, stop: Stop, mib_s: float) -> tuple[float, Copy]:
    """Seconds until the pace of the VM changes, or it stands still, and the copy then; it must converge."""
    pace, span_s = copy.pace, 0.0
    while not copy.stopped and copy.pace == pace:
        round_s = copy.left_mib / mib_s
        span_s += round_s
        copy = next_round(_advanced(copy, guest, mib_s, round_s), guest, stop, mib_s)
    return span_s, copy


def walked(copy: Copy, guest: GuestMemory, stop: Stop, mib_s: float, span_s: float) -> Copy:
    """A copy after a span of time in which it changes nothing for the VM; where it does not converge, in the last round
    that was looked at.
    """
    while not copy.stopped and copy.left_mib < mib_s * span_s and converges(guest, stop, mib_s):
        round_s = copy.left_mib / mib_s
        copy = next_round(_advanced(copy, guest, mib_s, round_s), guest, stop, mib_s)
        span_s -= round_s
    return _advanced(copy, guest, mib_s, span_s)


def outcome(guest: GuestMemory, stop: Stop, mib_s: float, resume_s: float = 0.0) -> Outcome:
    """What a migration takes where nothing else is copied; `resume_s` more until the VM runs again."""
    if not converges(guest, stop, mib_s):
        return Outcome(False, 0, math.inf, math.inf, math.nan, 1.0)
    copy, time_s, least = begun(guest, stop, mib_s), 0.0, 1.0
    while not copy.stopped:
        least = min(least, copy.pace)
        span_s, copy = until_change(copy, guest, stop, mib_s)
        time_s += span_s
    if stop.rule == PLAIN:
        return Outcome(True, copy.rounds, copy.sent_mib, time_s, 0.0, least)
    down_s = copy.left_mib / mib_s + resume_s
    return Outcome(True, copy.rounds, copy.sent_mib + copy.left_mib, time_s + down_s, down_s, least)


MBIT_A_MIB = 8 * 2**20 / 1e6


def mib_s_of(mbps: float) -> float:
    """Mbit/s (10^6 bit) as MiB/s."""
    return mbps * 1e6 / 8 / 2**20
