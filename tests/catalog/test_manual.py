"""The manual: every kind and every concept of a course on cloud infrastructure is in it."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.manual import KIND_HEAD, concept_row, concepts, kind_row, shown

OF_A_COURSE = (
    "Server", "Storage device", "SAN and NAS", "Router", "Switch", "Firewall", "Data center", "Power", "Cooling",
    "Security", "Compute", "Function", "Bucket", "Block volume", "Virtual network", "Load balancer", "Region",
    "Availability zone", "Type 1 hypervisor", "Type 2 hypervisor", "Guest OS", "Isolation",
)  # fmt: skip
CONCEPTS = {name: (kinds, where) for name, kinds, where in concepts()}


@pytest.mark.parametrize("name", [kind.name for kind in shown(KINDS)])
def test_that_a_kind_has_its_row_with_all_that_is_to_be_said(name: str) -> None:
    row = dict(zip(KIND_HEAD, kind_row(KINDS[name], KINDS, LINKS)))
    assert len(row) == len(KIND_HEAD)
    assert len(row["In a run"]) > 30
    assert (row["Stands in"] == "–") is (name == "design")
    found = [kind.name for kind in shown(KINDS) if name in kind.inside]
    assert (row["Holds"] == "–") is (not found)


def test_that_the_row_of_a_vm_says_its_places_links_and_sources() -> None:
    row = dict(zip(KIND_HEAD, kind_row(KINDS["vm"], KINDS, LINKS)))
    assert row["Stands in"] == "host, subnet, zone"
    assert "Member of service (service)" in row["Links"]
    assert "Boot time: general knowledge of the field (C)" in row["Figures and their sources"]
    subnet = dict(zip(KIND_HEAD, kind_row(KINDS["subnet"], KINDS, LINKS)))
    assert subnet["Holds"] == "VM, NAT gateway"


@pytest.mark.parametrize("concept", OF_A_COURSE)
def test_that_a_concept_of_the_course_is_there_and_its_kinds_are(concept: str) -> None:
    kinds, where = CONCEPTS[concept]
    assert len(where) > 30
    assert kinds and set(kinds) <= KINDS.keys()


def test_that_every_kind_stands_for_some_concept_and_none_is_told_twice() -> None:
    assert {kind.name for kind in shown(KINDS)} <= {kind for kinds, _ in CONCEPTS.values() for kind in kinds}
    assert len(CONCEPTS) == len(concepts())


def test_that_a_concept_names_its_kinds_by_their_labels() -> None:
    row = next(row for row in concepts() if row[0] == "Virtual network")
    assert concept_row(row, KINDS)[1] == "VPC, Subnet"
