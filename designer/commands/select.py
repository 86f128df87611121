"""Selections of many: by kind, by container, by a rule such as `kind:vm vcpus>4 in:zone-a`. Nothing is changed."""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from designer import units
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element
from designer.model.fields import FieldSpec, field_specs
from designer.model.kind import Kinds
from designer.model.project import Project
from designer.words import tr

Test = Callable[[Element], bool]
_COMPARED = re.compile(r"([^<>=!~:]+)(<=|>=|!=|<|>|=|~|:)(.*)", re.DOTALL)
_UNIT_END = re.compile(r"_(mib|gib|mbps|mhz|frac|h|s|w|m|u|usd_h|pct)$")
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_TRUE, _FALSE = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def of_same_kinds(project: Project, ids: Iterable[int]) -> list[int]:
    """All elements of the same kinds as some, in drawing order."""
    kinds = {project.elements[i].kind for i in ids if i in project.elements}
    return [i for i in project.subtree(ROOT_ID) if i != ROOT_ID and project.elements[i].kind in kinds]


def widened(project: Project, ids: Sequence[int]) -> list[int]:
    """Everything in the containers of some elements; when that is already given, everything."""
    chosen = [i for i in ids if i in project.elements]
    parents = dict.fromkeys(project.elements[i].parent for i in chosen) or {ROOT_ID: None}
    beside = [child for parent in parents for child in project.children(parent)]
    if set(beside) <= set(chosen):
        return [i for i in project.subtree(ROOT_ID) if i != ROOT_ID]
    return beside


FIGURES = ("cpu", "given", "steal", "throttled", "waiting", "overhead", "disk", "network", "power", "state")
"""What a run knows of an element and a rule may ask for."""
Figures = Mapping[str, Mapping[int, Any]]


def is_rule(text: str) -> bool:
    """Whether a text is more than words of a name: it compares something or excludes a word."""
    return any(_COMPARED.fullmatch(word) or (word.startswith("-") and len(word) > 1) for word in text.split())


def matching(project: Project, rule: str, figures: Figures | None = None) -> list[int]:
    """The elements that match a rule, in drawing order; all its words must match.

    Raises RuleError. A word is a part of a name; `kind:vm`; `in:zone-a` (stands in it); `linked:shop`; `tag:web` (#web
    in its note); `group:front` (a group of the drawing); `locked:yes`, `hidden:yes`; a field with a comparison:
    `vcpus>4`, `ram>=16G`, `recovery=none`, `note~backup`; or what a run knows (`figures`): `cpu>80`, `steal>5`
    (percent), `power>300` (W), `state:failed`. A minus before a word excludes what matches it.
    """
    try:
        words = shlex.split(rule)
    except ValueError:
        raise RuleError(tr("A quotation mark is missing.")) from None
    if not words:
        return []
    tests = [_signed(project, word, figures or {}) for word in words]
    elements = [project.elements[i] for i in project.subtree(ROOT_ID) if i != ROOT_ID]
    for test in tests:  # one after the other: at each key of a rule, 100,000 elements are asked
        elements = list(filter(test, elements))
    return [element.__dict__["id"] for element in elements]


def _signed(project: Project, word: str, figures: Figures) -> Test:
    if len(word) > 1 and word.startswith("-"):
        test = _test(project, word[1:], figures)
        return lambda element: not test(element)
    return _test(project, word, figures)


def _test(project: Project, word: str, figures: Figures) -> Test:
    parts = _COMPARED.fullmatch(word)
    if parts is None:
        part = word.lower()
        return lambda element: part in element.__dict__["name"].lower()
    name, sign, value = parts[1].strip().lower(), parts[2], parts[3].strip()
    if not value:
        raise RuleError(tr("“{0}”: write a value after {1}.", word, sign))
    if name == "kind":
        return _of_kind(project.kinds, value)
    if name == "in":
        inside = {i for top in _named(project, value) for i in project.subtree(top) if i != top}
        return lambda element: element.__dict__["id"] in inside
    if name == "linked":
        named = _named(project, value)
        linked = {end for i in named for k in project.links_of(i) for end in (k.source, k.target)} - set(named)
        return lambda element: element.__dict__["id"] in linked
    if name == "name":
        return lambda element: _compares_text(element.__dict__["name"], sign, value)
    if name == "tag":
        tag = re.compile(rf"#{re.escape(value.lstrip('#'))}(?![\w-])", re.IGNORECASE)
        return lambda element: "#" in element.__dict__["note"] and tag.search(element.__dict__["note"]) is not None
    if name == "group":
        return lambda element: _compares_text(element.__dict__["grouped"], sign, value)
    if name in ("locked", "hidden", "placed"):
        wanted = _truth(name.capitalize(), value) == (sign != "!=")
        return lambda element: element.__dict__[name] == wanted
    if name in FIGURES:
        return _of_figure(name, sign, value, figures)
    return _of_field(project.kinds, name, sign, value)


