"""The answer of a scenario as lines of text and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from designer import units
from designer.model.element import id_text
from designer.study.scenarios.answer import LOST, REPLACED, RESTARTED, WAITS, FallenVm, ScenarioAnswer, ServiceAnswer

FORMAT, VERSION = "cloud-designer-what-if", 1
MOST_LINES = 20
"""Most ways and reasons that are listed in text; all are in the JSON."""


def as_lines(answer: ScenarioAnswer) -> list[str]:
    """The answer to read."""
    lines = [f"{answer.name}: what was cut"]
    lines += _cut_lines(answer)
    lines += ["", *_fallen_lines(answer)]
    lines += _instance_lines(answer)
    for why, names in answer.waits.items():
        lines.append(f"  waits: {_some(names)}" + (f": {why}" if why else ""))
    lines += ["", "Services", *(f"  {line}" for service in answer.services for line in _service_lines(service))]
    if answer.survivors:
        lines += ["", "Load of the survivors, most"]
        lines += [f"  {one.name} ({one.kind}) {one.most_frac * 100:,.0f} %" for one in answer.survivors]
    if answer.data:
        lines += ["", "Data at risk"]
        lines += [f"  {row.name}: {_span(row.rpo_s)} of writes; {row.why}" for row in answer.data]
    lines += ["", "Does recovery need something that died?"]
    if not answer.needs:
        lines.append("  No: no step of the recovery waited for what was down.")
    for need in answer.needs:
        end = "until the end" if need.until_s is None else f"until {_clock(need.until_s)}"
        lines.append(f"  Yes: {need.sentence}, from {_clock(need.from_s)} {end}.")
    return [*lines, "", f"digest {answer.digest[:16]}"]


def _clock(time_s: float) -> str:
    return units.clock_text(time_s, with_seconds=True)


def _span(seconds: float | None) -> str:
    return "all" if seconds is None else units.text(seconds, "s")


def _cut_lines(answer: ScenarioAnswer) -> Iterable[str]:
    for (time_s, what), parts in groupby(answer.cut, key=lambda part: (part.time_s, part.what)):
        yield f"  {_clock(time_s)}  {what.replace('_', ' ')}: {_some([part.name for part in parts])}"


def _some(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def _fallen_lines(answer: ScenarioAnswer) -> list[str]:
    places = [
        f"{row.count:,} {row.kind.replace('_', ' ')} ({_some(list(row.names), 3)})" for row in answer.fallen_places
    ]
    lines = [
        f"{len({fall.id for fall in answer.fallen}):,} VMs fell"
        + (f"; down were {', '.join(places)}" if places else "")
    ]
    ways: dict[tuple[str, ...], list[FallenVm]] = {}
    for fall in answer.fallen:
        ways.setdefault((*fall.path_names[:-1], fall.how), []).append(fall)
    for key, falls in list(ways.items())[:MOST_LINES]:
        way = " -> ".join([*key[:-1], _some([fall.name for fall in falls], 3)])
        lines.append(f"  {way}: {_how(falls)}")
    if len(ways) > MOST_LINES:
        lines.append(f"  and {len(ways) - MOST_LINES:,} more ways; --json lists all")
    return lines


def _how(falls: list[FallenVm]) -> str:
    how = falls[0].how
    if how == RESTARTED:
        back = [fall.back_s for fall in falls if fall.back_s is not None]
        where = _some(list(dict.fromkeys(fall.where for fall in falls)), 3)
        first, last = _clock(min(back)), _clock(max(back))
        return f"back at {first if first == last else f'{first} to {last}'} on {where}"
    if how == REPLACED:
        return "terminated and replaced by its group" if len(falls) == 1 else "terminated and replaced by their group"
    said = {WAITS: "waits at the end", LOST: "lost"}.get(how, "down at the end")
    return f"{said}{f': {falls[0].why}' if falls[0].why else ''}"


def _instance_lines(answer: ScenarioAnswer) -> Iterable[str]:
    for (group, where), rows in groupby(
        sorted(answer.launched, key=lambda row: (row.group, row.where, row.launched_s)),
        key=lambda r: (r.group, r.where),
    ):
        made = list(rows)
        ran = [row.running_s for row in made if row.running_s is not None]
        told = f"running from {_clock(min(ran))} to {_clock(max(ran))}" if ran else "never ran"
        yield f"  {group} launches {len(made):,} in {where}, {told}"


def _service_lines(row: ServiceAnswer) -> Iterable[str]:
    if row.dropped <= 0.0:
        yield f"{row.name}: no request dropped"
        return
    rto = "it does not recover in this run" if row.rto_s is None else f"recovered after {units.text(row.rto_s, 's')}"
    yield (
        f"{row.name}: {row.dropped:,.0f} of {row.asked:,.0f} requests dropped in {units.text(row.dropping_s, 's')}, as "
        f"much as {units.text(row.down_s, 's')} without any answer; {rto}"
    )
    if row.slo_frac > 0.0:
        word = "MISSED" if row.misses_slo else "held"
        yield f"  SLO {word}: {row.served_frac * 100:.5g} % served, {row.slo_frac * 100:.5g} % promised"


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
