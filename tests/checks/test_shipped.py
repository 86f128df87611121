"""What is shipped has the findings that it teaches, and no others."""

from __future__ import annotations

import pytest

from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import ORDER, blueprints
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.commands import blueprints as placing
from designer.model.project import Project
from designer.store.file import project_file

TAUGHT = {"one-app-per-server": {"PWR-01"}, "vpc-public-private": {"REL-24"},
          "cost-of-resilience": {"REL-01", "REL-02", "REL-07", "REL-08"}}  # fmt: skip
"""The findings of the blueprints that teach some: a feed that alone carries too little, credits that run out, what
depends on one zone."""


@pytest.mark.parametrize("name", ORDER)
def test_that_a_blueprint_has_the_findings_that_it_teaches(name: str) -> None:
    project = Project(KINDS, LINKS)
    placing.begin(project, blueprints()[name].text, name)
    assert {finding.check for finding in findings_of(project, CHECKS)} == TAUGHT.get(name, set())


@pytest.mark.parametrize(("name", "checks"), [("web-shop", set()), ("web-shop-tight", {"REL-02"})])
def test_that_the_demo_lacks_headroom_for_a_zone_only_where_it_says_so(name: str, checks: set[str]) -> None:
    project = Project(KINDS, LINKS, project_file.load(asset(f"examples/{name}.clouddesign")).rows)
    assert {finding.check for finding in findings_of(project, CHECKS)} == checks
