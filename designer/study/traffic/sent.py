"""What was sent from place to place in a run, for its table: by pair of places, service, NAT gateway and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from designer.engine.result.carried import INTERNET, PREMISES, Carried, sent_gb, through_gb
from designer.engine.spec import Spec
from designer.engine.tables.tree import slot_id
from designer.words import mark, tr

Value = tuple[float, str]
ZONES, REGIONS, OUT = mark("Sent to other zones"), mark("Sent to other regions"), mark("Sent to the internet")
IN = mark("Received from the internet")
SENT, THROUGH = mark("Sent"), mark("Sent through it")
TRAFFIC = "traffic"
"""The kind of a row of two places."""


class SentTable:
    """What a run sent, GB."""

    def __init__(self, carried: Carried, spec: Spec, names: Mapping[int, str]) -> None:
        found = sent_gb(carried, spec.routes)
        self._sent = list(zip(map(tuple, found.keys.tolist()), found.amounts.tolist()))
        self._through = through_gb(carried)
        self._names = names
        self._domains = {domain.id: domain for domain in spec.domains} if self._sent else {}

    def __bool__(self) -> bool:
        return bool(self._sent)

    def pairs(self) -> list[tuple[int, str, dict[str, Value]]]:
        """For each pair of places: an id of its own, both names, and what was sent."""
        sums: dict[tuple[int, int], float] = defaultdict(float)
        for (_, one, other), gb in self._sent:
            sums[one, other] += gb
        return [
            (slot_id(one, other), tr("{0} to {1}", self._name(one), self._name(other)), {SENT: (gb, "GB")})
            for (one, other), gb in sorted(sums.items(), key=lambda row: (self._name(row[0][0]), self._name(row[0][1])))
        ]

    def gateways(self) -> list[tuple[int, str, dict[str, Value]]]:
        """For each NAT gateway what went out through it."""
        return [(i, self._name(i), {THROUGH: (gb, "GB")}) for i, gb in sorted(self._through.items())]

    def of(self, service: int) -> dict[str, Value]:
        """What was sent for the requests of a service."""
        return self._far((key[1], key[2], gb) for key, gb in self._sent if key[0] == service)

    def whole(self) -> dict[str, Value]:
        """All that was sent."""
        return self._far((key[1], key[2], gb) for key, gb in self._sent)

    def _far(self, sent: Iterable[tuple[int, int, float]]) -> dict[str, Value]:
        sums = dict.fromkeys((ZONES, REGIONS, OUT, IN), 0.0)
        for one, other, gb in sent:
            if INTERNET in (one, other):
                title = OUT if other == INTERNET else IN
            else:
                title = ZONES if self._region(one) == self._region(other) else REGIONS
            sums[title] += gb
        return {title: (gb, "GB") for title, gb in sums.items() if gb > 0.0}

    def _region(self, place: int) -> int:
        """The region of a place; `PREMISES` for one in none."""
        while place in self._domains and self._domains[place].kind != "region":
            place = self._domains[place].parent
        return place if place in self._domains else PREMISES

    def _name(self, place: int) -> str:
        if place == INTERNET:
            return tr("the internet")
        return tr("own premises") if place == PREMISES else self._names.get(place, str(place))
