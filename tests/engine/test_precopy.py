"""Pre-copy as figures: published rules by hand, and against a copy that is made in small steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine.balance.even import Hold, imbalance
from designer.engine.spec.precopy import (
    PAGE_MIB,
    Copy,
    GuestMemory,
    Outcome,
    begun,
    converges,
    mib_s_of,
    outcome,
    stop_of,
    until_change,
    walked,
)

GIB_PAGES = 262_144


@pytest.mark.parametrize(
    ("guest", "mib_s", "resume_s", "rounds", "sent", "duration_s", "downtime_s"),
    [
        (GuestMemory(16384, 256), 1024, 0.0, 3, 21760.0, 21.25, 0.25),
        (GuestMemory(4096, 64), 128, 0.05, 7, 8160.0, 63.8, 0.3),
        (GuestMemory(200, 64), 1024, 0.0, 0, 200.0, 200 / 1024, 200 / 1024),  # all of it is below the limit
    ],
)
def test_that_kvm_stops_the_vm_when_the_rest_takes_less_than_its_limit(
    guest: GuestMemory, mib_s: float, resume_s: float, rounds: int, sent: float, duration_s: float, downtime_s: float
) -> None:
    found = outcome(guest, stop_of("kvm"), mib_s, resume_s)
    assert (found.converges, found.rounds_live, found.sent_mib) == (True, rounds, pytest.approx(sent, rel=1e-12))
    assert (found.duration_s, found.downtime_s) == (pytest.approx(duration_s), pytest.approx(downtime_s))


def test_that_a_hot_set_converges_only_where_it_can_be_sent_within_the_downtime() -> None:
    guest = GuestMemory(8192, 2000, 600)
    assert not outcome(guest, stop_of("kvm", 0.3), 1000).converges
    found = outcome(guest, stop_of("kvm", 1.0), 1000)
    assert (found.converges, found.rounds_live, found.duration_s, found.downtime_s) == (True, 1, 8.792, 0.6)


@pytest.mark.parametrize(
    ("dirty", "mib_s", "rounds", "duration_s", "downtime_s"),
    [
        (26214.4, GIB_PAGES, 5, 4.44444, 4e-05),
        (2621.44, GIB_PAGES, 4, 4.04040404, 4e-08),  # fewer than 50 pages are sent live once more
        (200000.0, GIB_PAGES / 2, 5, 48.0, 8.0),  # it always ends, with a copy of all its memory while it stands still
    ],
)
def test_that_xen_stops_after_five_rounds_or_one_after_fifty_pages(
    dirty: float, mib_s: float, rounds: int, duration_s: float, downtime_s: float
) -> None:
    found = outcome(GuestMemory(4096.0, dirty * PAGE_MIB), stop_of("xen"), mib_s * PAGE_MIB)
    assert (found.converges, found.rounds_live) == (True, rounds)
    assert found.duration_s == pytest.approx(duration_s, rel=1e-9)
    assert found.downtime_s == pytest.approx(downtime_s, rel=1e-6)


def test_that_xen_before_4_7_stopped_at_three_times_the_memory() -> None:
    found = outcome(GuestMemory(1024.0, 52428.8 * PAGE_MIB), stop_of("xen_classic"), 65536 * PAGE_MIB)
    assert (found.rounds_live, found.sent_mib / 1024) == (5, pytest.approx(3.68928))
    assert (found.duration_s, found.downtime_s) == (pytest.approx(14.75712), pytest.approx(1.31072))


def test_that_hyper_v_passes_five_times_at_most() -> None:
    found = outcome(GuestMemory(8192, 2000), stop_of("hyperv"), 1000)
    assert (found.rounds_live, found.downtime_s, found.duration_s) == (5, 8.192, 49.152)
    assert outcome(GuestMemory(8192, 0.0), stop_of("hyperv"), 1000).rounds_live == 1


def test_that_vmotion_slows_a_vm_that_writes_faster_than_is_sent() -> None:
    calm, busy = (outcome(GuestMemory(8192, dirty), stop_of("vmotion"), 1000) for dirty in (100, 2000))
    assert (calm.least_pace, calm.rounds_live, calm.downtime_s) == (1.0, 1, pytest.approx(0.8192))
    assert (busy.least_pace, busy.converges) == (0.25, True)
    assert busy.downtime_s < 1.0


def test_that_auto_converge_slows_a_vm_by_steps_until_its_rest_fits() -> None:
    guest, stop = GuestMemory(8192, 2000), stop_of("kvm", 0.3, converge=True)
    paces, copy = [], begun(guest, stop, 1000)
    while not copy.stopped:
        _, copy = until_change(copy, guest, stop, 1000)
        paces.append(round(copy.pace, 6))
    assert paces == [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.2]  # twice 20%, then 10% more each; the last: it is stopped
    assert not converges(guest, stop_of("kvm"), 1000)
    assert outcome(guest, stop_of("kvm"), 1000) == pytest.approx(
        Outcome(False, 0, math.inf, math.inf, math.nan, 1.0), nan_ok=True
    )


@pytest.mark.parametrize(("ram_mb", "duration_s"), [(613, 9.808), (870, 13.92), (1740, 27.84)])
def test_that_the_plain_model_takes_half_of_the_link_and_nine_tenths_of_the_work(
    ram_mb: float, duration_s: float
) -> None:
    found = outcome(GuestMemory(ram_mb * 1e6 / 2**20, 100), stop_of("plain"), mib_s_of(1000 / 2))
    assert found.duration_s == pytest.approx(duration_s)
    assert (found.downtime_s, found.least_pace, found.rounds_live) == (0.0, 0.9, 1)


RULES = st.sampled_from(["kvm", "xen", "xen_classic", "hyperv", "vmotion"])
SIZES = st.tuples(st.floats(1, 65536), st.floats(0, 4000), st.floats(1, 65536), st.floats(10, 4000))


def by_steps(guest: GuestMemory, rule: Any, limit_s: float, mib_s: float, steps: int = 400) -> tuple[int, float, float]:
    """Rounds, seconds, seconds of standstill: the memory is sent in small pieces, and what is written is noted after
    each of them. The rules are those of the sources, written down a second time.
    """
    to_send, sent, time_s, rounds, dirty, more = guest.memory_mib, 0.0, 0.0, 0, guest.dirty_mib_s, False
    below = 1 - 1e-9  # what is equal but for rounding is not less
    while True:
        if rule in ("kvm", "vmotion") and to_send < below * mib_s * (limit_s if rule == "kvm" else 1.0):
            break
        written, before = 0.0, to_send
        for _ in range(steps):
            time_s += before / steps / mib_s
            sent += before / steps
            written = min(written + dirty * (before / steps / mib_s), guest.memory_mib, guest.hot_mib)
        rounds, to_send = rounds + 1, written
        if rule == "vmotion" and not written < below * mib_s and written * below > before / 2:
            dirty = min(dirty, mib_s / 2)
        if rule == "xen":
            if more or rounds == 5:
                break
            more = written < below * 50 * 4 / 1024
        if rule == "hyperv" and (rounds == 5 or written < below * 4 / 1024):
            break
        if rule == "xen_classic" and (
            rounds == 29 or before < below * 50 * 4 / 1024 or sent > 3 * guest.memory_mib * (1 + 1e-9)
        ):
            break
    return rounds, time_s + to_send / mib_s, to_send / mib_s


@given(RULES, SIZES, st.sampled_from([0.05, 0.3, 2.0]))
def test_that_figures_are_those_of_a_copy_in_small_steps(rule: Any, sizes: tuple[float, ...], limit_s: float) -> None:
    memory, dirty, hot, mib_s = sizes
    guest, stop = GuestMemory(memory, dirty, min(hot, memory)), stop_of(rule, limit_s)
    if not converges(guest, stop, mib_s) or (dirty > 0.95 * mib_s and rule == "kvm"):
        return
    found = outcome(guest, stop, mib_s)
    rounds, duration_s, downtime_s = by_steps(guest, rule, limit_s, mib_s)
    assert found.rounds_live == rounds
    assert found.duration_s == pytest.approx(duration_s, rel=1e-6)
    assert found.downtime_s == pytest.approx(downtime_s, rel=1e-6, abs=1e-12)
    assert found.sent_mib == pytest.approx(mib_s * duration_s, rel=1e-6)


@given(RULES, SIZES, st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5), st.booleans())
def test_that_a_copy_looked_at_in_between_goes_on_as_if_nobody_had_looked(
    rule: Any, sizes: tuple[float, ...], parts: list[float], converge: bool
) -> None:
    memory, dirty, hot, mib_s = sizes
    guest, stop = GuestMemory(memory, dirty, min(hot, memory)), stop_of(rule, 0.3, converge)
    copy = begun(guest, stop, mib_s)
    if copy.stopped or not converges(guest, stop, mib_s):
        return
    span_s, then = until_change(copy, guest, stop, mib_s)
    left_s = span_s
    for part in parts:
        step_s = left_s * part * 0.9
        copy, left_s = walked(copy, guest, stop, mib_s, step_s), left_s - step_s
    again_s, last = until_change(copy, guest, stop, mib_s)
    assert again_s == pytest.approx(left_s, rel=1e-6, abs=1e-9 * span_s)
    assert (last.rounds, last.stopped, last.pace) == (then.rounds, then.stopped, pytest.approx(then.pace))
    assert last.left_mib == pytest.approx(then.left_mib, rel=1e-6, abs=1e-9)


def test_that_a_copy_that_does_not_converge_waits_in_its_round() -> None:
    guest, stop = GuestMemory(8192, 2000), stop_of("kvm")
    copy = walked(begun(guest, stop, 1000), guest, stop, 1000, 100.0)
    assert copy == Copy(0, 8192, 0.0, 8192.0, 8192.0)


# -- the patience of Proxmox's balancer

ROUNDS = [0.2, 0.35, 0.4, 0.3, 0.5, 0.5, 0.5, 0.45, 0.45, 0.45, 0.44]


def test_that_proxmox_waits_three_rounds_in_a_row_and_asks_for_a_margin() -> None:
    hold, reachable = Hold(0.3, 3, 0.1), {6: 0.2, 9: 0.43}
    due = [n for n, now in enumerate(ROUNDS) if hold.is_due(now)]
    assert due == [6, 9]
    assert [n for n in due if hold.is_worth(ROUNDS[n], reachable[n])] == [6]


def test_that_an_imbalance_is_0_where_loads_are_equal_and_1_where_one_host_has_all() -> None:
    assert imbalance(np.array([0.4, 0.4, 0.4]), relative=True) < 1e-15
    assert imbalance(np.array([0.9, 0.0, 0.0]), relative=True) == pytest.approx(1.0)
    assert imbalance(np.array([0.2, 0.4]), relative=False) == pytest.approx(0.1)
    assert imbalance(np.array([0.2]), relative=True) == imbalance(np.zeros(3), relative=True) == 0.0
