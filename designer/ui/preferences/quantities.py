"""In which units and which money the user wants quantities: chosen in the preferences, known from the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from designer import units
from designer.words import tr

BYTES, RATES, POWER, CURRENCY = "memory_units", "rate_units", "power_units", "currency"
"""Settings: units of memory and disks, of network rates, of power, and the currency with its rate."""
USD = "USD"
CODES = (
    USD, "EUR", "GBP", "INR", "JPY", "CNY", "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "HKD", "ILS", "KRW", "MXN", "NOK",
    "NZD", "PLN", "SEK", "SGD", "TRY", "TWD", "ZAR",
)  # fmt: skip
"""Currencies by their codes (ISO 4217); prices that ship are in the first."""
MOST_RATE = 1e6


@dataclass(frozen=True)
class Currency:
    """The money in which prices are shown. `per_usd` is the user's own rate, an assumption of the day `since`."""

    code: str = USD
    per_usd: float = 1.0
    since: str = ""

    @classmethod
    def read(cls, get: Callable[[str, Any], Any]) -> Currency:
        """The currency in the settings; USD where it has no rate."""
        saved = get(CURRENCY, {})
        code, rate, since = (saved.get(name) for name in ("code", "per_usd", "since"))
        number = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate <= MOST_RATE
        if code not in CODES or code == USD or not number:
            return cls()
        return cls(str(code), float(rate), str(since)[:10] if isinstance(since, str) else "")

    def saved(self) -> dict[str, Any]:
        """What the settings keep."""
        return {"code": self.code, "per_usd": self.per_usd, "since": self.since}

    def of(self, usd: float) -> float:
        """An amount of USD in this currency."""
        return usd * self.per_usd

    @property
    def assumption(self) -> str:
        """The rate as a sentence; empty for USD."""
        if self.code == USD:
            return ""
        return tr("Assumed: 1 USD is {0} {1}, your rate of {2}.", units.number(self.per_usd, 6), self.code, self.since)


_now = [Currency()]


def currency() -> Currency:
    """The currency that the user has chosen."""
    return _now[0]


def prefer(get: Callable[[str, Any], Any]) -> None:
    """Take units and currency from the settings."""
    units.choose(str(get(BYTES, "")), str(get(RATES, "")), str(get(POWER, "")))
    _now[0] = Currency.read(get)


def byte_words() -> str:
    """How what is typed for memory and disks is read."""
    if "MiB" in units.chosen():
        return tr("1 GB is 1,000 MB, as chosen in the preferences; GiB and MiB are understood as well.")
    return tr("GB and MB are read as GiB and MiB, as hypervisors write them.")
