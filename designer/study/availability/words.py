"""An availability in words and digits: no more digits than its inputs carry."""

from __future__ import annotations

from designer.study.availability.answer import YEAR_H, ServiceAvailability
from designer.study.availability.credits import MONTHS, SlaCredit
from designer.words import tr

MINUTE_H = 1.0 / 60.0
MOST_NAIVE = 1e6


def percent(down: float) -> str:
    """An availability with as many digits as tell it from 100%: 99.95%, 99.9993%."""
    if down <= 0.0:
        return "100%"
    digits = 2
    while digits < 12 and down * 100.0 < 10.0 ** (1 - digits):
        digits += 1
    return f"{(1.0 - down) * 100.0:.{digits}f}%"


def span(hours: float) -> str:
    """A time a year, in the unit that fits, with two digits: 6.1 h, 52 min, 31 s, 3.7 d."""
    for most, unit, factor in ((1.0 / 60.0, "s", 3600.0), (1.0, "min", 60.0), (72.0, "h", 1.0)):
        if hours < most:
            return f"{hours * factor:.2g} {unit}"
    return f"{hours / 24.0:.2g} d" if hours < 2400.0 else f"{hours / 24.0:.0f} d"


def band(found: ServiceAvailability) -> str:
    """The downtime a year from the best to the worst that the inputs allow."""
    return f"{span(found.low * YEAR_H)} – {span(found.high * YEAR_H)}"


def too_good(found: ServiceAvailability) -> float:
    """By how many times the naive figure promises too little downtime; at most a million."""
    return min(found.down / found.naive, MOST_NAIVE) if found.naive > 0.0 else (MOST_NAIVE if found.down else 1.0)


def slo_text(slo_frac: float) -> str:
    """An SLO with the digits it has: 99.95%; empty without one."""
    return f"{slo_frac:.6%}".rstrip("0%").rstrip(".") + "%" if slo_frac else ""


def credit_text(credit: SlaCredit) -> str:
    """What the provider promises of a month, how often it is less, and what that gives back."""
    promised = tr("The provider's SLA promises {0} of each month; {1:.2g}% of months are below it.",
                  slo_text(credit.sla_frac), credit.often * 100.0)  # fmt: skip
    if credit.usd_month is None or credit.back_usd_year is None:
        back = tr("On average {0:.2g}% of the price of its instances is given back; that price is not known.",
                  credit.back_frac * 100.0)  # fmt: skip
    else:
        back = tr("On average {0:,.2f} USD of {1:,.0f} USD a year for its instances are given back.",
                  credit.back_usd_year, credit.usd_month * MONTHS)  # fmt: skip
    return f"{promised} {back}"
