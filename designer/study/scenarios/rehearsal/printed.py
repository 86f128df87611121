"""A rehearsal as lines of text and as plain values for JSON."""

from __future__ import annotations

from typing import Any

from designer.catalog.scenarios.events import ACTIONS, EventAction
from designer.model.element import id_text
from designer.study.each.answer import Reasons
from designer.study.each.printed import why_text
from designer.study.scenarios.printed import MOST_NAMES, Sections, clock
from designer.study.scenarios.rehearsal.answer import BACK, OFF, ChangeStep, Rehearsal
from designer.words import listed, mark, tr, trn

FORMAT, VERSION = "cloud-designer-rehearsal", 1
MOST_HOSTS = 3
"""Most hosts that are told of a step in text; all are in the JSON."""
_UPGRADE = (
    EventAction(OFF, "", mark("{0} is off for its upgrade"), (), verbs=mark("{0} are off for their upgrades")),
    EventAction(BACK, "", mark("{0} is back from its upgrade"), (), verbs=mark("{0} are back from their upgrades")),
)
_ACTIONS = ACTIONS | {action.what: action for action in _UPGRADE}


def summary(found: Rehearsal) -> str:
    """What was found, as a sentence."""
    broken = found.broken
    if broken:
        first = step_text(found, broken[0])
        count = trn("{0:,} step breaks N+1", "{0:,} steps break N+1", len(broken))
        return tr("{0}; the first: {1}.", count, first)
    if not found.steps[0].holds:
        return tr("N+1 does not hold before the change; no step makes it worse.")
    return tr("N+1 holds before the change and after each of its steps.")


def step_text(found: Rehearsal, step: ChangeStep) -> str:
    """What happens in a step, and when."""
    if not step.what:
        return tr("before the change")
    parts = [_ACTIONS[what].told([found.names[i] for i in ids], MOST_NAMES) for what, ids in step.what]
    return tr("{0}  {1}", clock(step.time_s), "; ".join(parts))


def step_lines(found: Rehearsal, step: ChangeStep) -> list[str]:
    """Whether a step holds, and if not, what does not come back and why."""
    tried = trn("{0:,} host failed in turn", "{0:,} hosts failed in turn", step.tried)
    if step.holds:
        return [tr("N+1 holds ({0})", tried)]
    title = tr("breaks N+1 ({0})", tried) if step.breaks else tr("N+1 does not hold, as before the change ({0})", tried)
    lines = [title]
    if step.down:
        lines.append(tr("does not run: {0}", _which(found, step.down, step.why_down)))
    for loss in step.losses[:MOST_HOSTS]:
        text = tr("{0} fails, not back: {1}", found.names[loss.host_id], _which(found, loss.stays, loss.why))
        lines.append(text if loss.new or not step.what else tr("{0} (as before the change)", text))
    more = len(step.losses) - MOST_HOSTS
    if more > 0:
        lines.append(trn("{0:,} more host leaves VMs behind", "{0:,} more hosts leave VMs behind", more))
    return lines


def _which(found: Rehearsal, ids: tuple[int, ...], why: Reasons) -> str:
    """VMs by name, and why."""
    return tr("{0} ({1})", listed(sorted(found.names[i] for i in ids), MOST_NAMES), why_text(why))


def sections(found: Rehearsal) -> Sections:
    """A rehearsal to read: titles with their lines."""
    steps = [(_capital(step_text(found, step)), step_lines(found, step)) for step in found.steps]
    return [(tr("{0}: rehearsal", found.name), [summary(found)]), *steps]


def as_lines(found: Rehearsal) -> list[str]:
    """A rehearsal for a terminal."""
    lines: list[str] = []
    for title, inside in sections(found):
        lines += [title, *(f"  {line}" for line in inside), ""]
    return lines[:-1]


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def as_json(found: Rehearsal) -> dict[str, Any]:
    """A rehearsal, elements by id and name, times in seconds since the start of the scenario's run."""

    def named(element_id: int) -> dict[str, str]:
        return {"id": id_text(element_id), "name": found.names[element_id]}

    def reasons(why: Reasons) -> list[dict[str, Any]]:
        return [{"reason": reason, "vms": count} for reason, count in why]

    def row(step: ChangeStep) -> dict[str, Any]:
        return {
            "time_s": step.time_s if step.what else None, "asked_s": step.asked_s,
            "what": [{"event": what, "elements": [named(i) for i in ids]} for what, ids in step.what],
            "holds": step.holds, "breaks": step.breaks, "hosts_tried": step.tried,
            "down": [named(i) for i in step.down], "why_down": reasons(step.why_down),
            "failures": [
                {
                    "host": named(loss.host_id), "not_back": [named(i) for i in loss.stays], "why": reasons(loss.why),
                    "left_behind_before": loss.before, "new": loss.new,
                }
                for loss in step.losses
            ],
        }  # fmt: skip

    return {
        "format": FORMAT, "version": VERSION, "scenario": found.name, "repair_s": found.repair_s,
        "steps_that_break": len(found.broken), "steps": [row(step) for step in found.steps],
    }  # fmt: skip
