"""Who gets a host's memory, by the rule of each hypervisor: by hand, and against slow ways of doing the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine.memory import esxi, proxmox
from tests.engine import memory_reference as reference
from tests.engine.memory_reference import Asking, Held, stalled
from tests.engine.one_host import settle, targets

HOST = 65_536.0
amounts = st.floats(0.0, 16_384.0).map(lambda mib: round(mib, 2))


def asking(configured: list[float], active: list[float], **more: Any) -> Asking:
    """VMs without floors, with 10 shares a MiB and no overhead."""
    size = np.array(configured)
    given_ = {"floor": 0.0, "shares": size * 10.0, "overhead": 0.0, "buffer": 0.2, "adjust": 0.0} | more
    columns = {name: np.broadcast_to(np.asarray(value, np.float64), size.shape) for name, value in given_.items()}
    return Asking(size, np.array(active), **columns)


@st.composite
def hosts(draw: st.DrawFn) -> tuple[Asking, float]:
    """Up to six VMs, and memory for some of what they want, at least for their floors."""
    count = draw(st.integers(1, 6))

    def column(values: Any) -> np.ndarray[Any, Any]:
        return np.array(draw(st.lists(values, min_size=count, max_size=count)))

    size = column(amounts) + 64.0
    fractions = st.floats(0.0, 1.0).map(lambda part: round(part, 3))
    floor = size * column(fractions) * 0.5
    shares = column(st.integers(1, 9)) * 1000.0
    adjust = column(st.integers(-1000, 1000)).astype(np.float64)
    vms = Asking(size, size * column(fractions), floor, shares, column(amounts) * 0.01, column(fractions), adjust)
    least = float((floor + vms.overhead).sum()) + esxi.min_free_mib(HOST)
    return vms, least + draw(fractions) * float(size.sum()) * 1.2


def test_that_esxi_keeps_free_by_a_sliding_scale() -> None:
    assert esxi.min_free_mib(2048.0) == pytest.approx(2048 * 0.06)
    assert esxi.min_free_mib(8192.0) == pytest.approx(4096 * 0.06 + 4096 * 0.04)
    assert esxi.min_free_mib(32_768.0) == pytest.approx(901.12 + 4096 * 0.01)


def test_that_a_state_begins_below_its_part_of_what_is_kept_free() -> None:
    least = esxi.min_free_mib(HOST)
    at = [esxi.state_of(least * part, HOST) for part in (5.0, 1.0, 0.999, 0.64, 0.639, 0.32, 0.319, 0.16, 0.159)]
    assert at == ["high", "high", "clear", "clear", "soft", "soft", "hard", "hard", "low"]
    assert [esxi.large_pages_broken(least * part, HOST) for part in (4.0, 3.99)] == [False, True]


def quanta(available: float, vms: Asking, tax: float, step: float) -> np.ndarray[Any, Any]:
    """Take a little from the VM with the lowest shares for the cost of its pages until all fit (Waldspurger 5.2)."""
    k, pages = 1.0 / (1.0 - tax), vms.configured.copy()
    floor = np.minimum(vms.floor, vms.configured)
    while pages.sum() > available:
        cost = np.minimum(pages, vms.active) + k * np.maximum(pages - vms.active, 0.0)
        ratio = np.where(pages > floor + 1e-9, vms.shares / np.maximum(cost, 1e-9), np.inf)
        v = int(np.argmin(ratio))
        pages[v] = max(pages[v] - step, floor[v])
    return pages


@given(hosts(), st.sampled_from([0.0, 0.5, 0.75]))
def test_that_shares_with_a_tax_divide_as_taking_little_by_little_does(host: tuple[Asking, float], tax: float) -> None:
    vms, has = host
    step = float(vms.configured.sum()) / 2000.0
    found = targets(has, vms.configured, vms.active, vms.shares, vms.floor, tax)
    assert found == pytest.approx(quanta(has, vms, tax, step), abs=2 * step * vms.configured.size)
    assert found.sum() == pytest.approx(min(has, vms.configured.sum()))


@given(hosts(), st.integers(0, 5))
def test_that_more_shares_never_give_less(host: tuple[Asking, float], who: int) -> None:
    vms, has = host
    v = who % vms.configured.size
    more = vms.shares.copy()
    more[v] *= 2.0
    before, after = (targets(has, vms.configured, vms.active, s, vms.floor) for s in (vms.shares, more))
    assert after[v] >= before[v] - 1e-6


@st.composite
def many(draw: st.DrawFn) -> tuple[str, Asking, float, dict[str, Any]]:
    """A host of any rule with up to 150 VMs, from far too little memory to enough for all."""
    r, count = np.random.default_rng(draw(st.integers(0, 2**31))), draw(st.sampled_from([1, 3, 7, 8, 10, 40, 50, 150]))
    rule = draw(st.sampled_from(["esxi", "kvm", "hyperv"]))
    size = r.choice([1024.0, 4096.5, 8192.0, 777.7], count)
    floor = np.where(r.random(count) < 0.5, 0.0, size * r.random(count))
    shares = np.where(r.random(count) < 0.5, size * 10.0, r.integers(1, 9000, count).astype(np.float64))
    adjust = r.choice([0.0, -1000.0, 300.0], count)
    active = r.random(count) * r.choice([0.1, 1.0]) * size
    vms = Asking(size, active / size * size, floor, shares, r.random(count) * 90.0, r.random(count), adjust)
    more = {"sharable": float(r.choice([0.0, 0.1])), "swap": float(r.choice([0.0, 4096.0, 65_536.0, 1e6]))}
    if r.random() < 0.3:
        more["balloon"] = np.floor(r.random(count) * size * 0.3)
    return rule, vms, float(size.sum() * r.uniform(0.2, 1.3)), more


@given(many())
def test_that_hosts_are_settled_as_in_numpy_to_the_last_bit(host: tuple[str, Asking, float, dict[str, Any]]) -> None:
    rule, vms, has, more = host
    balloon = np.broadcast_to(more.get("balloon", 0.0), vms.configured.size)
    held = settle(rule, vms, has, HOST, **more)
    floor = vms.floor if rule == "esxi" else np.where(vms.floor > 0.0, vms.floor, vms.configured)
    vms = vms._replace(floor=np.minimum(floor, vms.configured))
    if rule == "esxi":
        wanted = reference.settle_esxi(vms, has, HOST, more["sharable"])
    elif rule == "kvm":
        wanted = reference.settle_linux(vms, has, HOST, more["sharable"], more["swap"], balloon)
    else:
        wanted = reference.settle_hyperv(vms, has)
    for name, found, value in zip(Held._fields, held, wanted):
        assert np.array_equal(found, value), name


def whole(held: Held) -> np.ndarray[Any, Any]:
    """What a VM has configured, by where it is."""
    return held.granted + held.shared + held.ballooned + held.compressed + held.swapped


def test_that_a_host_with_enough_takes_nothing_back() -> None:
    held = settle("esxi", asking([8192.0, 8192.0], [1024.0, 2048.0]), 65_536.0, HOST, sharable=0.1)
    assert held.granted.tolist() == [8192.0, 8192.0]
    assert (held.state, held.free) == ("high", 49_152.0)


def test_that_esxi_shares_pages_before_it_inflates_a_balloon() -> None:
    least = esxi.min_free_mib(HOST)
    vms = asking([32_768.0, 32_768.0], [4096.0, 4096.0])
    held = settle("esxi", vms, HOST, HOST, sharable=0.1)  # it is short of minFree alone: shared pages make up for it
    assert held.shared.tolist() == pytest.approx([least / 2.0] * 2)
    assert held.ballooned.tolist() == [0.0, 0.0]
    assert held.free == pytest.approx(least)
    assert settle("esxi", vms, HOST, HOST, sharable=0.0).ballooned.sum() == pytest.approx(0.64 * least)


def test_that_esxi_compresses_and_swaps_what_the_balloon_cannot_take() -> None:
    held = settle("esxi", asking([32_768.0] * 4, [1024.0] * 4), 36_000.0, HOST, sharable=0.0)
    assert held.ballooned.tolist() == pytest.approx([32_768.0 * 0.65] * 4)
    assert held.compressed.tolist() == pytest.approx([32_768.0 * 0.05] * 4)
    assert held.swapped.sum() == pytest.approx(4 * 32_768 * 0.3 - (36_000 - 0.32 * esxi.min_free_mib(HOST)))
    assert held.free == pytest.approx(0.32 * esxi.min_free_mib(HOST))
    assert held.state == "hard"


def test_that_a_reservation_is_never_taken_back() -> None:
    vms = asking([32_768.0, 32_768.0], [1024.0, 1024.0], floor=[32_768.0, 0.0])
    held = settle("esxi", vms, 40_000.0, HOST, sharable=0.0)
    assert held.granted[0] == 32_768.0
    assert held.ballooned[1] > 0.0
    assert stalled(held.missing, held.packed)[0] == 0.0


@given(hosts(), st.sampled_from([0.0, 0.05, 0.3]))
def test_that_esxi_loses_no_page_and_keeps_its_order(host: tuple[Asking, float], sharable: float) -> None:
    vms, has = host
    held = settle("esxi", vms, has, HOST, sharable=sharable)
    least, size = esxi.min_free_mib(HOST), vms.configured
    assert whole(held) == pytest.approx(size)
    assert held.free == pytest.approx(has - vms.overhead.sum() - held.granted.sum(), abs=1e-6)
    assert (held.ballooned <= 0.65 * size + 1e-6).all()
    assert (held.compressed <= 0.05 * size + 1e-6).all()
    assert held.free >= 0.32 * least - 1e-6
    if held.swapped.sum() > 1e-6:  # compression comes first, and a balloon before it
        assert held.free == pytest.approx(0.32 * least, abs=1e-5)
    if held.ballooned.sum() > 1e-6:
        assert held.free <= 0.64 * least + 1e-5
        assert held.shared == pytest.approx(size * sharable)
    assert ((held.missing >= 0.0) & (held.missing <= 1.0) & (held.packed >= 0.0) & (held.packed <= 1.0)).all()


@given(hosts())
def test_that_more_memory_never_takes_more_back(host: tuple[Asking, float]) -> None:
    vms, has = host
    less, more = (settle("esxi", vms, mib, HOST, sharable=0.05) for mib in (has, has * 1.1))
    assert more.granted.sum() >= less.granted.sum() - 1e-6
    assert more.swapped.sum() <= less.swapped.sum() + 1e-6


def test_that_linux_swaps_what_is_idle_before_what_is_used() -> None:
    vms = asking([6144.0, 2048.0], [1024.0, 2048.0])
    held = settle("kvm", vms, 4096.0, 4096.0, swap=8192.0)
    assert held.swapped.tolist() == [4096.0, 0.0]
    assert held.missing.tolist() == [0.0, 0.0]
    tight = settle("kvm", vms, 2048.0, 2048.0, swap=8192.0)
    assert tight.swapped.sum() == 6144.0
    assert tight.missing.tolist() == pytest.approx([1024 / 3072] * 2)
    assert tight.victim == -1


def test_that_linux_merges_pages_when_little_is_left() -> None:
    assert [reference.merges(mib, 65_536.0) for mib in (52_000.0, 53_000.0)] == [False, True]
    held = settle("kvm", asking([4096.0], [0.0]), 4096.0, 4096.0, sharable=0.25)
    assert (held.shared.tolist(), held.free) == ([1024.0], 1024.0)


def test_that_linux_kills_the_worst_where_swap_is_full() -> None:
    vms = asking([4096.0, 2048.0], [4096.0, 2048.0])
    assert settle("kvm", vms, 4096.0, 4096.0, swap=1024.0).victim == 0
    spared = vms._replace(adjust=np.array([-1000.0, 0.0]))
    assert settle("kvm", spared, 4096.0, 4096.0, swap=1024.0).victim == 1
    assert settle("kvm", vms, 4096.0, 4096.0, swap=2048.0).victim == -1


@given(hosts(), st.sampled_from([0.0, 4096.0, 65_536.0]), st.sampled_from([0.0, 0.1]))
def test_that_linux_loses_no_page_and_kills_only_when_all_is_full(
    host: tuple[Asking, float], swap: float, sharable: float
) -> None:
    vms, has = host
    held = settle("kvm", vms, has, HOST, sharable=sharable, swap=swap)
    assert whole(held) == pytest.approx(vms.configured)
    assert held.swapped.sum() <= swap + 1e-6
    assert held.free == pytest.approx(has - vms.overhead.sum() - held.granted.sum(), abs=1e-6)
    if (held.missing > 0.0).any():
        idle = vms.configured - held.shared - np.minimum(vms.active, vms.configured - held.shared)
        assert held.swapped.sum() >= idle.sum() - 1e-6
    if held.victim >= 0:
        assert held.free < 0.0
        assert held.swapped.sum() == pytest.approx(swap)
    else:
        assert held.free >= -1e-5 or (vms.adjust == -1000.0).all()


def test_that_proxmox_takes_back_from_who_has_free_memory_first() -> None:
    size, least, most = np.array([4096.0, 4096.0]), np.array([1024.0] * 2), np.array([4096.0] * 2)
    pressed = proxmox.under_pressure(size, np.array([4000.0, 500.0]), least)
    assert pressed.tolist() == [True, False]
    after = proxmox.cycle(-2000.0, size, least, most, np.array([1000.0] * 2), pressed)
    assert after.tolist() == [4096.0, 3996.0]


def test_that_proxmox_leaves_alone_who_has_no_shares_and_does_nothing_for_little() -> None:
    size, least, most = np.array([2048.0] * 2), np.array([1024.0] * 2), np.array([4096.0] * 2)
    pressed = np.array([True, True])
    assert proxmox.cycle(1000.0, size, least, most, np.array([0.0, 1000.0]), pressed).tolist() == [2048.0, 2148.0]
    assert proxmox.cycle(10.0, size, least, most, np.array([1000.0] * 2), pressed).tolist() == [2048.0, 2048.0]


@given(hosts(), st.floats(-30_000.0, 30_000.0))
def test_that_a_balloon_of_proxmox_stays_within_its_limits_and_steps(host: tuple[Asking, float], goal: float) -> None:
    vms, _ = host
    size = np.clip(vms.active, vms.floor, vms.configured)
    pressed = proxmox.under_pressure(size, vms.active, vms.floor)
    after = proxmox.cycle(goal, size, vms.floor, vms.configured, vms.shares, pressed)
    assert ((after >= vms.floor - 1e-5) & (after <= vms.configured + 1e-5)).all()
    assert (np.abs(after - size) <= proxmox.MOST_MIB + 1e-5).all()
    if goal < 0.0:
        assert (after <= size + 1e-5).all()


def levels(room: float, least: Any, targets: Any, weights: Any) -> Any:
    """Raise one level by weight in small steps until the room is used."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2.0
        got = np.minimum(targets - least, middle * weights)
        low, high = (middle, high) if got.sum() <= max(room - least.sum(), 0.0) else (low, middle)
    return least + np.minimum(targets - least, low * weights)


