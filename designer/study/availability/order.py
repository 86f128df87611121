"""Which assumed mean time, alone and within its range, would change which of two designs is up for longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isclose

from designer.engine.reliability.exact import TooLarge
from designer.model.project import Project
from designer.study.availability.answer import Study
from designer.study.availability.derive import derive
from designer.study.availability.solving import Solved
from designer.study.availability.structure import DesignStructure
from designer.words import tr

ASKED = (-1.0, -0.5, 0.5, 1.0)
"""The parts of a range, as a logarithm, at which the order is asked."""
HALVINGS = 10
"""Halvings that find the nearest change of the order between two of them."""
ALIKE = 1e-9
"""Designs whose downtimes differ by a smaller part have no order."""
WORST = 0
"""The id of the worst service of a design."""
Two = tuple[float, float]


@dataclass(frozen=True)
class Ordered:
    """A service of both designs, by its id in the first; `downs`: the parts of the time for which it is down."""

    service: int
    name: str
    downs: Two


@dataclass(frozen=True)
class Assumed:
    """A mean time of a kind, and within which factor it is known in each design; 1: it is known there."""

    kind: str
    field: str
    factors: Two

    def times(self, part: float) -> Two:
        """What it is multiplied with in each design at a part of its range, from -1 to 1."""
        return self.factors[0] ** part, self.factors[1] ** part


@dataclass(frozen=True)
class Swap:
    """An assumed mean time that changes the order of the designs for a service.

    `part`: at which part of its range, from -1 to 1, the order first changes; `far`: the farthest part on that side at
    which it was asked and is changed, and `far_downs` the downtimes there.
    """

    of: Assumed
    service: Ordered
    part: float
    far: float
    far_downs: Two

    @property
    def times(self) -> Two:
        """What the mean time is multiplied with in each design where the order changes."""
        return self.of.times(self.part)


@dataclass(frozen=True)
class Order:
    """What was asked of two designs, what changes their order, the nearest first, and what could not be computed."""

    services: tuple[Ordered, ...]
    asked: tuple[Assumed, ...]
    swaps: tuple[Swap, ...]
    refused: tuple[str, ...]

    @property
    def ordered(self) -> bool:
        """Whether a service of the designs is up for longer in one of them."""
        return any(sign(one.downs) for one in self.services)


def sign(downs: Two) -> int:
    """1 where the first is down for longer, -1 where the second is, 0 where none is."""
    if isclose(*downs, rel_tol=ALIKE):
        return 0
    return 1 if downs[0] > downs[1] else -1


class ScaledDesign:
    """A design, solved for other mean times."""

    def __init__(self, project: Project) -> None:
        """Raise SpecError where the design has no structure."""
        self.study = Study(project)
        self._ready: dict[int, Solved] = {}
        self._at: tuple[tuple[str, str, float], DesignStructure, dict[int, float]] | None = None

    def refusal(self, service: int) -> str:
        """Why a service cannot be asked; empty where it can."""
        needs = self.study.structure.services[service]
        if needs.refusal:
            return needs.refusal
        try:
            self._ready[service] = Solved(needs.node)
            self.down(service, ("", "", 1.0))
        except TooLarge:
            self._ready.pop(service, None)
            return tr("{0}: too much is shared for an exact answer, and the error of a sampled one would hide what "
                      "changes the order.", needs.name)  # fmt: skip
        return ""

    def factor(self, kind: str, name: str) -> float:
        """Within which factor a mean time is known; 1 where nothing of the kind counts."""
        return self.study.factor(kind, name) if kind in self.study.structure.kinds else 1.0

    def down(self, service: int, scaled: tuple[str, str, float]) -> float:
        """The part of the time for which a service is down, where mean times of kinds are `scaled`;
        of `WORST`, that of the service that is down for longest. Raises TooLarge.
        """
        if self._at is None or self._at[0] != scaled:
            kind, name, by = scaled
            structure = self.study.structure
            if by != 1.0:
                structure = derive(self.study.project, self.study.spec, {(kind, name): by})
            self._at = scaled, structure, {}
        _, structure, known = self._at
        if service == WORST:
            return max(self.down(one, scaled) for one in self._ready)
        if service not in known:
            same = _names(structure) == _names(self.study.structure)
            solved = self._ready[service] if same else Solved(structure.services[service].node)
            known[service] = solved.long_run(structure.parts).down
        return known[service]


def _names(structure: DesignStructure) -> list[tuple[int, str]]:
    """What tells the parts of a structure apart: it has the same nodes as another where these are the same."""
    return [(part.id, part.what) for part in structure.parts]


def order_of(
    projects: tuple[Project, Project], pairs: Sequence[tuple[int, int]], tell: Callable[[float], object]
) -> Order:
    """Ask which assumed mean time changes the order of two designs. `pairs`: services of both, by their ids in each.

    Each is varied within its range in both designs at once; a kind that both have moves together. What `tell` raises
    ends the work. Raises SpecError where a design has no structure.
    """
    both = ScaledDesign(projects[0]), ScaledDesign(projects[1])
    why = [{one.id: varied.refusal(one.id) for one in varied.study.services} for varied in both]
    refused = [reason for reasons in why for reason in reasons.values() if reason]
    asked_pairs = [pair for pair in pairs if not any(why[n][one] for n, one in enumerate(pair))]
    if not refused and all(why) and (len(why[0]) > 1 or len(why[1]) > 1):
        asked_pairs.append((WORST, WORST))
    services = [_ordered(both, pair) for pair in asked_pairs]
    asked = _assumed(both)
    swaps: list[Swap] = []
    for number, one in enumerate(asked):
        tell(number / len(asked))
        try:
            swaps += _swaps(both, one, list(zip(asked_pairs, services, strict=True)))
        except TooLarge:
            what = both[0].study.project.kinds[one.kind].plural
            refused.append(tr("With other mean times of {0} too much is shared for an exact answer.", what))
    swaps.sort(key=lambda swap: (abs(swap.part), swap.of.kind, swap.of.field, swap.service.service))
    return Order(tuple(services), tuple(asked), tuple(swaps), tuple(dict.fromkeys(refused)))


def _ordered(both: tuple[ScaledDesign, ScaledDesign], pair: tuple[int, int]) -> Ordered:
    name = tr("the worst service")
    if pair[0] != WORST:
        name = both[0].study.structure.services[pair[0]].name
    return Ordered(pair[0], name, _downs(both, pair, ("", "", (1.0, 1.0))))


def _downs(both: tuple[ScaledDesign, ScaledDesign], pair: tuple[int, int], scaled: tuple[str, str, Two]) -> Two:
    kind, name, (first, second) = scaled
    return both[0].down(pair[0], (kind, name, first)), both[1].down(pair[1], (kind, name, second))


def _assumed(both: tuple[ScaledDesign, ScaledDesign]) -> list[Assumed]:
    """All mean times that are known within a factor in one of the designs."""
    kinds = sorted(both[0].study.structure.kinds | both[1].study.structure.kinds)
    all_of = [
        Assumed(kind, name, (both[0].factor(kind, name), both[1].factor(kind, name)))
        for kind in kinds
        for name in ("mtbf_h", "mttr_h")
    ]
    return [one for one in all_of if max(one.factors) > 1.0]


def _swaps(
    both: tuple[ScaledDesign, ScaledDesign], of: Assumed, services: Sequence[tuple[tuple[int, int], Ordered]]
) -> Iterator[Swap]:
    """The services whose order a mean time changes."""

    def downs(pair: tuple[int, int], part: float) -> Two:
        return _downs(both, pair, (of.kind, of.field, of.times(part)))

    told = {part: [downs(pair, part) for pair, _ in services] for part in ASKED}
    for n, (pair, service) in enumerate(services):
        now = sign(service.downs)
        changed = [part for part in ASKED if sign(told[part][n]) == -now != 0]
        if not changed:
            continue
        sides = []
        for side in {part > 0.0 for part in changed}:
            parts = sorted((part for part in changed if (part > 0.0) == side), key=abs)
            before = max((p for p in ASKED if (p > 0.0) == side and abs(p) < abs(parts[0])), key=abs, default=0.0)

            def changes(part: float, pair: tuple[int, int] = pair, now: int = now) -> bool:
                return sign(downs(pair, part)) == -now

            nearest = _nearest(changes, before, parts[0])
            sides.append((nearest, parts[-1]))
        part, far = min(sides, key=lambda one: abs(one[0]))
        yield Swap(of, service, part, far, told[far][n])


def _nearest(changed: Callable[[float], bool], before: float, after: float) -> float:
    """The part of a range from which on the order is changed, between one where it is not and one where it is."""
    for _ in range(HALVINGS):
        middle = (before + after) / 2.0
        before, after = (before, middle) if changed(middle) else (middle, after)
    return after
