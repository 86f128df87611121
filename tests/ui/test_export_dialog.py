"""Results of the shown run leave the window: what is chosen is written, what is canceled leaves nothing."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QProgressDialog
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.ui.run.export_dialog import SELECTION, WHOLE, ExportDialog
from designer.ui.shell.window import Window
from tests.ui.conftest import for_a_file
from tests.waiting import turns, until

# The offscreen platform says of popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def window(run_window: Window) -> Window:
    """A window whose run is over."""
    run(run_window)
    return run_window


@pytest.fixture(scope="module")
def ended(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose run is over, once for all tests that only write what is in it."""
    with for_a_file(tmp_path_factory.mktemp("ended"), qapp) as made:
        made.control.speed = math.inf
        run(made)
        yield made


@pytest.fixture
def written(ended: Window) -> Iterator[Window]:
    """The window, for a test that leaves design and run as they are."""
    project, of = ended.session.project, ended.session.run
    steps = len(project.history.steps)
    yield ended
    ended.session.select([])
    assert (ended.session.run, len(project.history.steps)) == (of, steps)


def run(window: Window) -> None:
    """Run a zone with two hosts and a VM each to the end."""
    session = window.session
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"), name="zone")
    for name in ("a", "=b"):
        edit.place(project, "vm", edit.place(project, "host", zone, name=name), name=f"vm-{name}", load_frac=0.5)
    edit.change(project, [ROOT_ID], {"until_h": 0.5})
    session.flush()
    window.actions["run.run"].trigger()
    until(lambda: (turns(1), session.run is not None and session.run.digest)[1])


def dialog(window: Window, qtbot: QtBot) -> ExportDialog:
    made = ExportDialog(window.session, window.theme, window.frame)
    qtbot.addWidget(made)
    return made


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def only(made: ExportDialog, *names: str) -> None:
    """Check these quantities and no others."""
    for n in range(made.quantities.count()):
        item = made.quantities.item(n)
        checked = item.data(Qt.ItemDataRole.UserRole) in names
        item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)


def test_that_the_checked_quantities_of_the_chosen_kind_are_written(
    written: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    made = dialog(written, qtbot)
    made.elements.setCurrentText("Hosts")
    only(made, "power_w", "used_frac")
    assert made.said.text() == (
        "12 rows: 2 elements in 6 steps, with 2 quantities. A container has what stands in it at that time."
    )
    made.write(tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["time_s", "id", "kind", "name", "used_frac", "power_w"]
    assert [row["name"] for row in rows] == ["a"] * 6 + ["'=b"] * 6
    run = written.session.run
    series = run.view.series() if run is not None else None
    assert series is not None
    hosts = series.of_kind("host")
    whole = [float(value) for n in hosts for value in series["power_w"][:, n]]
    assert [float(row["power_w"]) for row in rows] == whole


def test_that_the_selection_is_offered_and_written(written: Window, qtbot: QtBot, tmp_path: Path) -> None:
    zone = next(e.id for e in written.session.project.of_kind("zone"))
    written.session.select([zone])
    made = dialog(written, qtbot)
    made.elements.setCurrentText(SELECTION)
    made.write(tmp_path / "out.parquet")
    made.write(tmp_path / "out.csv")
    assert {row["kind"] for row in read(tmp_path / "out.csv")} == {"zone"}
    assert (tmp_path / "out.parquet").stat().st_size > 0


def test_that_the_figures_of_the_whole_run_are_written(written: Window, qtbot: QtBot, tmp_path: Path) -> None:
    made = dialog(written, qtbot)
    made.what.setCurrentText(WHOLE)
    made.write(tmp_path / "out.csv")
    run = written.session.run
    assert run is not None
    table = run.view.summary()
    assert [row["figure"] for row in read(tmp_path / "out.csv")] == [title for row in table for title in row.values]


def test_that_a_canceled_export_leaves_no_file_and_can_be_begun_again(
    written: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, told = dialog(written, qtbot), []
    written.session.told.connect(told.append)
    monkeypatch.setattr(QProgressDialog, "setValue", lambda bar, value: bar.canceled.emit())
    monkeypatch.setattr("designer.study.results.tables.CELLS_AT_ONCE", 1)
    made.write(tmp_path / "out.csv")
    assert (made.said.text(), told) == ("Canceled; nothing was exported.", [])
    assert list(tmp_path.glob("*out*")) == []
    monkeypatch.undo()
    made.write(tmp_path / "out.csv")
    assert (told, [path.name for path in tmp_path.glob("*out*")]) == (["Exported out.csv."], ["out.csv"])


def test_that_nothing_checked_and_a_place_that_cannot_be_written_are_told(
    written: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    made = dialog(written, qtbot)
    only(made)
    assert (made.export.isEnabled(), made.said.text()) == (False, "Check a quantity to export.")
    only(made, "power_w")
    made.write(tmp_path / "none" / "out.csv")
    assert made.said.text() == f"{tmp_path / 'none' / 'out.csv'} cannot be written: no such file or directory."


def test_that_series_of_vms_are_kept_by_the_runs_that_begin_once_they_are_wanted(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    told: list[str] = []
    window.session.told.connect(told.append)
    assert "load_frac" not in {of.name for of in dialog(window, qtbot).offered}
    window.actions["run.vm_series"].trigger()
    assert window.actions["run.vm_series"].isChecked()
    window.control.start()
    assert told[-1] == "Series of all VMs take 48 bytes."
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))
    made = dialog(window, qtbot)
    made.elements.setCurrentText("VMs")
    only(made, "load_frac")
    made.write(tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert [(row["name"], float(row["load_frac"])) for row in rows] == [
        (f"vm-{host}", pytest.approx(0.5)) for host in ("a", "=b") for _ in range(6)
    ]


def test_that_the_command_is_there_while_a_run_is_shown(window: Window) -> None:
    assert window.actions["run.export"].isEnabled()
    window.session.set_run(None)
    assert not window.actions["run.export"].isEnabled()
