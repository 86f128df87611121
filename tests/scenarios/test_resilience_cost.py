"""What resilience costs, as published, beside the services of the blueprint: order and rough ratios, what they buy.

Uptime Institute Intelligence (2022, second-hand): one stateless service; above one zone without protection +15% for
zones with about 15 minutes of recovery, +45% for active-active over zones, +52% for a pilot light in another region,
+111% for active-active over regions. Its instance types, traffic and regions are not known: here two m5.large behind a
load balancer in us-east-1, without traffic, and eu-west-1 as the other region.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.catalog.scenarios.events import ScenarioEvent
from designer.commands import blueprints as placing
from designer.model.project import Project
from designer.study.cost.bill import CAPACITY_UNITS, bill_of
from designer.study.cost.groups import key_of
from designer.study.scenarios.answer import services_of
from designer.study.scenarios.play import play
from designer.study.scenarios.region_loss import region_losses, verdict

NAME, LOST_S = "cost-of-resilience", 3600.0
PUBLISHED = {"again": 15.0, "zones": 45.0, "pilot": 52.0, "regions": 111.0}
TITLES = {
    "again": "Zones, back in 15 minutes", "zones": "Active-active over zones",
    "pilot": "Pilot light in another region", "regions": "Active-active over regions",
}  # fmt: skip


@pytest.fixture(scope="module")
def project() -> Project:
    made = Project(KINDS, LINKS)
    placing.begin(made, blueprints()[NAME].text, NAME)
    return made


def test_that_resilience_costs_about_what_is_published(project: Project) -> None:
    bill, by_service, usd = bill_of(project), key_of(project, "service"), Counter[str]()
    assert {line.what for line in bill.lines if line.price is None} == {CAPACITY_UNITS}  # there is no traffic
    for line in bill.lines:
        service = by_service(line)
        assert isinstance(service, int)
        usd[project.elements[service].name] += line.usd or 0.0  # type: ignore[assignment]
    base = usd["one-zone"]
    above = {name: (one / base - 1.0) * 100.0 for name, one in usd.items() if name != "one-zone"}
    assert sorted(above, key=lambda name: above[name]) == sorted(PUBLISHED, key=lambda name: PUBLISHED[name])
    assert base == pytest.approx(2 * 0.096 * 730.0 + 0.0225 * 730.0)  # list prices: two m5.large, a load balancer
    assert above["zones"] == pytest.approx(0.096 * 730.0 / base * 100.0)  # one server more
    assert above["zones"] == pytest.approx(PUBLISHED["zones"], abs=1.0)
    assert above["regions"] == pytest.approx(PUBLISHED["regions"], abs=5.0)
    assert above["pilot"] == pytest.approx(PUBLISHED["pilot"], abs=12.0)
    assert above["again"] == 0.0  # a group costs nothing until it launches again: the published 15% is not here
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")
    for name, title in TITLES.items():
        assert f"| {title} | +{PUBLISHED[name]:.0f}% | +{above[name]:.0f}% |" in readme
    told, published = (
        "{:.0f}, {:.0f}, {:.0f} and {:.0f}%".format(*(of[name] for name in TITLES)) for of in (above, PUBLISHED)
    )
    lesson = blueprints()[NAME].teaches
    assert f"costs {base:.0f} USD a month" in lesson and told in lesson
    assert f"{published.removeprefix('0, ')}" in lesson


def test_that_what_is_paid_for_is_what_comes_back(project: Project) -> None:
    zone = next(one for one in project.of_kind("zone") if one.name == "us-east-1a")
    played = play(project, "lost", (ScenarioEvent(LOST_S, "fail", zone.id),), until_s=2 * LOST_S)
    back_s = {one.name: one.rto_s for one in services_of(played.done, LOST_S, list(played.done.result.log))}
    assert back_s == {"one-zone": None, "again": 150.0, "zones": 35.0, "pilot": None, "regions": 35.0}
    assert all(f"after {seconds:.0f} s" in blueprints()[NAME].first for seconds in back_s.values() if seconds)
    lost = {row.service: row for row in region_losses(project) if row.region == "us-east-1"}
    assert lost["regions"].rto_s == 35.0
    assert verdict(lost["pilot"]) == "holds by the plan, not by itself"  # one server of two is there; people start one
    assert [lost[name].back_s for name in ("one-zone", "again", "zones")] == [None, None, None]
