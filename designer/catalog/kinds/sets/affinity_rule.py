"""An affinity rule: which VMs stand together on one host, rack or zone, and which apart."""

from __future__ import annotations

from typing import ClassVar, Literal

from designer.catalog.rules.affinity import contradiction_in, rule_record
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, choice, field
from designer.model.kind import Box, Kind
from designer.words import tr

Wants = Literal["together", "apart"]
Level = Literal["host", "rack", "zone"]


class AffinityRule(Element, table=True):
    """An affinity rule."""

    __tablename__ = "affinity_rule"
    kind: ClassVar[str] = "affinity_rule"

    wants: Wants = choice(
        "apart",
        "Keeps its VMs",
        group="Placement",
        help="together: on one host, rack or zone (affinity). apart: each on another (anti-affinity). A run asks the "
        "rule when it places a VM.",
    )
    level: Level = choice(
        "host",
        "By",
        group="Placement",
        help="What the VMs share or do not share. A host outside of racks counts as a rack. On rented capacity hosts "
        "and racks are not known.",
    )
    strict: bool = field(
        True,
        "Strict",
        group="Placement",
        help="A strict rule is never broken: a VM that has no place by it waits. Another rule is kept as far as there "
        "is a choice.",
    )


def _add_to_spec(builder: SpecBuilder, rule: Element) -> None:
    """Add the rule. Raises RuleError where rules, or pins, contradict each other."""
    found = builder.memo("affinity", lambda: contradiction_in(builder.tree))
    if found is not None:
        raise RuleError(f"{found[0]}.")
    builder.affinities.append(rule_record(builder.tree, rule))


def _about(rule: Element) -> str:
    fields = rule.__dict__
    soft = "" if fields["strict"] else tr(", if possible")
    return tr("{0} by {1}", fields["wants"], fields["level"]) + soft


AFFINITY_RULE = Kind(
    "affinity_rule",
    "Affinity rule",
    "affinity-rule.svg",
    AffinityRule,
    inside=("data_center", "zone", "region"),
    prefix="rule",
    plural="affinity rules",
    section="sets",
    is_set=True,
    box=Box(min_w=140, min_h=32),
    help=(
        "Keeps the VMs that are linked to it together on one host, rack or zone, or apart on different ones, when a "
        "run places them. Templates give the rule to the instances of their group."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
