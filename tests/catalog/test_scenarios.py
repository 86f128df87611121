"""Scenarios: how events are kept, which elements they hit, and the library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.catalog.kinds.saved.scenario import scenario_events
from designer.catalog.scenarios.events import (
    ACTIONS,
    FAILING,
    LATEST_S,
    ScenarioEvent,
    event_error,
    events_of,
    events_text,
)
from designer.catalog.scenarios.library import shipped_scenarios
from designer.catalog.scenarios.targets import hits_of, part_of, told
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.commands import edit
from designer.commands.scenarios.saving import change_events, save_scenario
from designer.errors import RuleError
from designer.model.project import Project

HOUR_S = 3600.0


def zones(project: Project, hosts: int = 10) -> list[int]:
    """A region of three zones with racks of hosts."""
    region = edit.place(project, "region", name="region")
    made = [edit.place(project, "zone", region, name=f"zone-{n}") for n in range(3)]
    for zone in made:
        rack = edit.place(project, "rack", zone, name="rack", units_u=42)
        for _ in range(hosts):
            edit.place(project, "host", rack)
    return made


EVENTS = st.builds(
    ScenarioEvent,
    st.floats(0, LATEST_S),
    st.sampled_from(sorted(ACTIONS)),
    st.one_of(st.just(0), st.integers(1, 2**63 - 1)),
    st.sampled_from(["", "zone", "host", "region"]),
    st.sampled_from(["", "any", "all", "each", "theirs", "some"]),
    st.floats(-1, 2),
    st.floats(0, LATEST_S),
)


@given(st.lists(EVENTS, max_size=4))
def test_that_a_list_of_events_is_kept_whole_or_refused(events: list[ScenarioEvent]) -> None:
    if any(event_error(event) for event in events):
        with pytest.raises(RuleError):
            events_text(events)
    else:
        assert list(events_of(events_text(events))) == sorted(events, key=lambda event: event.at_s)


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", "[1]", '[{"at_s":0}]', '[{"at_s":"0","what":"fail","target":1}]',
     '[{"at_s":0,"what":"burn","target":1}]',
     '[{"at_s":0,"what":"fail","target":1,"more":2}]', '[{"at_s":-1,"what":"fail","target":1}]',
     '[{"at_s":NaN,"what":"fail","target":1}]', '[{"at_s":0,"what":"fail","target":true}]', "[" * 100_000],
)  # fmt: skip
def test_that_a_damaged_list_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        events_of(text)
    assert str(caught.value)


def test_that_a_rule_picks_the_same_elements_for_a_seed_and_others_for_another(project: Project) -> None:
    zones(project)
    event = ScenarioEvent(0.0, "fail", kind="host", pick="any")
    picked = [[hit.id for hit in hits_of(project, [event], seed)] for seed in range(20)]
    assert picked == [[hit.id for hit in hits_of(project, [event], seed)] for seed in range(20)]
    assert all(len(ids) == 1 for ids in picked) and len({ids[0] for ids in picked}) > 5


def test_that_another_element_changes_no_luck_of_the_others(project: Project) -> None:
    made = zones(project)
    before = part_of(project, made[0], 0.4, 7)
    rack = next(i for i in project.children(made[0]) if project.elements[i].kind == "rack")
    edit.place(project, "host", rack)
    after = part_of(project, made[0], 0.4, 7)
    assert len(before) == len(after) == 4 and len(set(before) & set(after)) >= 3


def test_that_a_part_of_a_zone_fails_and_recovers_as_one(project: Project) -> None:
    made = zones(project)
    event = ScenarioEvent(60.0, "fail_part", made[1], value=0.3, for_s=600.0)
    hits = hits_of(project, [event], 1)
    failed, back = ({h.id for h in hits if h.what == what} for what in ("fail", "recover"))
    inside = {i for i in project.subtree(made[1]) if project.elements[i].kind == "host"}
    assert len(failed) == 3 and failed == back and failed <= inside
    assert {h.time_s for h in hits} == {60.0, 660.0}


def test_that_each_in_turn_begins_when_the_one_before_is_over(project: Project) -> None:
    zones(project)
    hits = hits_of(project, [ScenarioEvent(10.0, "fail", kind="rack", pick="each", for_s=100.0)], 1)
    assert [(h.time_s, h.what) for h in hits if h.what == "fail"] == [(10.0, "fail"), (110.0, "fail"), (210.0, "fail")]
    racks = [h.id for h in hits if h.what == "fail"]
    assert [h.id for h in hits if h.what == "recover"] == racks and len(set(racks)) == 3


def test_that_theirs_is_what_belongs_to_what_was_hit(project: Project) -> None:
    zones(project, 1)
    region = project.of_kind("region")[0].id
    edit.place(project, "region", name="other")
    first = ScenarioEvent(0.0, "fail", kind="zone", pick="any")
    (_, second) = hits_of(project, [first, ScenarioEvent(0.0, "fail_control", kind="region", pick="theirs")], 3)
    assert (second.what, second.id) == ("fail_control", region)
    with pytest.raises(RuleError, match="no host belongs"):
        empty = edit.place(project, "zone", region, name="empty")
        hits_of(project, [ScenarioEvent(0.0, "fail", empty), ScenarioEvent(0.0, "fail", kind="host", pick="theirs")], 1)


def test_that_a_scenario_whose_target_is_gone_is_a_finding_and_refused(project: Project) -> None:
    made = zones(project, 1)
    scenario = save_scenario(project, "Lose zone 0", [ScenarioEvent(0.0, "fail", made[0])])
    assert told(project, scenario_events(project.elements[scenario])[0]) == "zone-0 fails"
    assert not [f for f in findings_of(project, CHECKS) if f.check == "SCN-01"]
    edit.delete(project, [made[0]])
    (finding,) = (f for f in findings_of(project, CHECKS) if f.check == "SCN-01")
    assert finding.elements == (scenario,) and "Lose zone 0" in finding.text
    with pytest.raises(RuleError, match="no longer in the design"):
        hits_of(project, scenario_events(project.elements[scenario]), 1)
    project.undo()
    assert not [f for f in findings_of(project, CHECKS) if f.check == "SCN-01"]


def test_that_a_rule_that_finds_nothing_is_a_finding_and_refused(project: Project) -> None:
    event = ScenarioEvent(0.0, "fail", kind="generator", pick="any")
    scenario = save_scenario(project, "Dark", [event])
    assert [f.elements for f in findings_of(project, CHECKS) if f.check == "SCN-01"] == [(scenario,)]
    with pytest.raises(RuleError, match="no generator"):
        hits_of(project, [event], 1)


def test_that_a_change_of_events_is_one_step_of_undo(project: Project) -> None:
    made = zones(project, 1)
    first = [ScenarioEvent(0.0, "fail", made[0])]
    scenario = save_scenario(project, "Lose a zone", first)
    change_events(project, scenario, [ScenarioEvent(5.0, "recover", made[0]), *first])
    assert [e.at_s for e in scenario_events(project.elements[scenario])] == [0.0, 5.0]
    project.undo()
    assert list(scenario_events(project.elements[scenario])) == first
    with pytest.raises(RuleError, match="already"):
        save_scenario(project, "Lose a zone", first)


def test_that_the_library_holds_fifteen_scenarios_by_rule_with_their_sources() -> None:
    library = shipped_scenarios()
    assert len(library) >= 15
    for scenario in library.values():
        assert scenario.events and all(event.by_rule for event in scenario.events)
        assert scenario.asks and scenario.source and scenario.confidence in "AB"
    assert {e.kind for s in library.values() for e in s.events} <= {*FAILING, "service", "dns_name", "private_link"}


def test_that_what_happens_to_several_is_told_of_several() -> None:
    assert ACTIONS["fail"].told(["a"]) == "a fails"
    assert ACTIONS["fail"].told(["a", "b"]) == "a and b fail"
    assert ACTIONS["reboot"].told(["a", "b", "c", "d"], 2) == "a, b and 2 more are rebooted"
    assert ACTIONS["open"].told(["a", "b", "c"]) == "the maintenance of a, b and c ends"
    one_only = [
        what for what, action in ACTIONS.items()
        if action.verb.startswith(("{0} ", "what {0} ", "the control plane ")) and not action.verbs
    ]  # fmt: skip
    assert one_only == []


def test_that_a_kind_that_is_missing_is_called_as_elsewhere(project: Project) -> None:
    for kind, noun in (("ups", "UPS"), ("nat_gateway", "NAT gateway"), ("cooling", "cooling unit"), ("zone", "zone")):
        with pytest.raises(RuleError, match=f"the design has no {noun}."):
            hits_of(project, [ScenarioEvent(0.0, "fail", kind=kind, pick="any")], 1)
