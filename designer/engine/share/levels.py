"""How long each load was at each level: counted in whole ticks while these are of one width, else in seconds.

The seconds that are read are those that adding tick after tick in float32 gives, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, part
from designer.engine.pages import unused
from designer.engine.share.arrays import BINS, F, Histogram

_EXACT = 1 << 24
"""Whole numbers below this are exact in float32."""
_FEW = 4
"""A load that is at more levels than these for other than whole ticks gets a row for all levels."""
_ROWS_AT_ONCE = 4096
_WHOLE = ("noted", "at", "used")


def no_levels(loads: int, edges_s: F) -> Histogram:
    """The histogram of `loads` loads before the first tick; ticks of the most frequent width are counted."""
    ticks, carry, seconds = (_sparse(loads, kind) for kind in (np.uint8, np.uint8, np.float32))
    return Histogram(
        ticks, carry, np.zeros(loads, np.uint8),
        np.zeros((loads, _FEW), np.uint8), np.zeros((loads, _FEW), np.float32), seconds,
        np.full(loads, -1, np.int32), np.zeros(2, np.int64), _usual_s(edges_s),
    )  # fmt: skip


def _sparse(loads: int, kind: type[np.generic]) -> NDArray[Any]:
    """A zero for each load and level. Few are ever written to: `np.zeros` would take large pages, cleared whole."""
    size = np.dtype(kind).itemsize
    return unused(loads * BINS * size, whole=False).view(kind).reshape(loads, BINS)


def _usual_s(edges_s: F) -> np.float32:
    """The most frequent width of ticks."""
    widths = np.diff(edges_s).astype(np.float32)
    if (widths == widths[0]).all():
        return np.float32(widths[0])
    each, often = np.unique(widths, return_counts=True)
    return np.float32(each[np.argmax(often)])


@part
def find_levels(n: int, per_bin: float, got: Any, at: Any) -> None:
    """Fill in at which level a load is in each of `n` ticks, by the MHz that it got; eight ticks at once."""
    for b in range(n):
        at[b] = np.int32(min(got[b] * per_bin + 0.5, BINS - 1.0))


@part
def count_ticks(levels: Histogram, r: int, counts: Any) -> None:
    """Let load `r` be at each level for as many whole ticks as are counted, fewer than 65,536; then none are."""
    ticks, over = levels.ticks[r], 0
    for b in range(BINS):
        count = np.uint32(ticks[b]) + np.uint32(counts[b])
        ticks[b] = count
        counts[b] = count >> np.uint32(8)
        over |= counts[b]
    for b in range(BINS if over > 0 else 0):
        for _ in range(counts[b]):
            carry(levels, r, b)
        counts[b] = 0


@part
def carry(levels: Histogram, r: int, b: Any) -> None:
    """Note that load `r` was 256 ticks more at level `b`."""
    levels.used[1] += 1
    levels.carry[r, b] += 1
    if levels.carry[r, b] == 0:
        _to_seconds(levels, r, b, np.int64(1 << 16), np.float32(0.0))


@part
def add(levels: Histogram, r: int, b: Any, seconds: np.float32) -> None:
    """Add seconds that are no whole tick to those of load `r` at level `b`, after the ticks that are counted there."""
    ticks = np.int64(levels.ticks[r, b]) + (np.int64(levels.carry[r, b]) << 8)
    levels.ticks[r, b] = levels.carry[r, b] = 0
    _to_seconds(levels, r, b, ticks, seconds)


@part
def _to_seconds(levels: Histogram, r: int, b: int, ticks: Any, seconds: np.float32) -> None:
    """Add ticks, then seconds, to those of a load at a level."""
    j = _place(levels, r, b)
    cells = levels.few[r] if levels.at[r] < 0 else levels.seconds[levels.at[r]]
    total = cells[j]
    for _ in range(ticks):
        total = np.float32(total + levels.step_s)
    cells[j] = np.float32(total + seconds)


@part
def be_at_each(levels: Histogram, r: int, n: int, per_bin: float, got: Any, dt: Any) -> None:
    """Let load `r` be for `n` times `dt` at the levels of what it got in each: `per_bin` of a level a MHz."""
    none, ticks = np.uint64(BINS), levels.ticks[r]
    last, j = none, ZERO
    for b in range(n):
        at, seconds = np.uint64(min(got[b] * per_bin + 0.5, BINS - 1.0)), np.float32(dt[b])
        if seconds == levels.step_s:
            ticks[at] += 1
            if ticks[at] == 0:
                carry(levels, r, np.int64(at))
            last = none
        elif at != last:
            add(levels, r, at, seconds)
            last, j = at, _place(levels, r, at)
        else:  # no ticks are counted there
            cells = levels.few[r] if levels.at[r] < 0 else levels.seconds[levels.at[r]]
            cells[j] = np.float32(cells[j] + seconds)


@part
def _place(levels: Histogram, r: int, b: Any) -> Any:
    """Which cell of a load has its seconds at a level: one of a few, or one of its row of all levels, which it gets
    when it was at more than a few.
    """
    if levels.at[r] >= 0:
        return np.int64(b)
    count = np.int64(levels.noted[r])
    for j in range(count):
        if levels.bins[r, j] == b:
            return j
    if count < _FEW:
        levels.bins[r, count] = b
        levels.noted[r] = count + 1
        return count
    row = levels.used[0]
    for j in range(_FEW):
        levels.seconds[row, levels.bins[r, j]] = levels.few[r, j]
    levels.at[r] = row
    levels.used[0] += 1
    return np.int64(b)


def seconds_at(levels: Histogram, first: int, stop: int) -> NDArray[np.float32]:
    """Seconds that the loads from `first` on, before `stop`, were at each level (load x bin)."""
    rows = slice(first, stop)
    ticks = levels.ticks[rows].astype(np.int64)
    if levels.used[1]:
        ticks += levels.carry[rows].astype(np.int64) << 8
    found = _many(ticks, levels.step_s)
    which = np.flatnonzero((levels.at[rows] >= 0) | (levels.noted[rows] > 0))
    if which.size:
        before = _other_seconds(levels, first + which)
        cells = before != 0.0
        some = found[which]
        some[cells] = _after(before[cells], ticks[which][cells], levels.step_s)
        found[which] = some
    return found


def _other_seconds(levels: Histogram, loads: NDArray[np.int64]) -> NDArray[np.float32]:
    """Seconds of some loads at each level that are not counted in ticks."""
    found = np.zeros((loads.size, BINS), np.float32)
    for j in range(_FEW):
        some = np.flatnonzero((levels.noted[loads] > j) & (levels.at[loads] < 0))
        found[some, levels.bins[loads[some], j]] = levels.few[loads[some], j]
    wide = np.flatnonzero(levels.at[loads] >= 0)
    found[wide] = levels.seconds[levels.at[loads[wide]]]
    return found


def _many(ticks: NDArray[np.int64], step_s: np.float32) -> NDArray[np.float32]:
    """The seconds of `ticks` ticks, added one after the other from 0."""
    most = int(ticks.max(initial=0))
    if float(step_s).is_integer() and most * float(step_s) < _EXACT:
        return ticks.astype(np.float32) * step_s
    sums = np.zeros(most + 1, np.float32)
    np.add.accumulate(np.full(most, step_s), out=sums[1:])
    return sums[ticks]


def _after(seconds: NDArray[np.float32], ticks: NDArray[np.int64], step_s: np.float32) -> NDArray[np.float32]:
    """Seconds after `ticks` more ticks, added one after the other."""
    order = np.argsort(-ticks, kind="stable")
    left, found = ticks[order], seconds[order]
    while left.size and left[0] > 0:
        left = left[: np.searchsorted(-left, 0)]
        found[: left.size] += step_s
        left = left - 1
    made = np.empty_like(found)
    made[order] = found
    return made


def put_seconds(levels: Histogram, seconds: NDArray[np.float32]) -> None:
    """Make the seconds at each level (load x bin) those of a histogram in which nothing is counted yet."""
    for first in range(0, len(seconds), _ROWS_AT_ONCE):
        some = seconds[first : first + _ROWS_AT_ONCE]
        rows = np.flatnonzero(some.any(axis=1))
        at = levels.used[0] + np.arange(rows.size)
        levels.at[first + rows], levels.seconds[at] = at, some[rows]
        levels.used[0] += rows.size


def _words(cells: NDArray[Any]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Cells as words of eight bytes, and the bytes that are left."""
    of_bytes = cells.reshape(-1).view(np.uint8)
    whole = of_bytes.size // 8 * 8
    return of_bytes[:whole].view(np.uint64), of_bytes[whole:]


