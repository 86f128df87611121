"""Right-sizing after a run and moving an estate to a provider, in the window: told, applied, undone."""

from __future__ import annotations

import math
from typing import Any

from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.study.states import RunState
from designer.ui.cost.rebalance_dialog import RebalanceDialog
from designer.ui.cost.sizing_dialogs import MoveEstateDialog, SizingDialog
from designer.ui.shell.window import Window


def drawn(project: Any) -> dict[str, int]:
    """An idle rented VM, and an own host with a VM."""
    zone = edit.place(project, "zone", edit.place(project, "region", provider="aws", code="us-east-1"))
    net = edit.place(project, "subnet", zone, cidr="10.0.0.0/24")
    ids = {"idle": edit.place(project, "vm", net, name="idle", load_frac=0.1, recovery="none")}
    edit.apply_preset(project, [ids["idle"]], "m5.4xlarge", "instance_type")
    hall = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    ids["host"] = edit.place(project, "host", hall, name="h", purchase_usd=7200.0)
    ids["own"] = edit.place(project, "vm", ids["host"], name="own", load_frac=0.5)
    edit.connect(project, "member", ids["own"], edit.place(project, "service", name="app"))
    edit.change(project, [project.root.id], {"until_h": 1.0})
    return ids


def test_that_sizes_are_told_after_a_run_and_an_estate_moves(run_window: Window, qtbot: QtBot) -> None:
    window, session = run_window, run_window.session
    project: Any = session.project
    ids = drawn(project)
    session.flush()
    before = SizingDialog(session, window.theme, window.frame)
    assert not before.apply.isEnabled() and "Run the design first" in before.said.text()
    window.control.speed = math.inf
    window.control.play()
    qtbot.waitUntil(lambda: session.run is not None and session.run.state is RunState.FINISHED)
    dialog = SizingDialog(session, window.theme, window.frame)
    cells = [item.text() for n in range(4) if (item := dialog.table.item(0, n)) is not None]
    assert cells == ["idle", "too much", "10%", "m5.4xlarge"]
    sides = [(dialog.table.horizontalHeaderItem(n), dialog.table.item(0, n)) for n in range(6)]
    assert all(head and cell and head.textAlignment() == cell.textAlignment() for head, cell in sides)
    dialog.table.setCurrentCell(0, 0)  # as the focus does
    assert session.selection == ()
    dialog.table.cellClicked.emit(0, 0)
    assert session.selection == (ids["idle"],)
    wanted = dialog.found.vms[0].type
    dialog.apply.click()
    assert project.elements[ids["idle"]].instance_type == wanted
    assert project.undo() and project.elements[ids["idle"]].instance_type == "m5.4xlarge"
    move = MoveEstateDialog(session, window.theme, window.frame)
    assert move.found is not None and "Before: " in move.said.text() and move.table.rowCount() == 1
    move.region.setCurrentIndex(move.region.findData("eu-west-1"))
    assert move.found.region == "eu-west-1"
    qtbot.waitUntil(lambda: "nines before," in move.nines.text())
    before, after = (float(word) for word in move.nines.text().removeprefix("app: ").split() if word[0].isdigit())
    assert after > before  # a zone with one host becomes instances in a zone, which are launched again elsewhere
    move.apply.click()
    assert project.elements[project.elements[ids["own"]].parent].kind == "subnet"
    assert ids["host"] not in project.elements
    (region,) = session.selection  # what was made is in sight
    assert project.elements[region].kind == "region" and window.message.last == "1 VM moved to eu-west-1."
    assert project.undo() and ids["host"] in project.elements


def test_that_the_moves_that_help_most_are_told_and_made(run_window: Window, qtbot: QtBot) -> None:
    window, session = run_window, run_window.session
    project: Any = session.project
    hall = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    hot, cold = (edit.place(project, "host", hall, name=name, cores=4, overcommit=4.0) for name in ("hot", "cold"))
    vms = [edit.place(project, "vm", hot, name=f"v{n}", vcpus=4, load_frac=1.0, recovery="none") for n in range(2)]
    edit.change(project, [project.root.id], {"until_h": 0.2})
    session.flush()
    before = RebalanceDialog(session, window.theme, window.frame)
    assert not before.apply.isEnabled() and "Run the design first" in before.said.text()
    window.control.speed = math.inf
    window.control.play()
    qtbot.waitUntil(lambda: session.run is not None and session.run.state is RunState.FINISHED)
    dialog = RebalanceDialog(session, window.theme, window.frame)
    qtbot.waitUntil(lambda: "Looking" not in dialog.said.text())
    cells = [item.text() for n in range(4) if (item := dialog.table.item(0, n)) is not None]
    assert cells[:3] == ["v0", "hot", "cold"] and cells[3].startswith("hot is asked for ")
    dialog.table.cellClicked.emit(0, 0)
    assert session.selection == (vms[0],)
    dialog.show()
    edit.change(project, [vms[0]], {"locked": True})
    with qtbot.waitSignal(session.refused):
        dialog.apply.click()
    assert dialog.isVisible() and project.elements[vms[0]].parent == hot
    edit.change(project, [vms[0]], {"locked": False})
    dialog.apply.click()
    assert not dialog.isVisible() and project.elements[vms[0]].parent == cold
    again = RebalanceDialog(session, window.theme, window.frame)
    qtbot.waitUntil(lambda: "Looking" not in again.said.text())
    assert again.said.text().startswith("No move that rules") and not again.apply.isEnabled()
    head = again.table.horizontalHeader()  # titles are whole without rows, too
    assert all(head.sectionSize(n) >= head.sectionSizeHint(n) for n in range(3))
    assert project.undo() and project.elements[vms[0]].parent == hot
