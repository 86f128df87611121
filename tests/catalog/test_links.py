"""What may be linked with what: the third column of the table of kinds."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS

ALSO_LINKED_TO = {
    "power_feed": {"rack", "host", "data_center", "cooling", "ups", "generator"},
    "ups": {"power_feed"},
    "generator": {"power_feed"},
    "cooling": {"rack", "host", "data_center", "power_feed"},
    "rack": {"power_feed", "cooling", "switch", "router", "firewall"},
    "data_center": {"power_feed", "cooling", "switch", "router", "firewall"},
    "zone": {"switch", "router", "firewall", "zone"},
    "switch": {"host", "rack", "data_center", "zone", "switch", "router"},
    "router": {"host", "rack", "data_center", "zone", "switch"},
    "firewall": {"host", "rack", "data_center", "zone", "subnet"},
    "storage_array": {"datastore", "power_feed", "cooling", "switch", "router"},
    "datastore": {"host"},
    "cluster": {"host"},
    "host": {"vm", "cluster", "power_feed", "cooling", "datastore", "switch", "router", "firewall"},
    "subnet": {"vpc", "nat_gateway", "database", "function", "load_balancer", "auto_scaling_group", "vm"},
    "vpc": {"subnet", "internet_gateway", "vpc"},
    "vm": {
        *("subnet", "auto_scaling_group", "service", "volume", "security_group", "placement_group"),
        *("resource_pool", "vm", "affinity_rule", "host"),
    },
    "application": {"service"},
    "volume": {"vm"},
    "bucket": {"service"},
    "function": {"service", "subnet"},
    "load_balancer": {"subnet", "service", "dns_name"},
    "dns_name": {"load_balancer", "service", "user_population"},
    "nat_gateway": {"subnet"},
    "internet_gateway": {"vpc"},
    "auto_scaling_group": {"subnet", "vm"},
    "database": {"subnet", "service"},
    "security_group": {"vm"},
    "placement_group": {"vm"},
    "affinity_rule": {"vm"},
    "resource_pool": {"vm", "resource_pool"},
    "service": {"vm", "application", "database", "service", "user_population", "load_balancer", "function", "bucket"},
    "user_population": {"service", "dns_name"},
    "region": set(),
    "note": set(),
}  # fmt: skip


def joined(kind: str) -> set[str]:
    """The kinds with which a kind may be linked, at either end."""
    from_here = {target for link in LINKS.values() if kind in link.sources for target in link.targets}
    return from_here | {source for link in LINKS.values() if kind in link.targets for source in link.sources}


@pytest.mark.parametrize("kind", [kind for kind in ALSO_LINKED_TO if kind in KINDS])
def test_that_a_kind_is_linked_with_what_the_table_of_the_model_says(kind: str) -> None:
    assert joined(kind) >= ALSO_LINKED_TO[kind] & KINDS.keys()


def test_that_every_kind_in_the_palette_is_in_the_table() -> None:
    assert {name for name, kind in KINDS.items() if kind.in_palette} <= ALSO_LINKED_TO.keys()


def test_that_every_link_has_a_verb_that_stands_between_two_names() -> None:
    assert [link.name for link in LINKS.values() if not link.verb or link.verb != link.verb.strip()] == []
    assert [link.name for link in LINKS.values() if not link.verbs or link.verbs != link.verbs.strip()] == []
    assert {link.verbs.split(" ")[0] for link in LINKS.values()} & {"is", "has"} == set()


def test_that_a_link_has_a_title_of_its_own_at_either_end() -> None:
    for kind in KINDS:
        starts = [link.label for link in LINKS.values() if kind in link.sources]
        ends = [link.inverse for link in LINKS.values() if kind in link.targets and not link.mutual]
        titles = starts + ends
        assert all(titles)
        assert len(set(titles)) == len(titles), kind
