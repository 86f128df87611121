"""Units: one base unit a quantity; only this module converts, prints and reads them.

Binary for memory and disk (MiB, GiB), decimal for wire rates (Mbit/s); seconds in the engine, hours in a design.
The window may show and read others that the user has chosen (`choose`); what is stored, and the command line, do not
change.
"""

from __future__ import annotations

import re

from designer.errors import RuleError
from designer.words import tr

# For each base unit: (suffix, how many base units it is), smallest first. The first row is the base itself.
SCALES: dict[str, tuple[tuple[str, float], ...]] = {
    "MiB": (("MiB", 1.0), ("GiB", 1024.0), ("TiB", 1024.0**2), ("PiB", 1024.0**3)),
    "GiB": (("GiB", 1.0), ("TiB", 1024.0), ("PiB", 1024.0**2)),
    "Mbit/s": (("Mbit/s", 1.0), ("Gbit/s", 1e3), ("Tbit/s", 1e6)),
    "MHz": (("MHz", 1.0), ("GHz", 1e3)),
    "W": (("W", 1.0), ("kW", 1e3), ("MW", 1e6)),
    "Wh": (("Wh", 1.0), ("kWh", 1e3), ("MWh", 1e6)),
    "s": (("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86400.0)),
    "h": (("h", 1.0), ("d", 24.0), ("y", 8760.0)),
    "req/s": (("req/s", 1.0), ("kreq/s", 1e3), ("Mreq/s", 1e6)),
}

# What the user may have in place of these: suffixes and how many base units each is.
_MIB = 2.0**20
CHOICES: dict[str, dict[str, tuple[tuple[str, float], ...]]] = {
    "decimal": {
        "MiB": (("MB", 1e6 / _MIB), ("GB", 1e9 / _MIB), ("TB", 1e12 / _MIB), ("PB", 1e15 / _MIB)),
        "GiB": (("GB", 1e9 / 2.0**30), ("TB", 1e12 / 2.0**30), ("PB", 1e15 / 2.0**30)),
    },
    "bytes": {"Mbit/s": (("MB/s", 8.0), ("GB/s", 8e3), ("TB/s", 8e6))},
    "watts": {"W": (("W", 1.0),), "Wh": (("Wh", 1.0),)},
    "kilowatts": {"W": (("kW", 1e3),), "Wh": (("kWh", 1e3),)},
}
_chosen: dict[str, tuple[tuple[str, float], ...]] = {}

# Other spellings that people type, by base unit (lower case -> base units).
_SPELLINGS: dict[str, dict[str, float]] = {
    "MiB": {
        "m": 1,
        "mb": 1,
        "g": 1024,
        "gb": 1024,
        "t": 1024**2,
        "tb": 1024**2,
        "k": 1 / 1024,
        "kib": 1 / 1024,
    },
    "GiB": {"g": 1, "gb": 1, "m": 1 / 1024, "mb": 1 / 1024, "mib": 1 / 1024, "t": 1024, "tb": 1024},
    "Mbit/s": {"mb/s": 8, "gb/s": 8e3, "m": 1, "mbps": 1, "g": 1e3, "gbps": 1e3, "k": 1e-3, "kbit/s": 1e-3, "t": 1e6},
    "MHz": {"m": 1, "g": 1e3},
    "W": {"k": 1e3},
    "Wh": {"k": 1e3},
    "s": {
        "sec": 1,
        "m": 60,
        "hour": 3600,
        "hours": 3600,
        "day": 86400,
        "days": 86400,
        "ms": 1e-3,
        "w": 604800,
    },
    "h": {"min": 1 / 60, "m": 1 / 60, "s": 1 / 3600, "hours": 1, "days": 24, "years": 8760, "w": 168},
    "req/s": {"k": 1e3, "m": 1e6},
    "fraction": {"%": 0.01},
    "%": {"%": 1},
}

_NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:[ ,]\d{3})+|\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(.*?)\s*$", re.DOTALL)
_SPAN_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(w|d|h|min|m|s)")
_SPAN_S = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0}
MOST_SPAN_S = 1e6 * 86400.0
"""The longest span of time that is read."""
_CLOCK = re.compile(r"(?:(\d{1,9})d\s*)?(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?$")


def choose(*choices: str) -> None:
    """Show and read some quantities in other units from now on, by names in `CHOICES`; none: as they are stored.

    With "decimal", 1 GB is 1000 MB, shown and typed; without it, "GB" is read as GiB, as hypervisors write it.
    """
    _chosen.clear()
    for choice in choices:
        _chosen.update(CHOICES.get(choice, {}))


def chosen() -> frozenset[str]:
    """The base units in place of which others are shown."""
    return frozenset(_chosen)


