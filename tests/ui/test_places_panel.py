"""Users and regions beside the drawing: ranked for all users, or for those that are selected."""

from __future__ import annotations

from itertools import combinations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.catalog.reference.ec2 import ec2
from designer.commands import edit
from designer.ui.cost.places_panel import PlacesPanel
from designer.ui.shell.window import Window


def test_that_regions_are_ranked_for_the_users_that_are_selected(run_window: Window, qtbot: QtBot) -> None:
    window, project = run_window, run_window.session.project
    window.actions["run.places"].trigger()
    panel = window.panels.feet["places"]
    assert isinstance(panel, PlacesPanel)
    assert panel.ranked == [] and panel.about.text().startswith("The design has no users.")
    nobody = edit.place(project, "user_population")
    window.session.flush()
    panel.refresh()
    assert panel.ranked == [] and panel.about.text().startswith("No users have a place.")
    edit.delete(project, [nobody])
    for width in (1024, 1440, 1024):
        window.frame.resize(width, 700)
        QApplication.processEvents()
        assert panel.table.horizontalHeader().length() == panel.table.viewport().width()
    near = {"Mumbai": "ap-south-1", "Virginia": "us-east-1"}
    ids = {name: edit.place(project, "user_population", name=name, near=code) for name, code in near.items()}
    window.session.flush()
    panel.refresh()
    assert [crowd.name for crowd in panel.crowds] == ["Mumbai", "Virginia"]
    edit.place(project, "user_population", name="Frankfurt", near="eu-central-1")
    window.session.flush()
    panel.refresh()
    panel.choose("eu-west-3")
    panel.map.grab()
    assert len(panel.map.told) == 4 and not any(a.intersects(b) for a, b in combinations(panel.map.told, 2))
    window.session.select([ids["Virginia"]])
    panel.stays.setText("US")
    panel.refresh()
    assert panel.map.chosen == panel.ranked[0].code == "us-east-1"
    home = ec2().rtt_ms("us-east-1", "us-east-1")
    assert home is not None and panel.big.text() == f"{home + 10.0:,.0f} ms"  # the round trip to the city's network
    assert {one.region.country for one in panel.ranked if one.allowed} == {"US"}
    panel.by["carbon"].click()
    panel.copy()
    assert QGuiApplication.clipboard().text() == 'cloud-designer regions FILE.clouddesign --by carbon --data-in "US"'
