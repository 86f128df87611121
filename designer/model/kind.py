"""A kind: one declaration from which table, form, palette, canvas, rules and simulation are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr

Flow = Literal["free", "grid", "stack", "leaf"]
Layer = Literal["physical", "power", "network", "storage", "service"]
"""Layers of the drawing, shown or hidden as one."""
Shown = Literal["line", "gathered", "quiet", "reach", "around", "within"]
"""How a link is drawn. `line`: from end to end. `gathered`: so, but several from one container to one target are one
line from the container while none of them is selected. `quiet`: only while one of its ends is selected. `around`: its
source is outlined as a member of the set that it leads to. `within`: the set is its source, and the outline lies inside
its target. `reach`: as `around`, and a line leads from the set to each zone in which members stand.
"""

Section = Literal["places", "hardware", "network", "compute", "storage", "services", "sets", "more"]
"""The sections of the palette, in order."""


@dataclass(frozen=True)
class Box:
    """How a kind is drawn and laid out; lengths in drawing units (1 = 1 px at 100%).

    `free`: children stand where they were put. `grid`: children are equal cells of size `cell`, filled row by row.
    `stack`: children stand one above the other, as wide as the widest. `leaf`: holds nothing. `fills`: a few cells
    of a grid are larger, so that they fill the least box.
    """

    flow: Flow = "leaf"
    header: float = 0.0
    padding: float = 0.0
    gap: float = 8.0
    min_w: float = 12.0
    min_h: float = 9.0
    cell: tuple[float, float] = (12.0, 9.0)
    columns: int = 8
    rows: int = 12
    fills: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of element.

    `inside` names the kinds it may stand in; `add_to_spec` adds an element to a simulation spec, and
    `add_many_to_spec` some of many elements, in any order; it tells their ids. `about` gives the text
    of its box beside the name; `follows`, by field, what follows from its value, for the form. `load_error` says what
    is wrong with an element read from a file, which is then left out of the design. `defaults_in` gives values of a new
    element in a parent that replace its defaults, `copied_in` those of a copy that must be unique. `placement_error`
    says why an element may not stand in a parent, beside everything already there; `placement_reads` names the fields
    of the element that it reads, so that of many equal new elements only one is asked (None: each is), and
    `placement_links` the kinds of its links that it reads (None: it may read any). `value_error` says what is wrong
    with its own values. Both are asked when an element is placed, and again, also for its
    descendants and linked elements, when one of its `rule_fields` changes: the fields that these rules and those of
    links read. `narrow_rules` names those of them that few rules read: of the descendants only those of a kind are
    asked that have a value in a field of theirs (None: only the element itself), and no links.
    """

    name: str
    label: str
    icon: str
    table: type[Element]
    inside: tuple[str, ...]
    box: Box = field(default_factory=Box)
    help: str = ""
    prefix: str = ""
    plural: str = ""
    singular: str = ""
    section: Section = "more"
    is_set: bool = False
    drawn: bool = True
    in_palette: bool = True
    placement_error: Callable[[Tree, Element, Element], str | None] | None = None
    placement_reads: tuple[str, ...] | None = None
    placement_links: tuple[str, ...] | None = None
    value_error: Callable[[Element], str | None] | None = None
    rule_fields: tuple[str, ...] = ()
    narrow_rules: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)
    defaults_in: Callable[[Tree, Element], Mapping[str, Any]] | None = None
    copied_in: Callable[[Tree, Element, Element], Mapping[str, Any]] | None = None
    add_to_spec: Callable[[Any, Element], None] | None = None
    add_many_to_spec: Callable[[Any, Collection[Element]], Iterable[int]] | None = None
    about: Callable[[Element], str] | None = None
    about_among: Callable[[Tree, Element], str] | None = None
    follows: Callable[[Element], Mapping[str, str]] | None = None
    load_error: Callable[[Mapping[str, Kind], Element], str | None] | None = None
    unpacked: Callable[[Element], int] | None = None

    @property
    def noun(self) -> str:
        """The label within a sentence: "data center", but "VM" and "NAT gateway"; where it is a plural, the word for
        one."""
        if self.singular:
            return self.singular
        first, *rest = self.label.split(" ")
        return " ".join([first if first[1:2].isupper() else first.lower(), *rest])

    def words(self, tree: Tree, element: Element) -> str:
        """The few words that an element's box says beside its name; empty for none."""
        if self.about_among is not None:
            return self.about_among(tree, element)
        return self.about(element) if self.about is not None else ""

    def counted(self, count: int) -> str:
        """How many of this kind: "1 zone", "1,200 VMs"."""
        return f"{count:,} {tr(self.noun if count == 1 else self.plural)}"

    @property
    def container(self) -> bool:
        """Whether other elements may stand in it."""
        return self.box.flow != "leaf"


@dataclass(frozen=True)
class LinkKind:
    """A kind of link: which kinds it joins; at most `per_source` links of it start at one element (None: any).

    `link_error` says why it may not join two elements of these kinds, or None when it may. `role_of` gives a new link
    its role where none is given. `verb` joins the names of its ends in a sentence, `verbs` where several start it.
    `inverse` titles its sources at a target, as `label` does its targets at a source. `mutual`: it has no direction.
    """

    name: str
    label: str
    layer: Layer
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    per_source: int | None = None
    help: str = ""
    link_error: Callable[[Tree, Element, Element], str | None] | None = None
    role_of: Callable[[Tree, Element, Element], str] | None = None
    shown: Shown = "line"
    verb: str = ""
    verbs: str = ""
    inverse: str = ""
    mutual: bool = False

    @property
    def outlines(self) -> bool:
        """Whether one end is a set and the other is outlined as its member."""
        return self.shown in ("reach", "around", "within")


Kinds = Mapping[str, Kind]
LinkKinds = Mapping[str, LinkKind]


def why_not_inside(kinds: Kinds, kind: str, parent_kind: str) -> str | None:
    """Why a kind may not stand in another, as a short sentence, or None when it may.

    The same answer lights the target while hovering and guards the command.
    """
    if parent_kind in kinds[kind].inside:
        return None
    if not kinds[kind].inside:
        return tr("{0} holds everything else and stands in nothing", tr(kinds[kind].label))
    if kinds[kind].inside == ("design",):
        return tr("{0} can only stand on the drawing itself", tr(kinds[kind].label))
    wanted = [tr("the design") if name == "design" else tr(kinds[name].noun) for name in kinds[kind].inside]
    return tr("{0} needs {1}", tr(kinds[kind].label), _either(wanted))


def _either(words: list[str]) -> str:
    named = [w if w == tr("the design") else with_article(w) for w in words]
    if len(named) < 2:
        return "".join(named)
    return ", ".join(named[:-1]) + tr(" or ") + named[-1]


def with_article(noun: str) -> str:
    """A noun with its article: "a rack", "an application"."""
    return tr("an {0}", noun) if noun[:1].lower() in "aeio" else tr("a {0}", noun)
