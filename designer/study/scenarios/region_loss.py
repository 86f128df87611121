"""Disaster recovery as it is drawn: each region is lost in a run; what comes back is compared with what is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from designer import units
from designer.catalog.rules.terms.residency import LEAST_RTO_S
from designer.catalog.scenarios.events import ScenarioEvent
from designer.model.project import Project
from designer.study.scenarios.answer import DataAtRisk, ServiceAnswer, answer_of
from designer.study.scenarios.play import play
from designer.words import mark, tr

LOST_S, LEAST_S, MOST_S = 3600.0, 4 * 3600.0, 7 * 86_400.0
"""When a region is lost, and how long is looked at after that, at the least and at the most."""
BY_HAND = ("backup", "pilot_light")
"""Strategies that people carry out, which a run does not do for them."""
SERVED_BY = ("member", "serves")
DATA = ("depends_on", "reads_from")
STRATEGY_WORDS = {
    "none": mark("none"), "backup": mark("backup"), "pilot_light": mark("pilot light"),
    "warm_standby": mark("warm standby"), "active_active": mark("active-active"),
}  # fmt: skip


COLUMNS = (
    mark("Lost"), mark("Service"), mark("Strategy"), mark("RTO wanted"), mark("Back after"), mark("RPO wanted"),
    mark("Data lost"), mark("Verdict"),
)  # fmt: skip
"""What `cells_of` tells of a row."""


@dataclass(frozen=True)
class RegionLoss:
    """What the loss of a region does to a service.

    `rto_s` is when it serves all requests again in the run (None: it does not), `planned_s` the shortest time of a
    strategy that people carry out (None: it has no such), `rpo_s` how old the data of its databases is then (None: it
    is gone), where it `has_data`. Of what is wanted 0 is nothing.
    """

    region: str
    service: str
    service_id: int
    strategy: str
    wanted_rto_s: float
    wanted_rpo_s: float
    rto_s: float | None
    planned_s: float | None
    rpo_s: float | None
    has_data: bool
    data: tuple[str, ...] = ()
    region_id: int = 0

    @property
    def back_s(self) -> float | None:
        """When it is back: by itself, as the run has it, or by people, as planned."""
        return self.rto_s if self.rto_s is not None else self.planned_s

    @property
    def misses_rto(self) -> bool:
        """Whether it is back later than wanted, or not at all."""
        return self.wanted_rto_s > 0.0 and (self.back_s is None or self.back_s > self.wanted_rto_s)

    @property
    def misses_rpo(self) -> bool:
        """Whether its data is older than wanted, or gone."""
        return self.wanted_rpo_s > 0.0 and (self.rpo_s is None or self.rpo_s > self.wanted_rpo_s)

    @property
    def misses(self) -> bool:
        """Whether it misses what is wanted."""
        return self.misses_rto or self.misses_rpo


def region_losses(
    project: Project, seed: int | None = None, tell: Callable[[float], object] = lambda part: None
) -> list[RegionLoss]:
    """Lose each region in turn, for good; a row for each service that is served or has data there, or drops requests.
    What `tell` raises ends the work. Raises SpecError where the design has no meaning.
    """
    regions, found = sorted(project.of_kind("region"), key=lambda one: (one.name, one.id)), []
    wanted_s = max((float(one.__dict__["rto_s"]) for one in project.of_kind("service")), default=0.0)
    until_s = LOST_S + min(max(2.0 * wanted_s, LEAST_S), MOST_S)
    for number, region in enumerate(regions):

        def so_far(part: float, done: int = number) -> object:
            return tell((done + part) / len(regions))

        events = (ScenarioEvent(LOST_S, "fail", region.id),)
        answer = answer_of(play(project, region.name, events, until_s=until_s, seed=seed, on_progress=so_far), {})
        inside = set(project.subtree(region.id))
        for service in answer.services:
            row = _row(project, region.id, inside, service, answer.data)
            if row is not None:
                found.append(row)
    return found


def _row(
    project: Project, region: int, inside: set[int], service: ServiceAnswer, at_risk: Sequence[DataAtRisk]
) -> RegionLoss | None:
    fields = project.elements[service.id].__dict__
    databases = [i for link in DATA for i in project.targets(service.id, link)
                 if project.elements[i].kind == "database"]  # fmt: skip
    served = [i for link in SERVED_BY for i in project.sources(service.id, link)]
    rpo_s, gone = _data(project, region, inside, databases, at_risk)
    if not (inside.intersection(served) or gone or rpo_s or service.dropped > 0.0):
        return None
    strategy = str(fields["strategy"])
    return RegionLoss(
        project.elements[region].name, service.name, service.id, strategy, float(fields["rto_s"]),
        float(fields["rpo_s"]), service.rto_s, LEAST_RTO_S[strategy] if strategy in BY_HAND else None,
        rpo_s if math.isfinite(rpo_s) else None, bool(databases), tuple(gone), region,
    )  # fmt: skip


def _data(
    project: Project, region: int, inside: set[int], databases: Sequence[int], at_risk: Sequence[DataAtRisk]
) -> tuple[float, list[str]]:
    """How old the data of some databases is after the loss (infinite: it is gone), and the names of those that lost
    some."""
    lags = {one.id: one.rpo_s for one in at_risk}
    code, worst_s, names = str(project.elements[region].__dict__["code"]), 0.0, []
    for database in databases:
        row = project.elements[database]
        fields = row.__dict__
        places = [i for link in ("primary_in", "standby_in") for i in project.targets(database, link)] or [database]
        age_s = 0.0
        if inside.issuperset(places):  # no replica is left: only a backup elsewhere brings it back
            elsewhere = fields["backup_h"] > 0.0 and fields["backup_region"] not in ("", code)
            age_s = float(fields["backup_h"]) * 3600.0 if elsewhere else math.inf
        elif database in lags:
            lag_s = lags[database]
            age_s = math.inf if lag_s is None else lag_s
        if age_s > 0.0:
            names.append(row.name)
            worst_s = max(worst_s, age_s)
    return worst_s, names


def data_text(row: RegionLoss) -> str:
    """How old the data of a service is after the loss."""
    if not row.has_data:
        return "–"
    return tr("gone") if row.rpo_s is None else units.text(row.rpo_s, "s", 3)


def verdict(row: RegionLoss) -> str:
    """A row in a word or two."""
    if row.misses_rto and row.misses_rpo:
        return tr("misses RTO and RPO")
    if row.misses:
        return tr("misses its RTO") if row.misses_rto else tr("misses its RPO")
    if not (row.wanted_rto_s or row.wanted_rpo_s):
        return tr("nothing is wanted")
    return tr("holds") if row.rto_s is not None or not row.wanted_rto_s else tr("holds by the plan, not by itself")


def cells_of(row: RegionLoss) -> tuple[str, ...]:
    """A row as texts, in the order of `COLUMNS`."""
    wanted = [units.text(s, "s", 3) if s else tr("none") for s in (row.wanted_rto_s, row.wanted_rpo_s)]
    back = tr("never") if row.back_s is None else units.text(row.back_s, "s", 3)
    if row.rto_s is None and row.planned_s is not None:
        back = tr("{0}, planned", back)
    strategy = tr(STRATEGY_WORDS[row.strategy])
    return (row.region, row.service, strategy, wanted[0], back, wanted[1], data_text(row), verdict(row))


def told_of(row: RegionLoss) -> list[str]:
    """What the loss of a region does to a service, in sentences."""
    strategy = tr(STRATEGY_WORDS[row.strategy])
    if row.rto_s is not None:
        back = tr(
            "{0} is lost: {1} serves all again after {2}.", row.region, row.service, units.text(row.rto_s, "s", 3)
        )
    else:
        back = tr("{0} is lost: {1} does not serve all again by itself.", row.region, row.service)
    lines = [back]
    if row.rto_s is None and row.planned_s is not None:
        least = units.text(row.planned_s, "s", 3)
        lines.append(tr("Its strategy is {0}: people bring it back, not before {1}.", strategy, least))
    if row.data and row.rpo_s is None:
        lines.append(tr("Its data in {0} is gone: no replica or backup is elsewhere.", ", ".join(row.data)))
    elif row.data and row.rpo_s is not None:
        lines.append(tr("Its data in {0} is {1} old.", ", ".join(row.data), units.text(row.rpo_s, "s", 3)))
    return lines
