"""The meaning of column titles: the same word whatever its case, spaces, brackets and unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

TIME_UNIT_WORDS = {
    word: unit
    for unit, words in {
        "s": "s sec secs second seconds sekunden", "ms": "ms msec millis milliseconds", "us": "us µs microseconds",
        "ns": "ns nanoseconds", "min": "min mins minute minutes minuten", "h": "h hr hrs hour hours stunden",
        "d": "d day days tage",
    }.items()
    for word in words.split()
}  # fmt: skip
"""Words for units of time."""
NAMES = ("vm", "vmid", "vmname", "virtualmachine", "entity", "instance", "instanceid", "instancename", "machine",
         "machineid", "machinename", "series", "name", "resource", "resourcename", "object", "server", "servername",
         "node", "host", "hostname", "id", "service", "servicename", "application", "app")  # fmt: skip
"""Titles of a column of names, the surest first."""
TIMES = ("timestamp", "timestampms", "time", "times", "timems", "seconds", "datetime", "date", "dateandtime", "epoch",
         "epochms", "unixtime", "ts", "t")  # fmt: skip
TIME_WORDS = frozenset((*TIMES, "elapsed", "unix", "utc", "gmt", "sample", "zeit", *TIME_UNIT_WORDS))
"""Words of which titles of times are made."""
LOADS = (
    "cpupercent", "cpuutilpercent", "cpuusagepercent", "cpu%", "cpuusage%", "cpuutil%", "cpuusage", "cpuutilization",
    "cpuutil", "cpuload", "loadpercent", "load%", "loadfrac", "loadfraction", "cpu", "load", "utilization", "util",
    "usage", "percent", "fraction", "value",
    "rps", "qps", "reqs", "reqpersec", "requestrate", "requestspersec", "requestspersecond", "requestss",
    "requests", "requestcount", "requestcountpertarget", "hits", "invocations",
)  # fmt: skip
"""Titles of a column of loads, the surest first: CPU, then requests a second and in each sample, of services."""
REQUESTS = LOADS[LOADS.index("rps") :]
RATES = REQUESTS[: REQUESTS.index("requests")]
FRACTIONS = frozenset(("fraction", "frac", "ratio", "0..1", "0-1"))
UNITS_OF_LOADS = frozenset(("", "%", "percent", "/s", "req/s", *FRACTIONS))
OTHER_UNITS = frozenset((
    "hz", "mhz", "ghz", "mips", "ms", "us", "ns", "s", "sec", "seconds", "cores", "vcpus", "bytes", "kb", "mb", "gb",
    "kib", "mib", "gib", "kbps", "mbps", "iops", "watts", "w",
))  # fmt: skip
"""Words of titles for units in which a load is no part of a VM's CPU."""
MEASURES = frozenset((
    "memory", "ms", "us", "queue", "length", "depth", "active", "consumed", "speed", "requests", "connections",
    "sessions", "errors", "uptime", "swapped", "balloon", "ballooned", "entitlement", "demand", "cached", "buffers",
    "mem", "ram", "disk", "disks", "storage", "network", "net", "nic", "io", "iops", "read", "reads",
    "write", "writes", "received", "transmitted", "throughput", "swap", "cores", "core", "vcpus", "capacity",
    "provisioned", "bandwidth", "latency", "temperature", "power", "watts", "packets", "bytes", "kb", "mb",
    "gb", "ready", "steal", "wait", "mhz", "usage", "util", "utilization", "total", "avg", "average", "max",
    "min", "free", "used", "in", "out", "rx", "tx", "kbps", "mbps", "percent", "pct", "%", "size", "rate",
    "count", "cpu", "load",
))  # fmt: skip
"""Words of titles for figures of a machine, which are no names of VMs."""

_BRACKETS = re.compile(r"[\[(]\s*([^\])]*?)\s*[\])]")
_WORDS = re.compile(r"[^\W_]+|%|µs", re.UNICODE)


@dataclass(frozen=True)
class Title:
    """A title as written in the file, its joined words, and the unit it names."""

    text: str
    key: str
    words: tuple[str, ...]
    unit: str = ""

    @property
    def is_percent(self) -> bool:
        """Whether it names percent."""
        known = {"%", "percent", "percentage", "pct", "perc"}
        return self.unit == "%" or self.key.endswith(("percent", "%")) or not known.isdisjoint(self.words)

    @property
    def is_fraction(self) -> bool:
        """Whether it names a fraction of 1."""
        named = self.key.endswith(("frac", "fraction")) or "ratio" in self.words
        return named or self.unit.lower() in FRACTIONS

    @property
    def time_unit(self) -> str:
        """The unit of time that it names, or empty."""
        named = TIME_UNIT_WORDS.get(self.unit.lower(), "")
        if not named and self.key.endswith("ms") and self.key in TIMES:
            return "ms"
        return named or next((TIME_UNIT_WORDS[word] for word in reversed(self.words) if word in TIME_UNIT_WORDS), "")

    @property
    def is_time(self) -> bool:
        """Whether it names a time: as a whole, or by its words, as "elapsed seconds" and "time_us" do."""
        if self.key in TIMES:
            return True
        return TIME_WORDS.issuperset(self.words) and any(len(word) > 3 for word in self.words)

    @property
    def other_unit(self) -> str:
        """The unit that it names where that is neither percent nor fraction; else empty."""
        if self.unit.lower() not in UNITS_OF_LOADS:
            return self.unit
        return next((word for word in self.words if word in OTHER_UNITS), "")

    @property
    def is_measure(self) -> bool:
        """Whether it names a load, or all its words are figures of a machine, numbered or not ("cpu0", "core 1")."""
        words = [word for word in (word.rstrip("0123456789") for word in self.words) if word]
        return self.key in LOADS or (bool(words) and all(word in MEASURES for word in words))


def title_of(text: str) -> Title:
    """The meaning of a title."""
    plain = text.strip()
    found = _BRACKETS.search(plain)
    unit = found[1] if found else ""
    words = tuple(_WORDS.findall((_BRACKETS.sub(" ", plain) if found else plain).lower()))
    return Title(plain, "".join(words) + ("%" if unit == "%" and "%" not in words else ""), words, unit)


def surest(titles: Sequence[Title], known: Sequence[str]) -> int | None:
    """The index of the column whose title is the surest known one, or None. A load in MHz is none of these."""
    units = UNITS_OF_LOADS if known is LOADS else None
    places = {t.key: n for n, t in reversed(list(enumerate(titles))) if units is None or t.unit.lower() in units}
    by_words = next((n for n, title in enumerate(titles) if title.is_time), None) if known is TIMES else None
    return next((places[key] for key in known if key in places), by_words)
