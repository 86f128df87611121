"""Dedicated hosts: a host whose model is a dedicated host takes instances of its family, as many as fit its sockets.

How many of one size fit is the catalog's figure. Mixed sizes fit when they can be laid onto the sockets, or when their
shares of the host add up to at most one (inferred; confidence B).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from designer.catalog.presets.shipped import DEDICATED
from designer.catalog.reference.ec2 import DedicatedHost, ec2
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr

Need = tuple[int, Fraction]
"""Cores of an instance, and its share of the host by the catalog's figure."""


def dedicated_host(host: Element) -> DedicatedHost | None:
    """The dedicated host of a host's model, or None for an ordinary host."""
    if not is_dedicated(host):
        return None
    return ec2().dedicated_hosts.get(host.__dict__["model"].removesuffix(DEDICATED))


def is_dedicated(host: Element) -> bool:
    """Whether a host is a dedicated host of the provider's, of whatever family."""
    model: str = host.__dict__.get("model", "")
    return model.endswith(DEDICATED)


def dedicated_error(tree: Tree, vm: Element, parent: Element) -> str | None:
    """Why a dedicated host does not take one more VM, or None when it does or the host is ordinary."""
    host = dedicated_host(parent) if parent.kind == "host" else None
    if host is None:
        return None
    here = tr("{0} is a dedicated host for {1}", parent.name, host.family)
    need = need_of(host, vm)
    if need is None:
        return tr("{0} and takes no {1}", here, vm.__dict__["instance_type"])
    others = [tree.elements[i] for i in tree.children(parent.id) if i != vm.id]
    needs = [other_need for other in others if (other_need := need_of(host, other)) is not None]
    if fits(host, [*needs, need]):
        return None
    name = vm.__dict__["instance_type"]
    if name and all(other.__dict__.get("instance_type") == name for other in others):
        size = name.partition(".")[2]
        return tr("{0}: it takes {1} {2}, and all are taken", here, host.capacity[size], name)
    taken, what = sum(cores for cores, _ in needs), name or tr("a VM of {0} vCPUs", vm.__dict__["vcpus"])
    free = tr("{0} of its {1} cores are free", host.cores - taken, host.cores)
    sockets = tr(" on {0} sockets", host.sockets) if (host.sockets or 1) > 1 else ""
    return tr("{0}: {1}{2}, and {3} needs {4}", here, free, sockets, what, need[0])


def need_of(host: DedicatedHost, vm: Element) -> Need | None:
    """What a VM needs of a dedicated host (by its vCPUs where it has no type); None when the host does not take its
    type."""
    fields = vm.__dict__
    name: str = fields.get("instance_type", "")
    if not name:
        cores = math.ceil(fields.get("vcpus", 1) * host.cores / host.vcpus)
        return cores, Fraction(cores, host.cores)
    family, _, size = name.partition(".")
    kind = ec2().types.get(name)
    if family != host.family or size not in host.capacity or kind is None:
        return None
    cores = math.ceil(kind.vcpus / (kind.threads_per_core or host.vcpus / host.cores))
    return cores, Fraction(1, host.capacity[size])


def fits(host: DedicatedHost, needs: Sequence[Need]) -> bool:
    """Whether instances fit on a dedicated host together."""
    return sum(part for _, part in needs) <= 1 or _packed(host, sorted((cores for cores, _ in needs), reverse=True))


def _packed(host: DedicatedHost, cores: Sequence[int]) -> bool:
    """Whether instances, the largest first, can be laid onto the sockets. One larger than a socket spans sockets."""
    count = host.sockets or 1
    size = host.cores // count
    free = [size] * count
    for needed in cores:
        place = next((n for n, left in enumerate(free) if left >= needed), None)
        if place is not None:
            free[place] -= needed
        elif needed > size and sum(free) >= needed:
            for n, left in enumerate(free):
                taken = min(left, needed)
                free[n], needed = left - taken, needed - taken
        else:
            return False
    return True
