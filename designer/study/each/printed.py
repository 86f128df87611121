"""What fail each in turn found, as lines for a terminal and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from designer import units
from designer.model.element import id_text
from designer.study.each.answer import EachAnswer, Fall, Headroom, PlaceVerdict, Reasons
from designer.words import mark, tr, trn
from designer.words.reasons import told

JSON_VERSION = 1
MANY = {
    "zone": (mark("{0:,} zone"), mark("{0:,} zones")),
    "data_center": (mark("{0:,} data center"), mark("{0:,} data centers")),
    "power_feed": (mark("{0:,} power feed"), mark("{0:,} power feeds")),
    "rack": (mark("{0:,} rack"), mark("{0:,} racks")),
    "host": (mark("{0:,} host"), mark("{0:,} hosts")),
}
"""How many of a kind, one and more."""


def summary(answer: EachAnswer) -> str:
    """What was found, as a sentence."""
    tried = trn("{0:,} failure tried", "{0:,} failures tried", answer.tried)
    if not answer.whole:
        tried = tr("{0:,} of {1:,} failures tried; the work was ended", answer.tried, answer.of)
    bad, of = answer.left_behind, len(answer.falls)
    if not of:
        return tr("There is nothing to fail: the design has no zone, data center, power feed, rack or host.")
    if not bad:
        return tr("{0}: every VM comes back.", tried)
    return tr("{0}: {1:,} of {2:,} elements leave VMs behind.", tried, bad, of)


def verdict_text(verdict: PlaceVerdict, names: Mapping[int, str]) -> str:
    """A verdict as a sentence."""
    of = trn(*MANY[verdict.of], verdict.count)
    place = names.get(verdict.place, "")
    if not verdict.one:
        return tr("{0}, {1}: N+0; the failure of {2} leaves VMs behind", place, of, names.get(verdict.worst, ""))
    if verdict.two is False:
        return tr("{0}, {1}: N+1, but not while a host is in maintenance", place, of)
    if verdict.two:
        return tr("{0}, {1}: N+2, any one may fail while a host is in maintenance", place, of)
    return tr("{0}, {1}: N+1, any one may fail", place, of)


def why_text(why: Reasons) -> str:
    """Why VMs do not come back."""
    return "; ".join(tr("{0}: {1}", trn("{0:,} VM", "{0:,} VMs", count), told(reason)) for reason, count in why)


def up_text(fall: Fall) -> str:
    """When all VMs of an element run again; a dash where none fell."""
    if math.isinf(fall.up_s):
        return tr("not before it is repaired")
    return units.clock_text(fall.up_s) if fall.fell else "–"


def as_json(answer: EachAnswer) -> dict[str, Any]:
    """The answer, elements by id and name, times in seconds; null: never, or not known."""
    names = answer.names

    def named(element_id: int) -> dict[str, str]:
        return {"id": id_text(element_id), "name": names.get(element_id, "")}

    def reasons(why: Reasons) -> list[dict[str, Any]]:
        return [{"reason": reason, "vms": count} for reason, count in why]

    def row(fall: Fall) -> dict[str, Any]:
        services = [
            {**named(i), "down_s": fall.down_s[n], "below_slo": n in fall.below}
            for n, (i, _) in enumerate(answer.services)
        ]
        made: dict[str, Any] = {
            **named(fall.id), "kind": fall.kind, "vms_fall": fall.fell, "vms_stay_down": len(fall.stays),
            "stay_down": [id_text(i) for i in fall.stays], "why": reasons(fall.why), "up_s": _known(fall.up_s),
            "hottest_frac": _known(fall.hottest), "hottest": named(fall.hottest_id) if fall.hottest_id else None,
            "falls_with_it": dict(fall.way), "services": services,
        }  # fmt: skip
        one = fall.meanwhile
        if one is not None:
            made["in_maintenance"] = {
                "host": named(one.host_id), "vms_stay_down": len(one.stays), "why": reasons(one.why),
                "hosts_that_break": one.breaks, "hosts_tried": one.tried,
            }  # fmt: skip
        return made

    return {
        "version": JSON_VERSION, "at_s": answer.at_s, "repair_s": answer.repair_s, "failures": answer.of,
        "tried": answer.tried, "leave_vms_behind": answer.left_behind, "elements": [row(fall) for fall in answer.falls],
        "verdicts": [
            {"place": named(v.place), "of": v.of, "count": v.count, "level": v.level, "worst": named(v.worst)}
            for v in answer.verdicts
        ],
    }  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def headroom_lines(found: Headroom, names: Mapping[int, str], growth_frac: float) -> list[str]:
    """What a headroom is, in sentences."""
    fit = trn("{0:,} more VM fits", "{0:,} more VMs fit", found.fits)
    told = [tr("{0}; with {1:,} of them N+1 still holds.", fit, found.holds)]
    if found.worst:
        told.append(tr("The failure of {0} ends it.", names.get(found.worst, "")))
    if math.isfinite(found.months):
        told.append(tr("At {0:.3g}% growth a month it ends after {1:.1f} months.", growth_frac * 100.0, found.months))
    if not found.by_rules:
        told.append(tr("Rules that go by a load (balancing, scaling, memory taken back, breakers) were not asked."))
    return told
