"""Matches traces to VMs by name, without case and domain. It never matches by place while both sides have names."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from designer.errors import ImportFileError
from designer.exchange.questions import OpenQuestionError
from designer.words import mark, tr


@dataclass(frozen=True)
class Matching:
    """Which row of a file each VM follows (by the VM's place), and what is left over on either side."""

    rows: dict[int, int]
    by_name: bool
    left_vms: list[str] = field(default_factory=list)
    left_traces: list[str] = field(default_factory=list)


def match(vms: Sequence[str], traces: Sequence[str], origin: str, of: str = mark("VM")) -> Matching:
    """Match the names of VMs with those of traces: whole names, then without case, then without domain and port; last,
    a bare number is the VM named after it (17 is vm-17). `of`: what has the names, where they are not VMs.

    Raises ImportFileError when a VM has two traces, or no name matches.
    """
    rows: dict[int, int] = {}
    taken: set[int] = set()
    for plain in (str, caseless, short, numbered):
        _round(vms, traces, origin, plain, rows, taken)
    if not rows:
        raise OpenQuestionError(
            tr(
                "No trace of {0} has the name of a {3}: it has {1}; the design has {2}. Rename one side, or "
                "attach in row order.",
                origin,
                _some(traces),
                _some(vms),
                tr(of),
            ),
            "match",
        )
    left_vms = [name for n, name in enumerate(vms) if n not in rows]
    left_traces = [name for n, name in enumerate(traces) if n not in taken]
    return Matching(rows, True, left_vms, left_traces)


def _round(
    vms: Sequence[str],
    traces: Sequence[str],
    origin: str,
    plain: Callable[[str], str],
    rows: dict[int, int],
    taken: set[int],
) -> None:
    """Match what is left of both sides by simplified names. A name that several of one side share is skipped."""
    left = [n for n in range(len(traces)) if n not in taken]
    open_vms = [n for n in range(len(vms)) if n not in rows]
    number = Counter(plain(traces[n]) for n in left)
    at = {plain(traces[n]): n for n in reversed(left)}
    several = Counter(plain(vms[n]) for n in open_vms) if plain is not str else Counter()
    for vm in open_vms:
        name = plain(vms[vm])
        if name not in at or (plain is not str and several[name] > 1):
            continue
        if number[name] > 1:
            alike = ", ".join(traces[n] for n in left if plain(traces[n]) == name)
            raise ImportFileError(
                tr(
                    "{0:,} traces of {1} may be those of {2} ({3}); give each its own name.",
                    number[name],
                    origin,
                    vms[vm],
                    alike[:200],
                )
            )
        rows[vm] = at[name]
        taken.add(at[name])


def caseless(name: str) -> str:
    """A name without its case and the spaces around it; an accent is a part of its letter, however it is written."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def short(name: str) -> str:
    """A name without its domain, port and case; an address is a whole name."""
    whole, colon, port = caseless(name).partition(":")
    whole = whole if colon and port.isdigit() else caseless(name)
    first, dot, _ = whole.partition(".")
    return first if dot and first and not first.isdigit() else whole


def numbered(name: str) -> str:
    """A bare number as the name of the VM with that number."""
    plain = short(name)
    return f"vm-{plain}" if plain.isdigit() else plain


def by_place(vms: Sequence[str], traces: int) -> Matching:
    """VMs follow rows in order, starting again from the first row after the last."""
    return Matching({n: n % traces for n in range(len(vms))}, False)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in list(names)[:3])
    return tr("{0} and {1:,} more", shown, len(names) - 3) if len(names) > 3 else shown
