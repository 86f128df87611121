"""How often a component fails by itself and how long its repair takes: fields of every kind that fails.

They say nothing to a run, in which fails what is told to. Availability is computed from them (`study.availability`).
"""

from typing import Any, Literal

from designer.model.element import Element, choice, quantity

RepairLaw = Literal["lognormal", "exponential", "fixed"]
GROUP = "Reliability"
GUESS = "assumption"
"""The source of a figure that nobody published."""
REPAIR_SIGMA = 1.0
"""Standard deviation of the logarithm of a lognormal repair time (facts: repair times are lognormal, sigma about 1)."""


def mtbf(default_h: float, source: str = GUESS, confidence: str = "C") -> Any:
    """The field of the mean time between failures of a kind, with where its default is from."""
    return quantity(
        default_h,
        "h",
        "MTBF",
        group=GROUP,
        zero="never fails",
        ge=0,
        le=1e9,
        help="Mean time from the end of a repair to the next failure. Availability is computed from it; a run has no "
        "failures of its own. 0: never fails by itself.",
        source=source,
        confidence=confidence,
    )


def mttr(default_h: float, source: str = GUESS, confidence: str = "C") -> Any:
    """The field of the mean time to repair of a kind, with where its default is from."""
    return quantity(
        default_h,
        "h",
        "MTTR",
        group=GROUP,
        gt=0,
        le=87_600,
        help="Mean time from a failure until the repair is done. What restarts elsewhere is down for less.",
        source=source,
        confidence=confidence,
    )


def known_within(default: float, title: str) -> Any:
    """The field of how well a mean time is known."""
    return quantity(
        default,
        "",
        title,
        group=GROUP,
        ge=1,
        le=100,
        help="The true value may be this many times less or more. 1: it is known. Such ranges make the band of an "
        "availability.",
        source=GUESS,
        confidence="C",
    )


class Fallible(Element):
    """What fails by itself. Kinds give their own defaults of the two mean times."""

    mtbf_h: float = mtbf(0.0)
    mttr_h: float = mttr(4.0)
    mtbf_factor: float = known_within(2.0, "MTBF known within a factor of")
    mttr_factor: float = known_within(2.0, "MTTR known within a factor of")


class Repaired(Fallible):
    """What takes services down for as long as it is repaired: the law of that counts."""

    repair_law: RepairLaw = choice(
        "lognormal",
        "Law of repairs",
        group=GROUP,
        help="How repair times vary around their mean. lognormal: most are short, a few take very long. exponential: "
        "as likely to end at any moment. fixed: each takes the mean.",
        source="Schroeder and Gibson, DSN 2006: repair times of nodes are lognormal",
        confidence="B",
    )
