"""What runs said of published outages, compared with what happened: hit, early or late, by how much, or why there is no
answer. Nothing that was observed is known to a run.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from designer.catalog.scenarios.outages import OutageAnswer, PublishedOutage
from designer.study.replay.book import Parameters
from designer.words import tr

HIT, EARLY, LATE, OTHER, NONE = "hit", "early", "late", "other", "unanswered"
"""How an answer compares: within its band, below it, above it, the other of yes and no, or there is none."""
ROUNDING = 1e-9
"""An answer outside its band by less of it is rounding."""


@dataclass(frozen=True)
class OutageSays:
    """What a run says of an outage: an answer for each quantity, or why there is none; the run's digest."""

    id: str
    values: Mapping[str, float]
    refused: Mapping[str, str]
    digest: str = ""
    moments: Mapping[str, float] = field(default_factory=dict)
    """Moments and figures of its mechanisms, minutes."""
    used: frozenset[str] = frozenset()
    """The parameters that it depends on."""
    running: tuple[tuple[float, float], ...] = ()
    """From each minute on, the share of all VMs that run."""

    def running_at(self, minute: float) -> float:
        """The share of all VMs that run at a minute."""
        return next((share for at, share in reversed(self.running) if at <= minute), 1.0)


@dataclass(frozen=True)
class ReplayRow:
    """An answer that was observed beside what a run says (None: nothing), and how they compare."""

    outage: str
    use: str
    answer: OutageAnswer
    said: float | None
    verdict: str
    reason: str

    @property
    def numeric(self) -> bool:
        """Whether the answer is a number with a band."""
        return self.answer.band is not None

    @property
    def factor(self) -> float | None:
        """What the run says as a multiple of what was observed; None where that has no meaning."""
        if self.said is None or not self.numeric or not self.answer.value or not math.isfinite(self.said):
            return None
        return self.said / float(self.answer.value)


@dataclass(frozen=True)
class ReplayScore:
    """How many answers a list of rows has, and how many of them are hit: numbers, and yes or no."""

    numbers: int
    numbers_hit: int
    choices: int
    choices_hit: int


def silent(outage: str, why: str) -> OutageSays:
    """What is said of an outage that cannot be played."""
    return OutageSays(outage, {}, {"": why})


def compared(published: PublishedOutage, said: OutageSays) -> list[ReplayRow]:
    """Each answer of a published outage beside what a run says."""
    return [_row(published, one, said) for one in published.answers]


def _row(published: PublishedOutage, one: OutageAnswer, said: OutageSays) -> ReplayRow:
    value = said.values.get(one.quantity)
    if value is None:
        refused = said.refused.get(one.quantity) or said.refused.get("")
        why = refused or one.lacks or tr("its record does not ask for it")
        return ReplayRow(published.id, published.use, one, None, NONE, why)
    verdict = _verdict(one, value)
    return ReplayRow(published.id, published.use, one, value, verdict, "" if verdict == HIT else one.lacks)


def _verdict(one: OutageAnswer, value: float) -> str:
    if one.band is None:
        return HIT if bool(value) == bool(one.value) else OTHER
    low, high = one.band
    slack = ROUNDING * max(abs(low), abs(high))
    low, high = low - slack, high + slack
    return EARLY if value < low else LATE if value > high else HIT


def score_of(rows: Iterable[ReplayRow]) -> ReplayScore:
    """How many of some rows are hit."""
    rows = list(rows)
    numbers = [row.verdict == HIT for row in rows if row.numeric]
    choices = [row.verdict == HIT for row in rows if not row.numeric]
    return ReplayScore(len(numbers), sum(numbers), len(choices), sum(choices))


def digest_of(said: Sequence[OutageSays], book: Parameters) -> str:
    """The fingerprint of what was said, and of the parameters."""
    told = [[one.id, sorted(one.values.items()), sorted(one.refused.items()), one.digest] for one in said]
    values = sorted((name, parameter.value) for name, parameter in book.items())
    return hashlib.blake2b(json.dumps([told, values]).encode(), digest_size=16).hexdigest()
