"""The search: its language, the order of what it finds, habits; and the same language in the outline."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.settings import Settings
from designer.study.states import RunState
from designer.ui.parts.figures import figures_of
from designer.ui.shell.ranking import MOST_KEPT, MOST_USED, Habits, match
from designer.ui.shell.window import Window
from tests.waiting import HUNG_MS


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


def found(window: Window) -> list[str]:
    listed = window.search.list
    return [listed.item(n).text().split("    ")[0] for n in range(listed.count())]


@pytest.fixture
def site(window: Window) -> dict[str, int]:
    project = window.session.project
    zone = edit.place(project, "zone", edit.place(project, "region", name="mumbai"), name="zone-a")
    host = edit.place(project, "host", zone, name="host-a")
    for n in (1, 2, 3):
        edit.place(project, "vm", host, name=f"web-{n}", load_frac=0.3 * n, demand="constant")
    window.session.flush()
    return {e.name: e.id for e in project.elements.values()}


def test_that_a_better_match_comes_first() -> None:
    assert match("Zoom to Fit", "zoom fit") is not None
    assert match("Zoom to Fit", "fix") is None
    assert (match("Fit to Content", "fit") or 0) > (match("Zoom to Fit", "fit") or 0)
    assert (match("Zoom to Fit", "fit") or 0) > (match("Refitted hosts", "fit") or 0)
    assert match("Distribute Horizontally", "dh") is not None
    assert match("Same Size", "") == 0.0


def test_that_what_is_often_chosen_comes_first(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    habits = Habits(settings)
    for _ in range(5):
        habits.note("view.fit")
    habits.note("view.in")
    assert habits.rank("view.fit") > habits.rank("view.in") > habits.rank("view.out") == 0.0
    assert Habits(Settings(tmp_path / "settings.json")).rank("view.fit") == habits.rank("view.fit")


def test_that_habits_fade_and_stay_few(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    habits = Habits(settings)
    for n in range(MOST_USED + 2):
        habits.note(f"a{n % (MOST_KEPT + 20)}")
    assert len(settings.get("commands_used", {})) <= MOST_KEPT
    settings.set("commands_used", {"a": "many", "b": -3, "c": True})
    assert [habits.rank(name) for name in "abc"] == [0.0, 0.0, 0.0]


def test_that_a_command_chosen_in_the_search_rises(window: Window, site: dict[str, int]) -> None:
    window.search.open("zoom")
    assert "Zoom Out" in found(window)
    for _ in range(8):
        window.search.open("zoom out")
        QTest.keyClick(window.search.line, Qt.Key.Key_Return)
    window.search.open("zoom")
    assert found(window)[0] == "Zoom Out"


def test_that_objects_and_commands_stand_in_one_list_by_match(window: Window, site: dict[str, int]) -> None:
    edit.rename(window.session.project, site["web-1"], "tidy")
    window.search.open("tidy")
    assert found(window)[:2] == ["tidy", "Tidy"]


def test_that_a_rule_finds_elements_and_selects_all_of_them(window: Window, site: dict[str, int]) -> None:
    window.search.open("kind:vm -web-2")
    assert found(window) == ["Select all 2", "web-1", "web-3"]
    QTest.keyClick(window.search.line, Qt.Key.Key_Return)
    assert window.session.selection == (site["web-1"],)
    window.search.open("kind:vm -web-2")
    QTest.keyClick(window.search.line, Qt.Key.Key_Up)
    QTest.keyClick(window.search.line, Qt.Key.Key_Return)
    assert set(window.session.selection) == {site["web-1"], site["web-3"]}


def test_that_a_rule_that_cannot_be_understood_says_why(window: Window, site: dict[str, int]) -> None:
    window.search.open("kind:cat")
    assert found(window) == ["There is no kind “cat”."]
    QTest.keyClick(window.search.line, Qt.Key.Key_Return)  # chooses nothing
    assert window.search.isVisible()


@pytest.mark.usefixtures("new_window")
def test_that_the_search_and_the_outline_know_the_shown_moment_of_a_run(
    window: Window, site: dict[str, int], qtbot: QtBot
) -> None:
    assert dict(figures_of(None)) == {}
    window.control.play()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED or run.view.frame is not None, timeout=HUNG_MS)
    window.control.fail([site["host-a"]])
    qtbot.waitUntil(lambda: run.view.frame is not None and bool(run.view.frame.failed_root.any()), timeout=HUNG_MS)
    window.search.open("state:failed kind:host")
    assert found(window) == ["host-a"]
    outline = window.outline
    outline.filter.setText("state:failed kind:host")
    model = outline.model
    assert model.index_of(site["host-a"]).isValid()
    assert model.index_of(site["zone-a"]).isValid()  # what it stands in
    assert not model.index_of(site["web-1"]).isValid()


def test_that_the_outline_filters_by_rules_and_by_words(window: Window, site: dict[str, int]) -> None:
    outline, model = window.outline, window.outline.model
    for text, seen in (
        ("kind:vm -web-2", {"web-1", "web-3"}),
        ("web vm", {"web-1", "web-2", "web-3"}),
        ("kind:", set()),
    ):
        outline.filter.setText(text)
        shown = {name for name in ("web-1", "web-2", "web-3") if model.index_of(site[name]).isValid()}
        assert shown == seen, text


def test_that_a_change_of_a_value_is_seen_by_a_filter(window: Window, site: dict[str, int]) -> None:
    outline, model = window.outline, window.outline.model
    outline.filter.setText("kind:vm vcpus>30")
    assert not model.index_of(site["web-1"]).isValid()
    edit.change(window.session.project, [site["web-1"]], {"vcpus": 32})
    window.session.flush()
    assert model.index_of(site["web-1"]).isValid()


def test_that_a_command_is_found_by_its_own_text_though_that_has_a_colon(window: Window, site: dict[str, int]) -> None:
    window.search.open("open example: web shop")
    assert [hit.text for hit in window.search._hits][:1] == ["Open Example: Web Shop"]
    window.search.open("kind:")
    assert window.search._hits == []
    window.search.close_box()


def test_that_the_menu_of_a_command_is_said_and_found(window: Window, site: dict[str, int]) -> None:
    window.search.open("insert load bal")
    first = window.search.list.item(0)
    assert first is not None and first.text() == "Load balancer    Insert, Network"
    window.search.line.setText("file save")
    assert found(window)[0] == "Save"
    window.search.line.setText("save")  # the menus alone come after what is called so
    assert found(window)[0] == "Save"
