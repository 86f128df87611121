"""What a provider gives back by its SLA, beside months that are worked out by hand."""

from __future__ import annotations

import math

import pytest

from designer.catalog.rules.identity import AWS
from designer.catalog.rules.offers import price_usd_h
from designer.commands import edit
from designer.engine.reliability import MONTE_CARLO, RARE
from designer.report import answers
from designer.study.availability.answer import Study
from designer.study.availability.credits import MONTH_H, SlaCredit
from designer.study.availability.words import credit_text
from tests.study.availability.test_by_hand import NEVER, Drawn, hall

OUTAGE_H, BETWEEN_H = 10.0, 1000.0


def drawn(zones: int) -> Drawn:
    """A service on an instance in each of so many zones of us-east-1; zones fail."""
    made = Drawn()
    made.put("region", "region", provider=AWS, code="us-east-1", **NEVER)
    fails = {"mtbf_h": BETWEEN_H, "mttr_h": OUTAGE_H, "repair_law": "exponential"}
    made.put("shop", "service", rate_rps=10.0, work_mhz_s=5.0)
    for n in range(zones):
        made.put(f"zone-{n}", "zone", "region", zone_id=f"use1-az{n + 1}", **fails)
        edit.place(made.project, "vm", made.ids[f"zone-{n}"], name=f"vm-{n}", instance_type="m7i.large", mtbf_h=0.0)
        made.ids[f"vm-{n}"] = next(vm.id for vm in made.project.of_kind("vm") if vm.name == f"vm-{n}")
        made.link("member", f"vm-{n}", "shop")
    return made


def below(part: float) -> float:
    """The chance that a month is up for less than this: outages come by chance, each as long as chance makes it."""
    mean, rest = MONTH_H / (BETWEEN_H + OUTAGE_H), (1.0 - part) * MONTH_H / OUTAGE_H
    least = 0.0
    for count in range(30):
        short = 1.0 if not count else 1.0 - math.exp(-rest) * sum(rest**k / math.factorial(k) for k in range(count))
        least += math.exp(-mean) * mean**count / math.factorial(count) * short
    return 1.0 - least


def test_that_months_below_the_sla_give_back_a_part_of_the_price_of_instances() -> None:
    made = drawn(1)
    credit = made.asked().credit
    assert credit is not None and credit.sla_frac == 0.995
    assert credit.often == pytest.approx(below(0.995), abs=0.01)
    tiers = 0.1 * below(0.995) + 0.2 * below(0.99) + 0.7 * below(0.95)
    assert credit.back_frac == pytest.approx(tiers, abs=0.01)
    usd_h = price_usd_h(made.project, made.project.of_kind("vm")[0])
    assert usd_h and credit.usd_month == pytest.approx(usd_h * MONTH_H)
    assert credit.back_usd_year == pytest.approx(12.0 * credit.usd_month * credit.back_frac)


def test_that_histories_give_back_as_much() -> None:
    made = drawn(1)
    credit = Study(made.project).availability(made.ids["shop"], method=MONTE_CARLO).credit
    assert credit is not None and credit.often == pytest.approx(below(0.995), rel=0.1)
    tiers = 0.1 * below(0.995) + 0.2 * below(0.99) + 0.7 * below(0.95)
    assert credit.back_frac == pytest.approx(tiers, rel=0.15)
    assert Study(made.project).availability(made.ids["shop"], method=RARE).credit is None


def test_that_the_sla_of_two_zones_is_stricter_and_that_of_own_hosts_is_none() -> None:
    two = drawn(2).asked().credit
    assert two is not None and two.sla_frac == 0.9999
    own = hall()
    own.put("host", "host", "dc", mtbf_h=BETWEEN_H, mttr_h=OUTAGE_H)
    own.service("host")
    assert Study(own.project).availability(own.ids["shop"]).credit is None


def test_that_what_is_given_back_is_told() -> None:
    assert credit_text(SlaCredit(0.9999, 0.02, 0.005, 100.0)) == (
        "The provider's SLA promises 99.99% of each month; 2% of months are below it. On average 6.00 USD of 1,200 USD "
        "a year for its instances are given back."
    )
    assert credit_text(SlaCredit(0.995, 0.02, 0.005, None)).endswith(
        "On average 0.5% of the price of its instances is given back; that price is not known."
    )


def test_that_the_report_tells_it() -> None:
    made = drawn(1)
    credit = made.asked().credit
    assert credit is not None
    told = [
        str(line)
        for block in answers.availability(made.project, lambda _: True).blocks
        for line in getattr(block, "lines", ())
    ]
    assert credit_text(credit) in told
