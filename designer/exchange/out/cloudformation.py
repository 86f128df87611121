"""CloudFormation: a template for each region of a design, and what a template cannot express, listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from designer.catalog import KINDS, LINKS
from designer.errors import ExportFileError
from designer.exchange.estate.inventory import Remarks
from designer.exchange.out.stack import Stack
from designer.exchange.out.stack_machines import put_groups, put_machines
from designer.exchange.out.stack_network import put_network
from designer.exchange.out.stack_services import put_services
from designer.exchange.table_out import whole
from designer.model.element import ROOT_ID
from designer.model.tree import Tree
from designer.words import tr

ENDS = (".yaml", ".yml", ".template")
MOST_RESOURCES = 500
"""Most resources of a template (AWS CloudFormation quotas)."""
PLACES = frozenset(("design", "region", "zone"))
"""Kinds that a template names and does not make."""
SAID = frozenset((
    "in_vpc", "opens", "routes_through", "attached", "attached_to", "protected_by", "nodes_in", "spans", "template",
    "placed_by", "balances", "member",
))  # fmt: skip
"""Links that a template expresses, where both of their ends are in it."""


class _Dumper(yaml.SafeDumper):
    """Writes a value again where it stands again: CloudFormation takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """True."""
        return True


def yaml_of(template: dict[str, Any]) -> str:
    """A template as YAML."""
    return yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


@dataclass
class Exported(Remarks):
    """Templates by the code of their region, and what they leave out."""

    templates: dict[str, dict[str, Any]]


def templates(tree: Tree) -> Exported:
    """The templates of a design. Raises ExportFileError where it has no region of AWS."""
    found = Exported({})
    whole_in: set[int] = set()
    for region in tree.of_kind("region"):
        code = region.__dict__["code"]
        if region.__dict__["provider"] != "aws" or not code or code in found.templates:
            found.remark("left_out", tr("A region that is not of AWS, has no code, or is drawn twice."), region.name)
            continue
        stack = Stack(tree, region)
        for put in (put_network, put_machines, put_groups, put_services):
            put(stack)
        if not stack.resources:
            continue
        found.templates[code] = stack.template()
        if len(stack.resources) > MOST_RESOURCES:
            found.remark("warning", tr("A stack has at most {0:,} resources; split the template.", MOST_RESOURCES),
                         f"{code} ({len(stack.resources):,})")  # fmt: skip
        for (sort, sentence), who in stack.remarks.items():
            found.remarks.setdefault((sort, sentence), []).extend(who)
        whole_in |= set(stack.ids)
    if not found.templates:
        raise ExportFileError(tr("The design has nothing in a region of AWS that a template could make."))
    _count_rest(tree, found, whole_in)
    return found


def _count_rest(tree: Tree, found: Exported, there: set[int]) -> None:
    """Tell the kinds of elements and links that no template has."""
    told = {"vm", "volume", "host", "subnet", "nat_gateway", "load_balancer", "auto_scaling_group"}
    inside = {i for region in tree.of_kind("region") for i in tree.subtree(region.id)}
    rest = Counter(row.kind for i, row in tree.elements.items()
                   if i not in there and i != ROOT_ID and row.kind not in PLACES
                   and not (row.kind in told and i in inside))  # fmt: skip
    for kind, number in rest.items():
        found.remark("left_out", tr("Elements that a template does not hold."), KINDS[kind].counted(number))
    links = Counter(row.kind for row in tree.links.values() if row.kind not in SAID)
    for kind, number in links.items():
        found.remark("left_out", tr("Links that a template does not hold."), f"{number:,} {tr(LINKS[kind].label)}")
    found.remark("left_out", tr("Load, rates of failure, prices, and all else that only a design tells."))


def write_templates(tree: Tree, path: Path) -> tuple[list[Path], Exported]:
    """Write the templates of a design; return the files (one, or one a region named after it) and what they leave out.
    Raises ExportFileError."""
    made = templates(tree)
    written = []
    for code, template in made.templates.items():
        alone = len(made.templates) == 1
        written.append(path if alone else path.with_name(f"{path.stem}-{code}{path.suffix}"))
        with whole(written[-1]) as partial:
            partial.write_text(yaml_of(template), "utf-8")
    return written, made