def number(value: float, digits: int = 4) -> str:
    """A number with at most `digits` significant digits, thousands separated, no trailing zeros."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    if "e" in text:
        return text
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(value: float, unit: str) -> tuple[float, str]:
    """The value and the most readable suffix: (2048, "MiB") -> (2.0, "GiB")."""
    if unit == "fraction":
        return value * 100.0, "%"
    if unit == "s" and 0.0 < abs(value) < 1.0:
        return value * 1e3, "ms"
    scales = _chosen.get(unit) or SCALES.get(unit, ())
    best = (value / scales[0][1], scales[0][0]) if scales else (value, unit)
    for suffix, factor in scales:
        if abs(value) >= factor:
            best = (value / factor, suffix)
    return best


def text(value: float, unit: str = "", digits: int = 4) -> str:
    """A quantity for people: text(131072, "MiB") -> "128 GiB"; NaN is "not known"."""
    if value != value:
        return tr("not known")
    shown, suffix = scaled(value, unit)
    return _joined(number(shown, digits), suffix)


def file_size_text(count: float) -> str:
    """The size of a file of `count` bytes, for people: file_size_text(7832) -> "7.65 KiB"."""
    return text(count / 2**20, "MiB", 3) if count >= 2**20 else _joined(number(count / 2**10, 3), "KiB")


def _joined(shown: str, suffix: str) -> str:
    """A number with its unit: "5 GiB", "5%"."""
    return f"{shown}{suffix}" if suffix == "%" else f"{shown} {suffix}".strip()


def part_text(part: float, whole: float, unit: str) -> str:
    """A part and its whole in one unit: part_text(1536, 4096, "MiB") -> "1.5 / 4 GiB"."""
    shown, suffix = scaled(whole, unit)
    return f"{number(part * shown / whole if whole else part)} / {_joined(number(shown), suffix)}"


def large(unit: str) -> str:
    """The second smallest suffix: what a bare number of many base units is meant in; large("MiB") -> "GiB"."""
    scales = _chosen.get(unit) or SCALES[unit]
    return scales[min(1, len(scales) - 1)][0]


def exact_text(value: float, unit: str) -> str:
    """A quantity that `read` returns bit for bit; a larger suffix only where nothing is lost."""
    if unit == "fraction":
        for shown in (float(f"{value * 100.0:.15g}"), value * 100.0):  # 0.07 * 100 is a little more than 7
            if shown / 100.0 == value:
                return f"{shown!r}%".replace(".0%", "%")
        return repr(value)
    chosen_scales = _chosen.get(unit, ())
    only = chosen_scales[0][0] if len(chosen_scales) == 1 else ""
    for suffix, factor in (*reversed(chosen_scales), *reversed(SCALES.get(unit, ()))):
        quotient = value / factor
        if (abs(quotient) >= 1 or suffix == only) and quotient * factor == value and len(repr(quotient)) <= 8:
            return f"{quotient!r}".removesuffix(".0") + f" {suffix}"
    return _joined(f"{value!r}".removesuffix(".0"), unit)


def read(written: str, unit: str = "") -> float:
    """The value in base units of typed text ("128G" for MiB -> 131072.0).

    A bare number is in base units. Raises RuleError that lists the known units.
    """
    match = _NUMBER.match(written)
    if match is None or not any(c.isdigit() for c in match.group(1)):
        raise RuleError(tr('"{0}" is not a number{1}.', written.strip(), _understood(unit)))
    value = float(match.group(1).replace(",", "").replace(" ", ""))
    suffix = match.group(2)
    if not suffix:
        return value
    factor = _factor(suffix, unit, written)
    return value / 100.0 if factor == 0.01 else value * factor  # 70% is 0.7; 70 * 0.01 is a little more


def _factor(suffix: str, unit: str, written: str) -> float:
    for name, factor in (*_chosen.get(unit, ()), *SCALES.get(unit, ((unit, 1.0),))):
        if suffix.lower() == name.lower():
            return factor
    factors = _SPELLINGS.get(unit, {})
    if suffix.lower() in factors:
        return factors[suffix.lower()]
    raise RuleError(tr('"{0}" has an unknown unit "{1}"{2}.', written.strip(), suffix, _understood(unit)))


def _understood(unit: str) -> str:
    names = [name for name, _ in SCALES.get(unit, ((unit, 1.0),)) if name]
    return tr("; write a number in {0}", ", ".join(names)) if names else ""


def read_span_s(written: str) -> float:
    """Seconds of a time span: "02:00" (h:mm), "1d2h", "90 min", "300" (seconds). Raises RuleError."""
    compact = written.strip().lower()
    clock = _CLOCK.match(compact)
    if clock:
        days, hours, minutes, seconds = clock.groups()
        value = int(days or 0) * 86400.0 + int(hours) * 3600.0 + int(minutes) * 60.0 + float(seconds or 0)
    else:
        try:
            value = float(compact)
        except ValueError:
            value = _span_parts_s(compact, written)
    if not 0 <= value <= MOST_SPAN_S:
        raise RuleError(
            tr('"{0}" is not a time span; it must be 0 to {1:,.0f} days.', written[:40], MOST_SPAN_S / _SPAN_S["d"])
        )
    return value


def _span_parts_s(compact: str, written: str) -> float:
    parts = _SPAN_PART.findall(compact)
    if not parts or _SPAN_PART.sub("", compact).strip():
        raise RuleError(tr('"{0}" is not a time span; write it like 02:00, 1d2h, 90min or 300.', written[:40]))
    return float(sum(float(number) * _SPAN_S[unit] for number, unit in parts))


def clock_text(seconds: float, with_seconds: bool = False) -> str:
    """A time since the start as a clock: 7500 -> "02:05"; past a day "1d 02:05"."""
    total = int(seconds)
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    clock = f"{hours:02}:{minutes:02}" + (f":{left:02}" if with_seconds else "")
    return f"{days}d {clock}" if days else clock
