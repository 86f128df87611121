"""Round trips: between regions by measurement or distance, of users, within and between zones, over private links."""

from __future__ import annotations

import pytest

from designer.catalog.reference.ec2 import ec2
from designer.catalog.reference.latency import FIT_MS, FIT_MS_A_KM, distance_km, round_trip_ms
from designer.catalog.rules.latency import ways
from designer.commands import edit
from designer.commands.links import set_role
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build


def test_that_measured_round_trips_go_before_the_distance() -> None:
    known = ec2().rtt_ms("eu-west-1", "us-east-1"), ec2().rtt_ms("us-east-1", "eu-west-1")
    assert None not in known
    assert round_trip_ms("eu-west-1", "us-east-1") == pytest.approx(sum(ms or 0.0 for ms in known) / 2)


def test_that_a_region_that_nobody_measured_goes_by_its_distance() -> None:
    regions = ec2().regions
    assert ec2().rtt_ms("us-gov-west-1", "eu-west-1") is None
    km = distance_km(regions["us-gov-west-1"], regions["eu-west-1"])
    assert km is not None and 7_000.0 < km < 9_000.0
    assert round_trip_ms("us-gov-west-1", "eu-west-1") == pytest.approx(FIT_MS + FIT_MS_A_KM * km)
    assert round_trip_ms("us-iso-east-1", "eu-west-1") is None
    assert round_trip_ms("nowhere", "eu-west-1") is None


def test_that_half_of_the_measured_round_trips_are_within_12_percent_of_the_fit() -> None:
    regions, off = ec2().regions, []
    codes = [code for code in regions if ec2().rtt_ms(code, code) is not None]
    for n, one in enumerate(codes):
        for other in codes[:n]:
            km, ms = distance_km(regions[one], regions[other]), round_trip_ms(one, other)
            assert km is not None and ms is not None
            off.append(abs((FIT_MS + FIT_MS_A_KM * km) / ms - 1.0))
    off.sort()
    assert len(off) == 496
    assert off[len(off) // 2] < 0.12 and off[len(off) * 9 // 10] < 0.36


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """Two regions, the first with two zones that a private link joins; a service, and users near the second region."""
    found = {"home": edit.place(project, "region", provider="aws", code="eu-west-1")}
    found["far"] = edit.place(project, "region", provider="aws", code="us-east-1")
    found["own"] = edit.place(project, "region")
    for name in ("a", "b"):
        found[name] = edit.place(project, "zone", found["home"], name=name)
    found["shop"] = edit.place(project, "service")
    found["users"] = edit.place(project, "user_population", near="us-east-1", access_s=0.02)
    edit.connect(project, "uses", found["users"], found["shop"])
    found["link"] = edit.connect(project, "private_link", found["a"], found["b"], "10 Gbit/s, 2 ms")
    return found


def test_that_people_have_a_way_to_each_region_whose_place_is_known(project: Project, ids: dict[str, int]) -> None:
    found = [(region.id, ms) for region, ms in ways(project, project.elements[ids["users"]])]
    near, far = round_trip_ms("us-east-1", "us-east-1"), round_trip_ms("us-east-1", "eu-west-1")
    assert near is not None and far is not None
    assert found == [(ids["far"], near + 20.0), (ids["home"], pytest.approx(far + 20.0))]


def test_that_a_design_tells_the_round_trips_that_a_run_needs(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["home"]], {"between_zones_s": 0.0015, "within_zone_s": 0.0004})
    found = {(row.one, row.other): row.ms for row in build(project).latencies}
    assert found[ids["a"], ids["b"]] == pytest.approx(2.0)
    assert found[ids["home"], ids["home"]] == pytest.approx(1.5)
    assert found[ids["a"], ids["a"]] == pytest.approx(0.4)
    pair = tuple(sorted((ids["home"], ids["far"])))
    assert found[pair[0], pair[1]] == pytest.approx(round_trip_ms("eu-west-1", "us-east-1"))
    assert build(project).routes[0].users == (ids["users"],)


def test_that_the_uplinks_of_racks_and_data_centers_take_their_time(project: Project, ids: dict[str, int]) -> None:
    hall = edit.place(project, "data_center", ids["a"], uplink_s=0.0005)
    rack, own = edit.place(project, "rack", hall, uplink_s=0.0001), edit.place(project, "data_center", uplink_s=0.001)
    found = {(row.one, row.other): row.ms for row in build(project).latencies}
    assert (found[hall, ids["a"]], found[rack, hall]) == pytest.approx((0.5, 0.1))
    assert own not in {one for one, _ in found}  # no way of users to what stands in no region is known


def test_that_a_design_without_placed_users_tells_none(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["users"]], {"near": ""})
    assert not build(project).latencies
    assert not build(project).routes


def test_that_a_wrong_place_or_latency_is_refused(project: Project, ids: dict[str, int]) -> None:
    with pytest.raises(RuleError, match="“Dublin” is not the code of a region"):
        edit.change(project, [ids["users"]], {"near": "Dublin"})
    set_role(project, [ids["link"]], "10 Gbit/s, soon")
    with pytest.raises(SpecError, match="“soon” is no latency; write one like 2 ms"):
        build(project)
