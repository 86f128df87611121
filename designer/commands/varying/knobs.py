"""Knobs of a design, each one thing that can be set to a number: a field of a kind, or how many of a kind there are.

`host.mttr_h=1,2,4` varies a field of all hosts, `host[in:zone-a].mttr_h=1,2,4` of those that a rule finds,
`zone.count=1..3` how many zones there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from designer import units
from designer.commands import clipboard, edit
from designer.commands.select import matching
from designer.commands.strengthen import add_host_like
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.fields import FieldSpec, check_value, form_fields
from designer.model.project import Project
from designer.words import tr

COUNT = "count"
MOST_OF_A_KIND = 1000
"""How many of a kind a knob makes at most."""
_VARIED = re.compile(r"\s*(\w+)\s*(?:\[(.*)\])?\s*\.\s*(\w+)\s*=(.*)", re.DOTALL)
_SPAN = re.compile(r"\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*")


@dataclass(frozen=True)
class FieldKnob:
    """A field of all elements of a kind that a rule finds; an empty rule: of all."""

    kind: str
    rule: str
    field: str
    makes = False

    @property
    def title(self) -> str:
        """The knob as it is written."""
        return _title(self.kind, self.rule, self.field)

    def apply(self, project: Project, value: float) -> None:
        """Set it. Raises RuleError."""
        spec = _number(project, self.kind, self.field)
        edit.change(project, _found(project, self.kind, self.rule), {self.field: _stored(spec, value)})


@dataclass(frozen=True)
class CountKnob:
    """How many elements of a kind there are of those that a rule finds. More are like the last: a host without what
    stands on it, anything else with it. Fewer: the last ones go, hosts after their VMs have moved to those that stay.
    """

    kind: str
    rule: str
    makes = True

    @property
    def title(self) -> str:
        """The knob as it is written."""
        return _title(self.kind, self.rule, COUNT)

    def apply(self, project: Project, value: float) -> None:
        """Set it. Raises RuleError."""
        found, wanted = _found(project, self.kind, self.rule), int(value)
        with project.edit(tr("Change the number of {0}", project.kinds[self.kind].plural)):
            if self.kind == "host":
                _empty(project, found[wanted:], found[:wanted])
            edit.delete(project, found[wanted:])
            for _ in range(wanted - len(found)):
                if self.kind == "host":
                    add_host_like(project, found[-1])
                elif not clipboard.duplicate(project, [found[-1]]):
                    raise RuleError(tr("{0} cannot be copied here.", project.elements[found[-1]].name))


Knob = FieldKnob | CountKnob


def knob_of(project: Project, text: str) -> tuple[Knob, tuple[float, ...]]:
    """The knob that a text names, and the values that it gives it. Raises RuleError."""
    parts = _VARIED.fullmatch(text)
    if parts is None:
        raise RuleError(tr("“{0}”: write what varies as KIND.FIELD=VALUES, like host.mttr_h=1,2,4.", text))
    kind, rule, field, written = parts[1], (parts[2] or "").strip(), parts[3], parts[4]
    if kind not in project.kinds:
        raise RuleError(tr("There is no kind “{0}”.", kind) + _close(kind, project.kinds))
    found = _found(project, kind, rule)
    if field == COUNT:
        if found == [ROOT_ID]:
            raise RuleError(tr("There is one design."))
        counts = _values(written, FieldSpec(COUNT, tr("The number"), int))
        if not all(1 <= one <= MOST_OF_A_KIND for one in counts):
            raise RuleError(tr("{0}: a number of elements is from 1 to {1:,}.", text, MOST_OF_A_KIND))
        return CountKnob(kind, rule), counts
    spec = _number(project, kind, field)
    values = _values(written, spec)
    for value in values:
        check_value(project.kinds[kind].table, field, _stored(spec, value), _title(kind, rule, field))
    return FieldKnob(kind, rule, field), values


def _title(kind: str, rule: str, field: str) -> str:
    return f"{kind}[{rule}].{field}" if rule else f"{kind}.{field}"


def _close(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=3)
    return " " + tr("Did you mean {0}?", ", ".join(close)) if close else ""


def _number(project: Project, kind: str, field: str) -> FieldSpec:
    """The field of a number. Raises RuleError."""
    fields = {spec.name: spec for spec in form_fields(project.kinds[kind].table)}
    numbers = [name for name, spec in fields.items() if spec.type in (int, float)]
    if field not in fields:
        label = project.kinds[kind].label
        raise RuleError(tr("{0} has no field “{1}”.", label, field) + _close(field, [*numbers, COUNT]))
    if field not in numbers:
        raise RuleError(tr("{0} of {1} is no number.", field, project.kinds[kind].label))
    return fields[field]


def _stored(spec: FieldSpec, value: float) -> float | int:
    return int(value) if spec.type is int and value == int(value) else value


def _values(written: str, spec: FieldSpec) -> tuple[float, ...]:
    """The values of a list such as `1,2,4` or `1..4`, each once. Raises RuleError."""
    found: dict[float, None] = {}
    for one in written.split(","):
        span = _SPAN.fullmatch(one)
        if span is None:
            found[units.read(one, spec.unit)] = None
        elif (count := int(span[2]) - int(span[1]) + 1) > MOST_OF_A_KIND:
            raise RuleError(tr("“{0}” has {1:,} values; a span has at most {2:,}.", one.strip(), count, MOST_OF_A_KIND))
        elif count > 0:
            found.update(dict.fromkeys(map(float, range(int(span[1]), int(span[2]) + 1))))
        else:
            raise RuleError(tr("“{0}” is no span; write it like 1..4.", one.strip()))
    if spec.type is int and any(value != int(value) for value in found):
        raise RuleError(tr("{0} must be a whole number.", spec.title))
    return tuple(found)


def _found(project: Project, kind: str, rule: str) -> list[int]:
    """The elements of a kind that a rule finds, in drawing order. Raises RuleError where there are none."""
    if project.root.kind == kind:
        return [ROOT_ID]
    words = f"kind:{kind} {rule}"
    found = [i for i in matching(project, words) if project.elements[i].kind == kind]
    if not found:
        noun = tr(project.kinds[kind].noun)
        raise RuleError(tr("The design has no {0} that {1} finds.", noun, rule) if rule
                        else tr("The design has no {0}.", noun))  # fmt: skip
    return found


def _empty(project: Project, leaving: list[int], staying: list[int]) -> None:
    """Move the VMs of hosts that leave to those that stay, each to the one with the fewest."""
    vms = [i for host in leaving for i in project.children(host) if project.elements[i].kind == "vm"]
    for vm in vms:
        to = min(staying, key=lambda host: len(project.children(host)))
        edit.move(project, [vm], (0.0, 0.0), to)