def copied(levels: Histogram) -> dict[str, NDArray[Any]]:
    """What `put_back` takes over: the words of cells that are not 0, and which these are."""
    of = {name: getattr(levels, name) for name in ("ticks", "few", "bins")}
    if levels.used[0]:
        of["seconds"] = levels.seconds[: levels.used[0]]
    if levels.used[1]:
        of["carry"] = levels.carry
    made: dict[str, NDArray[Any]] = {f"levels_{name}": getattr(levels, name).copy() for name in _WHOLE}
    for name, cells in of.items():
        words, rest = _words(cells)
        used = words != 0
        made |= {f"levels_{name}": words[used], f"levels_{name}_used": np.packbits(used)}
        made[f"levels_{name}_rest"] = rest.copy()
    return made


def put_back(levels: Histogram, figures: dict[str, NDArray[Any]]) -> None:
    """Make an empty histogram what `copied` gave; it stays empty where that is not there."""
    if "levels_at" not in figures:
        return
    for name in _WHOLE:
        getattr(levels, name)[:] = figures[f"levels_{name}"]
    for name in ("ticks", "carry", "few", "bins", "seconds"):
        if f"levels_{name}" in figures:
            cells = getattr(levels, name)
            words, rest = _words(cells[: levels.used[0]] if name == "seconds" else cells)
            used = np.unpackbits(figures[f"levels_{name}_used"], count=words.size).view(np.bool_)
            words[used] = figures[f"levels_{name}"]
            rest[:] = figures[f"levels_{name}_rest"]