def _of_figure(name: str, sign: str, value: str, figures: Figures) -> Test:
    """A test of what a run knows at the shown moment; without a run nothing matches."""
    if name == "state":
        known = figures.get("state", {})
        words: dict[str, bool] = {}
        return lambda element: (
            (here := element.__dict__["id"]) in known
            and words.setdefault(known[here], _compares_state(known[here], sign, value))
        )
    number = units.read(value.rstrip("%"), "W" if name == "power" else "")
    held = figures.get(name, {})
    if sign in _ORDER:
        order = _ORDER[sign]
        return lambda element: (here := element.__dict__["id"]) in held and order(held[here], number)
    return lambda element: (
        (here := element.__dict__["id"]) in held and (abs(held[here] - number) < 0.5) == (sign != "!=")
    )


def _compares_state(held: str, sign: str, value: str) -> bool:
    return held.startswith(value.lower()) == (sign != "!=")


def _truth(title: str, value: str) -> bool:
    if value.lower() not in _TRUE + _FALSE:
        raise RuleError(tr("{0}: write yes or no, not “{1}”.", title, value))
    return value.lower() in _TRUE


def _named(project: Project, name: str) -> list[int]:
    wanted = name.lower()
    found = [i for i, e in project.elements.items() if e.__dict__["name"].lower() == wanted]
    if not found:
        raise RuleError(tr("No element has the name “{0}”.", name))
    return found


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.lower())


def _of_kind(kinds: Kinds, value: str) -> Test:
    wanted = {
        kind.name
        for kind in kinds.values()
        if any(_plain(name).startswith(_plain(value)) for name in (kind.name, kind.label, kind.plural or kind.label))
    }
    if not wanted:
        raise RuleError(tr("There is no kind “{0}”.", value))
    exact = {name for name in wanted if _plain(name) == _plain(value)}
    tables = {kinds[name].table for name in exact or wanted}
    return lambda element: type(element) in tables


@cache
def _fields(table: type[Element]) -> dict[str, FieldSpec]:
    """The fields of a kind by name, with and without the unit, and by title."""
    found: dict[str, FieldSpec] = {}
    for spec in field_specs(table).values():
        if spec.editor != "hidden":
            for name in (_plain(spec.title), _plain(_UNIT_END.sub("", spec.name)), _plain(spec.name)):
                found.setdefault(name, spec)
    return found


def _of_field(kinds: Kinds, name: str, sign: str, value: str) -> Test:
    having = {
        kind.name: _fields(kind.table)[_plain(name)] for kind in kinds.values() if _plain(name) in _fields(kind.table)
    }
    if not having:
        raise RuleError(tr("No kind has a field “{0}”.", name))
    compared: dict[str, Callable[[Any], bool]] = {}
    problem: RuleError | None = None
    for kind, spec in having.items():
        try:
            compared[kind] = _compare(spec, sign, value)
        except RuleError as error:
            problem = error
    if not compared and problem is not None:
        raise problem
    asked = {kinds[kind].table: (having[kind].name, test) for kind, test in compared.items()}

    def matches(element: Element) -> bool:
        found = asked.get(type(element))
        return found is not None and found[1](element.__dict__[found[0]])

    return matches


def _compare(spec: FieldSpec, sign: str, value: str) -> Callable[[Any], bool]:
    """Whether a field's value matches a written one, in the unit of the field. Raises RuleError."""
    if spec.type is bool:
        wanted = _truth(spec.title, value)
        return lambda held: (held == wanted) == (sign != "!=")
    if spec.type in (int, float):
        number = units.read(value, spec.unit)
        if sign in _ORDER:
            order = _ORDER[sign]
            return lambda held: order(held, number)
        return lambda held: (abs(held - number) <= 1e-9 * max(abs(number), 1.0)) == (sign != "!=")
    if sign in _ORDER:
        raise RuleError(tr("{0} is text; compare it with = or ~.", spec.title))
    return lambda held: _compares_text(str(held), sign, value)


def _compares_text(held: str, sign: str, value: str) -> bool:
    held, value = held.lower(), value.lower()
    if sign in ("~", ":"):
        return value in held
    return (held == value) == (sign != "!=")