@given(hosts())
def test_that_hyper_v_divides_a_shortage_by_one_level_above_the_minimum(host: tuple[Asking, float]) -> None:
    vms, has = host
    vms = vms._replace(floor=vms.floor + 1.0, overhead=np.zeros(vms.floor.size))
    aims = reference.target(vms.active, vms.buffer, vms.floor, vms.configured)
    found = settle("hyperv", vms, has, HOST).granted
    if aims.sum() <= has:
        assert found.tolist() == pytest.approx(aims.tolist())
    else:
        assert found == pytest.approx(levels(has, vms.floor, aims, vms.shares), abs=1e-3)
        assert found.sum() == pytest.approx(max(has, vms.floor.sum()))


def test_that_static_memory_of_hyper_v_is_all_that_is_configured() -> None:
    held = settle("hyperv", asking([4096.0, 4096.0], [100.0, 100.0], floor=[4096.0, 512.0]), 16_384.0, 16_384.0)
    assert held.granted.tolist() == [4096.0, 512.0]
    assert held.free == 16_384.0 - 4608.0


def test_that_waiting_for_memory_grows_with_what_is_missing() -> None:
    found = stalled(np.array([0.0, 0.01, 1.0, 0.0]), np.array([0.0, 0.0, 0.0, 0.1]), 100.0)
    assert found.tolist() == pytest.approx([0.0, 0.5, 100 / 101, 0.5])
