"""The answer of a scenario as lines of text and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from designer import units
from designer.catalog import KINDS
from designer.catalog.scenarios.events import ACTIONS
from designer.catalog.scenarios.targets import noun_of
from designer.model.element import id_text
from designer.study.scenarios.answer import (
    LOST,
    REPLACED,
    RESTARTED,
    WAITS,
    DataAtRisk,
    FallenVm,
    ScenarioAnswer,
    ServiceAnswer,
)
from designer.study.scenarios.warming import WarmHall
from designer.words import listed, tr, trn

FORMAT, VERSION = "cloud-designer-what-if", 1
MOST_LINES, MOST_NAMES = 20, 5
"""Most ways, reasons and steps that are listed in text; all are in the JSON."""
Sections = list[tuple[str, list[str]]]


def sections(answer: ScenarioAnswer) -> Sections:
    """The answer to read: titles with their lines."""
    waits = [
        tr("waits: {0}: {1}", listed(names, MOST_NAMES), why) if why else tr("waits: {0}", listed(names, MOST_NAMES))
        for why, names in answer.waits.items()
    ]
    found: Sections = [
        (tr("{0}: what was cut", answer.name), list(_cut_lines(answer))),
        (tr("Services"), [line for service in answer.services for line in _service_lines(service)]),
        (_fallen_title(answer), [*_most_down(answer), *_fallen_lines(answer), *_instance_lines(answer), *waits]),
    ]
    if not answer.services:
        del found[1]
    if answer.survivors:
        lines = [
            tr("{0} ({1}) {2:,.0f}%", one.name, noun_of(one.kind), one.most_frac * 100) for one in answer.survivors
        ]
        found.append((tr("Load of the survivors, most"), lines))
    if answer.halls:
        found.append((tr("Temperature"), [_hall_line(hall) for hall in answer.halls]))
    if answer.data:
        found.append((tr("Data at risk"), list(_data_lines(answer.data))))
    needs = [] if answer.needs else [tr("No: no step of the recovery waited for what was down.")]
    for need in answer.needs[:MOST_LINES]:
        end = tr("until the end") if need.until_s is None else tr("until {0}", clock(need.until_s))
        needs.append(tr("Yes: {0}, from {1} {2}.", need.sentence, clock(need.from_s), end))
    if len(answer.needs) > MOST_LINES:
        needs.append(tr("and {0:,} more steps", len(answer.needs) - MOST_LINES))
    return [*found, (tr("Does recovery need something that died?"), needs)]


def as_lines(answer: ScenarioAnswer) -> list[str]:
    """The answer for a terminal."""
    lines: list[str] = []
    for title, inside in sections(answer):
        lines += [title, *(f"  {line}" for line in inside), ""]
    return [*lines, tr("digest {0}", answer.digest[:16])]


def clock(time_s: float) -> str:
    """A time since the start, with its seconds."""
    return units.clock_text(time_s, with_seconds=True)


def _hall_line(hall: WarmHall) -> str:
    """How warm a hall got, and what followed."""
    warm = tr("{0}: {1:.1f} °C at {2}, {3:.1f} °C as usual", hall.name, hall.most_c, clock(hall.most_s), hall.set_c)
    if hall.off_s is None:
        return tr("{0}; its hosts would shut down at {1:.1f} °C", warm, hall.shutdown_c)
    if hall.on_s is None:
        return tr("{0}; its hosts shut down at {1}", warm, clock(hall.off_s))
    return tr("{0}; its hosts shut down at {1}, back from {2} on", warm, clock(hall.off_s), clock(hall.on_s))


def _data_lines(data: Iterable[DataAtRisk]) -> Iterable[str]:
    """What is at risk, that of the same age and reason together."""
    alike: dict[tuple[float | None, str], list[str]] = {}
    for row in data:
        alike.setdefault((row.rpo_s, row.why), []).append(row.name)
    for (rpo_s, why), names in alike.items():
        yield tr("{0}: {1} of writes; {2}", listed(names, MOST_NAMES), _span(rpo_s), why)


def _span(seconds: float | None) -> str:
    return tr("all") if seconds is None else units.text(seconds, "s")


def _cut_lines(answer: ScenarioAnswer) -> Iterable[str]:
    for (time_s, what), parts in groupby(answer.cut, key=lambda part: (part.time_s, part.what)):
        yield f"{clock(time_s)}  {ACTIONS[what].told([*{part.id: part.name for part in parts}.values()], MOST_NAMES)}"


def _fallen_title(answer: ScenarioAnswer) -> str:
    return trn("{0:,} VM fell", "{0:,} VMs fell", len({fall.id for fall in answer.fallen}))


def _most_down(answer: ScenarioAnswer) -> list[str]:
    """What was down besides VMs; no line where nothing was."""
    places = [f"{_counted(row.kind, row.count)} ({listed(row.names, 3, row.count)})" for row in answer.fallen_places]
    return [tr("most down at one time: {0}", ", ".join(places))] if places else []


def _counted(kind: str, count: int) -> str:
    """A number of elements of a kind, or of links, in words."""
    return KINDS[kind].counted(count) if kind in KINDS else trn("{0:,} link", "{0:,} links", count)


def _fallen_lines(answer: ScenarioAnswer) -> list[str]:
    lines = []
    ways: dict[tuple[str, ...], list[FallenVm]] = {}
    for fall in answer.fallen:
        ways.setdefault((*fall.path_names[:-1], fall.how), []).append(fall)
    for key, falls in list(ways.items())[:MOST_LINES]:
        way = " -> ".join([*key[:-1], listed([fall.name for fall in falls], 3)])
        lines.append(f"{way}: {_how(falls)}")
    if len(ways) > MOST_LINES:
        lines.append(tr("and {0:,} more ways", len(ways) - MOST_LINES))
    return lines


def _how(falls: list[FallenVm]) -> str:
    how = falls[0].how
    if how == RESTARTED:
        back = [fall.back_s for fall in falls if fall.back_s is not None]
        where = listed([*dict.fromkeys(fall.where for fall in falls)], 3)
        first, last = clock(min(back)), clock(max(back))
        if first == last:
            return tr("back at {0} on {1}", first, where)
        return tr("back at {0} to {1} on {2}", first, last, where)
    if how == REPLACED:
        return trn("terminated and replaced by its group", "terminated and replaced by their group", len(falls))
    said = {WAITS: tr("waits at the end"), LOST: tr("lost")}.get(how, tr("down at the end"))
    return f"{said}: {falls[0].why}" if falls[0].why else said


def _instance_lines(answer: ScenarioAnswer) -> Iterable[str]:
    for (group, where), rows in groupby(
        sorted(answer.launched, key=lambda row: (row.group, row.where, row.launched_s)),
        key=lambda r: (r.group, r.where),
    ):
        made = list(rows)
        ran = [row.running_s for row in made if row.running_s is not None]
        if ran:
            first, last = clock(min(ran)), clock(max(ran))
            yield tr("{0} launches {1:,} in {2}, running from {3} to {4}", group, len(made), where, first, last)
        else:
            yield tr("{0} launches {1:,} in {2}, never ran", group, len(made), where)


def _service_lines(row: ServiceAnswer) -> Iterable[str]:
    if row.dropped <= 0.0:
        yield tr("{0}: no request dropped", row.name)
        return
    rto = tr("it does not recover in this run")
    if row.rto_s is not None:
        rto = tr("recovered after {0}", units.text(row.rto_s, "s"))
    yield tr(
        "{0}: {1:,.0f} of {2:,.0f} requests dropped in {3}, as much as {4} without any answer; {5}",
        row.name, row.dropped, row.asked, units.text(row.dropping_s, "s"), units.text(row.down_s, "s"), rto,
    )  # fmt: skip
    if row.slo_frac > 0.0:
        served, promised = row.served_frac * 100, row.slo_frac * 100
        if row.misses_slo:
            yield tr("SLO MISSED: {0:.5g}% served, {1:.5g}% promised", served, promised)
        else:
            yield tr("SLO held: {0:.5g}% served, {1:.5g}% promised", served, promised)


def as_json(answer: ScenarioAnswer) -> dict[str, Any]:
    """The answer as plain values; units are in the keys, ids as people see them."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "scenario": answer.name,
        "until_s": answer.until_s,
        "digest": answer.digest,
        "misses_slo": answer.misses_slo,
        "cut": [_plain(part) for part in answer.cut],
        "fallen": [_fallen_json(fall) for fall in answer.fallen],
        "fallen_places": [_plain(row) for row in answer.fallen_places],
        "launched": [_plain(row) for row in answer.launched],
        "waits": answer.waits,
        "services": [{**_plain(row), "misses_slo": row.misses_slo} for row in answer.services],
        "survivors": [_plain(row) for row in answer.survivors],
        "halls": [_plain(row) for row in answer.halls],
        "data_at_risk": [_plain(row) for row in answer.data],
        "recovery_needs": [
            {
                "text": need.sentence,
                "ids": [id_text(i) for i in need.ids],
                "needs": id_text(need.needs),
                "from_s": need.from_s,
                "until_s": need.until_s,
            }
            for need in answer.needs
        ],
    }


def _fallen_json(fall: FallenVm) -> dict[str, Any]:
    path = [{"id": id_text(i), "name": name} for i, name in zip(fall.path, fall.path_names, strict=True)]
    row = {**_plain(fall), "cause": id_text(fall.cause), "path": path}
    del row["path_names"]
    return row


def _plain(row: Any) -> dict[str, Any]:
    """The fields of a record, its id as people see it."""
    return {name: id_text(value) if name == "id" else value for name, value in vars(row).items()}
