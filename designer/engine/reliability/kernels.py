"""The loops of sampling: histories of components first, then only the times in which a service may be down.

Clocks of components are independent, so each one's whole history is drawn by itself, without an agenda. Time is cut
into bins that count how many parts of a service what is down there may take; only bins with enough of them are looked
at: what is down then is sorted, and the structure followed exactly, instant by instant. Random words are SplitMix64
streams (Steele, Lea and Flood 2014), each begun by a Philox word of (seed, component, replica), so a replica can be
drawn again alone. Exponential and normal numbers come by ziggurats (Marsaglia and Tsang 2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from designer.engine.chance import words
from designer.engine.compiled import ZERO, BriefCompiler, PartCompiler
from designer.engine.compiled import part as phase
from designer.engine.reliability.laws import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, UNIFORM, WEIBULL

F = TypeVar("F", bound=Callable[..., Any])
_jit: Any = partial(numba.njit, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)


def kernel(function: F) -> F:
    """Compile a function that Python calls, also several threads at once; keep it on disk."""
    made: F = _jit(function, nogil=True, cache=True, pipeline_class=BriefCompiler)
    return made


def part(function: F) -> F:
    """Compile a function into each place of a kernel that calls it: what is drawn most often. `phase` leaves that to
    the compiler."""
    made: F = _jit(function, no_cpython_wrapper=True, forceinline=True, pipeline_class=PartCompiler)
    return made


_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_C1 = np.uint64(0xBF58476D1CE4E5B9)
_C2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11), np.uint64(12)
_S3, _S8, _S1 = np.uint64(3), np.uint64(8), np.uint64(1)
_BYTE, _ONE = np.uint64(0xFF), np.uint64(1)
_UNIT = 1.0 / 9007199254740992.0
_R_EXP, _V_EXP = 7.69711747013104972, 3.9496598225815571993e-3
_R_NOR, _V_NOR = 3.6541528853610088, 4.92867323399e-3
NO_ROW = np.uint64(0xFFFFFFFFFFFFFFFF)
FULL = -1
"""What `histories` says where its arrays are too short."""


def _height(row: int, x: float) -> float:
    return math.exp(-x) if row == 0 else math.exp(-x * x / 2.0)


def _where(row: int, height: float) -> float:
    return -math.log(height) if row == 0 else math.sqrt(-2.0 * math.log(height))


def ziggurat_tables() -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
    """Tables of the exponential law (rows 0 widths, 1 heights) and of the normal law (rows 2, 3), and their bounds."""
    floats, bounds = np.zeros((4, 256)), np.zeros((2, 256), np.uint64)
    for row, (edge, area, bits) in enumerate(((_R_EXP, _V_EXP, 53), (_R_NOR, _V_NOR, 52))):
        scale, x, last = 2.0**bits, edge, edge
        base = area / _height(row, edge)
        bounds[row, 0] = np.uint64(edge / base * scale)
        floats[2 * row, 0], floats[2 * row, 255] = base / scale, edge / scale
        floats[2 * row + 1, 0], floats[2 * row + 1, 255] = 1.0, _height(row, edge)
        for n in range(254, 0, -1):
            x = _where(row, area / last + _height(row, last))
            bounds[row, n + 1] = np.uint64(x / last * scale)
            last = x
            floats[2 * row + 1, n], floats[2 * row, n] = _height(row, x), x / scale
    return floats, bounds


@part
def _word(state: Any) -> Any:
    """The random word of a state that has been moved on."""
    z = state
    z = (z ^ (z >> _S30)) * _C1
    z = (z ^ (z >> _S27)) * _C2
    return z ^ (z >> _S31)


@part
def _exponential(state: Any, floats: Any, bounds: Any) -> Any:
    while True:
        state += _GAMMA
        w = _word(state) >> _S3
        n = w & _BYTE
        w >>= _S8
        x = float(w) * floats[0, n]
        if w < bounds[0, n]:
            return x, state
        state += _GAMMA
        u = (float(_word(state) >> _S11) + 0.5) * _UNIT
        if n == 0:
            return _R_EXP - math.log(u), state
        if (floats[1, n - _ONE] - floats[1, n]) * u + floats[1, n] < math.exp(-x):
            return x, state


@part
def _normal(state: Any, floats: Any, bounds: Any) -> Any:
    while True:
        state += _GAMMA
        w = _word(state)
        n = w & _BYTE
        w >>= _S8
        sign = 1.0 - 2.0 * float(w & _ONE)
        w = (w >> _S1) & np.uint64(0xFFFFFFFFFFFFF)
        x = float(w) * floats[2, n]
        if w < bounds[1, n]:
            return sign * x, state
        state += _GAMMA
        u = (float(_word(state) >> _S11) + 0.5) * _UNIT
        if n == 0:
            while True:
                state += _GAMMA
                v = (float(_word(state) >> _S11) + 0.5) * _UNIT
                tail = -math.log(u) / _R_NOR
                if -2.0 * math.log(v) > tail * tail:
                    return sign * (_R_NOR + tail), state
                state += _GAMMA
                u = (float(_word(state) >> _S11) + 0.5) * _UNIT
        if (floats[3, n - _ONE] - floats[3, n]) * u + floats[3, n] < math.exp(-x * x / 2.0):
            return sign * x, state


@phase
def _gamma(shape: Any, state: Any, floats: Any, bounds: Any) -> Any:
    """A gamma number of mean `shape` (Marsaglia and Tsang 2000)."""
    boost = 1.0
    if shape < 1.0:
        state += _GAMMA
        boost = ((float(_word(state) >> _S11) + 0.5) * _UNIT) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x, state = _normal(state, floats, bounds)
        v = (1.0 + c * x) ** 3
        if v > 0.0:
            state += _GAMMA
            u = (float(_word(state) >> _S11) + 0.5) * _UNIT
            if math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
                return d * v * boost, state


@part
def _other(code: Any, a: Any, b: Any, c: Any, state: Any, floats: Any, bounds: Any, recorded: Any) -> Any:
    """A time by any law but the exponential one."""
    if code == WEIBULL:
        x, state = _exponential(state, floats, bounds)
        return a * x**b, state
    if code == LOGNORMAL:
        x, state = _normal(state, floats, bounds)
        return math.exp(a + b * x), state
    if code == FIXED:
        return a, state
    if code == GAMMA:
        x, state = _gamma(a, state, floats, bounds)
        return b * x, state
    state += _GAMMA
    u = float(_word(state) >> _S11) * _UNIT
    if code == UNIFORM:
        return a + b * u, state
    return recorded[np.int64(a) + np.int64(b * u)], state


@part
def draw(code: Any, a: Any, b: Any, c: Any, state: Any, floats: Any, bounds: Any, recorded: Any) -> Any:
    """A time by a law, and the state of the stream after it."""
    if code == EXPONENTIAL:
        x, state = _exponential(state, floats, bounds)
        return a * x, state
    return _other(code, a, b, c, state, floats, bounds, recorded)


@part
def uniform(state: Any) -> Any:
    """A number from 0 to below 1, and the state of the stream after it."""
    state += _GAMMA
    return float(_word(state) >> _S11) * _UNIT, state


@phase
def _residual(code: Any, a: Any, b: Any, c: Any, state: Any, floats: Any, bounds: Any, recorded: Any) -> Any:
    """What is left of a time that is under way in the long run: part of one drawn by its length."""
    if code == EXPONENTIAL:
        x, state = _exponential(state, floats, bounds)
        return a * x, state
    if code == WEIBULL:
        x, state = _gamma(1.0 + b, state, floats, bounds)
        x = a * x**b
    elif code == LOGNORMAL:
        x, state = _normal(state, floats, bounds)
        x = math.exp(a + b * b + b * x)
    elif code == FIXED:
        x = a
    elif code == GAMMA:
        x, state = _gamma(a + 1.0, state, floats, bounds)
        x *= b
    elif code == UNIFORM:
        state += _GAMMA
        u = float(_word(state) >> _S11) * _UNIT
        x = math.sqrt(a * a + u * b * (2.0 * a + b))
    else:
        state += _GAMMA
        u = float(_word(state) >> _S11) * _UNIT * c
        n = np.int64(a)
        while n < np.int64(a) + np.int64(b) - 1 and u >= recorded[n]:
            u -= recorded[n]
            n += 1
        x = recorded[n]
    state += _GAMMA
    return x * (float(_word(state) >> _S11) + 0.5) * _UNIT, state


@part
def _gate(
    n: Any, change: Any, time: Any, begin: Any, end: Any, tree: Any, held: Any, gates: Any, since: Any, out: Any
) -> None:
    """A leaf or gate `n` has come (1) or gone (-1): tell those above; a service at the top notes its outage."""
    above, above_first = tree.above, tree.above_first
    top = 0
    gates[top, 0], gates[top, 1] = n, change
    while top >= 0:
        n, change = gates[top, 0], gates[top, 1]
        top -= 1
        for i in range(above_first[n], above_first[n + 1]):
            g = above[i]
            held[g] += change
            crossed = held[g] == tree.k[g] if change > 0 else held[g] == tree.k[g] - 1
            if crossed:
                s = tree.service[g]
                if s >= 0:
                    if change < 0:
                        since[s] = time
                        out[s, 1] += 1.0 if time > begin else 0.0
                    else:
                        out[s, 0] += min(time, end) - since[s]
                else:
                    top += 1
                    gates[top, 0], gates[top, 1] = tree.node[g], change


@part
def scan(
    c: Any, state: Any, end: Any, n: Any, laws: Any, floats: Any, bounds: Any, begins: Any, ends: Any, whose: Any
) -> Any:
    """Note the down times of a component that is new at 0 from row `n` on; the next row."""
    up_code, a, b, x = laws.up_code[c], laws.up[c, 0], laws.up[c, 1], laws.up[c, 2]
    down_code, d, e, y = laws.down_code[c], laws.down[c, 0], laws.down[c, 1], laws.down[c, 2]
    t = 0.0
    while n < np.uint64(begins.size):
        gap, state = draw(up_code, a, b, x, state, floats, bounds, laws.recorded)
        t += gap
        if t >= end:
            break
        begins[n], whose[n] = t, c
        gap, state = draw(down_code, d, e, y, state, floats, bounds, laws.recorded)
        t += gap
        ends[n] = t
        n += _ONE
        if t >= end:
            break
    return n


@part
def _history(
    c: Any, state: Any, fresh: Any, end: Any, per_hour: Any, n: Any, laws: Any, tree: Any, floats: Any, bounds: Any,
    begins: Any, ends: Any, whose: Any, bins: Any,
) -> Any:  # fmt: skip
    """Note the down times of a component from row `n` on; the next row, or none where there are too few, and whether
    a bin has become suspect."""
    up_code, a, b, x = laws.up_code[c], laws.up[c, 0], laws.up[c, 1], laws.up[c, 2]
    down_code, d, e, y = laws.down_code[c], laws.down[c, 0], laws.down[c, 1], laws.down[c, 2]
    most = np.uint64(begins.size - 1)
    t = 0.0
    is_down = suspect = False
    started = fresh or (up_code == EXPONENTIAL and down_code == EXPONENTIAL)
    if not fresh:
        state += _GAMMA
        is_down = float(_word(state) >> _S11) * _UNIT < laws.chance_down[c]
    while True:
        if not is_down:
            if up_code == EXPONENTIAL:
                gap, state = _exponential(state, floats, bounds)
                gap *= a
            elif started:
                gap, state = _other(up_code, a, b, x, state, floats, bounds, laws.recorded)
            else:
                gap, state = _residual(up_code, a, b, x, state, floats, bounds, laws.recorded)
            t += gap
            started = True
            if t >= end:
                return n, suspect
        if n == most:
            return NO_ROW, suspect
        begins[n], whose[n] = t, c
        if down_code == EXPONENTIAL:
            gap, state = _exponential(state, floats, bounds)
            gap *= d
        elif started:
            gap, state = _other(down_code, d, e, y, state, floats, bounds, laws.recorded)
        else:
            gap, state = _residual(down_code, d, e, y, state, floats, bounds, laws.recorded)
        is_down, started = False, True
        low = np.uint64(t * per_hour)
        t += gap
        ends[n] = t
        n += _ONE
        suspect |= _mark(c, low, np.uint64(min(t, end) * per_hour), tree, bins)
        if t >= end:
            return n, suspect


@part
def _shorter(
    c: Any, end: Any, per_hour: Any, n: Any, laws: Any, tree: Any, begins: Any, ends: Any, whose: Any, bins: Any,
    first: Any,
) -> Any:  # fmt: skip
    """Note the down times of a component that fails with another, for a time at most; as `_history`. What is down from
    the beginning on has been so for longer.
    """
    base, within_h = laws.base[c], laws.within_h[c]
    most = np.uint64(begins.size - 1)
    suspect = False
    for i in range(first[base], first[base + 1]):
        if begins[i] <= 0.0:
            continue
        if n == most:
            return NO_ROW, suspect
        begins[n], ends[n], whose[n] = begins[i], min(ends[i], begins[i] + within_h), c
        suspect |= _mark(c, np.uint64(begins[i] * per_hour), np.uint64(min(ends[n], end) * per_hour), tree, bins)
        n += _ONE
    return n, suspect


@part
def _mark(c: Any, low: Any, high: Any, tree: Any, bins: Any) -> Any:
    """Count in bins what a component may take while it is down; whether one of them has become suspect."""
    suspect = False
    high = min(high, np.uint64(bins.held.shape[1] - 1))
    for i in range(tree.touch_first[c], tree.touch_first[c + 1]):
        screen, weight = tree.touch[i], tree.weight[i]
        b = low
        while b <= high:
            held = bins.held[screen, b] + weight
            bins.held[screen, b] = held
            if held >= tree.enough[screen]:
                bins.flags[b] = 1
                suspect = True
            b += _ONE
    return suspect


@kernel
def histories(
    first: Any, count: Any, fresh: Any, end: Any, keys: Any, seed: Any, laws: Any, tree: Any, floats: Any, bounds: Any,
    begins: Any, ends: Any, whose: Any, bins: Any, scratch: Any, totals: Any,
) -> Any:  # fmt: skip
    """Fill `totals[r, service] = (downtime, outages)` for replicas `first + r`; how many failures were drawn.

    fresh: all up and new at 0, else as in the long run. begins, ends, whose: scratch, a row an interval of down time.
    Returns FULL where that has too few rows.
    """
    per_hour = bins.held.shape[1] / end
    last_bin = np.uint64(bins.held.shape[1] - 1)
    drawn: Any = 0
    for r in range(count):
        replica = np.uint64(first + r)
        lane = np.int64(replica & np.uint64(3))
        if lane == 0 or r == 0:
            for c in range(keys.size):
                w = words(keys[c], seed, replica >> np.uint64(2), np.uint64(0))
                scratch.lanes[c, 0], scratch.lanes[c, 1], scratch.lanes[c, 2], scratch.lanes[c, 3] = w
        bins.held[:] = 0
        bins.flags[:] = 0
        n = np.uint64(0)
        flagged = False
        for c in range(keys.size):
            scratch.first[c] = n
            if laws.base[c] >= 0:
                n, suspect = _shorter(c, end, per_hour, n, laws, tree, begins, ends, whose, bins, scratch.first)
            else:
                n, suspect = _history(
                    c,
                    scratch.lanes[c, lane],
                    fresh,
                    end,
                    per_hour,
                    n,
                    laws,
                    tree,
                    floats,
                    bounds,
                    begins,
                    ends,
                    whose,
                    bins,
                )
            if n == NO_ROW:
                return FULL
            flagged |= suspect
        scratch.first[keys.size] = n
        drawn += np.int64(n)
        if flagged:
            _follow(n, end, per_hour, last_bin, tree, begins, ends, whose, bins, scratch, totals[r])
    return drawn


@part
def _follow(
    n: Any, end: Any, per_hour: Any, last_bin: Any, tree: Any, begins: Any, ends: Any, whose: Any, bins: Any,
    scratch: Any, out: Any,
) -> None:  # fmt: skip
    """Follow the structure through the bins that are flagged: sort what is down in them, instant by instant."""
    times, what = scratch.times, scratch.what
    m = ZERO
    for i in range(n):
        low = np.uint64(begins[i] * per_hour)
        high = min(np.uint64(min(ends[i], end) * per_hour), last_bin)
        while low <= high:
            if bins.flags[low]:
                times[m], what[m] = begins[i], -1 - np.int64(whose[i])
                times[m + 1], what[m + 1] = ends[i], np.int64(whose[i])
                m += 2
                break
            low += _ONE
    _sort(times, what, m)
    for i in range(m):
        leaf = what[i] if what[i] >= 0 else -1 - what[i]
        _gate(
            leaf, 1 if what[i] >= 0 else -1, times[i], 0.0, end, tree, scratch.held, scratch.stack, scratch.since, out
        )


@part
def _sort(times: Any, what: Any, m: Any) -> None:
    """By time, then repairs before failures, then number: Shell's sort, in place."""
    gap = 1
    while gap < m // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, m):
            time, one = times[i], what[i]
            j = i
            while j >= gap and (times[j - gap] > time or (times[j - gap] == time and what[j - gap] < one)):
                times[j], what[j] = times[j - gap], what[j - gap]
                j -= gap
            times[j], what[j] = time, one
        gap //= 3
