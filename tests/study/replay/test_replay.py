"""Published outages played: what mechanisms mean, what is told and what is not, the score in the README."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from markupsafe import escape

from designer.catalog.scenarios.outages import published_outages, told_outages
from designer.cli import main
from designer.errors import RuleError
from designer.results.replay import design_of, played, whole_page
from designer.study.replay import mechanisms as by
from designer.study.replay.book import Book, drawn, parameters, with_value
from designer.study.replay.kept import kept_answers
from designer.study.replay.score import EARLY, HIT, LATE, NONE, OTHER, OutageSays, compared, digest_of, score_of
from designer.study.replay.steps import course_of

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def said() -> list[OutageSays]:
    """What runs say of all outages that are shipped."""
    return played(published_outages(), told_outages(), parameters())


def test_what_the_mechanisms_mean_on_examples_that_are_worked_by_hand() -> None:
    assert by.waves(10, 0.4, 10.0) == [10.0] * 4 + [20.0] * 4 + [30.0] * 2
    assert by.waves(3, 0.1, 10.0) == [10.0, 20.0, 30.0]  # at least one at a time
    assert by.hands([10.0, 30.0, 10.0, 10.0], 2) == [10.0, 30.0, 20.0, 30.0]
    assert by.hands([5.0], 0) == [math.inf]
    assert by.drawn_out(2, 12, 15.0, 6) == [15.0, 30.0]  # six jobs each, six people
    # Full loss at 2 K/min and 60 min nears 120 K: 21 K after 60 ln(120 / 99) min; with a fifth left 60 ln(96 / 75).
    assert by.warmed(21.0, 0.0, 2.0, 60.0) == pytest.approx(60.0 * math.log(120 / 99))
    assert by.warmed(21.0, 0.2, 2.0, 60.0) == pytest.approx(60.0 * math.log(96 / 75))
    assert by.warmed(21.0, 0.9, 2.0, 60.0) == math.inf  # it nears 12 K
    assert by.cooled(21.0, 3.0, 0.0, 2.0, 60.0) == pytest.approx(60.0 * math.log(141 / 123))
    assert by.cooled(21.0, 3.0, 600.0, 2.0, 60.0) == 0.0  # without load it has cooled by itself
    assert by.slowed_pool(0.5, 0.1, 30.0, 1.0) == pytest.approx(0.5 * (0.9 + 3.0))
    assert by.caught_up(0.0, 60.0, 0.25) == pytest.approx(80.0)  # 15 min of work kept, done with three quarters
    assert by.caught_up(0.0, 60.0, 1.0) == math.inf
    assert by.renewed(100.0, 200.0, 0.1, 10.0) == 110.0  # the queue is as long as the timeout: nobody has to help
    assert by.renewed(100.0, 200.0, 0.05, 10.0) == 220.0
    assert (by.stuck_share(0.3, 0.2), by.stuck_share(0.1, 0.2)) == (pytest.approx(0.1), 0.0)
    assert by.refilled(0.1, 0.04, 0.01) == pytest.approx(360.0)
    assert by.checked(4, 600.0, 100.0, 0.5) == [100.0, 100.0, 200.0, 200.0]
    assert by.delivered(2, 10.0, 4.0) == [12.0, 14.0]


def test_that_numbers_are_told_plainly_by_name_as_sums_and_as_products() -> None:
    book = Book(parameters())
    book.put("power", 7.0)
    assert book.number(["power", 3, {"times": [2, "boots.host_min"]}]) == 30.0
    assert book.used == {"boots.host_min"}
    with pytest.raises(RuleError, match="The record of the outage has nothing named nonsense"):
        book.number("nonsense")
    given = Book(parameters(), {"a": "until ~174", "b": "2-4", "c": 9, "d": "unknown"})
    assert given.number(["given.a", "given.b", "given.c"]) == 174 + 3 + 9
    with pytest.raises(RuleError, match="The value of d is no number: unknown"):
        given.number("given.d")


def test_that_every_record_belongs_to_an_outage_and_every_parameter_has_a_use_a_range_and_a_source(
    said: list[OutageSays],
) -> None:
    published, told = published_outages(), told_outages()
    assert told.keys() <= published.keys()
    assert sum(one.use == "test" for one in published.values()) == 20
    for outage in published.values():
        asks = set(told.get(outage.id, {}).get("asks", ()))
        assert asks <= {one.quantity for one in outage.answers}, outage.id
        assert not outage.answers or {one.quantity for one in outage.answers if not one.lacks} <= asks, outage.id
    used = frozenset().union(*(one.used for one in said))
    for name, one in parameters().items():
        assert one.low <= one.value <= one.high and one.source and one.confidence in "ABC", name
        assert name in used, name


def test_that_the_readme_states_the_score_and_that_every_miss_has_a_reason(said: list[OutageSays]) -> None:
    published = published_outages()
    rows = [row for one in said for row in compared(published[one.id], one)]
    assert [f"{row.outage} {row.answer.quantity}" for row in rows if row.verdict != HIT and not row.reason] == []
    assert all(one.values for one in said if published[one.id].answers)
    readme = (ROOT / "README.md").read_text("utf-8")
    for use in ("test", "training"):
        score = score_of(row for row in rows if row.use == use)
        stated = (score.numbers_hit, score.numbers, score.choices_hit, score.choices)
        assert tuple(map(int, re.findall(r"\d+", re.findall(rf"\| {use} \|(.*)\|", readme)[0]))) == stated


def test_that_the_manual_keeps_what_runs_say_and_that_a_page_tells_each_outage(said: list[OutageSays]) -> None:
    published, kept = published_outages(), kept_answers()
    for one in said:
        assert (one.id in kept) == bool(one.digest)
        if one.digest:
            assert kept[one.id].values == pytest.approx(dict(one.values), rel=1e-9), one.id
            assert np.array(kept[one.id].running) == pytest.approx(np.array(one.running), abs=1e-3), one.id
            assert kept[one.id].refused == one.refused
    page = whole_page(published, told_outages(), said)
    assert page.count("<svg") == len(kept) + sum(any(a.band for a in published[name].answers) for name in kept)
    for one in (published[name] for name in kept):
        assert f'id="{one.id}"' in page
        assert all(str(escape(what)) in page for _, what, _ in one.milestones), one.id
    assert "38 of 41 numbers" in page


def test_that_heat_of_mechanisms_and_of_the_run_is_one(said: list[OutageSays]) -> None:
    whole = next(one for one in said if one.id == "rackspace-2007-11-12")
    assert whole.values["time_to_shed_after_first_cooling_loss"] == pytest.approx(whole.moments["hall.hosts"], rel=1e-9)


def test_that_what_is_said_is_the_same_again_and_knows_nothing_that_was_observed(said: list[OutageSays]) -> None:
    name = "gcp-2019-06-02-network"
    outage = published_outages()[name]
    other = replace(
        outage, milestones=(), answers=tuple(replace(one, value=99.0, band=(98.0, 100.0)) for one in outage.answers)
    )
    first = next(one for one in said if one.id == name)
    again = played({name: other}, told_outages(), parameters())
    assert digest_of(again, parameters()) == digest_of([first], parameters())
    assert {row.verdict for row in compared(other, again[0])} == {EARLY}
    changed = with_value(parameters(), "network.rollout_min", 20.0)
    assert digest_of(played({name: outage}, told_outages(), changed), changed) != digest_of(again, parameters())


TOLD: dict[str, Any] = {
    "id": "mine",
    "until": 120,
    "zones": {"a": "region"},
    "parts": {"hit": {"zone": "a", "hosts": 10}, "rest": {"zone": "a", "hosts": 2}},
    "rows": [{"kind": "power_feed", "name": "feed", "in": "hit", "fields": {"battery_s": 300.0}}],
    "links": [["feeds", "feed", "hit"]],
    "steps": [
        {"step": "moment", "name": "power", "at": "given.repair"},
        {"step": "down", "of": "feed", "from": 0, "until": "power"},
        {"step": "boots", "name": "boot", "of": "hit", "from": "power", "stuck": 0},
    ],
    "asks": {
        "dark": {"ask": "first_loss", "of": "hit"},
        "rest": {"ask": "least", "of": "rest"},
        "half": {"ask": "until_share", "of": "hit", "share": 0.5, "from": "power"},
        "late": {"ask": "until_share", "of": "hit", "share": 1, "from": "power"},
        "worse": {"ask": "less", "of": "power", "than": 10},
        "odd": {"ask": "share", "of": "nowhere", "at": 5},
    },
}


def _answer(quantity: str, value: Any, band: list[float] | None) -> dict[str, Any]:
    return {"quantity": quantity, "what": "", "value": value, "band": band, "unit": "min", "why": "", "confidence": "C"}


def test_that_an_outage_of_ones_own_is_played_and_one_that_lacks_something_has_a_sentence(tmp_path: Path) -> None:
    answers = [
        _answer("dark", 5, [4, 6]),
        _answer("rest", 1, [1, 1]),
        _answer("half", 30, [29, 40]),
        _answer("late", 30, [20, 40]),
        _answer("worse", True, None),
        _answer("odd", 1, [0, 1]),
    ]
    given = [{"name": "repair", "value": "about 20"}]
    common = {"operator": "me", "place": "here", "start": "2026-01-01T00:00:00Z", "use": "test", "cause_chain": []}
    rows = [
        {"id": name, **common, "given": given, "milestones": [], "answers": answers, "sources": []}
        for name in ("mine", "poor", "empty")
    ]
    empty = {"id": "empty", "until": 10, "zones": {"a": "region"}, "parts": {"hit": {"zone": "a"}}}
    poor = {**TOLD, "id": "poor", "steps": [{"step": "boots", "name": "boot", "of": "hit"}]}
    for name, outages in (("published", rows), ("told", [TOLD, poor, empty])):
        (tmp_path / f"{name}.json").write_text(json.dumps({"outages": outages}), "utf-8")
    files = ["--published", str(tmp_path / "published.json"), "--told", str(tmp_path / "told.json")]
    result = CliRunner().invoke(main, ["replay", "--all", "--json", "-", *files])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    mine = {row["quantity"]: row for row in found["answers"] if row["outage"] == "mine"}
    # Ten hosts, two at a time, 10 min each: half of them after three waves, and their VMs boot 1.5 min.
    assert mine["half"]["said"] == pytest.approx(31.5, abs=0.1)
    assert mine["dark"]["said"] == pytest.approx(5.0) and mine["rest"]["said"] == 1.0
    assert {name: row["verdict"] for name, row in mine.items()} == {
        "dark": HIT, "rest": HIT, "half": HIT, "late": LATE, "worse": OTHER, "odd": NONE,
    }  # fmt: skip
    assert "has no part named “nowhere”" in mine["odd"]["reason"]
    for least, code in (("0.5", 0), ("0.51", 1)):  # three of its six answers are hits
        assert CliRunner().invoke(main, ["replay", "mine", *files, "--least", least]).exit_code == code
    assert found["score"]["test"] == {"numbers": 15, "numbers_hit": 3, "choices": 3, "choices_hit": 0}
    assert {row["reason"] for row in found["answers"] if row["outage"] == "poor"} == {
        "The record of the outage lacks “from” for its step “boots”."
    }
    assert {row["reason"] for row in found["answers"] if row["outage"] == "empty"} == {
        "The record of the outage lacks 'hosts'."
    }
    nobody = {**TOLD, "parts": {"hit": {"zone": "a", "hosts": 0}}, "rows": [], "links": []}
    with pytest.raises(RuleError, match="has parts of a wrong form"):
        design_of(nobody, parameters(), {"repair": 20})
    with pytest.raises(RuleError, match="No mechanism is called “magic”"):
        course_of({"steps": [{"step": "magic"}]}, parameters())
    bad = tmp_path / "bad.json"
    bad.write_text("[]", "utf-8")
    refused = CliRunner().invoke(main, ["replay", "--all", "--told", str(bad)])
    assert (refused.exit_code, "bad.json is no file of outages" in refused.stderr) == (2, True)


def test_that_draws_of_all_parameters_stay_in_their_ranges_contradict_nothing_and_are_the_same_again() -> None:
    for number in range(20):
        made = drawn(parameters(), number)
        assert all(one.low <= one.value <= one.high for one in made.values())
        assert made["heat.set_c"].value < made["heat.restart_c"].value < made["heat.host_c"].value
        assert made == drawn(parameters(), number) != drawn(parameters(), number + 1)
