"""How many nines in a process of its own, which tells what it finds on the way: the window waits for nothing, and keeps
what was told when the work is ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.catalog import KINDS, LINKS
from designer.errors import DesignerError
from designer.model.project import Project
from designer.model.sent import Row, plain, project_from
from designer.study.availability.answer import AUTOMATIC, ChangeOffer, ServiceAvailability, Study, bought
from designer.study.availability.found import News, NoNines, ServiceBought
from designer.study.availability.histogram import YearsDrawn
from designer.study.engine_process import worked_out
from designer.words import tr

Offers = Callable[[Project, int], Sequence[ChangeOffer]]
STUDIED, CHANGED = 0.3, 0.7
"""The part of the work after which services have their answers, and after which all changes are tried."""


def nines_apart(
    rows: list[Row],
    offers: Offers,
    on_progress: Callable[[float], object],
    on_news: Callable[[News], object],
    method: str = AUTOMATIC,
) -> None:
    """Find the availability of all services of a design by a method, what each of the changes on offer would buy, and
    what years are like; each is told as soon as it is there. `offers` is a function of a module. What a callback raises
    ends the work at once. Raises DesignerError.
    """
    worked_out(_work, (plain(rows), offers, method), on_progress, on_news)


def _work(rows: list[Row], offers: Offers, method: str, tell: Callable[..., bool]) -> None:
    project = project_from(KINDS, LINKS, rows)
    study = Study(project)
    found: list[ServiceAvailability] = []
    for number, needs in enumerate(study.services):

        def so_far(part: float, done: int = number) -> bool:
            return tell(STUDIED * (done + part) / len(study.services))

        try:
            found.append(study.availability(needs.id, so_far, method=method))
        except DesignerError as error:
            tell(0.0, NoNines(needs.id, needs.name, str(error)))
        else:
            tell(0.0, found[-1])
    _changes(project, found, offers, tell)
    _years(study, found, tell)


def _changes(project: Project, found: list[ServiceAvailability], offers: Offers, tell: Callable[..., bool]) -> None:
    """Try every change once, for all services that it may help."""
    wanted: dict[tuple[str, tuple[int, ...]], tuple[ChangeOffer, list[ServiceAvailability]]] = {}
    for one in found:
        for offer in offers(project, one.id):
            wanted.setdefault((offer.title, offer.ids), (offer, []))[1].append(one)
    for number, (offer, asking) in enumerate(wanted.values(), 1):
        for service, change in bought(project, asking, offer).items():
            tell(0.0, ServiceBought(service, change))
        tell(STUDIED + (CHANGED - STUDIED) * number / len(wanted))


def _years(study: Study, found: list[ServiceAvailability], tell: Callable[..., bool]) -> None:
    from designer.study.availability.drawn_years import MOST_YEARS, draw_years

    asked = [study.structure.services[one.id] for one in found]

    def shown(drawn: YearsDrawn) -> bool:
        return tell(CHANGED + (1.0 - CHANGED) * drawn.years / MOST_YEARS, drawn)

    try:
        tell(1.0, draw_years(study, asked, shown))
    except DesignerError as error:
        tell(1.0, NoNines(0, tr("Years"), str(error)))
