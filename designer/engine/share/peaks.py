"""The most that units are asked for, of what they have, within each recording step.

A host has its own, noted with what it gives. What a domain is asked for is the sum of all beneath it at one moment, so
units tell the domain that they stand in what they ask for as each tick begins, and what changes within a tick; domains
tell theirs when ticks are settled. Sums are of whole numbers (parts of a MHz): they do not depend on which unit is
brought forward first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import brief_door, part
from designer.engine.share.arrays import I, Peaks, Ticks, Units, brief

PARTS = 1048576.0
"""Parts of a MHz."""


@part
def note(
    u: int, k: int, n: int, t: float, capacity: float, asked: Any, ticks: Ticks, units: Units, peaks: Peaks
) -> None:
    """Tell the domain of a unit what it is asked for in `n` ticks from `k`, from `t` or from the beginning of each."""
    hosts, first, had = units.rows.size - peaks.begin.shape[0], 0, np.int64(capacity * PARTS + 0.5)
    d = u - hosts if u >= hosts else units.rows[u].above
    if d < 0:
        return
    if t > ticks.edges[k]:
        _change(u, k, t, np.int64(asked[0] * PARTS + 0.5), had, peaks)
        first = 1
    begin = peaks.begin[d]
    for b in range(first, n):
        begin[k + b, 0] += np.int64(asked[b] * PARTS + 0.5)
        begin[k + b, 1] += had
    last = peaks.last[u]
    last[0], last[1], last[2] = k + n - 1, np.int64(asked[n - 1] * PARTS + 0.5), had
    peaks.last[hosts + d, 3] = 1


@part
def note_gone(u: int, k: int, t: float, ticks: Ticks, peaks: Peaks) -> None:
    """Note that a unit, from `t` in tick `k` on, is asked for nothing and has nothing."""
    if t > ticks.edges[k] and peaks.last[u, 0] == k:
        _change(u, k, t, np.int64(0), np.int64(0), peaks)
        peaks.last[u, 1] = peaks.last[u, 2] = 0


@part
def _change(u: int, k: int, t: float, asked: Any, had: Any, peaks: Peaks) -> None:
    last = peaks.last[u]
    if last[0] == k:
        asked, had = asked - last[1], had - last[2]
    if asked != 0 or had != 0:
        n = peaks.noted[0]
        peaks.at_s[n] = t
        change = peaks.changes[n]
        change[0], change[1], change[2] = u, asked, had
        peaks.noted[0] = n + 1


@brief_door
def settle(first: int, stop: int, order: I, ticks: Ticks, units: Units, peaks: Peaks) -> None:
    """Fill in the most of all domains in the ticks from `first` to `stop`, with the changes in them in `order`."""
    domains, j = peaks.begin.shape[0], 0
    for i in range(peaks.order.size):
        d = peaks.order[i]
        above = units.rows[units.rows.size - domains + d].above
        if above >= 0 and peaks.last[units.rows.size - domains + d, 3] != 0:
            peaks.last[units.rows.size - domains + above, 3] = 1
            for k in range(first, stop):
                peaks.begin[above, k, 0] += peaks.begin[d, k, 0]
                peaks.begin[above, k, 1] += peaks.begin[d, k, 1]
    for d in range(domains):
        for k in range(first, stop):
            _look(d, k, ticks, units, peaks)
    for k in range(first, stop):
        while j < order.size and peaks.at_s[order[j]] < ticks.edges[k + 1]:
            t, i = peaks.at_s[order[j]], j
            while j < order.size and peaks.at_s[order[j]] == t:
                _add(k, peaks.changes[order[j]], units, peaks)
                j += 1
            if j - i > domains:  # what did not change is as it was looked at
                for d in range(domains):
                    _look(d, k, ticks, units, peaks)
            for n in range(i, j if j - i <= domains else i):
                d = _first_domain(peaks.changes[order[n], 0], units, domains)
                while d >= 0:
                    _look(d, k, ticks, units, peaks)
                    d = units.rows[units.rows.size - domains + d].above


@part
def _add(k: int, change: Any, units: Units, peaks: Peaks) -> None:
    domains = peaks.begin.shape[0]
    d = _first_domain(change[0], units, domains)
    while d >= 0:
        peaks.begin[d, k, 0] += change[1]
        peaks.begin[d, k, 1] += change[2]
        d = units.rows[units.rows.size - domains + d].above


@part
def _first_domain(u: int, units: Units, domains: int) -> int:
    """The domain that a unit is, or the one that it stands in (-1: none)."""
    hosts = units.rows.size - domains
    return u - hosts if u >= hosts else units.rows[u].above


@part
def _look(d: int, k: int, ticks: Ticks, units: Units, peaks: Peaks) -> None:
    column = units.rows.size - peaks.begin.shape[0] + d
    if peaks.last[column, 3] == 0:
        return
    asked, had = peaks.begin[d, k, 0], peaks.begin[d, k, 1]
    if had > 0:
        row = ticks.row[k]
        peaks.heat[row, column] = max(peaks.heat[row, column], asked / had)


def room_for(peaks: Peaks, more: int) -> Peaks:
    """The same with room for this many more changes."""
    count = int(peaks.noted[0])
    if count + more <= peaks.at_s.size:
        return peaks
    at_s, changes = np.empty(2 * (count + more)), np.empty((2 * (count + more), 3), np.int64)
    at_s[:count], changes[:count] = peaks.at_s[:count], peaks.changes[:count]
    return peaks._replace(at_s=at_s, changes=changes)


def settle_rows(first_row: int, stop_row: int, ticks: Ticks, units: Units, peaks: Peaks) -> None:
    """Make the most of some recording steps final; all units are advanced to their end. Their changes are dropped."""
    first, stop = (int(k) for k in np.searchsorted(ticks.row, [first_row, stop_row]))
    count = int(peaks.noted[0])
    over = peaks.at_s[:count] < ticks.edges[stop]
    rows = np.flatnonzero(over)
    settle(first, stop, rows[np.argsort(peaks.at_s[rows], kind="stable")], ticks, units, peaks)
    rest = np.flatnonzero(~over)
    peaks.at_s[: rest.size], peaks.changes[: rest.size] = peaks.at_s[rest], peaks.changes[rest]
    peaks.noted[0] = rest.size


def copied(first: int, stop: int, peaks: Peaks) -> dict[str, NDArray[Any]]:
    """What is not final from tick `first` on, before tick `stop`, for `restored`."""
    count = int(peaks.noted[0])
    return {
        "peaks_begin": peaks.begin[:, first:stop].copy(),
        "peaks_last": peaks.last.copy(),
        "peaks_at_s": peaks.at_s[:count].copy(),
        "peaks_unit": peaks.changes[:count, 0].astype(np.int32),
        "peaks_asked": peaks.changes[:count, 1].copy(),
        "peaks_had": brief(peaks.changes[:count, 2]),
    }


def restored(first: int, saved: dict[str, Any], peaks: Peaks) -> Peaks:
    """Restore what `copied` returned from tick `first` on."""
    count = saved["peaks_at_s"].size
    peaks.begin[:, first : first + saved["peaks_begin"].shape[1]] = saved["peaks_begin"]
    peaks.last[:] = saved["peaks_last"]
    peaks = room_for(peaks, count)
    peaks.at_s[:count] = saved["peaks_at_s"]
    for n, name in enumerate(("peaks_unit", "peaks_asked", "peaks_had")):
        peaks.changes[:count, n] = saved[name]
    peaks.noted[0] = count
    return peaks
